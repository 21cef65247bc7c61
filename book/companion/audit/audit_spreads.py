"""Are printed spreads of the order of their neighbours'? One that is off by a factor of ten may be a slipped point."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from companion.audit.audit_base import OTHER, TITLES, PublishedTables, as_checks, metric_name, place, records

ALIKE = "that spreads of a method on other data sets, and of other methods on the data set, are of one order"
NEARER = np.sqrt(10.0)
"""Beyond this factor a ratio is nearer to ten than to one."""


def audit_spreads(tables: PublishedTables) -> pd.DataFrame:
    """Look for standard deviations that fit their neighbours only when the decimal point is moved by one place.

    Neighbours are those of the same method on other data sets, and of other methods on the same data set, in the same
    metric. A spread stands out if it lies on one side of all of them, by a factor nearer to ten than to one, and if ten
    times, or a tenth of it lies among both.

    Parameters
    ----------
    tables : PublishedTables

    Returns
    -------
    DataFrame
        Checks, one for each printed spread; the failure is its distance from the nearest neighbour, whatever the
        rounding.
    """
    cells = tables.main[tables.main["std"] > 0]
    rows: list[dict[str, Any]] = []
    for _, table in cells.groupby(["source", "metric"], sort=False):
        rows += _stand_out(table)
    return as_checks("spreads", rows, ALIKE, OTHER)


def slipped_point(value: float, row: pd.Series, column: pd.Series) -> float:
    """Return the factor by which a spread must be multiplied to lie among its neighbours.

    Parameters
    ----------
    value : float
    row, column : Series of float
        Spreads of the same method, and on the same data set, without this one.

    Returns
    -------
    float
        10, 0.1, or 1 where it does not stand out.

    Examples
    --------
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
