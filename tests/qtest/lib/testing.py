# SPDX-License-Identifier: GPL-2.0-or-later
"""TAP for the test programs in this folder: decorate tests with @test, and end with main()."""

import sys
import traceback

TESTS = []


def test(name):
    def add(function):
        TESTS.append((name, function))
        return function
    return add


def equal(actual, expected, what=""):
    if actual != expected:
        shown = [hex(v) if isinstance(v, int) else repr(v) for v in (actual, expected)]
        raise AssertionError(f"{what}: {shown[0]}, expected {shown[1]}")


def main():
    failed = 0
    print(f"TAP version 13\n1..{len(TESTS)}", flush=True)
    for number, (name, function) in enumerate(TESTS, 1):
        try:
            function()
            verdict = "ok"
        except Exception:  # any exception is a failure of this test
            for line in traceback.format_exc().splitlines():
                print("# " + line)
            verdict = "not ok"
            failed += 1
        print(f"{verdict} {number} - {name}", flush=True)
    sys.exit(1 if failed else 0)
