# SPDX-License-Identifier: GPL-2.0-or-later
"""Circles of calls between source files, measured from the symbols of their objects.

File A is above file B if an object of A uses a function that the object of B defines.
Files that are above each other, directly or through others, are a circle: a strongly
connected component of that graph with more than one file.
"""

import os
import re

from tree import Finding, Unable, run_tool

WHAT = "circles of calls between the source files of a part"
# {part: (folder of its sources, folder of its objects in the build folder)}
PARTS = {
    "libruntime": ("libruntime/src", "libruntime"),
    "driver": ("driver", "driver"),
    "card": ("tools/card/core", "card/core"),
}
# Built for kernels with KUnit only.
OPTIONAL = ("driver/pinion_kunit.c",)


def symbols(tree, path):
    """(functions that an object defines for others, symbols that it needs from others)."""
    status, text = run_tool(["nm", path], tree, "binutils")
    if status:
        raise Unable(f"nm {path}: {text.strip()}")
    defined = set(re.findall(r"^[0-9a-f]+ [TWi] (\S+)$", text, re.MULTILINE))
    return defined, set(re.findall(r"^ +[Uw] (\S+)$", text, re.MULTILINE))


def graph(tree, paths):
    """{name: names of the files that it calls}, of objects as {name: path}."""
    table = {name: symbols(tree, path) for name, path in paths.items()}
    home = {symbol: name for name, (defined, _) in table.items() for symbol in defined}
    return {name: {home[symbol] for symbol in needed if symbol in home} - {name}
            for name, (_, needed) in table.items()}


def reach(calls, start):
    """All that start calls, directly or through others."""
    seen, todo = set(), [start]
    while todo:
        for name in calls[todo.pop()] - seen:
            seen.add(name)
            todo.append(name)
    return seen


def components(calls):
    """The circles, the largest first, each a sorted list."""
    reached = {name: reach(calls, name) for name in calls}
    found = {tuple(sorted(other for other in reached[name] if name in reached[other]))
             for name in calls}
    return sorted((list(circle) for circle in found if len(circle) > 1),
                  key=lambda circle: (-len(circle), circle))


def objects(tree, part):
    """{source: object} of a part; each of its sources must have been built."""
    sources, built = PARTS[part]
    paths = {}
    for name in tree.names:
        if not re.fullmatch(re.escape(sources) + r"/\w+\.c", name):
            continue
        path = os.path.join(tree.build, built, os.path.basename(name)[:-2] + ".o")
        if name in OPTIONAL and not os.path.exists(path):
            continue
        if not os.path.exists(path):
            raise Unable(f"{name} has not been built into {tree.build}: run 'make' first")
        paths[name] = path
    return paths


def find(tree):
    for part in PARTS:
        circles = components(graph(tree, objects(tree, part)))
        for number, circle in enumerate(circles, 1):
            names = " ".join(os.path.basename(name) for name in circle)
            yield Finding(circle[0], 1, f"{part}: a circle of {len(circle)} files: {names}",
                          key=part if number == 1 else f"{part}/{number}", amount=len(circle))
