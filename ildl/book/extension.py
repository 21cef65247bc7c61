"""Sphinx extension: makes a bare `jupyter-book build book/` right, whatever was executed before.

Before pages are read, each page of the table of contents under `notebooks/` gets its file in `book/notebooks/`: an
executed copy is kept (and reported where it is stale); where there is none, the committed notebook with its stored
outputs is shown with a note. Copies without a committed notebook are removed.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.environment import BuildEnvironment
from sphinx.util import logging
from sphinx_external_toc.parsing import parse_toc_yaml

from ildl.book.sources import Record, digest, executed_copy, find_notebooks, read_notebook
from ildl.checks import InputError

FOLDER = "notebooks/"
STORED_NOTE = """\
:::{admonition} Stored outputs of the quick profile
:class: warning
This page shows the outputs that are committed with the notebook. Run `make book` to execute it.
:::
"""

logger = logging.getLogger(__name__)


def setup(app: Sphinx) -> dict[str, Any]:
    """Connect to Sphinx; before the table of contents is read (priority 100), and when pages are compared."""
    app.setup_extension("sphinx.ext.autodoc")
    app.connect("config-inited", prepare_pages, priority=100)
    app.connect("env-get-outdated", pages_with_glue)
    app.connect("autodoc-process-docstring", escape_bars)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def prepare_pages(app: Sphinx, config: Config) -> None:
    """Give every notebook page of the table of contents its file; remove orphans."""
    book = Path(app.srcdir)
    root = book.parent
    sources = find_notebooks(root)
    for copy in (book / FOLDER).glob("*.ipynb"):
        if copy.stem not in sources:
            copy.unlink()
    pages = parse_toc_yaml(book / config.external_toc_path)
    names = [Path(page).stem for page in pages if page.startswith(FOLDER)]
    for name in names:
        if name in sources:  # Sphinx itself complains about a page that is nowhere
            _prepare(root, name, sources[name])


def pages_with_glue(
    app: Sphinx, env: BuildEnvironment, added: set[str], changed: set[str], removed: set[str]
) -> list[str]:
    """Return the pages that show values of other pages, if any notebook changed: Sphinx would keep the old values."""
    if not any(page.startswith(FOLDER) for page in added | changed | removed):
        return []
    return [page for page in env.found_docs if "glue:" in Path(env.doc2path(page)).read_text(encoding="utf-8")]


def escape_bars(app: Sphinx, what: str, name: str, obj: object, options: object, lines: list[str]) -> None:
    """Keep |t - p| and KL(d || p) in docstrings from being read as reStructuredText substitutions."""
    lines[:] = [
        "`".join(part if inside % 2 else part.replace("|", r"\|") for inside, part in enumerate(line.split("`")))
        for line in lines
    ]


def _prepare(root: Path, name: str, source: Path) -> None:
    target = executed_copy(root, name)
    record = None
    if target.exists():
        try:
            record = Record.read(read_notebook(target))
        except InputError as error:
            logger.warning("%s Replaced by the committed notebook.", error, type="ildl", subtype="damaged")
    if record is None:
        _write_if_changed(target, nbformat.writes(_with_note(read_notebook(source))))
    elif not _is_fresh(root, name, record):
        logger.warning(
            "%s: the executed copy is stale (notebook, parameters, library, data or lock file changed since); "
            "run `ildl notebooks --profile %s`.",
            target.relative_to(root),
            record.profile,
            type="ildl",
            subtype="stale",
        )


def _is_fresh(root: Path, name: str, record: Record) -> bool:
    try:
        return digest(root, name, record.profile, record.overrides) == record.digest
    except InputError:  # its profile or one of its parameters is no more
        return False


def _with_note(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Put the note below the title, which must stay the first line of the page."""
    cells = notebook.cells
    if cells and cells[0].cell_type == "markdown" and cells[0].source.startswith("# "):
        title, _, rest = cells[0].source.partition("\n")
        cells[0].source = f"{title}\n\n{STORED_NOTE}\n{rest}"
    else:
        cells.insert(0, nbformat.v4.new_markdown_cell(STORED_NOTE, id="stored-outputs"))
    return notebook


def _write_if_changed(path: Path, text: str) -> None:
    """Leave an equal file alone, so that Sphinx does not read the page again."""
    if path.exists() and path.read_text(encoding="utf-8") == text:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
