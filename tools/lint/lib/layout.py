# SPDX-License-Identifier: GPL-2.0-or-later
"""The layout of C files: that of the one version of clang-format for which .clang-format is."""

import re

from tree import Finding, Unable, run_tool

CLANG_FORMAT = "clang-format-19"
WHAT = f"C files are formatted as {CLANG_FORMAT} does"


def find(tree):
    files = tree.c_files()
    if not files:
        return
    status, text = run_tool([CLANG_FORMAT, "--dry-run", *files], tree, CLANG_FORMAT)
    if status:
        raise Unable(f"{CLANG_FORMAT} failed: {text.strip()}")
    for line in text.splitlines():
        found = re.match(r"(.+?):(\d+):\d+: warning: code should be clang-formatted", line)
        if found:
            yield Finding(found[1], int(found[2]), f"not as {CLANG_FORMAT} -i would write it")
