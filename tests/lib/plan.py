# SPDX-License-Identifier: GPL-2.0-or-later
"""Which jobs the tests make: what runs in which boot, and in which order."""

import json
import math
import os
import re
from dataclasses import dataclass

import guest

UNKNOWN = 5  # seconds that a test takes of which nothing is known
BOOT = 5  # seconds that a boot takes beside its tests
SHORTEST = 30  # seconds: a boot this short is not worth being split
VM_MEMORY = 1024  # MiB: pinion-vm's default
QEMU_MEMORY = 512  # MiB that a VM takes beside its guest's memory
UNITS = {"M": 1, "G": 1024}


@dataclass
class Job:
    """What one slot runs from its start to its end: tests that share a boot of the
    VM, or tests of one host group."""

    title: str
    tests: list
    vm_options: tuple
    in_guest: bool
    length: float

    @property
    def names(self):
        """Of its results, one each."""
        return [test.name for test in self.tests] + [guest.KERNEL_LOG] * self.in_guest

    @property
    def alone(self):
        return self.tests[0].alone


class Lengths:
    """The seconds that each test took when it last ran in a VM with the same options."""

    def __init__(self, top, vm_options, slow):
        self.path = os.path.join(top, "build/test-lengths.json")
        self.key, self.slow = " ".join(vm_options), slow
        try:
            with open(self.path, encoding="utf-8") as file:
                self.all = json.load(file)
        except (FileNotFoundError, ValueError):
            self.all = {}
        self.seconds = self.all.setdefault(self.key, {})

    def of(self, test):
        return self.seconds.get(test.name) or (test.length or UNKNOWN) * self.slow

    def record(self, result):
        self.seconds[result.name] = round(result.seconds, 2)

    def save(self):
        self.seconds.pop(guest.KERNEL_LOG, None)
        os.makedirs(os.path.dirname(self.path), exist_ok=True)  # host groups need nothing built
        new = f"{self.path}.{os.getpid()}"
        with open(new, "w", encoding="utf-8") as file:
            json.dump(self.all, file, indent=1, sort_keys=True)
        os.replace(new, self.path)


def megabytes(options):
    """The memory of the VM with these options."""
    size = VM_MEMORY
    for match in re.finditer(r"(?:^|\s)--memory[= ]([0-9]+)([MG])", " ".join(options)):
        size = int(match[1]) * UNITS[match[2]]
    return size + QEMU_MEMORY


def free_megabytes():
    with open("/proc/meminfo", encoding="ascii") as file:
        kib = next(int(line.split()[1]) for line in file if line.startswith("MemAvailable"))
    return kib // 1024


def count_slots(groups):
    """As many as there are processors, and memory for the largest VM in each."""
    largest = max((megabytes(group.vm_options) for group in groups), default=0)
    return max(1, min(len(os.sched_getaffinity(0)), free_megabytes() // max(1, largest)))


def host_jobs(groups, slots, lengths):
    """A job for each test if several slots share them."""
    for group in groups:
        shares = [[test] for test in group.tests] if slots > 1 else [group.tests]
        for tests in shares:
            yield Job(group.name, tests, (), False, sum(map(lengths.of, tests)))


def boots(groups):
    """{what the tests of a boot have in common: [(group's name, test)]}"""
    shared = {}
    for group in groups:
        for test in group.tests:
            kind = (group.vm_options, group.name if group.own_boot else None, test.alone)
            shared.setdefault(kind, []).append((group.name, test))
    return shared


def cut(tests, pieces, lengths):
    """The (group's name, test) in at most so many lists of about the same length."""
    share = sum(lengths.of(test) for _, test in tests) / pieces
    lists, before = [[] for _ in range(pieces)], 0
    for name, test in tests:
        length = lengths.of(test)
        lists[min(pieces - 1, int((before + length / 2) / share))].append((name, test))
        before += length
    return [piece for piece in lists if piece]


def guest_jobs(groups, longest, lengths):
    """A job for each boot; one that takes longer than longest is split."""
    for (options, _, _), tests in boots(groups).items():
        length = sum(lengths.of(test) for _, test in tests)
        for piece in cut(tests, max(1, math.ceil(length / longest)), lengths):
            names = " ".join(dict.fromkeys(name for name, _ in piece))
            length = BOOT + sum(lengths.of(test) for _, test in piece)
            yield Job(names, [test for _, test in piece], options, True, length)


def make(groups, slots, lengths):
    """(jobs, jobs that run after them and alone). With several slots the longest come
    first and no boot takes more than half of a slot's share; with one slot all are in
    the order of the table."""
    groups = [group for group in groups if group.tests]
    on_host = [group for group in groups if not group.in_guest]
    in_guest = [group for group in groups if group.in_guest]
    if slots == 1:
        return [*host_jobs(on_host, 1, lengths), *guest_jobs(in_guest, math.inf, lengths)], []
    total = sum(lengths.of(test) for group in groups for test in group.tests if not test.alone)
    longest = max(SHORTEST * lengths.slow, total / slots / 2)
    jobs = [*host_jobs(on_host, slots, lengths), *guest_jobs(in_guest, longest, lengths)]
    jobs.sort(key=lambda job: -job.length)
    return [job for job in jobs if not job.alone], [job for job in jobs if job.alone]
