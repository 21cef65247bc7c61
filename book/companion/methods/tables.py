"""One card's table: what is published, ours, and ours under the other readings of the sources."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from companion.base.comparison import METRIC_TITLES
from companion.methods.frames import DEFAULT, Cards, fold_values
from companion.show.beside import KEY, looks
from companion.show.look import METRICS, called
from companion.show.provenance import provenance_note
from companion.show.shown import Shown
from companion.show.table import DASH, NOTHING, Cell, show_table

HEADS = {
    "chebyshev": "Cheb ↓",
    "clark": "Clark ↓",
    "canberra": "Can ↓",
    "kl_divergence": "KL ↓",
    "cosine": "Cos ↑",
    "intersection": "Inter ↑",
    "euclidean_all": "Eucl ↓",
    "euclidean_tail": "tail ↓",
    "euclidean_head": "head ↓",
}
"""Metric -> head of its column; the arrow says which way is good."""
PUBLISHED = "published"


def method_card(cards: Cards, method: str, name: str) -> Shown:
    """Draw the table of one method: on each data set the published numbers, ours, and those of its other readings."""
    rows = cards.of(method)
    index, lines = [], []
    for dataset in dict.fromkeys(rows["dataset"]):
        of_set = rows[rows["dataset"] == dataset]
        printed = of_set[of_set["reading"] == of_set["reading"].iloc[0]].set_index("metric")["printed"]
        index.append((dataset.replace("_", " "), PUBLISHED))
        lines.append([Cell((printed[metric].partition(" ")[0] or DASH,)) for metric in METRIC_TITLES])
        for reading in [DEFAULT, *(name for name in dict.fromkeys(of_set["reading"]) if name != DEFAULT)]:
            cells = {row["metric"]: row for row in of_set[of_set["reading"] == reading].to_dict("records")}
            if cells:
                index.append((dataset.replace("_", " "), called(method, reading)))
                lines.append([cell(cells[metric]) if metric in cells else NOTHING for metric in METRIC_TITLES])
    table = pd.DataFrame(lines, index=pd.MultiIndex.from_tuples(index), columns=list(HEADS.values()))
    title = f"{method}: published, ours, and ours under other readings"
    return show_table(table, name, title, fold_values(cards, method), provenance_note(cards.results), KEY[:4])


def cell(row: Mapping[Any, Any]) -> Cell:
    """One number of ours: its colour says how it compares with the published one."""
    look, sign = looks(row) if row["printed"] else ("", "")
    parts = [f"{row['row']} on {row['dataset']}, {METRICS[row['metric']]}"]
    parts.append(f"ours {row['ours']:.4f} ± {row['ours_std']:.4f} over {row['n_folds']:.0f} folds")
    if row["printed"]:
        parts.append(f"published {row['printed']}")
        parts.append(f"difference {row['difference']:+.4f}, noise ± {row['margin']:.4f}: {row['verdict']}")
    detail = "; ".join(parts).replace("-", "−") if row["printed"] else "; ".join(parts)
    return Cell((f"{row['ours']:.4f}",), look, detail, sign)
