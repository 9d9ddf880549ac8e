#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The instructions of the paths in tests/bench/budget.json have not grown.

Counts repeat as long as kernel, compiler, QEMU and liburing are those that the
budget was recorded with; with others the test is skipped. Where a path seems to have
grown all is measured once more and the smaller counts: on a busy machine a device answers
at other moments. What has grown is shown by function. If it is meant to, --accept records
what is measured now; commit that with the change, and say in its message what the
instructions are for.
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
SKIPPED_STATUS = 4
# How many interrupts a batch has that its task is awake for is up to the machine's load.
UNSTEADY = re.compile(r"exec_\w+_qd32_awake")
TOLERANCE = {"slept": 6, "other": 1}  # percent, if there is no budget yet
SMALLEST = 0.01  # of a path: functions below are not recorded,
SMALLEST_OURS = 0.0005  # if they are the driver's or io_uring's
IO_URING = re.compile(r"_*io_(?!apic|schedule|serial|bitmap)")
SHOWN = 12  # functions of a path that has grown
ACCEPT = "tests/budget/instructions.py --accept"


def output_of(*command):
    return subprocess.run(command, check=True, text=True, stdout=subprocess.PIPE).stdout.strip()


def compiler_of(path):
    """What the compiler wrote into an ELF file."""
    lines = output_of("readelf", "--string-dump=.comment", path).splitlines()
    found = {line.split("]", 1)[1].strip() for line in lines if "]" in line}
    return ", ".join(sorted(found))


def machine():
    """All that the counts depend on, other than our own code, but the kernel."""
    return {
        "driver's compiler": compiler_of(os.path.join(insns.TOP, "build/driver/pinion.ko")),
        "program's compiler": compiler_of(os.path.join(insns.OUT, "submit")),
        "QEMU": output_of("qemu-system-x86_64", "--version").splitlines()[0],
        "liburing": output_of("pkg-config", "--modversion", "liburing"),
    }


def differences(recorded, here):
    return [f"{what}: the budget is of '{recorded.get(what)}', here is '{value}'"
            for what, value in here.items() if recorded.get(what) != value]


def skip(reasons):
    print(f"1..0 # SKIP recorded on another machine: {'; '.join(reasons)}")
    sys.exit(SKIPPED_STATUS)


def measure():
    """({path: {insns, slept, functions}}, the kernel)"""
    paths, lines = insns.measure("echo \"kernel $(uname -rv)\"\nbuild/bench/submit budget")
    kernel = next(line.split(" ", 1)[1] for line in lines if line.startswith("kernel "))
    symbols = insns.Symbols()
    measured = {}
    for path in paths:
        if not UNSTEADY.fullmatch(path.name):
            measured[path.name] = {"insns": round(path.insns, 3), "slept": path.slept,
                                   "functions": worth_recording(path, symbols)}
    return measured, kernel


def fewer(one, other):
    """Of each path the measurement with fewer instructions."""
    both = {**other, **one}
    return {name: min(path, other.get(name, path), key=lambda path: path["insns"])
            for name, path in both.items()}


def worth_recording(path, symbols):
    recorded = {}
    for name, count in symbols.functions(path).items():
        ours = name in symbols.driver or IO_URING.match(name)
        if count >= path.insns * (SMALLEST_OURS if ours else SMALLEST):
            recorded[name] = round(count, 3)
    return recorded


def read_budget():
    try:
        with open(BUDGET, encoding="utf-8") as file:
            return json.load(file)
    except FileNotFoundError:
        return {"machine": {}, "tolerance_percent": TOLERANCE, "paths": {}}


def accept(budget):
    here = machine()
    measured, here["kernel"] = measure()
    # One run may lack intervals of a kind; what was recorded of it stays, if it is still true.
    if here == budget["machine"]:
        kept = {name: path for name, path in budget["paths"].items()
                if counterpart(name) in measured and not UNSTEADY.fullmatch(name)}
        measured = {**kept, **measured}
    budget.update(machine=here, paths=dict(sorted(measured.items())))
    with open(BUDGET + ".new", "w", encoding="utf-8") as file:
        json.dump(budget, file, indent=1)
        file.write("\n")
    os.replace(BUDGET + ".new", BUDGET)
    print(f"{len(measured)} paths recorded in {os.path.relpath(BUDGET)}")


def counterpart(name):
    """The same path where the CPU slept or did not."""
    return name.removesuffix("_awake") if name.endswith("_awake") else name + "_awake"


def show_growth(now, then, least):
    grown = {name: count - then.get(name, 0) for name, count in now.items()}
    grown.update({name: -count for name, count in then.items() if name not in now})
    for name in sorted(grown, key=lambda name: -abs(grown[name]))[:SHOWN]:
        if abs(grown[name]) >= least:
            print(f"#   {grown[name]:+9.2f}  {name} "
                  f"({then.get(name, 0):.2f} -> {now.get(name, 0):.2f})")


def growth(now, then):
    return (now["insns"] / then["insns"] - 1) * 100


def tolerated(then, budget):
    return budget["tolerance_percent"]["slept" if then["slept"] else "other"]


def any_grown(measured, budget):
    return any(growth(measured[name], then) > tolerated(then, budget)
               for name, then in budget["paths"].items() if name in measured)


def judge(name, now, then, budget):
    """None, or why the path is not within its budget."""
    if not then:
        return f"has no budget; record one with {ACCEPT}"
    if not now:
        return "was not measured"
    percent, grown = tolerated(then, budget), growth(now, then)
    if grown < -percent:
        print(f"# {name}: {-grown:.1f} % fewer than its budget; keep that with {ACCEPT}")
    if grown <= percent:
        return None
    print(f"# {name}: {now['insns']} instructions, {grown:.1f} % more than its budget of "
          f"{then['insns']}; {percent} % are tolerated. By function, per command:")
    show_growth(now["functions"], then["functions"], then["insns"] * SMALLEST_OURS)
    return f"grew by {grown:.1f} %; if that is meant: {ACCEPT}"


def check(budget):
    """0 if every path is within its budget."""
    here, paths = machine(), budget["paths"]
    reasons = differences(budget["machine"], here)
    if reasons:
        skip(reasons)
    measured, kernel = measure()
    reasons = differences(budget["machine"], {"kernel": kernel})
    if reasons:
        skip(reasons)
    if any_grown(measured, budget):
        print("# a path seems to have grown: all is measured once more")
        measured = fewer(measured, measure()[0])
    names = sorted(paths.keys() | measured.keys())
    print(f"1..{len(names)}")
    failed = 0
    for number, name in enumerate(names, 1):
        if name not in measured and counterpart(name) in measured:
            print(f"ok {number} - {name} # SKIP too few intervals of that kind in this run")
            continue
        if name not in paths and counterpart(name) in paths:
            print(f"ok {number} - {name} # SKIP too few intervals of that kind were recorded")
            continue
        problem = judge(name, measured.get(name), paths.get(name), budget)
        failed += problem is not None
        print(f"not ok {number} - {name} {problem}" if problem else f"ok {number} - {name}")
    return 1 if failed else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("--accept", action="store_true",
                        help="record what is measured now as the budget")
    arguments = parser.parse_args()
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
