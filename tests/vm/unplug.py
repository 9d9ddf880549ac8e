#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A card is pulled out of a running guest while jobs are in flight."""

import os
import re
import shutil
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
sys.dont_write_bytecode = True

from guest import BUILD, Guest, image, make_initramfs

ROUNDS = 30
WAYS = (
    ("ACPI", ()),
    ("the slot's own hotplug", ("-global", "ICH9-LPC.acpi-pci-hotplug-with-bridge-support=off")),
)


def pull(folder, work, name, args):
    """What the guest's console says after the card went."""
    guest = Guest(folder, work, name, *args, log="loglevel=7")
    try:
        guest.wait(lambda: len(guest.rounds()) >= ROUNDS, f"{ROUNDS} rounds")
        guest.qmp("device_del", id="card0")
        guest.wait(lambda: "card0" not in [entry["name"] for entry in guest.qmp(
            "qom-list", path="/machine/peripheral")], "the card is gone from QEMU")
        guest.wait(lambda: len(re.findall(r"^bad: .*\n", guest.text(), re.M)) >= 2,
                   "errors of two jobs")
        return guest.text()
    finally:
        guest.end()


def main():
    print(f"TAP version 13\n1..{2 * len(WAYS)}", flush=True)
    work = tempfile.mkdtemp(prefix="unplug-", dir=f"{BUILD}/vm")
    number = failed = 0
    try:
        folder = image()
        make_initramfs(folder, work)
        for name, args in WAYS:
            text = pull(folder, work, f"console{number}", args)
            for what, good in (
                ("the job in flight ends, the next one with ENODEV",
                 "No such device" in re.findall("^bad: .*", text, re.M)[-1]),
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
