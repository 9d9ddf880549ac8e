#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The driver's locks as lockdep has seen them, against the tables of Documentation/locks.rst. Needs
a kernel with lockdep, such as that of make check-debug.

lockdep tells classes of the same name apart by "#2" and the like, in the order in which they are
first used, which is no property of the lock: here all of one name are taken together.
"""

import os
import re
import subprocess
import sys

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
LOCKDEP = "/proc/lockdep"
PAGE = os.path.join(TOP, "Documentation/locks.rst")
# Together they take every lock. Whether they pass is for their own groups to say.
PROGRAMS = ("queue/user", "queue/fences", "queue/syncobj", "queue/cancel", "memory/bind-async",
            "memory/userptr", "memory/dmabuf", "memory/resv", "isolation/usage", "selftests/unbind",
            "selftests/wedge")
ROW = re.compile(r"^``([\w.]+)``\s+``(\S+)``\s+(process|spin|irq-off|irq)\s", re.MULTILINE)
CLASS = re.compile(r"^\S+ (?:OPS:\s*\d+ )?FD:\s*\d+ BD:\s*\d+ (\S+): (.+)$")
INSIDE = re.compile(r"^ -> \[\S+\] (.+)$")


def read_tables():
    """[(member, lockdep's name, context)] of the order, and of the leaves."""
    with open(PAGE, encoding="utf-8") as file:
        order, leaves = file.read().split("\nLeaves\n")
    return ROW.findall(order), ROW.findall(leaves)


def plain(name):
    return re.sub(r"(#\d+|/\d+)+$", "", name.strip())


def read_lockdep():
    """{name: flags of its use}, and {(name, name of a lock that was taken inside it)}."""
    uses, inside, name = {}, set(), None
    with open(LOCKDEP, encoding="utf-8") as file:
        for line in file:
            if match := CLASS.match(line):
                name = plain(match[2])
                uses[name] = uses.get(name, "") + match[1]
            elif match := INSIDE.match(line):
                inside.add((name, plain(match[1])))
    return uses, inside


def unseen(tables, uses):
    return [f"{member} ({name}) was never taken" for member, name, _ in tables if name not in uses]


def against(order, inside):
    """Dependencies that go up the table."""
    place = {name: number for number, (_, name, _) in enumerate(order)}
    return [f"{second} was taken inside {first}" for first, second in sorted(inside)
            if first in place and second in place and place[first] > place[second]]


def beyond(leaves, tables, inside):
    """What was taken inside a leaf."""
    ours, ends = {name for _, name, _ in tables}, {name for _, name, _ in leaves}
    return [f"{second} was taken inside {first}" for first, second in sorted(inside)
            if first in ends and second in ours and first != second]


def interrupted(tables, uses):
    """Locks that an interrupt handler took: lockdep shows that by - or ?."""
    return [f"{member} was taken by an interrupt handler" for member, name, context in tables
            if context != "irq" and re.search("[-?]", uses.get(name, ""))]


def report(number, what, problems):
    print("".join(f"# {problem}\n" for problem in problems), end="")
    print(f"{'not ok' if problems else 'ok'} {number} - {what}", flush=True)
    return not problems


def main():
    if not os.path.exists(LOCKDEP):
        print("1..0 # SKIP this kernel has no lockdep")
        sys.exit(4)
    print("TAP version 13\n1..4", flush=True)
    for name in PROGRAMS:
        subprocess.run([os.path.join(TOP, "build/tests", name)], check=False,
                       stdout=subprocess.DEVNULL)
    order, leaves = read_tables()
    uses, inside = read_lockdep()
    good = report(1, f"{len(order + leaves)} locks were taken", unseen(order + leaves, uses))
    good &= report(2, "locks were taken in the order of the table", against(order, inside))
    good &= report(3, "no lock was taken inside a leaf", beyond(leaves, order + leaves, inside))
    good &= report(4, "interrupt handlers took locks of context irq alone",
                   interrupted(order + leaves, uses))
    sys.exit(0 if good and order and leaves else 1)


if __name__ == "__main__":
    main()
