"""Are the baselines that later papers print those of RDA's appendix, and are its ranks those of its means?"""

from __future__ import annotations

from typing import Any

import pandas as pd

from companion.audit.audit_base import (
    TITLES,
    PublishedTables,
    apart,
    as_checks,
    metric_name,
    place,
    printed_numbers,
    records,
)
from ildl.compare.statistics import HIGHER_IS_BETTER

NAMES = {"mean": "mean", "std": "standard deviation"}
COPIED = "that the baselines were taken over from RDA's appendix"
RANKED = "that ranks are those of the means, and of tied ones in any order"


def audit_copies(tables: PublishedTables) -> pd.DataFrame:
    """Hold the baselines of the DILDL and AMEMA papers against RDA's appendix, means and standard deviations.

    Parameters
    ----------
    tables : PublishedTables

    Returns
    -------
    DataFrame
        Checks, one for each number that both sources print; the failure is the distance of the two intervals.
    """
    rows = []
    for cell, other in copied_cells(tables):
        failure = apart(cell, other)
        rows.append(
            {
                "source": cell.source,
                "place": f"{place(cell.table, cell.dataset, cell.row, cell.metric)}, {NAMES[cell.statistic]}",
                "printed": cell.printed,
                "should_be": f"{other.printed} (RDA's appendix, Table {other.table})",
                "failure": failure,
                "text": f"For {cell.row} on {cell.dataset} ({metric_name(cell.metric)}), the {NAMES[cell.statistic]} "
                f"is {cell.printed} in Table {cell.table} ({TITLES[cell.source]}) and {other.printed} in Table "
                f"{other.table} of RDA's appendix: {failure:.4g} apart whatever the rounding.",
            }
        )
    return as_checks("copies", rows, COPIED)


def copied_cells(tables: PublishedTables) -> list[tuple[Any, Any]]:
    """Pair each number of a baseline with the same one in RDA's appendix.

    Parameters
    ----------
    tables : PublishedTables

    Returns
    -------
    list of (record, record)
        Of `printed_numbers`: the later paper's number, and that of the appendix.
    """
    numbers = printed_numbers(tables)
    numbers = numbers[~numbers["ablation"]]
    original = {_cell(number): number for number in records(numbers[numbers["source"] == "rda_appendix"])}
    later = records(numbers[numbers["source"] != "rda_appendix"])
    return [(number, original[_cell(number)]) for number in later if _cell(number) in original]


def audit_ranks(tables: PublishedTables) -> pd.DataFrame:
    """Recompute the ranks and average ranks that RDA's appendix prints.

    Parameters
    ----------
    tables : PublishedTables

    Returns
    -------
    DataFrame
        Checks. A rank must lie between those that the best and the worst rounding of the means give; an average rank
        is the mean of the printed ranks.
    """
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
                    "source": "rda_appendix",
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
                "source": "rda_appendix",
                "place": f"Table {row.table}, {row.method}: {metric_name(row.metric)}, average rank",
                "printed": row.value_printed,
                "should_be": f"{mean:.4f}",
                "failure": abs(row.value - mean) - row.half_unit,
                "text": f"Table {row.table} of RDA's appendix gives {row.method} the average rank {row.value_printed}; "
                f"its printed ranks have the mean {mean:.4f}.",
            }
        )
    return as_checks("ranks", rows, RANKED)


def _cell(number: Any) -> tuple[str, str, str, str]:
    return number.dataset, number.row, number.metric, number.statistic
