"""Do the significance marks follow from the numbers beside them?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from companion.audit.printed import TITLES, PublishedTables, as_checks, metric_name, place, records
from companion.audit.repeats import OWN
from companion.base.marks import ALPHA, CELL, DEVIATIONS, collect_marks, judge_marks, paired_correlations
from companion.base.published import half_unit
from ildl.compare.noise import N_PUBLISHED

TOLD = "that • stands for a worse mean than the paper's own, ◦ for a better one"
UNPAIRED = f"an unpaired t-test at {ALPHA:g} on n = {N_PUBLISHED} values a mean"
BORROWED = f"{UNPAIRED}; for baselines, the standard deviations of RDA's appendix"
MEANING = {
    "better": "significantly improved on",
    "worse": "significantly better",
    "none": "not significantly different",
}


def published_marks(tables: PublishedTables, source: str = "dildl") -> pd.DataFrame:
    """Gather a paper's marks with their numbers; standard deviations that it leaves out are those of RDA's appendix."""
    return collect_marks(tables.of(source), OWN[source], tables.of("rda_appendix"))


def audit_marks(tables: PublishedTables) -> pd.DataFrame:
    """Hold every mark of the DILDL and AMEMA papers against the direction of the means, and against t-tests."""
    rows: list[dict[str, Any]] = []
    for source in OWN:
        marks = published_marks(tables, source)
        against = np.where(marks["marker"] == "better", -marks["advantage_high"], marks["advantage_low"])
        against = np.where(marks["marker"] == "none", 0.0, against)
        rows += _directions(marks[marks["marker"] != "none"].assign(against=against[marks["marker"] != "none"]))
        rows += _tests(marks[against <= 0])
    return as_checks("marks", rows)


def without_test(marks: pd.DataFrame) -> pd.DataFrame:
    """By how much each mark misses the two-sample tests, and which correlations a paired test would need."""
    tests = judge_marks(marks)
    tests = tests[tests["test"] != "paired"]
    miss = np.where(tests["marker"] == "none", ALPHA - tests["p_high"], tests["p_low"] - ALPHA)
    least = tests.assign(miss=miss).groupby([*CELL, "marker"], sort=False)["miss"].min().reset_index()
    paired = [paired_correlations(marks, deviation) for deviation in DEVIATIONS]
    least["correlation_low"] = np.minimum(*(frame["correlation_low"].to_numpy() for frame in paired))
    least["correlation_high"] = np.maximum(*(frame["correlation_high"].to_numpy() for frame in paired))
    return least


def marks_with_std(marks: pd.DataFrame, table: str, dataset: str, printed: str) -> pd.DataFrame:
    """Return the marks of a table and data set with another printed standard deviation of the own method."""
    rows = marks[(marks["table"] == table) & (marks["dataset"] == dataset)].reset_index(drop=True)
    value, half = float(printed), half_unit(printed)
    return rows.assign(own_std_low=value - half, own_std_high=value + half)


def _directions(marks: pd.DataFrame) -> Iterator[dict[str, Any]]:
    for mark in records(marks):
        own = OWN[mark.source]
        yield {
            **_where(mark),
            "presumes": TOLD,
            "should_be": f"{own}'s mean is the {mark.marker} one",
            "failure": mark.against,
            "text": f"{_subject(mark)}; the mean of {own} is the "
            f"{'worse' if mark.marker == 'better' else 'better'} one, by at least {mark.against:.4g}.",
            "doubt": "In extraction • and ◦ are easily taken for one another.",
        }


def _tests(marks: pd.DataFrame) -> Iterator[dict[str, Any]]:
    without_std = set(marks.loc[np.isinf(marks["own_std_high"]), "table"])
    for mark in records(without_test(marks)):
        p = ALPHA + mark.miss if mark.marker != "none" else ALPHA - mark.miss
        bound = "below" if mark.marker != "none" else "at least"
        yield {
            **_where(mark),
            "presumes": BORROWED if mark.table in without_std else UNPAIRED,
            "should_be": f"p {bound} {ALPHA:g} in some two-sample t-test",
            "failure": mark.miss,
            "text": f"{_subject(mark)}; the closest p-value of a two-sample test is {p:.3f}, {_paired(mark)}.",
        }


def _where(mark: Any) -> dict[str, Any]:
    where = place(mark.table, mark.dataset, mark.method, mark.metric)
    return {"source": mark.source, "place": f"{where}, mark", "printed": mark.marker}


def _subject(mark: Any) -> str:
    return (
        f"Table {mark.table} ({TITLES[mark.source]}) marks {mark.method} on {mark.dataset} as {MEANING[mark.marker]} "
        f"({metric_name(mark.metric)})"
    )


def _paired(mark: Any) -> str:
    if mark.correlation_low > mark.correlation_high:
        return "and no paired test gives the mark"
    return f"while a paired test needs correlations from {mark.correlation_low:.2f} to {mark.correlation_high:.2f}"
