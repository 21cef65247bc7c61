"""Where may a wrong digit come from? Evidence for the cause of each slip, with how often chance looks the same.

A slip is a number that should repeat another one and does not. Copyists take a neighbour's number, exchange two digits,
or move the point; but unrelated numbers look so too now and then, so each likeness has a base rate beside it. It is
that of all pairs of different numbers in a row of a table (one method and metric), or of all spreads.
"""

from __future__ import annotations

import itertools
from functools import cache
from typing import Any

import pandas as pd

from companion.audit.printed import FULL, TOLERANCE, PublishedTables
from companion.audit.prose import quoted_cells
from companion.audit.repeats import copied_cells, repeated_cells
from companion.base.published import half_unit
from ildl.compare.statistics import HIGHER_IS_BETTER

EXCHANGED, MOVED, ONE_DIGIT, UNLIKE = "two digits exchanged", "the point moved", "one digit differs", "no likeness"
OWN_MEAN, SAME_ROW, NEXT_CELL = "its own mean", "the same method and data set, other metric", "the next data set's"
CELL = ["source", "table", "dataset", "row", "metric", "statistic"]


def find_causes(tables: PublishedTables) -> pd.DataFrame:
    """Compare each slip with the number that it should repeat, and with all that the tables print."""
    numbers = tables.numbers.assign(places=tables.numbers["printed"].map(_places))
    slips = _slips(tables).rename(columns={"printed_other": "should_be"})
    alike = slips["printed"].combine(slips["should_be"], compare_digits)
    by_chance = alike.map(likeness_rates(numbers)).fillna(0.0).where(alike != UNLIKE)
    equals = [_nearest(slip, numbers) for slip in slips.to_dict("records")]
    slips = slips.assign(likeness=alike, by_chance=by_chance, equals=equals)
    return slips[["source", "place", "printed", "should_be", "likeness", "by_chance", "equals", "backing"]]


@cache
def compare_digits(printed: str, other: str) -> str:
    """Say how the digits of two different numbers are alike.

    >>> compare_digits("0.497", "0.479"), compare_digits("0.0028", "0.028"), compare_digits("1.063", "1.073")
    ('two digits exchanged', 'the point moved', 'one digit differs')
    """
    if any(abs(float(printed) - k * float(other)) <= half_unit(printed) + 1e-12 for k in (10.0, 0.1)):
        return MOVED
    decimals = min(_places(printed), _places(other))
    a, b = (f"{float(text):.{decimals}f}" for text in (printed, other))
    if len(a) != len(b):
        return UNLIKE
    at = [i for i, (x, y) in enumerate(zip(a, b, strict=True)) if x != y]
    if len(at) == 1:
        return ONE_DIGIT
    return EXCHANGED if len(at) == 2 and at[1] - at[0] == 1 and a[at[0]] + a[at[1]] == b[at[1]] + b[at[0]] else UNLIKE


def likeness_rates(numbers: pd.DataFrame) -> dict[str, float]:
    """Return how often two different numbers in a row of a table are alike."""
    rows = numbers[~numbers["ablation"]].groupby(["source", "row", "metric", "statistic"])["printed"]
    pairs = (pair for _, row in rows for pair in itertools.combinations(row, 2))
    found = pd.Series([compare_digits(a, b) for a, b in pairs if float(a) != float(b)])
    return {str(likeness): float(rate) for likeness, rate in found.value_counts(normalize=True).items()}


def _slips(tables: PublishedTables) -> pd.DataFrame:
    """Numbers that differ from what they should repeat, whatever the rounding; place, and what backs the other one."""
    copies, repeats, quotes = copied_cells(tables), repeated_cells(tables), quoted_cells(tables)
    cells = pd.concat([copies, repeats])
    cells = cells[cells["apart"] > TOLERANCE]
    cells = cells.assign(quoted=False, place=cells["paper"] + ": " + cells["where"] + ", " + cells["spoken"])
    cells["backing"] = [_rank(tables, cell) for cell in cells.to_dict("records")]
    main = repeats[(repeats["row"] == FULL["dildl"]) & (repeats["apart"] <= TOLERANCE)]
    said = "Table " + main["table_other"] + " has " + main["printed_other"]
    backing = said.set_axis(pd.MultiIndex.from_frame(main[["table", "row", "metric"]])).rename("backing")
    quotes = quotes[quotes["apart"] > TOLERANCE].join(backing, on=["table", "row", "metric"]).fillna({"backing": ""})
    quotes = quotes.assign(quoted=True, place=quotes["section"] + ", “" + quotes["words"] + "”")
    return pd.concat([cells, quotes], ignore_index=True)


def _rank(tables: PublishedTables, slip: dict[Any, Any]) -> str:
    """Whether the printed rank goes with the number of RDA's appendix, and not with the one that differs."""
    cells = tables.means(slip["source_other"])
    cells = cells[(cells["metric"] == slip["metric"]) & (cells["dataset"] == slip["dataset"])].set_index("row")
    if slip["statistic"] != "mean" or slip["row"] not in cells.index or not cells["rank"][slip["row"]]:
        return ""
    sign = -1.0 if slip["metric"] in HIGHER_IS_BETTER else 1.0
    rivals = sign * cells["value"].drop(slip["row"])
    there, here = (1 + int((rivals < sign * slip[name]).sum()) for name in ("value_other", "value"))
    rank = int(cells["rank"][slip["row"]])
    return f"its rank {rank} in RDA's appendix; {slip['printed']} would be {here}" if there == rank != here else ""


def _nearest(slip: dict[Any, Any], numbers: pd.DataFrame) -> str:
    """The closest relation of a slip to another cell with the same digits, and the latter's place."""
    others = numbers[(numbers["value"] == slip["value"]) & (numbers["places"] == _places(slip["printed"]))]
    if not slip["quoted"]:
        others = others[(others[CELL] != pd.Series(slip)[CELL]).any(axis=1)]
    if others.empty:
        return "no cell"
    method, dataset, source, metric, kind = (
        others[name] == slip[name] for name in ("row", "dataset", "source", "metric", "statistic")
    )
    relations = {
        OWN_MEAN: method & dataset & source & metric & ~kind & (not slip["quoted"]),
        SAME_ROW: method & dataset & kind & (not slip["quoted"]),
        NEXT_CELL: method & source & metric & kind & (not slip["quoted"]),
        "elsewhere": source | ~source,
    }
    relation, rows = next((relation, rows) for relation, rows in relations.items() if rows.any())
    cell = others[rows].iloc[0]
    return f"{relation}: {cell['paper']}, {cell['where'].replace(': ', ', ')}"


def _places(printed: str) -> int:
    return len(printed.partition(".")[2])
