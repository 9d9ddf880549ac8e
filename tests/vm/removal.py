#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A card is taken from a guest, by request or by surprise, while programs have everything open;
tests/memory/removal.c is what runs in the guest."""

import os
import shutil
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
sys.dont_write_bytecode = True

from detached import BUILD, Detached, is_clean

OWN_HOTPLUG = ("--qemu=-global", "--qemu=ICH9-LPC.acpi-pci-hotplug-with-bridge-support=off")


def devices(guest):
    return [entry["name"] for entry in guest.qmp("qom-list", path="/machine/peripheral")]


def ask(guest, card):
    guest.qmp("device_del", id=card)


def pull(guest, card):
    guest.qmp("qom-set", path=f"/machine/peripheral/{card}", property="pulled", value=True)


def bring(guest, card):
    """Puts another card in. If the guest is still switching the slot off, QEMU removes that card as
    well, and the guest says once more that there is none."""
    if card not in devices(guest):
        guest.qmp("device_add", driver="pinion", id=card, bus=card.replace("card", "port"))


def removed(work, remove, options):
    """The exit status, what the guest has printed, and the log of its kernel."""
    guest = Detached(work, ("--cards", "2", *options),
                     os.path.join(BUILD, "tests/memory/removal"), "host")
    text, card = "", ""
    for line in iter(guest.line, ""):
        words = line.split()
        if words[:1] == ["ready"]:
            # The card behind the first port is on bus 1.
            card = f"card{int(words[1].split(':')[1], 16) - 1}"
            remove(guest, card)
        elif words[:1] == ["gone"]:
            bring(guest, card)
        else:
            text += line
    status, rest, log = guest.end()
    return status, text + rest, log


CASES = (
    ("by request, through ACPI", ask, ()),
    ("by request, through the slot", ask, OWN_HOTPLUG),
    ("by surprise", pull, OWN_HOTPLUG),
)


def main():
    print(f"TAP version 13\n1..{len(CASES)}", flush=True)
    failed = 0
    for number, (name, remove, options) in enumerate(CASES, 1):
        work = tempfile.mkdtemp(prefix="removal-", dir=f"{BUILD}/vm")
        try:
            status, text, log = removed(work, remove, options)
        finally:
            shutil.rmtree(work)
        good = status == 0 and is_clean(log)
        print("# " + "\n# ".join((text if good else text + log[-3000:]).splitlines()))
        failed += not good
        print(f"{'ok' if good else 'not ok'} {number} - {name}", flush=True)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
