# SPDX-License-Identifier: GPL-2.0-or-later
"""What one test program printed and how it ended, judged as (K)TAP."""

import re
import signal
from dataclasses import dataclass, field

PLAN = re.compile(r"1\.\.(\d+)(?:\s*#\s*skip\b\s*(.*))?", re.IGNORECASE)
RESULT = re.compile(r"(not )?ok\b(?:\s+(\d+))?(.*)")
PROGRESS = re.compile(r"#\s*(\d+ of \d+)")
SKIP = re.compile(r"#\s*skip\b", re.IGNORECASE)

SKIPPED_STATUS = 4  # as in kselftest
TIMEOUT_STATUS = 124  # as in timeout(1)


@dataclass
class Result:
    """The verdict on one test program."""

    name: str
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    problems: list = field(default_factory=list)
    output: str = ""
    seconds: float = 0.0

    @property
    def ok(self):
        return self.failed == 0

    def fail(self, problem):
        self.problems.append(problem)
        self.failed += 1


def tell_progress(name, line):
    """Whether a line of a test says how far it is, such as "# 200 of 1000"; if so, passes it on
    at once."""
    match = PROGRESS.fullmatch(line.strip())
    if match:
        print(f"# {name}: {match[1]}", flush=True)
    return bool(match)


def describe_status(status):
    if status < 0 or status > 128:
        number = -status if status < 0 else status - 128
        try:
            return f"killed by {signal.Signals(number).name}"
        except ValueError:
            pass
    return f"exited with status {status}"


def judge(name, output, status):
    """Counts the results; whatever does not add up is one more failure.

    status is the exit status, or minus the signal that ended the program.
    """
    result = Result(name, output=output)
    plan, numbers, bailed = None, [], False
    for line in output.splitlines():
        match = PLAN.fullmatch(line.strip()) if line.startswith("1..") else None
        if match:
            if plan is not None:
                result.fail("printed two plans")
            plan = int(match.group(1))
            continue
        if line.startswith("Bail out!"):
            result.fail(line)
            bailed = True
        match = RESULT.match(line)
        if not match:
            continue
        numbers.append(int(match.group(2) or len(numbers) + 1))
        if SKIP.search(match.group(3)):
            result.skipped += 1
        elif match.group(1):
            result.failed += 1
            result.problems.append(line)
        else:
            result.passed += 1
    if not bailed:
        check_end(result, plan, numbers, status)
    return result


def check_end(result, plan, numbers, status):
    """How the program ended, and whether it printed what it planned. One that
    was cut short is one failure, not also one for the results it never printed."""
    if status == TIMEOUT_STATUS:
        return result.fail("timed out")
    if status not in (0, SKIPPED_STATUS) and (status != 1 or not result.failed):
        return result.fail(describe_status(status))
    if status == SKIPPED_STATUS and not numbers:
        result.skipped += 1
    elif plan is None:
        result.fail("printed no plan (1..N)")
    elif plan == 0 and not numbers:
        result.skipped += 1
    elif len(numbers) != plan:
        result.fail(f"planned {plan} results and printed {len(numbers)}")
    elif sorted(numbers) != list(range(1, plan + 1)):
        result.fail("the results' numbers are not 1 to N, each once")
