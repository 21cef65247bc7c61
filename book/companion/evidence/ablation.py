"""Tables 3 and 4: DILDL with and without its two components, ours beside the published numbers, and what each does."""

from __future__ import annotations

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
SETTING = ["dataset", "feature_set", "criterion", "metric"]
SWITCHES = ["drda", "dld"]


def ablation_table(results: pd.DataFrame, published: pd.DataFrame) -> pd.DataFrame:
    """Our ablation beside the published one: means, spreads, margin of the noise, and which row is best."""
    lines = []
    for setting, rows in ablation_values(results).items():
        for row, matrix in rows.items():
            by_seed = (
                (matrix.mean(axis=1).std(), matrix.var(axis=0, ddof=1).mean()) if len(matrix) > 1 else (np.nan,) * 2
            )
            lines.append((*setting, row, matrix.mean(), matrix.mean(axis=0).std(), *by_seed, *matrix.shape[::-1]))
    columns = [*SETTING, "row", "ours", "std", "seed_std", "seed_variance", "n_folds", "n_seeds"]
    theirs = _with_row(published)[["dataset", "row", "metric", "value", "half_unit"]]
    theirs = theirs.rename(columns={"value": "published"})
    table = pd.DataFrame(lines, columns=columns).merge(theirs, how="left", on=["dataset", "row", "metric"])
    unrun = theirs[~theirs["dataset"].isin(table["dataset"])].assign(feature_set=NOT_RUN, criterion=NOT_RUN)
    table = pd.concat([table, unrun], ignore_index=True) if len(unrun) else table
    table[SWITCHES] = [ROWS[row] for row in table["row"]]
    table["difference"] = table["ours"] - table["published"]
    seeds = {"seed_variance": table.pop("seed_variance"), "n_seeds": table["n_seeds"]}
    found = noise(table["std"], table["n_folds"], np.nan, table["half_unit"], **seeds)
    table[["margin", "df"]] = found[["margin", "df"]]
    inside = (table["difference"].abs() <= table["margin"]).astype("boolean")
    table["inside_noise"] = inside.where((table["feature_set"] == COMPARABLE) & table["difference"].notna())
    for name, column in (("best", "ours"), ("published_best", "published")):
        scores = table[column] * _sign(table["metric"])
        of = scores.groupby([table[key] for key in ("dataset", "criterion", "metric")], sort=False)
        table[name] = scores == of.transform("max")
    front = [*SETTING[:-1], "row", *SWITCHES, "metric"]
    return table[[*front, *table.columns.drop(front)]]


def ablation_tests(results: pd.DataFrame) -> pd.DataFrame:
    """What each contrast does in each setting: `ildl.compare.contrasts.contrast` of its rows, Holm's p, and a mark."""
    tests = pd.DataFrame(
        {**dict(zip(SETTING, setting, strict=True)), "contrast": name, "with_row": on, "without_row": off}
        | contrast(values[on] - values[off], metric=setting[-1])
        | {"same_cells": not (values[on] - values[off]).any()}
        for setting, values in ablation_values(results).items()
        for name, (on, off) in CONTRASTS.items()
    )
    tests["p_holm"] = tests.groupby(SETTING, sort=False)["p_corrected"].transform(lambda p: holm(p))
    found = (tests["p_corrected"] < LEVEL) & tests["same_sign_over_seeds"]
    tests["mark"] = np.where(found, np.where(tests["improvement"] > 0, BETTER, WORSE), NONE)
    return tests


def component_summary(tests: pd.DataFrame) -> pd.DataFrame:
    """Count in how many metrics of a data set and criterion a contrast improves the mean, and is marked."""
    counted = tests.assign(
        improved=tests["improvement"] > 0, better=tests["mark"] == BETTER, worse=tests["mark"] == WORSE
    )
    grouped = counted.groupby([*SETTING[:-1], "contrast"], sort=False)
    summary = grouped[["improved", "better", "worse"]].sum()
    return summary.assign(metrics=grouped.size(), same_cells=grouped["same_cells"].all()).reset_index()


def published_effects(published: pd.DataFrame) -> pd.DataFrame:
    """What each contrast does in print: `improves` is NA where a cell is empty, `certain` what no rounding changes."""
    keys = ["table", "dataset", "metric"]
    wide = _with_row(published).pivot(index=keys, columns="row", values=["value", "half_unit"])
    wide = wide.loc[pd.MultiIndex.from_frame(published[keys].drop_duplicates())]
    value, half_unit = wide["value"], wide["half_unit"]
    parts = [
        pd.DataFrame({"difference": value[on] - value[off], "room": half_unit[on] + half_unit[off]})
        .assign(contrast=name, with_row=on, without_row=off)
        .reset_index()
        for name, (on, off) in CONTRASTS.items()
    ]
    effects = pd.concat(parts, ignore_index=True)
    effects["improvement"] = effects["difference"] * _sign(effects["metric"])
    there = effects["difference"].notna()
    # Differences of printed numbers carry an error of floating-point arithmetic, far below their last digit.
    effects["improves"] = (effects["improvement"] > 1e-9).astype("boolean").where(there)
    effects["certain"] = (effects["improvement"].abs() > effects["room"] + 1e-9).astype("boolean").where(there)
    front = ["table", "dataset", "contrast", "with_row", "without_row", "metric", "difference", "improvement"]
    return effects[[*front, "room", "improves", "certain"]]


def ablation_values(results: pd.DataFrame) -> dict[tuple[str, ...], dict[str, NDArray[np.float64]]]:
    """Values of every row of a setting, shape (n_seeds, n_folds); data set by data set, metrics and rows in order."""
    if absent := [name for name in ("criterion", *SWITCHES, "metric") if name not in results.columns]:
        raise ValueError(f"The results lack the column(s) {', '.join(absent)}; load the experiment `ablation`.")
    if lacking := [metric for metric in METRICS if metric not in set(results["metric"])]:
        raise ValueError(f"The results lack the metric(s) {', '.join(lacking)} of the paper's ablation.")
    values = values_by_setting(_with_row(results[results["metric"].isin(METRICS)]), [*SETTING, "row"])
    settings = list(dict.fromkeys(key[:-1] for key in values))
    for dataset, features, criterion, metric in settings:
        if missing := [row for row in ROWS if (dataset, features, criterion, metric, row) not in values]:
            raise ValueError(
                f"{dataset}, criterion {criterion}, {metric}: the ablation lacks the row(s) {', '.join(missing)}; "
                "all four are needed."
            )
    datasets, _, criteria, _ = (list(dict.fromkeys(names)) for names in zip(*settings, strict=True))
    settings.sort(key=lambda s: (datasets.index(s[0]), criteria.index(s[2]), METRICS.index(s[3])))
    return {setting: {row: values[(*setting, row)] for row in ROWS} for setting in settings}


def _with_row(frame: pd.DataFrame) -> pd.DataFrame:
    names = pd.Series({switches: name for name, switches in ROWS.items()})
    return frame.assign(row=names.reindex(pd.MultiIndex.from_frame(frame[SWITCHES].astype(bool))).array)


def _sign(metrics: pd.Series) -> NDArray[np.int_]:
    return np.where(metrics.isin(HIGHER_IS_BETTER), 1, -1)
