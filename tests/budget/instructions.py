#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Checks that the paths in tests/bench/budget.json have not grown in instructions.

Two things are compared for each path. The first is what the driver and libpinion themselves
execute, which is compared on every machine. The record of a machine with the same compilers is
preferred. With any other record more growth is tolerated, as another version of a compiler makes a
few instructions more or less of the same source.

The second is the whole cost of the path, with the parts of the kernel and of the test program. It
is compared if there is a record of this combination of kernel, compilers, QEMU and liburing. A
record from before a stable update of the kernel or of a compiler will do, with more tolerated.
Without such a record the comparison is skipped, or fails if CI is set in the environment.

The guest's clock counts instructions, so the host's load does not matter; see
tests/bench/lib/insns.py. Growth is shown by function. If the growth is intended, or if this
combination has no record yet, --accept records what is measured now. Commit the record with the
change, and say in the message what the instructions are for.
"""

import argparse
import json
import os
import re
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
BENCH = os.path.join(os.path.dirname(HERE), "bench")
sys.path.insert(0, os.path.join(BENCH, "lib"))
sys.dont_write_bytecode = True

import insns  # noqa: E402

BUDGET = os.path.join(BENCH, "budget.json")
BOOTS = (('echo "kernel $(uname -rv)"\nbuild/bench/submit budget', insns.FAST),
         ("build/bench/submit slow budget", insns.SLOW))
OWNERS = ("driver", "library")
COMPILERS = ("driver's compiler", "program's compiler")
# Functions of others than OWNERS are recorded if they have at least this share of a path.
SMALLEST = 0.01
SMALLEST_IO_URING = 0.0005
IO_URING = re.compile(r"_*io_(?!apic|schedule|serial|bitmap)")
SHOWN = 12  # functions shown for a path that has grown
ACCEPT = "tests/budget/instructions.py --accept"


def output_of(*command):
    return subprocess.run(command, check=True, text=True, stdout=subprocess.PIPE).stdout.strip()


def compiler_of(path):
    """The compiler's name and version, as it wrote them into an ELF file."""
    lines = output_of("readelf", "--string-dump=.comment", path).splitlines()
    found = {line.split("]", 1)[1].strip() for line in lines if "]" in line}
    return ", ".join(sorted(found))


module = os.path.join(insns.TOP, "build/driver/pinion.ko")


def machine(kernel):
    """Everything on which the counts depend, apart from our own code."""
    qemu = output_of("qemu-system-x86_64", "--version").splitlines()[0]
    return {
        "kernel": kernel,
        "driver's compiler": compiler_of(module),
        "program's compiler": compiler_of(os.path.join(insns.OUT, "submit")),
        "QEMU": re.search(r"version (\d+\.\d+)", qemu)[1],
        "liburing": output_of("pkg-config", "--modversion", "liburing"),
    }


def recorded(path):
    """The entry of a path in budget.json."""
    entry = {"insns": round(path.insns, 3), "driver": {}, "library": {}, "others": {}}
    for function, count in path.functions().items():
        least = SMALLEST_IO_URING if IO_URING.match(function.name) else SMALLEST
        if function.owner or count >= path.insns * least:
            entry[function.owner or "others"][function.name] = round(count, 3)
    return entry


def measure(wanted):
    """Measures all paths, several times if a wanted path is missing. Returns {path: its entry for
    budget.json} and the machine."""
    found = {}

    def attempt():
        paths, lines = insns.measure_boots(BOOTS)
        kernel = next(line.split(" ", 1)[1] for line in lines if line.startswith("kernel "))
        found.update({name: recorded(path) for name, path in paths.items() if name not in found})
        missing = sorted(wanted - found.keys())
        if missing:
            raise insns.NotMeasured(f"{', '.join(missing)} had too few intervals")
        return found, machine(kernel)

    return insns.repeated(attempt, "the budget's paths")


def read_budget():
    with open(BUDGET, encoding="utf-8") as file:
        return json.load(file)


def wanted_paths(budget):
    return {name for record in budget["records"] for name in record["paths"]}


def same(record, here, keys):
    return all(record["machine"].get(key) == here[key] for key in keys)


def series(machine):
    """What a stable update of Debian keeps of the versions: 6.12 of 6.12.117, 12 of GCC 12.2.0."""
    kernel = re.match(r"\d+\.\d+", machine["kernel"])
    compilers = [re.findall(r"(\d+)\.\d+\.\d+$", machine[key]) or machine[key] for key in COMPILERS]
    return [kernel[0] if kernel else machine["kernel"], *compilers, machine["QEMU"],
            machine["liburing"]]


def accept(budget):
    paths, here = measure(set())
    others = [record for record in budget["records"] if not same(record, here, here)]
    budget["records"] = others + [{"machine": here, "paths": dict(sorted(paths.items()))}]
    with open(BUDGET + ".new", "w", encoding="utf-8") as file:
        json.dump(budget, file, indent=1)
        file.write("\n")
    os.replace(BUDGET + ".new", BUDGET)
    for name in sorted(wanted_paths(budget) - paths.keys()):
        print(f"{name} was not measured, though another record has it", file=sys.stderr)
    print(f"{len(paths)} paths recorded in {os.path.relpath(BUDGET)} for {here}")


def own(path):
    return sum(sum(path[owner].values()) for owner in OWNERS)


def by_function(path, kinds):
    return {name: count for kind in kinds for name, count in path[kind].items()}


def show_growth(now, then, least):
    grown = {name: now.get(name, 0) - then.get(name, 0) for name in now.keys() | then.keys()}
    for name in sorted(grown, key=lambda name: -abs(grown[name]))[:SHOWN]:
        if abs(grown[name]) >= least:
            print(f"#   {grown[name]:+9.2f}  {name} "
                  f"({then.get(name, 0):.2f} -> {now.get(name, 0):.2f})")


class Report:
    """Prints the results as TAP."""

    def __init__(self, tests):
        self.number, self.failed = 0, False
        print(f"1..{tests}")

    def add(self, name, problem=None, skip=None):
        self.number += 1
        self.failed |= problem is not None
        word = "not ok" if problem else "ok"
        print(f"{word} {self.number} - {name}{': ' + problem if problem else ''}"
              f"{' # SKIP ' + skip if skip else ''}")

    def compare(self, name, now, then, percent, functions):
        """Compares two counts of a path. functions has {name: count} for each of the two."""
        grown = (now / then - 1) * 100 if then else 0 if not now else float("inf")
        if grown < -percent:
            print(f"# {name}: {-grown:.1f} % fewer than its budget; keep that with {ACCEPT}")
        if grown <= percent:
            self.add(name)
            return
        print(f"# {name}: {now:.2f} instructions a command, {grown:.1f} % more than its budget of "
              f"{then:.2f}; {percent} % are tolerated. By function:")
        show_growth(*functions, now * SMALLEST_IO_URING)
        self.add(name, f"grew by {grown:.1f} %; if that is meant: {ACCEPT}")

    def compare_own(self, name, now, record, budget, here):
        """Compares what the driver and the library execute with the record."""
        then = record["paths"].get(name)
        name += ": driver and library"
        if not then:
            self.add(name, f"has no budget; record one with {ACCEPT}")
            return
        which = "own" if same(record, here, COMPILERS) else "own, other compiler"
        self.compare(name, own(now), own(then), budget["tolerance_percent"][which],
                     [by_function(path, OWNERS) for path in (now, then)])

    def compare_all(self, name, now, record, budget, here):
        """Compares the whole cost of a path, if the record is of this machine or an update away."""
        then = record["paths"].get(name)
        name += ": all"
        which = "all" if same(record, here, here) else "all, other update"
        if series(record["machine"]) != series(here):
            reason = f"no record of {', '.join(f'{k} {v}' for k, v in here.items())}; " \
                     f"{ACCEPT} makes one"
            in_ci = os.environ.get("CI")
            self.add(name, reason if in_ci else None, None if in_ci else reason)
        elif not then:
            self.add(name, f"has no budget; record one with {ACCEPT}")
        else:
            kinds = OWNERS + ("others",)
            self.compare(name, now["insns"], then["insns"], budget["tolerance_percent"][which],
                         [by_function(path, kinds) for path in (now, then)])


def nearest(records, here):
    """The best record to compare with: that of this machine, else one that is an update away, else
    one with the same compilers, else any. Among equals it is the newest."""
    return max(enumerate(records), key=lambda each: (
        same(each[1], here, here), series(each[1]["machine"]) == series(here),
        same(each[1], here, COMPILERS), each[0]))[1]


def check(budget):
    """Measures and compares every path. Returns the exit status: 0 if all are within budget."""
    measured, here = measure(wanted_paths(budget))
    record = nearest(budget["records"], here)
    print(f"# measured on {here}\n# compared with {record['machine']}")
    ours = [name for name, path in measured.items() if own(path)]
    report = Report(len(measured) + len(ours))
    for name, path in sorted(measured.items()):
        if name in ours:
            report.compare_own(name, path, record, budget, here)
        report.compare_all(name, path, record, budget, here)
    return 1 if report.failed else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("--accept", action="store_true",
                        help="record what is measured now as the budget of this combination of "
                             "kernel, compilers, QEMU and liburing")
    parser.add_argument("--kernel", help="kernel of the guest, as for pinion-vm")
    parser.add_argument("--module", help="driver built for that kernel, as for pinion-vm")
    arguments = parser.parse_args()
    if arguments.kernel:
        insns.vm_options += ["--kernel", arguments.kernel]
    if arguments.module:
        global module
        module = arguments.module
        insns.vm_options += ["--module", module]
    if arguments.accept:
        accept(read_budget())
        return 0
    return check(read_budget())


if __name__ == "__main__":
    try:
        sys.exit(main())
    except insns.Error as error:
        print(f"Bail out! {error}")
        sys.exit(1)
