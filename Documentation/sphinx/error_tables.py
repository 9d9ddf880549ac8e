# SPDX-License-Identifier: GPL-2.0-or-later
"""Directives that show the catalogue of errors, uapi/pinion_errors.h:

   .. error-table:: BOOT
   .. error-ranges::
   .. error-blames::

A table has the rows of one range. The two lists have every range, and every party that may be at
fault.
"""

import os
import re

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.util.docutils import SphinxDirective

import error_catalogue


def plain(text):
    """The text without a meaning for reStructuredText."""
    return re.sub(r"([*`_|\\])", r"\\\1", text)


class Catalogue(SphinxDirective):
    def run(self):
        top = os.path.dirname(self.env.app.confdir)
        for header in ("pinion_errors.h", "pinion_regs.h"):
            self.env.note_dependency(os.path.join(top, "uapi", header))
        node = nodes.container()
        lines = self.lines(error_catalogue.read(top))
        self.state.nested_parse(StringList(lines, "pinion_errors.h"), self.content_offset, node)
        return node.children

    def table(self, widths, rows):
        """A list-table whose first row is its head; each cell is one line."""
        lines = [".. list-table::", "   :header-rows: 1", f"   :widths: {widths}", ""]
        for cells in rows:
            lines += [f"   {'-' if at else '* -'} {cell}".replace("   - ", "     - ", 1)
                      for at, cell in enumerate(cells)]
        return [*lines, ""]


class ErrorTable(Catalogue):
    required_arguments = 1

    def lines(self, catalogue):
        rows = error_catalogue.rows_of(catalogue, self.arguments[0])
        if not rows:
            raise self.error(f"the range {self.arguments[0]} has no rows")
        return self.table("10 25 15 50", [
            ("number", "error", "errno, at fault", "what happened, what to do"),
            *((f"{row.code:#05x}", f"``{row.symbol}``: {plain(row.name)}",
               ", ".join(filter(None, (row.errno, row.blame))),
               f"{plain(row.sentence)} *{plain(row.action)}*") for row in rows)])


class ErrorRanges(Catalogue):
    def lines(self, catalogue):
        return self.table("15 20 65", [
            ("from", "range", "errors"),
            *((f"{first:#05x}", f"``{symbol}``", plain(what) +
               ("" if error_catalogue.rows_of(catalogue, symbol) else " (reserved)"))
              for symbol, first, what in catalogue.ranges)])


class ErrorBlames(Catalogue):
    def lines(self, catalogue):
        return self.table("20 80", [("blame", "at fault"),
                                    *((word, plain(who)) for word, who in catalogue.blames)])


def setup(app):
    app.add_directive("error-table", ErrorTable)
    app.add_directive("error-ranges", ErrorRanges)
    app.add_directive("error-blames", ErrorBlames)
    return {"version": "1", "parallel_read_safe": True}
