#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A card that nobody uses rests in D3hot if the administrator allows it, and wakes up when
somebody uses it. What the guest's kernel says is compared with what the card in QEMU says."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
sys.dont_write_bytecode = True

from detached import BUILD, Detached, is_clean, main

# What the guest says before it waits for this test, and whether the card is asleep then.
LOOKS = (("nobody, suspended", True), ("buffers, suspended", True),
         ("before a queue, suspended", True), ("with a queue, active", False),
         ("before a queue, suspended", True), ("with a queue, active", False),
         ("after queues, suspended", True), ("on, active", False))
CARDS = (("a card that keeps its registers in D3hot", ""),
         ("a card that loses its registers", "no-soft-reset=off"),
         ("a card whose firmware is in its flash", "flash=FLASH"))


def rest(work, options):
    options = options.replace("FLASH", os.path.join(work, "flash"))
    guest = Detached(work, ("--iommu", *(("--card-opts", options) if options else ())),
                     os.path.join(BUILD, "vm/rest-guest"))
    for what, asleep in LOOKS:
        line = guest.line()
        if line != f"look: {what}\n" or guest.card("asleep") != asleep:
            print(f"# {line!r} and asleep={guest.card('asleep')}, not {what!r}")
            return False, [guest.end()]
        guest.go_on()
    status, out, log = guest.end()
    return status == 0 and not out and is_clean(log), [(status, out, log)]


if __name__ == "__main__":
    main("rest-", CARDS, rest)
