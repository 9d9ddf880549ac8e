#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What short launches take in the guest, in the machine's own time, which does not depend
on the host. A card that sleeps before a buffer of launches is done takes up to 100 ms,
the firmware's next heartbeat, each time."""

import os
import statistics
import subprocess
import sys

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
COMMAND = ("tools/vm/pinion-vm", "--icount", "0", "--", "build/tests/bench/guest-launches")

# name: (what, the most that it may take)
BOUNDS = {
    "launch_1000_us": ("1,000 empty launches in a buffer", 150),
    "gemm_m1_n288_us": ("a product of 1 x 288 and 288 x 288", 150),
    "launch_1m_s": ("1,000,000 empty launches in a buffer", 0.1),
}


def measure():
    """{name: [times]}"""
    times = {name: [] for name in BOUNDS}
    output = subprocess.run(COMMAND, cwd=TOP, check=True, stdin=subprocess.DEVNULL,
                            stdout=subprocess.PIPE, text=True).stdout
    for line in output.splitlines():
        name, value, _unit = line.split()
        times[name].append(float(value))
    return times


def main():
    print(f"TAP version 13\n1..{len(BOUNDS)}", flush=True)
    times, good = measure(), True
    for number, (name, (what, bound)) in enumerate(BOUNDS.items(), 1):
        time = statistics.median(times[name])
        good &= time <= bound
        print(f"{'ok' if time <= bound else 'not ok'} {number} - {what}: "
              f"{name} {time:.6g}, at most {bound}")
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
