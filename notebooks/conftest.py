"""Stored outputs are compared only where the data that they were made from is here; the cells run everywhere.

Kernels are forked from one process, which has imported what the notebooks import.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import nbval.kernel
import pytest

from companion.build.kernels import CAN_FORK, Forked, ForkingKernelManager, Nursery, modules_of
from companion.build.sources import data_at_hand, read_notebook
from ildl.data import RECORDS

MISSING = sorted(set(RECORDS) - set(data_at_hand()))


def pytest_report_header() -> list[str]:
    return [f"notebooks: outputs are not compared, for want of data: {', '.join(MISSING)}"] if MISSING else []


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if MISSING and type(item).__name__ == "IPyNbCell":
            item.options["check"] = False  # type: ignore[attr-defined]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Start the process before the first cell is run."""
    if CAN_FORK and Forked.address is None and type(item).__name__ == "IPyNbCell":
        notebooks = map(read_notebook, sorted(Path(__file__).parent.glob("*.ipynb")))
        nursery = Nursery(modules_of(notebooks), os.environ, stderr=subprocess.DEVNULL)
        item.config.add_cleanup(nursery.close)
        Forked.address = nursery.address
        nbval.kernel.KernelManager = ForkingKernelManager
    return (yield)
