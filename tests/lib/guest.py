# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs test programs in the VM, many in one boot.

tests/guest-run frames what happens in the guest; this side follows its stream,
so that a guest that dies or hangs costs the test at fault and no other: the
rest is run in a new boot.
"""

import os
import re
import secrets
import select
import subprocess
import time
from dataclasses import dataclass

import processes
import progress
import tap

MAX_BOOTS = 5
KERNEL_LOG = "guest kernel log is clean"
TROUBLE = re.compile(
    r"\bWARNING:|\bBUG:|kernel BUG|\bOops\b|KASAN|KCSAN|UBSAN|kmemleak|\bleak|not clean during"
    r"|unreferenced object|trying to register non-static key|DMA-API: \S+ \S+: |ODEBUG:"
    r"|dma-debug disabled"
    r"|general protection|Kernel panic|refcount_t:|DEBUG_LOCKS_WARN"
    r"|possible (circular|recursive|irq) locking|inconsistent lock state|suspicious RCU usage"
    r"|DMAR: \[DMA|DMAR: \[INTR"
    r"|blocked for more than|soft lockup|detected stall|detected stalls|unable to handle"
)


@dataclass
class Limits:
    """Seconds of the VM's own time (see progress.OwnTime)."""

    test: float  # until the test tells of its progress, or ends
    boot: float  # until the first test, and between two
    stop: float  # from the request to end a test until it has ended


class Stream:
    """Lines of a process's output, waited for no longer than a limit allows."""

    def __init__(self, process):
        self.fd = process.stdout.fileno()
        self.clock = progress.OwnTime(process.pid)
        self.buffer = b""
        self.ended = False

    def line(self, limit):
        """The next line, None at the end of the stream; TimeoutError if the clock,
        which whoever calls this restarts, is past the limit."""
        while b"\n" not in self.buffer and not self.ended:
            if self.clock.seconds() > limit:
                raise TimeoutError
            if select.select([self.fd], [], [], progress.PERIOD)[0]:
                data = os.read(self.fd, 65536)
                self.ended = not data
                self.buffer += data
        if not self.buffer:
            return None
        line, _, self.buffer = self.buffer.partition(b"\n")
        return line.decode("utf-8", "replace").rstrip("\r")


class Boot:
    """One boot of the VM: yields the results of the tests that it got through."""

    def __init__(self, top, options, limits, tests):
        self.top, self.limits, self.tests = top, limits, tests
        self.mark = "@" + secrets.token_hex(4)
        here = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
        self.command = [os.path.join(top, "tools/vm/pinion-vm"), *options, "--",
                        os.path.join(here, "guest-run"), self.mark]
        self.command += [test.path for test in tests]
        self.log = []  # (what was running, line of the kernel's log)
        self.noise = []  # what was printed outside of any test
        self.output = []  # what the test that runs has printed
        self.sink = self.noise  # where the next line belongs
        self.limit, self.asked = limits.boot, False  # whether the test was asked to end
        self.started = self.finished = False
        self.test, self.begun, self.waiting = None, 0, iter(tests)

    def run(self):
        process = processes.start(self.command, cwd=self.top, stdin=subprocess.PIPE,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        try:
            yield from self.follow(Stream(process), process.stdin)
        finally:
            processes.end(process)
            process.stdin.close()
            process.stdout.close()

    def follow(self, stream, requests):
        problem = "the guest died"
        while not self.finished:
            try:
                line = stream.line(self.limit)
            except TimeoutError:
                if self.stop_test(requests):
                    stream.clock.restart()
                    continue
                problem = "the guest hung"
                break
            if line is None:
                break
            if line.startswith(self.mark + " "):
                word, *rest = line.split()[1:]
                if word != "log":
                    stream.clock.restart()
                yield from self.frame(word, rest)
            elif self.sink is self.log:
                self.log.append((self.test.name if self.test else "boot", line))
            else:
                self.sink.append(line)
                if self.test and tap.tell_progress(self.test.name, line):
                    stream.clock.restart()
        if self.test:
            result = tap.Result(self.test.name, output=text(self.output + self.noise))
            result.fail(f"{problem} during this test")
            yield result

    def frame(self, word, rest):
        """A line of guest-run's: yields the Result of a test that has ended."""
        self.started = True
        if word == "begin":
            self.test, self.begun = next(self.waiting), time.monotonic()
            self.sink = self.output = []
            self.limit, self.asked = self.limits.test, False
        elif word == "log":
            self.sink = self.log
        elif word == "end":
            result = tap.judge(self.test.name, text(self.output), int(rest[0]))
            result.seconds = time.monotonic() - self.begun
            self.test, self.sink, self.limit = None, self.noise, self.limits.boot
            yield result
        elif word == "done":
            self.finished = True

    def stop_test(self, requests):
        """Asks guest-run to end the test that runs; whether that makes sense."""
        if not self.test or self.asked:
            return False
        self.asked, self.limit = True, self.limits.stop
        try:
            os.write(requests.fileno(), f"{self.test.path}\n".encode())
        except BrokenPipeError:
            pass  # the VM has just ended, as its output is about to say
        return True


def text(lines):
    return "\n".join(lines).strip("\n") + "\n"


def known_splats(top):
    path = os.path.join(top, "tests/known-splats.txt")
    if not os.path.exists(path):
        return []
    with open(path, encoding="utf-8") as file:
        lines = [line.strip() for line in file]
    return [re.compile(line) for line in lines if line and not line.startswith("#")]


def judge_log(top, log):
    """The kernel's log as one more test."""
    result = tap.Result(KERNEL_LOG)
    known = known_splats(top)
    trouble = [
        f"{name}: {line}" for name, line in log
        if TROUBLE.search(line) and not any(splat.search(f"{name}: {line}") for splat in known)
    ]
    if trouble:
        result.output = text([f"{name}: {line}" for name, line in log
                              if any(t.startswith(name + ":") for t in trouble)])
        result.fail(f"{len(trouble)} lines, the first in {trouble[0]}")
    else:
        result.passed = 1
    return result


def run_tests(top, options, tests, limits):
    """Yields a Result for each of tests, then that of the kernel's log."""
    pending, log, booted = list(tests), [], False
    for _ in range(MAX_BOOTS):
        boot = Boot(top, options, limits, pending)
        done = 0
        for result in boot.run():
            done += 1
            yield result
        log += boot.log
        booted |= boot.started
        pending = pending[done:]
        if not pending or not boot.started:
            break
    for test in pending:
        result = tap.Result(test.name, output=text(boot.noise) if test is pending[0] else "")
        result.fail("the VM did not get to this test")
        yield result
    yield judge_log(top, log) if booted else tap.Result(KERNEL_LOG, skipped=1)
