"""What the page of one method shows: its results beside the published ones, what its readings change, what it costs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape

import numpy as np
import pandas as pd

from companion.show.sentences import comparable, distance_to_published
from companion.show.tables import (
    DASH,
    DIFFERENCE,
    INSIDE,
    METRIC_TITLES,
    NOT_RUN,
    PUBLISHED,
    RDA,
    STYLES,
    Readings,
    ScrollingTable,
    comparison_table,
    dataset_header,
    plus_minus,
    signed,
    verdicts,
)

DEFAULT = "default"
METRIC = "kl_divergence"


def comparison_tables(summary: pd.DataFrame | None, published: pd.DataFrame, readings: Readings) -> pd.DataFrame:
    """Return `comparison_table` of every metric, one below the other, with a column metric.

    Parameters
    ----------
    summary, published, readings
        As for `comparison_table`.

    Returns
    -------
    DataFrame
    """
    tables = [
        comparison_table(summary, published, metric, readings).assign(metric=metric)
        for metric in METRIC_TITLES
        if metric in set(published["metric"])
    ]
    return pd.concat(tables, ignore_index=True)


def method_pages(comparisons: pd.DataFrame, results: pd.DataFrame | None, methods: Sequence[str]) -> dict[str, object]:
    """Everything that the pages of methods insert, by name.

    Parameters
    ----------
    comparisons : DataFrame
        As `comparison_tables` returns it.
    results : DataFrame or None
        The cells, as `ildl.experiments.run` returns them; None where nothing could be run.
    methods : sequence of str

    Returns
    -------
    dict
        For each method that has any number: "NAME numbers" and "NAME cost" (`ScrollingTable`; a sentence where nothing
        could be run), and the sentences "NAME against published" and "NAME readings".
    """
    pages: dict[str, object] = {}
    for method in methods:
        of_method = comparisons[comparisons["method"] == method]
        if of_method.empty:
            continue
        pages[f"{method} numbers"] = render_method(of_method, method)
        pages[f"{method} against published"] = against_published(of_method)
        cells = None if results is None else results[results["method"] == method]
        pages[f"{method} readings"] = what_readings_change(of_method, cells)
        pages[f"{method} cost"] = "no result" if cells is None else render_cost(cells, of_method, method)
    return pages


def render_method(rows: pd.DataFrame, method: str) -> ScrollingTable:
    """One row a data set and metric; the published value, the default reading and its difference, other readings.

    Parameters
    ----------
    rows : DataFrame
        The method's rows of comparison tables, with a column metric.
    method : str

    Returns
    -------
    ScrollingTable
    """
    shown = rows.assign(
        header=[dataset_header(*pair) for pair in zip(rows["dataset"], rows["feature_set"], strict=True)],
        row=rows["metric"].map(lambda metric: METRIC_TITLES[metric].split(" (")[0]),
        text=plus_minus(rows["ours"], rows["ours_std"]),
        reading=_readings(rows),
    )
    shown = shown[(shown["feature_set"] != NOT_RUN) | shown["published"].notna()]
    shown = shown.sort_values("header", key=lambda headers: headers.map(list(headers.unique()).index), kind="stable")
    default = shown[shown["reading"] == DEFAULT].set_index(["header", "row"])
    wide = pd.DataFrame(
        {
            PUBLISHED: default["printed"].replace("", DASH),
            DEFAULT: default["text"],
            DIFFERENCE: [DASH if np.isnan(value) else signed(value) for value in default["difference"]],
            INSIDE: verdicts(default),
        }
    )
    for reading, others in shown[shown["reading"] != DEFAULT].groupby("reading", sort=False):
        wide[str(reading)] = others.set_index(["header", "row"])["text"].reindex(wide.index, fill_value=DASH)
    wide.index.names = [None, None]
    caption = (
        f"{method}: ours and published, mean ± standard deviation over folds. {DASH}: no such result. The difference "
        "and whether it is inside the noise belong to the default reading, and are judged where the features are the "
        "benchmark's. Other readings of the sources stand to the right." + (f" {RDA}" if method == "RDA" else "")
    )
    return _styled(wide, caption, f"{method} numbers")


def render_cost(results: pd.DataFrame, rows: pd.DataFrame, method: str) -> ScrollingTable:
    """One row a data set and reading: seconds a fold, iterations or epochs, and how many fits reached their tolerance.

    Parameters
    ----------
    results : DataFrame
        The method's cells, one row a cell and metric.
    rows : DataFrame
        The method's rows of comparison tables, for the names of readings.
    method : str

    Returns
    -------
    ScrollingTable
    """
    names = dict(zip(rows["params"], _readings(rows), strict=True))
    cells = results.drop_duplicates(["key", "params"]).assign(reading=lambda frame: frame["params"].map(names))
    lines = {}
    for (dataset, reading), group in cells.groupby(["dataset", "reading"], sort=False):
        steps = group["n_iter"].fillna(group["epoch"]).dropna().astype(float)
        ended = group["converged"].dropna().astype(bool)
        lines[dataset, reading] = {
            "seconds a fold": f"{group['fit_seconds'].mean():.2f} s",
            "iterations, or epoch kept (median)": f"{steps.median():.0f}" if len(steps) else DASH,
            "reached its tolerance": f"{ended.sum()} of {len(ended)}" if len(ended) else DASH,
        }
    wide = pd.DataFrame.from_dict(lines, orient="index")
    caption = f"{method}: what training one fold cost on one core; members of an ensemble share its time evenly."
    return _styled(wide, caption, f"{method} cost")


def against_published(rows: pd.DataFrame) -> str:
    """How far each reading's Kullback-Leibler divergence is from the published one, where the two can be compared.

    Parameters
    ----------
    rows : DataFrame
        The method's rows of comparison tables, with a column metric.

    Returns
    -------
    str
        "on Movie 0.7808 against 0.8007 (difference −0.0199, inside the noise)"; of several readings each with its name.
    """
    divergence = rows[rows["metric"] == METRIC]
    names = dict(zip(divergence["label"], _readings(divergence), strict=True))
    if len(names) == 1 or comparable(divergence).empty:
        return distance_to_published(divergence, METRIC, divergence["label"].iloc[0])
    sentences = [f"{name}: {distance_to_published(divergence, METRIC, label)}" for label, name in names.items()]
    return "; ".join(sentences)


def what_readings_change(rows: pd.DataFrame, results: pd.DataFrame | None = None) -> str:
    """How much each other reading moves the Kullback-Leibler divergence against the default, data set by data set.

    Parameters
    ----------
    rows : DataFrame
        The method's rows of comparison tables, with a column metric.
    results : DataFrame, optional
        The method's cells: a reading that gives the values of the default in all of them, bit by bit, is called so.

    Returns
    -------
    str
        "hard threshold: +0.0012 on Movie, −0.0040 on Emotion6; ...", or "no other reading".
    """
    ours = rows[(rows["metric"] == METRIC) & rows["ours"].notna()].assign(reading=_readings)
    wide = ours.pivot(index="dataset", columns="reading", values="ours")
    wide = wide.reindex(index=ours["dataset"].unique(), columns=ours["reading"].unique())
    if DEFAULT not in wide or wide.shape[1] == 1:
        return "no other reading"
    changes = wide.drop(columns=DEFAULT).sub(wide[DEFAULT], axis=0)
    params = dict(zip(ours["reading"], ours["params"], strict=True))
    return "; ".join(
        f"{reading}: none, as all values, of every metric, fold and seed, are those of the default bit by bit"
        if results is not None and _same_values(results, params[reading], params[DEFAULT])
        else f"{reading}: " + ", ".join(f"{signed(value)} on {dataset}" for dataset, value in changes[reading].items())
        for reading in changes
    )


def _same_values(results: pd.DataFrame, params: str, others: str) -> bool:
    cells = ["dataset", "fold", "seed", "metric", *(name for name in ("epoch_kept", "n_valid") if name in results)]
    one, other = (results[results["params"] == chosen].set_index(cells)["value"] for chosen in (params, others))
    return bool(len(one)) and one.sort_index().equals(other.sort_index())


def _readings(rows: pd.DataFrame) -> list[str]:
    """What stands in the brackets of a row's label."""
    brackets = [re.search(r"\[(.*)\]", label) for label in rows["label"]]
    return [found[1] if found else DEFAULT for found in brackets]


def _styled(wide: pd.DataFrame, caption: str, label: str) -> ScrollingTable:
    styler = wide.style.set_uuid(re.sub(r"\W", "", label)).set_caption(escape(caption)).set_table_styles(STYLES)
    return ScrollingTable(styler, label)
