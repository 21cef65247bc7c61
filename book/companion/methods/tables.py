"""One card's table: what is published, ours, and ours under the other readings of the sources."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from companion.methods.frames import Cards, fold_values
from companion.show.beside import KEY, detail, looks
from companion.show.provenance import provenance_note
from companion.show.shown import Shown
from companion.show.table import DASH, NOTHING, Cell, show_table

HEADS = {
    "chebyshev": "Cheb ↓", "clark": "Clark ↓", "canberra": "Can ↓", "kl_divergence": "KL ↓", "cosine": "Cos ↑",
    "intersection": "Inter ↑", "euclidean_all": "Eucl ↓", "euclidean_tail": "tail ↓", "euclidean_head": "head ↓",
}  # fmt: skip
"""Metric -> head of its column; the arrow says which way is good."""


def method_card(cards: Cards, method: str, name: str) -> Shown:
    """Draw the table of one method: on each data set the published numbers, ours, and those of its other readings."""
    rows = cards.of(method)
    lines: dict[Any, list[Cell]] = {}
    for dataset, of_set in rows.groupby(rows["dataset"].str.replace("_", " "), sort=False):
        printed = of_set.drop_duplicates("metric").set_index("metric")["printed"].str.partition(" ")[0]
        lines[dataset, "published"] = [Cell((printed[metric] or DASH,)) for metric in HEADS]
        of_set = of_set.sort_values("reading", key=lambda reading: reading != "default", kind="stable")
        for row, found in of_set.groupby("row", sort=False):
            cells = {one["metric"]: cell(one) for one in found.to_dict("records")}
            lines[dataset, row] = [cells.get(metric, NOTHING) for metric in HEADS]
    index = pd.MultiIndex.from_tuples(lines)
    table = pd.DataFrame(list(lines.values()), index, list(HEADS.values()))
    title = f"{method}: published, ours, and ours under other readings"
    return show_table(table, name, title, fold_values(cards, method), provenance_note(cards.results), KEY[:4])


def cell(row: Mapping[Any, Any]) -> Cell:
    """One number of ours: its colour says how it compares with the published one."""
    look, sign = looks(row) if row["printed"] else ("", "")
    return Cell((f"{row['ours']:.4f}",), look, detail(row), sign)
