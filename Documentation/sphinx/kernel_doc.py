# SPDX-License-Identifier: GPL-2.0-or-later
"""The directive "kernel-doc": the kernel-doc comments of source files as a reference.

   .. kernel-doc:: driver/*.c
      :namespace: driver

The option is for names that other references have, too, and for a function that has the name of a
struct: types are in the namespace, functions in one below it. A pattern may match several files.
Each file that has a comment gets a section of its own; a pattern that yields no comment is a
mistake in the page. What the kernel's script warns of becomes a warning of Sphinx, which "make
docs" turns into an error.
"""

import glob
import os
import re
import subprocess

from docutils import nodes
from docutils.parsers.rst import directives
from docutils.statemachine import StringList
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective
from sphinx.util.nodes import nested_parse_with_titles

logger = logging.getLogger(__name__)
LINE = re.compile(r"\.\. LINENO (\d+)")
DECLARATION = re.compile(r"\.\. c:(\w+)::")
NOTHING = "no structured comments found"


class KernelDoc(SphinxDirective):
    required_arguments = 1
    option_spec = {"namespace": directives.unchanged_required}

    def run(self):
        top = os.path.dirname(self.env.app.confdir)
        files = sorted(glob.glob(os.path.join(top, self.arguments[0])))
        lines = StringList()
        for path in files:
            self.env.note_dependency(path)
            self.add_file(lines, os.path.relpath(path, top), path)
        if not lines:
            raise self.error(f"no kernel-doc comment in {self.arguments[0]}")
        node = nodes.section()
        nested_parse_with_titles(self.state, lines, node)
        return node.children

    def add_file(self, lines, name, path):
        """Append the section of one file, unless the file has no kernel-doc comment."""
        done = subprocess.run(
            [self.config.kernel_doc_script, "-rst", "-enable-lineno", path],
            capture_output=True, text=True, check=False)
        for message in done.stderr.splitlines():
            if message and NOTHING not in message:
                logger.warning("%s", message)
        if done.returncode:
            raise self.error(f"{self.config.kernel_doc_script} failed on {name}")
        if not done.stdout.strip():
            return
        number = 0
        for line in [name, "~" * len(name), "", *done.stdout.splitlines(), ""]:
            match = LINE.match(line)
            if match:
                number = int(match.group(1)) - 1
                continue
            declaration = DECLARATION.match(line)
            if declaration and "namespace" in self.options:
                below = ".functions" if declaration.group(1) == "function" else ""
                lines.append(f".. c:namespace:: {self.options['namespace']}{below}", path, number)
                lines.append("", path, number)
            lines.append(line.expandtabs(), path, number)


def setup(app):
    app.add_config_value("kernel_doc_script", "kernel-doc", "env")
    app.add_directive("kernel-doc", KernelDoc)
    return {"version": "1", "parallel_read_safe": True}
