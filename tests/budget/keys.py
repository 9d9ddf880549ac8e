#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Checks that tests/bench/run names every key of tests/bench/keys for which a run of all benchmarks
has no value. The values are made up, and no benchmark runs."""

import contextlib
import importlib.machinery
import importlib.util
import io
import os
import sys

BENCH = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "bench")
sys.dont_write_bytecode = True


def load(path):
    loader = importlib.machinery.SourceFileLoader("bench_run", path)
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("bench_run", loader))
    loader.exec_module(module)
    return module


def run_without(bench, *lacking):
    """Runs all benchmarks with values for every key but these. Returns the exit status and what was
    printed to stderr."""
    with open(bench.KEYS, encoding="utf-8") as file:
        values = {key: ("unit", [1.0]) for key in file.read().split() if key not in lacking}
    bench.find = lambda: ["one"]
    bench.run_once = lambda _path, samples, _guest: samples.update(values) is None
    bench.write_json = bench.print_plots = lambda _table: None
    sys.argv = ["run", "--runs", "1"]
    said = io.StringIO()
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(said):
        status = bench.main()
    return status, said.getvalue()


def main():
    bench = load(os.path.join(BENCH, "run"))
    good = [
        ("a run with every key passes", run_without(bench) == (0, "")),
        ("a run without one of our keys fails and names it",
         run_without(bench, "gemm_1024_ratio") ==
         (1, "tests/bench/run: no value for gemm_1024_ratio\n")),
        ("a run without a key of a peer names it and passes",
         run_without(bench, "nvme_flush_qd128_insns") ==
         (0, "tests/bench/run: no value for nvme_flush_qd128_insns\n")),
    ]
    print(f"1..{len(good)}")
    for number, (what, passed) in enumerate(good, 1):
        print(f"{'ok' if passed else 'not ok'} {number} - {what}")
    return 0 if all(passed for _, passed in good) else 1


if __name__ == "__main__":
    sys.exit(main())
