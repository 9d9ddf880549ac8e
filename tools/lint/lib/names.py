# SPDX-License-Identifier: GPL-2.0-or-later
"""What the documentation names: files, functions and structs that must be in the tree.

Pages put names into literals, manual pages into .Pa, .In and .Fn. A literal that begins with a
folder of the tree is a path. "*" stands for anything, and a program may be named without the suffix
of its source. Of a path with a word of capitals, such as NAME for the reader to fill in, only the
folder before that word must be there. A file name without a folder is one of C, in any folder.
"""

import fnmatch
import os
import re

from tree import NOT_TEXT, Finding

WHAT = "files, functions and structs that the documentation names are in the tree"

PARAGRAPH = re.compile(r"(?:.*\S.*(?:\n|$))+")
LITERAL = re.compile(r"(?<!`)(`{1,2})([^`]+)\1(?!`)")
LINK = re.compile(r"\]\(([^)#:]+)\)")
MACRO = re.compile(r"^\.(?:Pa|In|Fn) (\S+)")
FILE = re.compile(r"[\w-]+\.[chS]")
NAME = re.compile(r"(?:struct )?((?:pinion|card)_\w+)(\(\))?")
WORD = re.compile(r"\b(?:pinion|card)_\w+")
PLACEHOLDER = re.compile(r"(?:\b|_)[A-Z]{4,}(?:\b|_)")  # tests/GROUP, probes/NAME.c

# Files that pages name and that nobody keeps in the tree.
ELSEWHERE = {
    "kselftest.h": "of the kernel's source, from set-up",
    "kselftest_harness.h": "of the kernel's source, from set-up",
    "math.h": "of the C library",
    "pinion_probes.h": "made by the driver's build",
    "program.c": "the reader's own",
    "scale.c": "printed in kernels.rst",
    "tools/testing/selftests/drivers/accel/pinion": "in a kernel's tree",
}


def is_manual(name):
    return re.search(r"\.[1-9](\.in)?$", name)


def is_page(name):
    return name.endswith((".rst", ".md")) or is_manual(name)


def literals(name, text):
    """(line number, literal) of each literal in a page. A literal may go on in the next line, so
    its ends are looked for in the whole paragraph."""
    if is_manual(name):
        for number, line in enumerate(text.splitlines(), 1):
            for literal in MACRO.findall(line):
                yield number, literal
        return
    for paragraph in PARAGRAPH.finditer(text):
        for found in LITERAL.finditer(paragraph[0]):
            number = text.count("\n", 0, paragraph.start() + found.start()) + 1
            yield number, " ".join(found[2].split())


class Known:
    """The names that the tree has."""

    def __init__(self, tree):
        self.files = set(tree.names)
        self.folders = {name[:at.start()] for name in tree.names for at in re.finditer("/", name)}
        self.tops = {name.split("/")[0] for name in self.folders}
        self.bases = {os.path.basename(name) for name in tree.names}
        self.words = set()
        for name in tree.names:
            if not is_page(name):
                self.words.update(WORD.findall(tree.text(name) or ""))

    def has_path(self, path):
        pattern = path.rstrip("/")
        if pattern in self.files or pattern in self.folders:
            return True
        return any(fnmatch.fnmatchcase(name, pattern) or fnmatch.fnmatchcase(name, pattern + ".*")
                   for name in self.files)

    def lacks(self, literal):
        """What of a literal is not in the tree, or None."""
        word = literal.split(" ")[0]
        filled_in = PLACEHOLDER.search(word)
        if filled_in:
            word = re.match(r".*/|", word[:filled_in.start()])[0]
        if word in ELSEWHERE:
            return None
        if word.split("/")[0] in self.tops and re.fullmatch(r"[\w./*-]+/[\w./*-]*", word):
            return None if self.has_path(word) else word
        if FILE.fullmatch(word):
            return None if word in self.bases else word
        name = NAME.fullmatch(literal)
        if name and not filled_in and (name[2] or literal.startswith("struct ")):
            return None if name[1] in self.words else literal
        return None


def dead_links(known, name, text):
    for number, line in enumerate(text.splitlines(), 1):
        for link in LINK.findall(line):
            if not known.has_path(os.path.normpath(os.path.join(os.path.dirname(name), link))):
                yield Finding(name, number, f"the link {link} leads nowhere")


def find(tree):
    known = Known(tree)
    for name in filter(is_page, tree.names):
        text = tree.text(name)
        if text is None:
            yield Finding(name, 1, NOT_TEXT)
            continue
        for number, literal in literals(name, text):
            missing = known.lacks(literal)
            if missing:
                yield Finding(name, number, f"{missing} is not in the tree")
        if name.endswith(".md"):
            yield from dead_links(known, name, text)
