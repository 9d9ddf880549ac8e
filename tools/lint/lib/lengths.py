# SPDX-License-Identifier: GPL-2.0-or-later
"""Lengths of files, lines and C functions."""

import re

from tree import NOT_TEXT, Finding

FILE_LINES = 600
COLUMNS = 100
FUNCTION_LINES = 40

FILES = f"files have at most {FILE_LINES} lines; comments of public headers are not counted"
LINES = f"lines have at most {COLUMNS} columns, and are UTF-8"
FUNCTIONS = f"C functions have at most {FUNCTION_LINES} lines, from the first of the signature"

# The kernel-doc in these headers is the interface's manual, which no limit should make shorter.
PUBLIC_HEADER = re.compile(r"(?:uapi|libruntime/include)/[^/]+\.h")
COMMENT = r"/\*.*?\*/|//[^\n]*"
STRING = r'"(?:[^"\\\n]|\\.)*"'
OPENING = re.compile(rf"(?:{{|[^\s#/}}][^=;]*\).*{{)\s*(?:{COMMENT})?\s*")
OPENING_BELOW = re.compile(rf"\s[^=;]*\)\s*{{\s*(?:{COMMENT})?\s*")
CLOSING = re.compile(rf"}}\s*(?:{COMMENT})?\s*")


def texts(tree):
    """(name, kind, lines) of each file that people write."""
    for name in tree.names:
        kind = tree.kind(name)
        text = tree.text(name) if kind else None
        if text is not None:
            yield name, kind, text.splitlines()


def outside_comments(lines):
    """The numbers of the lines of C that are not, as a whole, part of a comment."""
    def blot(found):
        return re.sub(r"[^\n]+|(?<=\n)(?=\n)", "\0", found[0]) if found[0][0] == "/" else found[0]

    text = re.sub(f"{STRING}|{COMMENT}", blot, "\n".join(lines), flags=re.DOTALL)
    return [number for number, line in enumerate(text.split("\n"), 1)
            if "\0" not in line or line.strip("\0 \t")]


def find_files(tree):
    for name, _, lines in texts(tree):
        public = PUBLIC_HEADER.fullmatch(name)
        counted = outside_comments(lines) if public else range(1, len(lines) + 1)
        if len(counted) > FILE_LINES:
            yield Finding(name, counted[FILE_LINES], f"{len(counted)} lines"
                          f"{' outside comments' if public else ''}, more than {FILE_LINES}",
                          amount=len(counted))


def is_whole_string(line):
    """Whether a line of C is long by a string only, which is not broken so that it can be
    searched for: it begins in time, and nothing but punctuation follows it."""
    found = re.search(r'"(?:[^"\\]|\\.)*"[\s),;]*$', line)
    return bool(found) and found.start() < COLUMNS and len(line[:found.start()].split('"')) == 1


def find_lines(tree):
    for name in tree.names:
        if tree.kind(name) and tree.text(name) is None:
            yield Finding(name, 1, NOT_TEXT)
    for name, kind, lines in texts(tree):
        for number, line in enumerate(lines, 1):
            columns = len(line.expandtabs(8))
            if columns <= COLUMNS or kind in (".c", ".h") and is_whole_string(line.expandtabs(8)):
                continue
            yield Finding(name, number, f"{columns} columns, more than {COLUMNS}")


def functions(lines):
    """(name, number of the first line, lines) of each function. It ends with a brace in column 1;
    its first brace is there, too, or ends the last line of the signature."""
    opened = None
    for number, line in enumerate(lines):
        if OPENING.fullmatch(line) or opened is None and OPENING_BELOW.fullmatch(line):
            opened = number
        elif CLOSING.fullmatch(line) and opened is not None:
            first = opened
            while first and re.match(r"[^#} /].*[^;]$", lines[first - 1]):
                first -= 1
            signature = " ".join(lines[first:opened + 1])
            names = re.findall(r"(\w+)\s*\(", re.sub(r"__attribute__\s*\(\(.*?\)\)", "", signature))
            yield names[0] if names else "?", first + 1, number - first + 1
            opened = None


def find_functions(tree):
    for name in tree.c_files():
        for function, number, length in functions((tree.text(name) or "").splitlines()):
            if length > FUNCTION_LINES:
                yield Finding(name, number,
                              f"{function}() has {length} lines, more than {FUNCTION_LINES}",
                              key=f"{name}:{function}", amount=length)
