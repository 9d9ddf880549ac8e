# SPDX-License-Identifier: GPL-2.0-or-later
"""How Sphinx builds these pages; "make docs" runs it, with every warning an error."""

import os
import re
import sys

here = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(here, "sphinx"))


def version_of(header):
    """The version in pinion_version.h, such as 1.2.0."""
    with open(header, encoding="utf-8") as text:
        return ".".join(re.findall(r"_(?:MAJOR|MINOR|PATCH)\s+(\d+)", text.read())[:3])


project = "Pinion"
author = "the Pinion authors"
release = version_of(os.path.join(here, "..", "uapi", "pinion_version.h"))
extensions = ["sphinx.ext.graphviz", "error_tables", "kernel_doc", "manual_pages"]
graphviz_output_format = "svg"
manual_pages = ["libruntime/man/*.7", "build/man/*.[37]", "tools/*/*.1"]
html_theme = "alabaster"
html_theme_options = {"page_width": "70em", "fixed_sidebar": True}
html_copy_source = False
