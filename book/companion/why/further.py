"""Other data: sets that the benchmark does not have, and its own sets under another strength of sampling."""

from __future__ import annotations

import pandas as pd

from companion.base.names import NO_DECOUPLED_LOSS
from companion.evidence.constants import TRAIN_MEAN, UNIFORM
from companion.show.look import rows_called
from ildl.compare.significance import NONE, compare
from ildl.compare.statistics import BETTER, HIGHER_IS_BETTER, WORSE, check_results

READINGS = ("default", NO_DECOUPLED_LOSS)
METRICS = ("kl_divergence", "chebyshev")
AGAINST = {"uniform": UNIFORM, "train_mean": TRAIN_MEAN, "rda": "RDA"}
"""Whom every row is held against, and what columns are called."""
TURNED = {BETTER: WORSE, WORSE: BETTER, NONE: NONE}
"""`compare` says what the other side is."""


def entrants(results: pd.DataFrame) -> pd.DataFrame:
    """Rows that take part, with `row` (what a page calls them); the artificial set only where there is no other."""
    real = results[results["feature_set"] != "artificial"]
    rows = results if real.empty else real
    rows = rows[rows["reading"].isin(READINGS)]
    return rows.assign(row=rows_called(rows))


def further_table(results: pd.DataFrame) -> pd.DataFrame:
    """Scores on further data sets, each held against equal degrees, the mean of the training rows, and RDA.

    One row a data set, metric and row of the results: dataset, metric, method, reading, row, mean, std (over folds),
    n_train, n_folds, n_seeds; and for each of `AGAINST` p_ (corrected test), verdict_ ("better", "worse" or "none" of
    the row), holm_ (the verdict after Holm's adjustment for all rows of the data set); NA for a row against itself.
    """
    rows = entrants(results)
    rows = rows[rows["metric"].isin(METRICS)]
    by = ["dataset", "metric", "method", "params"]
    folds = rows.groupby([*by, "fold"], sort=False)["value"].mean().groupby(by, sort=False)
    table = rows.drop_duplicates(by)[[*by, "reading", "row"]].set_index(by)
    table = table.assign(mean=folds.mean(), std=folds.std(ddof=0), n_folds=folds.size())
    table["n_seeds"] = rows.groupby(by, sort=False)["seed"].nunique()
    table["n_train"] = rows.groupby(by, sort=False)["n_train"].mean()
    table = table.reset_index()
    for name, method in AGAINST.items():
        found = compare(rows, method)
        found[f"verdict_{name}"] = found["mark_corrected"].map(TURNED)
        found[f"holm_{name}"] = found["mark_holm"].map(TURNED)
        found = found.rename(columns={"p_corrected": f"p_{name}"})
        table = table.merge(found[[*by, f"p_{name}", f"verdict_{name}", f"holm_{name}"]], how="left", on=by)
    return table.drop(columns="params")


def imbalance_curves(results: pd.DataFrame, metric: str = "kl_divergence") -> pd.DataFrame:
    """Score and rank of every row at every threshold of the sampling.

    Columns: dataset, feature_set, eta (multiple of the benchmark's threshold, ascending), method, reading, row, kept
    (rows of a fold); mean, std (over folds); ratio (mean over that of equal degrees); rank (mean over folds), rank_std.
    """
    rows = entrants(results)
    rows = rows[rows["metric"] == metric]
    for _, part in rows.groupby("eta"):
        check_results(part, sorted(rows["fold"].unique()))  # means over other folds, or ranks of fewer rows, are others
    point = ["dataset", "feature_set", "eta"]
    matrix = rows.pivot_table(index=[*point, "fold"], columns="row", values="value", sort=False)
    ranked = matrix.rank(axis=1, ascending=metric not in HIGHER_IS_BETTER)
    by = [*point, "row"]
    scores, ranks = (frame.stack().groupby(by, sort=False) for frame in (matrix, ranked))
    curves = pd.DataFrame(
        {"mean": scores.mean(), "std": scores.std(ddof=0), "rank": ranks.mean(), "rank_std": ranks.std(ddof=0)}
    )
    curves["kept"] = rows.groupby(by, sort=False)["kept"].mean()
    names = rows.drop_duplicates(by)[[*by, "method", "reading"]]
    curves = curves.reset_index().merge(names, on=by)
    uniform = curves[curves["method"] == UNIFORM].set_index(["dataset", "eta"])["mean"]
    curves["ratio"] = curves["mean"] / uniform.loc[list(zip(curves["dataset"], curves["eta"], strict=True))].to_numpy()
    return curves.sort_values("eta", kind="stable", ignore_index=True)


def ranking_stability(curves: pd.DataFrame, at: float = 1.0) -> pd.DataFrame:
    """How the order of mean ranks at each threshold resembles that at the benchmark's.

    Columns: dataset, eta, kept, best (the row of the lowest mean rank), tau (Kendall's tau-b; 1: the same order),
    moved (the largest change of a mean rank).
    """
    table = []
    for dataset, rows in curves.groupby("dataset", sort=False):
        matrix = rows.pivot(index="row", columns="eta", values="rank")
        for eta in matrix if at in matrix else ():
            line, own = matrix[eta], matrix[at]
            table.append(
                {
                    "dataset": dataset,
                    "eta": eta,
                    "kept": rows.loc[rows["eta"] == eta, "kept"].mean(),
                    "best": line.idxmin(),
                    "tau": line.corr(own, method="kendall"),
                    "moved": (line - own).abs().max(),
                }
            )
    return pd.DataFrame(table, columns=["dataset", "eta", "kept", "best", "tau", "moved"])
