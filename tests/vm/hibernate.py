#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A guest hibernates while eight programs have everything open that a card offers, and jobs in
flight. Its QEMU ends; another one goes on with the guest and with a new card, whose memory is
empty. The programs find what they had in device memory."""

import os
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
sys.dont_write_bytecode = True

from detached import BUILD, SLEEPER, Detached, is_clean

PROGRAMS = 8
HIBERNATED = 123  # the exit status of pinion-vm


def runs(work, options):
    """What both runs of pinion-vm end with: exit status, output, log."""
    disk = os.path.join(work, "disk")
    with open(disk, "wb") as file:
        os.chmod(disk, 0o600)
        file.truncate(512 << 20)
    subprocess.run(["mkswap", disk], check=True, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL,
                   env={**os.environ, "PATH": os.environ["PATH"] + ":/usr/sbin:/sbin"})
    arguments = ("--memory", "512M", "--disk", disk, *options)
    command = (SLEEPER, str(PROGRAMS), "/sys/power/state=disk")
    return [Detached(work, arguments, *command).end() for _ in range(2)]


def main():
    tests = (("memory and window of the same size", ()),
             ("a window that shows an eighth of device memory, and an IOMMU",
              ("--iommu", "--card-opts", "memory=64M,window=8M")))
    print(f"TAP version 13\n1..{len(tests)}", flush=True)
    failed = 0
    for number, (name, options) in enumerate(tests, 1):
        work = tempfile.mkdtemp(prefix="hibernate-", dir=f"{BUILD}/vm")
        try:
            first, second = runs(work, options)
        finally:
            shutil.rmtree(work)
        good = first[0] == HIBERNATED and second[0] == 0 and \
            f"{PROGRAMS} programs go on after disk" in second[1] and is_clean(second[2])
        if not good:
            for status, out, log in (first, second):
                print(f"# status {status}, output {out!r}")
                print("# " + "\n# ".join(log.splitlines()[-40:]))
        failed += not good
        print(f"{'ok' if good else 'not ok'} {number} - {name}", flush=True)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
