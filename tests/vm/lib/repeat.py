# SPDX-License-Identifier: GPL-2.0-or-later
"""Something happens to a card at work, again and again: eight programs learn which job was lost,
and go on."""

import os
import re
import shutil
import sys
import tempfile
from dataclasses import dataclass

from guest import BUILD, Guest, image, make_initramfs

PROGRAMS = 8


def times(usual, soak):
    return soak if os.environ.get("PINION_SOAK") else usual


@dataclass
class Case:
    """One kind of event."""

    name: str
    times: int
    # Makes it happen; returns an offset in the console's text behind which the card works again.
    happen: object
    options: str = ""  # more arguments for the guest's kernel
    args: tuple = ()  # more arguments for QEMU
    # What jobs and queues may say while the card does not work.
    errors: tuple = ("Operation canceled", "Cannot send after transport endpoint shutdown")


def find(guest, start, pattern, what):
    """Waits until the console says it; returns the offset behind it."""
    compiled = re.compile(pattern)
    guest.wait(lambda: compiled.search(guest.text(start)), what)
    return start + compiled.search(guest.text(start)).end()


def all_work(guest, start):
    """Whether each program has done a round since an offset in the text."""
    return len(set(re.findall(r"^program (\d+), round", guest.text(start), re.M))) == PROGRAMS


def run(folder, work, case):
    """What the guest's console says in the end."""
    guest = Guest(folder, work, "console", *case.args,
                  log=f"loglevel=7 programs={PROGRAMS}{case.options}")
    try:
        guest.wait(lambda: all_work(guest, 0), "a first round of each program")
        for number in range(1, case.times + 1):
            start = case.happen(guest)
            guest.wait(lambda: all_work(guest, start), f"rounds after {case.name} {number}")
            if case.times >= 100 and number % (case.times // 10) == 0:
                print(f"# {number} of {case.times}", flush=True)
        return guest.text()
    finally:
        guest.end()


def faults(text, case):
    """Lines of programs that say something else than that a job was stopped or the card is gone."""
    return re.findall(rf"^(?!.*(?:{'|'.join(case.errors)}))bad: .*", text, re.M)


def main(prefix, cases):
    """Reports each of the cases, and exits."""
    print(f"TAP version 13\n1..{2 * len(cases)}", flush=True)
    work = tempfile.mkdtemp(prefix=prefix, dir=f"{BUILD}/vm")
    number = failed = 0
    try:
        folder = image()
        make_initramfs(folder, work)
        for case in cases:
            text = run(folder, work, case)
            for what, good in (
                (f"{PROGRAMS} programs go on, {case.times} times", not faults(text, case)),
                ("the kernel finds nothing wrong", not re.search("WARNING:|BUG:|Oops", text)),
            ):
                number += 1
                failed += not good
                if not good:
                    print("# " + "\n# ".join(text.splitlines()[-40:]))
                print(f"{'ok' if good else 'not ok'} {number} - {case.name}: {what}", flush=True)
    finally:
        shutil.rmtree(work)
    sys.exit(1 if failed else 0)
