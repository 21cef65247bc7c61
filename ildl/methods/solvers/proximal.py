"""Proximal steps: minimisers of tau * norm(B) + ||B - A||^2 / 2 for the norms that the shallow methods use."""

from __future__ import annotations

import numpy as np

from ildl.checks import Array


def soft_threshold(A: Array, tau: float) -> Array:
    """Proximal step of the sum of absolute values.

    Parameters
    ----------
    A : ndarray
    tau : float
        At least 0.

    Returns
    -------
    ndarray
        sign(A) max(|A| - tau, 0).
    """
    return np.sign(A) * np.maximum(np.abs(A) - tau, 0)


def shrink_groups(A: Array, tau: float, axis: int) -> Array:
    """Proximal step of the sum of Euclidean norms of rows or columns (the 2,1-norm).

    Parameters
    ----------
    A : ndarray, shape (r, s)
    tau : float
        At least 0.
    axis : {0, 1}
        The axis that a group runs along: 1 shrinks rows, 0 columns.

    Returns
    -------
    ndarray, shape (r, s)
        Every group v as max(1 - tau / |v|, 0) v.
    """
    norms = np.linalg.norm(A, axis=axis, keepdims=True)
    return A * np.maximum(1 - tau / np.where(norms > 0, norms, np.inf), 0)


def shrink_singular_values(A: Array, tau: float) -> Array:
    """Proximal step of the sum of singular values (the nuclear norm).

    Parameters
    ----------
    A : ndarray, shape (r, s)
    tau : float
        At least 0.

    Returns
    -------
    ndarray, shape (r, s)
        Singular values sigma become max(sigma - tau, 0).
    """
    U, sigma, Vt = np.linalg.svd(A, full_matrices=False)
    return (U * np.maximum(sigma - tau, 0)) @ Vt
