"""Does the paper's prose repeat its tables?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from ildl.report.audit_base import PublishedTables, as_checks, metric_name, place, printed_numbers
from ildl.report.audit_copies import NAMES
from ildl.report.audit_quotes import ADOPTED, ADOPTED_WORDS, CITATIONS, COUNTS, EVALUATION, QUOTES
from ildl.report.published import half_unit


def audit_text(tables: PublishedTables) -> pd.DataFrame:
    """Hold the numbers, the tables cited and the counts in the DILDL paper's prose against its tables.

    Parameters
    ----------
    tables : PublishedTables

    Returns
    -------
    DataFrame
        Checks. The failure is the distance of the intervals for a number, the difference of table numbers for a
        citation, the difference for a count, and the number of cells that are not there for a metric.
    """
    numbers = printed_numbers(tables)
    numbers = numbers[numbers["source"] == "dildl"]
    rows = [*_quotes(numbers), *_citations(numbers), *_counts(numbers), *_metrics(numbers)]
    return as_checks("text", ({"source": "dildl", **row} for row in rows))


def _quotes(numbers: pd.DataFrame) -> Iterator[dict[str, Any]]:
    keys = ["table", "dataset", "row", "metric", "statistic"]
    cells = dict(zip(numbers[keys].itertuples(index=False, name=None), numbers.to_dict("records"), strict=True))
    for quote in QUOTES:
        cell = cells[quote.table, quote.dataset, quote.row, quote.metric, quote.statistic]
        failure = abs(float(quote.printed) - cell["value"]) - half_unit(quote.printed) - cell["half_unit"]
        where = place(quote.table, quote.dataset, quote.row, quote.metric)
        yield {
            "place": f"{quote.section}, “{quote.words}”",
            "printed": quote.printed,
            "should_be": f"{cell['printed']} ({where}, {NAMES[quote.statistic]})",
            "failure": failure,
            "text": f"{quote.section} gives {quote.printed} where Table {quote.table} prints {cell['printed']} "
            f"({quote.dataset}, {quote.row}, {NAMES[quote.statistic]} of the {metric_name(quote.metric)}).",
        }


def _citations(numbers: pd.DataFrame) -> Iterator[dict[str, Any]]:
    for citation in CITATIONS:
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


def _counts(numbers: pd.DataFrame) -> Iterator[dict[str, Any]]:
    main = numbers[~numbers["ablation"]]
    for count in COUNTS:
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
        yield {
            "place": f"{EVALUATION}, “{ADOPTED_WORDS}”",
            "printed": metric_name(metric),
            "should_be": f"{expected} cells, one for every method and data set",
            "failure": expected - there,
            "text": f"{EVALUATION} adopts the {metric_name(metric)} for all the methods; the paper's tables of all "
            f"methods print {there} of the {expected} cells.",
        }
