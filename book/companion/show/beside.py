"""A table in the paper's shape: ours over the published number, and a colour that says whether they agree."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from companion.base.comparison import NOT_RUN, comparison_table
from companion.base.names import DATASETS, OF_DILDL, RIVALS
from companion.show.look import METRICS, rows_called
from companion.show.table import DASH, Cell, crossed
from ildl.compare.noise import CANNOT_TELL, INSIDE
from ildl.compare.statistics import BETTER, COMPARABLE, REFERENCES, WORSE, summarise

AGREES, ABOVE, BELOW, UNCLEAR, OTHER = "agrees", "ours-better", "ours-worse", "unclear", "other"
"""Classes of the style sheet: what the colour of a cell says."""
KEY = (
    Cell(("inside the noise",), AGREES, sign="="),
    Cell(("ours better",), ABOVE, sign="▲"),
    Cell(("ours worse",), BELOW, sign="▼"),
    Cell(("cannot be told",), UNCLEAR, sign="?"),
    Cell(("other features: not comparable",), OTHER),
)
MARKS = {BETTER: "•", WORSE: "◦"}
"""The paper's marks: DILDL is significantly better or worse than the row."""
PAPER_DATASETS = {"Natural_Scene": "Natural Scene", "Flickr_LDL": "Flickr LDL"}


def beside_published(
    rows: pd.DataFrame, partitions: pd.DataFrame, published: pd.DataFrame, metrics: Iterable[str]
) -> pd.DataFrame:
    """Put results beside the published numbers, metric by metric, with their reading and what a page calls the row."""
    summary = summarise(rows, partitions=partitions)
    tables = [comparison_table(summary, published, metric).assign(metric=metric) for metric in metrics]
    readings = rows.drop_duplicates(["method", "params"]).set_index(["method", "params"])["reading"]
    table = pd.concat(tables, ignore_index=True).join(readings, on=["method", "params"])
    table["reading"] = table["reading"].fillna("default")
    return table.assign(row=rows_called(table))


def in_order(table: pd.DataFrame) -> pd.DataFrame:
    """Rows in the paper's order of data sets and methods, with what it does not have behind; references come last."""
    added = [method for method in table["method"].unique() if method not in (*RIVALS, "DILDL", *REFERENCES)]
    orders = {
        "dataset": [*DATASETS, *table["dataset"].unique()],
        "method": [*RIVALS, "DILDL", *added, *REFERENCES],
        "reading": ["default", *OF_DILDL, None],
    }
    keys = {
        name: table[name].map(lambda value, order=order: order.index(value) if value in order else len(order))
        for name, order in orders.items()
    }
    return table.loc[pd.DataFrame(keys).sort_values(list(orders), kind="stable").index]


def grid(table: pd.DataFrame) -> pd.DataFrame:
    """Cells of one metric: rows as the paper's, a column a data set."""
    rows = in_order(table)
    cells = pd.Series([cell(row) for row in rows.to_dict("records")], rows.index, dtype=object)
    return crossed(rows.assign(cell=cells), "row", "dataset").rename(columns=PAPER_DATASETS)


def cell(row: Mapping[Any, Any]) -> Cell:
    """One cell: ours over the published number, how they compare, and what both are made of."""
    run = row["feature_set"] != NOT_RUN and pd.notna(row["ours"])
    mark = MARKS.get(row["mark_corrected"], "") if run else ""
    ours = f"{row['ours']:.4f}{mark}" if run else DASH
    printed = row["printed"].partition(" ")[0]
    lines = (ours, *([f"{printed}{MARKS.get(row['published_marker'], '')}"] if printed else []))
    look, sign = looks(row) if run and printed else ("", "")
    return Cell(
        lines, look, detail(row) if run else "Not run: the features are not public.", sign, bool(run and row["best"])
    )


def looks(row: Mapping[Any, Any]) -> tuple[str, str]:
    """Class and sign of a cell that has both sides."""
    if row["feature_set"] != COMPARABLE:
        return OTHER, ""
    if str(row["verdict"]).startswith(CANNOT_TELL):
        return UNCLEAR, "?"
    return {INSIDE: (AGREES, "="), BETTER: (ABOVE, "▲"), WORSE: (BELOW, "▼")}[row["verdict"]]


def detail(row: Mapping[Any, Any]) -> str:
    """What a cell is made of, as a list."""
    parts = [
        f"{row['row']} on {PAPER_DATASETS.get(row['dataset'], row['dataset'])}, {METRICS[row['metric']]}",
        f"ours {row['ours']:.4f} ± {row['ours_std']:.4f} over {row['n_folds']:.0f} folds"
        + (f", ± {row['seed_std']:.4f} over {row['n_seeds']:.0f} seeds" if pd.notna(row["seed_std"]) else ""),
    ]
    if row["printed"]:
        parts.append(f"published {row['printed']}")
    if pd.notna(row["difference"]) and row["feature_set"] == COMPARABLE:
        parts.append(
            f"difference {row['difference']:+.4f}, noise ± {row['margin']:.4f}: {row['verdict']}".replace("-", "−")
        )
    if pd.notna(row.get("p_corrected")):
        parts.append(f"DILDL (derived targets) against it: p = {row['p_corrected']:.2g}, corrected test")
    return "; ".join(parts)
