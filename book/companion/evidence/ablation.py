"""Tables 3 and 4: DILDL with and without its two components, ours beside the published numbers, and what each does."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from companion.base.comparison import NOT_RUN
from ildl.compare.contrasts import contrast, values_by_setting
from ildl.compare.corrected import LEVEL
from ildl.compare.noise import noise
from ildl.compare.significance import NONE, holm
from ildl.compare.statistics import BETTER, COMPARABLE, HIGHER_IS_BETTER, WORSE

METRICS = ("chebyshev", "clark", "canberra", "kl_divergence", "cosine", "intersection")
"""Those of the paper's Tables 3 and 4, in the order of the columns."""
ROWS = {"neither": (False, False), "DRDA": (True, False), "DLD": (False, True), "both": (True, True)}
"""Name of a row -> whether decoupled alignment (DRDA) and decoupled loss (DLD) are on, in the order of the tables."""
CONTRASTS = {
    "DRDA, without DLD": ("DRDA", "neither"),
    "DRDA, with DLD": ("both", "DLD"),
    "DLD, without DRDA": ("DLD", "neither"),
    "DLD, with DRDA": ("both", "DRDA"),
    "both together": ("both", "neither"),
}
"""Effect of a component -> the rows with and without it. Three of them hold the full method against every other row."""
KEYS = ["dataset", "feature_set", "criterion", "metric"]


def ablation_table(results: pd.DataFrame, published: pd.DataFrame) -> pd.DataFrame:
    """Our ablation beside the published one, one row a data set, criterion, pair of switches and metric.

    Columns: dataset; feature_set and criterion ("not run" where only the published numbers exist); row (key of `ROWS`),
    drda, dld; metric; ours (mean), std (population, over folds), seed_std (over seeds; NaN with one), n_folds, n_seeds;
    published, half_unit; difference (ours - published); margin, the largest difference inside the noise, and df (see
    `ildl.compare.noise.noise`; the tables print no spread, ours is presumed for it); inside_noise (NA where a side is
    missing or the features are not the benchmark's); best, published_best (no row of the same data set, criterion and
    metric is better).
    """
    ours = pd.DataFrame(
        [
            {
                **dict(zip(KEYS, setting, strict=True)),
                "row": row,
                "ours": matrix.mean(),
                "std": matrix.mean(axis=0).std(),
                "seed_std": matrix.mean(axis=1).std() if len(matrix) > 1 else np.nan,
                "seed_variance": matrix.var(axis=0, ddof=1).mean() if len(matrix) > 1 else np.nan,
                "n_folds": matrix.shape[1],
                "n_seeds": matrix.shape[0],
            }
            for setting, rows in ablation_values(results).items()
            for row, matrix in rows.items()
        ]
    )
    theirs = _with_row(published)[["dataset", "row", "metric", "value", "half_unit"]]
    theirs = theirs.rename(columns={"value": "published"})
    only_theirs = theirs[~theirs["dataset"].isin(ours["dataset"])].assign(feature_set=NOT_RUN, criterion=NOT_RUN)
    table = ours.merge(theirs, how="left", on=["dataset", "row", "metric"])
    if len(only_theirs):
        table = pd.concat([table, only_theirs], ignore_index=True)
    table[["drda", "dld"]] = [ROWS[row] for row in table["row"]]
    table["difference"] = table["ours"] - table["published"]
    seeds = {"seed_variance": table.pop("seed_variance"), "n_seeds": table["n_seeds"]}
    table[["margin", "df"]] = noise(table["std"], table["n_folds"], np.nan, table["half_unit"], **seeds)[
        ["margin", "df"]
    ]
    inside = (table["difference"].abs() <= table["margin"]).astype("boolean")
    table["inside_noise"] = inside.where((table["feature_set"] == COMPARABLE) & table["difference"].notna())
    table["best"], table["published_best"] = _best(table, "ours"), _best(table, "published")
    front = ["dataset", "feature_set", "criterion", "row", "drda", "dld", "metric"]
    return table[[*front, *(name for name in table.columns if name not in front)]]


def ablation_tests(results: pd.DataFrame) -> pd.DataFrame:
    """What each component does, with the other switched on and off, and the full method against every other row.

    One row a data set, criterion, metric and contrast: dataset, feature_set, criterion, metric; contrast (key of
    `CONTRASTS`), with_row, without_row; the entries of `ildl.compare.contrasts.contrast` for with - without; p_holm
    (p_corrected adjusted for the contrasts of this data set, criterion and metric); same_cells (both rows are the same
    trained cells, since the criterion leaves nothing to switch; tests are then NaN); mark ("better" or "worse", the row
    with the component, where p_corrected < 0.05 and every seed has the sign of the mean; else "none").
    """
    rows = []
    for setting, values in ablation_values(results).items():
        for name, (with_row, without_row) in CONTRASTS.items():
            names = {"contrast": name, "with_row": with_row, "without_row": without_row}
            difference = values[with_row] - values[without_row]
            tested = contrast(difference, metric=setting[-1]) | {"same_cells": not difference.any()}
            rows.append({**dict(zip(KEYS, setting, strict=True)), **names, **tested})
    tests = pd.DataFrame(rows)
    tests["p_holm"] = tests.groupby(KEYS, sort=False)["p_corrected"].transform(lambda p: holm(p))
    found = (tests["p_corrected"] < LEVEL) & tests["same_sign_over_seeds"]
    tests["mark"] = np.where(found, np.where(tests["improvement"] > 0, BETTER, WORSE), NONE)
    return tests


def component_summary(tests: pd.DataFrame) -> pd.DataFrame:
    """Count over the metrics what each component does.

    One row a data set, criterion and contrast: dataset, feature_set, criterion, contrast; metrics; improved (the mean
    is better), better, worse (marks); same_cells.
    """
    groups = ["dataset", "feature_set", "criterion", "contrast"]
    counted = tests.assign(
        improved=tests["improvement"] > 0, better=tests["mark"] == BETTER, worse=tests["mark"] == WORSE
    )
    summary = counted.groupby(groups, sort=False)[["improved", "better", "worse"]].sum()
    grouped = counted.groupby(groups, sort=False)
    return summary.assign(metrics=grouped.size(), same_cells=grouped["same_cells"].all()).reset_index()


def published_effects(published: pd.DataFrame) -> pd.DataFrame:
    """What each component does in print, as far as the cells are filled.

    One row a table, contrast and metric: table, dataset, contrast, with_row, without_row, metric; difference (with -
    without; NaN where a cell is empty), improvement (positive is better), room (by how much rounding can have moved the
    difference); improves (NA where a cell is empty), certain (no rounding changes the answer).
    """
    keys = ["table", "dataset", "metric"]
    wide = _with_row(published).pivot(index=keys, columns="row", values=["value", "half_unit"])
    wide = wide.loc[pd.MultiIndex.from_frame(published[keys].drop_duplicates())]
    value, half_unit = wide["value"], wide["half_unit"]
    parts = []
    for name, (with_row, without_row) in CONTRASTS.items():
        names = {"contrast": name, "with_row": with_row, "without_row": without_row}
        difference, room = value[with_row] - value[without_row], half_unit[with_row] + half_unit[without_row]
        parts.append(pd.DataFrame({"difference": difference, "room": room}).assign(**names).reset_index())
    effects = pd.concat(parts, ignore_index=True)
    effects["improvement"] = effects["difference"] * np.where(effects["metric"].isin(HIGHER_IS_BETTER), 1, -1)
    there = effects["difference"].notna()
    # Differences of printed numbers carry an error of floating-point arithmetic, far below their last digit.
    effects["improves"] = (effects["improvement"] > 1e-9).astype("boolean").where(there)
    effects["certain"] = (effects["improvement"].abs() > effects["room"] + 1e-9).astype("boolean").where(there)
    front = ["table", "dataset", "contrast", "with_row", "without_row", "metric", "difference", "improvement"]
    return effects[[*front, "room", "improves", "certain"]]


def ablation_values(
    results: pd.DataFrame, metrics: Sequence[str] = METRICS
) -> dict[tuple[str, ...], dict[str, NDArray[np.float64]]]:
    """Values of every row of the ablation.

    (dataset, feature_set, criterion, metric) -> row -> ndarray, shape (n_seeds, n_folds). Data set by data set, metrics
    as asked, rows as in `ROWS`.
    """
    absent = [name for name in ("criterion", "drda", "dld", "metric") if name not in results.columns]
    if absent:
        raise ValueError(f"The results lack the column(s) {', '.join(absent)}; load the experiment `ablation`.")
    lacking = [metric for metric in metrics if metric not in set(results["metric"])]
    if lacking:
        raise ValueError(f"The results lack the metric(s) {', '.join(lacking)} of the paper's ablation.")
    found: dict[tuple[str, ...], dict[str, NDArray[np.float64]]] = {}
    cells = _with_row(results[results["metric"].isin(metrics)])
    for (*setting, row), matrix in values_by_setting(cells, [*KEYS, "row"]).items():
        found.setdefault(tuple(setting), {})[row] = matrix
    for (dataset, _, criterion, metric), rows in found.items():
        missing = [row for row in ROWS if row not in rows]
        if missing:
            raise ValueError(
                f"{dataset}, criterion {criterion}, {metric}: the ablation lacks the row(s) {', '.join(missing)}; "
                "all four are needed."
            )
    datasets, _, criteria, _ = (list(dict.fromkeys(names)) for names in zip(*found, strict=True))
    ordered = sorted(found, key=lambda s: (datasets.index(s[0]), criteria.index(s[2]), list(metrics).index(s[3])))
    return {setting: {row: found[setting][row] for row in ROWS} for setting in ordered}


def _with_row(frame: pd.DataFrame) -> pd.DataFrame:
    """With the name of each row of the ablation, from its switches."""
    names = {switches: name for name, switches in ROWS.items()}
    switches = zip(frame["drda"].astype(bool), frame["dld"].astype(bool), strict=True)
    return frame.assign(row=[names[pair] for pair in switches])


def _best(table: pd.DataFrame, column: str) -> pd.Series:
    scores = table[column] * np.where(table["metric"].isin(HIGHER_IS_BETTER), 1, -1)
    best = scores.groupby([table[key] for key in ("dataset", "criterion", "metric")], sort=False).transform("max")
    return scores == best
