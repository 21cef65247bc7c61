"""Fixtures that all tests share."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import settings

from ildl.data import Dataset, DataUnavailable, load_dataset

# The first call of a PyTorch function may take a second; how long an example takes is no truth to test.
settings.register_profile("ildl", deadline=None, max_examples=30)
settings.load_profile("ildl")

collect_ignore = ["campaign"]
"""Attacks that take long, run by `pytest tests/campaign` before a release."""

LONGEST = (
    "test_wheel.py",
    "test_your_method.py",
    "test_add_a_method.py",
    "test_cluster.py",
    "test_pages_without_data.py",
)
"""Files of few tests that take longest."""


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest, and with notebooks, so that at the end no process waits for another."""
    places = {name: place for place, name in enumerate(LONGEST)}
    items.sort(key=lambda item: (places.get(item.path.name, len(places)), item.path.suffix != ".ipynb"))


@pytest.fixture(scope="session")
def real_dataset() -> Callable[..., Dataset]:
    """`real_dataset("Movie")` is the data set, or skips the test naming the file that is not here; never downloads."""

    def load(name: str, labels_only: bool = False) -> Dataset:
        try:
            return load_dataset(name, labels_only=labels_only, download_if_missing=False)
        except DataUnavailable as error:
            pytest.skip(f"real data: {error}")

    return load
