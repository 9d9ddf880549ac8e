#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Checks that build/bench/timing starts a peer again that fails, and still has a time for every
turn. Here the disk behind NVMe's controller fails one flush."""

import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))),
                                "bench/lib"))
sys.dont_write_bytecode = True

import insns  # noqa: E402

TURNS = 21
DISK = ("driver=blkdebug,node-name=null,image.driver=null-co,image.size=1073741824,"
        "inject-error.0.event=none,inject-error.0.iotype=flush,inject-error.0.once=on")
# The log is kept in the guest's memory. In the shared folder, reading a file while another program
# appends to it may see zeros in place of the newest line, and the file would keep the zeros.
SCRIPT = """
log=/tmp/peer.log
build/bench/timing qd32 >$log &
while kill -0 $! && ! grep -q "sample nvme_flush_qd32 2" $log; do sleep 0.1; done
# A flush goes to the disk only if there is something to flush.
dd if=/dev/zero of=/dev/nvme0n1 bs=4k count=1 oflag=direct || exit
wait $!
status=$?
cat $log
exit $status
"""


def main():
    print("1..2", flush=True)
    insns.NVME = ("-blockdev", DISK, *insns.NVME[2:])
    lines = insns.run_guest(SCRIPT, "--smp", "2")
    failed = sum("nvme_flush_qd32 failed and starts again" in line for line in lines) == 1
    word = "ok" if failed else "not ok"
    print(f"{word} 1 - a submitter whose flush failed starts again, and a message says so")
    turns = {}
    for line in lines:
        if match := re.fullmatch(r"sample (\w+)_qd32 (\d+) \d+\.\d", line):
            turns.setdefault(match[1], []).append(int(match[2]))
    whole = {"nvme_flush", "exec_uring"} <= turns.keys() and all(
        taken == list(range(TURNS)) for taken in turns.values())
    print(f"{'ok' if whole else 'not ok'} 2 - every turn of every mode has its time")
    for line in lines if not failed or not whole else []:
        print(f"# {line}")
    return 0 if failed and whole else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except insns.Error as error:
        print(f"Bail out! {error}")
        sys.exit(1)
