# SPDX-License-Identifier: GPL-2.0-or-later
"""Counts guest instructions: runs programs in a guest with one CPU under QEMU's
plugin, and reads what it logged.

An interval in which the clock ticked is not in the log: how many there are is up
to how fast QEMU gets on. Where a device answers, intervals are told apart by
whether the CPU slept; if the answer was there before the task slept it is "awake".
Where only submission is counted, the interval must not have an interrupt in it.
"""

import bisect
import os
import re
import statistics
import subprocess
import sys
from dataclasses import dataclass, field

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
OUT = os.path.join(TOP, "build/bench")
CACHE = os.environ.get("CACHE") or os.path.join(
    os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "pinion")
SLEPT, SWITCHED, INTERRUPTED, QUIET = range(4)  # as in the plugin
AWAKE = (INTERRUPTED, QUIET)
FEWEST = 10  # intervals for a median
KERNEL_SPACE = 1 << 63
ALLOCATOR = re.compile(r"(kmem_cache_alloc|__kmalloc|__alloc_pages|__vmalloc)\w*_noprof")

# NVMe's controller answers from QEMU's main loop, as Pinion's card does from
# its own thread: neither within the write to the doorbell.
NVME = ("-blockdev", "driver=null-co,node-name=null,size=1073741824",
        "-device", "nvme,drive=null,serial=null")
NVME_READY = """
modprobe -d "$1/kernel/current/root" nvme || exit
for i in $(seq 100); do [ -e /dev/ng0n1 ] && break; sleep 0.1; done
for limit in process_queues user_queues; do
	echo max >/sys/class/accel/accel0/device/limits/$limit || exit
done
"""


class Error(Exception):
    """Why nothing was measured."""


def run_guest(script, *options):
    """The lines that the shell script printed in a guest with a card and an NVMe device."""
    command = [os.path.join(TOP, "tools/vm/pinion-vm"), "--timeout", "600", *options]
    for argument in NVME:
        command += ["--qemu", argument]
    command += ["--", "/bin/bash", "-c", NVME_READY + script, "bench", CACHE]
    process = subprocess.run(command, cwd=TOP, check=False, stdin=subprocess.DEVNULL,
                             stdout=subprocess.PIPE, text=True)
    if process.returncode:
        sys.stdout.write(process.stdout)
        raise Error(f"the guest ended with status {process.returncode}")
    return process.stdout.splitlines()


@dataclass
class Path:
    """One measurement of one kind of interval."""

    name: str
    commands: int  # in an interval
    intervals: list  # instructions of each
    blocks: dict = field(repr=False)  # {address: instructions in all intervals}
    lengths: dict = field(repr=False)  # {address: instructions of the block}
    reads: float  # of registers, per command
    slept: bool = False  # the CPU did, in each
    marks: int = 0  # of these, in an interval, the marks' own

    @property
    def insns(self):
        return (statistics.median(self.intervals) - self.marks) / self.commands


def kinds_of(what):
    """[(suffix of the name, kinds of interval)] for what the guest's program said."""
    return {
        "sleep": [("", (SLEPT,)), ("_awake", AWAKE)],
        "submit": [("", (QUIET,))],
        "awake": [("", AWAKE)],
        "any": [("", (SLEPT, SWITCHED) + AWAKE)],
    }[what]


def read_log(log):
    """For each report [(instructions, kind, reads)], {address: [length, instructions of
    each kind]}."""
    intervals, blocks = [], {}
    with open(log, encoding="ascii") as file:
        for line in file:
            word, *rest = line.split()
            if word == "interval":
                intervals.append(tuple(int(number) for number in rest))
            elif word == "block":
                blocks[int(rest[0], 16)] = [int(number) for number in rest[1:]]
            else:
                yield intervals, blocks
                intervals, blocks = [], {}


def paths_of(name, commands, what, intervals, blocks):
    for suffix, kinds in kinds_of(what):
        chosen = [(count, reads) for count, kind, reads in intervals if kind in kinds]
        if len(chosen) < FEWEST:
            continue
        yield Path(name + suffix, commands, [count for count, _ in chosen],
                   blocks={at: sum(counts[kind] for kind in kinds)
                           for at, (_, *counts) in blocks.items()},
                   lengths={at: length for at, (length, *_) in blocks.items()},
                   reads=sum(reads for _, reads in chosen) / len(chosen) / commands,
                   slept=kinds == (SLEPT,))


def measure(script):
    """(paths in the order measured, the guest's other lines) of programs that use marks."""
    log = os.path.join(OUT, "insns.log")
    plugin = os.path.join(OUT, "insns.so")
    if not os.path.exists(plugin):
        raise Error("build/bench/insns.so is not built: run make first")
    # The kernel's symbols lie where the guest put its modules, so it says where.
    lines = run_guest("cat /proc/kallsyms >build/bench/kallsyms || exit\n" + script,
                      "--plugin", f"{plugin},out={log}")
    said = [line.split()[1:] for line in lines if line.startswith("measured ")]
    reports = list(read_log(log))
    if not said or len(said) != len(reports):
        raise Error(f"{len(said)} measurements, but {len(reports)} in the plugin's log")
    paths, marks = [], 0
    for (name, commands, what), (intervals, blocks) in zip(said, reports):
        for path in paths_of(name, int(commands), what, intervals, blocks):
            path.marks = marks
            paths.append(path)
            if name == "marks":
                marks = path.insns
    return paths[1:], [line for line in lines if not line.startswith("measured ")]


class Symbols:
    """The kernel's functions, as the guest saw them."""

    def __init__(self):
        symbols = []
        with open(os.path.join(OUT, "kallsyms"), encoding="ascii") as file:
            for line in file:
                address, kind, name, *module = line.split()
                if kind in "tTwW":
                    symbols.append((int(address, 16), name, module == ["[pinion]"]))
        symbols.sort()
        self.addresses = [address for address, _, _ in symbols]
        self.names = [name for _, name, _ in symbols]
        self.driver = {name for _, name, ours in symbols if ours}

    def allocations(self, path):
        """Calls of the kernel's allocators per command."""
        entries = {address for address, name in zip(self.addresses, self.names)
                   if ALLOCATOR.fullmatch(name)}
        calls = sum(path.blocks[at] / path.lengths[at] for at in entries if at in path.blocks)
        return calls / path.commands / len(path.intervals)

    def functions(self, path):
        """{function: instructions per command}, the most first."""
        functions = {}
        for address, count in path.blocks.items():
            place = bisect.bisect_right(self.addresses, address) - 1
            name = self.names[place] if address >= KERNEL_SPACE and place >= 0 else "(user space)"
            functions[name] = functions.get(name, 0) + count
        each = path.commands * len(path.intervals)
        return {name: functions[name] / each
                for name in sorted(functions, key=functions.get, reverse=True) if functions[name]}
