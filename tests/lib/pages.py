# SPDX-License-Identifier: GPL-2.0-or-later
"""What a reader of the documentation copies out of it, in the order of the page.

A literal block of reStructuredText (indented by a tab) or a fenced block of Markdown whose first
line is a comment with the name of a file is that file. A block whose first line begins with "$ " is
a transcript: commands, each with the output that it must have, if the page shows any. In output
"..." stands for anything.
"""

import re
from dataclasses import dataclass

BLOCK = re.compile(r"::\n\n((?:\t[^\n]*\n|\n)+)|^```[a-z]*\n(.*?\n)```$", re.MULTILINE | re.DOTALL)
NAME = re.compile(r"(?:/\*|//|#) ([\w.]+\.(?:c|cpp|h|txt))\b")


@dataclass
class File:
    name: str
    text: str

    @property
    def title(self):
        return f"the file {self.name}"


@dataclass
class Command:
    line: str
    output: str  # "" if the page shows none

    @property
    def title(self):
        return self.line.splitlines()[0]

    def expects(self, output):
        """Whether output is what the page shows."""
        parts = (re.escape(part) for part in trimmed(self.output).split("..."))
        return not self.output or re.fullmatch(".*".join(parts), trimmed(output), re.DOTALL)


def trimmed(text):
    """Without what a page cannot show: blanks that end a line, empty lines around the text."""
    return "\n".join(line.rstrip() for line in text.splitlines()).strip("\n")


def transcript(block):
    """The commands of a transcript."""
    commands = []
    for line in block.splitlines(keepends=True):
        if line.startswith("$ "):
            commands.append(Command(line[2:].strip(), ""))
        elif line.startswith("> "):
            commands[-1].line += "\n" + line[2:].rstrip()
        else:
            commands[-1].output += line
    return commands


def parts(text):
    """The files and commands of a page, in its order."""
    found = []
    for literal, fenced in BLOCK.findall(text):
        block = fenced or re.sub(r"(?m)^\t", "", literal).rstrip("\n") + "\n"
        name = NAME.match(block)
        if name:
            found.append(File(name[1], block))
        elif block.startswith("$ "):
            found += transcript(block)
    return found
