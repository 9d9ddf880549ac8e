# SPDX-License-Identifier: GPL-2.0-or-later
"""Lengths of files, lines and C functions."""

import re

from tree import Finding

FILE_LINES = 600
COLUMNS = 100
FUNCTION_LINES = 40

FILES = f"files have at most {FILE_LINES} lines"
LINES = f"lines have at most {COLUMNS} columns"
FUNCTIONS = f"C functions have at most {FUNCTION_LINES} lines, from the first of the signature"


def texts(tree):
    """(name, kind, lines) of each file that people write."""
    for name in tree.names:
        kind = tree.kind(name)
        text = tree.text(name) if kind else None
        if text is not None:
            yield name, kind, text.splitlines()


def find_files(tree):
    for name, _, lines in texts(tree):
        if len(lines) > FILE_LINES:
            yield Finding(name, FILE_LINES + 1, f"{len(lines)} lines, more than {FILE_LINES}",
                          amount=len(lines))


def is_whole_string(line):
    """Whether a line of C is long by a string only, which is not broken so that it can be
    searched for: it begins in time, and nothing but punctuation follows it."""
    found = re.search(r'"(?:[^"\\]|\\.)*"[\s),;]*$', line)
    return bool(found) and found.start() < COLUMNS and len(line[:found.start()].split('"')) == 1


def find_lines(tree):
    for name, kind, lines in texts(tree):
        for number, line in enumerate(lines, 1):
            columns = len(line.expandtabs(8))
            if columns <= COLUMNS or kind in (".c", ".h") and is_whole_string(line.expandtabs(8)):
                continue
            yield Finding(name, number, f"{columns} columns, more than {COLUMNS}")


def functions(lines):
    """(name, number of the first line, lines) of each function; its braces are in column 1."""
    opened = None
    for number, line in enumerate(lines):
        if line == "{":
            opened = number
        elif line == "}" and opened is not None:
            first = opened
            while first and lines[first - 1] and lines[first - 1][0] not in "#} /":
                first -= 1
            signature = " ".join(lines[first:opened])
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
