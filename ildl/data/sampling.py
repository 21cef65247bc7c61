"""Imbalance sampling: which rows of a training fold are kept, by constants or by a rule for any label matrix."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ildl.checks import InputError, check_distributions, check_number

Array = NDArray[np.float64]

# The thresholds meet the files' degrees, which renormalisation moves by up to 3e-6: nearer than this is equal.
EQUAL = 1e-5
ENOUGH = 100
"""Rows for a fold to train on; the benchmark's constants leave 77 to 205 of data sets of 1,500 to 11,150 rows."""
FEW = 30
"""Fewer rows than this are almost nothing to train on."""
STEPS = 10


class DataWarning(UserWarning):
    """Something about a data set looks wrong; the message says what, and what to do."""


@dataclass(frozen=True)
class Sampling:
    """Constants of the benchmark's imbalance sampling of a training fold (AAAI 2023 benchmark, its code).

    A row is kept if ``D[i, suppressed] < a / c`` and ``D[i, promoted] > b / c``, c being the number of labels;
    besides, the row of the highest degree of each label is kept.

    Parameters
    ----------
    a, b : float
        Thresholds, in multiples of the uniform degree 1/c.
    suppressed, promoted : int
        The labels with the largest and the smallest total degree in the original data.
    """

    a: float
    b: float
    suppressed: int
    promoted: int


def generic_sampling(D: ArrayLike, eta1: float | None = None, eta2: float | None = None) -> Sampling:
    """Return the benchmark's rule for any label matrix.

    The label of the largest total is suppressed and that of the smallest promoted, as in the benchmark: rows are kept
    whose degree of the one is below `eta1` and of the other above `eta2`. Lower `eta1` or raise `eta2` for fewer rows.

    A threshold that is not given is the uniform degree 1/c. Where 1/c for both leaves a fold fewer than 100 rows to
    train on (`training_rows`: of ten folds, after 20 rows for validation), both move towards the mean degrees of their
    labels, by as many tenths of the way as it takes, at most all of it. So the six data
    sets of the benchmark keep 126 to 969 rows of a fold (106 to 949 to train on), and the most frequent label of these
    has 8 to 53 times the degree of the rarest; of the further ones that were checked, eleven train on 144 to 1032 rows,
    while s-JAFFE, of 213 rows, is left 14 to 20. Labels that are nearly uniform in every
    row stay so, whatever rows are kept. Fewer than 30 rows to train on are a `DataWarning`.

    Parameters
    ----------
    D : array-like, shape (n, c)
        Label distributions of the whole data set.
    eta1, eta2 : float, optional
        Degrees in [0, 1]: upper threshold of the suppressed label, lower threshold of the promoted one.

    Returns
    -------
    Sampling

    Raises
    ------
    InputError
        Not label distributions, all totals alike, or a threshold outside [0, 1].
    """
    D = check_distributions(D)
    n_labels = D.shape[1]
    means = D.mean(axis=0)
    suppressed, promoted = int(means.argmax()), int(means.argmin())
    if suppressed == promoted:
        raise InputError("All labels have the same total degree: there is none to suppress and none to promote.")
    for name, value in (("eta1", eta1), ("eta2", eta2)):
        if value is not None:
            check_number(value, name, 0, 1)
    for step in np.arange(STEPS + 1) / STEPS:
        low, high = 1 / n_labels + step * (means[[suppressed, promoted]] - 1 / n_labels)
        default = Sampling(float(low) * n_labels, float(high) * n_labels, suppressed, promoted)
        if training_rows(D, default) >= ENOUGH:
            break
    sampling = Sampling(
        default.a if eta1 is None else eta1 * n_labels,
        default.b if eta2 is None else eta2 * n_labels,
        suppressed,
        promoted,
    )
    if (left := training_rows(D, sampling)) < FEW:
        warnings.warn(
            f"Imbalance sampling leaves a fold about {max(left, 0):.0f} of {len(D)} rows to train on (of ten folds, "
            "after 20 rows for validation). To keep more, raise eta1 or lower eta2 (Dataset.resampled; on the command "
            "line sampling=generic:ETA1:ETA2), or do without sampling (None; sampling=none).",
            DataWarning,
            stacklevel=2,
        )
    return sampling


def passes(D: Array, sampling: Sampling) -> NDArray[np.bool_]:
    """Return which rows meet both thresholds, strictly: a degree within 1e-5 of its threshold equals it.

    Parameters
    ----------
    D : ndarray, shape (m, c)
    sampling : Sampling

    Returns
    -------
    ndarray of bool, shape (m,)
    """
    n_labels = D.shape[1]
    low = D[:, sampling.suppressed] < sampling.a / n_labels - EQUAL
    return low & (D[:, sampling.promoted] > sampling.b / n_labels + EQUAL)


def training_rows(D: Array, sampling: Sampling | None, n_splits: int = 10, n_valid: int = 20) -> float:
    """Return how many rows a fold has to train on, on average over folds, once its validation rows are drawn.

    Each row that passes the thresholds is in all training folds but one. The rows of the highest degree of each label,
    which are kept whether they pass or not, are not counted: at most c more.

    Parameters
    ----------
    D : ndarray, shape (n, c)
        Label distributions of the whole data set.
    sampling : Sampling or None
        None: every row is kept.
    n_splits, n_valid : int
        Folds, and validation rows of each.

    Returns
    -------
    float
        Below 0 where fewer rows pass than validation takes.
    """
    kept = len(D) if sampling is None else int(passes(D, sampling).sum())
    return kept * (n_splits - 1) / n_splits - n_valid
