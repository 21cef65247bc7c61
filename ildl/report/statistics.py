"""Summaries over folds and seeds, and whether a difference from a published number lies inside the noise."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import stats

GROUP = ["dataset", "feature_set", "method", "params", "metric"]
REFERENCES = ("Uniform", "Train-mean")
HIGHER_IS_BETTER = frozenset({"cosine", "intersection"})
COMPARABLE = "benchmark"
"""The feature set with which results can be held against published ones."""
N_PUBLISHED = 10
"""Folds of the published results."""


def summarise(results: pd.DataFrame, folds: Sequence[int] | None = None) -> pd.DataFrame:
    """Mean and spread of every method, reading, data set and metric.

    Parameters
    ----------
    results : DataFrame
        Tidy, one row a cell and metric: dataset, feature_set, method, params, fold, seed, metric, value.
    folds : sequence of int, optional
        The folds that must be there. Default: those that any cell of the data set has.

    Returns
    -------
    DataFrame
        One row a group: dataset, feature_set, method, params, metric; mean, and std (population, as the benchmark's
        protocol is read) of the fold values, each averaged over seeds; seed_std, the population standard deviation
        over seeds of the mean over folds (NaN with one seed, which has no spread); n_folds; n_seeds; and
        better_than_uniform, better_than_train_mean (means compared; NA for the reference itself).

    Raises
    ------
    ValueError
        No rows, a missing column, a value that is not finite, a value twice, fewer than two folds, a cell that lacks
        folds (named), or a data set without the two references.
    """
    check_results(results, folds)
    by_fold = results.groupby([*GROUP, "fold"], sort=False)["value"].mean()
    over_folds = by_fold.groupby(GROUP, sort=False)
    per_seed = seed_means(results).groupby(GROUP, sort=False)["mean"]
    summary = pd.DataFrame(
        {
            "mean": over_folds.mean(),
            "std": over_folds.std(ddof=0),
            "seed_std": per_seed.std(ddof=0).where(per_seed.size() > 1),
            "n_folds": over_folds.size(),
            "n_seeds": per_seed.size(),
        }
    ).reset_index()
    for reference in REFERENCES:
        column = "better_than_" + reference.lower().replace("-", "_")
        summary[column] = _better_than(summary, reference)
    return summary


def seed_means(results: pd.DataFrame) -> pd.DataFrame:
    """Mean over folds, seed by seed.

    Parameters
    ----------
    results : DataFrame
        As in `summarise`.

    Returns
    -------
    DataFrame
        Columns dataset, feature_set, method, params, metric, seed, mean.
    """
    means = results.groupby([*GROUP, "seed"], sort=False)["value"].mean()
    return means.rename("mean").reset_index()


def noise_margin(
    std_ours: ArrayLike,
    n_ours: ArrayLike,
    std_published: ArrayLike,
    half_unit: ArrayLike = 0.0,
    seed_std: ArrayLike = 0.0,
    n_seeds: ArrayLike = 1,
) -> NDArray[np.float64]:
    """Largest difference of two means that lies inside the noise.

    The half width of Welch's 95 % interval for a difference, widened by the rounding of the published mean: with s² the
    squared population standard deviation over (folds - 1), t(0.975; Welch-Satterthwaite) · sqrt(s²_ours + s²_published
    + s²_seeds) + half a unit of the last digit. The published number is presumed to come from one seed, whose spread is
    taken to be ours, so that s²_seeds = (1 + 1/seeds) seed_std² seeds / (seeds - 1). Each fold draws a seed of its own,
    so that the spreads over folds hold the luck of training already; it is counted here once more, which errs on the
    side of a wide margin. A reading aid, not a test: folds share training rows, so their values are not independent,
    and the published standard deviation is presumed to be the population one over ten folds.

    Parameters
    ----------
    std_ours, std_published : array-like
        Population standard deviations over folds.
    n_ours : array-like of int
        Our folds, at least 2.
    half_unit : array-like
        Half a unit of the published mean's last digit.
    seed_std : array-like
        Population standard deviation over seeds of our mean; not used where n_seeds is 1.
    n_seeds : array-like of int

    Returns
    -------
    ndarray, float64
        NaN where an argument is.
    """
    n = np.asarray(n_ours, dtype=np.float64)
    ours = np.asarray(std_ours, dtype=np.float64) ** 2 / (n - 1)
    published = np.asarray(std_published, dtype=np.float64) ** 2 / (N_PUBLISHED - 1)
    several = np.asarray(n_seeds, dtype=np.float64) > 1
    more = np.where(several, n_seeds, 2.0) - 1
    seeds = np.where(several, np.asarray(seed_std, dtype=np.float64) ** 2 * (more + 2) / more, 0.0)
    parts = ((ours, n - 1), (published, N_PUBLISHED - 1), (seeds, more))
    total = ours + published + seeds
    shares = np.where(total > 0, total, 1.0)
    freedom = 1 / (sum((part / shares) ** 2 / degrees for part, degrees in parts) + (total == 0))
    return np.asarray(stats.t.ppf(0.975, freedom) * np.sqrt(total) + np.asarray(half_unit, dtype=np.float64))


def is_better(values: pd.Series, others: pd.Series, metric: pd.Series | str) -> pd.Series:
    """Whether values are strictly better than others, in the metric's direction; NA where one is missing.

    Parameters
    ----------
    values, others : Series of float
    metric : Series of str, or str

    Returns
    -------
    Series of boolean
    """
    higher = metric in HIGHER_IS_BETTER if isinstance(metric, str) else metric.isin(HIGHER_IS_BETTER)
    better = pd.Series(np.where(higher, values > others, values < others), index=values.index, dtype="boolean")
    return better.mask(values.isna() | others.isna())


def _better_than(summary: pd.DataFrame, reference: str) -> pd.Series:
    constants = summary[summary["method"] == reference].set_index(["dataset", "metric"])["mean"]
    cells = pd.MultiIndex.from_frame(summary[["dataset", "metric"]])
    others = pd.Series(constants.reindex(cells).to_numpy(), index=summary.index)
    if others.isna().any():
        dataset = summary.loc[others.isna(), "dataset"].iloc[0]
        raise ValueError(f"{reference} was not run on {dataset}; every table carries it: add it to the methods.")
    return is_better(summary["mean"], others, summary["metric"]).mask(summary["method"] == reference)


def check_results(results: pd.DataFrame, folds: Sequence[int] | None = None) -> None:
    """Refuse results that must not be averaged or tested.

    Parameters
    ----------
    results, folds
        As for `summarise`.

    Raises
    ------
    ValueError
        No rows, a missing column, a value that is not finite, a value twice, fewer than two folds, or a cell that lacks
        folds (named).
    """
    columns = [*GROUP, "fold", "seed", "value"]
    missing = [name for name in columns if name not in results.columns]
    if missing:
        raise ValueError(f"The results lack the column(s) {', '.join(missing)}.")
    if results.empty:
        raise ValueError("The results have no rows; run something first.")
    bad = ~np.isfinite(results["value"].to_numpy(dtype=np.float64))
    if bad.any():
        raise ValueError(f"{_name(results[bad].iloc[0])}: its value is not finite.")
    twice = results.duplicated([*GROUP, "fold", "seed"])
    if twice.any():
        raise ValueError(f"{_name(results[twice].iloc[0])}: it is there twice; give each cell once.")
    _check_complete(results, folds)


def _check_complete(results: pd.DataFrame, folds: Sequence[int] | None) -> None:
    gaps: list[str] = []
    for _, of_dataset in results.groupby("dataset", sort=False):
        expected = sorted(set(of_dataset["fold"] if folds is None else folds))
        if len(expected) < 2:
            raise ValueError(f"{of_dataset['dataset'].iloc[0]} has one fold; a spread needs at least two.")
        wanted = {(fold, metric) for fold in expected for metric in of_dataset["metric"].unique()}
        for _, cell in of_dataset.groupby(["method", "params", "seed"], sort=False):
            there = set(zip(cell["fold"], cell["metric"], strict=True))
            for pairs, why in ((wanted - there, "missing"), (there - wanted, "not asked for")):
                gaps += [f"{_name(cell.iloc[0], fold, metric)}: {why}" for fold, metric in sorted(pairs)]
    if gaps:
        more = f"\n  and {len(gaps) - 5} more" if len(gaps) > 5 else ""
        raise ValueError("Incomplete sets of folds are not averaged:\n  " + "\n  ".join(gaps[:5]) + more)


def _name(row: pd.Series, fold: int | None = None, metric: str | None = None) -> str:
    params = "" if row["params"] == "{}" else f" {row['params']}"
    fold, metric = (row["fold"] if fold is None else fold), (row["metric"] if metric is None else metric)
    return f"{row['method']}{params} on {row['dataset']}, fold {fold}, seed {row['seed']}, {metric}"
