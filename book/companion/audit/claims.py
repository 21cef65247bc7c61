"""Do the cells and marks bear out "best", "next best" and "significantly outperforms"?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd

from companion.audit.inequalities import INEQUALITIES, least_excess
from companion.audit.printed import OTHER, PublishedTables, as_checks, metric_name, records
from companion.audit.prose import BEST, EUCLIDEAN, LEFT_OUT, MULTIPLE, NEXT_BEST, RESULTS, SIGNIFICANT, Best
from ildl.compare.statistics import HIGHER_IS_BETTER

OWN = "DILDL"
REFERENCE = "RDA"
EVERYWHERE = "that the sentence is meant for every other method and data set"
EVERY_CELL = "that “consistent lower distances” is meant for every cell of Table 5"
EACH_SET = "that the sentence is meant for each single data set"
NEXT = "that “next best” is meant by the printed mean"
MARKED = "that “significantly” is meant by the printed marks"
SEVERAL = f"that “multiple” data sets are at least {MULTIPLE}"
THEIR_VALUES = "that the abstract means each adopted metric, and that AMEMA's appendix prints DILDL's own values"
LOST_MARK = "A • can be lost in extraction"


def audit_claims(tables: PublishedTables) -> pd.DataFrame:
    """Hold the claims of Section 4.3 against every cell and mark that they speak of.

    "Best" is a check for each other method, data set and metric (a tie that rounding could have made does not fail),
    "significantly" one for each metric and data set, by the methods without the mark, and one for each metric.
    """
    cells = tables.of("dildl")
    rows = [
        row | {"presumes": EVERY_CELL if claim.metrics == EUCLIDEAN else EVERYWHERE}
        for claim in BEST
        for row in _best(cells, claim, OWN)
    ]
    return as_checks("claims", [*rows, *_next_best(cells), *_significant(cells)])


def audit_left_out(tables: PublishedTables) -> pd.DataFrame:
    """Hold "outperforms other methods" against the metrics that the paper adopts but prints for no other method."""
    cells = tables.of("amema_appendix")
    cells = cells[cells["method"] != "AMEMA"]
    doubt = "The authors of AMEMA print these values of DILDL; the paper itself does not."
    rows = (row | {"doubt": doubt} for row in _best(cells, LEFT_OUT, OWN))
    return as_checks("left-out metrics", rows, THEIR_VALUES)


def beaten_by(own: Any, other: Any, metric: str) -> float:
    """By how much another mean is better than one's own, whatever the rounding; at most 0 where it need not be."""
    sign = -1.0 if metric in HIGHER_IS_BETTER else 1.0
    return float(sign * (own.mean - other.mean) - own.mean_half_unit - other.mean_half_unit)


def _best(cells: pd.DataFrame, claim: Best, own: str) -> Iterator[dict[str, Any]]:
    for metric in claim.metrics:
        for dataset, group in cells[cells["metric"] == metric].groupby("dataset", sort=False):
            (mine,) = records(group[group["method"] == own])
            word = "at least" if metric in HIGHER_IS_BETTER else "at most"
            suspect = _suspect(cells[(cells["dataset"] == dataset) & (cells["method"] == own)])
            for other in records(group[group["method"] != own]):
                yield {
                    "source": mine.source,
                    "place": f"{claim.section}, “{claim.words}”; {dataset}, {metric_name(metric)}, {other.method}",
                    "printed": f"{own} {mine.mean_printed}",
                    "should_be": f"{word} {other.mean_printed} ({other.method}, Table {mine.table})",
                    "failure": beaten_by(mine, other, metric),
                    "text": f"On {dataset}, {other.method} has the better {metric_name(metric)} ({other.mean_printed}, "
                    f"{own} {mine.mean_printed}, Table {mine.table}).",
                    "doubt": f"The table itself marks the cell so (◦). {suspect}"
                    if other.marker == "worse"
                    else suspect,
                }


def _suspect(own: pd.DataFrame) -> str:
    """That the Euclidean distances of a row cannot all be right, so that the compared one may be the wrong one."""
    mine = {cell.metric: (cell.mean, cell.mean_half_unit) for cell in records(own)}
    for bound in INEQUALITIES:
        if set(bound.metrics) == set(EUCLIDEAN) <= set(mine):  # none of these depends on the number of labels
            means = [mine[name] for name in bound.metrics]
            if least_excess(bound, 0, means) > 0:
                return f"{OWN}'s own numbers there break {bound.statement}; this one may be a misprint."
    return ""


def _next_best(cells: pd.DataFrame) -> Iterator[dict[str, Any]]:
    movie = cells[(cells["dataset"] == "Movie") & (cells["metric"] == "chebyshev")]
    (second,) = records(movie[movie["method"] == REFERENCE])
    for other in records(movie[~movie["method"].isin([OWN, REFERENCE])]):
        yield {
            "source": second.source,
            "place": f"{RESULTS}, “{NEXT_BEST}”; {other.method}",
            "printed": f"{REFERENCE} {second.mean_printed}",
            "should_be": f"at most {other.mean_printed} ({other.method})",
            "failure": beaten_by(second, other, "chebyshev"),
            "presumes": NEXT,
            "text": f"On Movie, {other.method} ({other.mean_printed}) comes before {REFERENCE}, the “next best” "
            f"({second.mean_printed}).",
        }
    yield {
        "source": second.source,
        "place": f"{RESULTS}, “{NEXT_BEST}”; the mark",
        "printed": second.marker,
        "should_be": "marked as significantly improved on",
        "presumes": MARKED,
        "fault": OTHER,
        "failure": float(second.marker != "better"),
        "text": f"The mark of {REFERENCE} on Movie in Table {second.table} is “{second.marker}”.",
    }


def _significant(cells: pd.DataFrame) -> Iterator[dict[str, Any]]:
    others = cells[cells["method"] != OWN]
    for metric, of_metric in others.groupby("metric", sort=False):
        held = 0
        for dataset, group in of_metric.groupby("dataset", sort=False):
            unmarked = group[group["marker"] != "better"]
            lacking = list(unmarked["method"])
            held += not lacking
            n = len(group)
            yield {
                "source": "dildl",
                "place": f"{RESULTS}, “{SIGNIFICANT}”; {dataset}, {metric_name(str(metric))}",
                "printed": f"{n - len(lacking)} of {n} methods marked",
                "should_be": f"{n} of {n}, if the sentence is meant for this data set",
                "presumes": EACH_SET,
                "fault": OTHER,
                "failure": len(lacking),
                "text": f"On {dataset}, {', '.join(lacking)} carries no mark of a significant improvement in the "
                f"{metric_name(str(metric))} (Table {group['table'].iloc[0]}).",
                "doubt": f"{LOST_MARK}." if (unmarked["marker"] == "none").any() else "",
            }
        yield {
            "source": "dildl",
            "place": f"{RESULTS}, “{SIGNIFICANT}”; {metric_name(str(metric))}",
            "printed": f"{held} data sets on which all methods are marked",
            "should_be": f"at least {MULTIPLE}",
            "presumes": SEVERAL,
            "fault": OTHER,
            "failure": MULTIPLE - held,
            "text": f"In the {metric_name(str(metric))} all methods are marked on {held} data sets.",
        }
