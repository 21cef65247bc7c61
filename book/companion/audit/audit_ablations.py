"""Do the ablation tables agree with the main tables, and is the full model the best of their rows?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from companion.audit.audit_base import (
    ABSENT,
    NEITHER,
    TITLES,
    PublishedTables,
    apart,
    as_checks,
    excess,
    full_row,
    metric_name,
    place,
    printed_numbers,
    records,
)
from companion.audit.audit_quotes import ABLATION, IMPROVES
from companion.base.published import COMPONENTS
from ildl.compare.statistics import HIGHER_IS_BETTER

OWN = {"dildl": "DILDL", "amema_appendix": "AMEMA"}
BASELINE = "RDA"
SAME_METHOD = "that the row with all components is the method of the main tables"
BEST_ROW = "that “all metrics” is meant for every row of both tables"
COMPLETE = "that every cell was meant to have a number"
IT_IS_RDA = "that the row without both components is RDA"
NO_MARKS = "May be a loss of extraction: the row's marks of its components are missing in the text as well."


def audit_ablations(tables: PublishedTables) -> pd.DataFrame:
    """Hold the full model's row against the main tables and against the other rows, and look for empty cells.

    Parameters
    ----------
    tables : PublishedTables

    Returns
    -------
    DataFrame
        Checks, for DILDL's and AMEMA's tables. The failure is the distance of the intervals for the main tables (for
        metrics that DILDL's leave out: AMEMA's appendix), by how much another row is better whatever the rounding, and
        the number of empty cells of a row.
    """
    rows = [row | {"presumes": SAME_METHOD} for row in _against(repeated_cells(tables))]
    rows += (row | {"presumes": BEST_ROW} for row in _improves(_means(tables)))
    rows += (row | {"presumes": COMPLETE, "fault": ABSENT} for row in _empty(tables))
    return as_checks("ablations", rows)


def audit_ablation_baselines(tables: PublishedTables) -> pd.DataFrame:
    """Hold the row without both components against RDA, which it is if the method is RDA with these components.

    Parameters
    ----------
    tables : PublishedTables

    Returns
    -------
    DataFrame
        Checks; the failure is the distance of the intervals. RDA's number is that of the paper's own tables, else that
        of RDA's appendix.
    """
    return as_checks("ablation baselines", _against(baseline_cells(tables)), IT_IS_RDA)


def repeated_cells(tables: PublishedTables) -> list[tuple[Any, Any]]:
    """Pair each number of a full model's row with the same one of the main tables.

    Parameters
    ----------
    tables : PublishedTables

    Returns
    -------
    list of (record, record)
        Of `printed_numbers`: the ablation's, and the main table's.
    """
    numbers = _means(tables)
    pairs = []
    for source in COMPONENTS:
        full = numbers[numbers["ablation"] & (numbers["source"] == source) & (numbers["row"] == full_row(source))]
        pairs += _pairs(full, numbers[numbers["row"] == OWN[source]], source)
    return pairs


def baseline_cells(tables: PublishedTables) -> list[tuple[Any, Any]]:
    """Pair each number of a row without both components with RDA's.

    Parameters
    ----------
    tables : PublishedTables

    Returns
    -------
    list of (record, record)
        As `repeated_cells`.
    """
    numbers = _means(tables)
    main = numbers[~numbers["ablation"] & (numbers["row"] == BASELINE)]
    pairs = []
    for source in COMPONENTS:
        empty = numbers[numbers["ablation"] & (numbers["source"] == source) & (numbers["row"] == NEITHER)]
        pairs += _pairs(empty, main, source)
    return pairs


def _means(tables: PublishedTables) -> pd.DataFrame:
    numbers = printed_numbers(tables)
    return numbers[numbers["statistic"] == "mean"]


def _pairs(ablation: pd.DataFrame, main: pd.DataFrame, source: str) -> list[tuple[Any, Any]]:
    """Pair cells of an ablation with those of main tables, of the same source where it has them."""
    main = main[~main["ablation"]]
    order = [source, "rda_appendix", "amema_appendix", "dildl"]
    main = main.sort_values("source", key=lambda names: names.map(order.index), kind="stable")
    cells = {(cell.dataset, cell.metric): cell for cell in records(main[::-1])}
    keys = ((cell, (cell.dataset, cell.metric)) for cell in records(ablation))
    return [(cell, cells[key]) for cell, key in keys if key in cells]


def _against(pairs: list[tuple[Any, Any]]) -> Iterator[dict[str, Any]]:
    for cell, other in pairs:
        failure = apart(cell, other)
        condition = f"if it is {BASELINE}, " if cell.row == NEITHER else ""
        yield {
            "source": cell.source,
            "place": place(cell.table, cell.dataset, cell.row, cell.metric),
            "printed": cell.printed,
            "should_be": f"{condition}{other.printed} ({TITLES[other.source]}, Table {other.table}, {other.row})",
            "failure": failure,
            "text": f"The row “{cell.row}” of Table {cell.table} ({TITLES[cell.source]}) has the "
            f"{metric_name(cell.metric)} {cell.printed} on {cell.dataset}; {other.row} has {other.printed} in Table "
            f"{other.table} ({TITLES[other.source]}), {failure:.4g} apart whatever the rounding.",
        }


def _improves(numbers: pd.DataFrame) -> Iterator[dict[str, Any]]:
    numbers = numbers[numbers["ablation"]]
    full = numbers["row"].isin([full_row(source) for source in COMPONENTS])
    cells = {(cell.source, cell.table, cell.dataset, cell.metric): cell for cell in records(numbers[full])}
    for other in records(numbers[~full]):
        claim = f"{ABLATION}, “{IMPROVES[other.dataset]}”; " if other.source == "dildl" else ""
        mine = cells[other.source, other.table, other.dataset, other.metric]
        failure = excess(other, mine) if other.metric in HIGHER_IS_BETTER else excess(mine, other)
        yield {
            "source": other.source,
            "place": claim + place(other.table, other.dataset, other.row, other.metric),
            "printed": f"full model {mine.printed}",
            "should_be": f"at {'least' if other.metric in HIGHER_IS_BETTER else 'most'} {other.printed} ({other.row})",
            "failure": failure,
            "text": f"In Table {other.table} ({TITLES[other.source]}, {other.dataset}) the row “{other.row}” has a "
            f"better {metric_name(other.metric)} ({other.printed}) than the full model ({mine.printed}).",
        }


def _empty(tables: PublishedTables) -> Iterator[dict[str, Any]]:
    for source, switches in COMPONENTS.items():
        cells = tables.ablations[tables.ablations["source"] == source]
        for (table, dataset, *on), row in cells.groupby(["table", "dataset", *switches], sort=False):
            name = " + ".join(switch.upper() for switch, there in zip(switches, on, strict=True) if there) or NEITHER
            missing = int(row["value"].isna().sum())
            yield {
                "source": source,
                "place": f"Table {table}, {dataset}, {name}",
                "printed": f"{len(row) - missing} numbers",
                "should_be": f"{len(row)} numbers",
                "failure": missing,
                "text": f"In Table {table} ({TITLES[source]}, {dataset}) the row “{name}” has {len(row) - missing} of "
                f"{len(row)} numbers; in the others it cannot be compared.",
                "doubt": "" if (row["flags_from"] == "printed").all() else NO_MARKS,
            }
