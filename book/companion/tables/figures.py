"""The page's picture: what is published and what we get, method by method."""

from __future__ import annotations

from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.ticker import LogLocator, NullFormatter

from companion.show.beside import in_order
from companion.show.figure import INK, PAPER, add_legend, name_rows, show_figure, style
from companion.show.look import LOOKS, METRICS, called
from companion.show.provenance import provenance_note
from companion.show.shown import Shown
from companion.tables.frames import Runs
from ildl.compare.statistics import COMPARABLE, REFERENCES

UNIFORM: dict[str, Any] = {"color": INK, "linestyle": "--", "linewidth": 1}


def plot_against_print(runs: Runs, metric: str, name: str) -> Shown:
    """Draw a panel for each comparable data set: ours filled, published hollow, equal degrees as a dashed line."""
    table = in_order(runs.table[(runs.table["metric"] == metric) & (runs.table["feature_set"] == COMPARABLE)])
    datasets = list(dict.fromkeys(table["dataset"]))
    rows = list(dict.fromkeys(table.loc[~table["method"].isin(REFERENCES), "row"]))
    heights = pd.Series(np.arange(len(rows), dtype=float), index=rows)
    with style():
        figure, axes = plt.subplots(
            1, max(len(datasets), 1), figsize=(7.6, 0.26 * len(rows) + 1.1), sharey=True, squeeze=False
        )
        for axis, dataset in zip(axes.flat, datasets, strict=False):
            _draw(axis, table[table["dataset"] == dataset], heights)
            axis.set_title(dataset.replace("_", " "))
        figure.supxlabel(f"{METRICS[metric]}, low is good", fontsize=10)
        marker: dict[str, Any] = {"color": INK, "marker": "o", "linestyle": "", "markersize": 5}
        looks = {"ours": marker, "published": marker | {"markerfacecolor": PAPER}, called("Uniform").lower(): UNIFORM}
        add_legend(figure, looks, "right", ncols=3)
        columns = ["dataset", "row", "method", "reading", "ours", "ours_std", "published", "published_std"]
        label = f"{METRICS[metric]} of every method, published and ours, on {' and '.join(datasets)}."
        return show_figure(figure, name, label, table[columns], provenance_note(runs.results))


def _draw(axis: plt.Axes, rows: pd.DataFrame, heights: pd.Series) -> None:
    axis.set_xscale("log")
    axis.axvline(rows.loc[rows["method"] == "Uniform", "ours"].iloc[0], **UNIFORM)
    for row in rows[rows["row"].isin(heights.index)].to_dict("records"):
        look, y = LOOKS[row["method"]], heights[row["row"]]
        axis.plot([row["published"], row["ours"]], [y, y], color=look.colour, linewidth=1.2, alpha=0.6)
        axis.plot([row["published"]], [y], look.marker, color=look.colour, markersize=6, markerfacecolor=PAPER)
        axis.plot([row["ours"]], [y], look.marker, color=look.colour, markersize=6)
    axis.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axis.xaxis.set_major_formatter("{x:g}")
    axis.xaxis.set_minor_formatter(NullFormatter())
    name_rows(axis, list(heights.index))
