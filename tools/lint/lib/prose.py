# SPDX-License-Identifier: GPL-2.0-or-later
"""Comments that cannot be understood alone, by how they begin.

kernel-doc prints the line of each member and parameter by itself, so a line that begins
with a pronoun points at nothing there. A line of one or two words is right only where the
name says it all, as tools/lint/short-members.list knows, or where it names a constant.
"""

import re

from tree import Finding

WHAT = "comments and kernel-doc lines are understood alone"
SHORT_WORDS = 2
SHORT_LIST = "tools/lint/short-members.list"

POINTERS = re.compile(
    r"(it|its|it's|they|them|their|he|his|she|"
    r"those|of (it|its|them|these|those|this|that|which|whom)|"
    r"(one|some|each|all|most|none|many|any|the (first|last|next|rest)) of (them|these|those)|"
    r"(this|that|these) (is|are|was|were|has|have|may|can|does|do|one|ones)|"
    r"likewise|ditto|whose|who|which|"
    r"the (other|others|other one|other ones|same|latter|former)(?= *([.,:;]|$|of\b|for\b|as\b))|"
    r"(as|like|by|for|from|to|with|in|on|at|until|since|what|where|when) "
    r"(it|its|them|they|those|their))\b", re.IGNORECASE)

CONSTANT = re.compile(r"\b[A-Z][A-Z0-9]*_[A-Z0-9_]+")
MEMBER = re.compile(r"\s*(?:/\*)?\*\s*@([\w.\->]+(?:\(\))?):[ \t]*(.*)")


def folder(name):
    """The folder of the line in limits.table that counts for a file."""
    parts = name.split("/")
    if len(parts) == 1:
        return "."
    return "/".join(parts[:2]) if parts[0] == "tools" and len(parts) > 2 else parts[0]


def clean(line):
    return re.sub(r"\*/\s*$", "", line).strip()


def members(lines):
    """(number, name, text) of each "@name: text" of kernel-doc, with the lines it goes on in."""
    inside, member = False, None
    for number, line in enumerate(lines, 1):
        begins = re.match(r"\s*/\*\*(\s|$)", line)
        inside = inside or bool(begins)
        if not inside:
            continue
        found = MEMBER.match(line)
        if found or re.match(r"\s*\*(/|\s*(Return:|Context:|$))", line):
            if member:
                yield member
            member = (number, found[1], clean(found[2])) if found else None
        elif member:
            more = clean(re.sub(r"^\s*\*+", "", line))
            member = (member[0], member[1], f"{member[2]} {more}".strip())
        if "*/" in line:
            if member:
                yield member
            inside, member = False, None


def c_comments(lines):
    """(number, first line) of each comment in C that is not kernel-doc."""
    for number, line in enumerate(lines, 1):
        found = re.search(r"(?:^|[\s;{},)])(?:/\*(?!\*)|//)\s*(.*)", line)
        if not found or line.count('"', 0, found.start()) % 2:
            continue
        text = clean(found[1])
        if not text and number < len(lines):
            text = clean(re.sub(r"^\s*\*+", "", lines[number]))
        yield number, text


def doc_texts(lines):
    """(number, text) of what kernel-doc says a thing is and what it returns: the first line without
    the name that it is about, and the one of "Return:"."""
    inside, first = False, False
    for number, line in enumerate(lines, 1):
        if re.match(r"\s*/\*\*(\s|$)", line):
            inside = first = True
        text = clean(re.sub(r"^\s*/?\*+(?!/)", "", line)) if inside else ""
        returns = re.match(r"Returns?:\s*(.*)", text)
        if returns and not returns[1] and number < len(lines):
            yield number + 1, clean(re.sub(r"^\s*\*+(?!/)", "", lines[number]))
        elif returns:
            yield number, returns[1]
        elif first and text and not text.startswith("@"):
            yield number, re.sub(r"^(?:\w+ )?[\w.]+(?:\(\))?(?: -|:) +", "", text)
        first = first and not text
        inside = inside and "*/" not in line


def hash_comments(lines):
    """(number, first line) of each comment that begins with #, in its own line or behind code.
    The line of the interpreter and that of the licence are no part of the comment below them."""
    before = False
    for number, line in enumerate(lines, 1):
        own = re.match(r"\s*#(?!!| SPDX-)", line)
        found = re.match(r"\s*#+\s*(\S.*)", line) if own else None
        if found and not before:
            yield number, found[1]
        before = bool(found or own and before)
        behind = None if re.match(r"\s*#", line) else re.search(r"\s# +(\w[^\"']*)$", line)
        if behind:
            yield number, behind[1]


def short_members(tree):
    if SHORT_LIST not in tree.names:
        return set()
    return {line for line in tree.text(SHORT_LIST).splitlines() if line.startswith("@")}


def is_short(text):
    return 0 < len(text.split()) <= SHORT_WORDS and not CONSTANT.search(text)


def problems(tree, name, short):
    """(number, message) of each finding in a file."""
    kind, lines = tree.kind(name), (tree.text(name) or "").splitlines()
    comments = c_comments if kind in (".c", ".h") else hash_comments
    for number, text in comments(lines):
        found = POINTERS.match(text)
        if found:
            yield number, f'comment begins with "{found[0]}": name what is meant'
    for number, text in doc_texts(lines) if kind in (".c", ".h") else ():
        found = POINTERS.match(text)
        # A question, such as "who submits jobs", says what a thing is.
        if found and found[0].lower() not in ("who", "which"):
            yield number, f'kernel-doc begins with "{found[0]}": name what is meant'
    for number, member, text in members(lines) if kind in (".c", ".h") else ():
        found = POINTERS.match(text)
        if found:
            yield number, f'@{member} begins with "{found[0]}": name what is meant'
        elif is_short(text) and f"@{member}: {text}" not in short:
            yield number, f'"@{member}: {text}" says too little, and is not in {SHORT_LIST}'


def find(tree):
    short = short_members(tree)
    for name in tree.names:
        if tree.kind(name) not in ("", ".rst"):
            for number, message in problems(tree, name, short):
                yield Finding(name, number, message, key=folder(name))
