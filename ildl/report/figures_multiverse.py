"""Figures of the multiverse: specification curves, and what each choice does."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure
from matplotlib.ticker import LogLocator, NullLocator
from numpy.typing import NDArray

from ildl.report.comparison import dataset_header
from ildl.report.figures_data import BLUE, GREEN, ORANGE, SKY, VERMILION
from ildl.report.multiverse import CHOICES, title_of
from ildl.report.multiverse_effects import INTERACTIONS
from ildl.report.statistics import COMPARABLE

WIDTH = 5.2
"""Inches; narrow, so that letters stay legible where a telephone shrinks the figure."""
HEIGHT = 8.0
"""Inches of one specification curve."""
FLAGS = {
    "derived targets": (VERMILION, "D", "printed objective, derived targets"),
    "printed targets": (ORANGE, "s", "printed objective, printed targets"),
    "closest": (GREEN, "^", "nearest to the published, after the fact"),
}
DATASET_STYLES = ((BLUE, "o"), (VERMILION, "D"), (GREEN, "^"), (ORANGE, "s"), (SKY, "v"), ("black", "X"))
MAX_RATIO = 10.0
"""A wider range of values than this gets a logarithmic axis."""


def plot_specification_curves(specs: pd.DataFrame) -> Figure:
    """Draw the specification curve of every data set, one under the other.

    Parameters
    ----------
    specs : DataFrame
        As `ildl.report.multiverse.specifications` returns it.

    Returns
    -------
    Figure
    """
    datasets = list(specs["dataset"].unique())
    figure = plt.figure(figsize=(WIDTH, HEIGHT * len(datasets)), layout="constrained")
    panels = figure.subfigures(len(datasets), 1, squeeze=False)[:, 0]
    for panel, dataset in zip(panels, datasets, strict=True):
        _draw_curve(panel, specs[specs["dataset"] == dataset])
    return figure


def plot_specification_curve(specs: pd.DataFrame, dataset: str) -> Figure:
    """Draw the specification curve of one data set: sorted outcomes above, the choices that give them below.

    Parameters
    ----------
    specs : DataFrame
        As `ildl.report.multiverse.specifications` returns it.
    dataset : str

    Returns
    -------
    Figure

    Raises
    ------
    ValueError
        There is no specification of this data set.
    """
    rows = specs[specs["dataset"] == dataset]
    if rows.empty:
        raise ValueError(f"No specification on {dataset!r}; there are: {', '.join(specs['dataset'].unique())}.")
    return plot_specification_curves(rows)


def plot_choice_effects(effects: pd.DataFrame, metric: str) -> Figure:
    """Draw each choice's share of the variance, and the mean change of each option against the default.

    Parameters
    ----------
    effects : DataFrame
        As `ildl.report.multiverse_effects.choice_effects` returns it.
    metric : str

    Returns
    -------
    Figure
    """
    options = effects[effects["choice"] != INTERACTIONS]
    names = list(effects["choice"].unique())
    labels = list((options["choice"] + ": " + options["option"]).unique())
    heights = (len(names), len(labels))
    figure, (above, below) = plt.subplots(
        2, 1, figsize=(WIDTH, 2.4 + 0.36 * sum(heights)), height_ratios=heights, layout="constrained"
    )
    datasets = list(effects.groupby(["dataset", "feature_set"], sort=False))
    for place, ((dataset, feature_set), rows) in enumerate(datasets):
        colour, marker = DATASET_STYLES[place % len(DATASET_STYLES)]
        shift = 0.2 * (place - (len(datasets) - 1) / 2)
        style = {"color": colour, "marker": marker, "linestyle": "none", "markersize": 5}
        shares = rows.drop_duplicates("choice")
        y = np.array([names.index(choice) for choice in shares["choice"]]) + shift
        above.plot(100 * shares["total"], y, markerfacecolor="white", **style)
        above.plot(100 * shares["share"], y, label=dataset_header(str(dataset), str(feature_set)), **style)
        rows = rows[rows["choice"] != INTERACTIONS]
        y = np.array([labels.index(label) for label in rows["choice"] + ": " + rows["option"]]) + shift
        spread = [rows["change"] - rows["lower"], rows["upper"] - rows["change"]]
        below.errorbar(rows["change"], y, xerr=spread, elinewidth=1.2, **style)
    below.axvline(0, color="black", linewidth=0.8)
    above.set_xlim(left=0)
    above.set_xlabel("share of the variance (%)\nfilled: by itself, open: with its interactions")
    title = title_of(metric).partition(" (")[0]
    below.set_xlabel(f"change against the default\n{title}")
    for axis, ticks in ((above, names), (below, labels)):
        axis.set_yticks(range(len(ticks)), ticks)
        axis.set_ylim(len(ticks) - 0.5, -0.5)
        _tidy(axis)
        axis.grid(axis="y", color="#dddddd", linewidth=0.6)
    figure.legend(loc="outside upper center", ncols=2, frameon=False, fontsize=9)
    return figure


def _draw_curve(panel: SubFigure, rows: pd.DataFrame) -> None:
    above, below = panel.subplots(2, 1, sharex=True, height_ratios=(1, 1.25))
    _draw_outcomes(above, rows)
    _draw_choices(below, rows)
    for name, (colour, _, _) in FLAGS.items():
        for x in np.flatnonzero(_flagged(rows, name)):
            below.axvline(x, color=colour, linewidth=1.2, alpha=0.6, zorder=0)
    header = dataset_header(rows["dataset"].iloc[0], rows["feature_set"].iloc[0])
    panel.suptitle(f"{header}: {len(rows)} specifications", fontsize=11)
    panel.legend(*above.get_legend_handles_labels(), loc="outside lower center", ncols=2, frameon=False, fontsize=9)


def _draw_outcomes(axis: Axes, rows: pd.DataFrame) -> None:
    x = np.arange(len(rows))
    first = rows.iloc[0]
    wide = rows["mean"].max() > MAX_RATIO * rows["mean"].min()
    floor = rows["mean"].min() / 2 if wide else -np.inf  # a logarithmic axis cuts an interval that reaches below zero
    lower = rows["lower"].clip(lower=floor)
    axis.vlines(x, lower, rows["upper"], color="#bbbbbb", linewidth=1.2, label="95 % interval of the mean")
    axis.plot(x, rows["mean"], ".", color="black", markersize=3, label="specification")
    for name, (colour, marker, label) in FLAGS.items():
        there = _flagged(rows, name)
        if there.any():
            axis.plot(
                x[there], rows["mean"][there], marker, color=colour, markersize=8, markeredgecolor="black", label=label
            )
    if not pd.isna(first["published"]):
        note = "" if first["feature_set"] == COMPARABLE else " (on other features)"
        axis.axhline(first["published"], color=BLUE, linewidth=1.4, label=f"published{note}")
        if not pd.isna(first["published_std"]):
            low, high = first["published"] - first["published_std"], first["published"] + first["published_std"]
            axis.axhspan(low, high, color=BLUE, alpha=0.15, linewidth=0, label="± published standard deviation")
    axis.axhline(first["rda"], color="black", linestyle=":", linewidth=1.4, label="RDA (ours)")
    axis.axhline(first["uniform"], color="#555555", linestyle="--", linewidth=1.4, label="uniform distribution")
    if wide:
        axis.set_yscale("log")
        axis.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axis.yaxis.set_major_formatter("{x:g}")
        axis.yaxis.set_minor_locator(NullLocator())
    title = title_of(first["metric"])
    axis.set_ylabel(title.replace(" (", "\n("))
    axis.tick_params(axis="x", length=0, labelbottom=False)
    _tidy(axis)


def _draw_choices(axis: Axes, rows: pd.DataFrame) -> None:
    """Rows of the dashboard: for each choice its name, and one row an option."""
    ticks: list[str] = []
    names = [name for name in CHOICES if name in rows and rows[name].nunique() > 1]
    for name in names:
        ticks.append(name)
        for option in (option for option in CHOICES[name] if (rows[name] == option).any()):
            x = np.flatnonzero(rows[name] == option)
            axis.plot(x, np.full(len(x), len(ticks)), "|", color="black", markersize=7, markeredgewidth=0.9)
            ticks.append(option)
    axis.set_yticks(range(len(ticks)), ticks, fontsize=9)
    for label in axis.get_yticklabels():
        label.set_fontweight("bold" if label.get_text() in names else "normal")
    axis.set_ylim(len(ticks) - 0.4, -0.6)
    axis.set_xlim(-1, len(rows))
    axis.set_xlabel("specifications, best first")
    axis.tick_params(axis="y", length=0)
    axis.grid(axis="y", color="#eeeeee", linewidth=0.6)
    _tidy(axis)


def _flagged(rows: pd.DataFrame, name: str) -> NDArray[np.bool_]:
    return np.asarray(rows["closest"] if name == "closest" else rows["printed"] == name)


def _tidy(axis: Axes) -> None:
    axis.set_axisbelow(True)
    axis.spines[["top", "right"]].set_visible(False)
