"""Tables of the page: combinations worth a look, and how many of all bear out a statement."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from companion.base.names import DATASETS
from companion.readings.choices import METRICS_SHOWN, TARGETS, words_of
from companion.readings.explorer import LOOKS, SHORT, sign_of
from companion.readings.frames import (
    STATEMENTS,
    Readings,
    as_printed,
    by_id,
    closest,
    combination_values,
    count_statements,
)
from companion.show.look import METRICS, called
from companion.show.provenance import provenance_note
from companion.show.shown import Shown
from companion.show.table import NOTHING, Cell, show_table

COLUMNS = METRICS_SHOWN[:2]
SOURCES = {"sampled": "sampled rows", "unsampled": "rows left out"}
KEY = tuple(Cell((words,), look, sign=sign) for sign, (look, words) in LOOKS.items())


def combination_table(readings: Readings, table: pd.DataFrame, name: str) -> Shown:
    """Draw combinations worth a look, a tab for each reason to look."""
    objective = {
        f"{called('DILDL', reading)}; {words}": as_printed(table, targets, source)
        for targets, reading in zip(TARGETS, ("default", "as printed"), strict=True)
        for source, words in SOURCES.items()
    }
    readings_only = table[table["split_seed"] == 0]
    tabs = {"As printed": objective, "Closest to print": _named(table, list(closest(table)["id"].head(5)))}
    for dataset in DATASETS:
        meets = readings_only[readings_only["meets"] & (readings_only["dataset"] == dataset)]
        tabs[f"Meets print on {dataset.replace('_', ' ')}"] = _named(table, sorted(meets["id"]))
    tabs["Beats RDA everywhere"] = _named(table, better_everywhere(readings_only))
    specs = by_id(readings.specs, table)
    cells = {tab: _grid(specs, rows) for tab, rows in tabs.items() if any(map(len, rows.values()))}
    data = combination_values(readings)
    return show_table(cells, name, "Combinations", data, provenance_note(*readings.frames), KEY)


def better_everywhere(table: pd.DataFrame) -> list[int]:
    """Combinations that are better than RDA beyond the noise in every metric and on every data set, by id."""
    least = table.groupby("id")["better"].min()
    return [int(one) for one in least.index[least == len(METRICS_SHOWN)]]


def statement_table(readings: Readings, name: str) -> Shown:
    """Draw how many combinations bear out each statement; none and all are bold."""
    counts = count_statements(readings.specs)
    rows = {(row.statement, row.dataset, row.metric): row for row in counts.itertuples()}
    columns = [(d, m) for d in DATASETS if d in set(counts["dataset"]) for m in COLUMNS]
    cells = [[_count(rows[(statement, *column)]) for column in columns] for statement in STATEMENTS]
    grid = pd.DataFrame(cells, index=list(STATEMENTS), columns=_headings(columns))
    return show_table(grid, name, "Combinations of which it is true", counts, provenance_note(*readings.frames))


def _count(row: Any) -> Cell:
    return Cell((f"{row.holds} of {row.n}",), bold=row.holds in (0, row.n)) if row.n else NOTHING


def _named(table: pd.DataFrame, ids: list[int]) -> dict[str, pd.DataFrame]:
    return {words_of(part.iloc[0].to_dict()): part for one in ids if len(part := table[table["id"] == one])}


def _grid(specs: Mapping[str, pd.DataFrame], rows: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    there = set(next(iter(specs.values())).index.unique("dataset"))
    columns = [(dataset, metric) for dataset in DATASETS if dataset in there for metric in COLUMNS]
    cells = [
        [_cell(specs[metric].loc[(dataset, part["id"].iloc[0])]) for dataset, metric in columns]
        for part in rows.values()
        if len(part)
    ]
    return pd.DataFrame(cells, index=[words for words, part in rows.items() if len(part)], columns=_headings(columns))


def _headings(columns: list[tuple[str, str]]) -> pd.MultiIndex:
    return pd.MultiIndex.from_tuples([(dataset.replace("_", " "), SHORT[metric]) for dataset, metric in columns])


def _cell(row: pd.Series) -> Cell:
    sign = sign_of(row["verdict"])
    detail = (
        f"{METRICS[row['metric']]}: ours {row['mean']:.4f} ± {row['std']:.4f} over {row['n_folds']} folds; published "
        f"{row['published']:.4f}, noise ± {row['margin']:.4f}; RDA on the same validation rows {row['rda']:.4f}; "
        f"equal degrees {row['uniform']:.4f}"
    )
    return Cell((f"{row['mean']:.3f}",), LOOKS[sign][0], detail, sign)
