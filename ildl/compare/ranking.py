"""Ranks of methods over data sets and folds, the tests that go with them, and what such tests can find at all.

After J. Demšar, Statistical comparisons of classifiers over multiple data sets, JMLR 7:1-30, 2006.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from scipy import stats

from ildl.compare.corrected import LEVEL
from ildl.compare.scores import score_matrix
from ildl.compare.statistics import HIGHER_IS_BETTER


@dataclass(frozen=True)
class Friedman:
    """Friedman's test that all methods rank alike, with the less conservative form of Iman and Davenport.

    Parameters
    ----------
    statistic, p : float
        Chi-squared with k - 1 degrees of freedom, corrected for ties.
    f_statistic, f_p : float
        F = (N - 1) statistic / (N (k - 1) - statistic), with k - 1 and (k - 1)(N - 1) degrees of freedom.
    agreement : float
        Kendall's W in [0, 1]: 1 where all blocks rank alike, 0 where average ranks are equal.
    n_blocks, n_methods : int
        N and k.
    """

    statistic: float
    p: float
    f_statistic: float
    f_p: float
    agreement: float
    n_blocks: int
    n_methods: int


def ranks(matrix: pd.DataFrame, metric: str, ties: Literal["average", "min"] = "average") -> pd.DataFrame:
    """Rank the methods inside each block: 1 is the best.

    Parameters
    ----------
    matrix : DataFrame, shape (N, k)
        A row a block, a column a method, as `ildl.compare.scores.score_matrix` returns it.
    metric : str
        Its direction: high is good for those of `ildl.compare.statistics.HIGHER_IS_BETTER`, low for all others.
    ties : {"average", "min"}
        Ties share the mean, or the best, of their ranks; tests want the mean.

    Returns
    -------
    DataFrame, shape (N, k)
    """
    return matrix.rank(axis=1, method=ties, ascending=metric not in HIGHER_IS_BETTER)


def average_ranks(scores: pd.DataFrame, metrics: Sequence[str], by: str = "dataset") -> pd.DataFrame:
    """Average rank of every label in several metrics.

    Parameters
    ----------
    scores : DataFrame
        As for `ildl.compare.scores.score_matrix`.
    metrics : sequence of str
    by : {"dataset", "fold"}

    Returns
    -------
    DataFrame
        A row a label, best first in the mean over the metrics; a column a metric, and "all" for that mean.
    """
    columns = {metric: ranks(score_matrix(scores, metric, by), metric).mean() for metric in metrics}
    return sorted_by_mean(pd.DataFrame(columns))


def friedman(ranked: pd.DataFrame) -> Friedman:
    """Test that all methods rank alike.

    Parameters
    ----------
    ranked : DataFrame, shape (N, k)
        As `ranks` returns it; k >= 3. Blocks are taken for independent, which data sets may be; folds of one
        data set share training rows, so that p is too small over them.

    Returns
    -------
    Friedman
        With one block, or no two ranks that differ, which tells nothing, all but N and k are NaN.

    Raises
    ------
    ValueError
        Fewer than three methods.
    """
    n, k = ranked.shape
    if k < 3:
        raise ValueError(f"Friedman's test needs three methods; there are {k}.")
    if n < 2 or (ranked.nunique(axis=1) == 1).all():
        return Friedman(math.nan, math.nan, math.nan, math.nan, math.nan, n, k)
    statistic, p = stats.friedmanchisquare(*ranked.to_numpy().T)
    rest = n * (k - 1) - statistic
    f_statistic = (n - 1) * statistic / rest if rest > 1e-9 * n * k else math.inf
    f_p = float(stats.f.sf(f_statistic, k - 1, (k - 1) * (n - 1)))
    return Friedman(float(statistic), float(p), float(f_statistic), f_p, float(statistic / (n * (k - 1))), n, k)


def nemenyi(ranked: pd.DataFrame) -> pd.DataFrame:
    """Nemenyi's p for every pair of methods, corrected for all pairs.

    The difference of two average ranks over sqrt(k (k + 1) / (12 N)) is held against the studentised range of k.

    Parameters
    ----------
    ranked : DataFrame, shape (N, k)
        As `ranks` returns it.

    Returns
    -------
    DataFrame, shape (k, k)
        Symmetric, 1 on the diagonal.
    """
    n, k = ranked.shape
    mean = ranked.mean().to_numpy()
    gaps = np.abs(mean[:, None] - mean[None, :]) / math.sqrt(k * (k + 1) / (12 * n))
    return pd.DataFrame(stats.studentized_range.sf(gaps, k, np.inf), index=ranked.columns, columns=ranked.columns)


def critical_difference(n_methods: int, n_blocks: int, alpha: float = LEVEL) -> float:
    """Difference of two average ranks from which Nemenyi's test calls them different.

    With q the studentised range's quantile over sqrt(2): q · sqrt(k (k + 1) / (6 N)).

    Parameters
    ----------
    n_methods, n_blocks : int
        k, at least 2, and N, at least 1.
    alpha : float

    Returns
    -------
    float

    Examples
    --------
    >>> round(critical_difference(4, 14), 2)  # Demšar (2006), section 3.2.4, prints 1.25
    1.25
    """
    q = stats.studentized_range.ppf(1 - alpha, n_methods, np.inf) / math.sqrt(2)
    return float(q * math.sqrt(n_methods * (n_methods + 1) / (6 * n_blocks)))


def blocks_needed(n_methods: int, difference: float, alpha: float = LEVEL) -> int:
    """Blocks from which Nemenyi's test would call average ranks that far apart different.

    Parameters
    ----------
    n_methods : int
    difference : float
        Positive.
    alpha : float

    Returns
    -------
    int

    Raises
    ------
    ValueError
        The difference is not a positive number: no number of blocks tells equal ranks apart.
    """
    if not 0 < difference < math.inf:
        raise ValueError(f"The difference of two average ranks must be a positive number, not {difference}.")
    return math.ceil((critical_difference(n_methods, 1, alpha) / difference) ** 2)


def rank_agreement(one: pd.DataFrame, other: pd.DataFrame) -> float:
    """Kendall's tau-b between the average ranks of the methods that two rankings have in common.

    Parameters
    ----------
    one, other : DataFrame
        As `ranks` returns them.

    Returns
    -------
    float
        1 is the same order, -1 the reverse.

    Raises
    ------
    ValueError
        Fewer than two methods in common.
    """
    common = [label for label in one.columns if label in other.columns]
    if len(common) < 2:
        raise ValueError("The two rankings have fewer than two methods in common.")
    return float(stats.kendalltau(one[common].mean(), other[common].mean()).statistic)


def design_limits(n_methods: int, n_blocks: Sequence[int], alpha: float = LEVEL) -> pd.DataFrame:
    """What a comparison over N independent blocks can find at most, before any result is seen.

    Parameters
    ----------
    n_methods : int
        k.
    n_blocks : sequence of int
        Values of N.
    alpha : float

    Returns
    -------
    DataFrame
        One row a value, columns n_blocks; smallest_p_all: exact Friedman p if all blocks rank alike, (k!)^(1 - N);
        smallest_p_pair: two-sided p of the sign test and of Wilcoxon's test if one method wins all blocks, 2^(1 - N);
        smallest_p_pair_adjusted: the same for one of all k (k - 1) / 2 pairs, after Bonferroni or the first step of
        Holm; critical_difference, and largest_difference = k - 1, the most by which two average ranks can differ.
    """
    pairs = n_methods * (n_methods - 1) / 2
    rows = [
        {
            "n_blocks": n,
            "smallest_p_all": math.exp((1 - n) * math.lgamma(n_methods + 1)),
            "smallest_p_pair": 2.0 ** (1 - n),
            "smallest_p_pair_adjusted": min(1.0, pairs * 2.0 ** (1 - n)),
            "critical_difference": critical_difference(n_methods, n, alpha),
            "largest_difference": n_methods - 1,
        }
        for n in n_blocks
    ]
    return pd.DataFrame(rows)


def sorted_by_mean(table: pd.DataFrame) -> pd.DataFrame:
    """Append the mean over columns, "all", and sort the rows by it.

    Parameters
    ----------
    table : DataFrame, shape (k, m)
        Average ranks, a column a metric.

    Returns
    -------
    DataFrame, shape (k, m + 1)
    """
    return table.assign(all=table.mean(axis=1)).sort_values("all", kind="stable")
