"""The wheel, with what it says that it depends on and nothing else; `pytest tests/campaign` has clean environments."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import venv
from email import message_from_string
from importlib.metadata import Distribution, distributions
from pathlib import Path
from zipfile import ZipFile

import pytest
from packaging.requirements import Requirement

from tests.wheel import ROOT, Promises, follow

pytestmark = pytest.mark.slow
PIP = (sys.executable, "-m", "pip", "--disable-pip-version-check")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("dist")
    how = ("--no-deps", "--no-build-isolation", "--check-build-dependencies", "--no-index")
    subprocess.run([*PIP, "wheel", ROOT, *how, "--wheel-dir", folder], check=True)
    (path,) = folder.iterdir()
    return path


def needed(name: str, path: list[str], found: dict[str, Distribution]) -> dict[str, Distribution]:
    """An installed package and all that it says it depends on, without extras."""
    if name not in found:
        found[name] = next(iter(distributions(name=name, path=path)))
        for requirement in map(Requirement, found[name].requires or ()):
            if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
                needed(requirement.name, path, found)
    return found


@pytest.fixture(scope="module")
def ended(wheel, tmp_path_factory):
    """An environment of its own, with the libraries of the running one: installing them again would take minutes."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, symlinks=True)
    python = folder / "bin" / "python"
    subprocess.run([*PIP, "--python", python, "install", "--no-deps", "--no-index", wheel], check=True)
    (site,) = folder.glob("lib/python*/site-packages")
    packages = needed("ildl", [str(site), *sys.path], {})
    for files in (packages[name] for name in packages if name != "ildl"):
        for top in {file.parts[0] for file in files.files or ()} - {"..", "__pycache__"}:
            if not (site / top).exists():
                (site / top).symlink_to(Path(str(files.locate_file(top))))
    for path in (ROOT / "ildl").rglob("*.py"):  # machine code of the checkout fits sources of the same age
        shutil.copystat(path, site / path.relative_to(ROOT))
    for path in (ROOT / "ildl" / "training" / "__pycache__").glob("*.nb?"):
        shutil.copy(path, site / path.relative_to(ROOT))
    return follow(python.parent, tmp_path_factory.mktemp("anywhere"))


class TestWithTheLibrariesOfThisEnvironment(Promises):
    pass


def test_it_holds_the_package_whole_and_nothing_else(wheel):
    tree = {path.relative_to(ROOT).as_posix() for path in (ROOT / "ildl").rglob("*") if path.is_file()}
    inside = set(ZipFile(wheel).namelist())
    assert "ildl/py.typed" in inside
    assert {name for name in inside if ".dist-info/" not in name} == {
        name for name in tree if "__pycache__" not in name
    }


def test_what_an_index_shows_has_the_quick_start_and_no_link_into_a_repository(wheel):
    (name,) = (name for name in ZipFile(wheel).namelist() if name.endswith("/METADATA"))
    metadata = message_from_string(ZipFile(wheel).read(name).decode())
    said = metadata.get_payload()
    assert metadata["Description-Content-Type"].startswith("text/markdown")
    assert "make_artificial" in said
    assert all(link.startswith("https://") for link in re.findall(r"\]\(([^)]*)\)", said))
