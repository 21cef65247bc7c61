"""What single cells can hide: whole rows that lean one way, and spreads that are off by a factor of ten."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from companion.audit.claims import EACH_SET, LOST_MARK, OWN
from companion.audit.marks import published_marks
from companion.audit.printed import (
    NEITHER,
    OTHER,
    TITLES,
    PublishedTables,
    as_checks,
    excess,
    metric_name,
    place,
    records,
)
from companion.audit.prose import RESULTS, SIGNIFICANT
from companion.audit.repeats import BASELINE, IT_IS_RDA, baseline_cells
from companion.base.marks import ALPHA, judge_marks
from ildl.compare.statistics import HIGHER_IS_BETTER

ALIKE = "that spreads of a method on other data sets, and of other methods on the data set, are of one order"
NEARER = np.sqrt(10.0)
"""Beyond this factor a ratio is nearer to ten than to one."""
ONE_ROW = "The metrics are of the same predictions, so this is one deviation; other splits or seeds could make it."


def audit_rows(tables: PublishedTables) -> pd.DataFrame:
    """Look at the direction of whole rows."""
    return as_checks("rows", [*_leaning(tables), *_unmarked(tables)], fault=OTHER)


def _leaning(tables: PublishedTables) -> Iterator[dict[str, Any]]:
    frame = pd.DataFrame(
        [
            {"source": cell.source, "table": cell.table, "dataset": cell.dataset}
            | {"worse": _worse(cell, other), "better": _worse(other, cell)}
            for cell, other in baseline_cells(tables)
        ],
        columns=["source", "table", "dataset", "worse", "better"],
    )
    for (source, table, dataset), row in frame.groupby(["source", "table", "dataset"], sort=False):
        n, counts = len(row), row[["worse", "better"]].sum()
        one_way = int(counts.max()) == n
        yield {
            "source": source,
            "place": f"Table {table}, {dataset}, {NEITHER}: all metrics",
            "printed": f"{counts['worse']} worse, {counts['better']} better than {BASELINE}",
            "should_be": f"no direction, if it is {BASELINE}",
            "presumes": IT_IS_RDA,
            "failure": n if one_way else 0,
            "text": f"The row “{NEITHER}” of Table {table} ({TITLES[str(source)]}, {dataset}) is {counts.idxmax()} "
            f"than {BASELINE} in all {n} metrics, so that the gain of the components looks "
            f"{'greater' if counts.idxmax() == 'worse' else 'smaller'} than that over {BASELINE}.",
            "doubt": ONE_ROW,
        }


def _worse(cell: Any, other: Any) -> bool:
    """Whether a number is the worse one whatever the rounding."""
    return bool((excess(other, cell) if cell.metric in HIGHER_IS_BETTER else excess(cell, other)) > 1e-9)


def _unmarked(tables: PublishedTables) -> Iterator[dict[str, Any]]:
    cells = tables.of("dildl")
    cells = cells[cells["method"] != OWN]
    judged = judge_marks(published_marks(tables)).query("test == 'pooled' and deviation == 'population'")
    for (dataset, method), row in cells.groupby(["dataset", "method"], sort=False):
        with_std, without = row[row["std"].notna()], row[row["std"].isna()]
        marked, beyond = ((part["marker"] == "better").sum() for part in (with_std, without))
        p = judged[(judged["dataset"] == dataset) & (judged["method"] == method)].merge(with_std[["table", "metric"]])
        least = p["p_low"].min()
        called_for = f", but p is {least:.3f} or more by an unpaired test of the printed numbers"
        called_for = called_for if least >= ALPHA else ""
        yield {
            "source": "dildl",
            "place": f"{RESULTS}, “{SIGNIFICANT}”; {dataset}, {method}: all metrics with spreads",
            "printed": f"{marked} of {len(with_std)} marked",
            "should_be": "a mark in one metric at least, if the sentence is meant for this data set",
            "presumes": EACH_SET,
            "failure": 0 if marked else len(with_std),
            "text": f"On {dataset}, {method} carries no mark in any of the {len(with_std)} metrics that are printed "
            f"with standard deviations; in Table {', '.join(sorted(set(without['table'])))}, which prints none, in "
            f"{beyond} of {len(without)}.",
            "doubt": f"{LOST_MARK}{called_for}.",
        }


def audit_spreads(tables: PublishedTables) -> pd.DataFrame:
    """Look for standard deviations that fit their neighbours only when the decimal point is moved by one place."""
    cells = tables.main[tables.main["std"] > 0]
    rows: list[dict[str, Any]] = []
    for _, table in cells.groupby(["source", "metric"], sort=False):
        rows += _stand_out(table)
    return as_checks("spreads", rows, ALIKE, OTHER)


def slipped_point(value: float, row: pd.Series, column: pd.Series) -> float:
    """Return the factor by which a spread must be multiplied to lie among its neighbours.

    >>> near = pd.Series([0.04, 0.05, 0.09])
    >>> slipped_point(0.006, near, near), slipped_point(0.05, near, near)
    (10.0, 1.0)
    """
    if row.empty or column.empty:
        return 1.0
    low, high = min(row.min(), column.min()), max(row.max(), column.max())
    factor = 10.0 if low > NEARER * value else 0.1 if value > NEARER * high else 1.0
    among = all(near.min() <= factor * value <= near.max() for near in (row, column))
    return factor if among else 1.0


def _stand_out(table: pd.DataFrame) -> Iterator[dict[str, Any]]:
    for cell in records(table):
        same_method, same_data = table["method"] == cell.method, table["dataset"] == cell.dataset
        row, column = table.loc[same_method & ~same_data, "std"], table.loc[~same_method & same_data, "std"]
        factor = slipped_point(cell.std, row, column)
        others = pd.concat([row, column])
        gap = (others - cell.std).abs().min() - cell.std_half_unit if factor != 1 else 0.0
        wrong = "a tenth" if factor > 1 else "ten times"
        yield {
            "source": cell.source,
            "place": f"{place(cell.table, cell.dataset, cell.method, cell.metric)}, standard deviation",
            "printed": cell.std_printed,
            "should_be": f"of the order of {row.min():g} to {row.max():g} (other data sets), {column.min():g} to "
            f"{column.max():g} (other methods)",
            "failure": gap,
            "text": f"In Table {cell.table} ({TITLES[cell.source]}) the standard deviation of {cell.method} on "
            f"{cell.dataset} ({metric_name(cell.metric)}) is {cell.std_printed}, about {wrong} of what its neighbours "
            f"suggest ({row.min():g} to {row.max():g} on other data sets, {column.min():g} to {column.max():g} of "
            "other methods).",
            "doubt": "A pattern, no contradiction: nothing forbids such a spread.",
        }
