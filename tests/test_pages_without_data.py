"""Pages that show the reference run open no data file: they are the same on machines with and without data."""

import json
from pathlib import Path

import matplotlib as mpl
import papermill
import pytest

from ildl.data import RECORDS

NOTEBOOKS = sorted((Path(__file__).parents[1] / "notebooks").glob("*.ipynb"))
READERS = ("load_dataset", "load_labels", "available_datasets", "fetch", "locate")
"""Functions of `ildl.data` that look for files."""
WATCH = """
import os, sys
seen = os.open(os.environ["WATCH_LOG"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
def watch(event, args):
    if event in ("open", "os.listdir", "os.scandir") and str(args[0]).startswith(os.environ["ILDL_DATA_HOME"]):
        os.write(seen, f"{event} {args[0]}\\n".encode())
sys.addaudithook(watch)
"""
"""Run by every Python process at its start: notes each data file that is opened, whoever then forgives an error."""


def code_of(notebook):
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    return "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")


@pytest.fixture
def watched(tmp_path, monkeypatch):
    """What was opened in the data's folder by processes that start from here on."""
    (tmp_path / "sitecustomize.py").write_text(WATCH, encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setenv("WATCH_LOG", str(tmp_path / "log"))
    monkeypatch.setenv("MPLCONFIGDIR", mpl.get_cachedir())
    return lambda: (tmp_path / "log").read_text(encoding="utf-8").splitlines()


def execute(notebook, target, profile):
    papermill.execute_notebook(notebook, target, {"profile": profile}, cwd=notebook.parent, progress_bar=False)


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_no_page_reads_data_itself(notebook):
    assert not [name for name in READERS if name in code_of(notebook)]


@pytest.mark.slow
@pytest.mark.real_data
@pytest.mark.parametrize(
    "notebook", [path for path in NOTEBOOKS if "load_evidence" in code_of(path)], ids=lambda path: path.stem
)
def test_the_page_of_the_reference_run_opens_no_data_file_that_is_there(notebook, tmp_path, real_dataset, watched):
    for name in RECORDS:
        real_dataset(name, labels_only=True)
    execute(notebook, tmp_path / "made.ipynb", "reference")
    assert watched() == []


@pytest.mark.real_data
def test_the_watch_sees_a_page_that_does(tmp_path, real_dataset, watched):
    real_dataset("Movie", labels_only=True)
    import nbformat

    code = "from companion.evidence.survey import load_labels\nload_labels()"
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code)]), tmp_path / "page.ipynb")
    papermill.execute_notebook(tmp_path / "page.ipynb", None, kernel_name="python3", progress_bar=False)
    assert any("Movie" in line for line in watched())
