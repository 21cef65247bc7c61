"""Features that are 0 in all training rows: on one-hot attributes, most of them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ildl.checks import Array


def merge_unseen(X: Array, W: Array) -> tuple[Array, Array, Callable[[Array], Array]]:
    """Let one feature stand for all that are 0 in every row.

    The objective knows the weights of such features by the sum of their squares at most. Their gradient is then a
    multiple of themselves, each label's keep the direction of their start, and their norms say the rest. L-BFGS, which
    is made of inner products, takes the steps that it takes on all of them.

    Parameters
    ----------
    X : ndarray, shape (n, q)
    W : ndarray, shape (q, c)
        Weights at the start.

    Returns
    -------
    X : ndarray, shape (n, r)
        Features that are seen, and one that is 0 if there are others.
    W : ndarray, shape (r, c)
        Their weights; the last are norms if there are others.
    restore : callable
        Later W (r, c) -> weights of all features (q, c).
    """
    seen = X.any(axis=0)
    if seen.all():
        return X, W, lambda later: later
    norms = np.linalg.norm(W[~seen], axis=0)
    directions = W[~seen] / np.where(norms > 0, norms, 1)

    def restore(later: Array) -> Array:
        weights = np.empty_like(W)
        weights[seen], weights[~seen] = later[:-1], directions * later[-1]
        return weights

    return np.column_stack([X[:, seen], np.zeros(len(X))]), np.vstack([W[seen], norms]), restore
