"""Figures of the page on problem and data. They take arrays and frames."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from companion.show.colours import BLUE, GREY, ORANGE, SKY


def plot_decoupling(
    balanced: ArrayLike,
    imbalanced: ArrayLike,
    dominant: float,
    nondominant: Mapping[str, ArrayLike],
    label_names: Sequence[str],
) -> Figure:
    """Draw Fig. 1 of the paper: a balanced row, an imbalanced row, and the parts of the latter.

    Parameters
    ----------
    balanced, imbalanced : array-like, shape (c,)
        Label distributions.
    dominant : float
        The part (c), left: the degree of the dominant label of `imbalanced`, against all others.
    nondominant : mapping of str to array-like, shape (c,)
        The part (c), right: the distribution over the other labels, by the name of its reading.
    label_names : sequence of str

    Returns
    -------
    Figure
    """
    top = int(np.argmax(imbalanced))
    figure, axes = plt.subplots(
        1, 4, figsize=(11, 3.2), sharey=True, layout="constrained", gridspec_kw={"width_ratios": [3, 3, 1.4, 3]}
    )
    for axis, row, title in ((axes[0], balanced, "(a) balanced"), (axes[1], imbalanced, "(b) imbalanced")):
        k = int(np.argmax(row))
        colours = [ORANGE if j == k else BLUE for j in range(len(label_names))]
        axis.bar(range(len(label_names)), np.asarray(row), color=colours)
        _label_axis(axis, label_names)
        axis.set_title(title)
    axes[2].bar(["dominant", "others"], [dominant, 1 - dominant], color=[ORANGE, BLUE])
    axes[2].tick_params(axis="x", rotation=90)
    axes[2].set_title("(c) dominant")
    others = [j for j in range(len(label_names)) if j != top]
    width = 0.8 / len(nondominant)
    for i, (reading, row) in enumerate(nondominant.items()):
        shift = (i - (len(nondominant) - 1) / 2) * width
        heights = np.asarray(row)[others]
        axes[3].bar(np.arange(len(others)) + shift, heights, width, label=reading, color=(BLUE, SKY, GREY)[i % 3])
    _label_axis(axes[3], [label_names[j] for j in others])
    axes[3].set_title("(c) non-dominant")
    axes[3].legend(frameon=False)
    axes[0].set_ylabel("description degree")
    axes[0].set_ylim(0, 1)
    return figure


def plot_mean_degrees(degrees: pd.DataFrame) -> Figure:
    """Draw the mean degree of each label before and after sampling, one panel a data set.

    Parameters
    ----------
    degrees : DataFrame
        Columns dataset, label, name, before, after, head.

    Returns
    -------
    Figure
    """
    figure, axes = _panels(degrees["dataset"].nunique())
    for axis, (name, part) in zip(axes, degrees.groupby("dataset", sort=False), strict=False):
        x = np.arange(len(part))
        axis.bar(x - 0.2, part["before"], 0.4, color=SKY, label="all rows")
        axis.bar(x + 0.2, part["after"], 0.4, color=BLUE, label="sampled rows")
        for j in np.flatnonzero(part["head"]):
            axis.annotate("head", (j + 0.2, part["after"].iloc[j]), ha="center", va="bottom", fontsize=8)
        axis.axhline(1 / len(part), color=GREY, linewidth=1, linestyle="--", label="uniform")
        _label_axis(axis, list(part["name"]))
        axis.margins(y=0.15)
        axis.set_title(str(name))
        axis.set_ylabel("mean degree")
    axes[0].legend(frameon=False, fontsize=8)
    return figure


def plot_dominant_degrees(degrees: pd.DataFrame) -> Figure:
    """Draw the distribution function of the highest degree, before and after sampling, one panel a data set.

    Parameters
    ----------
    degrees : DataFrame
        Columns dataset, degree (upper edge of a bin, ascending), before and after (rows of the bin).

    Returns
    -------
    Figure
    """
    figure, axes = _panels(degrees["dataset"].nunique())
    for axis, (name, part) in zip(axes, degrees.groupby("dataset", sort=False), strict=False):
        for column, label, colour, style in (
            ("before", "all rows", SKY, "-"),
            ("after", "sampled rows", BLUE, "--"),
        ):
            share = part[column].cumsum() / part[column].sum()
            axis.plot(part["degree"], share, color=colour, linewidth=2, linestyle=style, label=label)
        axis.set_xlim(0, 1)
        axis.set_ylim(0, 1.02)
        axis.set_title(str(name))
        axis.set_xlabel("degree of the dominant label")
        axis.set_ylabel("share of rows up to it")
    axes[0].legend(frameon=False, fontsize=8, loc="lower right")
    return figure


def _panels(number: int) -> tuple[Figure, list[Axes]]:
    columns = min(3, number)
    lines = -(-number // columns)
    figure, grid = plt.subplots(lines, columns, figsize=(3.6 * columns, 3 * lines), squeeze=False, layout="constrained")
    axes = list(grid.ravel())
    for axis in axes[number:]:
        axis.set_visible(False)
    return figure, axes


def _label_axis(axis: Axes, names: Sequence[str]) -> None:
    axis.set_xticks(range(len(names)), names, rotation=90)
    axis.set_xlabel("label")
