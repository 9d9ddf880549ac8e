#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A guest hibernates while eight programs have everything open that a card offers, and jobs in
flight. Its QEMU ends; another one goes on with the guest and with a new card, whose memory is
empty. The programs find what they had in device memory."""

import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
sys.dont_write_bytecode = True

from detached import SLEEPER, Detached, is_clean, main

PROGRAMS = 8
HIBERNATED = 123  # the exit status of pinion-vm


TESTS = (("memory and window of the same size", ()),
         ("a window that shows an eighth of device memory, and an IOMMU",
          ("--iommu", "--card-opts", "memory=64M,window=8M")))


def hibernates(work, options):
    disk = os.path.join(work, "disk")
    with open(disk, "wb") as file:
        os.chmod(disk, 0o600)
        file.truncate(512 << 20)
    subprocess.run(["mkswap", disk], check=True, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL,
                   env={**os.environ, "PATH": os.environ["PATH"] + ":/usr/sbin:/sbin"})
    arguments = ("--memory", "512M", "--disk", disk, *options)
    command = (SLEEPER, str(PROGRAMS), "/sys/power/state=disk")
    first, second = [Detached(work, arguments, *command).end() for _ in range(2)]
    good = first[0] == HIBERNATED and second[0] == 0 and \
        f"{PROGRAMS} programs go on after disk" in second[1] and is_clean(second[2])
    return good, [first, second]


if __name__ == "__main__":
    main("hibernate-", TESTS, hibernates)
