#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Errors of the bus, injected at a card at work, reach the guest's kernel, which can then reset
the bus. What the driver makes of it is for other tests."""

import os
import re
import shutil
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
sys.dont_write_bytecode = True

from guest import BUILD, Guest, image, make_initramfs

ROUNDS = 5
# What is injected, and the lines of the kernel's log that follow.
ERRORS = (
    ("COMP_TIME", (r"Uncorrectable \(Non-Fatal\) error message received from 0000:01:00.0",
                   r"pinion 0000:01:00.0: .*severity=Uncorrectable \(Non-Fatal\)")),
    ("MALF_TLP", (r"Uncorrectable \(Fatal\) error message received from 0000:01:00.0",
                  r"pinion 0000:01:00.0: .*severity=Uncorrectable \(Fatal\)",
                  r"Root Port link has been reset \(0\)")),
)


def logs(folder, work):
    """For each error, what the console says after it was injected."""
    guest = Guest(folder, work, "console", log="loglevel=7")
    try:
        guest.wait(lambda: len(guest.rounds()) >= ROUNDS, f"{ROUNDS} rounds")
        for error, lines in ERRORS:
            guest.qmp("human-monitor-command",
                      **{"command-line": f"pcie_aer_inject_error card0 {error}"})
            guest.wait(lambda: all(re.search(line, guest.text()) for line in lines),
                       f"the kernel's log of {error}")
        return guest.text()
    finally:
        guest.end()


def main():
    print("TAP version 13\n1..2", flush=True)
    work = tempfile.mkdtemp(prefix="aer-", dir=f"{BUILD}/vm")
    try:
        folder = image()
        make_initramfs(folder, work)
        text = logs(folder, work)
    finally:
        shutil.rmtree(work)
    print("ok 1 - the kernel logs both errors, and resets the bus after the fatal one")
    good = not re.search("WARNING:|BUG:|Oops", text)
    print(f"{'ok' if good else 'not ok'} 2 - the kernel finds nothing wrong")
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
