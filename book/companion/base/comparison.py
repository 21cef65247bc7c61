"""Our results beside the published ones: which numbers stand in which row of a table."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from ildl.checks import check_option
from ildl.compare.noise import judge, noise
from ildl.compare.statistics import COMPARABLE, REFERENCES, is_better


class _Titles(dict[str, str]):
    def __missing__(self, metric: str) -> str:
        return str(check_option(metric, self, "metric"))  # complains


METRIC_TITLES = _Titles({
    "chebyshev": "Chebyshev distance (low is good)",
    "clark": "Clark distance (low is good)",
    "canberra": "Canberra distance (low is good)",
    "kl_divergence": "Kullback-Leibler divergence (low is good)",
    "cosine": "Cosine similarity (high is good)",
    "intersection": "Intersection similarity (high is good)",
    "euclidean_all": "Euclidean distance, all labels (low is good)",
    "euclidean_tail": "Euclidean distance, tail labels (low is good)",
    "euclidean_head": "Euclidean distance, head labels (low is good)",
})  # fmt: skip
NOT_RUN = "not run"
SHOWN_READINGS = {"as printed": "printed targets"}
"""Name of a reading -> what a page calls it: what is printed otherwise than by default are the targets alone."""
TUNED = {"RDA": {"tuned": {"lambda": "tuned"}}}
"""The reading that `companion.base.tuned.with_tuned` makes of others."""
Readings = Mapping[str, Mapping[str, Mapping[str, Any]]]
"""Method -> name of a reading -> the parameters that give it, as `ildl.methods.READINGS`."""


def comparison_table(
    summary: pd.DataFrame | None, published: pd.DataFrame, metric: str, readings: Readings | None = None
) -> pd.DataFrame:
    """Our results beside the published ones, one row a data set and method (reading).

    Every data set and every method of either side is there; what a side lacks is NaN. Methods are in the published
    order with their readings together, then those that are not published, then the references.

    Columns: dataset, feature_set ("not run" without results), method, params, label; ours, ours_std, seed_std (NaN with
    one seed), n_folds, n_seeds; published, published_std, printed (the same as text, with the source's digits; empty
    where there is none), published_marker; difference (ours - published); margin, df and the parts of
    `ildl.compare.noise.noise`; inside_noise (whether the difference is within the margin; NA where a side is missing or
    the features are not the benchmark's); verdict (see `ildl.compare.noise.judge`; NA likewise: the margin must tell
    the published mean from that of DILDL, DILDL's from that of RDA, and either from the uniform distribution); best (of
    ours on the data set); better_than_uniform, better_than_train_mean, published_better_than_uniform (NA where features
    are not the benchmark's: then the published number may stand for other instances).
    """
    theirs = published.loc[published["metric"] == metric].set_index(["dataset", "method"])
    columns = ["dataset", "feature_set", "method", "params", "metric", "mean", "std", "seed_std", "n_folds", "n_seeds"]
    columns += ["seed_variance", "partition_variance", "n_partitions"]
    columns += ["better_than_uniform", "better_than_train_mean"]
    ours = pd.DataFrame(columns=columns) if summary is None else summary.loc[summary["metric"] == metric, columns]
    if theirs.empty and ours.empty:
        raise ValueError(f"There is no result for the metric {metric!r}; known: {', '.join(METRIC_TITLES)}.")
    datasets = pd.Index(theirs.index.get_level_values("dataset").append(pd.Index(ours["dataset"])).unique())
    frame = pd.merge(pd.Series(datasets, name="dataset"), _rows(ours, theirs, readings or {}), how="cross")
    frame = frame.merge(ours.drop(columns=["feature_set", "metric"]), how="left", on=["dataset", "method", "params"])
    frame = frame.rename(columns={"mean": "ours", "std": "ours_std"})
    cells = theirs.reindex(pd.MultiIndex.from_frame(frame[["dataset", "method"]]))
    frame["published"], frame["published_std"] = cells["mean"].to_numpy(), cells["std"].to_numpy()
    frame["printed"] = _printed(cells)
    frame["published_marker"] = cells["marker"].fillna("").to_numpy()
    features = ours.drop_duplicates("dataset").set_index("dataset")["feature_set"]
    frame.insert(1, "feature_set", features.astype(object).reindex(frame["dataset"], fill_value=NOT_RUN).to_numpy())

    numbers = ["ours", "ours_std", "seed_std", "n_folds", "n_seeds", "published", "published_std"]
    frame[numbers] = frame[numbers].astype(float)
    frame["difference"] = frame["ours"] - frame["published"]
    spreads = {name: frame.pop(name).astype(float) for name in ("seed_variance", "partition_variance", "n_partitions")}
    half_unit = cells["mean_half_unit"].to_numpy(dtype=float)
    of_noise = noise(
        frame["ours_std"], frame["n_folds"], frame["published_std"], half_unit, n_seeds=frame["n_seeds"], **spreads
    )
    frame = frame.join(of_noise)
    frame["margin"] = frame["margin"].where(frame["published"].notna())
    comparable = frame["feature_set"] == COMPARABLE
    inside = (frame["difference"].abs() <= frame["margin"]).astype("boolean")
    frame["inside_noise"] = inside.where(comparable & frame["margin"].notna() & frame["difference"].notna())
    uniform = frame[frame["method"] == "Uniform"].set_index("dataset")["ours"]
    others = frame["dataset"].map(uniform).astype(float)
    frame["verdict"] = judge(
        frame["difference"],
        frame["margin"],
        metric,
        _rival_gaps(frame, theirs["mean"]) | {"uniform": frame["published"] - others},
    ).where(comparable, None)
    frame["best"] = _best(frame, metric)
    frame["published_better_than_uniform"] = is_better(frame["published"], others, metric).where(comparable)
    return frame


def method_label(method: str, params: str, several: bool, readings: Readings) -> str:
    """What a row is called: the method, and its reading, by name or by the parameters that differ from the defaults.

    Examples
    --------
    >>> method_label("DILDL", '{"criterion":"added"}', several=True, readings={})
    'DILDL [criterion=added]'
    """
    changed = json.loads(params)
    if not changed:
        return f"{method} [default]" if several else method
    for name, values in {**TUNED.get(method, {}), **readings.get(method, {})}.items():
        if values == changed:
            return f"{method} [{shown_reading(name)}]"
    return f"{method} [{', '.join(f'{name}={value}' for name, value in changed.items())}]"


def shown_reading(name: str) -> str:
    """What a page calls a reading.

    Examples
    --------
    >>> shown_reading("closest: as printed")
    'closest: printed targets'
    """
    before, colon, last = name.rpartition(": ")
    return before + colon + SHOWN_READINGS.get(last, last)


def _rows(ours: pd.DataFrame, theirs: pd.DataFrame, readings: Readings) -> pd.DataFrame:
    """Method, params and label of every row, in order."""
    runs = ours[["method", "params"]].drop_duplicates()
    printed = list(theirs.index.get_level_values("method").unique())
    lacking = [method for method in printed if method not in set(runs["method"])]
    rows = pd.concat([runs, pd.DataFrame({"method": lacking, "params": "{}"})], ignore_index=True)
    order = [*printed, *(method for method in rows["method"].unique() if method not in (*printed, *REFERENCES))]
    order += REFERENCES
    rows["several"] = rows["method"].duplicated(keep=False)
    rows = rows.sort_values("method", key=lambda methods: methods.map(order.index), kind="stable")
    columns = zip(rows["method"], rows["params"], rows["several"], strict=True)
    rows["label"] = [method_label(*row, readings) for row in columns]
    return rows[["method", "params", "label"]].reset_index(drop=True)


def _rival_gaps(frame: pd.DataFrame, published: pd.Series) -> dict[str, pd.Series]:
    """How far each published mean is from the one that the paper holds against it."""
    gaps = {}
    for rival, judged in (("DILDL", frame["method"] != "DILDL"), ("RDA", frame["method"] == "DILDL")):
        means = published[published.index.get_level_values("method") == rival].droplevel("method")
        gaps[rival] = (frame["published"] - frame["dataset"].map(means).astype(float)).where(judged)
    return gaps


def _printed(cells: pd.DataFrame) -> list[str]:
    means, stds = (cells[f"{name}_printed"].fillna("") for name in ("mean", "std"))
    return [f"{mean} ± {std}" if std else mean for mean, std in zip(means, stds, strict=True)]


def _best(frame: pd.DataFrame, metric: str) -> pd.Series:
    best = pd.Series(False, index=frame.index)
    for _, values in frame.groupby("dataset", sort=False)["ours"]:
        beaten = [is_better(values, pd.Series(value, index=values.index), metric).any() for value in values]
        best[values.index] = values.notna() & ~np.array(beaten)
    return best
