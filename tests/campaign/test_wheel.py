"""The wheel in clean environments, one for each Python at hand, with the newest libraries that its bounds allow.

Everything is installed from the index: minutes, and with CUDA 6 GB of disk, for each environment, which then goes.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

from tests.test_environment import PROJECT
from tests.wheel import ROOT, Promises, follow

PYTHONS = re.findall(r"Python :: (\d\.\d+)", "\n".join(PROJECT["classifiers"]))


def environment(folder: Path, python: str, *packages: str) -> str:
    """Make an environment; why it cannot be had, or nothing."""
    if not (path := shutil.which(python)):
        return f"{python} is not at hand"
    for command in ([path, "-m", "venv", folder], [folder / "bin" / "pip", "install", *packages]):
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            rows = [row for row in done.stderr.splitlines() if not row.startswith("WARNING")]
            return f"{python}: {rows[0] if rows else done.stdout}"
    return ""


@pytest.fixture(scope="module")
def dist(tmp_path_factory):
    """The source distribution, and the wheel that is built from it."""
    folder = tmp_path_factory.mktemp("dist")
    assert not environment(folder / "tools", "python3", "build", "twine")
    subprocess.run([folder / "tools" / "bin" / "python", "-m", "build", ROOT, "--outdir", folder / "dist"], check=True)
    return folder


def test_an_index_takes_both(dist):
    files = sorted((dist / "dist").iterdir())
    assert [path.name.rpartition(".")[2] for path in files] == ["whl", "gz"]
    subprocess.run([dist / "tools" / "bin" / "twine", "check", "--strict", *files], check=True)


@pytest.fixture(scope="module", params=PYTHONS)
def ended(request, dist):
    with tempfile.TemporaryDirectory() as name:
        folder, (wheel,) = Path(name), (dist / "dist").glob("*.whl")
        (folder / "anywhere").mkdir()
        if reason := environment(folder / "env", f"python{request.param}", *PROJECT["dependencies"]):
            pytest.skip(reason)
        subprocess.run([folder / "env" / "bin" / "pip", "install", wheel], check=True)
        yield follow(folder / "env" / "bin", folder / "anywhere")


class TestInACleanEnvironment(Promises):
    pass
