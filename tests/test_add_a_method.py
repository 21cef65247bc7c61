"""The page "Add a method", followed literally in a copy of the checkout."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "book" / "use" / "add_a_method.md").read_text(encoding="utf-8")
BLOCKS = dict(re.findall(r"```\{code-block\} \w+\n:caption: (.+?)\n\n(.+?)```", PAGE, flags=re.DOTALL))
ENVIRONMENT = os.environ | {"OMP_NUM_THREADS": "1", "LOKY_MAX_CPU_COUNT": "1"}
"""As where there is one core: to start more processes takes longer than all that is trained."""


@pytest.fixture(scope="module")
def checkout(tmp_path_factory):
    """A copy with the page's file and the page's line in the registry, where the page says."""
    root = tmp_path_factory.mktemp("checkout")
    for name in ("ildl", "notebooks", "tests", "data", "book/companion"):
        shutil.copytree(ROOT / name, root / name)  # with what is compiled, which fits sources of the same age
    for name in ("pyproject.toml", "_config.yml"):
        shutil.copy(ROOT / name, root)
    (root / "ildl/methods/aa_knn.py").write_text(BLOCKS["ildl/methods/aa_knn.py"], encoding="utf-8")
    registry = root / "ildl/methods/registry.py"
    (new,) = BLOCKS["ildl/methods/registry.py"].splitlines()
    lines = registry.read_text(encoding="utf-8").splitlines()
    if new not in lines:  # somebody may have followed the page here already
        lines.insert(next(i for i, line in enumerate(lines) if line.startswith('    "Uniform"')), new)
    registry.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return root


def run(checkout, *command, **environment):
    folders = {"PYTHONPATH": os.pathsep.join(map(str, (checkout, checkout / "book")))}
    done = subprocess.run(
        command, cwd=checkout, env=ENVIRONMENT | folders | environment,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_commands_of_the_page(checkout):
    for command in BLOCKS["commands"].splitlines():
        program, *arguments = command.split()
        start = {"pytest": ("-m", "pytest"), "ildl": ("-c", "from ildl.cli import main; main()")}[program]
        output = run(checkout, sys.executable, *start, *arguments)
        assert "AA-kNN" in output if program == "ildl" else re.search(r"[1-9]\d* passed", output)
        assert "failed" not in output


def test_the_files_are_in_the_style_of_the_house(checkout):
    run(checkout, sys.executable, "-m", "ruff", "check", "ildl/methods/aa_knn.py", "ildl/methods/registry.py")


@pytest.mark.real_data
def test_it_appears_in_the_tables_of_the_book(checkout, tmp_path, real_dataset):
    real_dataset("Emotion6")
    file = "emotion6.mat"
    (tmp_path / file).symlink_to(Path(os.environ["ILDL_DATA_HOME"]) / file)
    for folder in (ROOT / "results").glob("Emotion6"):  # what is trained already counts here, too
        shutil.copytree(folder, checkout / "results" / folder.name)
    executed = tmp_path / "executed.ipynb"
    parameters = ["-y", "{n_jobs: 1}", "--cwd", "notebooks"]
    command = ["papermill", "notebooks/02_tables.ipynb", str(executed), *parameters]
    run(checkout, sys.executable, "-m", *command, ILDL_DATA_HOME=str(tmp_path))
    outputs = [str(cell.get("outputs", "")) for cell in nbformat.read(executed, 4).cells]
    for caption in ("Table 1: Chebyshev distance", "Table 2: Kullback–Leibler divergence"):
        tables = [output for output in outputs if caption in output and "<table" in output]
        assert tables
        assert all("AA-kNN" in table for table in tables)
