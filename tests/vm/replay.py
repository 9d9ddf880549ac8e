#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Two boots under -icount with sync=on are the same to the byte: kernel, driver,
firmware and jobs, with the time of every line."""

import itertools
import os
import shutil
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
sys.dont_write_bytecode = True

from guest import BUILD, COUNTED, Guest, image, make_initramfs

ROUNDS = 10


def console(folder, work, name):
    """What a boot prints until its last round."""
    guest = Guest(folder, work, name, accelerator=COUNTED, log="ignore_loglevel", card=",sync=on")
    try:
        guest.wait(lambda: len(guest.rounds()) >= ROUNDS, f"{ROUNDS} rounds")
        text = guest.text()
        return text[:text.index(f"round {ROUNDS}")].splitlines()
    finally:
        guest.end()


def main():
    print("TAP version 13\n1..1", flush=True)
    work = tempfile.mkdtemp(prefix="replay-", dir=f"{BUILD}/vm")
    try:
        folder = image()
        make_initramfs(folder, work)
        first, second = (console(folder, work, name) for name in ("first", "second"))
    finally:
        shutil.rmtree(work)
    print(f"# {len(first)} lines")
    for pair in itertools.zip_longest(first, second):
        if pair[0] != pair[1]:
            print(f"# first difference:\n#   {pair[0]}\n#   {pair[1]}")
            break
    print(f"{'ok' if first == second else 'not ok'} 1 - both boots print the same")
    sys.exit(0 if first == second else 1)


if __name__ == "__main__":
    main()
