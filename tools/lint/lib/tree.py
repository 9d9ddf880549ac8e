# SPDX-License-Identifier: GPL-2.0-or-later
"""The tree that is checked: its files, and what a check finds in them."""

import dataclasses
import os
import subprocess


NOT_TEXT = "not UTF-8, so that no check can read it"


class Unable(Exception):
    """The check cannot be made, and that is a failure; the text says what to do."""


class Skip(Exception):
    """The check needs something that not every machine has; the text says what."""


@dataclasses.dataclass(frozen=True)
class Finding:
    """One finding. Those with the same key share a line of limits.table, whose number is
    compared with the sum of their amounts."""
    path: str
    line: int
    message: str
    key: str = ""
    amount: int = 1

    def __str__(self):
        return f"{self.path}:{self.line}: {self.message}"

    @property
    def limit_key(self):
        return self.key or self.path


class Tree:
    """The files below top that git tracks or would add; without .git, all that are not built."""

    def __init__(self, top, build):
        self.top, self.build = top, build
        listed = self._from_git() if os.path.exists(self.path(".git")) else self._from_disk()
        self.names = [name for name in sorted(listed)
                      if os.path.isfile(self.path(name)) and not os.path.islink(self.path(name))]

    def path(self, name):
        return os.path.join(self.top, name)

    def text(self, name):
        """The text of a file; None if it is not text."""
        try:
            with open(self.path(name), encoding="utf-8") as file:
                return file.read()
        except UnicodeDecodeError:
            return None

    def c_files(self, *folders):
        return [name for name in self.names if name.endswith((".c", ".h"))
                and (not folders or name.startswith(folders))]

    def kind(self, name):
        """The suffix of a file that people write by hand, "script" for scripts without
        one, and "" for everything else."""
        base = os.path.basename(name)
        if base in ("Makefile", "Kbuild"):
            return ".mk"
        suffix = os.path.splitext(base)[1]
        if suffix in (".c", ".h", ".rst", ".sh", ".py", ".mk", ".make"):
            return suffix
        if not suffix:
            with open(self.path(name), "rb") as file:
                return "script" if file.read(2) == b"#!" else ""
        return ""

    def _from_git(self):
        try:
            done = subprocess.run(["git", "-C", self.top, "ls-files", "-z", "--cached", "--others",
                                   "--exclude-standard"], capture_output=True, text=True,
                                  errors="surrogateescape")
        except FileNotFoundError:
            raise Unable("git is missing: install the package git") from None
        if done.returncode:
            raise Unable(f"git does not list the files of {self.top}: {done.stderr.strip()}")
        return [name for name in done.stdout.split("\0") if name]

    def _from_disk(self):
        for folder, folders, files in os.walk(self.top):
            folders[:] = [name for name in folders
                          if name not in (".git", "node_modules", "__pycache__")
                          and os.path.join(folder, name) != self.build]
            for name in files:
                yield os.path.relpath(os.path.join(folder, name), self.top)


def run_tool(command, tree, package=None, cwd=None):
    """(status, output) of a tool that is run in cwd, by default the top of the tree."""
    try:
        done = subprocess.run(command, cwd=cwd or tree.top, text=True, errors="replace",
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    except FileNotFoundError:
        where = f"install the package {package}" if package else "it has to be on the PATH"
        raise Unable(f"{command[0]} is missing: run 'make setup', or {where}") from None
    except OSError as error:
        raise Unable(f"{command[0]} cannot be run: {error.strerror}") from None
    return done.returncode, done.stdout
