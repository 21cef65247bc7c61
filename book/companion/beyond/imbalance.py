"""How scores and ranks move as the imbalance sampling is made milder or harsher."""

from __future__ import annotations

import pandas as pd
from scipy import stats

from ildl.compare.ranking import ranks
from ildl.compare.scores import scores_in


def imbalance_curves(scores: pd.DataFrame, metric: str) -> pd.DataFrame:
    """Score and rank of every entrant at every threshold.

    Parameters
    ----------
    scores : DataFrame
        Of the experiment "imbalance", as `companion.beyond.entrants.entrants` returns it; columns eta (lower threshold
        of the promoted label, a multiple of the benchmark's) and kept (rows left to train and validate on) besides.
    metric : str

    Returns
    -------
    DataFrame
        One row a data set, threshold and label, thresholds ascending: dataset, feature_set, eta, label; mean, std
        (population, over folds of the seed-averaged scores); rank, the mean over folds of the rank among the labels at
        that threshold (1 is the best), and rank_std; n_folds; kept.

    Raises
    ------
    ValueError
        Unknown metric, or an entrant that lacks a fold or a seed at some threshold (named).
    """
    rows = scores_in(scores, metric, ("dataset", "eta"))
    point = ["dataset", "feature_set", "eta", "label"]
    by_fold = rows.groupby([*point, "fold"], sort=False)["value"].mean()
    matrix = by_fold.unstack("label", sort=False)
    if matrix.isna().to_numpy().any():
        dataset, _, eta, fold = matrix.index[int(matrix.isna().any(axis=1).to_numpy().argmax())]
        raise ValueError(f"A method has no result on {dataset} at eta = {eta:g}, fold {fold}; ranks need every method.")
    over_folds = by_fold.groupby(point, sort=False)
    rank = ranks(matrix, metric).stack().groupby(point, sort=False)
    curves = pd.DataFrame(
        {
            "mean": over_folds.mean(),
            "std": over_folds.std(ddof=0),
            "rank": rank.mean(),
            "rank_std": rank.std(ddof=0),
            "n_folds": over_folds.size(),
            "kept": rows.groupby(point, sort=False)["kept"].mean(),
        }
    )
    # Data sets and labels keep the order of the results; only thresholds are sorted.
    order = {name: list(dict.fromkeys(rows[name])) for name in ("dataset", "label")}
    return curves.reset_index().sort_values(
        ["dataset", "eta", "label"], key=lambda c: c.map(order[str(c.name)].index) if c.name in order else c,
        ignore_index=True,
    )  # fmt: skip


def ranking_stability(curves: pd.DataFrame, at: float = 1.0) -> pd.DataFrame:
    """How much the ranking at each threshold resembles that at the benchmark's.

    Parameters
    ----------
    curves : DataFrame
        As `imbalance_curves` returns it.
    at : float
        The threshold that the others are held against; 1 is the benchmark's.

    Returns
    -------
    DataFrame
        One row a data set and threshold: dataset, eta, kept, best (the label of the lowest mean rank), tau (Kendall's
        tau-b between the mean ranks there and at `at`: 1 is the same order, -1 the reverse), and moved, the largest
        change of a label's mean rank.

    Raises
    ------
    ValueError
        A data set that was not run at `at`.
    """
    table = []
    for dataset, rows in curves.groupby("dataset", sort=False):
        matrix = rows.pivot(index="eta", columns="label", values="rank")
        if at not in matrix.index:
            there = ", ".join(f"{eta:g}" for eta in matrix.index)
            raise ValueError(
                f"{dataset} was not run at eta = {at:g}, which the others are compared with; only {there}."
            )
        for eta in matrix.index:
            line = matrix.loc[eta]
            table.append(
                {
                    "dataset": dataset,
                    "eta": eta,
                    "kept": rows.loc[rows["eta"] == eta, "kept"].mean(),
                    "best": line.idxmin(),
                    "tau": float(stats.kendalltau(line, matrix.loc[at]).statistic),
                    "moved": float((line - matrix.loc[at]).abs().max()),
                }
            )
    return pd.DataFrame(table)
