"""Writes the files that notebooks show (data, pictures, LaTeX) beside the pages of the built book."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Iterator
from pathlib import Path

from nbformat import NotebookNode

from companion.build.gallery import shown_in
from companion.show.shown import FOLDER, TEXT
from ildl.checks import InputError


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


def write_files(notebooks: dict[str, NotebookNode], pages: Path) -> None:
    """Write the files of all pages into the folder of the built pages."""
    owners: dict[str, str] = {}
    for page, notebook in notebooks.items():
        for name, content in files_of(notebook):
            if owners.setdefault(name, page) != page:
                raise InputError(f"{owners[name]} and {page} both show a file {name}; give one another name.")
            write_if_changed(pages / FOLDER / name, content)
