#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Extracts from documentation what readers are told to type: lines.py FOLDER [FILE...]

Each block that begins with the name of a source (tests/lib/pages.py) is written into FOLDER. Each
build line is printed as "FILE<tab>line". A build line is a command of a compiler or linker with
$(pkg-config ...) in it, whether the file is a source with comments, a manual page or
reStructuredText. Commands of a transcript are left out: a test of that page runs the transcript.
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
