"""Two ways from outputs of any sign to label distributions."""

from __future__ import annotations

import numpy as np

from ildl.checks import Array


def project_to_simplex(Y: Array) -> Array:
    """Project rows onto the simplex (Duchi et al., "Efficient projections onto the l1-ball", ICML 2008).

    Parameters
    ----------
    Y : ndarray, shape (n, c)

    Returns
    -------
    ndarray, shape (n, c)
        The nearest label distribution of each row.
    """
    falling = -np.sort(-Y, axis=1)
    shifts = (falling.cumsum(axis=1) - 1) / np.arange(1, Y.shape[1] + 1)
    support = (falling > shifts).sum(axis=1)
    return np.maximum(Y - shifts[np.arange(len(Y)), support - 1, None], 0)


def clip_and_divide(Y: Array) -> Array:
    """Set negative outputs to 0 and divide rows by their sums; a row without a positive output becomes uniform.

    Parameters
    ----------
    Y : ndarray, shape (n, c)

    Returns
    -------
    ndarray, shape (n, c)
    """
    clipped = np.maximum(Y, 0)
    clipped[clipped.sum(axis=1) == 0] = 1
    return clipped / clipped.sum(axis=1, keepdims=True)
