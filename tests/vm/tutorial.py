#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Documentation/tutorial.rst, typed from its first line to its last by somebody whose clone of the
tree is the folder pinion: each file is written, each command run, and what the page shows of the
output is what comes."""

import os
import subprocess
import sys
import tempfile

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PAGE = "Documentation/tutorial.rst"
sys.path.insert(0, os.path.join(TOP, "tests/lib"))
sys.dont_write_bytecode = True

import pages  # noqa: E402

# A command starts in the folder and with the variables that the command before it left.
SHELL = """
[ ! -e "$STATE" ] || . "$STATE"
eval "$LINE"
status=$?
unset LINE
export -p >"$STATE"
pwd >"$STATE.folder"
exit $status
"""


class Reader:
    """Somebody at a shell, first in the folder that holds the clone."""

    def __init__(self, home):
        self.folder, self.state = home, os.path.join(home, ".state")
        # The make that may have called this test is none of the reader's business.
        self.environment = {name: value for name, value in os.environ.items()
                            if name not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL")}

    def write(self, file):
        with open(os.path.join(self.folder, file.name), "w", encoding="utf-8") as out:
            out.write(file.text)

    def run(self, command):
        """The exit status of the command, and what it printed."""
        done = subprocess.run(["bash", "-c", SHELL], cwd=self.folder, check=False,
                              env={**self.environment, "LINE": command.line, "STATE": self.state},
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True)
        with open(f"{self.state}.folder", encoding="utf-8") as file:
            self.folder = file.read().rstrip("\n")
        return done.returncode, done.stdout


def follow(part, reader):
    """Do what a part of the page says. Return: what went wrong, or ''."""
    if isinstance(part, pages.File):
        reader.write(part)
        return ""
    status, output = reader.run(part)
    if status == 0 and part.expects(output):
        return ""
    return f"exit status {status}, and this output:\n{output}"


def main():
    with open(os.path.join(TOP, PAGE), encoding="utf-8") as file:
        parts = pages.parts(file.read())
    print(f"TAP version 13\n1..{len(parts)}", flush=True)
    all_good = True
    with tempfile.TemporaryDirectory(prefix="tutorial-", dir=os.path.join(TOP, "build")) as home:
        os.symlink(TOP, os.path.join(home, "pinion"))
        reader = Reader(home)
        for number, part in enumerate(parts, 1):
            wrong = follow(part, reader)
            print("".join(f"# {line}\n" for line in wrong.splitlines()), end="")
            print(f"{'not ok' if wrong else 'ok'} {number} - {part.title}", flush=True)
            all_good &= not wrong
    sys.exit(0 if all_good else 1)


if __name__ == "__main__":
    main()
