"""Fixtures that all tests share."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import settings

from ildl.data import Dataset, DataUnavailable, load_dataset

# The first call of a PyTorch function may take a second; how long an example takes is no truth to test.
settings.register_profile("ildl", deadline=None, max_examples=30)
settings.load_profile("ildl")


@pytest.fixture
def real_dataset() -> Callable[..., Dataset]:
    """`real_dataset("Movie")` is the data set, or skips the test naming the file that is not here; never downloads."""

    def load(name: str, labels_only: bool = False) -> Dataset:
        try:
            return load_dataset(name, labels_only=labels_only, download_if_missing=False)
        except DataUnavailable as error:
            pytest.skip(f"real data: {error}")

    return load
