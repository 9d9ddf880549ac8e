# SPDX-License-Identifier: GPL-2.0-or-later
"""Draws the results in build/bench.json as SVG, with gnuplot."""

import os
import re
import shutil
import statistics
import subprocess
import sys

# These modes have the same colour in every picture; other modes get a colour of COLORS.
MODES = {"nvme_flush": "#888888", "nop": "#009e73", "getppid": "#000000",
         "exec_uring": "#0072b2", "exec_sqpoll": "#d55e00"}
COLORS = ("#cc79a7", "#56b4e9", "#e69f00", "#882255", "#999933", "#44aa99")
NAMES = r"(nvme_flush|nop|getppid|exec_(?!bos)[a-z]+(?:_poll|_iopoll)?)"
HEAD = """
set terminal svg size 760,440 font 'sans-serif,13' background '#ffffff'
set border 3 lw 1 lc '#555555'
set tics nomirror textcolor '#333333'
set grid ytics lw 1 lc '#dddddd'
set key outside right top Left reverse samplen 2 spacing 1.2
set title font ',15'
"""


def quoted(text):
    return "'" + text.replace("'", "''").replace("_", r"\_") + "'"


def quartiles(runs):
    if len(runs) < 2:
        return runs[0], runs[0]
    low, _, high = statistics.quantiles(runs, n=4, method="inclusive")
    return low, high


def series(table, pattern):
    """Returns {name: [(x, median, low, high)]} of the keys that match; the pattern has a group for
    the name and one for x."""
    found = {}
    for key, entry in table.items():
        match = re.fullmatch(pattern, key)
        if match:
            low, high = quartiles(entry["runs"])
            found.setdefault(match[1], []).append((match[2], entry["value"], low, high))
    return found


class Plot:
    """One picture: the settings for gnuplot, and the lines to draw."""

    def __init__(self, name, title, x, y, settings):
        self.name, self.lines, self.data = name, [], []
        self.settings = [f"set title {quoted(title)}", f"set xlabel {quoted(x)}",
                         f"set ylabel {quoted(y)}", *settings]

    def add(self, title, points, color, bars=False):
        block = f"$data{len(self.data)}"
        rows = "\n".join(f"{x} {value} {low} {high}" for x, value, low, high in points)
        self.data.append(f"{block} << END\n{rows}\nEND")
        style = f"lc rgb '{color}' lw 2 pt 7 ps 0.6"
        # Draw the bars first: the mark in the middle of a bar would hide the mark of the line.
        if bars:
            bar = f"lc rgb '{color}' lw 1 pt 7 ps 0.1"
            self.lines.append(f"{block} using 1:2:3:4 with yerrorbars {bar} notitle")
        self.lines.append(f"{block} using 1:2 with linespoints {style} title {quoted(title)}")

    def add_all(self, found, bars=False):
        others = iter(COLORS * len(found))
        for name, points in found.items():
            color = MODES.get(name) or next(others)
            self.add(name, [(int(x), *rest) for x, *rest in points], color, bars)

    def draw(self, folder):
        if not self.lines:
            return None
        path = os.path.join(folder, self.name + ".svg")
        script = "\n".join([HEAD, *self.data, *self.settings, f"set output '{path}'",
                            "plot " + ", \\\n\t".join(self.lines)])
        subprocess.run(["gnuplot"], input=script, text=True, check=True)
        return path


def log2_axis(*values):
    ticks = ", ".join(str(value) for value in values)
    return ["set logscale x 2", f"set xtics ({ticks})",
            f"set xrange [{values[0] * 0.8}:{values[-1] * 1.25}]"]


ONE = "set arrow 1 from graph 0, first 1 to graph 1, first 1 nohead dt 2 lc '#888888'"


def plots(table):
    depth = Plot("insns-depth", "Guest instructions of a command", "commands in flight, one batch",
                 "instructions per command", log2_axis(1, 8, 32, 128) + ["set logscale y"])
    depth.add_all(series(table, NAMES + r"_qd(\d+)_insns"))
    yield depth
    ratio = Plot("time-depth", "Time of a command beside NVMe's (median, quartiles)",
                 "commands in flight, one batch", "time / time of nvme_flush",
                 log2_axis(1, 8, 32, 128) + ["set yrange [0:*]", ONE])
    ratio.add_all(series(table, r"(exec_\w+)_qd(\d+)_(?:time|latency)_ratio"), bars=True)
    yield ratio
    processes = Plot("time-processes", "Processes, 32 commands in flight each (median, quartiles)",
                     "processes", "time / time of nvme_flush",
                     log2_axis(1, 2, 4, 8) + ["set yrange [0:*]", ONE])
    found = series(table, r"(exec_\w+)_qd32_processes(\d+)_time_ratio")
    for name, points in found.items():
        points[:0] = [("1", *rest[1:]) for rest in series(
            table, rf"({name})_qd(32)_time_ratio").get(name, [])]
    processes.add_all(found, bars=True)
    yield processes
    queues = Plot("insns-queues", "Open queues, used in turn, 32 commands a batch", "queues",
                  "instructions per command",
                  log2_axis(1, 16, 64, 256) + ["set yrange [0:*]"])
    found = {"batch, CPU slept": series(table, r"(exec_uring)_queues(\d+)_qd32_insns"),
             "batch, awake": series(table, r"(exec_uring)_queues(\d+)_qd32_awake_insns"),
             "submission of one": series(table, r"(exec_uring)_queues(\d+)_submit_insns")}
    queues.add_all({name: each["exec_uring"] for name, each in found.items() if each})
    yield queues
    yield dma(table)


def dma(table):
    sizes = {"4k": 4, "64k": 64, "1m": 1024, "8m": 8192, "64m": 65536}
    ticks = ", ".join(f"'{name[:-1]} {name[-1].upper()}iB' {kib}" for name, kib in sizes.items())
    plot = Plot("dma", "Bandwidth by size (median, quartiles)", "bytes of a transfer", "GB/s",
                ["set logscale xy", "set xrange [3:90000]", f"set xtics ({ticks})"])
    found = series(table, r"(dma_h2d|dma_d2h|memcpy)_(\d+[km])")
    titles = {"dma_h2d": "card, host to device", "dma_d2h": "card, device to host",
              "memcpy": "memcpy in the guest"}
    for (name, points), color in zip(found.items(), ("#888888", "#0072b2", "#d55e00")):
        plot.add(titles[name], [(sizes[x], *rest) for x, *rest in points], color, bars=True)
    return plot


def draw(table, folder):
    """Draws all pictures and returns their paths; there are none without gnuplot."""
    if not shutil.which("gnuplot"):
        print("no gnuplot: no plots", file=sys.stderr)
        return []
    os.makedirs(folder, exist_ok=True)
    return [path for path in (plot.draw(folder) for plot in plots(table)) if path]
