"""Published and own results against constants: predictions that are the same for every row."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from companion.base.comparison import METRIC_TITLES
from companion.evidence.constants import UNIFORM
from ildl.compare.contrasts import contrast
from ildl.compare.corrected import LEVEL, test_shares
from ildl.compare.noise import INSIDE, noise
from ildl.compare.statistics import BETTER, HIGHER_IS_BETTER, REFERENCES, WORSE, check_results

PUBLISHED, OURS = "published", "ours"
SAMPLED, LEFT_OUT, LAST = "sampled rows", "left-out rows", "last epoch"
"""What chose the epoch of a network: validation rows of either source, or nothing."""
NO_STD = "std not printed"
"""The verdict on a published number whose source prints no standard deviation: its noise is not known."""
ROW = ["dataset", "feature_set", "metric", "method", "reading", "row"]
COLUMNS = [
    *ROW,
    "side",
    "chosen_by",
    "constant",
    "value",
    "constant_value",
    "ratio",
    "better",
    "margin",
    "p",
    "verdict",
]
KL, DISTANCES = "kl_divergence", ("kl_divergence", "chebyshev")


def against_constants(constants: pd.DataFrame, published: pd.DataFrame, runs: pd.DataFrame) -> pd.DataFrame:
    """Hold printed numbers (by `noise`, same labels only) and ours (by the corrected test) against constants."""
    constants = constants[(constants["method"] == UNIFORM) | constants["metric"].isin(DISTANCES)]
    learned = runs[~runs["method"].isin(REFERENCES) & runs["metric"].isin(METRIC_TITLES)]
    frame = pd.concat([_published(constants, published), _ours(constants, learned)], ignore_index=True)
    frame["ratio"] = frame["value"] / frame["constant_value"]
    more = frame["value"] > frame["constant_value"]
    frame["better"] = more == frame["metric"].isin(HIGHER_IS_BETTER)
    frame["better"] &= frame["value"] != frame["constant_value"]
    silent = (frame["side"] == PUBLISHED) & frame["margin"].isna()
    frame["verdict"] = np.select(
        [silent, ~frame["beyond"].astype(bool), frame["better"]], [NO_STD, INSIDE, BETTER], WORSE
    )
    return frame[COLUMNS]


def _published(constants: pd.DataFrame, published: pd.DataFrame) -> pd.DataFrame:
    same = constants[constants["same_labels"].astype(bool)].rename(columns={"method": "constant"})
    folds = same.groupby(["dataset", "metric", "constant"], sort=False)["value"]
    scores = pd.DataFrame({"constant_value": folds.mean(), "spread": folds.std(ddof=0), "n": folds.size()})
    rows = published.merge(scores.reset_index(), on=["dataset", "metric"])
    margin = noise(rows["spread"], rows["n"], rows["std"], rows["mean_half_unit"])["margin"]
    rows = rows.assign(row=rows["method"], value=rows["mean"], margin=margin.where(rows["std"].notna()))
    rows["beyond"] = (rows["value"] - rows["constant_value"]).abs() > rows["margin"]
    return rows.assign(feature_set="benchmark", reading="default", side=PUBLISHED, chosen_by="")


def _ours(constants: pd.DataFrame, runs: pd.DataFrame) -> pd.DataFrame:
    folds = constants.pivot(index=["dataset", "metric", "method"], columns="fold", values="value").sort_index()
    found = []
    for (chosen_by, dataset), rows in runs.groupby(["chosen_by", "dataset"], sort=False):
        check_results(rows)
        if dataset not in folds.index:
            continue
        wide = rows.pivot(index=[*ROW, "params", "seed"], columns="fold", values="value")
        if len(lacking := wide.columns.difference(folds.columns)):
            raise ValueError(f"{dataset}: the constants lack the fold(s) {list(lacking)}; score them on ten folds.")
        scores, (geometry, _) = folds.loc[str(dataset)][wide.columns], test_shares(rows)
        by_metric = {metric: part.droplevel("metric") for metric, part in scores.groupby(level="metric")}
        matrix = wide.to_numpy()
        groups: Mapping[Any, Any] = wide.groupby([*ROW, "params"], sort=False).indices
        for key, at in groups.items():
            values = matrix[at]
            names = dict(zip(ROW, map(str, key), strict=False)) | {"side": OURS, "chosen_by": str(chosen_by)}
            of_metric = by_metric[names["metric"]]
            for constant, score in zip(of_metric.index, of_metric.to_numpy(), strict=True):
                test = contrast(values - score, names["metric"], geometry)
                means = {"value": values.mean(), "constant_value": score.mean(), "p": test["p_corrected"]}
                beyond = test["p_corrected"] < LEVEL and test["same_sign_over_seeds"]
                found.append(names | {"constant": constant, **means, "beyond": beyond})
    return pd.DataFrame(found)


def constant_means(constants: pd.DataFrame, metric: str) -> pd.DataFrame:
    """Mean of each constant over test folds: a row a data set, a column a constant."""
    rows = constants[constants["metric"] == metric]
    return rows.groupby(["dataset", "method"], sort=False)["value"].mean().unstack("method")


def nearness(runs: pd.DataFrame) -> pd.DataFrame:
    """Spearman correlation of evenness and quality over methods in their default reading; 1: the evener, the better."""
    rows = runs[(runs["chosen_by"] == SAMPLED) & (runs["reading"] == "default") & ~runs["method"].isin(REFERENCES)]
    means = rows.pivot_table(index=["dataset", "method"], columns="metric", values="value", sort=False)
    found = [
        (dataset, metric, -part["entropy"].corr(part[metric], "spearman") if len(part) > 2 else np.nan, len(part))
        for dataset, part in means.groupby("dataset", sort=False)
        for metric in DISTANCES
    ]
    return pd.DataFrame(found, columns=["dataset", "metric", "rank_correlation", "n"])


def below_floor(published: pd.DataFrame, labels: pd.DataFrame) -> pd.DataFrame:
    """Published Canberra and Clark distances beside their floor, what zeros in the labels add; LDLSF can predict 0."""
    floors = labels[labels["same"].fillna(False).astype(bool)]
    floors = floors.rename(columns={"zeros_a_row": "canberra", "clark_floor": "clark"})
    floors = floors.melt("dataset", ["canberra", "clark"], "metric", "floor")
    found = published[published["method"] != "LDLSF"].merge(floors, on=["dataset", "metric"])
    return found.assign(below=found["mean"] + found["mean_half_unit"] < found["floor"])
