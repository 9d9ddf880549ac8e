#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What short launches take in the guest, in the machine's own time: under -icount with
sync=on it does not depend on the host. A card that sleeps before a buffer of launches
is done takes up to 100 ms, the firmware's next heartbeat, each time."""

import os
import re
import shutil
import statistics
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
sys.dont_write_bytecode = True

from guest import BUILD, COUNTED, Guest, image, make_initramfs

# name: (what, the most that it may take)
BOUNDS = {
    "launch_1000_us": ("1,000 empty launches in a buffer", 150),
    "gemm_m1_n288_us": ("a product of 1 x 288 and 288 x 288", 150),
    "launch_1m_s": ("1,000,000 empty launches in a buffer", 0.1),
}
KERNELS = ("test/probe.elf", "gemm.elf")
LINE = re.compile(r"^(\w+) ([\d.e+-]+) \w+\r?$", re.M)


def read_times(text):
    times = {}
    for name, value in LINE.findall(text):
        times.setdefault(name, []).append(float(value))
    return times


def measure(work):
    folder = image()
    files = {f"{BUILD}/kernels/{name}": f"/build/kernels/{name}" for name in KERNELS}
    make_initramfs(folder, work, {f"{BUILD}/tests/bench/guest-launches": "/command", **files})
    guest = Guest(folder, work, "console", accelerator=COUNTED, card=",sync=on")
    try:
        guest.wait(lambda: set(BOUNDS) <= set(read_times(guest.text())), "all times")
        return read_times(guest.text())
    finally:
        guest.end()


def main():
    print(f"TAP version 13\n1..{len(BOUNDS)}", flush=True)
    work = tempfile.mkdtemp(prefix="launches-", dir=f"{BUILD}/vm")
    try:
        times = measure(work)
    finally:
        shutil.rmtree(work)
    good = True
    for number, (name, (what, bound)) in enumerate(BOUNDS.items(), 1):
        time = statistics.median(times[name])
        good &= time <= bound
        print(f"{'ok' if time <= bound else 'not ok'} {number} - {what}: "
              f"{name} {time:.6g}, at most {bound}")
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
