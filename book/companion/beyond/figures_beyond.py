"""Figures of ranks, effect sizes and imbalance; colours of Okabe and Ito, and shapes that do without them."""

from __future__ import annotations

import itertools
from collections.abc import Mapping

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, LogLocator, MaxNLocator, NullLocator
from numpy.typing import NDArray

from companion.base.comparison import METRIC_TITLES, dataset_header
from companion.beyond.ranking import ALPHA, critical_difference, nemenyi
from companion.show.colours import BLUE, GREEN, GREY, ORANGE, SKY, VERMILION
from ildl.compare.statistics import REFERENCES

PURPLE, BLACK = "#CC79A7", "#000000"
MARKS = ((BLUE, "o"), (VERMILION, "s"), (GREEN, "^"), (ORANGE, "D"))
"""Colour and marker of each reading."""
CURVES = (
    (VERMILION, "s", "-"), (ORANGE, "D", "-"), (GREY, "*", ":"), (BLACK, "x", ":"),
    (PURPLE, "v", "--"), (SKY, "P", "--"), (GREEN, "^", "-"), (BLUE, "o", "-"),
)  # fmt: skip
"""Colour, marker and line of each curve, DILDL's readings first."""
LINEAR = 2.0
"""Effect sizes up to this are drawn to scale, larger ones on a logarithmic scale."""
MIN_GAP = 0.085
"""Between two labels of a panel, as a share of its height."""


def plot_critical_difference(panels: Mapping[str, pd.DataFrame], alpha: float = ALPHA) -> Figure:
    """Draw average ranks, best at the left, with bars over methods that Nemenyi's test does not tell apart.

    Parameters
    ----------
    panels : mapping of str to DataFrame
        Title -> ranks, as `companion.beyond.ranking.ranks` returns them.
    alpha : float

    Returns
    -------
    Figure
    """
    from scikit_posthocs import critical_difference_diagram  # it loads statsmodels and seaborn, which takes seconds

    heights = [0.9 + 0.24 * ranked.shape[1] for ranked in panels.values()]
    with plt.rc_context({"font.size": 11}):
        figure, axes = plt.subplots(
            len(panels), 1, figsize=(8, sum(heights)), squeeze=False, height_ratios=heights, layout="constrained"
        )
        for axis, (title, ranked) in zip(axes[:, 0], panels.items(), strict=True):
            # Columns in the order of their ranks: the elbows of ties then do not cross.
            mean = ranked.mean().sort_values(kind="stable")
            critical_difference_diagram(
                mean.rename_axis(None),
                nemenyi(ranked).loc[mean.index, mean.index],
                ax=axis,
                alpha=alpha,
                label_fmt_left="{label} ({rank:.1f}) ",
                label_fmt_right=" ({rank:.1f}) {label}",
                color_palette={label: _emphasis(label) for label in mean.index},
                label_props={"fontsize": 11},
                marker_props={"s": 26},
                elbow_props={"linewidth": 0.9},
                crossbar_props={"color": BLACK, "linewidth": 2.5, "marker": None},
                text_h_margin=0.1,
            )
            n, k = ranked.shape
            axis.set_title(
                f"{title}: average rank of {k}, {n} blocks, CD = {critical_difference(k, n, alpha):.1f}", pad=32
            )
    return figure


def plot_effects(effects: pd.DataFrame, metric: str) -> Figure:
    """Draw effect sizes with their intervals, a panel a data set, a row a rival, a mark a reading.

    Parameters
    ----------
    effects : DataFrame
        As `ildl.compare.effects.effect_sizes` returns it.
    metric : str

    Returns
    -------
    Figure
    """
    rivals = list(dict.fromkeys(effects["against"]))
    labels = list(dict.fromkeys(effects["label"]))
    datasets = effects[["dataset", "feature_set"]].drop_duplicates().to_numpy()
    with plt.rc_context({"font.size": 11}):
        figure, axes = plt.subplots(
            1, len(datasets), figsize=(9, 1.8 + 0.4 * len(rivals)), sharey=True, squeeze=False, layout="constrained"
        )
        for axis, (dataset, feature_set) in zip(axes[0], datasets, strict=True):
            for i, label in enumerate(labels):
                rows = effects[(effects["dataset"] == dataset) & (effects["label"] == label)].dropna(subset="d_z")
                y = rows["against"].map(rivals.index) + (i - (len(labels) - 1) / 2) * 0.24
                colour, marker = MARKS[i % len(MARKS)]
                reach = np.abs(rows[["d_z_low", "d_z_high"]].to_numpy().T - rows["d_z"].to_numpy())
                axis.errorbar(
                    rows["d_z"], y, xerr=reach, fmt=marker, color=colour, markersize=5, linewidth=1, label=label
                )
            axis.axvline(0, color=BLACK, linewidth=1)
            axis.set_xscale("symlog", linthresh=LINEAR)
            axis.xaxis.set_major_locator(FixedLocator([-100, -10, -2, 0, 2, 10, 100]))
            axis.xaxis.set_minor_locator(NullLocator())
            axis.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}".replace("-", "−")))
            axis.set_title(dataset_header(dataset, feature_set).replace(" (", "\n("))
            axis.grid(color="#dddddd", linewidth=0.6)
            _tidy(axis)
        axes[0, 0].set_yticks(range(len(rivals)), rivals)
        axes[0, 0].set_ylim(len(rivals) - 0.5, -0.5)
        title = METRIC_TITLES[metric].partition(" (")[0]
        figure.supxlabel(f"Cohen's d of paired folds, {title} (right of 0: the reading is better)", fontsize=11)
        figure.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside upper center", ncols=3, frameon=False)
    return figure


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


def _emphasis(label: str) -> str:
    """Colour of a name: the method in question, its rival, the references, all others."""
    if label.startswith("DILDL"):
        return VERMILION
    return BLUE if label == "RDA" else "#777777" if label in REFERENCES else BLACK


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
