#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Each group of tests/groups.table has tests, and each test that was built is in a group."""

import os
import sys

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(TOP, "tests/lib"))
sys.dont_write_bytecode = True

import groups as grouping  # noqa: E402


def main():
    print("TAP version 13\n1..2")
    table = grouping.read_table(TOP)
    empty = [group.name for group in table if not group.tests]
    for name in empty:
        print(f"# {name} has no tests")
    print(f"{'not ok' if empty or not table else 'ok'} 1 - {len(table)} groups have tests")
    unlisted = ""
    try:
        grouping.check_unlisted(TOP, table)
    except grouping.GroupError as error:
        unlisted = str(error)
        print(f"# {unlisted}")
    print(f"{'not ok' if unlisted else 'ok'} 2 - tests are in groups")
    sys.exit(1 if empty or not table or unlisted else 0)


if __name__ == "__main__":
    main()
