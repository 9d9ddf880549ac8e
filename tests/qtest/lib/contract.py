# SPDX-License-Identifier: GPL-2.0-or-later
"""The numbers of the hardware contract, read from the headers in uapi/."""

import os
import re

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
DEFINE = re.compile(r"#\s*define\s+PINION_(\w+)(?:\((\w+)\))?[ \t]+(.*)")
SUFFIX = re.compile(r"\b(0x[0-9a-fA-F]+|\d+)(?:u|ull|ul)\b")


def read_defines():
    """Maps the name of each macro, without PINION_, to an int, or to a function if the macro has an
    argument."""
    names = {}
    for header in ("pinion_regs.h", "pinion_packet.h"):
        with open(os.path.join(TOP, "uapi", header), encoding="utf-8") as lines:
            for line in lines:
                match = DEFINE.match(line)
                if match:
                    define(names, *match.groups())
    return names


def define(names, name, argument, text):
    text = SUFFIX.sub(r"\1", text.split("/*")[0].strip()).replace("PINION_", "")
    try:
        if argument:
            names[name] = eval(f"lambda {argument}: {text}", {"__builtins__": {}}, names)
        else:
            names[name] = eval(text, {"__builtins__": {}}, names)
    except (SyntaxError, NameError, TypeError):
        pass  # the macro is no number, and only of use in C


class Contract:
    """Has an attribute X for each macro PINION_X of the headers."""

    def __init__(self):
        self.__dict__.update(read_defines())


R = Contract()
