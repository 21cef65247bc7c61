"""Weights as the training rows see them: rows are fewer than features, and one-hot attributes often 0 in all rows."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ildl.checks import Array


def confine(X: Array, W: Array) -> tuple[Array, Array, Callable[[Array], Array]]:
    """Write features and weights in an orthonormal basis of a space that holds all rows, and one direction outside.

    The objective knows what lies outside by its squared norm at most. There its gradient is a multiple of the weights
    themselves: each label's keep the direction of their start, and their norm, the weight of a feature that is 0, says
    the rest. L-BFGS is made of inner products, so that its steps are those that it takes on all weights.

    Parameters
    ----------
    X : ndarray, shape (n, q)
    W : ndarray, shape (q, c)
        Weights at the start.

    Returns
    -------
    X : ndarray, shape (n, r)
        Features in the basis; r is at most q, n + 1, and one more than the features that are not 0 in all rows.
    W : ndarray, shape (r, c)
        Weights in the basis.
    restore : callable
        Linear: later weights, or the gradient of such, (r, c) -> those of all features (q, c).
    """
    n, q = X.shape
    seen = np.flatnonzero(X.any(axis=0))
    if min(n, len(seen)) == q:
        return X, W, np.asarray
    basis = np.eye(len(seen)) if len(seen) <= n else np.linalg.qr(X[:, seen].T).Q
    inside, outside = basis.T @ W[seen], W.copy()
    outside[seen] -= basis @ inside
    norms = np.linalg.norm(outside, axis=0)
    directions = outside / np.where(norms > 0, norms, 1)

    def restore(later: Array) -> Array:
        whole = directions * later[-1]
        whole[seen] += basis @ later[:-1]
        return whole

    return np.column_stack([X[:, seen] @ basis, np.zeros(n)]), np.vstack([inside, norms]), restore
