#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Prints, for the shell, what the documentation tells to type: lines.py FOLDER [FILE...]

Writes the sources that the files' blocks begin with a name for (tests/lib/pages.py) into FOLDER and
prints each build line as "FILE<tab>line". A build line is one of a compiler or linker with
pkg-config in it, in whatever a file begins its lines with (comment, roff or reStructuredText). The
commands of a transcript are not for a shell of their own: a test of that page runs all of them.
"""

import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
sys.dont_write_bytecode = True

import pages  # noqa: E402

BUILD_LINE = re.compile(r"\b((?:cc|clang|ld\.lld) [^\n]*\$\(pkg-config [^)]*\)[^\n*]*)")


def main():
    folder, *files = sys.argv[1:]
    for path in files:
        with open(path, encoding="utf-8") as file:
            text = file.read()
        for part in pages.parts(text):
            if isinstance(part, pages.File):
                with open(os.path.join(folder, part.name), "w", encoding="utf-8") as source:
                    source.write(part.text)
        for line in BUILD_LINE.findall(re.sub(r"(?m)^\t?[$] .*", "", text)):
            print(f"{path}\t{line.strip()}")


if __name__ == "__main__":
    main()
