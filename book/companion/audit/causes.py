"""Where may a wrong digit come from? Evidence for the cause of each slip, with how often chance looks the same.

A slip is a number that should repeat another one and does not. Copyists take a neighbour's number, exchange two digits,
or move the point; but unrelated numbers look so too now and then, so each likeness has a base rate beside it. It is
that of all pairs of different numbers in a row of a table (one method and metric), or of all spreads.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from functools import cache
from typing import Any

import pandas as pd

from companion.audit.printed import (
    STATISTICS,
    TITLES,
    TOLERANCE,
    PublishedTables,
    apart,
    full_row,
    metric_name,
    place,
    printed_numbers,
    records,
)
from companion.audit.repeats import copied_cells, repeated_cells
from companion.audit.text import quoted_cells
from companion.base.published import half_unit
from ildl.compare.statistics import HIGHER_IS_BETTER

EXCHANGED, MOVED, ONE_DIGIT, UNLIKE = "two digits exchanged", "the point moved", "one digit differs", "no likeness"
OWN_MEAN, SAME_ROW, NEXT_CELL = "its own mean", "the same method and data set, other metric", "the next data set's"


def find_causes(tables: PublishedTables) -> pd.DataFrame:
    """Compare each slip with the number that it should repeat, and with all that the tables print."""
    numbers = printed_numbers(tables)
    rates, shared = likeness_rates(numbers), equality_rates(tables)
    rows = []
    for where, source, printed, should_be, cell, backing in _slips(tables):
        likeness = compare_digits(printed, should_be)
        same = numbers[numbers["value"].eq(float(printed)) & (numbers["printed"].map(_places) == _places(printed))]
        others = same.drop(index=cell.Index) if cell is not None else same
        relation, equals = _nearest(cell, others)
        rows.append(
            {
                "source": source,
                "place": where,
                "printed": printed,
                "should_be": should_be,
                "likeness": likeness,
                "by_chance": float("nan") if likeness == UNLIKE else rates.get(likeness, 0.0),
                "equals": equals,
                "equals_by_chance": shared.get((relation, _places(printed)), float("nan")),
                "cells": len(others),
                "backing": backing,
            }
        )
    return pd.DataFrame(rows)


@cache
def compare_digits(printed: str, other: str) -> str:
    """Say how the digits of two different numbers are alike.

    >>> compare_digits("0.497", "0.479"), compare_digits("0.0028", "0.028"), compare_digits("1.063", "1.073")
    ('two digits exchanged', 'the point moved', 'one digit differs')
    """
    for factor in (10.0, 0.1):
        if abs(float(printed) - factor * float(other)) <= half_unit(printed) + 1e-12:
            return MOVED
    decimals = min(_places(printed), _places(other))
    a, b = (f"{float(text):.{decimals}f}" for text in (printed, other))
    if len(a) != len(b):
        return UNLIKE
    different = [at for at, (x, y) in enumerate(zip(a, b, strict=True)) if x != y]
    if len(different) == 1:
        return ONE_DIGIT
    if len(different) == 2 and different[1] - different[0] == 1 and a[different[0]] == b[different[1]]:
        return EXCHANGED if a[different[1]] == b[different[0]] else UNLIKE
    return UNLIKE


def likeness_rates(numbers: pd.DataFrame) -> dict[str, float]:
    """Return how often two different numbers in a row of a table are alike."""
    found: list[str] = []
    for _, row in numbers[~numbers["ablation"]].groupby(["source", "row", "metric", "statistic"], sort=False):
        pairs = itertools.combinations(row["printed"], 2)
        found += [compare_digits(a, b) for a, b in pairs if float(a) != float(b)]
    return {likeness: found.count(likeness) / len(found) for likeness in dict.fromkeys(found)}


def equality_rates(tables: PublishedTables) -> dict[tuple[str, int], float]:
    """Return how often a printed spread equals its mean, that of another metric, or that of the next data set."""
    cells = tables.main[tables.main["std"].notna()]
    printed = cells["std_printed"].map(float).map("{:g}".format) + cells["std_printed"].map(_places).map("/{}".format)
    cells = cells.assign(digits=printed, places=cells["std_printed"].map(_places))
    same = cells.groupby(["dataset", "method", "digits"])["metric"].transform("nunique") > 1
    along = cells.groupby(["source", "metric", "method"])["digits"]
    beside = (cells["digits"] == along.shift(1)) | (cells["digits"] == along.shift(-1))
    shares = pd.DataFrame({OWN_MEAN: cells["std"] == cells["mean"], SAME_ROW: same, NEXT_CELL: beside})
    rates = shares.assign(places=cells["places"]).melt("places").groupby(["variable", "places"])["value"].mean()
    return {(row.variable, row.places): float(row.value) for row in records(rates.reset_index())}


def _slips(tables: PublishedTables) -> Iterator[tuple[str, str, str, str, Any, str]]:
    for cell, other in [*copied_cells(tables), *repeated_cells(tables)]:
        if apart(cell, other) > TOLERANCE:
            where = f"{TITLES[cell.source]}: {place(cell.table, cell.dataset, cell.row, cell.metric)}"
            backing = _rank(tables, cell, other)
            yield f"{where}, {STATISTICS[cell.statistic]}", cell.source, cell.printed, other.printed, cell, backing
    main = {(cell.table, cell.dataset, cell.metric): other for cell, other in repeated_cells(tables)}
    for quote, cell in quoted_cells(tables):
        if abs(float(quote.printed) - cell.value) - half_unit(quote.printed) - cell.half_unit > TOLERANCE:
            twice = [main[key] for key in [(cell.table, cell.dataset, cell.metric)] if key in main]
            twice = [other for other in twice if cell.row == full_row("dildl") and apart(cell, other) <= TOLERANCE]
            backing = ", ".join(f"Table {other.table} has {other.printed}" for other in twice)
            yield f"{quote.section}, “{quote.words}”", "dildl", quote.printed, cell.printed, None, backing


def _rank(tables: PublishedTables, cell: Any, other: Any) -> str:
    """Whether the printed rank goes with the number of RDA's appendix, and not with the one that differs."""
    cells = tables.of(other.source)
    cells = cells[(cells["metric"] == cell.metric) & (cells["dataset"] == cell.dataset)]
    own = cells[cells["method"] == cell.row]
    if cell.statistic != "mean" or own.empty or not own["rank"].iloc[0]:
        return ""
    sign = -1.0 if cell.metric in HIGHER_IS_BETTER else 1.0
    rivals = sign * cells.loc[cells["method"] != cell.row, "mean"]
    there, here = (1 + int((rivals < sign * value).sum()) for value in (other.value, cell.value))
    rank = int(own["rank"].iloc[0])
    return f"its rank {rank} in RDA's appendix; {cell.printed} would be {here}" if there == rank != here else ""


def _nearest(cell: Any, others: pd.DataFrame) -> tuple[str, str]:
    """The closest relation of a cell to another one with the same digits, and the latter's place."""
    if others.empty:
        return "", "no cell"
    if cell is not None:
        same = (others["row"] == cell.row) & (others["dataset"] == cell.dataset)
        mean = same & (others["source"] == cell.source) & (others["metric"] == cell.metric)
        row = others["row"] == cell.row
        beside = row & (others["source"] == cell.source) & (others["metric"] == cell.metric)
        kind = others["statistic"] == cell.statistic
        relations = ((OWN_MEAN, mean & ~kind), (SAME_ROW, same & kind), (NEXT_CELL, beside & kind))
        for relation, found in relations:
            if found.any():
                return relation, f"{relation}: {_name(records(others[found])[0])}"
    return "", f"elsewhere: {_name(records(others)[0])}"


def _name(cell: Any) -> str:
    return f"{TITLES[cell.source]}, Table {cell.table}, {cell.dataset}, {cell.row}, {metric_name(cell.metric)}"


def _places(printed: str) -> int:
    return len(printed.partition(".")[2])
