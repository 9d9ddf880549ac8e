#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Checks that the card model takes no more than a fixed number of the host's instructions for a
launch of one empty block, and for one more empty block of a launch. Valgrind counts, so that the
host's load changes nothing. Each figure is the difference of two runs, without the set-up.

With --profile, shows in which functions the instructions are executed, set-up included."""

import os
import re
import subprocess
import sys
import tempfile

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PROGRAM = "build/bench/launch-cost"
# What is measured, launches and blocks of the two runs, and the limit, which is a tenth above what
# the model takes when compiled by GCC 12: 1,547 and 399.
CASES = (("a launch of one block", (1000, 1), (5000, 1), 1700),
         ("one more block", (1, 20000), (1, 60000), 440))


def count(launches, blocks, profile):
    """The instructions of a run."""
    with tempfile.NamedTemporaryFile() as out:
        run = subprocess.run(("valgrind", "--tool=callgrind", f"--callgrind-out-file={out.name}",
                              PROGRAM, str(launches), str(blocks)), cwd=TOP, check=False,
                             stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                             stderr=subprocess.STDOUT, text=True)
        found = re.search(r"Collected : (\d+)", run.stdout)
        if run.returncode or not found:
            sys.exit(f"launches.py: {PROGRAM} failed under valgrind:\n{run.stdout}")
        if profile:
            subprocess.run(("callgrind_annotate", "--auto=no", out.name), check=True)
    return int(found[1])


def main():
    profile = sys.argv[1:] == ["--profile"]
    print(f"1..{len(CASES)}", flush=True)
    failed = False
    for number, (what, few, many, limit) in enumerate(CASES, 1):
        more = max(many) - max(few)
        cost = (count(*many, profile) - count(*few, False)) / more
        failed |= cost > limit
        print(f"{'not ok' if cost > limit else 'ok'} {number} - {what}: {cost:.0f} instructions, "
              f"{limit} allowed", flush=True)
    return failed


if __name__ == "__main__":
    sys.exit(main())
