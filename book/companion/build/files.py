"""What notebooks show: its files, written beside the pages of the built book, and the page that lists all of it."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from nbformat import NotebookNode

from companion.build.sources import PAGES, outputs_of
from companion.show.shown import FILES, FOLDER, KINDS, TEXT
from companion.show.template import filled
from ildl.checks import InputError

PLACE = "<!-- figures and tables -->"
"""A page that has this line gets the list in its place."""


def shown_in(notebook: NotebookNode) -> Iterator[dict[str, Any]]:
    """Name, title and files of what a notebook shows, in order."""
    return (data[FILES] for data in outputs_of(notebook) if FILES in data)


def files_of(notebook: NotebookNode) -> Iterator[tuple[str, bytes]]:
    """Name and content of each file that a notebook shows."""
    for found in shown_in(notebook):
        for suffix, content in found["files"].items():
            yield f"{found['name']}.{suffix}", content.encode() if suffix in TEXT else b64decode(content)


def write_if_changed(path: Path, content: bytes) -> None:
    """Leave an equal file alone, so that nothing is made again for it."""
    if not path.exists() or path.read_bytes() != content:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def write_files(notebooks: Mapping[str, NotebookNode], pages: Path) -> None:
    """Write the files of all pages into the folder of the built pages."""
    owners: dict[str, str] = {}
    for page, notebook in notebooks.items():
        for name, content in files_of(notebook):
            if owners.setdefault(name, page) != page:
                raise InputError(f"{owners[name]} and {page} both show a file {name}; give one another name.")
            write_if_changed(pages / FOLDER / name, content)


def list_all(notebooks: Mapping[str, NotebookNode]) -> str:
    """All figures and tables, page by page, as Markdown."""
    lists = {page: list(shown_in(notebook)) for page, notebook in notebooks.items()}
    titles = {page: notebooks[page].cells[0].source.partition("\n")[0] for page, shown in lists.items() if shown}
    places = {"pages": PAGES, "folder": f"{PAGES}/{FOLDER}"}
    return filled("build/gallery.md.jinja", titles=titles, lists=lists, kinds=KINDS, **places)
