#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Reads uapi/pinion_errors.h with the C preprocessor. As a program: print pinion-errors(7)."""

import ast
import collections
import os
import subprocess
import sys
import time

MARK = "pinion catalogue"
SOURCE = f"""
#include "pinion_errors.h"
#define TEXT_OF(x) #x
#define TEXT(x) TEXT_OF(x)
#define RANGE(symbol, first, what) (#symbol, first, what),
#define BLAME(symbol, word, who) (#symbol, word, who),
#define ROW(symbol, number, name, err, blame, sentence, action) \\
	(#symbol, TEXT(number), name, #err, #blame, sentence, action),
"{MARK}"
([PINION_ERROR_RANGES(RANGE)], [PINION_BLAMES(BLAME)], [PINION_ERRORS(ROW)])
"""

Row = collections.namedtuple("Row", "symbol code name errno blame sentence action")
# ranges: [(symbol, first number, where its errors come from)]; blames: [(word, who that is)]
Catalogue = collections.namedtuple("Catalogue", "ranges blames rows")


def read(top):
    """The catalogue of the tree at top."""
    text = subprocess.run(["cc", "-E", "-P", "-x", "c", "-I", os.path.join(top, "uapi"), "-"],
                          input=SOURCE, capture_output=True, text=True, check=True).stdout
    ranges, blames, rows = ast.literal_eval(text.split(f'"{MARK}"')[1].strip())
    starts = {f"PINION_ERRORS_{symbol}": first for symbol, first, _what in ranges}
    words = {symbol: word for symbol, word, _who in blames}
    return Catalogue(ranges, [(word, who) for _symbol, word, who in blames],
                     [Row(symbol, eval(number, {"__builtins__": {}}, starts), name,
                          err if err != "0" else "", words[blame], sentence, action)
                      for symbol, number, name, err, blame, sentence, action in rows])


def rows_of(catalogue, symbol):
    """The rows of a range."""
    first = next(first for name, first, _what in catalogue.ranges if name == symbol)
    return [row for row in catalogue.rows if first <= row.code < first + 0x100]


def manual_item(row):
    errno = f" , Er {row.errno}" if row.errno else ""
    return (f".It {row.code:#05x} Dv {row.symbol}{errno} , No {row.blame}\n"
            f"{row.sentence}\n{row.action}\n")


def manual_page(catalogue, date):
    example = next(row for row in catalogue.rows if row.symbol == "BAR_NO_ADDRESS")
    page = [f'''.\\" SPDX-License-Identifier: MIT
.Dd {date}
.Dt PINION-ERRORS 7
.Os
.Sh NAME
.Nm pinion-errors
.Nd errors of Pinion cards, their driver and libpinion
.Sh DESCRIPTION
The driver reports an error to the kernel log in one line, such as
.Bd -literal -offset indent
BAR4: {example.sentence}
error={example.code:#05x} blame={example.blame} action={example.action}
.Ed
.Pp
The number is listed below, with the symbol that
.In pinion/pinion_errors.h
gives it after
.Dv PINION_ERROR_ ,
the errno that calls return, and who is at fault:
.Bl -tag -width firmware
''']
    page += [f".It {word}\n{who}\n" for word, who in catalogue.blames]
    page.append(".El\n")
    for symbol, _first, what in catalogue.ranges:
        rows = rows_of(catalogue, symbol)
        if rows:
            page.append(f".Ss {what[0].upper()}{what[1:]}\n.Bl -tag -width Ds\n")
            page += [manual_item(row) for row in rows]
            page.append(".El\n")
    page.append(".Sh SEE ALSO\n.Xr pinion_status_name 3 ,\n.Xr pinion_wait 3 ,\n.Xr pinion 7\n")
    return "".join(page)


def main():
    top = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
    day = time.gmtime(os.path.getmtime(os.path.join(top, "uapi", "pinion_errors.h")))
    sys.stdout.write(manual_page(read(top), f"{time.strftime('%B', day)} {day.tm_mday}, "
                                            f"{day.tm_year}"))


if __name__ == "__main__":
    main()
