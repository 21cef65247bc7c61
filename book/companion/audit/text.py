"""Does the paper's prose repeat its tables?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from companion.audit import prose
from companion.audit.printed import (
    ABSENT,
    OTHER,
    REFERENCE,
    STATISTICS,
    PublishedTables,
    as_checks,
    metric_name,
    place,
    printed_numbers,
    records,
)
from companion.audit.prose import ADOPTED, EVALUATION, Quote
from companion.base.published import half_unit

SPEAKS_OF_IT = "that the sentence speaks of this cell"
CITED_FOR_IT = "that what is cited is meant to hold what the sentence says"
COUNTED = "that the number is meant for every table of all methods"
ALL_METHODS = "that “all the methods” are those compared with, too"
ONLY_HERE = "that Section 4.1 is where metrics are introduced"
INTRODUCED = "a metric that the section introduces"


def audit_text(tables: PublishedTables) -> pd.DataFrame:
    """Hold the numbers, references and counts in the DILDL paper's prose against its tables and equations."""
    numbers = printed_numbers(tables)
    original = set(numbers.loc[numbers["source"] == "rda_appendix", "metric"])
    numbers = numbers[numbers["source"] == "dildl"]
    parts = (
        (_quotes(tables), {"presumes": SPEAKS_OF_IT}),
        (_citations(numbers), {"presumes": CITED_FOR_IT, "fault": REFERENCE}),
        (_references(), {"presumes": CITED_FOR_IT, "fault": REFERENCE}),
        (_counts(numbers), {"presumes": COUNTED, "fault": OTHER}),
        (_metrics(numbers), {"presumes": ALL_METHODS, "fault": ABSENT}),
        (_introduced(numbers, original), {"presumes": ONLY_HERE, "fault": OTHER}),
    )
    return as_checks("text", ({"source": "dildl", **row, **what} for rows, what in parts for row in rows))


def quoted_cells(tables: PublishedTables) -> list[tuple[Quote, Any]]:
    """Pair each number of the prose with the cell that it repeats."""
    numbers = printed_numbers(tables)
    numbers = numbers[numbers["source"] == "dildl"]
    cells = {(cell.table, cell.dataset, cell.row, cell.metric, cell.statistic): cell for cell in records(numbers)}
    return [
        (quote, cells[quote.table, quote.dataset, quote.row, quote.metric, quote.statistic]) for quote in prose.QUOTES
    ]


def _quotes(tables: PublishedTables) -> Iterator[dict[str, Any]]:
    for quote, cell in quoted_cells(tables):
        where = place(quote.table, quote.dataset, quote.row, quote.metric)
        yield {
            "place": f"{quote.section}, “{quote.words}”",
            "printed": quote.printed,
            "should_be": f"{cell.printed} ({where}, {STATISTICS[quote.statistic]})",
            "failure": abs(float(quote.printed) - cell.value) - half_unit(quote.printed) - cell.half_unit,
            "text": f"{quote.section} gives {quote.printed} where Table {quote.table} prints {cell.printed} "
            f"({quote.dataset}, {quote.row}, {STATISTICS[quote.statistic]} of the {metric_name(quote.metric)}).",
        }


def _citations(numbers: pd.DataFrame) -> Iterator[dict[str, Any]]:
    for citation in prose.CITATIONS:
        rows = numbers[numbers["ablation"] == citation.ablation]
        for name in ("dataset", "metric"):
            wanted = getattr(citation, name)
            rows = rows if wanted is None else rows[rows[name] == wanted]
        holding = sorted(set(rows["table"]))
        subject = (
            "the ablation study on " + str(citation.dataset)
            if citation.ablation
            else metric_name(citation.metric or "")
        )
        yield {
            "place": f"{citation.section}, “{citation.words}”",
            "printed": f"Table {citation.cited}",
            "should_be": f"Table {' or '.join(holding)} ({subject})",
            "failure": min(abs(int(citation.cited) - int(table)) for table in holding),
            "text": f"{citation.section} cites Table {citation.cited} for {subject}, which is in Table "
            f"{' and '.join(holding)}.",
        }


def _references() -> Iterator[dict[str, Any]]:
    for reference in prose.REFERENCES:
        holding = list(
            dict.fromkeys(formula.equation for formula in prose.FORMULAS if reference.fragment in formula.latex)
        )
        yield {
            "place": f"{reference.section}, “{reference.words}”",
            "printed": f"Eq. ({reference.cited})",
            "should_be": f"Eq. {' or '.join(f'({number})' for number in holding)} ({reference.what})",
            "failure": min(abs(int(reference.cited) - int(number)) for number in holding),
            "text": f"{reference.section}, “{reference.words}”, cites Eq. ({reference.cited}) for {reference.what}, "
            f"which is in Eq. {' and '.join(f'({number})' for number in holding)}.",
        }


def _counts(numbers: pd.DataFrame) -> Iterator[dict[str, Any]]:
    main = numbers[~numbers["ablation"]]
    for count in prose.COUNTS:
        for table, rows in main.groupby("table", sort=False):
            there = rows["dataset"].nunique() if count.what == "data sets" else rows["row"].nunique() - 1
            yield {
                "place": f"{count.section}, “{count.words}”; Table {table}",
                "printed": str(count.number),
                "should_be": f"{there} {count.what}",
                "failure": abs(count.number - there),
                "text": f"{count.section} speaks of {count.number} {count.what}; Table {table} has {there}.",
            }


def _metrics(numbers: pd.DataFrame) -> Iterator[dict[str, Any]]:
    main = numbers[~numbers["ablation"] & (numbers["statistic"] == "mean")]
    expected = main["row"].nunique() * main["dataset"].nunique()
    for metric in ADOPTED:
        there = int((main["metric"] == metric).sum())
        elsewhere = sorted(set(numbers.loc[numbers["ablation"] & (numbers["metric"] == metric), "table"]))
        yield {
            "place": f"{EVALUATION}, “{prose.ADOPTED_WORDS}”",
            "printed": metric_name(metric),
            "should_be": f"{expected} cells, one for every method and data set",
            "failure": expected - there,
            "text": f"{EVALUATION} adopts the {metric_name(metric)} for all the methods; the paper's tables of all "
            f"methods print {there} of the {expected} cells.",
            "doubt": f"Table {' and '.join(elsewhere)} have it for the paper's own method." if elsewhere else "",
        }


def _introduced(numbers: pd.DataFrame, original: set[str]) -> Iterator[dict[str, Any]]:
    main = numbers[~numbers["ablation"] & (numbers["statistic"] == "mean")]
    for (table, metric), cells in main.groupby(["table", "metric"], sort=False):
        name = metric_name(str(metric))
        yield {
            "place": f"{EVALUATION}, “{prose.INTRODUCED_WORDS}”; Table {table}, {name}",
            "printed": f"{len(cells)} cells",
            "should_be": INTRODUCED,
            "failure": 0 if metric in ADOPTED else len(cells),
            "text": f"Table {table} prints the {name} in {len(cells)} cells; {EVALUATION} introduces "
            f"{len(ADOPTED)} metrics, and this is none of them.",
            "doubt": "RDA's appendix, which the section follows, has it." if metric in original else "",
        }
