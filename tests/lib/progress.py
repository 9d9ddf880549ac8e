# SPDX-License-Identifier: GPL-2.0-or-later
"""What /proc says about processes: which belong together, and how far they could get.

The limit on a test must not depend on how busy the machine is, so it does not count
seconds of the wall clock but those in which the test could have got on: OwnTime.
"""

import os
import time
from dataclasses import dataclass

PERIOD = 1  # seconds between two looks at a test's processes
LONGEST = 2 * PERIOD  # a later look says only that this process had no processor, either
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass
class Process:
    """One line of /proc/PID/stat."""

    state: str
    parent: int
    session: int
    ticks: int  # of processor time, with that of children that have ended


def read_stat(path):
    """The Process, or None if it has ended meanwhile."""
    try:
        with open(path, encoding="ascii", errors="replace") as file:
            fields = file.read().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return Process(fields[0], int(fields[1]), int(fields[3]), sum(map(int, fields[11:15])))


def all_processes(proc="/proc"):
    """{pid: Process} without those that have ended and only wait to be reaped."""
    found = {int(name): read_stat(f"{proc}/{name}/stat")
             for name in os.listdir(proc) if name.isdigit()}
    return {pid: process for pid, process in found.items() if process and process.state not in "ZX"}


def members(session):
    """The pids of the session's processes."""
    return [pid for pid, process in all_processes().items() if process.session == session]


def family(session, processes):
    """Those of processes that belong to the session or descend from its members:
    {pid: Process}."""
    found = {pid for pid, process in processes.items() if process.session == session}
    grown = True
    while grown:
        more = {pid for pid, process in processes.items() if process.parent in found} - found
        found |= more
        grown = bool(more)
    return {pid: processes[pid] for pid in found}


def runs(pid, proc):
    """Whether a thread of the process runs or waits for a processor."""
    try:
        threads = os.listdir(f"{proc}/{pid}/task")
    except (FileNotFoundError, ProcessLookupError):
        return False
    stats = (read_stat(f"{proc}/{pid}/task/{thread}/stat") for thread in threads)
    return any(stat and stat.state == "R" for stat in stats)


class OwnTime:
    """Seconds in which the processes of a session could have got on.

    While one of their threads is runnable, what counts is the processor time that
    they got: none on a machine that gives them none. While all sleep, they wait for
    something other than a processor, and the whole time counts. So a loop without an
    end, a deadlock and a guest that stands still all reach a limit after about that
    many seconds of an idle machine.
    """

    def __init__(self, session, proc="/proc", clock=time.monotonic):
        self.session, self.proc, self.clock = session, proc, clock
        self.restart()

    def restart(self):
        self.total, self.looked = 0.0, self.clock()
        self.ticks = self.look()[0]

    def look(self):
        """(ticks of processor time so far, whether a thread is runnable)"""
        processes = family(self.session, all_processes(self.proc))
        return (sum(process.ticks for process in processes.values()),
                any(runs(pid, self.proc) for pid in processes))

    def seconds(self):
        """Since the start; a look at /proc once in a PERIOD."""
        passed = self.clock() - self.looked
        if passed >= PERIOD:
            ticks, runnable = self.look()
            used = max(0, ticks - self.ticks) / TICKS
            passed = min(passed, LONGEST)
            self.total += min(passed, used) if runnable else passed
            self.ticks, self.looked = ticks, self.clock()
        return self.total
