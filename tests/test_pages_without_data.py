"""Pages that show the reference run are the same on machines with and without data."""

import json
from pathlib import Path

import matplotlib as mpl
import papermill
import pytest

from ildl.data import RECORDS

NOTEBOOKS = sorted((Path(__file__).parents[1] / "notebooks").glob("*.ipynb"))
READERS = ("load_dataset", "load_labels", "available_datasets", "fetch", "locate")
"""Functions of `ildl.data` that look for files."""


def code_of(notebook):
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    return "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")


def shown(notebook, target):
    """Sources and outputs of the cells, as made with the profile reference."""
    parameters = {"profile": "reference"}
    made = papermill.execute_notebook(notebook, target, parameters, cwd=notebook.parent, progress_bar=False)
    return [(cell["source"], cell.get("outputs")) for cell in made.cells]


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.stem)
def test_no_page_reads_data_itself(notebook):
    assert not [name for name in READERS if name in code_of(notebook)]


@pytest.mark.slow
@pytest.mark.real_data
@pytest.mark.parametrize(
    "notebook", [path for path in NOTEBOOKS if "load_evidence" in code_of(path)], ids=lambda path: path.stem
)
def test_it_is_the_same_with_and_without_data(notebook, tmp_path, real_dataset, monkeypatch):
    for name in RECORDS:
        real_dataset(name, labels_only=True)
    monkeypatch.setenv("MPLCONFIGDIR", mpl.get_cachedir())  # its list of fonts stays where it is
    with_data = shown(notebook, tmp_path / "with.ipynb")
    monkeypatch.setenv("ILDL_DATA_HOME", str(tmp_path / "none"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "none"))
    assert shown(notebook, tmp_path / "without.ipynb") == with_data
