# SPDX-License-Identifier: GPL-2.0-or-later
"""The numbers of the hardware contract, read from the headers in uapi/."""

import os
import re

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
CAPS_LIST = re.compile(r"#define\s+PINION_EACH_(\w+)_CAP\(row\)")
CAPS_ROW = re.compile(r"\s+row\((\w+), (\d+)")
DEFINE = re.compile(r"#\s*define\s+PINION_(\w+)(?:\((\w+)\))?[ \t]+(.*)")
SUFFIX = re.compile(r"\b(0x[0-9a-fA-F]+|\d+)(?:u|ull|ul)\b")


def read_defines():
    """Maps the name of each macro, without PINION_, to an int, or to a function if the macro has an
    argument."""
    names = {}
    read_capabilities(names)
    for header in ("pinion_caps.h", "pinion_regs.h", "pinion_packet.h"):
        for line in lines_of(header):
            match = DEFINE.match(line)
            if match:
                define(names, *match.groups())
    return names


def lines_of(header):
    with open(os.path.join(TOP, "uapi", header), encoding="utf-8") as file:
        return file.readlines()


def read_capabilities(names):
    """CAP_BIT_X of each row, and CAPS_OPTIONAL and the like, the mask of each list."""
    for line in lines_of("pinion_caps.h"):
        found = CAPS_LIST.match(line)
        if found:
            mask = f"CAPS_{found[1]}"
        row = CAPS_ROW.match(line)
        if row:
            names[f"CAP_BIT_{row[1]}"] = int(row[2])
            names[mask] = names.get(mask, 0) | 1 << int(row[2])


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
