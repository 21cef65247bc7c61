"""Do numbers repeat those that they should: baselines RDA's appendix, ablations the main tables, ranks the means?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from companion.audit.printed import (
    ABSENT,
    NEITHER,
    STATISTICS,
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
    switched_on,
)
from companion.audit.prose import ABLATION, IMPROVES
from companion.base.published import COMPONENTS
from ildl.compare.statistics import HIGHER_IS_BETTER

OWN = {"dildl": "DILDL", "amema_appendix": "AMEMA"}
BASELINE = "RDA"
COPIED = "that the baselines were taken over from RDA's appendix"
RANKED = "that ranks are those of the means, and of tied ones in any order"
SAME_METHOD = "that the row with all components is the method of the main tables"
BEST_ROW = "that “all metrics” is meant for every row of both tables"
COMPLETE = "that every cell was meant to have a number"
IT_IS_RDA = "that the row without both components is RDA"
NO_MARKS = "May be a loss of extraction: the row's marks of its components are missing in the text as well."
Pairs = list[tuple[Any, Any]]


def audit_copies(tables: PublishedTables) -> pd.DataFrame:
    """Hold the baselines of the DILDL and AMEMA papers against RDA's appendix, means and standard deviations."""
    rows = []
    for cell, other in copied_cells(tables):
        failure, statistic = apart(cell, other), STATISTICS[cell.statistic]
        rows.append(
            {
                "source": cell.source,
                "place": f"{place(cell.table, cell.dataset, cell.row, cell.metric)}, {statistic}",
                "printed": cell.printed,
                "should_be": f"{other.printed} (RDA's appendix, Table {other.table})",
                "failure": failure,
                "text": f"For {cell.row} on {cell.dataset} ({metric_name(cell.metric)}), the {statistic} "
                f"is {cell.printed} in Table {cell.table} ({TITLES[cell.source]}) and {other.printed} in Table "
                f"{other.table} of RDA's appendix: {failure:.4g} apart whatever the rounding.",
            }
        )
    return as_checks("copies", rows, COPIED)


def audit_ranks(tables: PublishedTables) -> pd.DataFrame:
    """Recompute the ranks of RDA's appendix, which lie between those of best and worst rounding, and their averages."""
    cells = tables.of("rda_appendix")
    rows = []
    for _, group in cells.groupby(["metric", "dataset"], sort=False):
        metric = group["metric"].iloc[0]
        sign = -1.0 if metric in HIGHER_IS_BETTER else 1.0
        values, slack = sign * group["mean"].to_numpy(), group["mean_half_unit"].to_numpy()
        gaps = values[:, None] - values[None, :]  # positive: the other one is better
        slacks = slack[:, None] + slack[None, :] + 1e-9
        lowest, highest = 1 + (gaps > slacks).sum(axis=1), (gaps >= -slacks).sum(axis=1)
        for cell, low, high in zip(records(group), lowest, highest, strict=True):
            rows.append(
                {
                    "place": f"{place(cell.table, cell.dataset, cell.method, metric)}, rank",
                    "printed": cell.rank,
                    "should_be": str(low) if low == high else f"{low} to {high}",
                    "failure": max(low - int(cell.rank), int(cell.rank) - high),
                    "text": f"Table {cell.table} of RDA's appendix ranks {cell.method} on {cell.dataset} {cell.rank}; "
                    f"its {metric_name(metric)} has a rank from {low} to {high}.",
                }
            )
    means = cells.assign(rank=cells["rank"].astype(float)).groupby(["metric", "method"])["rank"].mean()
    for row in records(tables.average_ranks):
        mean = means[row.metric, row.method]
        rows.append(
            {
                "place": f"Table {row.table}, {row.method}: {metric_name(row.metric)}, average rank",
                "printed": row.value_printed,
                "should_be": f"{mean:.4f}",
                "failure": abs(row.value - mean) - row.half_unit,
                "text": f"Table {row.table} of RDA's appendix gives {row.method} the average rank {row.value_printed}; "
                f"its printed ranks have the mean {mean:.4f}.",
            }
        )
    return as_checks("ranks", ({"source": "rda_appendix", **row} for row in rows), RANKED)


def audit_ablations(tables: PublishedTables) -> pd.DataFrame:
    """Hold the full model's row against the main tables and against the other rows, and look for empty cells."""
    rows = [row | {"presumes": SAME_METHOD} for row in _against(repeated_cells(tables))]
    rows += (row | {"presumes": BEST_ROW} for row in _improves(_means(tables)))
    rows += (row | {"presumes": COMPLETE, "fault": ABSENT} for row in _empty(tables))
    return as_checks("ablations", rows)


def audit_ablation_baselines(tables: PublishedTables) -> pd.DataFrame:
    """Hold the row without both components against RDA, which it is if the method is RDA with these components."""
    return as_checks("ablation baselines", _against(baseline_cells(tables)), IT_IS_RDA)


def copied_cells(tables: PublishedTables) -> Pairs:
    """Pair each number of a baseline with the same one in RDA's appendix."""
    numbers = printed_numbers(tables)
    numbers = numbers[~numbers["ablation"]]
    keys = ["dataset", "row", "metric", "statistic"]
    places = [tuple(key) for key in numbers[keys].to_numpy()]
    cells = list(zip(places, records(numbers), strict=True))
    original = {key: number for key, number in cells if number.source == "rda_appendix"}
    return [(number, original[key]) for key, number in cells if number.source != "rda_appendix" and key in original]


def repeated_cells(tables: PublishedTables) -> Pairs:
    """Pair each number of a full model's row with the same one of the main tables."""
    return [pair for source in COMPONENTS for pair in _pairs(_means(tables), source, full_row(source), OWN[source])]


def baseline_cells(tables: PublishedTables) -> Pairs:
    """Pair each number of a row without both components with RDA's."""
    return [pair for source in COMPONENTS for pair in _pairs(_means(tables), source, NEITHER, BASELINE)]


def _means(tables: PublishedTables) -> pd.DataFrame:
    numbers = printed_numbers(tables)
    return numbers[numbers["statistic"] == "mean"]


def _pairs(numbers: pd.DataFrame, source: str, row: str, method: str) -> Pairs:
    """Pair cells of an ablation's row with a method's of main tables, of the same source where it has them."""
    of_row = numbers[numbers["ablation"] & (numbers["source"] == source) & (numbers["row"] == row)]
    main = numbers[~numbers["ablation"] & (numbers["row"] == method)]
    order = [source, "rda_appendix", "amema_appendix", "dildl"]
    main = main.sort_values("source", key=lambda names: names.map(order.index), kind="stable")
    cells = {(cell.dataset, cell.metric): cell for cell in records(main[::-1])}
    keys = ((cell, (cell.dataset, cell.metric)) for cell in records(of_row))
    return [(cell, cells[key]) for cell, key in keys if key in cells]


def _against(pairs: Pairs) -> Iterator[dict[str, Any]]:
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
        high = other.metric in HIGHER_IS_BETTER
        yield {
            "source": other.source,
            "place": claim + place(other.table, other.dataset, other.row, other.metric),
            "printed": f"full model {mine.printed}",
            "should_be": f"at {'least' if high else 'most'} {other.printed} ({other.row})",
            "failure": excess(other, mine) if high else excess(mine, other),
            "text": f"In Table {other.table} ({TITLES[other.source]}, {other.dataset}) the row “{other.row}” has a "
            f"better {metric_name(other.metric)} ({other.printed}) than the full model ({mine.printed}).",
        }


def _empty(tables: PublishedTables) -> Iterator[dict[str, Any]]:
    for source, switches in COMPONENTS.items():
        cells = tables.ablations[tables.ablations["source"] == source]
        for (table, dataset, *on), row in cells.groupby(["table", "dataset", *switches], sort=False):
            name = switched_on(dict(zip(switches, on, strict=True)), switches)
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
