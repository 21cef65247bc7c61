"""Does a whole row lean one way? Single cells can hide what all of them show together."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from companion.audit.audit_ablations import BASELINE, IT_IS_RDA, baseline_cells
from companion.audit.audit_base import NEITHER, OTHER, TITLES, PublishedTables, as_checks, excess
from companion.audit.audit_claims import EACH_SET, LOST_MARK, OWN
from companion.audit.audit_marks import published_marks
from companion.audit.audit_quotes import SIGNIFICANT
from companion.base.marks import ALPHA, judge_marks
from ildl.compare.statistics import HIGHER_IS_BETTER

ONE_ROW = "The metrics are of the same predictions, so this is one deviation; other splits or seeds could make it."


def audit_rows(tables: PublishedTables) -> pd.DataFrame:
    """Look at the direction of whole rows.

    Parameters
    ----------
    tables : PublishedTables

    Returns
    -------
    DataFrame
        Checks. Ablations: one for each table; it fails if the row without both components differs from RDA in all
        metrics in the same direction, whatever the rounding, by their number. Marks: one for each method and data set
        of the tables that print standard deviations; it fails if the method carries no mark in any metric, by their
        number.
    """
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
            "place": f"{SIGNIFICANT[0]}, “{SIGNIFICANT[1]}”; {dataset}, {method}: all metrics with spreads",
            "printed": f"{marked} of {len(with_std)} marked",
            "should_be": "a mark in one metric at least, if the sentence is meant for this data set",
            "presumes": EACH_SET,
            "failure": 0 if marked else len(with_std),
            "text": f"On {dataset}, {method} carries no mark in any of the {len(with_std)} metrics that are printed "
            f"with standard deviations; in Table {', '.join(sorted(set(without['table'])))}, which prints none, in "
            f"{beyond} of {len(without)}.",
            "doubt": f"{LOST_MARK}{called_for}.",
        }
