#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Prints, for the shell, what the documentation tells to type: lines.py FOLDER [FILE...]

Writes the sources that the files' literal blocks begin with a name for into FOLDER and prints each
build line as "FILE<tab>line". A build line is one of a compiler or linker with pkg-config in it, in
whatever a file begins its lines with (comment, roff or reStructuredText).
"""

import os
import re
import sys

BUILD_LINE = re.compile(r"\b((?:cc|clang|ld\.lld) [^\n]*\$\(pkg-config [^)]*\)[^\n*]*)")
NAMED_BLOCK = re.compile(r"::\n\n(\t(?:/\*|//|#) ([\w.]+\.(?:c|cpp|txt))\b[^\n]*\n(?:\t[^\n]*\n|\n)*)")


def main():
    folder, *files = sys.argv[1:]
    for path in files:
        with open(path, encoding="utf-8") as file:
            text = file.read()
        for block, name in NAMED_BLOCK.findall(text):
            with open(os.path.join(folder, name), "w", encoding="utf-8") as source:
                source.write(re.sub(r"(?m)^\t", "", block))
        for line in BUILD_LINE.findall(text):
            print(f"{path}\t{line.strip()}")


if __name__ == "__main__":
    main()
