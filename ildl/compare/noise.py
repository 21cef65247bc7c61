"""The noise of a comparison with a published mean: one margin, one verdict, used wherever ours stands beside print."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import compress

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import stats

from ildl.compare.statistics import BETTER, HIGHER_IS_BETTER, WORSE

N_PUBLISHED = 10
"""Folds of the published results."""
INSIDE, CANNOT_TELL = "inside", "cannot tell from "
MISSING = "†"
"""Stands beside a margin without the spread over partitions."""


def noise(
    std: ArrayLike,
    n_folds: ArrayLike,
    published_std: ArrayLike,
    half_unit: ArrayLike = 0.0,
    *,
    seed_variance: ArrayLike = np.nan,
    n_seeds: ArrayLike = 1,
    partition_variance: ArrayLike = np.nan,
    n_partitions: ArrayLike = 1,
) -> pd.DataFrame:
    """How far our mean and a published one may lie apart by chance: margin, degrees of freedom, and what it is made of.

    Both are means over folds of values that depend on the fold, the luck of training and the partition into folds. The
    variance of their difference is a sum of independent parts, each with the degrees of freedom of its estimate:

    - folds: s²/k of ours, where s² is the sample variance over k folds of values averaged over seeds (k - 1). Each fold
      draws its own seeds, so that s² holds the luck of training already: a part of its own would count it twice.
    - published: s'²/10, the same of the published side, which is presumed to have one seed a fold (9).
    - seeds: only where no standard deviation is published. Theirs is then presumed to be ours of one seed, s² plus
      (1 - 1/m) v, with v the variance over m seeds inside each fold, pooled over folds (k (m - 1)). The s² of it counts
      among the folds, whose estimate it shares.
    - partitions: the variance of the mean over P partitions (P - 1), of which the part that folds and seeds explain,
      (s² + (1 - 1/m) v) / k, is already counted; what exceeds it counts for either side, twice.

    Degrees of freedom of the sum after Satterthwaite (1946), margin = t(0.975; df) sqrt(sum) + half a unit of the
    published mean's last digit. Without seeds and partitions it is Welch's interval. All rows are tested once in each
    partition, so that the difficulty of test rows, which folds differ by, hardly moves a mean of ten folds: the margin
    errs on the wide side. In simulations, a margin covers the true difference in 95 to 98 of 100 runs, and in 91 to 95
    where partitions differ by several times what folds explain, since three of them say little of it. Whether the
    published run had our folds is not known; that it had others is allowed for.

    Parameters
    ----------
    std, published_std : array-like
        Population standard deviations over folds, ours of values averaged over seeds; NaN where none is published.
    n_folds : array-like of int
        Ours, at least 2.
    half_unit : array-like
        Half a unit of the published mean's last digit.
    seed_variance : array-like
        See `ildl.compare.statistics.summarise`; NaN with one seed.
    n_seeds : array-like of int
    partition_variance : array-like
        Sample variance over partitions of the mean over folds, one seed each; NaN where there is one partition.
    n_partitions : array-like of int

    Returns
    -------
    DataFrame
        With the index of `std`: margin, df (NaN where nothing has a spread), and the parts of the variance: var_folds,
        var_published, var_seeds, var_partitions (NaN where it is missing, and not in the margin). All NaN where std or
        n_folds is.
    """
    given = (std, n_folds, published_std, half_unit, seed_variance, n_seeds, partition_variance, n_partitions)
    s, k, theirs, half, v, m, between, p = np.broadcast_arrays(*(np.asarray(x, dtype=np.float64) for x in given))
    variance = s**2 * k / (k - 1)
    presumed = np.isnan(theirs)
    luck = np.where((m > 1) & np.isfinite(v), (1 - 1 / m) * v, 0.0)
    several = (p > 1) & np.isfinite(between)
    parts = {
        "folds": variance / k + np.where(presumed, variance / N_PUBLISHED, 0.0),
        "published": np.where(presumed, 0.0, theirs**2 / (N_PUBLISHED - 1)),
        "seeds": np.where(presumed, luck / N_PUBLISHED, 0.0),
        "partitions": 2 * np.maximum(np.where(several, between, 0.0) - (variance + luck) / k, 0.0),
    }
    freedom = (k - 1, N_PUBLISHED - 1, np.maximum(k * (m - 1), 1), np.maximum(p - 1, 1))
    total = np.asarray(sum(parts.values()))
    scale = np.where(total > 0, total, 1.0)
    inverse = np.asarray(sum((part / scale) ** 2 / df for part, df in zip(parts.values(), freedom, strict=True)))
    df = 1 / np.where(total > 0, inverse, np.nan)
    margin = np.where(total == 0, 0.0, stats.t.ppf(0.975, df) * np.sqrt(total)) + half
    parts["partitions"] = np.where(several, parts["partitions"], np.nan)
    parts = {f"var_{name}": part for name, part in parts.items()}
    index = std.index if isinstance(std, pd.Series) else None
    columns = {name: np.atleast_1d(values) for name, values in ({"margin": margin, "df": df} | parts).items()}
    return pd.DataFrame(columns, index=index)


def judge(difference: pd.Series, margin: pd.Series, metric: str, gaps: Mapping[str, pd.Series]) -> pd.Series:
    """The verdict on a difference from a published mean.

    Parameters
    ----------
    difference, margin : Series of float
        Ours - published, and `noise`.
    metric : str
        Says which sign is better.
    gaps : mapping of str to Series
        What the margin must be able to tell the published mean from -> how far that is from it; NaN where not known.

    Returns
    -------
    Series of str
        "better" or "worse" (ours, by more than the margin); "inside"; or, where the difference lies within a margin at
        least as wide as a gap, "cannot tell from RDA and the uniform distribution". NA where a side is missing.
    """
    better = difference > 0 if metric in HIGHER_IS_BETTER else difference < 0
    verdict = pd.Series(np.where(better, BETTER, WORSE), index=difference.index, dtype=object)
    lost = np.array([margin >= gap.abs() for gap in gaps.values()], dtype=bool).reshape(len(gaps), len(difference)).T
    within = difference.abs() <= margin
    names = pd.Series([" and ".join(compress(gaps, row)) for row in lost], index=difference.index, dtype=object)
    verdict[within] = np.where(names[within] == "", INSIDE, CANNOT_TELL + names[within])
    return verdict.where(difference.notna() & margin.notna(), None)


def margin_text(margin: float, df: float, partitions: float) -> str:
    """A margin as tables show it.

    Parameters
    ----------
    margin, df : float
    partitions : float
        NaN where that part is missing.

    Returns
    -------
    str

    Examples
    --------
    >>> margin_text(0.01234, 17.4, 0.0), margin_text(0.0005, float("nan"), float("nan"))
    ('± 0.0123, 17.4 df', '± 0.0005†')
    """
    missing = MISSING if np.isnan(partitions) else ""
    return f"± {margin:.4f}{missing}" + ("" if np.isnan(df) else f", {df:.1f} df")
