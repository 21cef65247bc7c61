"""Figures of the multiverse: specification curves, and what each choice does."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure
from matplotlib.ticker import LogLocator, NullLocator
from numpy.typing import NDArray

from companion.base.comparison import dataset_header
from companion.multiverse.multiverse_choices import CHOICES, on_default_split, title_of
from companion.multiverse.multiverse_effects import choice_sizes
from companion.show.colours import BLUE, GREEN, ORANGE, SKY, VERMILION
from ildl.compare.statistics import COMPARABLE

WIDTH = 5.2
"""Inches; narrow, so that letters stay legible where a telephone shrinks the figure."""
HEIGHT = 11.0
"""Inches of one specification curve."""
FLAGS = {
    ("derived targets", "sampled"): (VERMILION, "D", True),
    ("derived targets", "unsampled"): (VERMILION, "D", False),
    ("printed targets", "sampled"): (ORANGE, "s", True),
    ("printed targets", "unsampled"): (ORANGE, "s", False),
    ("nearest, after the fact", ""): (GREEN, "^", True),
}
"""The printed objective by its targets and the source of the validation rows; colour, marker, filled."""
SOURCES = {"sampled": (BLUE, "o"), "unsampled": (VERMILION, "D")}
DATASET_STYLES = ((BLUE, "o"), (VERMILION, "D"), (GREEN, "^"), (ORANGE, "s"), (SKY, "v"), ("black", "X"))
MAX_RATIO = 10.0
"""A wider range of values than this gets a logarithmic axis."""


def plot_specification_curves(specs: pd.DataFrame) -> Figure:
    """Draw the specification curve of every data set, one under the other: sorted outcomes, and what gives them.

    Parameters
    ----------
    specs : DataFrame
        As `companion.multiverse.multiverse.specifications` returns it.

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


def plot_choice_effects(effects: pd.DataFrame, metric: str) -> Figure:
    """Draw how far each choice moves the outcome, and the mean change of each option against the default.

    Parameters
    ----------
    effects : DataFrame
        As `companion.multiverse.multiverse_effects.choice_effects` returns it.
    metric : str

    Returns
    -------
    Figure
    """
    labels = effects["choice"] + ": " + effects["option"].map(str)
    names, options = list(effects["choice"].unique()), list(labels.unique())
    figure, (above, below) = plt.subplots(
        2, 1, figsize=(WIDTH, 2.4 + 0.36 * (len(names) + len(options))), height_ratios=(len(names), len(options)),
        layout="constrained",
    )  # fmt: skip
    sizes = choice_sizes(effects)
    datasets = list(effects.groupby(["dataset", "feature_set"], sort=False))
    for place, ((dataset, feature_set), rows) in enumerate(datasets):
        colour, marker = DATASET_STYLES[place % len(DATASET_STYLES)]
        shift = 0.2 * (place - (len(datasets) - 1) / 2)
        style = {"color": colour, "marker": marker, "linestyle": "none", "markersize": 5}
        own = sizes[sizes["dataset"] == dataset]
        header = dataset_header(str(dataset), str(feature_set))
        above.plot(own["size"], own["choice"].map(names.index) + shift, label=header, **style)
        spread = [rows["change"] - rows["lower"], rows["upper"] - rows["change"]]
        y = labels[rows.index].map(options.index) + shift
        below.errorbar(rows["change"], y, xerr=spread, elinewidth=1.2, **style)
    below.axvline(0, color="black", linewidth=0.8)
    above.set_xlim(left=0)
    title = title_of(metric).partition(" (")[0]
    above.set_xlabel(f"mean size of the change\n{title}")
    below.set_xlabel(f"change against the default\n{title}")
    for axis, ticks in ((above, names), (below, options)):
        axis.set_yticks(range(len(ticks)), ticks)
        axis.set_ylim(len(ticks) - 0.5, -0.5)
        _tidy(axis)
        axis.grid(axis="y", color="#dddddd", linewidth=0.6)
    figure.legend(loc="outside upper center", ncols=2, frameon=False, fontsize=9)
    return figure


def plot_learned(learned: pd.DataFrame, specs: pd.DataFrame) -> Figure:
    """Draw the outcome of every specification over the distance of its predictions from equal degrees.

    Parameters
    ----------
    learned : DataFrame
        As `companion.multiverse.multiverse_answers.what_was_learned` returns it.
    specs : DataFrame
        As `companion.multiverse.multiverse.specifications` returns it, for the same metric.

    Returns
    -------
    Figure
    """
    metric = specs["metric"].iloc[0]
    datasets = list(learned.groupby(["dataset", "feature_set"], sort=False))
    figure, axes = plt.subplots(
        len(datasets), 1, figsize=(WIDTH, 3.4 * len(datasets)), squeeze=False, layout="constrained"
    )
    for axis, ((dataset, feature_set), rows) in zip(axes[:, 0], datasets, strict=True):
        for (source, kept), part in rows.groupby(["valid_from", "epoch_kept"], sort=False):
            colour, marker = SOURCES[str(source)]
            fill = colour if kept == "best" else "none"
            axis.scatter(
                part["from_uniform"], part[metric], s=16, marker=marker, facecolors=fill, edgecolors=colour,
                linewidths=0.8, label=f"{source} rows, {kept} epoch",
            )  # fmt: skip
        first = on_default_split(specs[specs["dataset"] == dataset]).iloc[0]
        _draw_levels(axis, first)
        axis.set_xlim(left=0)
        if rows[metric].max() > MAX_RATIO * rows[metric].min():
            _logarithmic(axis)
        axis.set_title(dataset_header(str(dataset), str(feature_set)), fontsize=11)
        axis.set_ylabel(title_of(metric).replace(" (", "\n("))
        _tidy(axis)
    axes[-1, 0].set_xlabel("distance of predictions from equal degrees (Chebyshev)")
    figure.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside lower center", ncols=2, frameon=False,
                  fontsize=9)  # fmt: skip
    return figure


def _draw_curve(panel: SubFigure, rows: pd.DataFrame) -> None:
    above, below = panel.subplots(2, 1, sharex=True, height_ratios=(1, 1.7))
    _draw_outcomes(above, rows)
    _draw_choices(below, rows)
    for flag, (colour, _, _) in FLAGS.items():
        for x in np.flatnonzero(_flagged(rows, flag)):
            below.axvline(x, color=colour, linewidth=1.2, alpha=0.6, zorder=0)
    header = dataset_header(rows["dataset"].iloc[0], rows["feature_set"].iloc[0])
    panel.suptitle(f"{header}: {len(rows)} specifications", fontsize=11)
    panel.legend(*above.get_legend_handles_labels(), loc="outside lower center", ncols=2, frameon=False, fontsize=9)


def _draw_outcomes(axis: Axes, rows: pd.DataFrame) -> None:
    x = np.arange(len(rows))
    first = on_default_split(rows).iloc[0]
    wide = rows["mean"].max() > MAX_RATIO * rows["mean"].min()
    floor = rows["mean"].min() / 2 if wide else -np.inf  # a logarithmic axis cuts an interval that reaches below zero
    lower = rows["lower"].clip(lower=floor)
    axis.vlines(x, lower, rows["upper"], color="#bbbbbb", linewidth=1.2, label="95 % interval of the mean")
    axis.plot(x, rows["mean"], ".", color="black", markersize=3, label="specification")
    for flag, (colour, marker, filled) in FLAGS.items():
        there = _flagged(rows, flag)
        if there.any():
            label = ", ".join(filter(None, flag))
            axis.plot(
                x[there], rows["mean"][there], marker, color=colour if filled else "white", markersize=8,
                markeredgecolor="black" if filled else colour, label=label,
            )  # fmt: skip
    _draw_levels(axis, first)
    if wide:
        _logarithmic(axis)
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
            axis.plot(x, np.full(len(x), len(ticks)), "|", color="black", markersize=7, markeredgewidth=0.4)
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


def _draw_levels(axis: Axes, first: pd.Series) -> None:
    """What is published, and what RDA and equal degrees score."""
    if not pd.isna(first["published"]):
        note = "" if first["feature_set"] == COMPARABLE else " (on other features)"
        axis.axhline(first["published"], color=BLUE, linewidth=1.4, label=f"published{note}")
        if not pd.isna(first["published_std"]):
            low, high = first["published"] - first["published_std"], first["published"] + first["published_std"]
            axis.axhspan(low, high, color=BLUE, alpha=0.15, linewidth=0, label="± its standard deviation")
    axis.axhline(first["rda_default"], color="black", linestyle=":", linewidth=1.4, label="RDA (ours)")
    axis.axhline(first["uniform"], color="#555555", linestyle="--", linewidth=1.4, label="equal degrees")


def _logarithmic(axis: Axes) -> None:
    axis.set_yscale("log")
    axis.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axis.yaxis.set_major_formatter("{x:g}")
    axis.yaxis.set_minor_locator(NullLocator())


def _flagged(rows: pd.DataFrame, flag: tuple[str, str]) -> NDArray[np.bool_]:
    name, source = flag
    if not source:
        return np.asarray(rows["closest"])
    return np.asarray((rows["printed"] == name) & (rows["valid_from"] == source))


def _tidy(axis: Axes) -> None:
    axis.set_axisbelow(True)
    axis.spines[["top", "right"]].set_visible(False)
