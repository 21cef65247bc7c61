"""Tables 1, 2 and 5 as a page shows them: ours, published, whether they differ, and what the tests say."""

from __future__ import annotations

import re
from collections.abc import Hashable, Mapping
from html import escape
from typing import Any

import numpy as np
import pandas as pd

from companion.base.comparison import (
    FEATURE_NOTES,
    METRIC_TITLES,
    NOT_RUN,
    Readings,
    comparison_table,
    dataset_header,
    method_label,
)
from companion.show.styled import DASH, STYLES, ScrollingTable, plus_minus, signed
from ildl.compare.noise import CANNOT_TELL, MISSING, margin_text
from ildl.compare.noise import INSIDE as INSIDE_NOISE
from ildl.compare.significance import NONE, TESTS
from ildl.compare.statistics import BETTER, WORSE

__all__ = [
    "DASH",
    "DIFFERENCE",
    "FEATURE_NOTES",
    "INSIDE",
    "METRIC_TITLES",
    "NOT_RUN",
    "OURS",
    "PUBLISHED",
    "STYLES",
    "SYMBOLS",
    "Readings",
    "ScrollingTable",
    "comparison_table",
    "dataset_header",
    "method_label",
    "plus_minus",
    "render_comparison",
    "render_euclidean",
    "signed",
    "verdicts",
]

OURS, PUBLISHED, DIFFERENCE, INSIDE = "ours", "published", "difference", "noise"
CLOSE, UNCLEAR = "≈", "?"
SYMBOLS = dict(
    zip(TESTS, ({BETTER: "●", WORSE: "○"}, {BETTER: "■", WORSE: "□"}, {BETTER: "▲", WORSE: "△"}), strict=True)
)
"""Test -> its mark where DILDL is significantly better than a row, and where it is worse."""
MEANS = (
    f"mean ± standard deviation over folds (over seeds, where there are several). Bold: best of ours. {DASH}: no such "
    "result."
)
NOISE = (
    "ours and published differ by less than the spread over folds, seeds and partitions lets expect (margin and "
    f"degrees of freedom; {MISSING}: without partitions, of which this row has one), judged only where the features "
    "are the benchmark's. Cannot tell: the margin is as wide as the published distance from DILDL (for DILDL: RDA) or "
    "from the uniform distribution."
)
RDA = "RDA has lambda 0.1, unless it is called tuned: then, that of the least validation divergence in each fold."
LEGEND = (
    "Tests hold DILDL, in the reading that is named, against the row: {published_test} two-sample t (the type of the "
    "published marks), {paired} paired t over folds, {corrected} corrected for the training rows that folds share; "
    "filled where DILDL is significantly better, hollow where it is worse (two-tailed, 0.05, the same sign for each "
    "seed). Beside a published number: the mark printed there."
).format(**{test: symbols[BETTER] for test, symbols in SYMBOLS.items()})
Tests = Mapping[str, pd.DataFrame]
"""Name of a reading of DILDL -> `ildl.compare.significance.compare` with that reading as the reference."""


def render_comparison(table: pd.DataFrame, metric: str, caption: str, tests: Tests | None = None) -> ScrollingTable:
    """Show a comparison table: a column group a data set, a row a method.

    Parameters
    ----------
    table : DataFrame
        As `comparison_table` returns it.
    metric : str
    caption : str
        The title of the metric and how to read the table are added to it.
    tests : mapping, optional
        A column of marks for each; published marks are shown, too.

    Returns
    -------
    ScrollingTable
        Its `styler` is a pandas Styler; `companion.show.latex.latex_of` turns it into LaTeX.
    """
    text = _texts(table, metric, tests)
    text[INSIDE] = verdicts(table)
    text = text[[OURS, PUBLISHED, DIFFERENCE, INSIDE, *text.columns[3:-1]]]
    best = text.isna()
    best[OURS] = table["best"].to_numpy()
    headers = _headers(table)
    wide, bold = (
        pd.concat(
            {header: frame[rows][[PUBLISHED] if _not_run(header) else [*frame]] for header, rows in headers.items()},
            axis=1,
        )
        for frame in (text, best)
    )
    title = METRIC_TITLES.get(metric, metric)
    reading = f"{title}: {MEANS} {RDA} Noise: whether {NOISE}" + (f" {LEGEND}" if tests else "")
    return _styled(wide, bold, caption, reading, title)


def render_euclidean(tables: Mapping[str, pd.DataFrame], caption: str, tests: Tests | None = None) -> ScrollingTable:
    """Show the parts of the Euclidean distance in one table, as the paper's Table 5: a few lines a method.

    Parameters
    ----------
    tables : mapping
        Metric -> comparison table, such as "euclidean_tail"; its last word heads the column.
    caption, tests
        As for `render_comparison`.

    Returns
    -------
    ScrollingTable
    """
    texts, best = {}, {}
    for metric, table in tables.items():
        texts[metric] = _texts(table, metric, tests)
        texts[metric][DIFFERENCE] += [
            "" if pd.isna(row["verdict"]) else f" [{_margin(row)}]{_sign(row['verdict'])}"
            for row in table.to_dict("records")
        ]
        best[metric] = texts[metric].isna()
        best[metric][OURS] = table["best"].to_numpy()
    headers = _headers(next(iter(tables.values())))
    wide, bold = (
        pd.DataFrame(
            {
                (header, metric.rpartition("_")[2]): frame[rows].stack()
                for header, rows in headers.items()
                for metric, frame in frames.items()
            }
        )
        for frames in (texts, best)
    )
    there = (wide != DASH).any(axis=1)
    title = "Euclidean distance (low is good)"
    presumed = "Where the source prints no standard deviation, ours is taken for it."
    signs = f"In brackets: the margin of the noise. {CLOSE}: {NOISE} {UNCLEAR}: it cannot tell. {presumed}"
    reading = f"{title}: {MEANS} {RDA} {signs}" + (f" {LEGEND}" if tests else "")
    return _styled(wide[there], bold[there], caption, reading, title)


def verdicts(table: pd.DataFrame) -> list[str]:
    """What stands in the column on the noise.

    Parameters
    ----------
    table : DataFrame
        As `comparison_table` returns it.

    Returns
    -------
    list of str
        "inside (± 0.0121, 15.8 df)"; a dash where nothing is judged.
    """
    return [
        DASH if pd.isna(row["verdict"]) else f"{row['verdict']} ({_margin(row)})" for row in table.to_dict("records")
    ]


def _sign(verdict: str) -> str:
    return f" {CLOSE}" if verdict == INSIDE_NOISE else f" {UNCLEAR}" if verdict.startswith(CANNOT_TELL) else ""


def _margin(row: Mapping[Hashable, Any]) -> str:
    return margin_text(row["margin"], row["df"], row["var_partitions"])


def _texts(table: pd.DataFrame, metric: str, tests: Tests | None) -> pd.DataFrame:
    """Ours, published, difference and the marks of each test as text, a row a row of the table."""
    published = table["printed"].replace("", DASH)
    if tests:
        symbols = {marker: f" {symbol}" for marker, symbol in SYMBOLS["published_test"].items()}
        published += table["published_marker"].map(symbols).fillna("")
    columns = {
        OURS: plus_minus(table["ours"], table["ours_std"], table["seed_std"]),
        PUBLISHED: published.to_list(),
        DIFFERENCE: [DASH if np.isnan(value) else signed(value) for value in table["difference"]],
    }
    for name, comparison in (tests or {}).items():
        columns[f"tests, {name}"] = _marks(table, comparison[comparison["metric"] == metric])
    return pd.DataFrame(columns, index=pd.Index(table["label"].to_numpy()))


def _marks(table: pd.DataFrame, comparison: pd.DataFrame) -> list[str]:
    """What the three tests say of each row; a dash for a row that was not tested."""
    keys = ["dataset", "method", "params"]
    marks = comparison.set_index(keys)[[f"mark_{test}" for test in TESTS]]
    found = marks.reindex(pd.MultiIndex.from_frame(table[keys]))
    return [
        DASH
        if row.isna().any()
        else "".join(SYMBOLS[test].get(mark, "") for test, mark in zip(TESTS, row, strict=True)) or NONE
        for _, row in found.iterrows()
    ]


def _styled(wide: pd.DataFrame, bold: pd.DataFrame, caption: str, reading: str, title: str) -> ScrollingTable:
    styler = wide.style.apply(lambda _: np.where(bold, "font-weight: bold", ""), axis=None)
    styler.set_uuid(re.sub(r"\W", "", f"{caption}{title}")).set_caption(f"{escape(caption)} {reading}")
    styler.set_table_styles(STYLES)
    return ScrollingTable(styler, f"{caption} {title}")


def _headers(table: pd.DataFrame) -> dict[str, np.ndarray]:
    """What the column group of each data set is called, and its rows."""
    headers = {}
    for dataset in table["dataset"].unique():
        rows = (table["dataset"] == dataset).to_numpy()
        headers[dataset_header(dataset, table.loc[rows, "feature_set"].iloc[0])] = rows
    return headers


def _not_run(header: str) -> bool:
    return header.endswith(f"({NOT_RUN})")
