"""Small random problems and central differences, for the tests of the shallow methods."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def toy(n: int = 12, q: int = 5, c: int = 4, seed: int = 0) -> tuple[Array, Array, Array]:
    """Features (n, q), degrees inside the simplex (n, c), weights (q, c)."""
    rng = np.random.default_rng(seed)
    logits = rng.standard_normal((n, c))
    D = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    return rng.standard_normal((n, q)), D, rng.standard_normal((q, c)) / 2


def central(f: Callable[[Array], float], W: Array, step: float = 1e-6) -> Array:
    """Central differences of f at W."""
    slopes = np.zeros_like(W)
    for index in np.ndindex(*W.shape):
        h = np.zeros_like(W)
        h[index] = step
        slopes[index] = (f(W + h) - f(W - h)) / (2 * step)
    return slopes


def assert_gradient(gradient: Array, f: Callable[[Array], float], W: Array) -> None:
    """Hold a gradient against central differences."""
    slopes = central(f, W)
    assert np.abs(gradient - slopes).max() / max(1, np.abs(slopes).max()) < 1e-7
