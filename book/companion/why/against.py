"""Published and own results against constants: predictions that are the same for every row."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from companion.base.comparison import METRIC_TITLES
from companion.evidence.constants import TEST_MEAN, TRAIN_MEAN, UNIFORM
from ildl.compare.contrasts import contrast
from ildl.compare.corrected import LEVEL, test_shares
from ildl.compare.noise import INSIDE, noise
from ildl.compare.statistics import BETTER, HIGHER_IS_BETTER, REFERENCES, WORSE, check_results

PUBLISHED, OURS = "published", "ours"
SAMPLED, LEFT_OUT, LAST = "sampled rows", "left-out rows", "last epoch"
"""What chose the epoch of a network: validation rows of either source, or nothing."""
NO_STD = "std not printed"
"""The verdict on a published number whose source prints no standard deviation: its noise is not known."""
ROW = ["dataset", "feature_set", "method", "reading", "params", "row"]
COLUMNS = ["dataset", "feature_set", "metric", "method", "reading", "row", "side", "chosen_by", "constant"]
COLUMNS += ["value", "constant_value", "ratio", "gain", "better", "margin", "p", "verdict"]


def against_constants(constants: pd.DataFrame, published: pd.DataFrame, runs: pd.DataFrame) -> pd.DataFrame:
    """Hold every published and every own result against every constant.

    A published number counts only where rows and labels of the public file have the benchmark's numbers (same_labels).
    Columns: dataset, feature_set ("benchmark" for published numbers), metric, method, reading, row, side ("published"
    or "ours"), chosen_by (empty for published numbers), constant, value, constant_value, ratio, gain (positive where
    the method is better), better (strictly), margin (of published numbers), p (of ours, corrected test), verdict
    ("better" or "worse" beyond the noise, "inside the noise", or that no standard deviation is printed).
    """
    found = [*_published(constants, published)]
    for chosen_by, rows in learned(runs).groupby("chosen_by", sort=False):
        found += [{"chosen_by": chosen_by, **row} for row in _ours(constants, rows)]
    frame = pd.DataFrame(found)
    frame["ratio"] = frame["value"] / frame["constant_value"]
    frame["better"] = frame["gain"] > 0
    return frame[COLUMNS]


def learned(runs: pd.DataFrame) -> pd.DataFrame:
    """Runs without the two references, which learn nothing."""
    return runs[~runs["method"].isin(REFERENCES)]


def complete_constants(constants: pd.DataFrame, runs: pd.DataFrame) -> pd.DataFrame:
    """Add the references of own results for data sets whose labels the evidence lacks."""
    added = runs[runs["method"].isin(REFERENCES) & ~runs["dataset"].isin(constants["dataset"])]
    added = added.assign(same_labels=added["feature_set"] == "benchmark")
    return pd.concat([constants, added[constants.columns]], ignore_index=True) if len(added) else constants


def constant_means(constants: pd.DataFrame, metric: str) -> pd.DataFrame:
    """Mean of each constant over test folds: a row a data set, a column a constant."""
    rows = constants[constants["metric"] == metric]
    return rows.groupby(["dataset", "method"], sort=False)["value"].mean().unstack("method")


def share_explained(runs: pd.DataFrame, constants: pd.DataFrame) -> pd.DataFrame:
    """How much of the labels' variance about a constant predictions explain, and how near to equal degrees they are.

    One row a data set, row and choice of the epoch, references included: kl_divergence, chebyshev, squared_error,
    entropy, spread; of_uniform, of_train_mean, of_test_mean: 1 - E / E_constant, E the mean squared distance of true
    from predicted rows (at most 1; 0 for the constant itself; NaN without it).
    """
    metrics = ["kl_divergence", "chebyshev", "squared_error", "entropy", "spread"]
    by = [*ROW, "chosen_by"]
    means = runs[runs["metric"].isin(metrics)].groupby([*by, "metric"], sort=False)["value"].mean()
    frame = means.unstack("metric").reset_index()[[*by, *metrics]].rename_axis(columns=None)
    folds = runs[["dataset", "fold"]].drop_duplicates()
    errors = constant_means(constants.merge(folds, on=["dataset", "fold"]), "squared_error")
    for constant in (UNIFORM, TRAIN_MEAN, TEST_MEAN):
        error = frame["dataset"].map(errors[constant].to_dict() if constant in errors else {})
        frame[f"of_{constant.lower().replace('-', '_')}"] = 1 - frame["squared_error"] / error.astype(float)
    return frame


def nearness(shares: pd.DataFrame) -> pd.DataFrame:
    """How the order of methods by nearness to equal degrees agrees with their order by quality, on each data set.

    `shares` has one row a data set and method. Columns: dataset, metric, rank_correlation (Spearman; 1: the nearer, the
    better), r_squared (of a straight line through value and entropy), n. It describes the methods that were compared;
    they are no sample, so nothing is tested.
    """
    found = []
    for dataset, rows in shares.groupby("dataset", sort=False):
        for metric in ("kl_divergence", "chebyshev"):
            enough = len(rows) > 2 and rows["entropy"].nunique() > 1 and rows[metric].nunique() > 1
            rank = -float(stats.spearmanr(rows["entropy"], rows[metric]).statistic) if enough else np.nan
            line = float(np.corrcoef(rows["entropy"], rows[metric])[0, 1]) ** 2 if enough else np.nan
            found.append(
                {"dataset": dataset, "metric": metric, "rank_correlation": rank, "r_squared": line, "n": len(rows)}
            )
    return pd.DataFrame(found)


def method_agreement(runs: pd.DataFrame, constants: pd.DataFrame) -> pd.DataFrame:
    """As `nearness`, of every method in its default reading with the epoch by sampled rows."""
    first = runs[runs["chosen_by"] == SAMPLED]
    shares = share_explained(learned(first[first["reading"] == "default"]), constants)
    return nearness(shares)


def below_floor(published: pd.DataFrame, labels: pd.DataFrame) -> pd.DataFrame:
    """Published Canberra and Clark distances beside the least that positive predictions reach with the public labels.

    A label of degree 0 that is predicted with a positive degree adds exactly 1 to the Canberra distance of its row, and
    to the square of the Clark distance. LDLSF can predict 0 and is left out. Columns: dataset, metric, method, value,
    floor, below (by more than the rounding of the printed number).
    """
    floors = labels[labels["same"].fillna(False).astype(bool)].rename(
        columns={"zeros_a_row": "canberra", "clark_floor": "clark"}
    )
    floors = floors.melt("dataset", ["canberra", "clark"], "metric", "floor")
    found = published[published["method"] != "LDLSF"].merge(floors, on=["dataset", "metric"])
    found = found.rename(columns={"mean": "value"})
    found["below"] = found["value"] + found["mean_half_unit"] < found["floor"]
    return found[["dataset", "metric", "method", "value", "floor", "below"]]


def _published(constants: pd.DataFrame, published: pd.DataFrame) -> Iterator[dict[str, Any]]:
    same = constants[constants["same_labels"].astype(bool)]
    of_constants = same.groupby(["dataset", "metric", "method"], sort=False)["value"]
    scores = pd.DataFrame({"score": of_constants.mean(), "spread": of_constants.std(ddof=0), "n": of_constants.size()})
    joined = published.merge(scores.reset_index().rename(columns={"method": "constant"}), on=["dataset", "metric"])
    margins = noise(joined["spread"], joined["n"], joined["std"], joined["mean_half_unit"])["margin"]
    margins = margins.where(joined["std"].notna())
    for row, margin in zip(joined.to_dict("records"), margins, strict=True):
        gain = (row["mean"] - row["score"]) * (1 if row["metric"] in HIGHER_IS_BETTER else -1)
        yield {
            **{name: row[name] for name in ("dataset", "metric", "method", "constant")},
            "feature_set": "benchmark", "reading": "default", "row": row["method"], "side": PUBLISHED, "chosen_by": "",
            "value": row["mean"], "constant_value": row["score"], "gain": gain, "margin": margin, "p": np.nan,
            "verdict": NO_STD if np.isnan(margin) else _verdict(gain, abs(gain) > margin),
        }  # fmt: skip


def _ours(constants: pd.DataFrame, runs: pd.DataFrame) -> Iterator[dict[str, Any]]:
    rows = runs[runs["metric"].isin(METRIC_TITLES)]
    check_results(rows)
    constant_folds = constants.pivot(index=["dataset", "metric", "method"], columns="fold", values="value").sort_index()
    for dataset, of_dataset in rows.groupby("dataset", sort=False):
        if dataset not in constant_folds.index.get_level_values("dataset"):
            continue
        wide = of_dataset.pivot(index=[*ROW, "metric", "seed"], columns="fold", values="value")
        lacking = [fold for fold in wide.columns if fold not in constant_folds.columns]
        if lacking:
            raise ValueError(f"{dataset}: the constants lack the fold(s) {lacking}; score them on ten folds.")
        scores = constant_folds.loc[str(dataset)][wide.columns]
        geometry, _ = test_shares(of_dataset)
        for key, values in wide.groupby([*ROW, "metric"], sort=False):
            names = dict(zip([*ROW, "metric"], map(str, key), strict=True))
            for constant, score in scores.loc[names["metric"]].iterrows():
                found = contrast(values.to_numpy() - score.to_numpy(), names["metric"], geometry)
                beyond = found["p_corrected"] < LEVEL and found["same_sign_over_seeds"]
                yield {
                    **names, "side": OURS, "constant": constant, "value": float(values.to_numpy().mean()),
                    "constant_value": float(score.mean()), "gain": found["improvement"], "margin": np.nan,
                    "p": found["p_corrected"], "verdict": _verdict(found["improvement"], beyond),
                }  # fmt: skip


def _verdict(gain: float, beyond: bool) -> str:
    return (BETTER if gain > 0 else WORSE) if beyond else INSIDE
