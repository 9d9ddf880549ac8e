# SPDX-License-Identifier: GPL-2.0-or-later
"""Counts guest instructions: runs programs in a guest with one CPU under a plugin of QEMU, and
reads the plugin's log.

The guest's clock counts instructions, and the card goes by that clock, so the host's load changes
nothing. A FAST card has answered before the task sleeps ("awake"); with a SLOW card the CPU sleeps
until the answer comes. NVMe's controller does not go by the guest's clock. In the guest FAST_PEER
the plugin holds the CPU after each write to a doorbell until the controller has answered; in the
guest SLOW_PEER the disk takes longer than a batch of commands.

An interval in which the clock ticked is not in the log. Where a device answers, intervals are told
apart by whether the CPU slept. Where only submission is counted, intervals with an interrupt are
left out.
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
SLEPT, SWITCHED, INTERRUPTED, QUIET = range(4)  # enum kind of the plugin
AWAKE = (INTERRUPTED, QUIET)
FEWEST = 10  # intervals that a median needs
ATTEMPTS = 3
PEER_FAILED = 75  # exit status of programs in the guest, as in modes.h


@dataclass(frozen=True)
class Guest:
    """A guest to count in: options for pinion-vm, for the plugin and for the disk behind NVMe."""

    options: tuple = ()
    plugin: str = ""
    disk: str = ""


# An instruction takes 4 ns, so the clock ticks every million instructions. A fast card answers 125
# instructions after the doorbell, a slow one after more than the submission of 128 commands by
# ioctl() takes.
FAST = Guest(("--icount", "2", "--card-opts", "delay-ns=500,step-ns=500"))
SLOW = Guest(("--icount", "2", "--card-opts", "delay-ns=700000"))
# With a disk that answers 5 ms late, a task sleeps after it has submitted 128 commands.
FAST_PEER = Guest(plugin=",pause=300")
SLOW_PEER = Guest(disk=",latency-ns=5000000")
KERNEL_SPACE = 1 << 63
ALLOCATOR = re.compile(r"(kmem_cache_alloc|__kmalloc|__alloc_pages|__vmalloc)\w*_noprof")

# NVMe's controller answers from QEMU's main loop, and Pinion's card from a thread of its own, so
# no device answers within the write to its doorbell.
NVME = ("-blockdev", "driver=null-co,node-name=null,size=1073741824",
        "-device", "nvme,drive=null,serial=null")
NVME_READY = """
modprobe -d "$PINION_MODULES" nvme || exit
until [ -e /dev/ng0n1 ]; do sleep 0.1; done
for limit in process_queues user_queues; do
	echo max >/sys/class/accel/accel0/device/limits/$limit || exit
done
"""


vm_options = []  # further options for pinion-vm, such as another kernel


class Error(Exception):
    """The measurement failed; the message says why."""


class NotMeasured(Error):
    """The measurement failed without an error of ours, as when a peer failed."""


def run_guest(script, *options, disk=""):
    """Runs a shell script in a guest with a card and an NVMe device; returns the lines printed."""
    command = [os.path.join(TOP, "tools/vm/pinion-vm"), "--timeout", "3600", *vm_options, *options]
    blockdev, image, *device = NVME
    for argument in (blockdev, image + disk, *device):
        command += ["--qemu", argument]
    command += ["--", "/bin/bash", "-c", NVME_READY + script]
    process = subprocess.run(command, cwd=TOP, check=False, stdin=subprocess.DEVNULL,
                             stdout=subprocess.PIPE, text=True)
    if process.returncode:
        sys.stdout.write(process.stdout)
    if process.returncode == PEER_FAILED:
        raise NotMeasured("a peer failed, see above")
    if process.returncode:
        raise Error(f"the guest ended with status {process.returncode}")
    return process.stdout.splitlines()


@dataclass
class Path:
    """The intervals of one measurement that are of the same kind."""

    name: str
    commands: int  # commands in an interval
    intervals: list  # instructions of each interval
    blocks: dict = field(repr=False)  # {address: instructions in all intervals}
    lengths: dict = field(repr=False)  # {address: length of the block in instructions}
    reads: float  # reads of registers per command
    slept: bool = False  # whether the CPU slept in each interval
    marks: int = 0  # instructions of an interval that belong to the marks
    symbols: object = field(default=None, repr=False)  # symbols of the guest that ran

    @property
    def insns(self):
        return (statistics.median(self.intervals) - self.marks) / self.commands

    def per_command(self, count):
        """The share of one command in a count over all intervals."""
        return count / self.commands / len(self.intervals)

    def allocations(self):
        """Calls of the kernel's allocators per command."""
        entries = [at for at in self.symbols.allocators if at in self.blocks]
        return self.per_command(sum(self.blocks[at] / self.lengths[at] for at in entries))

    def functions(self):
        """Returns {Function: instructions per command}, with the largest number first."""
        functions = {}
        for address, count in self.blocks.items():
            function = self.symbols.at(address)
            functions[function] = functions.get(function, 0) + count
        return {function: self.per_command(functions[function])
                for function in sorted(functions, key=functions.get, reverse=True)
                if functions[function]}


def kinds_of(what):
    """Returns [(suffix of the name, kinds of interval)] for the KIND that the program printed."""
    return {
        "sleep": [("", (SLEPT,)), ("_awake", AWAKE)],
        "submit": [("", (QUIET,))],
        "awake": [("", AWAKE)],
        "any": [("", (SLEPT, SWITCHED) + AWAKE)],
    }[what]


def read_log(log):
    """Yields for each report in the log the intervals as [(instructions, kind, reads)], and the
    blocks as {address: [length, instructions of each kind]}."""
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


def measure(script, guest):
    """Runs programs that use marks in one Guest; returns {name: Path} and their other lines."""
    log = os.path.join(OUT, "insns.log")
    plugin = os.path.join(OUT, "insns.so")
    if not os.path.exists(plugin):
        raise Error("build/bench/insns.so is not built: run make first")
    # Only the guest knows the addresses of symbols, as it decides where modules are loaded.
    lines = run_guest("cat /proc/kallsyms >build/bench/kallsyms || exit\n" + script,
                      "--plugin", f"{plugin},out={log}{guest.plugin}",
                      *guest.options, disk=guest.disk)
    said = [line.split()[1:] for line in lines if line.startswith("measured ")]
    reports = list(read_log(log))
    if not said or len(said) != len(reports):
        raise Error(f"{len(said)} measurements, but {len(reports)} in the plugin's log")
    symbols = Symbols(lines)
    paths, marks = {}, 0
    for (name, commands, what), (intervals, blocks) in zip(said, reports):
        for path in paths_of(name, int(commands), what, intervals, blocks):
            path.marks, path.symbols = marks, symbols
            paths[path.name] = path
            if name == "marks":
                marks = paths.pop(name).insns
    return paths, [line for line in lines if not line.startswith(("measured ", "program "))]


def repeated(attempt, what):
    """Returns what attempt() returns, and calls it again if it raises NotMeasured."""
    for number in range(1, ATTEMPTS + 1):
        try:
            return attempt()
        except NotMeasured as error:
            if number == ATTEMPTS:
                raise
            print(f"# {what}: attempt {number} of {ATTEMPTS}: {error}; once more", flush=True)


def measure_boots(boots):
    """Calls measure() for each (script, Guest) of a list and joins the results. If several guests
    have a path, that of the first guest counts."""
    paths, lines = {}, []
    for script, guest in boots:
        found, said = repeated(lambda: measure(script, guest), str(guest))
        paths = {**found, **paths}
        lines += said
    return paths, lines


@dataclass(frozen=True)
class Function:
    """A function, or all code of one owner that has no name."""

    name: str
    owner: str  # "driver", "library", or "" for all else


OTHERS = Function("(user space)", "")


class Symbols:
    """The functions of the kernel, as the guest saw them, and of libpinion in the program."""

    def __init__(self, lines):
        symbols = list(self.kernel())
        for line in lines:
            if line.startswith("program "):
                _, path, base = line.split()
                symbols += self.program(path, int(base, 16))
        symbols.sort(key=lambda symbol: symbol[0])
        self.addresses = [address for address, _ in symbols]
        self.functions = [function for _, function in symbols]
        self.allocators = {address for address, function in symbols
                           if ALLOCATOR.fullmatch(function.name)}

    @staticmethod
    def kernel():
        with open(os.path.join(OUT, "kallsyms"), encoding="ascii") as file:
            for line in file:
                address, kind, name, *module = line.split()
                if kind in "tTwW":
                    owner = "driver" if module == ["[pinion]"] else ""
                    yield int(address, 16), Function(name, owner)

    @staticmethod
    def program(path, base):
        library = {name for _, name in nm(os.path.join(TOP, "build/lib/libpinion.a"))}
        for address, name in nm(path):
            yield base + address, Function(name, "library") if name in library else OTHERS

    def at(self, address):
        """The function to which the code at an address belongs."""
        place = bisect.bisect_right(self.addresses, address) - 1
        known = place >= 0 and (address >= KERNEL_SPACE) == (self.addresses[place] >= KERNEL_SPACE)
        return self.functions[place] if known else OTHERS


def nm(path):
    """Returns [(address, name)] of the functions in an ELF file or an archive of ELF files."""
    output = subprocess.run(["nm", path], check=True, text=True, stdout=subprocess.PIPE,
                            stderr=subprocess.DEVNULL).stdout
    return [(int(address, 16), name) for address, name in
            re.findall(r"^([0-9a-f]+) [tTwW] (\S+)$", output, re.MULTILINE)]
