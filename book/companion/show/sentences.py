"""What a comparison table says, in sentences: no number is typed into the prose of a page."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import pandas as pd

from companion.show.provenance import provenance as provenance  # moved
from companion.show.tables import METRIC_TITLES, signed
from ildl.checks import check_option
from ildl.compare.noise import CANNOT_TELL, INSIDE, margin_text
from ildl.compare.statistics import BETTER, COMPARABLE, REFERENCES, WORSE


def better_than_uniform(table: pd.DataFrame, side: str = "ours") -> str:
    """Which methods (the other reference aside) are better than the uniform distribution, data set by data set.

    Parameters
    ----------
    table : DataFrame
        As `companion.show.tables.comparison_table` returns it.
    side : {"ours", "published"}
        Whose results; the published ones only where the features are the benchmark's.

    Returns
    -------
    str
        "on Movie RDA, DILDL [default] (2 of 9); on Emotion6 none of 9".

    Raises
    ------
    ValueError
        A name that is not known or not there (named, with what is).
    """
    prefix = "published_" if check_option(side, ("ours", "published"), "side") == "published" else ""
    judged = table[table[f"{prefix}better_than_uniform"].notna() & ~table["method"].isin(REFERENCES)]
    if side == "published":
        judged = judged.drop_duplicates(["dataset", "method"])
    names = "method" if side == "published" else "label"
    parts = []
    for dataset, rows in judged.groupby("dataset", sort=False):
        better = rows.loc[rows[f"{prefix}better_than_uniform"].astype(bool), names]
        share = f"{', '.join(better)} ({len(better)} of {len(rows)})" if len(better) else f"none of {len(rows)}"
        parts.append(f"on {dataset} {share}")
    return "; ".join(parts) or "no result"


def distance_to_published(table: pd.DataFrame, metric: str, label: str) -> str:
    """How far a row is from the published number, where they can be compared.

    Parameters
    ----------
    table : DataFrame
        As `companion.show.tables.comparison_table` returns it.
    metric : str
    label : str
        A row's label.

    Returns
    -------
    str
        "on Movie 0.2300 against 0.2211 (difference +0.0089, inside the noise of ± 0.0121, 15.8 df)".

    Raises
    ------
    ValueError
        A name that is not known or not there (named, with what is).
    """
    # where nothing was run there is one reading, whose name the label leaves out
    check_option(label, dict.fromkeys([*table["label"], *(table["method"] + " [default]")]), "label")
    rows = comparable(table)
    rows = rows[rows["label"] == label]
    parts = [
        f"on {row['dataset']} {row['ours']:.4f} against {row['printed'].partition(' ')[0]} (difference "
        f"{signed(row['difference'])}, {verdict_text(row)})"
        for row in rows.to_dict("records")
    ]
    return "; ".join(parts) or f"no data set at hand on which the {_short(metric)} can be compared"


def verdict_text(row: Mapping[Hashable, Any]) -> str:
    """The verdict on a row of a comparison table, with its margin.

    Parameters
    ----------
    row : mapping
        A row with a verdict.

    Returns
    -------
    str
        "worse than the noise of ± 0.0121, 15.8 df", or "inside the noise of ..., which cannot tell from RDA".
    """
    of_noise = margin_text(row["margin"], row["df"], row["var_partitions"])
    if row["verdict"] in (BETTER, WORSE):
        return f"{row['verdict']} by more than the noise of {of_noise}"
    return f"inside the noise of {of_noise}" + ("" if row["verdict"] == INSIDE else f", which {row['verdict']}")


def nearest_reading(table: pd.DataFrame, metric: str, method: str = "DILDL") -> str:
    """Which reading of a method comes closest to the published number, on each comparable data set.

    Parameters
    ----------
    table : DataFrame
        As `companion.show.tables.comparison_table` returns it.
    metric : str
    method : str

    Returns
    -------
    str
        "on Movie DILDL [criterion=added], off by 0.0100 (next: DILDL [default], off by 0.0200)".

    Raises
    ------
    ValueError
        A name that is not known or not there (named, with what is).
    """
    check_option(method, table["method"].unique(), "method")
    rows = comparable(table)
    rows = rows[rows["method"] == method].assign(distance=rows["difference"].abs())
    parts = []
    for dataset, readings in rows.groupby("dataset", sort=False):
        ranked = [
            f"{label}, off by {distance:.4f}"
            for label, distance in readings.sort_values("distance", kind="stable")[["label", "distance"]].to_numpy()
        ]
        parts.append(f"on {dataset} {ranked[0]}" + (f" (next: {ranked[1]})" if len(ranked) > 1 else ""))
    return "; ".join(parts) or f"no data set at hand on which the {_short(metric)} can be compared"


def inside_noise(table: pd.DataFrame) -> str:
    """How many comparable rows lie inside the noise, and of how many others it cannot tell.

    Parameters
    ----------
    table : DataFrame
        As `companion.show.tables.comparison_table` returns it.

    Returns
    -------
    str
        "3 of 12", or "3 of 12 (of 2 more, the noise is too wide to tell)".
    """
    verdicts = comparable(table)["verdict"]
    unclear = int(verdicts.str.startswith(CANNOT_TELL).sum())
    more = f" (of {unclear} more, the noise is too wide to tell)" if unclear else ""
    return f"{int((verdicts == INSIDE).sum())} of {len(verdicts)}{more}"


def comparable(table: pd.DataFrame) -> pd.DataFrame:
    """Rows that have both sides, on data sets with the benchmark's features.

    Parameters
    ----------
    table : DataFrame
        As `companion.show.tables.comparison_table` returns it.

    Returns
    -------
    DataFrame
    """
    return table[(table["feature_set"] == COMPARABLE) & table["difference"].notna()]


def _short(metric: str) -> str:
    return METRIC_TITLES.get(metric, metric).partition(" (")[0]
