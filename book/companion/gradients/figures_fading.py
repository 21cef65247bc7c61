"""Figures of the page on gradients: how large they are, by the dominant degree."""

from __future__ import annotations

from collections.abc import Mapping

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from companion.show.colours import BLUE, GREEN, ORANGE, SKY, VERMILION

# Narrow, so that a telephone shows the text at a size that can be read.
WIDTH = 4.6
DPI = 160
LINES = (("-", BLUE), ("--", VERMILION), ("-.", GREEN), (":", ORANGE), ((0, (3, 1, 1, 1, 1, 1)), SKY))


def plot_fading(degrees: ArrayLike, panels: Mapping[str, Mapping[str, ArrayLike]], ylabel: str) -> Figure:
    """Draw gradients of the non-dominant labels against the dominant degree, one panel a prediction, one above another.

    Parameters
    ----------
    degrees : array-like, shape (g,)
        Dominant degrees, below 1.
    panels : mapping of str to mapping of str to array-like, shape (g,)
        Title of a panel -> name of a loss -> values.
    ylabel : str

    Returns
    -------
    Figure
    """
    figure, axes = plt.subplots(
        len(panels), 1, figsize=(WIDTH, 2.6 * len(panels)), sharex=True, dpi=DPI, layout="constrained", squeeze=False
    )
    for axis, (title, curves) in zip(axes.flat, panels.items(), strict=True):
        for (name, values), (style, colour) in zip(curves.items(), LINES, strict=False):
            axis.plot(degrees, values, linestyle=style, color=colour, label=name, linewidth=1.8)
        axis.set_title(title, fontsize=10)
        _finish(axis, ylabel)
    axes[-1, 0].set_xlabel("dominant degree $d_k$")
    handles, names = axes[0, 0].get_legend_handles_labels()
    figure.legend(handles, names, loc="outside lower center", ncols=2, frameon=False)
    return figure


def plot_fading_bins(table: pd.DataFrame, ylabel: str) -> Figure:
    """Draw the same for real rows: the median in bins of the dominant degree, one panel a data set.

    Parameters
    ----------
    table : DataFrame
        Columns dataset, degree (middle of the bin), loss, median, lower, upper (quartiles).
    ylabel : str

    Returns
    -------
    Figure
    """
    names = table.dataset.unique()
    figure, axes = plt.subplots(
        len(names), 1, figsize=(WIDTH, 2.5 * len(names)), sharex=True, dpi=DPI, layout="constrained", squeeze=False
    )
    for axis, name in zip(axes.flat, names, strict=True):
        rows = table[table.dataset == name]
        for i, (loss, part) in enumerate(rows.groupby("loss", sort=False)):
            style, colour = LINES[i]
            axis.plot(part.degree, part["median"], linestyle=style, color=colour, marker="os^Dv"[i], label=loss)
            axis.fill_between(part.degree, part.lower, part.upper, color=colour, alpha=0.15, linewidth=0)
        axis.set_title(name, fontsize=10)
        _finish(axis, ylabel)
    axes[-1, 0].set_xlabel("dominant degree $d_k$")
    handles, labels = axes[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=2, frameon=False)
    return figure


def _finish(axis: Axes, ylabel: str) -> None:
    axis.set_ylabel(ylabel)
    axis.set_ylim(bottom=0)
    axis.grid(color="0.9")
    axis.spines[["top", "right"]].set_visible(False)
