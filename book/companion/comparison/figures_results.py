"""Figures of results beside published ones; colours of Okabe and Ito, and shapes that do without them."""

from __future__ import annotations

import textwrap

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullFormatter

from companion.show.tables import FEATURE_NOTES, METRIC_TITLES, NOT_RUN

BLUE, VERMILION, GREY = "#0072B2", "#D55E00", "#555555"
OFFSET = 0.17
"""Ours above, published below the middle of a row."""
WIDTH = 5.0
"""Inches; with one panel below the other, letters stay legible on a telephone."""
MAX_RATIO = 30.0
"""A wider range of values than this gets a logarithmic axis."""


def plot_comparison(table: pd.DataFrame, metric: str, seeds: pd.DataFrame | None = None) -> Figure:
    """Draw means with standard deviations over folds, ours and published, one panel below the other.

    A panel is a data set. Data sets that were not run are left out, unless none was run.

    Parameters
    ----------
    table : DataFrame
        As `companion.show.tables.comparison_table` returns it.
    metric : str
    seeds : DataFrame, optional
        As `ildl.compare.statistics.seed_means` returns it: a short stroke for each seed's mean over folds, where there
        are several.

    Returns
    -------
    Figure
    """
    run = table["feature_set"] != NOT_RUN
    table = table[run] if run.any() else table
    datasets = list(table["dataset"].unique())
    labels = list(table["label"].unique())
    figure, axes = plt.subplots(
        len(datasets),
        1,
        figsize=(WIDTH, len(datasets) * (0.3 * len(labels) + 1.0)),
        sharey=True,
        squeeze=False,
        layout="constrained",
    )
    heights = pd.Series(np.arange(len(labels), dtype=float), index=labels)
    values = table[["ours", "published"]].to_numpy(dtype=float)
    values = values[values > 0]
    for axis, dataset in zip(axes.flat, datasets, strict=True):
        rows = table[table["dataset"] == dataset]
        _draw(axis, rows, heights)
        if seeds is not None:
            _draw_seeds(axis, seeds[(seeds["dataset"] == dataset) & (seeds["metric"] == metric)], rows, heights)
        feature_set = rows["feature_set"].iloc[0]
        note = FEATURE_NOTES.get(feature_set, feature_set)
        axis.set_title(f"{dataset}\n({note})" if note else dataset)
        if values.max() > MAX_RATIO * values.min():
            axis.set_xscale("log")
            axis.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
            axis.xaxis.set_major_formatter("{x:g}")
            axis.xaxis.set_minor_formatter(NullFormatter())
        axis.set_xlabel(METRIC_TITLES.get(metric, metric).partition(" (")[0])
    axes[0, 0].set_yticks(heights, [textwrap.fill(label, 28, break_on_hyphens=False) for label in labels])
    axes[0, 0].set_ylim(len(labels) - 0.5, -0.5)
    entries = {
        name: handle for axis in axes.flat for handle, name in zip(*axis.get_legend_handles_labels(), strict=True)
    }
    figure.legend(entries.values(), entries.keys(), loc="outside upper center", ncols=1, frameon=False)
    return figure


def _draw(axis: Axes, rows: pd.DataFrame, heights: pd.Series) -> None:
    for name, colour, marker, shift in (("ours", BLUE, "o", -OFFSET), ("published", VERMILION, "D", OFFSET)):
        there = rows[rows[name].notna()]
        if len(there):
            y = heights[there["label"]] + shift
            # An interval that reaches below zero cannot be drawn on a logarithmic axis.
            spread = there[f"{name}_std"].fillna(0)
            low = np.minimum(spread, 0.9 * there[name])
            axis.errorbar(
                there[name],
                y,
                xerr=[low, spread],
                fmt=marker,
                color=colour,
                markersize=5,
                markerfacecolor=colour if marker == "o" else "white",
                linewidth=1.2,
                label=f"{name} (± standard deviation over folds)",
            )
    uniform = rows.loc[rows["method"] == "Uniform", "ours"].dropna()
    if len(uniform):
        axis.axvline(uniform.iloc[0], color=GREY, linestyle="--", linewidth=1.2, label="uniform distribution", zorder=0)
    axis.grid(axis="y", color="#dddddd", linewidth=0.6)
    axis.set_axisbelow(True)
    axis.spines[["top", "right"]].set_visible(False)


def _draw_seeds(axis: Axes, seeds: pd.DataFrame, rows: pd.DataFrame, heights: pd.Series) -> None:
    several = seeds[seeds.duplicated(["method", "params"], keep=False)].merge(rows[["method", "params", "label"]])
    if several.empty:
        return
    y = heights[several["label"]] - OFFSET
    axis.plot(several["mean"], y, "|", color="black", markersize=9, label="each seed")
