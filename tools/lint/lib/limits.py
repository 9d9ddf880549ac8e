# SPDX-License-Identifier: GPL-2.0-or-later
"""tools/lint/limits.table: what is allowed to be over a rule, and by how much.

Each line has the name of a check, what it is about (a file, a folder, file:function, a
part of the tree), the amount allowed, and the reason. A line that nothing needs is itself
a finding. A number that could be lower is reported, and 'lint --lower' lowers it.
"""

import collections
import dataclasses
import re

from tree import Finding, Unable

NAME = "tools/lint/limits.table"


@dataclasses.dataclass
class Row:
    check: str
    key: str
    allowed: int
    line: int


def read(tree, checks):
    """{(check, key): Row}; a line that cannot be read, or is of none of checks, is an error."""
    rows = {}
    if NAME not in tree.names:
        return rows
    for number, line in enumerate(tree.text(NAME).splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        found = re.fullmatch(r"(\S+)\s+(\S+)\s+(\d+)\s+(\S.*)", line)
        if not found:
            raise Unable(f"{NAME}:{number}: expected CHECK WHAT NUMBER REASON")
        row = Row(found[1], found[2], int(found[3]), number)
        if row.check not in checks:
            raise Unable(f"{NAME}:{number}: there is no check '{row.check}', only "
                         f"{', '.join(checks)}")
        if (row.check, row.key) in rows:
            raise Unable(f"{NAME}:{number}: a second line for {row.check} {row.key}")
        rows[row.check, row.key] = row
    return rows


def judge(check, findings, rows):
    """(findings that no line allows, findings that one does, lines that could be lower as (Row,
    amount)). A finding that is more than its line allows says so."""
    by_key = collections.defaultdict(list)
    for finding in findings:
        by_key[finding.limit_key].append(finding)
    bad, allowed, loose = [], [], []
    for key, group in by_key.items():
        row = rows.get((check, key))
        amount = sum(finding.amount for finding in group)
        if not row:
            bad += group
        elif amount > row.allowed:
            note = f"{NAME}:{row.line} allows {row.allowed} for {key}, which has {amount}"
            bad += [dataclasses.replace(finding, message=f"{finding.message} ({note})")
                    for finding in group]
        else:
            allowed += group
            if amount < row.allowed:
                loose.append((row, amount))
    for row in rows.values():
        if row.check == check and row.key not in by_key:
            bad.append(Finding(NAME, row.line, f"{check} {row.key} needs no exception any more"))
            loose.append((row, 0))
    return bad, allowed, loose


def lower(tree, loose):
    """Writes the amounts found into the table, and drops the lines with none."""
    amounts = {row.line: amount for row, amount in loose}
    lines = []
    for number, line in enumerate(tree.text(NAME).splitlines(), 1):
        if number not in amounts:
            lines.append(line)
        elif amounts[number]:
            lines.append(re.sub(r"^(\S+\s+\S+\s+)\d+", rf"\g<1>{amounts[number]}", line))
    with open(tree.path(NAME), "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")
