"""Where each weight is best, and how much it moves the distance: a row a weight, a column a data set."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from companion.base.names import NO_DECOUPLED_LOSS
from companion.sensitivity.frames import BEATEN, BEST, PAPER, SYMBOLS, WITHIN, compare_sensitivity, sensitivity_facts
from companion.show.look import METRICS
from companion.show.provenance import provenance_note
from companion.show.shown import Shown
from companion.show.table import Cell, crossed, show_table
from ildl.compare.statistics import COMPARABLE

KEY = (
    Cell(("the paper’s value is best, or as good within the noise",), "agrees", sign="="),
    Cell(("another value is better",), "ours-worse", sign="▼"),
    Cell(("other features: not comparable",), "other"),
)
READINGS = {"default": "derived targets", NO_DECOUPLED_LOSS: "with RDA’s loss"}
WORDS = {
    BEST: "it is the best",
    WITHIN: "the best is not better beyond the noise",
    BEATEN: "the best is better beyond the noise",
}


def weights_table(results: pd.DataFrame, name: str, title: str) -> Shown:
    """Show the best value of each weight and how far the mean moves over its grid, a tab a reading and metric."""
    metrics = [metric for metric in ("chebyshev", "kl_divergence") if metric in set(results["metric"])]
    facts = pd.concat([sensitivity_facts(results, metric) for metric in metrics], ignore_index=True)
    keys = ["dataset", "reading", "parameter", "metric"]
    cells = facts[keys].assign(cell=facts.apply(lambda row: cell(row.to_dict()), axis=1))
    weights = {weight: f"{SYMBOLS[weight]} (paper: {setting:g})" for weight, setting in PAPER.items()}
    tabs = {}
    for reading, words in READINGS.items():
        for metric in metrics:
            rows = cells[(cells["reading"] == reading) & (cells["metric"] == metric)]
            if len(rows):
                tab = f"{METRICS[metric].partition(' ')[0]}, {words}"
                tabs[tab] = crossed(rows, "parameter", "dataset").rename(
                    index=weights, columns=lambda d: d.replace("_", " ")
                )
    more = pd.concat([compare_sensitivity(results, metric) for metric in metrics], ignore_index=True)
    more = more.assign(parameter=more["other"]).set_index(keys)
    data = facts.join(more[["difference", "p_corrected", "p_holm", "finding"]].add_prefix("alpha_"), on=keys)
    return show_table(tabs, name, title, data, provenance_note(results), KEY)


def cell(row: Mapping[Any, Any]) -> Cell:
    """The best value, how far the mean moves over the grid, and whether the paper's value stands."""
    look, sign = ("ours-worse", "▼") if row["finding"] == BEATEN else ("agrees", "=")
    if row["feature_set"] != COMPARABLE:
        look, sign = "other", ""
    made = (
        f"best {row['best']:g}: {row['best_mean']:.4f}; worst {row['worst']:g}: {row['worst_mean']:.4f}; the paper’s "
        f"{row['paper']:g}: {row['paper_mean']:.4f}, rank {row['rank']} of {row['n_settings']}, "
        f"{WORDS[row['finding']]}; noise of the range ± {row['noise']:.4f}"
    )
    return Cell((f"best at {row['best']:g}", f"moves {row['range']:.3f}"), look, made, sign)
