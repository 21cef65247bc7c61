"""Options: what is measured, and where the figures go."""

from __future__ import annotations

import json
import os
import platform
from argparse import ArgumentTypeError
from datetime import UTC, datetime
from pathlib import Path

import pytest
import torch
from threadpoolctl import threadpool_info

from companion.base.reference import processor
from ildl import __version__
from ildl.checkout import commit
from ildl.data import list_datasets
from ildl.training import resolve_device


def positive(text):
    """A whole number, at least 1; pytest says which option it was."""
    if (number := int(text)) < 1:
        raise ArgumentTypeError(f"{text} is less than 1")
    return number


def share(text):
    """A number above 0, at most 1."""
    if not 0 < (number := float(text)) <= 1:
        raise ArgumentTypeError(f"{text} is not above 0 and at most 1")
    return number


def pytest_addoption(parser):
    group = parser.getgroup("ildl", "the trainer against a plain loop, and how cost grows")
    group.addoption(
        "--data",
        action="append",
        choices=list_datasets(),
        help="data set of the comparison, may be repeated (default: Artificial; no downloads)",
    )
    group.addoption(
        "--folds", type=positive, default=10, help="folds, the members of one ensemble (default: %(default)s)"
    )
    group.addoption("--epochs", type=positive, default=20, help="epochs of each training (default: %(default)s)")
    group.addoption("--rounds", type=positive, default=3, help="how often each is timed (default: %(default)s)")
    group.addoption("--device", default="cpu", help="device of the trainer; the loop runs on the CPU (default: cpu)")
    group.addoption(
        "--largest",
        type=share,
        help="scaling and gpu up to this share of their range (default: 0.1; 1 where --device is not cpu)",
    )
    group.addoption(
        "--output", type=Path, default=Path("_build/benchmarks"), help="folder of the JSON files (%(default)s)"
    )


def pytest_generate_tests(metafunc):
    if "data" in metafunc.fixturenames:
        metafunc.parametrize("data", metafunc.config.option.data or ["Artificial"], scope="module")


@pytest.fixture(scope="session")
def settings(request):
    option = request.config.option
    resolve_device(option.device)  # says what is wrong with it
    if option.largest is None:
        option.largest = 0.1 if option.device == "cpu" else 1
    return option


def blas_of(pool):
    """What the compiled training's products run on; the processor does not tell: it can be set."""
    return f"{pool['internal_api']} for {pool.get('architecture', 'any processor')}"


@pytest.fixture(scope="session")
def machine():
    """What the figures were measured on."""
    return {
        "processor": processor(),
        "cores": os.cpu_count(),
        "system": platform.system(),
        "python": platform.python_version(),
        "torch": torch.__version__,
        "blas": ", ".join(sorted({blas_of(pool) for pool in threadpool_info() if pool["user_api"] == "blas"})),
        "ildl": __version__,
        "commit": commit(),
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
    }


@pytest.fixture(scope="module")
def figures(request, settings, machine):
    """Rows of one module's measurements, written when all are through and none has failed."""
    rows, failed = [], request.session.testsfailed
    yield rows
    if request.session.testsfailed > failed or not rows:
        return  # whole, or as they were
    settings.output.mkdir(parents=True, exist_ok=True)
    name = request.module.__name__.rpartition("test_")[2]
    (settings.output / f"{name}.json").write_text(json.dumps({"machine": machine, "rows": rows}, indent=1) + "\n")


@pytest.fixture
def say(capsys):
    """Print past pytest's capture."""

    def print_now(text):
        with capsys.disabled():
            print(f"\n{text}", end="", flush=True)

    return print_now
