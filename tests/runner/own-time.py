#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The clock of the limits on tests, over a /proc of our own making: what counts is the
time in which a test could get on, so starving it cannot fail it and nothing else can
keep it from its limit."""

import os
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../lib"))
sys.dont_write_bytecode = True

import progress  # noqa: E402

SESSION = 100
MINUTE = 60


class Machine:
    """A /proc and a clock."""

    def __init__(self, folder):
        self.proc, self.now = folder, 0.0
        self.set(1, parent=0, session=1)
        self.set(SESSION, parent=1)

    def set(self, pid, parent=SESSION, session=SESSION, state="S", seconds=0, children=0,
            threads="S"):
        """Makes or changes a process: its state, and the seconds of processor time that
        it and its children that have ended got; a letter of threads for each thread."""
        self.write(f"{pid}", state, parent, session, seconds, children)
        for number, letter in enumerate(threads):
            self.write(f"{pid}/task/{pid + number}", letter, parent, session, seconds, 0)

    def write(self, folder, state, parent, session, seconds, children):
        os.makedirs(f"{self.proc}/{folder}", exist_ok=True)
        times = [int(seconds * progress.TICKS), 0, int(children * progress.TICKS), 0]
        fields = [state, parent, 0, session, *[0] * 7, *times, *[0] * 30]
        with open(f"{self.proc}/{folder}/stat", "w", encoding="ascii") as file:
            file.write(f"7 (a (b) c) {' '.join(map(str, fields))}\n")

    def clock(self):
        return progress.OwnTime(SESSION, self.proc, lambda: self.now)

    def pass_minute(self, clock, each_second=lambda second: None):
        """What the clock says after a minute."""
        for second in range(1, MINUTE + 1):
            self.now += 1
            each_second(second)
            seconds = clock.seconds()
        return seconds


def asleep(machine):
    return machine.pass_minute(machine.clock()) == MINUTE


def starved(machine):
    """The leader sleeps, as QEMU's first thread does; a second thread gets no processor."""
    machine.set(SESSION, parent=1, threads="SR")
    return machine.pass_minute(machine.clock()) == 0


def loop(machine):
    clock = machine.clock()
    return machine.pass_minute(clock, lambda second: machine.set(
        SESSION, parent=1, state="R", threads="R", seconds=second)) == MINUTE


def many_threads(machine):
    clock = machine.clock()
    return machine.pass_minute(clock, lambda second: machine.set(
        SESSION, parent=1, state="R", threads="RRRR", seconds=4 * second)) == MINUTE


def slice_of_a_processor(machine):
    clock = machine.clock()
    return abs(machine.pass_minute(clock, lambda second: machine.set(
        SESSION, parent=1, state="R", threads="R", seconds=second / 4)) - MINUTE / 4) < 0.1


def descendants(machine):
    """A runner's runner: the process that waits for a processor has another session."""
    machine.set(200)
    machine.set(150, parent=200, session=150, state="R", threads="R")
    return machine.pass_minute(machine.clock()) == 0


def strangers(machine):
    machine.set(300, parent=1, session=300, state="R", threads="R", seconds=5)
    return machine.pass_minute(machine.clock()) == MINUTE


def short_children(machine):
    """Children that live for less than a second leave their time to their parent."""
    clock = machine.clock()
    machine.set(201, state="R", threads="R")
    return machine.pass_minute(clock, lambda second: machine.set(
        SESSION, parent=1, children=second)) == MINUTE


def zombies(machine):
    machine.set(201, state="Z", threads="")
    return machine.pass_minute(machine.clock()) == MINUTE


def sleeping_runner(machine):
    """A minute in which the runner itself was not scheduled says nothing of the test."""
    clock = machine.clock()
    machine.now += MINUTE
    return clock.seconds() == progress.LONGEST


def restarted(machine):
    clock = machine.clock()
    machine.pass_minute(clock)
    clock.restart()
    return clock.seconds() == 0 and machine.pass_minute(clock) == MINUTE


TESTS = {
    "a test whose processes all sleep reaches its limit": asleep,
    "one that gets no processor does not": starved,
    "a loop without an end reaches its limit": loop,
    "four such threads do not reach it sooner": many_threads,
    "with a quarter of a processor it takes four times as long": slice_of_a_processor,
    "descendants in other sessions count": descendants,
    "what other processes do does not": strangers,
    "children that have ended count": short_children,
    "processes that wait to be reaped do not run": zombies,
    "time in which the runner did not run counts little": sleeping_runner,
    "the clock can be restarted": restarted,
}


def main():
    print(f"TAP version 13\n1..{len(TESTS)}")
    failed = 0
    for number, (name, test) in enumerate(TESTS.items(), 1):
        with tempfile.TemporaryDirectory() as folder:
            good = test(Machine(folder))
        failed += not good
        print(f"{'ok' if good else 'not ok'} {number} - {name}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
