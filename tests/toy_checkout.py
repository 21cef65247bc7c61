"""A toy checkout with a toy book, for the tests of the notebook runner and of the Sphinx hook."""

import hashlib
import io
import json
import re

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from sphinx.testing.util import SphinxTestApp

from companion.base.reference import ENTRY
from companion.build.sources import Record, digest
from companion.show.facts import MIME


def write_notebook(path, *code, parameters="profile = 'quick'\nn = 1", title="# A page"):
    cells = [new_markdown_cell(title), new_code_cell(parameters, metadata={"tags": ["parameters"]})]
    metadata = {"language_info": {"name": "python", "pygments_lexer": "ipython3"}}
    nbformat.write(new_notebook(cells=cells + [new_code_cell(source) for source in code], metadata=metadata), path)


def make_checkout(tmp_path):
    """A small checkout: one notebook with its parameter among the facts, a page that quotes it."""
    for folder in ("notebooks", "book", "ildl", "data"):
        (tmp_path / folder).mkdir()
    (tmp_path / "_config.yml").touch()
    (tmp_path / "requirements.lock").write_text("a==1\n")
    (tmp_path / "ildl/loss.py").write_text("a = 1\n")
    (tmp_path / "data/table.csv").write_text("a\n1\n")
    (tmp_path / "notebooks/profiles.yml").write_text("quick: {}\npaper:\n  page: {n: 7}\n")
    code = f"display({{'{MIME}': {{'numbers': {{'n': float(n)}}, 'checks': {{}}}}}}, raw=True)\nn * 111"
    write_notebook(tmp_path / "notebooks/page.ipynb", code)
    toc = "format: jb-book\nroot: intro\nchapters:\n- file: notebooks/page\n- file: shows\n"
    (tmp_path / "book/_toc.yml").write_text(toc)
    (tmp_path / "book/intro.md").write_text("# Title\n")
    (tmp_path / "book/shows.md").write_text("# Elsewhere\n\nIt is {n}`page.n:.1f`.\n")
    return tmp_path


def copy_of(root, name="page"):
    return root / "book/notebooks" / f"{name}.ipynb"


def outputs(path):
    return [output for cell in nbformat.read(path, 4).cells for output in cell.get("outputs", [])]


def pretend_executed(root, result="111", profile="quick"):
    """Put an up-to-date executed copy in place without starting a kernel."""
    notebook = nbformat.read(root / "notebooks/page.ipynb", 4)
    notebook.cells[1].source += "\nresults_dir = '../results'"
    facts = {"numbers": {"n": float(result)}, "checks": {}}
    notebook.cells[-1].outputs = [
        nbformat.v4.new_output("display_data", data={MIME: facts}),
        nbformat.v4.new_output("execute_result", data={"text/plain": result}, execution_count=1),
    ]
    Record(profile, {}, digest(root, "page", profile, {}), "0123456789abcdef-dirty").write(notebook)
    notebook.metadata["papermill"] = {"end_time": "2025-02-03T04:05:06"}
    copy_of(root).parent.mkdir(exist_ok=True)
    nbformat.write(notebook, copy_of(root))


BUILD = ("extension", "sentences", "pdf")


def build(root, **config):
    """Build the toy book; return its warnings."""
    (root / "book/conf.py").touch()
    overrides = {
        "extensions": ["sphinx_external_toc", "myst_nb", *(f"companion.build.{name}" for name in BUILD)],
        "numfig": True,
        "nitpicky": True,
        "external_toc_path": "_toc.yml",
        "external_toc_exclude_missing": True,
        "nb_execution_mode": "off",
        "myst_enable_extensions": ["colon_fence"],
        **config,
    }
    app = SphinxTestApp("html", root / "book", confoverrides=overrides, builddir=root / "_build", warning=io.StringIO())
    try:
        app.build()
        return re.sub(r"\x1b\[[0-9;]*m", "", app.warning.getvalue())
    finally:
        app.cleanup()


def text_of(root, page):
    return (root / "_build/html" / f"{page}.html").read_text()


def manifest_entry(**known):
    """What a manifest says of an experiment: what is known, and values of the right kind for all else."""
    kinds = {name: kind[0] if isinstance(kind, tuple) else kind for name, kind in ENTRY.items()}
    when = {"date": "2025-01-02T03:04:05", "commit": "fedcba9876543210"}
    return {name: kind() for name, kind in kinds.items()} | when | known


def ship_reference(root, value="0.25"):
    """A reference run of one experiment, as the checkout would ship it."""
    folder = root / "data/reference"
    folder.mkdir(exist_ok=True)
    (folder / "comparison.csv").write_text(f"value\n{value}\n")
    checksum = hashlib.sha256((folder / "comparison.csv").read_bytes()).hexdigest()
    entry = manifest_entry(file="comparison.csv", sha256=checksum)
    (folder / "manifest.json").write_text(json.dumps({"comparison": entry}))
