"""The page that lists every figure and table of the book, with its files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

from nbformat import NotebookNode

from companion.show.shown import FILES, FOLDER, KINDS

PLACE = "<!-- figures and tables -->"
"""A page that has this line gets the list in its place."""


def list_all(notebooks: Mapping[str, NotebookNode], folder: str) -> str:
    """All figures and tables, page by page, as Markdown; `folder` is where their pages are."""
    parts = []
    for name, notebook in notebooks.items():
        items = [_item(found, f"{folder}/{name}.html", f"{folder}/{FOLDER}") for found in shown_in(notebook)]
        if items:
            parts.append(f'## {title_of(notebook)}\n\n<ul class="gallery">\n{"".join(items)}</ul>\n')
    return "\n".join(parts)


def shown_in(notebook: NotebookNode) -> Iterator[dict[str, Any]]:
    """Name, title and files of what a notebook shows, in order."""
    for output in (output for cell in notebook.cells for output in cell.get("outputs", [])):
        if FILES in output.get("data", {}):
            yield output["data"][FILES]


def title_of(notebook: NotebookNode) -> str:
    """Title of a notebook's page."""
    first = notebook.cells[0].source.partition("\n")[0] if notebook.cells else ""
    return str(first.removeprefix("# "))


def _item(found: Mapping[str, Any], page: str, files: str) -> str:
    name, title = found["name"], escape(found["title"], quote=True)
    kinds = [suffix for suffix in KINDS if suffix in found["files"]]
    links = " · ".join(f'<a href="{files}/{name}.{kind}" download>{KINDS[kind]}</a>' for kind in kinds)
    picture = f'<img src="{files}/{name}.png" alt="" loading="lazy">' if "png" in kinds else ""
    return f'<li><a href="{page}#{name}">{picture}<span>{title}</span></a><br>{links}</li>\n'
