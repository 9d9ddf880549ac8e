#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A machine is reset in the middle of jobs, several times: the card is as new after each reset. It
makes no DMA that the next kernel's IOMMU does not know."""

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
# Options of QEMU and of the kernel, and what the log of each boot has in it.
KINDS = (
    ("without an IOMMU", (), "quiet", None),
    ("behind an IOMMU", ("-device", "intel-iommu,aw-bits=48"), "loglevel=7 intel_iommu=on",
     "DMAR: Intel.* Virtualization Technology"),
)


def boots(text):
    """The numbers of the rounds that each boot has printed."""
    numbers = [int(number) for number in re.findall(r"^round (\d+)\r?\n", text, re.M)]
    starts = [i for i, number in enumerate(numbers) if number == 1] + [len(numbers)]
    return [numbers[start:end] for start, end in zip(starts, starts[1:])]


def reset(folder, work, args, log):
    guest = Guest(folder, work, "console", "-action", "reboot=reset", *args, log=log)
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
    print(f"TAP version 13\n1..{2 * len(KINDS)}", flush=True)
    work = tempfile.mkdtemp(prefix="reset-", dir=f"{BUILD}/vm")
    number = failed = 0
    try:
        folder = image()
        make_initramfs(folder, work)
        for name, args, log, says in KINDS:
            text = reset(folder, work, args, log)
            for what, good in (
                (f"jobs run after each of {RESETS} resets in the middle of jobs",
                 not says or len(re.findall(says, text)) == RESETS + 1),
                ("data came back unaltered, and the kernel finds nothing wrong",
                 not re.search("^bad:|WARNING:|BUG:|Oops|DMAR: .*(fault|DMA)", text, re.M)),
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
