#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A card at work meets errors of the bus, and its machine goes to sleep: eight programs keep their
files, learn which job was lost, and go on."""

import os
import re
import shutil
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
sys.dont_write_bytecode = True

from guest import BUILD, Guest, image, make_initramfs

PROGRAMS = 8
TIMES = 100 if os.environ.get("PINION_SOAK") else 3


def inject(error):
    def act(guest):
        guest.qmp("human-monitor-command",
                  **{"command-line": f"pcie_aer_inject_error card0 {error}"})
    return act


# What happens, options of the kernel, what makes it happen, and its cause in the driver's log.
KINDS = (
    ("an error of the bus that is not fatal", "", inject("COMP_TIME"), "0x800"),
    ("a fatal error of the bus", "", inject("MALF_TLP"), "0x801"),
    ("suspend to idle", " sleeps=freeze", lambda guest: None, "0x703"),
    ("suspend to memory", " sleeps=mem", lambda guest: None, "0x703"),
)


def restarts(guest, cause):
    """Where in the console's text the driver has said that the card works again."""
    return [match.end() for match in
            re.finditer(f"the card works again after .* cause={cause}", guest.text())]


def all_work(guest, start):
    """Whether each program has done a round since a place in the text."""
    return len(set(re.findall(r"^program (\d+), round", guest.text()[start:], re.M))) == PROGRAMS


def run(folder, work, options, act, cause):
    """What the guest's console says in the end."""
    guest = Guest(folder, work, "console", log=f"loglevel=7 programs={PROGRAMS}{options}")
    try:
        guest.wait(lambda: all_work(guest, 0), "a first round of each program")
        for number in range(TIMES):
            act(guest)
            guest.wait(lambda: len(restarts(guest, cause)) > number, f"restart {number + 1}")
            start = restarts(guest, cause)[number]
            guest.wait(lambda: all_work(guest, start), f"rounds after restart {number + 1}")
        return guest.text()
    finally:
        guest.end()


def faults(text):
    """Lines of programs that say something else than that a job or its queue was stopped."""
    allowed = "(Operation canceled|Cannot send after transport endpoint shutdown)"
    return re.findall(rf"^(?!.*{allowed})bad: .*", text, re.M)


def main():
    print(f"TAP version 13\n1..{2 * len(KINDS)}", flush=True)
    work = tempfile.mkdtemp(prefix="recover-", dir=f"{BUILD}/vm")
    number = failed = 0
    try:
        folder = image()
        make_initramfs(folder, work)
        for name, *how in KINDS:
            text = run(folder, work, *how)
            for what, good in (
                (f"{PROGRAMS} programs go on, {TIMES} times", not faults(text)),
                ("the kernel finds nothing wrong", not re.search("WARNING:|BUG:|Oops", text)),
            ):
                number += 1
                failed += not good
                if not good:
                    print("# " + "\n# ".join(text.splitlines()[-40:]))
                print(f"{'ok' if good else 'not ok'} {number} - {name}: {what}", flush=True)
    finally:
        shutil.rmtree(work)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
