"""Do the ablation tables agree with the main tables, and is the full model the best of their rows?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from ildl.report.audit_base import (
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
from ildl.report.audit_quotes import IMPROVES
from ildl.report.published import COMPONENTS
from ildl.report.statistics import HIGHER_IS_BETTER

OWN = {"dildl": "DILDL", "amema_appendix": "AMEMA"}
BASELINE = "RDA"


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
    numbers = _means(tables)
    rows: list[dict[str, Any]] = []
    for source in COMPONENTS:
        full = numbers[numbers["ablation"] & (numbers["source"] == source) & (numbers["row"] == full_row(source))]
        rows += _against(full, numbers[numbers["row"] == OWN[source]], source)
        rows += _improves(numbers, full, source)
    return as_checks("ablations", [*rows, *_empty(tables)])


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
    numbers = _means(tables)
    rows: list[dict[str, Any]] = []
    for source in COMPONENTS:
        empty = numbers[numbers["ablation"] & (numbers["source"] == source) & (numbers["row"] == NEITHER)]
        rows += _against(empty, numbers[~numbers["ablation"] & (numbers["row"] == BASELINE)], source)
    return as_checks("ablation baselines", rows)


def _means(tables: PublishedTables) -> pd.DataFrame:
    numbers = printed_numbers(tables)
    return numbers[numbers["statistic"] == "mean"]


def _against(ablation: pd.DataFrame, main: pd.DataFrame, source: str) -> Iterator[dict[str, Any]]:
    """Compare cells of an ablation with those of main tables, of the same source where it has them."""
    main = main[~main["ablation"]]
    order = [source, "rda_appendix", "amema_appendix", "dildl"]
    main = main.sort_values("source", key=lambda names: names.map(order.index), kind="stable")
    cells = {(cell.dataset, cell.metric): cell for cell in records(main[::-1])}
    for cell in records(ablation):
        other = cells.get((cell.dataset, cell.metric))
        if other is None:
            continue
        failure = apart(cell, other)
        condition = f"if it is {BASELINE}, " if cell.row == NEITHER else ""
        yield {
            "source": source,
            "place": place(cell.table, cell.dataset, cell.row, cell.metric),
            "printed": cell.printed,
            "should_be": f"{condition}{other.printed} ({TITLES[other.source]}, Table {other.table}, {other.row})",
            "failure": failure,
            "text": f"The row “{cell.row}” of Table {cell.table} ({TITLES[source]}) has the {metric_name(cell.metric)} "
            f"{cell.printed} on {cell.dataset}; {other.row} has {other.printed} in Table {other.table} "
            f"({TITLES[other.source]}), {failure:.4g} apart whatever the rounding.",
        }


def _improves(numbers: pd.DataFrame, full: pd.DataFrame, source: str) -> Iterator[dict[str, Any]]:
    claim = f"{IMPROVES[0]}, “{IMPROVES[1]}”; " if source == "dildl" else ""
    rows = numbers[numbers["ablation"] & (numbers["source"] == source) & (numbers["row"] != full_row(source))]
    cells = {(cell.table, cell.dataset, cell.metric): cell for cell in records(full)}
    for other in records(rows):
        mine = cells[other.table, other.dataset, other.metric]
        failure = excess(other, mine) if other.metric in HIGHER_IS_BETTER else excess(mine, other)
        yield {
            "source": source,
            "place": claim + place(other.table, other.dataset, other.row, other.metric),
            "printed": f"full model {mine.printed}",
            "should_be": f"at {'least' if other.metric in HIGHER_IS_BETTER else 'most'} {other.printed} ({other.row})",
            "failure": failure,
            "text": f"In Table {other.table} ({TITLES[source]}, {other.dataset}) the row “{other.row}” has a better "
            f"{metric_name(other.metric)} ({other.printed}) than the full model ({mine.printed}).",
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
            }
