#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Checks that VM_BIND maps and unmaps a page of 4 KiB, with all the page tables that it needs, in
no more than a fixed number of instructions of the guest. All is counted that the guest executes
from the beginning of the call to its end, the driver's workers included.

With --profile, shows in which functions the instructions are executed."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))),
                                "bench/lib"))
sys.dont_write_bytecode = True

import insns  # noqa: E402

LIMIT = 15000
PATHS = ("bind_map_4k", "bind_unmap_4k", "bind_map_host_4k", "bind_unmap_host_4k")
BOOTS = [("build/bench/submit none && build/bench/bind", insns.FAST)]
SHOWN = 40  # functions in a profile


def main():
    profile = sys.argv[1:] == ["--profile"]
    print(f"1..{len(PATHS)}", flush=True)
    paths, _ = insns.measure_boots(BOOTS)
    failed = False
    for number, name in enumerate(PATHS, 1):
        path = paths[name]
        good = path.insns <= LIMIT
        failed |= not good
        print(f"{'ok' if good else 'not ok'} {number} - {name}: {path.insns:.0f} instructions, "
              f"{LIMIT} allowed")
        for function, count in list(path.functions().items())[:SHOWN] if profile else ():
            print(f"#   {count:8.1f}  {function.name}")
    return failed


if __name__ == "__main__":
    try:
        sys.exit(main())
    except insns.Error as error:
        sys.exit(f"bind.py: {error}")
