#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A card that nobody uses rests in D3hot if the administrator allows it, and wakes up when
somebody uses it. What the guest's kernel says is compared with what the card in QEMU says."""

import os
import shutil
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
sys.dont_write_bytecode = True

from detached import BUILD, Detached, is_clean

# What the guest says before it waits for this test, and whether the card is asleep then.
LOOKS = (("nobody, suspended", True), ("buffers, suspended", True),
         ("before a queue, suspended", True), ("with a queue, active", False),
         ("before a queue, suspended", True), ("with a queue, active", False),
         ("after queues, suspended", True), ("on, active", False))
CARDS = (("a card that keeps its registers in D3hot", ""),
         ("a card that loses its registers", "no-soft-reset=off"),
         ("a card whose firmware is in its flash", "flash=FLASH"))


def rest(work, options):
    """Whether all went well, and what there is to say if not."""
    options = options.replace("FLASH", os.path.join(work, "flash"))
    guest = Detached(work, ("--iommu", *(("--card-opts", options) if options else ())),
                     os.path.join(BUILD, "vm/rest-guest"))
    for what, asleep in LOOKS:
        line = guest.line()
        if line != f"look: {what}\n" or guest.card("asleep") != asleep:
            return False, f"{line!r} and asleep={guest.card('asleep')}, not {what!r}", guest.end()
        guest.go_on()
    status, out, log = guest.end()
    return status == 0 and not out and is_clean(log), "", (status, out, log)


def main():
    print(f"TAP version 13\n1..{len(CARDS)}", flush=True)
    failed = 0
    for number, (name, options) in enumerate(CARDS, 1):
        work = tempfile.mkdtemp(prefix="rest-", dir=f"{BUILD}/vm")
        try:
            good, why, (status, out, log) = rest(work, options)
        finally:
            shutil.rmtree(work)
        if not good:
            print(f"# {why} status {status}, output {out!r}")
            print("# " + "\n# ".join(log.splitlines()[-40:]))
        failed += not good
        print(f"{'ok' if good else 'not ok'} {number} - {name}", flush=True)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
