"""Which code a piece of code depends on: what it imports, directly or through others; prose does not count."""

import pytest

from ildl.dependencies import code_behind, essence


def test_a_method_depends_on_what_it_imports_and_not_on_other_methods():
    behind = code_behind(["from ildl.methods.dildl import DILDL"])
    assert {"ildl.losses.decoupled", "ildl.training.ensemble", "ildl.models", "ildl.methods.rda"} <= set(behind)
    assert "ildl.methods.sa_bfgs" not in behind


@pytest.mark.parametrize(
    ("before", "after", "same"),
    [
        ("def f(x):\n    return x\n", 'def f(x):\n    """Now with a docstring."""\n    return x  # and why\n', True),
        ("def f(x):\n    return x\n", "def f(x):\n    return x + 0\n", False),
        ('"""Module."""\nA = "text"\n', 'A = "text"\n', True),
        ('A = "text"\n', 'A = "other"\n', False),
    ],
)
def test_essence_of_source(before, after, same):
    assert (essence(before) == essence(after)) is same


@pytest.fixture
def package(tmp_path):
    folder = tmp_path / "house"
    folder.mkdir()
    for name, source in {
        "__init__": "",
        "roof": "def rain():\n    from house.walls import bricks\n",
        "walls": "import house.roof\nfrom house import cellar\nimport os\n",
        "cellar": "depth = 1\n",
        "garden": "trees = 3\n",
    }.items():
        (folder / f"{name}.py").write_text(source)
    return folder


def test_imports_are_followed_in_functions_and_in_circles(package):
    assert set(code_behind(["import house.roof"], (package,))) == {
        f"house.{name}" for name in ("roof", "walls", "cellar")
    } | {"house"}
    assert code_behind(["import os"], (package,)) == {}


def test_a_change_is_seen_where_it_matters(package):
    before = {name: code_behind([f"import house.{name}"], (package,)) for name in ("roof", "garden")}
    (package / "cellar.py").write_text("depth = 2\n")
    after = {name: code_behind([f"import house.{name}"], (package,)) for name in ("roof", "garden")}
    assert before["roof"] != after["roof"]
    assert before["garden"] == after["garden"]
