"""Published and own results against constants: predictions that are the same for every row."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from companion.base.comparison import METRIC_TITLES, shown_reading
from ildl.compare.contrasts import contrast
from ildl.compare.corrected import LEVEL, test_shares
from ildl.compare.noise import noise
from ildl.compare.statistics import BETTER, HIGHER_IS_BETTER, REFERENCES, WORSE, check_results

UNIFORM, TRAIN_MEAN, TEST_MEAN = "Uniform", "Train-mean", "Test-mean"
PUBLISHED, OURS = "published", "ours"
INSIDE = "inside the noise"
NO_STD = "std not printed"
"""The verdict on a published number whose source prints no standard deviation: its noise is not known."""
ROW = ["dataset", "feature_set", "method", "params", "label"]
COLUMNS = ["dataset", "feature_set", "metric", "method", "params", "label", "side", "constant"]
COLUMNS += ["value", "constant_value", "ratio", "gain", "better", "margin", "p", "verdict"]


def against_constants(constants: pd.DataFrame, published: pd.DataFrame, results: pd.DataFrame) -> pd.DataFrame:
    """Hold every published and every own result against every constant.

    That a constant is better than a published number presumes that both stand for the same labels. Where rows or labels
    differ in number from the benchmark's, or the labels are not at hand, published numbers are left out.

    Parameters
    ----------
    constants : DataFrame
        As `companion.evidence.constants.constant_scores` returns it.
    published : DataFrame
        As `companion.base.published.load_published` returns it; of one cell per data set, method and metric.
    results : DataFrame
        The experiment "comparison"; rows of the references and those with the last epoch are left out.

    Returns
    -------
    DataFrame
        One row a data set, metric, side ("published" or "ours"), method (reading) and constant: dataset, feature_set
        ("benchmark" for published numbers), metric, method, params, label, side, constant, value, constant_value; ratio
        (value / constant_value); gain (their difference, positive where the method is better); better (bool, strictly);
        margin (of a published number, see `ildl.compare.noise.noise`; NaN for ours, and where no standard deviation is
        printed); p (of ours, corrected resampled t-test over folds; NaN for published numbers); verdict ("better",
        "worse", "inside the noise": a difference within the margin, or p at least 0.05, or a sign that changes from
        seed to seed; or "std not printed").

    Raises
    ------
    ValueError
        As `summarise`, or folds of the results that the constants lack.
    """
    sides = [pd.DataFrame(_published(constants, published)), pd.DataFrame(_ours(constants, results))]
    frame = pd.concat([side for side in sides if len(side)], ignore_index=True)
    frame["ratio"] = frame["value"] / frame["constant_value"]
    frame["better"] = frame["gain"] > 0
    return frame[COLUMNS]


def tables_rows(results: pd.DataFrame, references: bool = False) -> pd.DataFrame:
    """Rows of a comparison that stand in the tables (best epoch), each with a label.

    Parameters
    ----------
    results : DataFrame
        The experiment "comparison".
    references : bool
        Keep the two references.

    Returns
    -------
    DataFrame
        With the column label: the method, and its reading in brackets where it is not the default one.
    """
    kept = (results["epoch_kept"] == "best") & (references | ~results["method"].isin(REFERENCES))
    return with_labels(results[kept])


def with_labels(results: pd.DataFrame) -> pd.DataFrame:
    """Add what a row is called.

    Parameters
    ----------
    results : DataFrame
        With the columns method and reading.

    Returns
    -------
    DataFrame
        With the column label, such as "DILDL" or "DILDL [rebalanced]".
    """
    named = results["method"] + " [" + results["reading"].map(shown_reading) + "]"
    return results.assign(label=results["method"].where(results["reading"] == "default", named))


def complete_constants(constants: pd.DataFrame, results: pd.DataFrame) -> pd.DataFrame:
    """Add the references of own results for data sets whose labels are not at hand.

    Parameters
    ----------
    constants : DataFrame
        As `companion.evidence.constants.constant_scores` returns it.
    results : DataFrame
        The experiment "comparison".

    Returns
    -------
    DataFrame
        The labels of an added data set count as the benchmark's (column same_labels) where its features are.
    """
    lacking = results["method"].isin(REFERENCES) & ~results["dataset"].isin(constants["dataset"])
    added = results[lacking]
    added = added.assign(same_labels=added["feature_set"] == "benchmark")
    at_hand = constants[constants["dataset"].ne("Artificial") | constants["dataset"].isin(results["dataset"])]
    return pd.concat([at_hand, added[constants.columns]], ignore_index=True) if len(added) else constants


def share_explained(results: pd.DataFrame, constants: pd.DataFrame) -> pd.DataFrame:
    """How much of the labels' variance about a constant predictions explain, and how near to uniform they are.

    1 - E / E_constant, where E is the mean over test rows of the squared distance between true and predicted row.
    Against `Test-mean` it is the coefficient of determination, all labels together.

    Parameters
    ----------
    results : DataFrame
        The experiment "comparison", with the metrics squared_error, entropy, spread and kl_divergence.
    constants : DataFrame
        As `companion.evidence.constants.constant_scores` returns it.

    Returns
    -------
    DataFrame
        One row a data set, method and reading, references included: dataset, feature_set, method, params, label,
        kl_divergence, chebyshev, squared_error, entropy, spread; of_uniform, of_train_mean, of_test_mean (NaN where
        the data set lacks the constant). At most 1; 0 for the constant itself, negative for what is worse than it.
    """
    metrics = ["kl_divergence", "chebyshev", "squared_error", "entropy", "spread"]
    rows = tables_rows(results, references=True)
    means = rows[rows["metric"].isin(metrics)].groupby([*ROW, "metric"], sort=False)["value"].mean()
    frame = means.unstack("metric").reset_index()[[*ROW, *metrics]].rename_axis(columns=None)
    folds = rows[["dataset", "fold"]].drop_duplicates()
    errors = constants[constants["metric"] == "squared_error"].merge(folds, on=["dataset", "fold"])
    of_constants = errors.groupby(["method", "dataset"])["value"].mean().unstack("dataset")
    for constant in (UNIFORM, TRAIN_MEAN, TEST_MEAN):
        error = frame["dataset"].map(of_constants.reindex([constant]).iloc[0].to_dict())
        frame[f"of_{constant.lower().replace('-', '_')}"] = 1 - frame["squared_error"] / error
    return frame


def _published(constants: pd.DataFrame, published: pd.DataFrame) -> Iterator[dict[str, Any]]:
    same = constants[constants["same_labels"].astype(bool)]
    of_constants = same.groupby(["dataset", "metric", "method"], sort=False)["value"]
    scores = pd.DataFrame({"score": of_constants.mean(), "spread": of_constants.std(ddof=0), "n": of_constants.size()})
    scores = scores.reset_index().rename(columns={"method": "constant"})
    joined = published.merge(scores, on=["dataset", "metric"])
    margins = noise(joined["spread"], joined["n"], joined["std"], joined["mean_half_unit"])["margin"]
    margins = margins.where(joined["std"].notna())
    for row, margin in zip(joined.to_dict("records"), margins, strict=True):
        gain = (row["mean"] - row["score"]) * (1 if row["metric"] in HIGHER_IS_BETTER else -1)
        yield {
            **{name: row[name] for name in ("dataset", "metric", "method", "constant")},
            "feature_set": "benchmark", "params": "{}", "label": row["method"], "side": PUBLISHED,
            "value": row["mean"], "constant_value": row["score"], "gain": gain, "margin": margin, "p": np.nan,
            "verdict": NO_STD if np.isnan(margin) else _verdict(gain, abs(gain) > margin),
        }  # fmt: skip


def _ours(constants: pd.DataFrame, results: pd.DataFrame) -> Iterator[dict[str, Any]]:
    rows = tables_rows(results)
    rows = rows[rows["metric"].isin(METRIC_TITLES)]
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
