#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A machine is reset in the middle of jobs, several times: the card is as new after each reset."""

import os
import re
import shutil
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
sys.dont_write_bytecode = True

from guest import BUILD, Guest, image, make_initramfs

ROUNDS = 30
RESETS = 3


def boots(text):
    """The numbers of the rounds that each boot has printed."""
    numbers = [int(number) for number in re.findall(r"^round (\d+)\r?\n", text, re.M)]
    starts = [i for i, number in enumerate(numbers) if number == 1] + [len(numbers)]
    return [numbers[start:end] for start, end in zip(starts, starts[1:])]


def reset(folder, work):
    guest = Guest(folder, work, "console", "-action", "reboot=reset")
    try:
        for boot in range(1, RESETS + 2):
            guest.wait(lambda: len(boots(guest.text())) == boot and
                       len(boots(guest.text())[-1]) >= ROUNDS, f"{ROUNDS} rounds of boot {boot}")
            if boot <= RESETS:
                guest.qmp("system_reset")
        return guest.text()
    finally:
        guest.end()


def main():
    print("TAP version 13\n1..2", flush=True)
    work = tempfile.mkdtemp(prefix="reset-", dir=f"{BUILD}/vm")
    try:
        folder = image()
        make_initramfs(folder, work)
        text = reset(folder, work)
    finally:
        shutil.rmtree(work)
    print(f"ok 1 - {RESETS} resets in the middle of jobs: jobs run after each")
    good = not re.search("^bad:|WARNING:|BUG:|Oops", text, re.M)
    print(f"{'ok' if good else 'not ok'} 2 - every round's data came back unaltered")
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
