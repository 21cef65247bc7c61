"""RDA against its own ablation OFR-DB, and the choice of the epoch against what papers report as gains.

OFR-DB has RDA's network and loss without the alignment; DILDL in its reading "rebalanced" has the same loss with a
decoupled alignment. So two methods at a time differ in the alignment alone.
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from companion.base.comparison import METRIC_TITLES
from companion.base.constants import UNIFORM, with_labels
from companion.base.constants_answers import listed, on_each
from ildl.checks import check_option
from ildl.compare.contrasts import contrast, values_by_setting
from ildl.compare.corrected import LEVEL
from ildl.compare.frames import rows_of
from ildl.compare.statistics import BETTER, HIGHER_IS_BETTER, WORSE, is_better

TUNED = "alignment with tuned weights"
PAIRS = {
    "alignment": ("OFR-DB", "RDA"),
    TUNED: ("OFR-DB", "RDA [tuned]"),
    "decoupled alignment": ("OFR-DB", "DILDL [rebalanced]"),
    "decoupling": ("RDA", "DILDL [rebalanced]"),
}
"""What is added -> the row without it, the row with it. The tuned pair counts only where RDA was tuned."""
STEPS = {"OFR-DB to RDA": ("OFR-DB", "RDA"), "RDA to DILDL": ("RDA", "DILDL")}
"""Published gains: name -> from, to."""
EPOCHS = ("best", "last")
NONE = "no difference shown"


def alignment_effect(results: pd.DataFrame) -> pd.DataFrame:
    """What the alignment adds to OFR-DB, decoupled or not, and what decoupling adds to the alignment.

    Parameters
    ----------
    results : DataFrame
        The experiment "comparison".

    Returns
    -------
    DataFrame
        One row a data set, metric, pair and choice of the epoch (both sides alike): dataset, feature_set, metric, added
        (a key of `PAIRS`), epoch_kept, without, with (means), what `ildl.compare.contrasts.contrast` finds of with -
        without, and verdict: "better" or "worse" (with it) where p_corrected < 0.05 and every seed has the same sign,
        else "no difference shown".

    Raises
    ------
    ValueError
        A missing setting, or as `values_by_setting`.
    """
    features, values = _networks(results)
    tuned = any(label == PAIRS[TUNED][1] for _, label, _, _ in values)
    pairs = {added: pair for added, pair in PAIRS.items() if tuned or added != TUNED}
    rows = []
    for (dataset, metric), feature_set in features.items():
        for added, (without, with_) in pairs.items():
            for kept in EPOCHS:
                base, other = (_setting(values, dataset, label, kept, metric) for label in (without, with_))
                names = {"dataset": dataset, "feature_set": feature_set, "metric": metric, "added": added}
                means = {"epoch_kept": kept, "without": float(base.mean()), "with": float(other.mean())}
                rows.append(names | means | _judged(contrast(other - base, metric)))
    return pd.DataFrame(rows)


def epoch_effect(results: pd.DataFrame) -> pd.DataFrame:
    """Every network method with the last epoch, against itself with the epoch of the lowest validation divergence.

    Parameters
    ----------
    results : DataFrame
        The experiment "comparison".

    Returns
    -------
    DataFrame
        One row a data set, method (reading) and metric: dataset, feature_set, method, label, metric, best, last
        (means), epoch (mean of the epochs that were chosen), what `ildl.compare.contrasts.contrast` finds of last -
        best (improvement is positive where the last epoch is better), and verdict, as in `alignment_effect`.

    Raises
    ------
    ValueError
        As `alignment_effect`.
    """
    features, values = _networks(results)
    rows = with_labels(results)
    chosen = rows[rows["epoch_kept"] == "best"].groupby(["dataset", "label"])["epoch"].mean()
    methods = rows.drop_duplicates("label").set_index("label")["method"]
    found = []
    for dataset, label, kept, metric in values:
        if kept == "last":
            best, last = (_setting(values, dataset, label, epoch, metric) for epoch in EPOCHS)
            names = {"dataset": dataset, "feature_set": features[dataset, metric], "method": methods[label]}
            names |= {"label": label, "metric": metric, "best": float(best.mean()), "last": float(last.mean())}
            names["epoch"] = float(chosen[dataset, label])
            found.append(names | _judged(contrast(last - best, metric)))
    return pd.DataFrame(found)


def published_steps(published: pd.DataFrame) -> pd.DataFrame:
    """What papers report as gained from one method to the next.

    Parameters
    ----------
    published : DataFrame
        As `companion.base.published.load_published` returns it.

    Returns
    -------
    DataFrame
        One row a data set, metric and step (a key of `STEPS`): dataset, metric, step, published_gain (positive is
        better).
    """
    cells = published.set_index(["dataset", "metric", "method"])["mean"].unstack("method")
    sign = pd.Series([1 if metric in HIGHER_IS_BETTER else -1 for _, metric in cells.index], index=cells.index)
    gains = pd.DataFrame({step: sign * (cells[after] - cells[before]) for step, (before, after) in STEPS.items()})
    long = gains.reset_index().melt(["dataset", "metric"], list(STEPS), "step", "published_gain")
    return long.dropna(ignore_index=True)


def epochs_against_steps(effects: pd.DataFrame, published: pd.DataFrame) -> pd.DataFrame:
    """How large the effect of the epoch is, beside a published gain over the same method.

    Parameters
    ----------
    effects : DataFrame
        As `epoch_effect` returns it.
    published : DataFrame
        As `companion.base.published.load_published` returns it.

    Returns
    -------
    DataFrame
        One row a data set, metric and step: dataset, feature_set, metric, step, before (the method that the step
        leaves), epoch_gain (improvement of `before` by taking its last epoch), published_gain, share (epoch_gain /
        published_gain: 1 means that the choice of the epoch alone gives as much; NaN where the published gain is not
        positive).
    """
    before = effects[["dataset", "feature_set", "metric", "label", "improvement"]]
    before = before.rename(columns={"label": "before", "improvement": "epoch_gain"})
    steps = published_steps(published)
    steps["before"] = steps["step"].map({step: first for step, (first, _) in STEPS.items()})
    frame = before.merge(steps, on=["dataset", "metric", "before"])
    frame["share"] = (frame["epoch_gain"] / frame["published_gain"]).where(frame["published_gain"] > 0)
    columns = ["dataset", "feature_set", "metric", "step", "before", "epoch_gain", "published_gain", "share"]
    return frame[columns]


def verdicts(effects: pd.DataFrame, added: str, epoch_kept: str) -> str:
    """Say what came of adding something, over data sets and metrics.

    Parameters
    ----------
    effects : DataFrame
        As `alignment_effect` returns it.
    added : str
        A key of `PAIRS`.
    epoch_kept : {"best", "last"}

    Returns
    -------
    str
        "better in 1 and not shown to differ in 26 of 27"; "not run in 0 of 0" where the run had no such pair.
    """
    check_option(added, PAIRS, "added")
    rows = rows_of(effects, "epoch_kept", epoch_kept)
    chosen = rows.loc[rows["added"] == added, "verdict"]
    if chosen.empty:
        return "not run in 0 of 0"
    words = ((BETTER, BETTER), (WORSE, WORSE), (NONE, "not shown to differ"))
    return f"{listed(f'{said} in {n}' for name, said in words if (n := (chosen == name).sum()))} of {len(chosen)}"


def headline(effects: pd.DataFrame) -> str:
    """The finding on alignment in one sentence.

    Parameters
    ----------
    effects : DataFrame
        As `alignment_effect` returns it.

    Returns
    -------
    str
    """
    rows = {"RDA": "alignment"} | ({"RDA with tuned weights": TUNED} if TUNED in set(effects["added"]) else {})
    said = [
        f"with the {epoch} epoch of both, {name} is {verdicts(effects, added, epoch)}"
        for name, added in rows.items()
        for epoch in EPOCHS
    ]
    return f"Against OFR-DB, which is RDA without its alignment: {'; '.join(said)} cases (data sets and metrics)."


def last_against_best(effects: pd.DataFrame, label: str, other: str, metric: str = "kl_divergence") -> str:
    """Hold one method with its last epoch against another one with its best, as tables show it.

    Parameters
    ----------
    effects : DataFrame
        As `epoch_effect` returns it.
    label, other : str
        Labels of rows.
    metric : str

    Returns
    -------
    str
        "0.1691 against 0.1986 on Movie".
    """
    rows = rows_of(effects, "metric", metric)
    mine, others = rows_of(rows, "label", label), rows_of(rows, "label", other)
    pairs = mine[["dataset", "last"]].merge(others[["dataset", "best"]], on="dataset")
    return on_each((name, f"{last:.4f} against {best:.4f}") for name, last, best in pairs.to_numpy())


def last_against_uniform(effects: pd.DataFrame, results: pd.DataFrame, metric: str = "kl_divergence") -> str:
    """Say how many networks are better than the uniform distribution if their last epoch is kept.

    Parameters
    ----------
    effects : DataFrame
        As `epoch_effect` returns it.
    results : DataFrame
        The experiment "comparison".
    metric : str

    Returns
    -------
    str
        "With the last epoch ..., 2 of 36 networks, ..., are better than the uniform distribution (2 on Movie, ...)."
    """
    rows = rows_of(effects, "metric", metric).rename(columns={"last": "value"})
    rows = rows.assign(uniform=rows["dataset"].map(uniform_means(results, metric)))
    better = rows[is_better(rows["value"], rows["uniform"], metric).astype(bool)]
    parts = []
    for name, group in better.groupby("dataset", sort=False):
        top = group.sort_values("value", ascending=metric not in HIGHER_IS_BETTER).iloc[0]
        best = f"{top['label']} with {top['value']:.4f} against {top['uniform']:.4f}"
        parts.append(f"{len(group)} on {name}, the best {best}")
    where = f" ({'; '.join(parts)})" if parts else ""
    start = f"With the last epoch instead of the one chosen on validation rows, {len(better)} of {len(rows)} networks"
    return f"{start}, readings included, are better than the uniform distribution{where}."


def uniform_means(results: pd.DataFrame, metric: str) -> pd.Series:
    """Mean of the uniform distribution on each data set.

    Parameters
    ----------
    results : DataFrame
        The experiment "comparison".
    metric : str

    Returns
    -------
    Series
        Index: data set.
    """
    rows = rows_of(results[results["method"] == UNIFORM], "metric", metric)
    return rows.groupby("dataset", sort=False)["value"].mean()


def _networks(results: pd.DataFrame) -> tuple[dict[tuple[str, str], str], dict[tuple[Any, ...], Any]]:
    """Feature set of each data set and metric, and values of each setting that has both choices of the epoch."""
    rows = with_labels(results[results["metric"].isin(METRIC_TITLES)])
    networks = rows.loc[rows["epoch_kept"] == "last", "label"].unique()
    rows = rows[rows["label"].isin(networks)]
    if rows.empty:
        raise ValueError("The results hold no network with the last epoch; load the experiment 'comparison'.")
    firsts = rows.drop_duplicates(["dataset", "metric"])
    features = {(row["dataset"], row["metric"]): row["feature_set"] for row in firsts.to_dict("records")}
    return features, values_by_setting(rows, ["dataset", "label", "epoch_kept", "metric"])


def _setting(values: dict[tuple[Any, ...], Any], *key: str) -> Any:
    if key not in values:
        dataset, label, kept, metric = key
        raise ValueError(f"{label} with the {kept} epoch was not run on {dataset} ({metric}).")
    return values[key]


def _judged(found: dict[str, Any]) -> dict[str, Any]:
    shown = found["p_corrected"] < LEVEL and found["same_sign_over_seeds"]
    verdict = (BETTER if found["improvement"] > 0 else WORSE) if shown else NONE
    return found | {"verdict": verdict}
