"""Tables 1 to 5 in the paper's shape: ours over the published number, the colour says whether they agree."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from companion.evidence.ablation import METRICS as ABLATION_METRICS
from companion.evidence.ablation import ROWS
from companion.show.beside import ABOVE, AGREES, BELOW, KEY, grid
from companion.show.look import METRICS, SHORT
from companion.show.provenance import provenance_note
from companion.show.shown import Shown
from companion.show.table import DASH, Cell, show_table
from companion.tables.frames import Runs, fold_values

SWITCHED = {"neither": "neither", "DRDA": "✓ DRDA", "DLD": "✓ DLD", "both": "✓ DRDA, ✓ DLD"}


def paper_table(sources: Mapping[str, Runs], metrics: Mapping[str, str], name: str, title: str) -> Shown:
    """Draw Table 1, 2 or 5: a tab for each metric and source of the rows that choose the epoch.

    `metrics` maps what a tab says of a metric to the metric; one without words has tabs for the sources alone.
    """
    tabs = {
        " · ".join(filter(None, (words, source))): grid(runs.table[runs.table["metric"] == metric])
        for source, runs in sources.items()
        for words, metric in metrics.items()
    }
    data = pd.concat([fold_values(runs, tuple(metrics.values())) for runs in sources.values()], ignore_index=True)
    data = data.drop_duplicates(ignore_index=True)
    frames = [runs.results for runs in sources.values()]
    return show_table(tabs, name, title, data, provenance_note(*frames), KEY)


def ablation_grid(table: pd.DataFrame, criterion: str) -> pd.DataFrame:
    """Cells of Table 3 or 4 under one reading of the loss: the paper's four rows, a column a metric."""
    cells = table[table["criterion"] == criterion].set_index(["row", "metric"])
    lines = [[ablation_cell(cells.loc[row, metric], metric) for metric in ABLATION_METRICS] for row in ROWS]
    return pd.DataFrame(lines, index=list(SWITCHED.values()), columns=[SHORT[metric] for metric in ABLATION_METRICS])


def ablation_cell(row: Any, metric: str) -> Cell:
    """One cell of Table 3 or 4."""
    printed = DASH if pd.isna(row["published"]) else f"{row['published']:.3f}"
    inside = row["inside_noise"]
    better = (row["difference"] > 0) == (metric in ("cosine", "intersection"))
    look, sign = ("", "") if pd.isna(inside) else (AGREES, "=") if inside else (ABOVE, "▲") if better else (BELOW, "▼")
    made = f"ours {row['ours']:.4f} ± {row['std']:.4f} over {row['n_folds']:.0f} folds, {row['n_seeds']:.0f} seeds"
    told = "" if pd.isna(row["difference"]) else f"; difference {row['difference']:+.4f}, noise ± {row['margin']:.4f}"
    return Cell(
        (f"{row['ours']:.3f}", printed),
        look,
        f"{METRICS[metric]}: {made}{told}".replace("-", "−"),
        sign,
        bool(row["best"]),
    )


def ablation_tables(
    table: pd.DataFrame, results: pd.DataFrame, dataset: str, criteria: Mapping[str, str], name: str, title: str
) -> Shown:
    """Draw Table 3 or 4, the readings of the loss below one another."""
    of_set = table[table["dataset"] == dataset]
    tabs = {words: ablation_grid(of_set, name) for name, words in criteria.items() if name in set(of_set["criterion"])}
    columns = ["dataset", "feature_set", "criterion", "drda", "dld", "metric", "fold", "seed", "value"]
    rows = results[(results["dataset"] == dataset) & results["metric"].isin(ABLATION_METRICS)][columns]
    printed = table[(table["dataset"] == dataset)][["criterion", "drda", "dld", "metric", "published"]]
    data = rows.merge(printed, how="left", on=["criterion", "drda", "dld", "metric"])
    return show_table(tabs, name, title, data, provenance_note(results))
