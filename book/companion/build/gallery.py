"""What the notebooks show: figures as files to be downloaded, anchors for tables, and the page that gathers both."""

from __future__ import annotations

import re
from base64 import b64decode
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import unescape
from io import BytesIO
from itertools import pairwise
from pathlib import Path

from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell
from PIL import Image

PLACE = "<!-- figures and tables -->"
"""A page that has this line gets the list of all figures and tables in its place."""
FOLDER = "figures"
KINDS = {"png": "image/png", "pdf": "application/pdf", "svg": "image/svg+xml"}
THUMBNAIL = (480, 320)
REGION = re.compile(r'<div role="region" aria-label="([^"]*)"')
CAPTION = re.compile(r"<caption[^>]*>(.*?)</caption>", re.DOTALL)
TAG = re.compile(r"<[^>]+>")
SENTENCE = re.compile(r"(?<!Eq)(?<!Fig)\. ")
SPECIAL = re.compile(r"([\\`*_{}\[\]<>$|#~])")


@dataclass(frozen=True)
class Shown:
    """What a cell shows: a figure, or tables.

    Parameters
    ----------
    index : int
        Which cell shows it.
    label : str
        What references call it.
    captions : tuple of str
        Markdown: of a figure its caption, of tables the beginning of each.
    files : mapping of str to bytes
        Suffix -> content, of a figure; a table has none.
    """

    index: int
    label: str
    captions: tuple[str, ...]
    files: Mapping[str, bytes]


def shown_in(name: str, notebook: NotebookNode) -> Iterator[Shown]:
    """Figures (cells with `mystnb` metadata) and tables (`companion.show.tables.ScrollingTable`) of a notebook, in
    order.

    Parameters
    ----------
    name : str
        The notebook's, without suffix.
    notebook : NotebookNode

    Yields
    ------
    Shown
    """
    alike = Counter(map(_beginning, _all_tables(notebook)))
    for index, cell in enumerate(notebook.cells):
        bundles = [output.data for output in cell.get("outputs", []) if "data" in output]
        figure = cell.metadata.get("mystnb", {}).get("figure", {})
        pictures = [bundle for bundle in bundles if "image/png" in bundle]
        tables = [html for bundle in bundles for html in _tables("".join(bundle.get("text/html", "")))]
        if "name" in figure and pictures:
            files = {kind: _content(pictures[0], mime) for kind, mime in KINDS.items() if mime in pictures[0]}
            yield Shown(index, figure["name"], (figure.get("caption", ""),), files)
        elif tables:
            yield Shown(index, f"{name}-{cell.get('id', index)}", tuple(_name(table, alike) for table in tables), {})


def write_figures(name: str, notebook: NotebookNode, pages: Path) -> None:
    """Write each figure of a notebook, and a small picture of it, beside the pages; equal files are left alone.

    Parameters
    ----------
    name : str
    notebook : NotebookNode
    pages : Path
        The folder of the executed notebooks.
    """
    for shown in shown_in(name, notebook):
        changed = [
            write_if_changed(pages / FOLDER / f"{shown.label}.{kind}", content) for kind, content in shown.files.items()
        ]
        small = pages / FOLDER / f"{shown.label}-small.png"
        if shown.files and (any(changed) or not small.exists()):  # drawing it small takes longer than all the rest
            write_if_changed(small, _small(shown.files["png"]))


def add_links(name: str, notebook: NotebookNode) -> None:
    """Put an anchor above each table, and links to the files below each figure.

    Parameters
    ----------
    name : str
    notebook : NotebookNode
        Changed in place.
    """
    for shown in reversed(list(shown_in(name, notebook))):
        if shown.files:
            files = [f"{shown.label}.{kind}" for kind in shown.files]
            links = ", ".join(f"{{download}}`{file} <{FOLDER}/{file}>`" for file in files)
            line = f":::{{rst-class}} downloads\nDownload {{numref}}`{shown.label}`: {links}\n:::"
            notebook.cells.insert(shown.index + 1, new_markdown_cell(line))
        else:
            notebook.cells.insert(shown.index, new_markdown_cell(f"({shown.label})="))


def list_all(notebooks: Mapping[str, NotebookNode], folder: str) -> str:
    """All figures and tables, page by page, as Markdown.

    Parameters
    ----------
    notebooks : mapping of str to NotebookNode
        Name -> notebook, in the order of the book.
    folder : str
        Where their pages are, seen from the page that shows the list.

    Returns
    -------
    str
    """
    lines = []
    for name, notebook in notebooks.items():
        shown = list(shown_in(name, notebook))
        if not shown:
            continue
        lines += [f"## {title_of(notebook)}", "", f"In [](/{folder}/{name}.ipynb):", ""]
        tables = [(item.label, caption) for item in shown if not item.files for caption in item.captions]
        lines += [*(f"- [{caption}](#{label})" for label, caption in tables), ""]
        for item in (item for item in shown if item.files):
            small = f"/{folder}/{FOLDER}/{item.label}-small.png"
            lines += [f"[![Small picture: {_plain(' '.join(item.captions))}]({small})](#{item.label})", ""]
            lines += [f"{{numref}}`{item.label}`: {' '.join(item.captions)}", ""]
    return "\n".join(lines)


def write_if_changed(path: Path, content: bytes) -> bool:
    """Leave an equal file alone, so that Sphinx does not read the page again; say whether there was none."""
    if path.exists() and path.read_bytes() == content:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return True


def _content(bundle: Mapping[str, str], mime: str) -> bytes:
    text = "".join(bundle[mime])
    return text.encode() if mime.endswith("+xml") else b64decode(text)


def _small(png: bytes) -> bytes:
    buffer = BytesIO()
    with Image.open(BytesIO(png)) as picture:
        picture.thumbnail(THUMBNAIL)
        picture.save(buffer, "png", optimize=True)
    return buffer.getvalue()


def _tables(html: str) -> list[str]:
    """The parts of an output that are tables in boxes of their own."""
    borders = [*(match.start() for match in REGION.finditer(html)), len(html)]
    return [html[start:end] for start, end in pairwise(borders)]


def _all_tables(notebook: NotebookNode) -> Iterator[str]:
    for output in (output for cell in notebook.cells for output in cell.get("outputs", [])):
        yield from _tables("".join(output.get("data", {}).get("text/html", "")))


def _name(table: str, alike: Mapping[str, int]) -> str:
    """How a list calls a table: by the beginning of its caption, or by its box where others begin alike."""
    beginning, region = _beginning(table), REGION.search(table)
    if alike[beginning] < 2 or region is None:
        return beginning
    return SPECIAL.sub(r"\\\1", " ".join(unescape(region[1]).split()))


def _beginning(table: str) -> str:
    """The first sentence of a table's caption, or what its box is called, as Markdown."""
    region, printed = REGION.search(table), CAPTION.search(table)
    text = TAG.sub("", printed[1]) if printed else region[1] if region else ""
    sentence = SENTENCE.split(" ".join(unescape(text).split()))[0].removesuffix(".")
    return SPECIAL.sub(r"\\\1", sentence)


def _plain(caption: str) -> str:
    """The first sentence of a figure's caption, without markup, for those who do not see the picture."""
    text = re.sub(r"\{\w+\}`[^`]*`|[$*`\[\]]", "", caption)
    return SENTENCE.split(" ".join(text.split()))[0].removesuffix(".")


def title_of(notebook: NotebookNode) -> str:
    """Return the title of a notebook's page.

    Parameters
    ----------
    notebook : NotebookNode

    Returns
    -------
    str
    """
    first = notebook.cells[0].source.partition("\n")[0] if notebook.cells else ""
    return str(first.removeprefix("# "))
