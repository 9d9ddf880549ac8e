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

import host
import tap

BOOT_SECONDS = 120
MAX_BOOTS = 5
TROUBLE = re.compile(
    r"\bWARNING:|\bBUG:|kernel BUG|\bOops\b|KASAN|KCSAN|UBSAN|kmemleak|\bleak|not clean during"
    r"|unreferenced object|trying to register non-static key|DMA-API: \S+ \S+: |ODEBUG:"
    r"|dma-debug disabled"
    r"|general protection|Kernel panic|refcount_t:|DEBUG_LOCKS_WARN"
    r"|possible (circular|recursive|irq) locking|inconsistent lock state|suspicious RCU usage"
    r"|DMAR: \[DMA|DMAR: \[INTR"
    r"|blocked for more than|soft lockup|detected stall|detected stalls|unable to handle"
)


class Stream:
    """Lines of a process's output, with a deadline for each."""

    def __init__(self, process):
        self.fd = process.stdout.fileno()
        self.buffer = b""
        self.ended = False

    def line(self, deadline):
        """The next line, None at the end of the stream; TimeoutError if late."""
        while b"\n" not in self.buffer and not self.ended:
            wait = deadline - time.monotonic()
            if wait <= 0 or not select.select([self.fd], [], [], wait)[0]:
                raise TimeoutError
            data = os.read(self.fd, 65536)
            self.ended = not data
            self.buffer += data
        if not self.buffer:
            return None
        line, _, self.buffer = self.buffer.partition(b"\n")
        return line.decode("utf-8", "replace").rstrip("\r")


class Boot:
    """One boot of the VM: yields the results of the tests that it got through."""

    def __init__(self, top, options, timeout, tests, scale):
        self.timeout, self.tests, self.scale = timeout, tests, scale
        self.mark = "@" + secrets.token_hex(4)
        here = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
        self.command = [os.path.join(top, "tools/vm/pinion-vm"), *options, "--",
                        os.path.join(here, "guest-run"), self.mark, str(int(timeout))]
        self.command += [path for _, path in tests]
        self.top = top
        self.log = []  # (what was running, line of the kernel's log)
        self.noise = []  # what was printed outside of any test
        self.started = self.finished = False
        self.name = None

    def run(self):
        process = subprocess.Popen(self.command, cwd=self.top, stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                   start_new_session=True)
        try:
            yield from self.follow(Stream(process))
        finally:
            host.kill_group(process)
            process.stdout.close()

    def follow(self, stream):
        tests = iter(self.tests)
        deadline = time.monotonic() + BOOT_SECONDS * self.scale
        sink, output, start = self.noise, [], 0
        problem = "the guest died"
        while not self.finished:
            try:
                line = stream.line(deadline)
            except TimeoutError:
                problem = "the guest hung"
                break
            if line is None:
                break
            if not line.startswith(self.mark + " "):
                if sink is self.log:
                    self.log.append((self.name or "boot", line))
                else:
                    sink.append(line)
                continue
            word, *rest = line.split()[1:]
            self.started = True
            if word == "begin":
                self.name = next(tests)[0]
                sink, output = [], []
                output = sink
                start = time.monotonic()
                deadline = start + self.timeout + 60 * self.scale
            elif word == "log":
                sink = self.log
            elif word == "end":
                result = tap.judge(self.name, text(output), int(rest[0]))
                result.seconds = time.monotonic() - start
                self.name, sink = None, self.noise
                yield result
            elif word == "done":
                self.finished = True
        if self.name:
            result = tap.Result(self.name, output=text(output + self.noise))
            result.fail(f"{problem} during this test")
            yield result
            self.name = None


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
    result = tap.Result("guest kernel log is clean")
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


def died_without_us(noise):
    """Whether a guest's kernel panicked before it knew of the driver: not often,
    the emulator of a busy machine does that to it."""
    lines = [line.removeprefix("pinion-vm: guest: ") for line in noise]
    return (any("Kernel panic" in line for line in lines)
            and not any("pinion" in line and not line.startswith("pinion-vm: ") for line in lines))


def run_tests(top, options, tests, timeout, scale):
    """Yields a Result per (name, path) of tests, then that of the kernel's log."""
    pending, log, again = list(tests), [], True
    for _ in range(MAX_BOOTS):
        boot = Boot(top, options, timeout, pending, scale)
        done = 0
        for result in boot.run():
            done += 1
            yield result
        log += boot.log
        pending = pending[done:]
        if not pending:
            break
        if not boot.started:
            again = again and died_without_us(boot.noise)
            if not again:
                break
            print("# the guest's kernel panicked before the driver was there; once more", flush=True)
            again = False
    for name, _ in pending:
        result = tap.Result(name, output=text(boot.noise))
        result.fail("the VM did not get to this test")
        yield result
    yield judge_log(top, log)
