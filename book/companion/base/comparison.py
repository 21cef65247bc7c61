"""Our results beside the published ones: which numbers stand in which row of a table."""

from __future__ import annotations

import pandas as pd

from ildl.checks import check_option
from ildl.compare.noise import judge, noise
from ildl.compare.statistics import COMPARABLE, HIGHER_IS_BETTER, REFERENCES, is_better


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
TUNED = {"RDA": {"tuned": {"lambda": "tuned"}}}
"""The reading that `companion.base.tuned.with_tuned` makes of others."""
SPREADS = ["seed_variance", "partition_variance", "n_partitions"]
NUMBERS = ["ours", "ours_std", "seed_std", "n_folds", "n_seeds", "published", "published_std", *SPREADS]
OURS = {
    "dataset": "dataset", "method": "method", "params": "params", "mean": "ours", "std": "ours_std",
    **{name: name for name in ("seed_std", "n_folds", "n_seeds", *SPREADS)},
    **{name: name for name in ("better_than_uniform", "better_than_train_mean")},
}  # fmt: skip
"""Column of a summary -> what a comparison calls it."""
THEIRS = {"mean": "published", "std": "published_std", "marker": "published_marker", "mean_half_unit": "half_unit"}


def comparison_table(summary: pd.DataFrame | None, published: pd.DataFrame, metric: str) -> pd.DataFrame:
    """Put results beside published ones, a row a data set and method or reading of either side; NaN where one lacks it.

    `margin`, `df` and their parts are those of `ildl.compare.noise.noise`, `verdict` is that of `judge`, on the
    benchmark's features alone: elsewhere, the published number may stand for other instances.
    """
    theirs = published[published["metric"] == metric]
    ours = pd.DataFrame(columns=[*OURS, "feature_set"]) if summary is None else summary[summary["metric"] == metric]
    if theirs.empty and ours.empty:
        raise ValueError(f"There is no result for the metric {metric!r}; known: {', '.join(METRIC_TITLES)}.")
    datasets = pd.Series([*theirs["dataset"], *ours["dataset"]], name="dataset").drop_duplicates()
    frame = pd.merge(datasets, _rows(ours, theirs), how="cross")
    features = ours.drop_duplicates("dataset").set_index("dataset")["feature_set"].astype(object)
    frame.insert(1, "feature_set", features.reindex(frame["dataset"], fill_value=NOT_RUN).to_numpy())
    frame = frame.merge(ours[list(OURS)].rename(columns=OURS), how="left", on=["dataset", "method", "params"])
    means, stds = (theirs[f"{name}_printed"].fillna("") for name in ("mean", "std"))
    cells = theirs.assign(printed=means.where(stds == "", means + " ± " + stds)).rename(columns=THEIRS)
    cells = cells[["dataset", "method", *THEIRS.values(), "printed"]]
    frame = frame.merge(cells, how="left", on=["dataset", "method"])
    frame = frame.fillna({"printed": "", "published_marker": ""}).astype(dict.fromkeys(NUMBERS, float))
    frame["difference"] = frame["ours"] - frame["published"]
    spreads = {name: frame.pop(name) for name in SPREADS}
    half_unit = frame.pop("half_unit").to_numpy(dtype=float)
    ours_spread = frame["ours_std"], frame["n_folds"]
    margins = noise(*ours_spread, frame["published_std"], half_unit, n_seeds=frame["n_seeds"], **spreads)
    frame = frame.join(margins)
    frame["margin"] = frame["margin"].where(frame["published"].notna())
    comparable = frame["feature_set"] == COMPARABLE
    inside = (frame["difference"].abs() <= frame["margin"]).astype("boolean")
    frame["inside_noise"] = inside.where(comparable & frame["margin"].notna() & frame["difference"].notna())
    uniform = _on_each_set(frame, frame.loc[frame["method"] == "Uniform"], "ours")
    gaps = {}
    for rival, judged in (("DILDL", frame["method"] != "DILDL"), ("RDA", frame["method"] == "DILDL")):
        of_rival = _on_each_set(frame, theirs[theirs["method"] == rival], "mean")
        gaps[rival] = (frame["published"] - of_rival).where(judged)
    gaps["uniform"] = frame["published"] - uniform
    frame["verdict"] = judge(frame["difference"], frame["margin"], metric, gaps).where(comparable, None)
    signed = frame["ours"] * (1 if metric in HIGHER_IS_BETTER else -1)
    frame["best"] = signed.notna() & (signed == signed.groupby(frame["dataset"]).transform("max"))
    frame["published_better_than_uniform"] = is_better(frame["published"], uniform, metric).where(comparable)
    return frame


def _rows(ours: pd.DataFrame, theirs: pd.DataFrame) -> pd.DataFrame:
    """Method and params of every row, in order."""
    runs = ours[["method", "params"]].drop_duplicates()
    printed = list(theirs["method"].unique())
    lacking = [method for method in printed if method not in set(runs["method"])]
    rows = pd.concat([runs, pd.DataFrame({"method": lacking, "params": "{}"})], ignore_index=True)
    order = [*printed, *(method for method in rows["method"].unique() if method not in (*printed, *REFERENCES))]
    order += REFERENCES
    return rows.sort_values("method", key=lambda methods: methods.map(order.index), kind="stable", ignore_index=True)


def _on_each_set(frame: pd.DataFrame, rows: pd.DataFrame, column: str) -> pd.Series:
    return frame["dataset"].map(rows.set_index("dataset")[column]).astype(float)
