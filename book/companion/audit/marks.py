"""Do significance marks follow from the numbers beside them, and do spreads fit among their neighbours?"""

from __future__ import annotations

import numpy as np
import pandas as pd

from companion.audit.printed import OWN, TITLES, PublishedTables, as_checks, metric_name
from companion.base.marks import ALPHA, CELL, DEVIATIONS, Array, collect_marks, judge_marks, paired_correlations
from companion.base.published import half_unit

NEARER = np.sqrt(10.0)
"""Beyond this factor a ratio is nearer to ten than to one."""
BORROWED = "; for baselines, the standard deviations of RDA's appendix"
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
    parts = []
    for source in OWN:
        marks = published_marks(tables, source)
        against = np.where(marks["marker"] == "better", -marks["advantage_high"], marks["advantage_low"])
        marks["against"] = np.where(marks["marker"] == "none", 0.0, against)
        tests = without_test(marks[marks["against"] <= 0])
        low, high = tests["correlation_low"], tests["correlation_high"]
        span = "while a paired test needs correlations from " + low.map("{:.2f} to ".format) + high.map("{:.2f}".format)
        without_std = tests["table"].isin(marks.loc[np.isinf(marks["own_std_high"]), "table"])
        tests = tests.assign(
            borrowed=np.where(without_std, BORROWED, ""),
            bound=np.where(tests["marker"] == "none", "at least", "below"),
            p=ALPHA + tests["miss"] * np.where(tests["marker"] == "none", -1, 1),
            paired=span.where(low <= high, "and no paired test gives the mark"),
        )
        marked = _told(marks[marks["marker"] != "none"])
        parts += [as_checks("directions of marks", marked, "against"), as_checks("marks", _told(tests), "miss")]
    return pd.concat(parts)


def without_test(marks: pd.DataFrame) -> pd.DataFrame:
    """By how much each mark misses the two-sample tests, and which correlations a paired test would need."""
    tests = judge_marks(marks)
    tests = tests[tests["test"] != "paired"]
    miss = np.where(tests["marker"] == "none", ALPHA - tests["p_high"], tests["p_low"] - ALPHA)
    least = tests.assign(miss=miss).groupby([*CELL, "marker"], sort=False)["miss"].min().reset_index()
    paired = pd.concat([paired_correlations(marks, deviation) for deviation in DEVIATIONS])
    ends = paired.groupby([*CELL, "marker"]).agg({"correlation_low": "min", "correlation_high": "max"})
    return least.join(ends, on=[*CELL, "marker"])


def marks_with_std(marks: pd.DataFrame, table: str, dataset: str, printed: str) -> pd.DataFrame:
    """Return the marks of a table and data set with another printed standard deviation of the own method."""
    rows = marks[(marks["table"] == table) & (marks["dataset"] == dataset)].reset_index(drop=True)
    value, half = float(printed), half_unit(printed)
    return rows.assign(own_std_low=value - half, own_std_high=value + half)


def _told(marks: pd.DataFrame) -> pd.DataFrame:
    names = marks["metric"].map(metric_name)
    return marks.assign(
        name=names,
        paper=marks["source"].map(TITLES),
        own=marks["source"].map(OWN),
        where="Table " + marks["table"] + ", " + marks["dataset"] + ", " + marks["method"] + ": " + names,
        meaning=marks["marker"].map(MEANING),
        opposite=np.where(marks["marker"] == "better", "worse", "better"),
    )


def unmarked_rows(tables: PublishedTables) -> pd.DataFrame:
    """Marks of each method on each data set: where spreads are printed, and in the tables without."""
    judged = judge_marks(published_marks(tables)).query("test == 'pooled' and deviation == 'population'")
    cells = tables.of("dildl").query("method != 'DILDL'")
    cells = cells.merge(judged[["table", "dataset", "method", "metric", "p_low"]], how="left")
    rows = []
    for (dataset, method), row in cells.groupby(["dataset", "method"], sort=False):
        with_std, without = row[row["std"].notna()], row[row["std"].isna()]
        marked, beyond = (int((part["marker"] == "better").sum()) for part in (with_std, without))
        least = with_std["p_low"].min()
        called_for = f", but p is {least:.3f} or more by an unpaired test of the printed numbers"
        rows.append({
            "dataset": dataset, "row": method, "marked": marked, "n": len(with_std), "marked_without": beyond,
            "n_without": len(without), "tables": ", ".join(sorted(set(without["table"]))),
            "called_for": called_for if least >= ALPHA else "", "lacking": 0 if marked else len(with_std),
        })  # fmt: skip
    return pd.DataFrame(rows)


def audit_spreads(tables: PublishedTables) -> pd.DataFrame:
    """Look for standard deviations that fit their neighbours only when the decimal point is moved by one place."""
    numbers = tables.numbers.query("statistic == 'std' and value > 0")
    rows = []
    for _, table in numbers.groupby(["source", "metric"], sort=False):
        methods, sets, values = (table[name].to_numpy() for name in ("row", "dataset", "value"))
        for cell in table.to_dict("records"):
            same_method, same_data = methods == cell["row"], sets == cell["dataset"]
            row, column = values[same_method & ~same_data], values[~same_method & same_data]
            factor = slipped_point(cell["value"], row, column)
            gap = np.abs(np.concatenate([row, column]) - cell["value"]).min() - cell["half_unit"]
            told = {"sets": (row.min(), row.max()), "methods": (column.min(), column.max())}
            wrong = "a tenth" if factor > 1 else "ten times"
            rows.append(cell | told | {"wrong": wrong, "off": gap if factor != 1 else 0.0})
    return as_checks("spreads", pd.DataFrame(rows), "off")


def slipped_point(value: float, row: Array, column: Array) -> float:
    """Return the factor by which a spread must be multiplied to lie among its neighbours.

    >>> near = np.array([0.04, 0.05, 0.09])
    >>> slipped_point(0.006, near, near), slipped_point(0.05, near, near)
    (10.0, 1.0)
    """
    if not row.size or not column.size:
        return 1.0
    low, high = min(row.min(), column.min()), max(row.max(), column.max())
    factor = 10.0 if low > NEARER * value else 0.1 if value > NEARER * high else 1.0
    among = all(near.min() <= factor * value <= near.max() for near in (row, column))
    return factor if among else 1.0
