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
from ildl.compare.statistics import HIGHER_IS_BETTER

SWITCHED = {"neither": "neither", "DRDA": "✓ DRDA", "DLD": "✓ DLD", "both": "✓ DRDA, ✓ DLD"}


def paper_table(sources: Mapping[str, Runs], metrics: Mapping[str, str], name: str, title: str) -> Shown:
    """Draw Table 1, 2 or 5: a tab for each metric (words -> metric) and source of the rows that choose the epoch."""
    tabs = {
        " · ".join(filter(None, (words, source))): grid(runs.table[runs.table["metric"] == metric])
        for source, runs in sources.items()
        for words, metric in metrics.items()
    }
    data = fold_values(sources, metrics.values())
    origin = provenance_note(*(runs.results for runs in sources.values()))
    return show_table(tabs, name, title, data, origin, KEY)


def ablation_tables(
    table: pd.DataFrame, results: pd.DataFrame, dataset: str, criteria: Mapping[str, str], name: str, title: str
) -> Shown:
    """Draw Table 3 or 4: the paper's four rows, a column a metric, a tab for each reading of the loss."""
    of_set, tabs = table[table["dataset"] == dataset], {}
    for criterion, words in criteria.items():
        found = of_set[of_set["criterion"] == criterion].set_index(["row", "metric"])
        if len(found):
            lines = [[_cell(found.loc[row, metric], metric) for metric in ABLATION_METRICS] for row in ROWS]
            tabs[words] = pd.DataFrame(lines, [SWITCHED[row] for row in ROWS], [SHORT[m] for m in ABLATION_METRICS])
    keys = ["criterion", "drda", "dld", "metric"]
    rows = results[(results["dataset"] == dataset) & results["metric"].isin(ABLATION_METRICS)]
    rows = rows[["dataset", "feature_set", *keys, "fold", "seed", "value"]]
    data = rows.merge(of_set[[*keys, "published"]], how="left", on=keys)
    return show_table(tabs, name, title, data, provenance_note(results))


def _cell(row: Any, metric: str) -> Cell:
    printed = DASH if pd.isna(row["published"]) else f"{row['published']:.3f}"
    inside = row["inside_noise"]
    better = (row["difference"] > 0) == (metric in HIGHER_IS_BETTER)
    look, sign = ("", "") if pd.isna(inside) else (AGREES, "=") if inside else (ABOVE, "▲") if better else (BELOW, "▼")
    made = f"ours {row['ours']:.4f} ± {row['std']:.4f} over {row['n_folds']:.0f} folds, {row['n_seeds']:.0f} seeds"
    told = "" if pd.isna(row["difference"]) else f"; difference {row['difference']:+.4f}, noise ± {row['margin']:.4f}"
    detail = f"{METRICS[metric]}: {made}{told}".replace("-", "−")
    return Cell((f"{row['ours']:.3f}", printed), look, detail, sign, bool(row["best"]))
