"""All cells are run; outputs are compared with the stored ones on the pages that no training enters.

What is trained differs between processors in its last digits, and now and then in what follows from them.

Kernels are forked from one process, which has imported what the notebooks import.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import nbval.kernel
import pytest
from nbval.plugin import IPyNbCell

from companion.build.kernels import CAN_FORK, Forked, ForkingKernelManager, Nursery, modules_of
from companion.build.sources import read_notebook, uses_results
from companion.show.facts import MIME as FACTS
from companion.show.shown import FILES

IN_FULL = (FACTS, FILES)
"""Numbers and downloads in all digits, whose last ones hang on the processor; the page shows them rounded."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    cells = [item for item in items if isinstance(item, IPyNbCell)]
    for cell in cells:
        cell.options["check"] = _is_compared(cell.path)
    for notebook in {cell.parent for cell in cells}:
        notebook.skip_compare += IN_FULL


@cache
def _is_compared(notebook: Path) -> bool:
    return not uses_results(read_notebook(notebook))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Start the process before the first cell is run."""
    if CAN_FORK and Forked.address is None and isinstance(item, IPyNbCell):
        notebooks = map(read_notebook, sorted(Path(__file__).parent.glob("*.ipynb")))
        nursery = Nursery(modules_of(notebooks), os.environ, stderr=subprocess.DEVNULL)
        item.config.add_cleanup(nursery.close)
        Forked.address = nursery.address
        nbval.kernel.KernelManager = ForkingKernelManager
    return (yield)
