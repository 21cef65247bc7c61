"""Other data: sets that the benchmark does not have, and its own sets under another strength of sampling."""

from __future__ import annotations

import pandas as pd

from companion.base.names import NO_DECOUPLED_LOSS
from companion.evidence.constants import TRAIN_MEAN, UNIFORM
from companion.show.look import rows_called
from companion.why.against import DISTANCES, KL
from ildl.compare.significance import NONE, compare
from ildl.compare.statistics import BETTER, WORSE, check_results

AGAINST = {"uniform": UNIFORM, "train_mean": TRAIN_MEAN, "rda": "RDA"}
"""What columns are called -> whom every row is held against."""
TURNED = {BETTER: WORSE, WORSE: BETTER, NONE: NONE}
"""`compare` says what the other side is."""


def entrants(results: pd.DataFrame) -> pd.DataFrame:
    """Rows that take part, with `row` (what a page calls them); the artificial set only where there is no other."""
    real = results[results["feature_set"] != "artificial"]
    rows = results if real.empty else real
    rows = rows[rows["reading"].isin(["default", NO_DECOUPLED_LOSS])]
    return rows.assign(row=rows_called(rows))


def further_table(results: pd.DataFrame) -> pd.DataFrame:
    """Scores on further data sets, each held against `AGAINST`: p_ (corrected test), verdict_, holm_ (all rows)."""
    rows = entrants(results)
    rows = rows[rows["metric"].isin(DISTANCES)]
    by = ["dataset", "metric", "method", "params"]
    cells, folds = rows.groupby(by, sort=False), rows.groupby([*by, "fold"], sort=False)["value"].mean()
    table = cells[["reading", "row"]].first().assign(mean=folds.groupby(by).mean(), std=folds.groupby(by).std(ddof=0))
    table = table.join(cells.agg(n_folds=("fold", "nunique"), n_seeds=("seed", "nunique"), n_train=("n_train", "mean")))
    for name, method in AGAINST.items():
        found = compare(rows, method).set_index(by)
        marks = (
            found[["mark_corrected", "mark_holm"]].replace(TURNED).set_axis([f"verdict_{name}", f"holm_{name}"], axis=1)
        )
        table = table.join(marks.assign(**{f"p_{name}": found["p_corrected"]}))
    return table.reset_index().drop(columns="params")


def imbalance_curves(results: pd.DataFrame) -> pd.DataFrame:
    """Divergence, its ratio to that of equal degrees, and rank at every threshold (eta) of the sampling."""
    rows = entrants(results)
    rows = rows[rows["metric"] == KL]
    for _, part in rows.groupby("eta"):
        check_results(part, sorted(rows["fold"].unique()))  # means over other folds, or ranks of fewer rows, are others
    point, by = ["dataset", "feature_set", "eta"], ["dataset", "feature_set", "eta", "method", "reading", "row"]
    folds = rows.groupby([*by, "fold"], sort=False)[["value", "kept"]].mean().reset_index()
    folds["rank"] = folds.groupby([*point, "fold"])["value"].rank()
    cells = folds.groupby(by, sort=False)
    curves = cells.agg(mean=("value", "mean"), kept=("kept", "mean"), rank=("rank", "mean"))
    curves = curves.assign(std=cells["value"].std(ddof=0)).reset_index()
    uniform = curves[curves["method"] == UNIFORM].set_index(["dataset", "eta"])["mean"].rename("uniform")
    curves["ratio"] = curves["mean"] / curves.join(uniform, on=["dataset", "eta"])["uniform"]
    return curves.sort_values("eta", kind="stable", ignore_index=True)


def ranking_stability(curves: pd.DataFrame) -> pd.DataFrame:
    """Kendall's tau-b (tau) of the mean ranks at each threshold with those at the benchmark's, by dataset and eta."""
    wide = curves.pivot(index="row", columns=["dataset", "eta"], values="rank")
    points = list(curves[["dataset", "eta"]].drop_duplicates().itertuples(index=False, name=None))
    table = [
        (dataset, eta, wide[dataset, eta].corr(wide[dataset, 1.0], method="kendall"))
        for dataset, eta in points
        if (dataset, 1.0) in points
    ]
    return pd.DataFrame(table, columns=["dataset", "eta", "tau"])
