"""What a mean over folds is worth: tests and intervals corrected for the training rows that folds share."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import stats
from scipy.special import stdtr

LEVEL = 0.05
ROUNDING = 1e-12
"""A spread below this share of the values is rounding, not spread."""


def paired_test(differences: ArrayLike) -> NDArray[np.float64]:
    """Two-tailed paired t-test over folds, as if the folds were independent.

    Parameters
    ----------
    differences : array-like, shape (..., k)
        Differences of two methods, fold by fold, k >= 2.

    Returns
    -------
    ndarray, shape (...)
        p-values; NaN where the differences have no spread.
    """
    return corrected_test(differences, test_share=0.0)


def corrected_test(differences: ArrayLike, test_share: float | None = None) -> NDArray[np.float64]:
    """Corrected resampled t-test: t = mean / sqrt((1/k + test_share) s²), with k - 1 degrees of freedom.

    Folds share training rows, so that their differences are correlated and s²/k is too small a variance of their mean.
    Source: Nadeau and Bengio, "Inference for the generalization error", Machine Learning 52, 2003.

    Parameters
    ----------
    differences : array-like, shape (..., k)
        Differences of two methods, fold by fold, k >= 2.
    test_share : float, optional
        Number of test rows over that of training rows, see `test_shares`; 0 gives the paired t-test. Default: that of
        k folds, 1 / (k - 1).

    Returns
    -------
    ndarray, shape (...)
        p-values; NaN where the differences have no spread.

    Raises
    ------
    ValueError
        Fewer than two folds, or a difference that is not finite.
    """
    values = np.asarray(differences, dtype=np.float64)
    _check_folds(values)
    if not np.isfinite(values).all():
        raise ValueError("A difference is not finite; a test over folds needs every fold of both methods.")
    there = values.std(axis=-1, ddof=1) > ROUNDING * np.abs(values).max(axis=-1)
    error = np.where(there, corrected_error(values, test_share), 1.0)
    # stdtr(df, -t) is what scipy.stats.t.sf(t, df) is, without a tenth of a millisecond of checks a call.
    return np.where(there, 2 * stdtr(values.shape[-1] - 1, -np.abs(values.mean(axis=-1)) / error), np.nan)


def half_width(values: ArrayLike, test_share: float | None = None) -> NDArray[np.float64]:
    """Half the width of a 95 % interval for a mean over folds, with the variance of the corrected resampled t-test.

    t(0.975; k - 1) · sqrt((1/k + test_share) s²), where s² is the sample variance: a difference of means lies outside
    exactly when `corrected_test` gives p < 0.05. Source: Nadeau and Bengio (2003).

    Parameters
    ----------
    values : array-like, shape (..., k)
        One a fold, k >= 2.
    test_share : float, optional
        As for `corrected_test`.

    Returns
    -------
    ndarray, shape (...)
        NaN where a value is.

    Raises
    ------
    ValueError
        Fewer than two folds.
    """
    array = np.asarray(values, dtype=np.float64)
    _check_folds(array)
    return np.asarray(t_quantile(array.shape[-1] - 1) * corrected_error(array, test_share))


@cache
def t_quantile(df: float, level: float = LEVEL) -> float:
    """Quantile of Student's distribution that leaves `level` outside, on both sides together.

    Parameters
    ----------
    df : float
    level : float

    Returns
    -------
    float
    """
    return float(stats.t.ppf(1 - level / 2, df))


def corrected_error(values: ArrayLike, test_share: float | None = None) -> NDArray[np.float64]:
    """Standard error of a mean over folds that share training rows: sqrt((1/k + test_share) s²).

    Parameters
    ----------
    values : array-like, shape (..., k)
    test_share : float, optional
        As for `corrected_test`.

    Returns
    -------
    ndarray, shape (...)
    """
    array = np.asarray(values, dtype=np.float64)
    k = array.shape[-1]
    share = fold_share(k) if test_share is None else test_share
    return np.asarray(np.sqrt(1 / k + share) * array.std(axis=-1, ddof=1))


def fold_share(n_splits: int) -> float:
    """Test rows a training row of a partition into folds, before anything is sampled: 1 / (n_splits - 1).

    Parameters
    ----------
    n_splits : int
        At least 2.

    Returns
    -------
    float
    """
    return 1 / (n_splits - 1)


def test_shares(results: pd.DataFrame) -> tuple[float, float]:
    """Test rows a training row, by the geometry of the folds and by the rows that are trained on.

    Nadeau and Bengio (2003) take n_test / n_train from splits that use all rows. Imbalance sampling thins the training
    folds: one of Movie trains on some hundred rows and tests on several hundred, which gives a share above 7, not 1/9.
    The correction is for what the errors of two folds have in common. Sampling is a rule on single rows: two thinned
    training folds share (k - 2) / (k - 1) of their rows, as the whole ones do, and test folds are disjoint (with
    independent splits, they share a k-th). A share of 7 belongs to independent splits with seven test rows a training
    row, whose test rows are nearly all the same. So the geometry decides. The rows trained on are shown as the bound
    that they are: where a small training set makes the mean over folds less certain than the geometry says, this
    correction allows for more than enough, and what is significant under it hangs on no such choice.

    Splits of one's own that do not test each row once (split_folds is "own") have no such geometry: theirs is the share
    of the rows trained on, as Nadeau and Bengio have it.

    Parameters
    ----------
    results : DataFrame
        Tidy, of one data set. n_splits is read from its column; without one, the folds that are there are taken for
        all.

    Returns
    -------
    geometry, trained : float
        `trained`, the mean of n_test / n_train over the folds, is NaN where the results do not have these columns.
    """
    n_splits = int(results["n_splits"].iloc[0]) if "n_splits" in results else results["fold"].nunique()
    if not {"n_test", "n_train"} <= set(results):
        return fold_share(n_splits), np.nan
    trained = float((results["n_test"] / results["n_train"]).mean())
    own = "split_folds" in results and (results["split_folds"] == "own").all()
    return trained if own else fold_share(n_splits), trained


def _check_folds(values: NDArray[np.float64]) -> None:
    if values.ndim == 0 or values.shape[-1] < 2:
        raise ValueError("A test over folds needs at least two of them.")
