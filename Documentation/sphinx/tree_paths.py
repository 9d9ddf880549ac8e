# SPDX-License-Identifier: GPL-2.0-or-later
"""Checks the files that pages name: ``tests/vm/busy.sh`` must be in the tree.

A literal is taken for a path if it begins with a folder of the tree. "*" stands for anything, and
what follows a blank is arguments. A test may be named
without the suffix of its source, as its program is.
"""

import glob
import os
import re

from docutils import nodes
from sphinx.util import logging

logger = logging.getLogger(__name__)
FOLDERS = "Documentation|driver|firmware|libruntime|tests|tools|uapi"
PATH = re.compile(rf"((?:{FOLDERS})/[\w./*-]+)( .*)?")
PLACEHOLDER = re.compile(r"(?<=/)[A-Z]{4,}(?=[/.]|$)")  # tests/GROUP, probes/NAME.c


def check(app, tree):
    top = os.path.dirname(app.confdir)
    for literal in tree.findall(nodes.literal):
        match = PATH.fullmatch(literal.astext())
        path = match and os.path.join(top, PLACEHOLDER.sub("*", match.group(1)))
        if path and not glob.glob(path) and not glob.glob(path + ".*"):
            logger.warning("%s is not in the tree", match.group(1), location=literal)


def setup(app):
    app.connect("doctree-read", check)
    return {"version": "1", "parallel_read_safe": True}
