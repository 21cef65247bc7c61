"""Fig. 3 of the paper: the metric over each weight of the objective."""

from __future__ import annotations

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from companion.base.comparison import METRIC_TITLES, dataset_header
from companion.sensitivity.sensitivity import PAPER
from companion.sensitivity.sensitivity_claims import SYMBOLS
from companion.show.colours import BLUE, GREEN, ORANGE, VERMILION

STYLE = ((BLUE, "o", "-"), (VERMILION, "s", "--"), (GREEN, "^", "-."), (ORANGE, "v", ":"))
"""Colour, marker and line of each reading."""
NEAR = 1.0
"""The uniform level is drawn within this many heights of a column's curves; further off it would flatten them."""


def plot_sensitivity(curves: pd.DataFrame, comparison: pd.DataFrame | None = None) -> Figure:
    """Draw the metric over each parameter, a row a parameter and a column a data set, with 95 % bands.

    All panels of a column share their vertical axis, so that the sensitivities can be compared by eye.

    Parameters
    ----------
    curves : DataFrame
        As `companion.sensitivity.sensitivity.sensitivity_curves` returns it; a line for each reading in it.
    comparison : DataFrame, optional
        Tidy results with the method Uniform, for a line at its level; the title says it where it is far off.

    Returns
    -------
    Figure
    """
    metric = str(curves["metric"].iloc[0])
    title = METRIC_TITLES[metric].replace(" (", "\n(")
    datasets = curves[["dataset", "feature_set"]].drop_duplicates().to_numpy()
    parameters = [name for name in PAPER if name in set(curves["parameter"])]
    with plt.rc_context({"font.size": 11}):
        figure, axes = plt.subplots(
            len(parameters),
            len(datasets),
            figsize=(9, 0.8 + 2.3 * len(parameters)),
            squeeze=False,
            sharex="row",
            sharey="col",
            layout="constrained",
        )
        for column, (dataset, feature_set) in zip(axes.T, datasets, strict=True):
            of_dataset = curves[curves["dataset"] == dataset]
            for axis, parameter in zip(column, parameters, strict=True):
                _draw(axis, of_dataset[of_dataset["parameter"] == parameter], parameter)
            header = dataset_header(dataset, feature_set).replace(" (", "\n(")
            column[0].set_title(header)
            if comparison is not None:
                _draw_uniform(column, of_dataset, comparison, metric)
        for axis in axes.flat:
            axis.set_ylabel(title if axis in axes[:, 0] else title.partition(" ")[0])
        entries = {
            name: handle for axis in axes.flat for handle, name in zip(*axis.get_legend_handles_labels(), strict=True)
        }
        figure.legend(entries.values(), entries.keys(), loc="outside upper center", ncols=3, frameon=False)
    return figure


def _draw(axis: Axes, rows: pd.DataFrame, parameter: str) -> None:
    for (reading, curve), (colour, marker, line) in zip(rows.groupby("reading", sort=False), STYLE, strict=False):
        axis.fill_between(curve["setting"], curve["lower"], curve["upper"], color=colour, alpha=0.18, linewidth=0)
        axis.plot(curve["setting"], curve["mean"], line, marker=marker, color=colour, markersize=5, label=reading)
    axis.axvline(PAPER[parameter], color="black", linestyle=":", linewidth=1.4, label="the paper's choice")
    if parameter != "alpha":
        axis.set_xscale("log")
    ticks = [0.1, 0.3, 0.6, 0.9] if parameter == "alpha" else [0.01, 0.1, 1.0]
    axis.xaxis.set_major_locator(FixedLocator(ticks))
    axis.xaxis.set_minor_locator(NullLocator())
    axis.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.set_xlabel(SYMBOLS[parameter], labelpad=1)
    axis.grid(axis="y", color="#dddddd", linewidth=0.6)
    axis.spines[["top", "right"]].set_visible(False)


def _draw_uniform(column: list[Axes], curves: pd.DataFrame, comparison: pd.DataFrame, metric: str) -> None:
    rows = comparison[(comparison["method"] == "Uniform") & (comparison["metric"] == metric)]
    level = rows.loc[rows["dataset"] == curves["dataset"].iloc[0], "value"].mean()
    low, high = curves["lower"].min(), curves["upper"].max()
    near = low - NEAR * (high - low) <= level <= high + NEAR * (high - low)
    for axis in column:
        if near:
            axis.axhline(level, color="#555555", linestyle=(0, (5, 2)), linewidth=1.2, label="uniform distribution")
    if pd.notna(level) and not near:
        where = "below" if level < low else "above"
        column[0].set_title(f"{column[0].get_title()}\nuniform: {level:.3f}, {where} the axis")
