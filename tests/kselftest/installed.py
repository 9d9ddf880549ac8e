#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""run_kselftest.sh runs the group selftests on a machine on which driver and firmware are
installed: its programs unload the driver, load it with modprobe, and find the firmware."""

import os
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)), "lib"))

import kernel_way  # noqa: E402
from kernel_way import TESTS, TOP, counts, show  # noqa: E402

GROUP = "selftests"
NOT_HERE = {"kunit.sh"}  # skipped, as the guest's kernel has no KUnit


def main():
    with tempfile.TemporaryDirectory(prefix="kselftest-", dir=f"{TOP}/build") as work:
        results = kernel_way.run((), f"{TESTS}/kselftest/lib/as-installed",
                                 kernel_way.install(GROUP, work))
    print(f"TAP version 13\n1..{len(results) + 1}")
    good = [bool(results)]
    print(f"{'ok' if results else 'not ok'} 1 - run_kselftest.sh runs {len(results)} programs")
    for number, (name, result) in enumerate(sorted(results.items()), 2):
        good.append(not result.failed and bool(result.passed) != (name in NOT_HERE))
        if not good[-1]:
            show(name, result)
        print(f"{'ok' if good[-1] else 'not ok'} {number} - {name}: {counts(result)}")
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main())
