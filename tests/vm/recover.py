#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A card at work meets errors of the bus, and its machine goes to sleep."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
sys.dont_write_bytecode = True

from repeat import Case, find, main, times

TIMES = times(3, 100)


def restart(cause, act=lambda guest: None):
    """The event after which the driver's log says that the card works again."""
    def happen(guest):
        start = guest.size()
        act(guest)
        return find(guest, start, f"the card works again after .* cause={cause}", "restart")
    return happen


def error(name):
    command = f"pcie_aer_inject_error card0 {name}"
    return lambda guest: guest.qmp("human-monitor-command", **{"command-line": command})


CASES = (
    Case("an error of the bus that is not fatal", TIMES, restart("0x800", error("COMP_TIME"))),
    Case("a fatal error of the bus", TIMES, restart("0x801", error("MALF_TLP"))),
    Case("suspend to idle", TIMES, restart("0x703"), options=" sleeps=freeze"),
    Case("suspend to memory", TIMES, restart("0x703"), options=" sleeps=mem"),
)


if __name__ == "__main__":
    main("recover-", CASES)
