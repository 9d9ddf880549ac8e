#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Guests that go to sleep while eight programs have everything open that a card offers, and jobs
in flight. A suspend to RAM takes the card's power, and so the content of device memory."""

import os
import shutil
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
sys.dont_write_bytecode = True

from detached import BUILD, SLEEPER, Detached, is_clean

PROGRAMS = 8


def to_ram(guest, _):
    guest.wait(lambda: guest.status() == "suspended", "suspended to RAM")
    guest.qmp("system_wakeup")


def to_idle(guest, number):
    guest.wait(lambda: guest.log().count("PM: suspend-to-idle") == number, "suspended to idle")
    guest.qmp("system_powerdown")


def by_clock(guest, _):
    """The guest's own clock wakes it."""
    guest.wait(lambda: "PM: suspend exit" in guest.log(), "awake")


# What is tried, options of pinion-vm, what the first process writes, and what wakes the guest.
MEM = "/sys/power/state=mem"
SAYS = ["/proc/sys/kernel/printk=8", "/sys/power/pm_debug_messages=1"]  # says when it is asleep
TESTS = (
    ("to RAM, woken by QEMU's monitor", (), [MEM], [to_ram]),
    ("to RAM, with an IOMMU, and a window that shows an eighth of device memory",
     ("--iommu", "--card-opts", "memory=64M,window=8M"), [MEM], [to_ram]),
    ("to RAM, woken by the clock", (), ["/sys/class/rtc/rtc0/wakealarm=+20", MEM], [by_clock]),
    ("to idle, woken by the power button", (),
     SAYS + ["/sys/power/state=freeze"] * 2, [to_idle] * 2),
    ("to idle, with a card that loses its registers in D3hot",
     ("--card-opts", "no-soft-reset=off"), SAYS + ["/sys/power/state=freeze"], [to_idle]),
)


def sleeps(work, options, writes, wakes):
    guest = Detached(work, options, SLEEPER, str(PROGRAMS), *writes)
    try:
        for number, wake in enumerate(wakes, 1):
            wake(guest, number)
    except RuntimeError as error:
        print(f"# {error}")
    return guest.end()


def main():
    print(f"TAP version 13\n1..{len(TESTS)}", flush=True)
    failed = 0
    for number, (name, options, writes, wakes) in enumerate(TESTS, 1):
        work = tempfile.mkdtemp(prefix="suspend-", dir=f"{BUILD}/vm")
        try:
            status, out, log = sleeps(work, options, writes, wakes)
        finally:
            shutil.rmtree(work)
        good = status == 0 and out.count(f"{PROGRAMS} programs go on") == len(writes) and \
            is_clean(log)
        if not good:
            print(f"# status {status}, output {out!r}")
            print("# " + "\n# ".join(log.splitlines()[-40:]))
        failed += not good
        print(f"{'ok' if good else 'not ok'} {number} - {name}", flush=True)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
