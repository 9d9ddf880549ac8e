#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Guests that go to sleep while eight programs have everything open that a card offers, and jobs
in flight. A suspend to RAM takes the card's power, and so the content of device memory."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
sys.dont_write_bytecode = True

from detached import SLEEPER, Detached, is_clean, main

PROGRAMS = 8


def to_ram(guest, _):
    guest.wait(lambda: guest.status() == "suspended", "suspended to RAM")
    guest.qmp("system_wakeup")


def to_idle(guest, number):
    guest.wait(lambda: guest.log().count("PM: suspend-to-idle") == number, "suspended to idle")
    guest.qmp("system_powerdown")


def then_an_error(guest, number):
    """After the sleep a fatal error of the bus, from which the kernel resets the link."""
    to_idle(guest, number)
    while guest.line() != "look\n":
        pass
    guest.qmp("human-monitor-command",
              **{"command-line": "pcie_aer_inject_error card0 MALF_TLP"})
    guest.wait(lambda: "cause=0x801" in guest.log().rpartition("works again")[2], "recovered")
    guest.go_on()


MEM = "/sys/power/state=mem"
# The kernel says when it is asleep.
FREEZE = ("/proc/sys/kernel/printk=8", "/sys/power/pm_debug_messages=1", "/sys/power/state=freeze")
TO_RAM = f"\n{PROGRAMS} programs go on after mem > state\n"
TO_IDLE = f"\n{PROGRAMS} programs go on after freeze > state\n"
# What is tried, options of pinion-vm, arguments of the program, what the test does meanwhile, and
# what the program has printed in the end.
TESTS = (
    ("to RAM, woken by QEMU's monitor", (), (MEM,), (to_ram,), TO_RAM),
    ("to RAM, with an IOMMU, and a window that shows an eighth of device memory",
     ("--iommu", "--card-opts", "memory=64M,window=8M"), (MEM,), (to_ram,), TO_RAM),
    ("to RAM, without the host memory that this takes", ("--memory", "256M"), ("MIB=25", MEM), (),
     "/sys/power/state: Cannot allocate memory" + TO_RAM),
    ("to idle, woken by the power button", (), (*FREEZE, FREEZE[-1]), (to_idle, to_idle),
     TO_IDLE + TO_IDLE[1:]),
    ("to idle, with a card that loses its registers in D3hot",
     ("--card-opts", "no-soft-reset=off"), FREEZE, (to_idle,), TO_IDLE),
    ("to idle, and a fatal error of the bus afterwards", (), (*FREEZE, "look"), (then_an_error,),
     ""),
)


def sleeps(work, options, arguments, acts, says):
    guest = Detached(work, options, SLEEPER, str(PROGRAMS), *arguments)
    try:
        for number, act in enumerate(acts, 1):
            act(guest, number)
    except RuntimeError as error:
        print(f"# {error}")
    status, out, log = guest.end()
    return status == 0 and ("\n" + out).endswith(says) and is_clean(log), [(status, out, log)]


if __name__ == "__main__":
    main("suspend-", TESTS, sleeps)
