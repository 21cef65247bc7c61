"""What the parts of the audit share: all printed numbers in one frame, and how a check is recorded.

A printed number stands for the interval of its last digit. A check fails by the least amount that any numbers in the
intervals leave, so that no rounding explains a finding.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import pandas as pd

from companion.base.published import COMPONENTS, load_ablations, load_average_ranks, load_published
from companion.show.tables import METRIC_TITLES

TITLES = {"dildl": "DILDL", "rda_appendix": "RDA, appendix", "amema_appendix": "AMEMA, appendix"}
CHECK_COLUMNS = ["kind", "fault", "source", "place", "printed", "should_be", "presumes", "failure", "text", "doubt"]
ROUNDING = "under every rounding"
ABSENT, REFERENCE, INDEX, EQUATION, OTHER = "absent cell", "wrong reference", "index or limit", "equation", "other"
FAULTS = {
    ROUNDING: "printed numbers that do not fit together, however they were rounded",
    ABSENT: "a cell that is empty, or a metric that no table of all methods has",
    REFERENCE: "a table or an equation that is cited for what stands in another one",
    INDEX: "an index or a limit of a sum that the formula does not explain",
    EQUATION: "a form that does not follow from the loss, where another does",
    OTHER: "counts, sentences against marks, patterns of spreads and of whole rows, metrics that nothing introduces",
}
"""What a failing check is -> in words. They differ in weight, so they are counted apart."""
TOLERANCE = 1e-9
"""Below this a failure is an error of floating-point arithmetic: the shortest printed interval is 1e-4 wide."""
NEITHER = "neither component"


@dataclass(frozen=True)
class PublishedTables:
    """The printed tables that the audit compares.

    Parameters
    ----------
    main : DataFrame
        Cells of all sources, as `companion.base.published.load_published` returns them.
    ablations : DataFrame
        Cells of all sources, as `load_ablations` returns them.
    average_ranks : DataFrame
        As `load_average_ranks` returns it.
    """

    main: pd.DataFrame
    ablations: pd.DataFrame
    average_ranks: pd.DataFrame

    def of(self, source: str) -> pd.DataFrame:
        """Return the cells of one source's main tables.

        Parameters
        ----------
        source : str

        Returns
        -------
        DataFrame
        """
        return self.main[self.main["source"] == source].reset_index(drop=True)


def load_tables() -> PublishedTables:
    """Load every printed table.

    Returns
    -------
    PublishedTables
    """
    return PublishedTables(
        pd.concat([load_published(source) for source in TITLES], ignore_index=True),
        pd.concat([load_ablations(source) for source in COMPONENTS], ignore_index=True),
        load_average_ranks(),
    )


def printed_numbers(tables: PublishedTables) -> pd.DataFrame:
    """Bring all printed tables into one frame, one row a number.

    Parameters
    ----------
    tables : PublishedTables

    Returns
    -------
    DataFrame
        source, table, dataset, row (method, or the components that are switched on), ablation (bool), metric, statistic
        ("mean" or "std"), value, half_unit, printed. Numbers that the source leaves out are not there.
    """
    keys = ["source", "table", "dataset"]
    parts = [
        tables.main[[*keys, "metric"]].assign(
            row=tables.main["method"],
            ablation=False,
            statistic=name,
            value=tables.main[name],
            half_unit=tables.main[f"{name}_half_unit"],
            printed=tables.main[f"{name}_printed"],
        )
        for name in ("mean", "std")
    ]
    cells = tables.ablations
    rows = [
        " + ".join(name.upper() for name in COMPONENTS[cell["source"]] if cell[name]) or NEITHER
        for cell in cells.to_dict("records")
    ]
    ablations = cells[[*keys, "metric", "value", "half_unit"]].assign(row=rows, ablation=True, statistic="mean")
    parts.append(ablations.assign(printed=cells["value_printed"]))
    columns = [*keys, "row", "ablation", "metric", "statistic", "value", "half_unit", "printed"]
    numbers = pd.concat(parts, ignore_index=True)[columns]
    return numbers[numbers["value"].notna()].reset_index(drop=True)


def full_row(source: str) -> str:
    """Return how the ablation's row with all components is called.

    Parameters
    ----------
    source : {"dildl", "amema_appendix"}

    Returns
    -------
    str
    """
    return " + ".join(name.upper() for name in COMPONENTS[source])


def metric_name(metric: str) -> str:
    """Return a metric's title without its direction.

    Parameters
    ----------
    metric : str

    Returns
    -------
    str
    """
    return METRIC_TITLES[metric].partition(" (")[0]


def place(table: str, dataset: str, row: str, metric: str) -> str:
    """Name a cell.

    Parameters
    ----------
    table, dataset, row, metric : str

    Returns
    -------
    str

    Examples
    --------
    >>> place("1", "Movie", "RDA", "chebyshev")
    'Table 1, Movie, RDA: Chebyshev distance'
    """
    return f"Table {table}, {dataset}, {row}: {metric_name(metric)}"


def records(frame: pd.DataFrame) -> list[Any]:
    """Return the rows of a frame as named tuples, whose fields are of any type.

    Parameters
    ----------
    frame : DataFrame

    Returns
    -------
    list of named tuple
    """
    return list(frame.itertuples())


def apart(first: Any, second: Any) -> Any:
    """By how much two numbers differ whatever their rounding.

    Parameters
    ----------
    first, second : record with value and half_unit

    Returns
    -------
    float
        At most 0 where their intervals meet.
    """
    return abs(first.value - second.value) - first.half_unit - second.half_unit


def excess(first: Any, second: Any) -> Any:
    """By how much one number exceeds another whatever their rounding.

    Parameters
    ----------
    first, second : record with value and half_unit

    Returns
    -------
    float
        At most 0 where the first need not be greater.
    """
    return first.value - second.value - first.half_unit - second.half_unit


def as_checks(kind: str, rows: Iterable[dict[str, Any]], presumes: str = "", fault: str = ROUNDING) -> pd.DataFrame:
    """Make the frame of checks of one kind.

    Parameters
    ----------
    kind : str
    rows : iterable of dict
        source, place, printed, should_be, failure (by how much the check fails; at most 0 where it holds), text; doubt
        where there is one: what speaks against the finding, or for the authors.
    presumes, fault : str
        Of the checks that do not say it themselves: what a check presumes beyond the printed numbers, and what it is
        if it fails (of `FAULTS`).

    Returns
    -------
    DataFrame
        Columns `CHECK_COLUMNS`; failure is 0 where the check holds.
    """
    common = {"kind": kind, "presumes": presumes, "fault": fault, "doubt": ""}
    frame = pd.DataFrame([common | row for row in rows], columns=CHECK_COLUMNS)
    failure = frame["failure"].astype(float)
    return frame.assign(failure=failure.where(failure > TOLERANCE, 0.0))
