"""Which reading of a method comes closest to the published numbers: a choice after the fact, made by computation."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence

import pandas as pd

from companion.base.comparison import TUNED, Readings, comparison_table
from companion.show.sentences import comparable, distance_to_published
from companion.show.styled import STYLES, ScrollingTable
from ildl.checks import check_option

PRINTED = ("chebyshev", "kl_divergence", "euclidean_all", "euclidean_tail", "euclidean_head")
"""The metrics of the paper's Tables 1, 2 and 5."""
AS_PRINTED, DEFAULT = "as printed", "DILDL [default]"
TITLES = ("Chebyshev", "Kullback-Leibler", "Euclidean, all", "Euclidean, tail", "Euclidean, head")


def distances_to_published(
    summary: pd.DataFrame,
    published: pd.DataFrame,
    readings: Readings,
    metrics: Sequence[str] = PRINTED,
    method: str = "DILDL",
) -> pd.DataFrame:
    """How far each reading of a method is from the published numbers, over the data sets that can be compared.

    Parameters
    ----------
    summary, published, readings
        As for `companion.show.tables.comparison_table`.
    metrics : sequence of str
    method : str

    Returns
    -------
    DataFrame
        One row a reading, the closest first: params, label, for each metric the mean over comparable data sets of
        |ours - published| / published, and distance, their mean over the metrics. No rows where nothing can be
        compared.

    Raises
    ------
    ValueError
        A name that is not known or not there (named, with what is).
    """
    check_option(method, {**dict.fromkeys(published["method"]), **dict.fromkeys(summary["method"])}, "method")
    of_method = summary[summary["method"] == method]
    tables = [
        comparable(comparison_table(of_method, published, metric, readings)).assign(metric=metric) for metric in metrics
    ]
    rows = pd.concat(tables)
    rows = rows[rows["method"] == method].assign(distance=lambda row: (row["difference"] / row["published"]).abs())
    wide = rows.pivot_table(index=["params", "label"], columns="metric", values="distance", aggfunc="mean")
    wide = wide.reindex(columns=[metric for metric in metrics if metric in wide])
    wide.columns.name = None
    return wide.assign(distance=wide.mean(axis=1)).sort_values("distance", kind="stable").reset_index()


def closest_params(
    summary: pd.DataFrame,
    published: pd.DataFrame,
    readings: Readings,
    metrics: Sequence[str] = PRINTED,
    method: str = "DILDL",
) -> str | None:
    """Parameters of the reading with the smallest distance; see `distances_to_published`.

    It is chosen after the numbers were seen: its agreement is weaker evidence than that of a reading fixed before.

    Returns
    -------
    str or None
        JSON; None where nothing can be compared.
    """
    distances = distances_to_published(summary, published, readings, metrics, method)
    return None if distances.empty else str(distances["params"].iloc[0])


def name_closest(readings: Readings, params: str | None, method: str = "DILDL") -> Readings:
    """Say in the name of the closest reading that it is the closest: "rebalanced" becomes "closest: rebalanced".

    Parameters
    ----------
    readings : mapping
    params : str or None
        As `closest_params` returns it; None and the default reading leave the names as they are.
    method : str

    Returns
    -------
    mapping
    """
    values = json.loads(params or "{}")
    named = {f"closest: {name}" if given == values else name: given for name, given in readings.get(method, {}).items()}
    return {**readings, method: named}


def rows_to_show(results: pd.DataFrame, closest: str | None, in_full: Collection[str] = ()) -> pd.DataFrame:
    """Rows of the tables: each method in its default reading, RDA tuned, too, DILDL as printed and the closest reading.

    Parameters
    ----------
    results : DataFrame
        With columns method, params and reading.
    closest : str or None
        As `closest_params` returns it.
    in_full : collection of str
        Methods whose other readings stand in the tables, too.

    Returns
    -------
    DataFrame
    """
    other = (results["reading"] == AS_PRINTED) | (results["params"] == closest)
    keep = (results["params"] == "{}") | results["method"].isin(in_full) | ((results["method"] == "DILDL") & other)
    keep |= results["reading"].isin(TUNED["RDA"])
    return results[keep]


def closest_sentence(distances: pd.DataFrame, table: pd.DataFrame, metric: str) -> str:
    """Say how far the default reading and the closest one are from the published numbers.

    Parameters
    ----------
    distances : DataFrame
        As `distances_to_published` returns it.
    table : DataFrame
        As `companion.show.tables.comparison_table` returns it for the metric, with DILDL's readings.
    metric : str

    Returns
    -------
    str
    """
    if distances.empty:
        return "No data set at hand has the benchmark's features, so that no reading can be held against the paper."
    share = distances.set_index("label")["distance"]
    sentence = (
        "The printed objective, Eq. (17), with the targets of its derivation (default) gives, ours against published, "
        f"{distance_to_published(table, metric, DEFAULT)}; over "
        f"Tables 1, 2 and 5 its numbers are {percent(share[DEFAULT])} away on average."
    )
    if share.index[0] == DEFAULT:
        return f"{sentence} No other reading comes closer."
    found = f"{share.index[0]}, {percent(share.iloc[0])} away"
    return f"{sentence} The reading that comes closest, chosen after the fact, is {found}."


def closest_named(distances: pd.DataFrame) -> str:
    """Name the closest reading and the next one.

    Parameters
    ----------
    distances : DataFrame
        As `distances_to_published` returns it.

    Returns
    -------
    str
        "DILDL [rebalanced], 5.0 % off (next: DILDL [logit-adjusted], 42.1 %)".
    """
    if distances.empty:
        return "none, as no data set at hand has the benchmark's features"
    first, *others = zip(distances["label"], distances["distance"], strict=True)
    second = f" (next: {others[0][0]}, {percent(others[0][1])})" if others else ""
    return f"{first[0]}, {percent(first[1])} off{second}"


def percent(share: float) -> str:
    """Format a share of a published number.

    Parameters
    ----------
    share : float

    Returns
    -------
    str
        "5.0 %".
    """
    return f"{100 * share:.1f} %"


def as_close(
    summary: pd.DataFrame,
    published: pd.DataFrame,
    metrics: Sequence[str] = PRINTED,
    others: Sequence[str] = ("OFR-DB", "RDA", "Uniform"),
    method: str = "DILDL",
) -> str:
    """Say how far other methods of ours are from a method's published numbers: closeness alone identifies nothing.

    Parameters
    ----------
    summary, published
        As for `comparison_table`.
    metrics : sequence of str
    others : sequence of str
        Methods, in their default reading.
    method : str
        Whose published numbers.

    Returns
    -------
    str
        "OFR-DB 4.4 %, RDA 5.0 %, Uniform 7.4 %"; "none that can be compared" without such.
    """
    rows = summary[summary["method"].isin(others) & (summary["params"] == "{}")]
    named = rows.assign(params=[json.dumps({"as if": name}) for name in rows["method"]], method=method)
    distances = distances_to_published(named, published, {}, metrics, method) if len(rows) else pd.DataFrame()
    parts = [
        f"{json.loads(params)['as if']} {percent(distance)}"
        for params, distance in (distances[["params", "distance"]].to_numpy() if len(distances) else ())
    ]
    return ", ".join(parts) or "none that can be compared"


def render_distances(distances: pd.DataFrame, caption: str) -> ScrollingTable:
    """Show the distances of readings, in per cent.

    Parameters
    ----------
    distances : DataFrame
        As `distances_to_published` returns it.
    caption : str

    Returns
    -------
    ScrollingTable
    """
    titles = {"distance": "mean", **dict(zip(PRINTED, TITLES, strict=True))}
    wide = distances.set_index("label")[[name for name in titles if name in distances]].rename(columns=titles)
    wide.index.name = None
    shown = wide.map(percent)
    styler = shown.style.set_uuid("distances").set_caption(caption).set_table_styles(STYLES)
    return ScrollingTable(styler, caption)
