"""Sphinx extension: pages say where the numbers that they paste are from, and links to chapters have their titles.

A notebook's own page gets its line from `companion.build.extension`. Other pages (the first one, those of methods, the
list of figures and tables) paste what notebooks made, and get theirs here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Any

import nbformat
from docutils import nodes
from nbformat import NotebookNode
from sphinx.application import Sphinx

from companion.build.gallery import PLACE, title_of
from companion.build.made_from import STYLE, made_from, styled
from companion.build.sources import executed_copy, find_notebooks, read_notebook

FOLDER = "notebooks"
PASTED = re.compile(rf"(?:\.\./)*{FOLDER}/(\w+)\.ipynb(?:::|\n```)")
FILE_LINK = re.compile(r'(<a href="(\w+)\.html">)([^<]*)(</a>)')
BEFORE, AFTER = 400, 600
"""Priorities of events around that of `companion.build.extension`, which is Sphinx's default."""


def setup(app: Sphinx) -> dict[str, Any]:
    """Connect to Sphinx, when pages are read."""
    app.connect("source-read", say_what_it_is_made_from, priority=BEFORE)
    app.connect("doctree-read", lift_line)
    app.connect("source-read", name_links, priority=AFTER)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def say_what_it_is_made_from(app: Sphinx, docname: str, content: list[str]) -> None:
    """Say on a page that pastes from notebooks from which run these were made.

    The line is put at the end, so that warnings name the lines of the file; `lift_line` moves it below the title.
    """
    root = Path(app.srcdir).parent
    if docname.startswith(f"{FOLDER}/"):
        return
    wanted = list(find_notebooks(root)) if PLACE in content[0] else PASTED.findall(content[0])
    lines: dict[str, list[str]] = {}
    for name in dict.fromkeys(wanted):
        copy = executed_copy(root, name)
        if copy.exists():
            app.env.note_dependency(str(copy))
            lines.setdefault(made_from(root, read_notebook(copy)), []).append(f"[](/{FOLDER}/{name}.ipynb)")
    if len(lines) == 1:
        content[0] += f"\n\n{styled(next(iter(lines)))}\n"
    elif lines:
        said = " ".join(f"{', '.join(pages)}: {line}" for line, pages in lines.items())
        content[0] += f"\n\n{styled(said)}\n"


def lift_line(app: Sphinx, doctree: nodes.document) -> None:
    """Move the line from the end of a page to below its title."""
    if app.env.docname.startswith(f"{FOLDER}/"):
        return
    lines = [node for node in doctree.findall(nodes.paragraph) if STYLE in node["classes"]]
    titles = list(doctree.findall(nodes.title))
    for line in lines[-1:] if titles else []:
        line.parent.remove(line)
        section = titles[0].parent
        section.insert(section.index(titles[0]) + 1, line)


def name_links(app: Sphinx, docname: str, content: list[str]) -> None:
    """Give links in the tables of a notebook's page the titles of the chapters that they lead to."""
    if docname.startswith(f"{FOLDER}/") and content[0].startswith("{"):
        sources = find_notebooks(Path(app.srcdir).parent)
        notebook = nbformat.reads(content[0], as_version=4)
        if with_titles(notebook, {name: title_of(read_notebook(path)) for name, path in sources.items()}):
            content[0] = nbformat.writes(notebook)


def with_titles(notebook: NotebookNode, titles: Mapping[str, str]) -> bool:
    """Replace the texts of links that repeat the name of a file.

    Parameters
    ----------
    notebook : NotebookNode
        Changed in place.
    titles : mapping of str to str
        Name of a notebook -> title of its chapter.

    Returns
    -------
    bool
        Whether anything was replaced.
    """

    def named(link: re.Match[str]) -> str:
        before, name, text, after = link.groups()
        title = titles.get(name) if text.replace(" ", "_") == name else None
        return link[0] if title is None else f"{before}{escape(title)}{after}"

    changed = False
    for output in (output for cell in notebook.cells for output in cell.get("outputs", [])):
        html = "".join(output.get("data", {}).get("text/html", ""))
        replaced = FILE_LINK.sub(named, html)
        if replaced != html:
            output.data["text/html"] = replaced
            changed = True
    return changed
