"""The noise of training: bits of NumPy's generator, made standard normal as Box and Muller say."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from ildl.training.noise import standard_normal


def generator(seed=0):
    return np.random.Generator(np.random.SFC64(seed))


@pytest.mark.parametrize("shape", [(40, 50), (7, 3), (1, 1)])
def test_numbers_are_those_of_the_formula(shape):
    drawn = np.empty(shape, np.float32)
    standard_normal(generator(), drawn)
    words = np.array([generator().bit_generator.random_raw(-(-drawn.size // 2))]).ravel()
    radius = np.sqrt(-2 * np.log(((words >> np.uint64(40)) + np.uint64(1)) / 2**24))
    turns = (words & np.uint64(2**24 - 1)) / 2**24 - 0.5
    expected = radius * [np.cos(2 * np.pi * turns), np.sin(2 * np.pi * turns)]
    np.testing.assert_allclose(drawn.ravel(), expected.ravel()[: drawn.size], rtol=0, atol=2e-6)


def test_numbers_are_standard_normal_and_uncorrelated():
    drawn = np.empty((500, 2000), np.float32)
    standard_normal(generator(1), drawn)
    assert stats.kstest(drawn.ravel()[:200_000], "norm").pvalue > 0.001
    assert drawn.mean() == pytest.approx(0, abs=4e-3)
    assert (drawn.astype(float) ** 2).mean() == pytest.approx(1, abs=6e-3)
    assert (drawn.astype(float) ** 4).mean() == pytest.approx(3, abs=0.05)
    halves = drawn.ravel().reshape(2, -1)
    assert abs(np.corrcoef(halves)[0, 1]) < 6e-3
    assert abs(np.corrcoef(np.abs(halves))[0, 1]) < 6e-3


def test_the_stream_goes_on_where_it_stopped():
    together, apart = np.empty(400, np.float32), generator(2)
    standard_normal(generator(2), together[:200])
    parts = [np.empty(200, np.float32) for _ in range(2)]
    for part in parts:
        standard_normal(apart, part)
    np.testing.assert_array_equal(parts[0], together[:200])
    assert not np.array_equal(*parts)
