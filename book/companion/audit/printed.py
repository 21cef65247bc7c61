"""What the parts of the audit share: all printed numbers in one frame, and how a check is recorded.

A printed number stands for the interval of its last digit. A check fails by the least amount that any numbers in the
intervals leave, so that no rounding explains a finding.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import pandas as pd

from companion.base.comparison import METRIC_TITLES
from companion.base.published import COMPONENTS, load_ablations, load_average_ranks, load_published

TITLES = {"dildl": "DILDL", "rda_appendix": "RDA, appendix", "amema_appendix": "AMEMA, appendix"}
CHECK_COLUMNS = ["kind", "fault", "source", "place", "printed", "should_be", "presumes", "failure", "text", "doubt"]
ROUNDING = "under every rounding"
ABSENT, REFERENCE, INDEX, EQUATION, OTHER = "absent cell", "wrong reference", "index or limit", "equation", "other"
FAULTS = {
    ROUNDING: "printed numbers that do not fit together",
    ABSENT: "numbers that are not there",
    REFERENCE: "references to the wrong table or equation",
    INDEX: "indices and limits that a formula does not explain",
    EQUATION: "equations that do not follow from the loss",
    OTHER: "counts, marks and patterns at odds with a sentence",
}
"""What a failing check is -> in words. They differ in weight, so they are counted apart."""
TOLERANCE = 1e-9
"""Below this a failure is an error of floating-point arithmetic: the shortest printed interval is 1e-4 wide."""
NEITHER = "neither component"
STATISTICS = {"mean": "mean", "std": "standard deviation"}


@dataclass(frozen=True)
class PublishedTables:
    """The printed tables of all sources: cells of the main tables, of the ablations, and average ranks."""

    main: pd.DataFrame
    ablations: pd.DataFrame
    average_ranks: pd.DataFrame

    def of(self, source: str) -> pd.DataFrame:
        """Return the cells of one source's main tables."""
        return self.main[self.main["source"] == source].reset_index(drop=True)


def load_tables() -> PublishedTables:
    """Load every printed table."""
    return PublishedTables(
        pd.concat([load_published(source) for source in TITLES], ignore_index=True),
        pd.concat([load_ablations(source) for source in COMPONENTS], ignore_index=True),
        load_average_ranks(),
    )


def printed_numbers(tables: PublishedTables) -> pd.DataFrame:
    """Bring all printed tables into one frame, one row a number that is there.

    Columns: source, table, dataset, row (method, or the components that are switched on), ablation (bool), metric,
    statistic ("mean" or "std"), value, half_unit, printed.
    """
    keys = ["source", "table", "dataset"]
    columns = [*keys, "row", "ablation", "metric", "statistic", "value", "half_unit", "printed"]
    main = tables.main.assign(row=tables.main["method"], ablation=False)
    parts = []
    for name in STATISTICS:
        titles = {name: "value", f"{name}_half_unit": "half_unit", f"{name}_printed": "printed"}
        part = main[[*keys, "row", "ablation", "metric", *titles]].rename(columns=titles)
        parts.append(part.assign(statistic=name)[columns])
    cells = tables.ablations
    rows = [switched_on(cell, COMPONENTS[cell["source"]]) for cell in cells.to_dict("records")]
    named = cells.rename(columns={"value_printed": "printed"})
    parts.append(named.assign(row=rows, ablation=True, statistic="mean")[columns])
    numbers = pd.concat(parts, ignore_index=True)
    return numbers[numbers["value"].notna()].reset_index(drop=True)


def switched_on(row: Any, components: Iterable[str]) -> str:
    """Name a row of an ablation by the components that are on."""
    return " + ".join(name.upper() for name in components if row[name]) or NEITHER


def full_row(source: str) -> str:
    """Return how the ablation's row with all components is called."""
    return " + ".join(name.upper() for name in COMPONENTS[source])


def metric_name(metric: str) -> str:
    """Return a metric's title without its direction."""
    return METRIC_TITLES[metric].partition(" (")[0]


def place(table: str, dataset: str, row: str, metric: str) -> str:
    """Name a cell.

    >>> place("1", "Movie", "RDA", "chebyshev")
    'Table 1, Movie, RDA: Chebyshev distance'
    """
    return f"Table {table}, {dataset}, {row}: {metric_name(metric)}"


def records(frame: pd.DataFrame) -> list[Any]:
    """Return the rows of a frame as named tuples, whose fields are of any type."""
    return list(frame.itertuples())


def apart(first: Any, second: Any) -> Any:
    """By how much two numbers (with value and half_unit) differ whatever their rounding; at most 0 if they meet."""
    return abs(first.value - second.value) - first.half_unit - second.half_unit


def excess(first: Any, second: Any) -> Any:
    """By how much one number exceeds another whatever their rounding; at most 0 if it need not be greater."""
    return first.value - second.value - first.half_unit - second.half_unit


def as_checks(kind: str, rows: Iterable[dict[str, Any]], presumes: str = "", fault: str = ROUNDING) -> pd.DataFrame:
    """Make the frame of checks of one kind, with `CHECK_COLUMNS`; failure is 0 where a check holds.

    `presumes` (what is taken for granted) and `fault` (of `FAULTS`) are those of rows that do not say it themselves.
    """
    common = {"kind": kind, "presumes": presumes, "fault": fault, "doubt": ""}
    frame = pd.DataFrame([common | row for row in rows], columns=CHECK_COLUMNS)
    failure = frame["failure"].astype(float)
    return frame.assign(failure=failure.where(failure > TOLERANCE, 0.0))
