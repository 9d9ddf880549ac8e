# SPDX-License-Identifier: GPL-2.0-or-later
"""The kernel's own checks: kernel-doc and checkpatch, and sparse by kbuild."""

import concurrent.futures
import itertools
import os
import re
import tempfile

from lengths import functions
from tree import Finding, Skip, Unable, run_tool

DOC = "kernel-doc -Wall over uapi, driver and pinion.h; the driver's functions have kernel-doc"
PATCH = "checkpatch --strict; tools/lint/checkpatch.list says what is ignored where"
SPARSE = "sparse and the compiler's W=1 over the driver"

PATCH_LIST = "tools/lint/checkpatch.list"
PATCH_AT_ONCE = 24
KERNEL_FOLDERS = ("driver/", "uapi/")


def script(name, *kernels):
    """A script of a kernel of the cache; None if none has it."""
    cache = os.environ.get("CACHE") or os.path.join(
        os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "pinion")
    paths = [os.path.join(cache, "kernel", kernel, "build/scripts", name) for kernel in kernels]
    return next((path for path in paths if os.path.exists(path)), None)


def find_doc(tree):
    tool = os.environ.get("KERNEL_DOC") or script("kernel-doc", "current", "debug")
    if not tool:
        raise Unable("no kernel-doc in the cache: run 'make setup', or set KERNEL_DOC=path")
    files = [*tree.c_files("uapi/", "driver/"), *tree.c_files("libruntime/include/pinion.h")]
    status, text = run_tool([tool, "-none", "-Wall", *files], tree) if files else (0, "")
    # kernel-doc ends with 0 even when it could not open a file; all that it prints are complaints.
    found = [re.match(r"(.+?):(\d+): (?:warning|error): (.*)", line) for line in text.splitlines()]
    if text.strip() and not any(found) or status and not found:
        raise Unable(f"{tool} failed with status {status}: {text.strip()}")
    for part in filter(None, found):
        yield Finding(part[1], int(part[2]), part[3])
    yield from find_undocumented(tree)


def find_undocumented(tree):
    """The driver's functions that other files can call, and that no kernel-doc is about."""
    texts = {name: tree.text(name) or "" for name in tree.c_files("driver/")
             if name.count("/") == 1}
    documented = {found[1] for text in texts.values()
                  for found in re.finditer(r"/\*\*\s*(?:\*\s*)?(\w+)\(\)", text)}
    for name, text in texts.items():
        lines = text.splitlines()
        for function, number, _ in functions(lines):
            local = name.endswith(".c") and lines[number - 1].startswith("static ")
            if not local and function not in documented:
                yield Finding(name, number, f"{function}() has no kernel-doc")


def read_ignored(tree):
    """[(line, where, type)] of the list. Where is a file or folder, or "*" for every file
    outside driver/ and uapi/."""
    rows = []
    text = tree.text(PATCH_LIST) if PATCH_LIST in tree.names else ""
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        found = re.fullmatch(r"(\S+)\s+([A-Z_]+)\s+(\S.*)", line)
        if not found:
            raise Unable(f"{PATCH_LIST}:{number}: expected WHERE TYPE REASON")
        rows.append((number, found[1], found[2]))
    return rows


def covers(where, name):
    if where == "*":
        return not name.startswith(KERNEL_FOLDERS)
    return name == where or name.startswith(where.rstrip("/") + "/")


def find_patch(tree):
    tool = os.environ.get("CHECKPATCH") or script("checkpatch.pl", "debug")
    if not tool:
        raise Skip("checkpatch.pl comes with the debug kernel's source: run 'make check-debug' "
                   "once, or set CHECKPATCH=path")
    rows, used = read_ignored(tree), set()
    files = tree.c_files()
    shares = [files[at:at + PATCH_AT_ONCE] for at in range(0, len(files), PATCH_AT_ONCE)]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        found = list(pool.map(lambda share: check_patch(tree, tool, share), shares))
    for finding, kind in itertools.chain.from_iterable(found):
        by = [row for row in rows if row[2] == kind and covers(row[1], finding.path)]
        used.update(by)
        if not by:
            yield finding
    for row in rows:
        if row not in used:
            yield Finding(PATCH_LIST, row[0], f"{row[1]} {row[2]} need not be ignored any more")


def check_patch(tree, tool, files):
    """[(finding, type)] of all that checkpatch says of files."""
    # Line lengths are left to the check "lines", which treats all files alike. checkpatch leaves a
    # file in the folder where it is started, so it is started outside the tree.
    with tempfile.TemporaryDirectory() as folder:
        status, text = run_tool([tool, "--no-tree", "--strict", "--show-types", "--terse",
                                 "--quiet", "--ignore=LONG_LINE,LONG_LINE_COMMENT,LONG_LINE_STRING",
                                 "--file", *(os.path.abspath(tree.path(name)) for name in files)],
                                tree, cwd=folder)
    found = []
    for line in text.splitlines():
        part = re.match(r"(.+?):(\d+): (?:WARNING|CHECK|ERROR):(\w+): (.*)", line)
        if part:
            name = os.path.relpath(part[1], os.path.abspath(tree.top))
            found.append((Finding(name, int(part[2]), f"{part[3]}: {part[4]}"), part[3]))
    # One line of totals a file, and status 1 when there are findings.
    if status and not found or len(re.findall(r"^total: ", text, re.MULTILINE)) < len(files):
        raise Unable(f"{tool} failed with status {status}: {text.strip()}")
    return found


def find_sparse(tree):
    make = os.environ.get("MAKE", "make")
    status, text = run_tool([make, "--no-print-directory", f"BUILD={tree.build}", "sparse-driver"],
                            tree)
    any_found = False
    for line in text.splitlines():
        found = re.match(
            r"(?:\S*/)?(driver/\S+?|uapi/\S+?):(\d+)(?::\d+)?: (?:warning|error): (.*)", line)
        if found:
            any_found = True
            yield Finding(found[1], int(found[2]), found[3])
    if status and not any_found:
        raise Unable(f"'make sparse-driver' failed with status {status}:\n{text.strip()}")
