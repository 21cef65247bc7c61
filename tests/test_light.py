"""What is imported: no more than what a command needs, for that is most of what a person waits for."""

from __future__ import annotations

import ast
import importlib
import subprocess
import sys
from pathlib import Path

import pytest

import ildl
from ildl.experiments.digest import digest_of_name, method_digest
from ildl.methods import METHODS

HEAVY = ("torch", "sklearn", "scipy", "pandas", "numba", "numpy")
TRAIN = """
from ildl.experiments import run
run(["Artificial"], [("RDA", {"epochs": 1}), ("OFR-DB", {"epochs": 1})], n_splits=2, results_dir=%r, progress=False)
"""


def imported(code):
    """Which of the heavy packages a new process has after this code."""
    code = f"{code}\nimport sys\nprint('imported', *({set(HEAVY)!r} & sys.modules.keys()))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.splitlines()[-1].split()[1:])


def test_the_package_and_its_help_import_nothing_heavy():
    assert imported("import ildl") == set()
    assert imported("from ildl.cli import main\nmain(['--help'], standalone_mode=False)") == set()


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A store, and what the process imported that trained what is in it."""
    folder = tmp_path_factory.mktemp("results")
    return folder, imported(TRAIN % str(folder))


def test_networks_are_trained_on_a_cpu_without_pytorch(trained):
    assert trained[1] == set(HEAVY) - {"torch"}


def test_stored_results_are_read_without_what_trains(trained):
    assert not imported(TRAIN % str(trained[0])) & {"torch", "sklearn", "numba"}


@pytest.mark.parametrize("name", list(METHODS))
def test_the_digest_of_a_name_is_that_of_its_class(name):
    assert digest_of_name(name) == method_digest(METHODS[name]) == method_digest(METHODS[name]())


@pytest.mark.parametrize("stub", sorted(Path(ildl.__file__).parent.rglob("__init__.pyi")), ids=lambda p: p.parent.name)
def test_nothing_that_a_package_offers_is_called_as_a_module_of_it(stub):
    """Which the import of the module would put in its place."""
    offered = ast.literal_eval(ast.parse(stub.read_text(encoding="utf-8")).body[-1].value)
    assert offered
    assert not set(offered) & {path.stem for path in stub.parent.iterdir()}
    package = importlib.import_module(".".join(stub.parent.relative_to(Path(ildl.__file__).parents[1]).parts))
    assert all(hasattr(package, name) for name in offered)
