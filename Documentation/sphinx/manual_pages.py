# SPDX-License-Identifier: GPL-2.0-or-later
"""The directive "manual-pages": a list of manual pages, each a link to the page as HTML.

   .. manual-pages:: libruntime/man/*.7

A pattern that begins with build/ names pages that the build has made. mandoc writes the HTML of all
pages of the value manual_pages into the folder man/ of the output. A page that only refers to
another page (.so) gets the text of that page.
"""

import glob
import os
import re
import shutil
import subprocess
import tempfile

from docutils import nodes
from sphinx.errors import ExtensionError
from sphinx.util.docutils import SphinxDirective

# A reference to a page in the same folder stays here; any other leads to Debian's collection.
FORMAT = "man=%N.%S.html;https://manpages.debian.org/%N.%S,style=mandoc.css,toc"
STYLE = "body { max-width: 70em; margin: 2em auto; font-family: serif; }\n"


def text_of(path):
    with open(path, encoding="utf-8") as page:
        return page.read()


def with_text(path):
    """The page that a page with nothing but a .so line stands for; else the page itself."""
    match = re.match(r"\.so man\d/(\S+)", text_of(path))
    return os.path.join(os.path.dirname(path), match.group(1)) if match else path


def files(app, pattern):
    """The files of a pattern, in the tree or, below build/, in the folder of the build."""
    top = os.path.dirname(app.confdir)
    if pattern.startswith("build/"):
        return sorted(glob.glob(os.path.join(app.config.manual_build, pattern[len("build/"):])))
    return sorted(glob.glob(os.path.join(top, pattern)))


class ManualPages(SphinxDirective):
    required_arguments = 1

    def run(self):
        pages = files(self.env.app, self.arguments[0])
        if not pages:
            raise self.error(f"no manual page is called {self.arguments[0]}")
        items = nodes.bullet_list()
        for path in pages:
            self.env.note_dependency(path)
            items += self.item(path)
        return [items]

    def item(self, path):
        name, section = os.path.basename(path).rsplit(".", 1)
        up = "../" * self.env.docname.count("/")
        what = re.search(r"^\.Nd (.*)$", text_of(with_text(path)), re.M)
        line = nodes.paragraph()
        line += nodes.reference("", f"{name}({section})", refuri=f"{up}man/{name}.{section}.html",
                                internal=False)
        line += nodes.Text(f": {what.group(1)}" if what else "")
        return nodes.list_item("", line)


def write_pages(app, failed):
    """Write the HTML of every manual page of the tree, each under its own name."""
    if failed or app.builder.format != "html":
        return
    out = os.path.join(app.outdir, "man")
    os.makedirs(out, exist_ok=True)
    with open(os.path.join(out, "mandoc.css"), "w", encoding="utf-8") as style:
        style.write(STYLE)
    pages = [page for pattern in app.config.manual_pages
             for page in files(app, pattern)]
    with tempfile.TemporaryDirectory() as folder:
        for page in pages:
            shutil.copy(with_text(page), os.path.join(folder, os.path.basename(page)))
        for page in pages:
            convert(os.path.join(folder, os.path.basename(page)), out)


def convert(page, out):
    done = subprocess.run(["mandoc", "-T", "html", "-O", FORMAT, page],
                          cwd=os.path.dirname(page), capture_output=True, text=True, check=False)
    if done.returncode > 2:
        raise ExtensionError(f"mandoc cannot read {page}: {done.stderr}")
    with open(os.path.join(out, os.path.basename(page) + ".html"), "w", encoding="utf-8") as html:
        html.write(done.stdout)


def setup(app):
    app.add_config_value("manual_pages", [], "env")
    app.add_config_value("manual_build", "build", "env")
    app.add_directive("manual-pages", ManualPages)
    app.connect("build-finished", write_pages)
    return {"version": "1", "parallel_read_safe": True}
