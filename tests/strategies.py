"""Hypothesis strategies that tests of several floors share."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

Array = NDArray[np.float64]


@st.composite
def simplex_row(draw: st.DrawFn, n_labels: int) -> list[float]:
    """One label distribution: with exact zeros and ties, with a degree of 1, smooth, or all but degenerate."""
    kind = draw(st.sampled_from(["counts", "one label", "smooth", "nearly one label"]))
    if kind == "counts":
        weights = draw(st.lists(st.integers(0, 4), min_size=n_labels, max_size=n_labels).filter(any))
    elif kind == "one label":
        weights = list(np.eye(n_labels)[draw(st.integers(0, n_labels - 1))])
    elif kind == "smooth":
        weights = list(np.exp(draw(st.lists(st.floats(-5, 5), min_size=n_labels, max_size=n_labels))))
    else:
        weights = [10.0 ** -draw(st.integers(1, 300))] * n_labels
        weights[draw(st.integers(0, n_labels - 1))] = 1.0
    return list(np.array(weights, dtype=float) / np.sum(weights))


@st.composite
def simplex(draw: st.DrawFn, max_labels: int = 6, max_rows: int = 5) -> Array:
    """A matrix of label distributions, shape (n, c) with c from 2."""
    n_labels = draw(st.integers(2, max_labels))
    return np.array(draw(st.lists(simplex_row(n_labels), min_size=1, max_size=max_rows)))


@st.composite
def simplex_pair(draw: st.DrawFn) -> tuple[Array, Array]:
    """Two matrices of label distributions of one shape."""
    D = draw(simplex())
    rows = st.lists(simplex_row(D.shape[1]), min_size=len(D), max_size=len(D))
    return D, np.array(draw(rows))


@st.composite
def simplex_and_logits(draw: st.DrawFn, bound: float = 8.0) -> tuple[Array, Array]:
    """Label distributions and logits in [-bound, bound], both (n, c)."""
    D = draw(simplex())
    row = st.lists(st.floats(-bound, bound, width=32), min_size=D.shape[1], max_size=D.shape[1])
    return D, np.array(draw(st.lists(row, min_size=len(D), max_size=len(D))))
