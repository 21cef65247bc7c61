"""Sphinx extension: makes a bare `jupyter-book build book/` right, whatever was executed before.

Before pages are read, each page of the table of contents under `notebooks/` gets its file in `book/notebooks/`:

- an executed copy is kept, and reported where it is stale;
- where there is none, the notebook is executed from the shipped reference run;
- where that cannot be, the committed notebook with its stored outputs is taken.

Copies without a committed notebook are removed. While pages are read, each says from which run it was made, and one
gathers all figures and tables; their files are written beside the pages. A number that is quoted and is not there, or a
sentence that the reference run does not bear out, fails the build.
"""

from __future__ import annotations

import logging as python_logging
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import nbformat
from sphinx.application import ENV_PICKLE_FILENAME, Sphinx
from sphinx.config import Config
from sphinx.errors import ExtensionError
from sphinx.util import logging
from sphinx_external_toc.parsing import parse_toc_yaml

from companion.build.execute import execute
from companion.build.files import PLACE, list_all, write_files, write_if_changed
from companion.build.made_from import add_line, line_of_others, made_from, quoted_in
from companion.build.sentences import SUBTYPE
from companion.build.sources import (
    PAGES,
    REFERENCE,
    Record,
    digest,
    executed_copy,
    find_notebooks,
    outputs_of,
    read_notebook,
    shipped_reference,
)
from companion.show.chart import BUNDLE, bundle
from companion.show.facts import MIME
from companion.show.shown import FILES
from ildl.checks import InputError

AT_A_TIME = 2
SPECIAL = re.compile(r"\||(?<=\w)_(?!\w)")
"""What reStructuredText would read as part of a substitution, or of a reference to a target."""

logger = logging.getLogger(__name__)


def setup(app: Sphinx) -> dict[str, Any]:
    """Connect to Sphinx; before the table of contents is read (priority 100), and when pages are compared or read."""
    app.setup_extension("sphinx.ext.autodoc")
    app.connect("config-inited", prepare_pages, priority=100)
    app.connect("source-read", complete_page)
    app.connect("autodoc-process-docstring", escape_bars)
    missing = MissingNumbers()
    missing.addFilter(logging.WarningLogRecordTranslator(app))  # puts the place into the message
    python_logging.getLogger(logging.NAMESPACE).addHandler(missing)
    app.connect("build-finished", missing.complain)
    app.connect("build-finished", write_shown)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def prepare_pages(app: Sphinx, config: Config) -> None:
    """Give every notebook page of the table of contents its file; remove orphans."""
    root = Path(app.srcdir).parent
    sources = find_notebooks(root)
    for copy in executed_copy(root, "any").parent.glob("*.ipynb"):
        if copy.stem not in sources:
            copy.unlink()
    lacking = []
    for name in _notebook_pages(app):
        record = _record(root, name)
        if record is None:
            lacking.append(name)
        elif not _is_fresh(root, name, record):
            _warn(
                "stale",
                f"{executed_copy(root, name).relative_to(root)}: the executed copy is stale (notebook, parameters, "
                "library, data, lock file or stored results changed since); run "
                f"`companion notebooks --profile {record.profile}`.",
            )
    _execute_from_reference(root, lacking)
    for name in lacking:
        if _record(root, name) is None:
            write_if_changed(executed_copy(root, name), nbformat.writes(read_notebook(sources[name])).encode())


def complete_page(app: Sphinx, docname: str, content: list[str]) -> None:
    """Add to a page what the build knows: from which run it was made, or the list of all figures and tables."""
    root = Path(app.srcdir).parent
    folder, _, name = docname.rpartition("/")
    if folder == PAGES:
        if executed_copy(root, name).exists():
            notebook = nbformat.reads(content[0], as_version=4)
            for data in outputs_of(notebook):  # files, and what sentences rest on, are not for the page itself
                data.pop(FILES, None)
                data.pop(MIME, None)
            add_line(notebook, made_from(root, notebook))
            content[0] = nbformat.writes(notebook)
        return
    names = find_notebooks(root) if PLACE in content[0] else quoted_in(content[0], find_notebooks(root))
    copies = [copy for name in names if (copy := executed_copy(root, name)).exists()]
    for copy in copies:
        app.env.note_dependency(str(copy))
    content[0] += line_of_others(root, copies)
    if PLACE in content[0]:
        content[0] = content[0].replace(PLACE, list_all(_notebooks(app)))


def write_shown(app: Sphinx, error: Exception | None) -> None:
    """Write the files that pages show beside them."""
    if error is None and app.builder.format == "html":
        notebooks = _notebooks(app)
        write_files(notebooks, Path(app.outdir) / PAGES)
        charts = any("data-chart=" in str(notebook.cells) for notebook in notebooks.values())
        if charts and not (target := Path(app.outdir) / "_static" / BUNDLE).exists():
            target.write_text(bundle(), encoding="utf-8")


class MissingNumbers(python_logging.Handler):
    """Collects warnings about numbers that are not there and sentences that do not hold; makes an error of them."""

    def __init__(self) -> None:
        super().__init__(python_logging.WARNING)
        self.found: dict[str, None] = {}  # Sphinx hands some warnings out twice

    def emit(self, record: python_logging.LogRecord) -> None:
        """Keep a warning about what a page says."""
        if getattr(record, "subtype", "") == SUBTYPE:
            self.found[record.getMessage()] = None

    def complain(self, app: Sphinx, error: Exception | None) -> None:
        """Name them in an error, unless the build failed anyway; the next build reads every page."""
        if self.found and error is None:
            (Path(app.doctreedir) / ENV_PICKLE_FILENAME).unlink(missing_ok=True)
            raise ExtensionError("What pages say is not there or does not hold:\n  " + "\n  ".join(self.found))


def escape_bars(app: Sphinx, what: str, name: str, obj: object, options: object, lines: list[str]) -> None:
    """Keep |t - p|, KL(d || p) and coef_ in docstrings from being read as substitutions and targets."""
    lines[:] = [
        "`".join(part if inside % 2 else SPECIAL.sub(r"\\\g<0>", part) for inside, part in enumerate(line.split("`")))
        for line in lines
    ]


def _notebook_pages(app: Sphinx) -> list[str]:
    """Names of the notebooks in the table of contents; Sphinx itself complains about a page that is nowhere."""
    pages = [Path(page) for page in parse_toc_yaml(Path(app.srcdir) / app.config.external_toc_path)]
    sources = find_notebooks(Path(app.srcdir).parent)
    return [page.stem for page in pages if page.parent == Path(PAGES) and page.stem in sources]


def _notebooks(app: Sphinx) -> dict[str, nbformat.NotebookNode]:
    root = Path(app.srcdir).parent
    return {name: read_notebook(executed_copy(root, name)) for name in _notebook_pages(app)}


def _record(root: Path, name: str) -> Record | None:
    """How the copy of a page was made; None where it was not executed, or is damaged."""
    target = executed_copy(root, name)
    if not target.exists():
        return None
    try:
        return Record.read(read_notebook(target))
    except InputError as error:
        _warn("damaged", f"{error} It will be replaced.")
        target.unlink()
        return None


def _execute_from_reference(root: Path, names: Sequence[str]) -> None:
    """Execute pages from the shipped run; what fails is a warning, and its page falls back to its stored outputs."""
    try:
        if not names or not shipped_reference(root):
            return
        logger.info("executing %d notebooks from the reference run", len(names))
        for outcome in execute(names, REFERENCE, jobs=AT_A_TIME, root=root):
            logger.info("%s: %s in %.0f s", outcome.name, outcome.status, outcome.seconds)
            if outcome.status == "failed":
                _warn("reference", f"{outcome.name} cannot be made from the reference run: {outcome.message}")
    except InputError as error:
        _warn("reference", f"No page can be made from the reference run: {error}")


def _is_fresh(root: Path, name: str, record: Record) -> bool:
    try:
        return digest(root, name, record.profile, record.overrides) == record.digest
    except InputError:  # its profile or one of its parameters is no more
        return False


def _warn(subtype: str, message: str) -> None:
    logger.warning("%s", message, type="ildl", subtype=subtype)
