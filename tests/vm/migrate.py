#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A guest with the driver bound and jobs running is saved and goes on in another QEMU."""

import os
import re
import shutil
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
sys.dont_write_bytecode = True

from guest import BUILD, Guest, image, make_initramfs

ROUNDS = 30


def migrate(work):
    folder = image()
    make_initramfs(folder, work)
    source = Guest(folder, work, "source")
    try:
        source.wait(lambda: len(source.rounds()) >= ROUNDS, f"{ROUNDS} rounds before")
        # Under TCG QEMU 7.2 loses what a running guest writes while its memory is saved
        # (cpu_physical_memory_sync_dirty_bitmap() leaves the TLBs as they are).
        source.qmp("stop")
        source.qmp("migrate-set-parameters", **{"max-bandwidth": 1 << 40})
        source.qmp("migrate", uri=f"exec:cat>{work}/state")
        source.wait(lambda: source.qmp("query-migrate").get("status") == "completed", "the save")
        before = source.rounds()
    finally:
        source.end()
    target = Guest(folder, work, "target", "-incoming", f"exec:cat {work}/state")
    try:
        target.wait(lambda: target.qmp("query-status")["status"] == "paused", "the load")
        target.qmp("cont")
        target.wait(lambda: len(target.rounds()) >= ROUNDS, f"{ROUNDS} rounds after")
        return before, target.rounds(), source.text() + target.text()
    finally:
        target.end()


def main():
    print("TAP version 13\n1..3", flush=True)
    work = tempfile.mkdtemp(prefix="migrate-", dir=f"{BUILD}/vm")
    try:
        before, after, text = migrate(work)
    finally:
        shutil.rmtree(work)
    print(f"# {before[-1]} rounds before, {len(after)} after")
    for line in re.findall("^bad:.*", text, re.M)[:10]:
        print("# " + line)
    results = (
        ("jobs go on after the guest was saved and restored", len(after) >= ROUNDS),
        ("no round is lost or repeated", 0 <= after[0] - before[-1] <= 2 and
         after == list(range(after[0], after[0] + len(after)))),
        ("every round's data came back unaltered", not re.search("^bad:", text, re.M)),
    )
    for number, (name, good) in enumerate(results, 1):
        print(f"{'ok' if good else 'not ok'} {number} - {name}")
    sys.exit(0 if all(good for _, good in results) else 1)


if __name__ == "__main__":
    main()
