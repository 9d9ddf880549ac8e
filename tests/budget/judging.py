#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Checks how tests/budget/instructions.py judges a path that has grown, a machine without a record,
and a measurement that failed. The counts are made up, so that no guest is needed."""

import contextlib
import copy
import io
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.dont_write_bytecode = True

import instructions  # noqa: E402
from instructions import insns  # noqa: E402

HERE = {"kernel": "6.12.1 #1", "driver's compiler": "a", "program's compiler": "a", "QEMU": "7.2",
        "liburing": "2.3"}
PATH = {"insns": 1000, "driver": {"ring": 300}, "library": {}, "others": {"schedule": 600}}
BUDGET = {"tolerance_percent": {"all": 1, "own": 1, "own, other compiler": 10,
                                "all, other update": 3},
          "records": [{"machine": HERE, "paths": {"exec": PATH}}]}
TESTS = []


def test(function):
    TESTS.append(function)
    return function


def check(driver=300, insns_now=1000, ci=None, **machine):
    """Checks a path with these costs, on a machine that differs from HERE in the keywords. Returns
    the exit status and what was printed."""
    path = copy.deepcopy(PATH)
    path["driver"]["ring"], path["insns"] = driver, insns_now
    instructions.measure = lambda wanted: ({"exec": path}, {**HERE, **machine})
    os.environ.pop("CI", None)
    if ci:
        os.environ["CI"] = ci
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        status = instructions.check(BUDGET)
    return status, said.getvalue()


@test
def what_has_not_grown_passes():
    status, said = check()
    return status == 0 and "not ok" not in said and "SKIP" not in said


@test
def the_driver_grew_by_2_percent():
    status, said = check(driver=306)
    return status == 1 and "not ok 1 - exec: driver and library" in said and "+6.00  ring" in said


@test
def all_grew_by_2_percent_and_the_driver_did_not():
    status, said = check(insns_now=1020)
    return status == 1 and "ok 1 - exec: driver" in said and "not ok 2 - exec: all" in said


@test
def another_kernel_skips_the_whole_and_compares_the_driver():
    status, said = check(kernel="2")
    grown = check(kernel="2", driver=306)
    return (status == 0 and "ok 2 - exec: all # SKIP no record of kernel 2" in said and
            grown[0] == 1 and "not ok 1 - exec: driver and library" in grown[1])


@test
def a_stable_update_of_the_kernel_is_compared_with_more_tolerated():
    update = {"kernel": "6.12.2 #1", "ci": "true"}
    return (check(insns_now=1020, **update)[0] == 0 and check(insns_now=1040, **update)[0] == 1 and
            check(driver=306, **update)[0] == 1)


@test
def a_skip_fails_in_ci():
    status, said = check(kernel="2", ci="true")
    return status == 1 and "not ok 2 - exec: all: no record of kernel 2" in said


@test
def another_compiler_may_make_more_of_the_same_source():
    other = {"driver's compiler": "b"}
    return check(driver=325, **other)[0] == 0 and check(driver=345, **other)[0] == 1


class Boots:
    """Stands in for insns.measure_boots(); each attempt finds the paths given for it."""

    def __init__(self, *attempts):
        self.attempts, self.made = attempts, 0

    def __call__(self, _boots):
        names = self.attempts[min(self.made, len(self.attempts) - 1)]
        self.made += 1
        path = insns.Path("exec", 1, [10], {}, {}, 0, symbols=None)
        return {name: path for name in names}, ["kernel 1"]


def measured(*attempts):
    """Calls instructions.measure({"one", "two"}). Returns the paths found, or None after an error,
    and the number of attempts."""
    boots = insns.measure_boots = Boots(*attempts)
    instructions.machine = lambda kernel: HERE
    with contextlib.redirect_stdout(io.StringIO()):
        try:
            found = sorted(MEASURE({"one", "two"})[0])
        except insns.NotMeasured:
            found = None
    return found, boots.made


@test
def a_measurement_that_lacks_a_path_is_repeated():
    return measured({"one"}, {"two"}) == (["one", "two"], 2)


@test
def a_measurement_that_never_has_a_path_fails():
    return measured({"one"}) == (None, insns.ATTEMPTS)


MEASURE = instructions.measure


def main():
    print(f"1..{len(TESTS)}")
    failed = False
    for number, function in enumerate(TESTS, 1):
        good = function()
        failed |= not good
        print(f"{'ok' if good else 'not ok'} {number} - {function.__name__.replace('_', ' ')}")
    return failed


if __name__ == "__main__":
    sys.exit(main())
