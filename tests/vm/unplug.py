#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A card at work leaves a running guest, and another comes: the operator asks the guest for it
(orderly removal), or pulls the card out of its slot (surprise removal)."""

import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
sys.dont_write_bytecode = True

from repeat import Case, find, main, times

ERRORS = ("Operation canceled", "Cannot send after transport endpoint shutdown", "No such device")
OWN_HOTPLUG = ("-global", "ICH9-LPC.acpi-pci-hotplug-with-bridge-support=off")


def devices(guest):
    return [entry["name"] for entry in guest.qmp("qom-list", path="/machine/peripheral")]


def ask(guest):
    guest.qmp("device_del", id="card0")


def pull(guest):
    guest.qmp("qom-set", path="/machine/peripheral/card0", property="pulled", value=True)


def works(guest, start):
    """Whether the driver has found another card. A guest that is still switching the slot off makes
    QEMU remove the new card as well, so that card is put in again."""
    if "card0" not in devices(guest):
        guest.qmp("device_add", driver="pinion", id="card0", bus="port0", memory=64 << 20)
    return re.search(r"\[drm\] driver .* firmware", guest.text(start))


def replace(remove):
    """The event after which another card works in the place of the first."""
    def happen(guest):
        start = guest.size()
        remove(guest)
        guest.wait(lambda: "card0" not in devices(guest), "the card is gone from QEMU")
        find(guest, start, "(?s)" + ".*No such device" * 8, "errors of each program")
        guest.wait(lambda: works(guest, start), "the driver finds the new card")
        return start + works(guest, start).end()
    return happen


CASES = (
    Case("orderly removal by ACPI", times(1, 20), replace(ask), errors=ERRORS),
    Case("orderly removal by the slot", times(1, 20), replace(ask), args=OWN_HOTPLUG,
         errors=ERRORS),
    Case("surprise removal", times(3, 200), replace(pull), args=OWN_HOTPLUG, errors=ERRORS),
)


if __name__ == "__main__":
    main("unplug-", CASES)
