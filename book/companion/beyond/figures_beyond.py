"""Figures of ranks, effect sizes and imbalance; colours of Okabe and Ito, and shapes that do without them."""

from __future__ import annotations

import itertools

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, MaxNLocator, NullLocator
from numpy.typing import NDArray

from companion.base.comparison import METRIC_TITLES, dataset_header
from companion.show.colours import BLUE, GREEN, GREY, ORANGE, SKY, VERMILION

PURPLE, BLACK = "#CC79A7", "#000000"
CURVES = (
    (VERMILION, "s", "-"), (ORANGE, "D", "-"), (GREY, "*", ":"), (BLACK, "x", ":"),
    (PURPLE, "v", "--"), (SKY, "P", "--"), (GREEN, "^", "-"), (BLUE, "o", "-"),
)  # fmt: skip
"""Colour, marker and line of each curve, DILDL's readings first."""
MIN_GAP = 0.085
"""Between two labels of a panel, as a share of its height."""


def plot_imbalance(curves: pd.DataFrame, metric: str) -> Figure:
    """Draw score, rank and rows kept over the imbalance threshold, a line a data set.

    Parameters
    ----------
    curves : DataFrame
        As `companion.beyond.imbalance.imbalance_curves` returns it.
    metric : str

    Returns
    -------
    Figure
    """
    datasets = curves[["dataset", "feature_set"]].drop_duplicates().to_numpy()
    with plt.rc_context({"font.size": 11}):
        figure, axes = plt.subplots(
            len(datasets), 3, figsize=(9, 0.6 + 2.9 * len(datasets)), squeeze=False, sharex=True,
            width_ratios=[3, 3, 1.3], layout="constrained",
        )  # fmt: skip
        for line, (dataset, feature_set) in zip(axes, datasets, strict=True):
            rows = curves[curves["dataset"] == dataset]
            _draw_curves(line[0], rows, "mean", "std")
            _draw_curves(line[1], rows, "rank", "rank_std")
            kept = rows.drop_duplicates("eta")
            line[2].plot(kept["eta"], kept["kept"], "o-", color="#555555", markersize=4)
            line[2].set_ylim(bottom=0)
            line[2].xaxis.set_major_locator(MaxNLocator(3))
            line[0].set_yscale("log")
            line[0].yaxis.set_major_locator(LogLocator(subs=(1, 2, 3, 5)))
            line[0].yaxis.set_minor_locator(NullLocator())
            line[0].yaxis.set_major_formatter("{x:g}")
            line[1].invert_yaxis()
            line[0].set_ylabel(dataset_header(dataset, feature_set).replace(" (", "\n("))
            _label_lines(line[1], rows, "rank")
            for axis in line:
                axis.axvline(1, color=GREY, linestyle=":", linewidth=1.2, zorder=0)
                _tidy(axis)
        titles = (
            METRIC_TITLES[metric].replace(" (", "\n("),
            "mean rank over folds\n(1 is the best)",
            "rows kept\na fold",
        )
        for axis, title in zip(axes[0], titles, strict=True):
            axis.set_title(title, fontsize=11)
        figure.supxlabel("threshold of the promoted label, multiple of the benchmark's (dotted)", fontsize=11)
    return figure


def _draw_curves(axis: Axes, rows: pd.DataFrame, value: str, spread: str) -> None:
    for label, (colour, marker, line) in _styles(rows).items():
        curve = rows[rows["label"] == label]
        low, high = curve[value] - curve[spread], curve[value] + curve[spread]
        axis.fill_between(curve["eta"], low, high, color=colour, alpha=0.13, linewidth=0)
        axis.plot(curve["eta"], curve[value], line, marker=marker, color=colour, markersize=5, linewidth=1.5)


def _styles(rows: pd.DataFrame) -> dict[str, tuple[str, str, str]]:
    labels = sorted(rows["label"].unique(), key=lambda label: not label.startswith("DILDL"))
    return dict(zip(labels, itertools.cycle(CURVES), strict=False))


def _label_lines(axis: Axes, rows: pd.DataFrame, value: str) -> None:
    """Name each line at its right end, labels pushed apart where ends are close."""
    last = rows[rows["eta"] == rows["eta"].max()]
    styles = _styles(rows)
    points = axis.transData.transform(np.column_stack([last["eta"], last[value]]))
    heights = axis.transAxes.inverted().transform(points)[:, 1]
    places = spread_labels(heights, MIN_GAP)
    for label, start, end in zip(last["label"], heights, places, strict=True):
        colour = styles[label][0]
        axis.annotate(
            label, (1.0, start), (1.08, end), xycoords="axes fraction", va="center", fontsize=9.5,
            annotation_clip=False,
            arrowprops={"arrowstyle": "-", "color": colour, "linewidth": 0.9, "shrinkA": 0, "shrinkB": 0},
        )  # fmt: skip


def spread_labels(heights: NDArray[np.float64], gap: float) -> NDArray[np.float64]:
    """Move heights as little as needed (pools of neighbours, least squares) so that they are `gap` apart.

    Parameters
    ----------
    heights : ndarray, shape (n,)
    gap : float

    Returns
    -------
    ndarray, shape (n,)
        In the same order.
    """
    from scipy.optimize import isotonic_regression

    order = np.argsort(heights, kind="stable")
    steps = gap * np.arange(len(heights))
    placed = np.empty(len(heights))
    placed[order] = isotonic_regression(heights[order] - steps).x + steps
    return placed


def _tidy(axis: Axes) -> None:
    axis.set_axisbelow(True)
    axis.spines[["top", "right"]].set_visible(False)
