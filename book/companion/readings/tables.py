"""Tables of the page: combinations worth a look, and how many of all bear out a statement."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from companion.base.names import DATASETS
from companion.readings.choices import METRICS_SHOWN, TARGETS, words_of
from companion.readings.explorer import LOOKS, SHORT, sign_of
from companion.readings.frames import Readings, as_printed, better_everywhere, by_id, closest, count_statements
from companion.show.look import METRICS, called
from companion.show.provenance import provenance_note
from companion.show.shown import Shown
from companion.show.table import NOTHING, Cell, show_table

SOURCES = {"sampled": "sampled rows", "unsampled": "rows left out"}
KEY = tuple(Cell((words,), look, sign=sign) for sign, (look, words) in LOOKS.items())


def combination_table(readings: Readings, table: pd.DataFrame, name: str) -> Shown:
    """Draw combinations worth a look, a tab for each reason to look; the data has every combination and metric."""
    printed = {
        f"{called('DILDL', reading)}; {words}": as_printed(table, targets, source)["id"].head(1)
        for targets, reading in zip(TARGETS, ("default", "as printed"), strict=True)
        for source, words in SOURCES.items()
    }
    own = table[table["split_seed"] == 0]
    chosen = {"Closest to print": list(closest(table).index[:5])}
    for dataset in DATASETS:
        meets = own[own["meets"] & (own["dataset"] == dataset)]
        chosen[f"Meets print on {dataset.replace('_', ' ')}"] = sorted(meets["id"])
    chosen["Beats RDA everywhere"] = better_everywhere(own)
    every = table.drop_duplicates("id").set_index("id").to_dict("index")
    tabs = {"As printed": {words: one.item() for words, one in printed.items() if len(one)}}
    tabs |= {tab: {words_of(every[one]): one for one in ids} for tab, ids in chosen.items()}
    columns, specs = _columns(set(table["dataset"])), by_id(readings.specs, table)
    known = {metric: specs[metric].to_dict("index") for metric in METRICS_SHOWN[:2]}
    cells: dict[str, pd.DataFrame] = {}
    for tab, ids in tabs.items():
        rows = {words: [_cell(known[m][dataset, one]) for dataset, m in columns] for words, one in ids.items()}
        cells |= {tab: _frame(rows, columns)} if rows else {}
    data = pd.concat(readings.specs.values(), ignore_index=True).drop(columns="params").round(6)
    return show_table(cells, name, "Combinations", data, provenance_note(*readings.frames), KEY)


def statement_table(readings: Readings, name: str) -> Shown:
    """Draw how many combinations bear out each statement; none and all are bold."""
    counts = count_statements(readings.specs)
    cells = {
        (row["statement"], row["dataset"], row["metric"]): Cell(
            (f"{row['holds']} of {row['n']}",), bold=row["holds"] in (0, row["n"])
        )
        for row in counts[counts["n"] > 0].to_dict("records")
    }
    columns = _columns(set(counts["dataset"]))
    lines = {
        words: [cells.get((words, *column), NOTHING) for column in columns] for words in counts["statement"].unique()
    }
    title = "Combinations of which it is true"
    return show_table(_frame(lines, columns), name, title, counts, provenance_note(*readings.frames))


def _columns(there: set[str]) -> list[tuple[str, str]]:
    return [(dataset, metric) for dataset in DATASETS if dataset in there for metric in METRICS_SHOWN[:2]]


def _frame(lines: Mapping[str, list[Cell]], columns: list[tuple[str, str]]) -> pd.DataFrame:
    heads = pd.MultiIndex.from_tuples([(dataset.replace("_", " "), SHORT[metric]) for dataset, metric in columns])
    return pd.DataFrame(list(lines.values()), index=list(lines), columns=heads)


def _cell(row: Mapping[Any, Any]) -> Cell:
    sign = sign_of(row["verdict"])
    detail = (
        f"{METRICS[row['metric']]}: ours {row['mean']:.4f} ± {row['std']:.4f} over {row['n_folds']} folds; published "
        f"{row['published']:.4f}, noise ± {row['margin']:.4f}; RDA on the same validation rows {row['rda']:.4f}; "
        f"equal degrees {row['uniform']:.4f}"
    )
    return Cell((f"{row['mean']:.3f}",), LOOKS[sign][0], detail, sign)
