"""What results against constants come to: counts, the best published numbers, the part of nearness, sentences."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from companion.base.comparison import METRIC_TITLES
from companion.base.constants import OURS, PUBLISHED, TEST_MEAN, UNIFORM, tables_rows
from ildl.compare.statistics import BETTER, HIGHER_IS_BETTER, WORSE

ZEROS_ALLOWED = ("LDLSF",)
"""Methods that can predict a degree of exactly 0."""


def best_published(against: pd.DataFrame) -> pd.DataFrame:
    """Of each data set, metric and constant, the best published number.

    Parameters
    ----------
    against : DataFrame
        As `companion.base.constants.against_constants` returns it.

    Returns
    -------
    DataFrame
        Rows of `against`; of equal ones the first.
    """
    rows = against[against["side"] == PUBLISHED]
    return rows.loc[rows.groupby(["dataset", "metric", "constant"], sort=False)["gain"].idxmax()].reset_index(drop=True)


def count_better(against: pd.DataFrame, side: str, constant: str = UNIFORM) -> pd.DataFrame:
    """How many methods are better than a constant.

    Parameters
    ----------
    against : DataFrame
        As `companion.base.constants.against_constants` returns it.
    side : {"published", "ours"}
    constant : str

    Returns
    -------
    DataFrame
        One row a data set and metric: dataset, metric, n (methods; of ours, readings count), better, beyond_noise,
        worse_beyond_noise.
    """
    rows = against[(against["side"] == side) & (against["constant"] == constant)]
    grouped = rows.assign(beyond=rows["verdict"] == BETTER, below=rows["verdict"] == WORSE)
    counts = {"n": ("better", "size"), "better": ("better", "sum")}
    counts |= {"beyond_noise": ("beyond", "sum"), "worse_beyond_noise": ("below", "sum")}
    return grouped.groupby(["dataset", "metric"], sort=False, as_index=False).agg(**counts)


def nearness_effect(results: pd.DataFrame) -> pd.DataFrame:
    """How much of the differences between methods goes with the nearness of their predictions to uniform.

    Parameters
    ----------
    results : DataFrame
        The experiment "comparison", with the metric entropy. One row a method: its default reading.

    Returns
    -------
    DataFrame
        One row a data set and metric: dataset, feature_set, metric; rank_correlation (Spearman, of the entropy of
        predictions and the metric, its sign turned so that positive means: nearer to uniform is better), r_squared (of
        a straight line through value and entropy), rank_r_squared (the same of ranks: the square of
        rank_correlation), n (methods). NaN where all values are equal.

    Notes
    -----
    Methods are not a sample from a population: this describes those that were compared, and no test is made.
    """
    rows = tables_rows(results)
    rows = rows[rows["reading"] == "default"]
    means = rows.groupby(["dataset", "feature_set", "metric", "method"], sort=False)["value"].mean()
    entropy = means.xs("entropy", level="metric").sort_index()
    found = []
    for (dataset, feature_set, metric), values in means.groupby(["dataset", "feature_set", "metric"], sort=False):
        if metric in METRIC_TITLES:
            y = values.droplevel(["dataset", "feature_set", "metric"])
            x = entropy.xs((dataset, feature_set)).reindex(y.index)
            sign = 1 if metric in HIGHER_IS_BETTER else -1
            rank = sign * _correlation(stats.rankdata(x), stats.rankdata(y))
            names = {"dataset": dataset, "feature_set": feature_set, "metric": metric, "rank_correlation": rank}
            found.append(names | {"r_squared": _correlation(x, y) ** 2, "rank_r_squared": rank**2, "n": len(y)})
    return pd.DataFrame(found)


def below_floor(published: pd.DataFrame, labels: pd.DataFrame) -> pd.DataFrame:
    """Published numbers that no positive prediction reaches with these labels.

    A label of degree 0 that is predicted with a positive degree adds exactly 1 to the Canberra distance of its row and
    to the square of the Clark distance, unless that degree is so small that the metric's floor hides it. A number below
    the floor therefore says that predictions saturated, or that the labels are others.

    Parameters
    ----------
    published : DataFrame
        As `companion.base.published.load_published` returns it.
    labels : DataFrame
        As `companion.evidence.constants.label_check` returns it.

    Returns
    -------
    DataFrame
        One row a Canberra or Clark number on labels that count as the benchmark's, of methods whose predictions are
        positive: dataset, metric, method, value, floor, below (by more than the rounding of the printed number).
    """
    at_hand = labels[labels["same"].fillna(False).astype(bool)].rename(
        columns={"zeros": "canberra", "clark_floor": "clark"}
    )
    floors = at_hand.melt("dataset", ["canberra", "clark"], "metric", "floor")
    rows = published[~published["method"].isin(ZEROS_ALLOWED)].merge(floors, on=["dataset", "metric"])
    below = rows["mean"] + rows["mean_half_unit"] < rows["floor"]
    frame = rows.assign(below=below).rename(columns={"mean": "value"})
    return frame[["dataset", "metric", "method", "value", "floor", "below"]].reset_index(drop=True)


def counted(against: pd.DataFrame, side: str, metric: str, constant: str = UNIFORM) -> str:
    """Say on each data set how many methods are better than a constant.

    Parameters
    ----------
    against : DataFrame
        As `companion.base.constants.against_constants` returns it.
    side : {"published", "ours"}
    metric, constant : str

    Returns
    -------
    str
        "0 of 11 on Movie, 2 of 11 on RAF-ML".
    """
    counts = _counts(against, side, metric, constant)
    return on_each((str(row.dataset), f"{row.better} of {row.n}") for row in counts.itertuples())


def headline(against: pd.DataFrame, metric: str = "kl_divergence") -> str:
    """The finding in two sentences.

    Parameters
    ----------
    against : DataFrame
        As `companion.base.constants.against_constants` returns it.
    metric : str

    Returns
    -------
    str
    """
    title = METRIC_TITLES[metric].partition(" (")[0]
    theirs, ours = (_counts(against, side, metric) for side in (PUBLISHED, OURS))
    where, nowhere = (listed(theirs.loc[chosen, "dataset"]) for chosen in (theirs["better"] > 0, theirs["better"] == 0))
    places = f" ({where})" if where else ""
    none = f"; on {nowhere} not one is" if where and nowhere else ""
    total = f"{theirs['better'].sum()} of {theirs['n'].sum()} published numbers that can be compared"
    first = f"By the {title}, {total} are better than the uniform distribution{places}{none}."
    if theirs.empty:
        first = "No published number can be held against the uniform distribution."
    return first if ours.empty else f"{first} {sentence_of_ours(against, metric)}"


def sentence_of_ours(against: pd.DataFrame, metric: str = "kl_divergence") -> str:
    """How many rows of ours are better than the uniform distribution, and where.

    Parameters
    ----------
    against : DataFrame
        As `companion.base.constants.against_constants` returns it; with results of ours.
    metric : str

    Returns
    -------
    str
        "Of our 9 rows on Movie and RAF-ML, readings included, 2 are better than the uniform distribution
        (1 on Movie, 1 on RAF-ML)."
    """
    ours = _counts(against, OURS, metric)
    where = listed(f"{n} on {name}" for name, n in zip(ours["dataset"], ours["better"], strict=True) if n)
    better = f"{ours['better'].sum()} are" if where else "none is"
    rows = f"Of our {ours['n'].sum()} rows on {listed(ours['dataset'])}, readings included, {better} better"
    return f"{rows} than the uniform distribution{f' ({where})' if where else ''}."


def spread_of(shares: pd.DataFrame, constants: pd.DataFrame, label: str) -> str:
    """Say on each data set how much predictions differ from row to row, beside how much the true rows do.

    Parameters
    ----------
    shares : DataFrame
        As `companion.base.constants.share_explained` returns it.
    constants : DataFrame
        As `companion.evidence.constants.constant_scores` returns it: the squared error of `Test-mean` is the variance
        of the true rows.
    label : str
        A row's label.

    Returns
    -------
    str
        "0.0010 against 0.0460 (2 %) on Movie".
    """
    errors = constants[(constants["metric"] == "squared_error") & (constants["method"] == TEST_MEAN)]
    true = errors.groupby("dataset")["value"].mean().to_dict()
    rows = shares[(shares["label"] == label) & shares["dataset"].isin(true)]
    pairs = [(name, spread, true[name]) for name, spread in rows[["dataset", "spread"]].to_numpy()]
    return on_each((name, f"{of:.4f} against {all_:.4f} ({100 * of / all_:.0f} %)") for name, of, all_ in pairs)


def values_by_dataset(frame: pd.DataFrame, column: str, pattern: str = "{:.2f}") -> str:
    """Say a value on each data set.

    Parameters
    ----------
    frame : DataFrame
        One row a data set, with the column dataset.
    column, pattern : str

    Returns
    -------
    str
        "0.98 on Movie, 0.97 on Emotion6".
    """
    pairs = frame[["dataset", column]].to_numpy()
    return on_each((name, pattern.format(value).replace("-", "−").replace("%", " %")) for name, value in pairs)


def on_each(texts: Iterable[tuple[str, str]]) -> str:
    """Join what is said of each data set.

    Parameters
    ----------
    texts : iterable of tuple of str
        Data set, and what is said of it.

    Returns
    -------
    str
        "0.98 on Movie, 0.97 on Emotion6"; "no result" where there is none.
    """
    return ", ".join(f"{text} on {name}" for name, text in texts) or "no result"


def listed(names: Iterable[str]) -> str:
    """Join names as a sentence does.

    Parameters
    ----------
    names : iterable of str

    Returns
    -------
    str
        "Movie, Emotion6 and RAF-ML"; empty without names.
    """
    *first, last = list(names) or [""]
    return f"{', '.join(first)} and {last}" if first else str(last)


def _counts(against: pd.DataFrame, side: str, metric: str, constant: str = UNIFORM) -> pd.DataFrame:
    counts = count_better(against, side, constant)
    return counts[counts["metric"] == metric]


def _correlation(x: Any, y: Any) -> float:
    return float(np.corrcoef(x, y)[0, 1]) if np.ptp(x) > 0 and np.ptp(y) > 0 else np.nan
