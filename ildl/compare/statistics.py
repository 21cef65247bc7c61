"""Summaries over folds, seeds and partitions, and what must not be summarised."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from ildl.checks import InputError
from ildl.compare.frames import one_spelling, plain

GROUP = ["dataset", "feature_set", "method", "params", "metric"]
REFERENCES = ("Uniform", "Train-mean")
BETTER, WORSE = "better", "worse"
"""Verdicts on a difference that is larger than chance explains; what else there is to say, each rule names itself."""
HIGHER_IS_BETTER = frozenset({"cosine", "intersection"})
COMPARABLE = "benchmark"
"""The feature set with which results can be held against published ones."""
FOLDS_OF = ("n_splits", "split_seed", "split_folds", "valid_from", "n_valid", "splits")
"""Columns of a frame of `ildl.experiments.run` that say which rows train, validate and test in a fold."""


def summarise(
    results: pd.DataFrame, folds: Sequence[int] | None = None, partitions: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Mean and spread of every method, reading, data set and metric.

    Parameters
    ----------
    results : DataFrame
        Tidy, one row a cell and metric: dataset, feature_set, method, params, fold, seed, metric, value; as
        `ildl.experiments.run` returns it. A method may lack a metric altogether, as methods without a start lack the
        distance from it. Parameters are one row where they mean the same (1 and 1.0), under the first spelling.
    folds : sequence of int, optional
        The folds that must be there. Default: those that any cell of the data set has.
    partitions : DataFrame, optional
        As for `partition_spread`.

    Returns
    -------
    DataFrame
        One row a group: dataset, feature_set, method, params, metric; mean, and std (population, as the benchmark's
        protocol is read) of the fold values, each averaged over seeds; seed_std, the population standard deviation
        over seeds of the mean over folds (NaN with one seed, which has no spread); seed_variance, the sample variance
        over seeds inside a fold, pooled over folds, folds (seeds - 1) degrees of freedom (NaN likewise);
        partition_variance and n_partitions, see `partition_spread` (NaN and 1 where no others were run); n_folds;
        n_seeds; and better_than_uniform, better_than_train_mean (means compared; NA for the reference itself, and in
        a metric that it lacks).

    Raises
    ------
    InputError
        No rows, a missing column, a value that is not finite, a value twice, fewer than two folds, a cell that lacks
        folds (named), methods with other folds than the rest (named), or a data set without the two references.
    """
    results = check_results(results, folds)
    by_fold = results.groupby([*GROUP, "fold"], sort=False)["value"].mean()
    over_folds = by_fold.groupby(GROUP, sort=False)
    per_seed = seed_means(results).groupby(GROUP, sort=False)["mean"]
    inside_folds = results.groupby([*GROUP, "fold"], sort=False)["value"].var(ddof=1)
    summary = pd.DataFrame(
        {
            "mean": over_folds.mean(),
            "std": over_folds.std(ddof=0),
            "seed_std": per_seed.std(ddof=0).where(per_seed.size() > 1),
            "seed_variance": inside_folds.groupby(GROUP, sort=False).mean(),
            "n_folds": over_folds.size(),
            "n_seeds": per_seed.size(),
        }
    )
    summary = summary.join(partition_spread(results, partitions)).reset_index()
    summary["partition_variance"] = summary["partition_variance"].astype(float)
    summary["n_partitions"] = summary["n_partitions"].fillna(1).astype(int)
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


def partition_spread(results: pd.DataFrame, partitions: pd.DataFrame | None) -> pd.DataFrame:
    """Variance of the mean over partitions into folds.

    Parameters
    ----------
    results : DataFrame
        As for `summarise`; where it says whence its validation rows are (valid_from), only partitions with the same
        source count.
    partitions : DataFrame or None
        The experiment "partitions": tidy, with split_seed and split_folds.

    Returns
    -------
    DataFrame
        Index GROUP; partition_variance (sample variance over split_seed of the mean over folds, independent splits left
        out) and n_partitions. Empty where there are fewer than two partitions.
    """
    names = ["partition_variance", "n_partitions"]
    if partitions is None or "split_seed" not in partitions:
        return pd.DataFrame(columns=names, index=pd.MultiIndex.from_arrays([[]] * len(GROUP), names=GROUP))
    rows = partitions[partitions["split_folds"] == "kfold"] if "split_folds" in partitions else partitions
    if "valid_from" in rows and "valid_from" in results:
        rows = rows[rows["valid_from"].isin(results["valid_from"])]
    means = rows.groupby([*GROUP, "split_seed"], sort=False)["value"].mean().groupby(GROUP, sort=False)
    spread = pd.DataFrame({names[0]: means.var(ddof=1), names[1]: means.size()})
    return spread[spread["n_partitions"] > 1]


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
    lacking = sorted(set(summary["dataset"]) - set(constants.index.get_level_values("dataset")))
    if lacking:
        raise InputError(f"{reference} was not run on {lacking[0]}; every table carries it: add it to the methods.")
    cells = pd.MultiIndex.from_frame(summary[["dataset", "metric"]])
    others = pd.Series(constants.reindex(cells).to_numpy(), index=summary.index)
    return is_better(summary["mean"], others, summary["metric"]).mask(summary["method"] == reference)


def check_results(results: pd.DataFrame, folds: Sequence[int] | None = None, least: int = 2) -> pd.DataFrame:
    """Refuse results that must not be averaged or tested.

    Parameters
    ----------
    results, folds
        As for `summarise`.
    least : int
        So many folds there must be.

    Returns
    -------
    DataFrame
        The same, equal parameters spelled alike.

    Raises
    ------
    InputError
        No rows, a missing column, a value that is not finite, a value twice, fewer folds, a cell that lacks folds
        (named), or methods with other folds than the rest (named).
    """
    columns = [*GROUP, "fold", "seed", "value"]
    missing = [name for name in columns if name not in results.columns]
    if missing:
        raise InputError(f"The results lack the column(s) {', '.join(missing)}.")
    if results.empty:
        raise InputError("The results have no rows; run something first.")
    results = one_spelling(results)
    bad = ~np.isfinite(results["value"].to_numpy(dtype=np.float64))
    if bad.any():
        raise InputError(f"{_name(results[bad].iloc[0])}: its value is not finite.")
    _check_same_folds(results)
    twice = results.duplicated([*GROUP, "fold", "seed"])
    if twice.any():
        raise InputError(f"{_name(results[twice].iloc[0])}: it is there twice; give each cell once.")
    _check_complete(results, folds, least)
    return results


def _check_same_folds(results: pd.DataFrame) -> None:
    """A difference fold by fold is one of methods only where the rows are the same."""
    for dataset, part in results.groupby("dataset", sort=False):
        for column in folds_named(part):
            known = [value for value in part[column].dropna().unique() if value != ""]
            if len(known) > 1:
                methods = {plain(value): part.loc[part[column] == value, "method"].unique()[:5] for value in known}
                listed = "; ".join(f"{value}: {', '.join(names)}" for value, names in methods.items())
                raise InputError(
                    f"Methods on {dataset} had other folds, which must not be compared. {column} is {listed}. "
                    f"Run all on the same folds, or choose: ildl compare --only {column}={plain(known[0])}"
                )


def folds_named(results: pd.DataFrame) -> list[str]:
    """Return the columns that say on which rows results of a data set were trained and tested.

    Parameters
    ----------
    results : DataFrame
        As `ildl.experiments.run` returns it.

    Returns
    -------
    list of str
        The hash of the splits where it is known and the same for all, whoever made them; else how they were made.
    """
    if "splits" in results and (results["splits"].notna() & (results["splits"] != "")).all():
        if (results.groupby("dataset")["splits"].nunique() == 1).all():
            return ["splits"]
    return [name for name in FOLDS_OF if name in results]


def _check_complete(results: pd.DataFrame, folds: Sequence[int] | None, least: int) -> None:
    gaps: list[str] = []
    for _, of_dataset in results.groupby("dataset", sort=False):
        expected = sorted(set(of_dataset["fold"] if folds is None else folds))
        if len(expected) < least:
            raise InputError(f"{of_dataset['dataset'].iloc[0]} has one fold; a spread needs at least two.")
        sizes = of_dataset.groupby(["method", "params", "seed"], sort=False).size()
        metrics = of_dataset.groupby(["method", "params"], sort=False)["metric"].nunique()
        full = len(expected) * metrics.reindex(sizes.reset_index("seed").index).to_numpy()
        if (sizes.to_numpy() == full).all() and of_dataset["fold"].isin(expected).all():  # nothing is there twice
            continue
        own = dict(list(of_dataset.groupby(["method", "params"], sort=False)["metric"]))
        for (*row, _), cell in of_dataset.groupby(["method", "params", "seed"], sort=False):
            wanted = {(fold, metric) for fold in expected for metric in own[tuple(row)].unique()}
            there = set(zip(cell["fold"], cell["metric"], strict=True))
            for pairs, why in ((wanted - there, "missing"), (there - wanted, "not asked for")):
                gaps += [f"{_name(cell.iloc[0], fold, metric)}: {why}" for fold, metric in sorted(pairs)]
    if gaps:
        more = f"\n  and {len(gaps) - 5} more" if len(gaps) > 5 else ""
        raise InputError("Incomplete sets of folds are not averaged:\n  " + "\n  ".join(gaps[:5]) + more)


def _name(row: pd.Series, fold: int | None = None, metric: str | None = None) -> str:
    params = "" if row["params"] == "{}" else f" {row['params']}"
    fold, metric = (row["fold"] if fold is None else fold), (row["metric"] if metric is None else metric)
    return f"{row['method']}{params} on {row['dataset']}, fold {fold}, seed {row['seed']}, {metric}"
