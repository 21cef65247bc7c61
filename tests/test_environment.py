"""The places that fix the environment agree: pyproject.toml, requirements.lock, environment.yml, the CI workflow."""

import re
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parents[1]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
PROJECT = PYPROJECT["project"]
LOCK_TEXT = (ROOT / "requirements.lock").read_text()
LOCK = [Requirement(line) for line in LOCK_TEXT.splitlines() if line and not line.startswith("#")]
PINS = {canonicalize_name(pin.name): pin for pin in LOCK}
ENVIRONMENT = yaml.safe_load((ROOT / "environment.yml").read_text())
DEPENDENCIES = PYPROJECT["build-system"]["requires"] + PROJECT["dependencies"]
DEPENDENCIES += [item for extra in PROJECT["optional-dependencies"].values() for item in extra]


def pinned_version(name: str) -> Version:
    (specifier,) = PINS[canonicalize_name(name)].specifier
    assert specifier.operator == "=="
    return Version(specifier.version)


def test_one_python_everywhere():
    (conda,) = [item for item in ENVIRONMENT["dependencies"] if str(item).startswith("python=")]
    python = conda.removeprefix("python=")
    workflows = [yaml.safe_load(path.read_text()) for path in (ROOT / ".github/workflows").iterdir()]
    steps = [step for workflow in workflows for job in workflow["jobs"].values() for step in job["steps"]]
    used = [step["with"]["python-version"] for step in steps if "setup-python" in step.get("uses", "")]
    assert {versions.split()[-1] for versions in used} == {python}  # of several, the last is the one that `python3` is
    assert f"Python {python}" in LOCK_TEXT.splitlines()[0]
    assert PROJECT["requires-python"] == f">={python}"
    assert f"python{python}" in (ROOT / "Makefile").read_text()


def test_conda_environment_is_the_lock_and_the_package():
    (pip,) = [item["pip"] for item in ENVIRONMENT["dependencies"] if isinstance(item, dict)]
    assert pip == ["-r requirements.lock", "-e .", "-e ./book"]
    assert ENVIRONMENT["name"] == PROJECT["name"]


@pytest.mark.parametrize("text", DEPENDENCIES)
def test_every_dependency_is_pinned_within_its_bounds(text):
    requirement = Requirement(text)
    assert canonicalize_name(requirement.name) in PINS, f"{requirement.name} is not in requirements.lock: make lock"
    assert requirement.specifier.contains(pinned_version(requirement.name))


def test_lock_pins_each_package_once_and_exactly():
    assert len(PINS) == len(LOCK)
    for pin in LOCK:
        assert re.fullmatch(r"==[^*+]+", str(pin.specifier)), f"{pin} is not one exact, portable version"
        assert pin.url is None


def test_lock_is_portable():
    assert not [name for name in PINS if name.startswith(("nvidia", "cuda", "triton"))]
    assert PROJECT["name"] not in PINS


def test_citation_has_the_version_of_the_package():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    assert citation["version"] == PROJECT["version"]
    assert citation["license"] == PROJECT["license"]
