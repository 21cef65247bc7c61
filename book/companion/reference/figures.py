"""The pictures of the page on the reference run: where its time went, and how far another run is from it."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from companion.reference.frames import TOLERANCE, origin, summarise_runs
from companion.show.figure import INK, PAPER, name_rows, show_figure, style
from companion.show.look import LOOKS, WORDS
from companion.show.shown import Shown

FLOOR = 1e-9
"""Smaller differences are drawn here."""
BAR = "#8a8a8a"


def plot_made(made: pd.DataFrame, name: str) -> Shown:
    """Draw the minutes of training of each experiment, with the number of its cells."""
    y = np.arange(len(made))
    with style():
        figure, axis = plt.subplots(figsize=(7.4, 0.32 * len(made) + 0.7))
        bars = axis.barh(y, made["training_minutes"], color=BAR, height=0.66)
        axis.bar_label(bars, [f"{cells:,} cells" for cells in made["cells"]], padding=3, fontsize=9)
        axis.set_yticks(y, made["purpose"])
        axis.set_ylim(len(made) - 0.4, -0.6)
        axis.set_xlim(0, made["training_minutes"].max() * 1.2)
        axis.set_xlabel("minutes of training, one core")
        axis.tick_params(axis="y", length=0)
        return show_figure(figure, name, "Minutes of training and number of cells of each experiment.", made)


def plot_agreement(compared: pd.DataFrame, own: pd.DataFrame, name: str) -> Shown | None:
    """Draw a line for each method from the median to the largest difference; None where the runs share nothing."""
    if compared.empty:
        return None
    rows = summarise_runs(compared, ["method"]).sort_values("largest", ascending=False, ignore_index=True)
    with style():
        figure, axis = plt.subplots(figsize=(7.4, 0.3 * len(rows) + 0.9))
        for y, row in enumerate(rows.to_dict("records")):
            colour, ends = LOOKS[row["method"]].colour, np.maximum([row["median"], row["largest"]], FLOOR)
            axis.plot(ends, [y, y], color=colour, linewidth=1.2)
            axis.plot(ends[:1], [y], "o", color=colour, markerfacecolor=PAPER, markersize=6)
            axis.plot(ends[1:], [y], "o", color=colour, markersize=6)
        axis.axvline(TOLERANCE, color=INK, linestyle="--", linewidth=1)
        axis.set_xscale("log")
        axis.set_xlim(FLOOR / 2, max(1.0, 2 * rows["largest"].max()))
        name_rows(axis, [WORDS.get(method, method) for method in rows["method"]])
        axis.set_xlabel("difference between the runs: median (hollow) and largest (filled)")
        label = "Median and largest difference between your run and the reference run, method by method."
        return show_figure(figure, name, label, rows, origin(own))
