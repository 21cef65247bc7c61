"""The paper's Fig. 3 as one picture: the distance over each weight, a row a data set."""

from __future__ import annotations

from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, MaxNLocator, NullLocator

from companion.base.names import NO_DECOUPLED_LOSS
from companion.sensitivity.frames import KEYS, PAPER, SYMBOLS, sensitivity_curves
from companion.show.figure import INK, show_figure, style
from companion.show.figure import PAPER as GROUND
from companion.show.look import LOOKS, METRICS, called
from companion.show.provenance import provenance_note
from companion.show.shown import Shown
from ildl.compare.statistics import COMPARABLE

IN_PRINT = dict.fromkeys(("alpha", "beta", "gamma"), ("Emotion6", "Flickr_LDL"))
"""Weight -> data sets whose curves the paper draws; of others, all."""
DRAWN: dict[str, tuple[float, Any, bool]] = {"default": (1.0, "-", True), NO_DECOUPLED_LOSS: (0.6, "--", False)}
"""Reading -> opacity, line, and whether its markers are filled."""
TICKS = {"alpha": [0.1, 0.3, 0.6, 0.9]}


def plot_sensitivity(results: pd.DataFrame, comparison: pd.DataFrame, metric: str, name: str) -> Shown:
    """Draw a row a data set and a column a weight, with bands; panels of a row share the scale of the distance."""
    curves = sensitivity_curves(results, metric)
    datasets = curves[["dataset", "feature_set"]].drop_duplicates().to_numpy()
    uniform = comparison[(comparison["method"] == "Uniform") & (comparison["metric"] == metric)]
    levels = uniform.groupby("dataset")["value"].mean()
    with style():
        figure, axes = plt.subplots(
            len(datasets),
            len(PAPER),
            figsize=(7.8, 0.6 + 1.22 * len(datasets)),
            sharex="col",
            sharey="row",
            squeeze=False,
        )
        for line, (dataset, feature_set) in zip(axes, datasets, strict=True):
            for axis, parameter in zip(line, PAPER, strict=True):
                rows = curves[(curves["dataset"] == dataset) & (curves["parameter"] == parameter)]
                _draw(axis, rows, parameter, levels.get(dataset, np.nan))
                if dataset in IN_PRINT.get(parameter, (dataset,)):
                    axis.annotate(
                        "in print", (0.98, 1.0), xycoords="axes fraction", ha="right", va="bottom", fontsize=8
                    )
            slant = "normal" if feature_set == COMPARABLE else "italic"
            line[0].set_title(dataset.replace("_", " "), style=slant)
        for axis, parameter in zip(axes[-1], PAPER, strict=True):
            axis.set_xlabel(SYMBOLS[parameter], labelpad=1, fontsize=11)
        figure.supylabel(f"{METRICS[metric]}, low is good", fontsize=10)
        colour = LOOKS["DILDL"].colour
        entries = [
            Line2D([], [], color=colour, alpha=opacity, linestyle=line, marker="o", markersize=4,
                   markerfacecolor=colour if filled else GROUND, label=called("DILDL", reading))
            for reading, (opacity, line, filled) in DRAWN.items()
        ]  # fmt: skip
        entries += [
            Line2D([], [], color=INK, linestyle=":", linewidth=1.2, label="the paper’s value"),
            Line2D([], [], color=INK, linestyle="--", linewidth=0.8, label=called("Uniform").lower()),
        ]
        figure.legend(handles=entries, loc="outside upper center", ncols=4, fontsize=9, columnspacing=1.2)
        columns = [*KEYS, "metric", "fold", "seed", "value"]
        data = results.loc[results["metric"] == metric, columns]
        data = data.assign(equal_degrees=data["dataset"].map(levels))
        label = f"{METRICS[metric]} over each weight of DILDL’s objective, on {len(datasets)} data sets."
        return show_figure(figure, name, label, data, provenance_note(results, comparison))


def _draw(axis: Axes, rows: pd.DataFrame, parameter: str, level: float) -> None:
    colour = LOOKS["DILDL"].colour
    axis.axvline(PAPER[parameter], color=INK, linestyle=":", linewidth=1.2)
    axis.axhline(level, color=INK, linestyle="--", linewidth=0.8)
    for reading, curve in rows.groupby("reading", sort=False):
        opacity, line, filled = DRAWN[str(reading)]
        axis.fill_between(
            curve["setting"], curve["lower"], curve["upper"], color=colour, alpha=0.16 * opacity, linewidth=0
        )
        axis.plot(
            curve["setting"], curve["mean"], line, marker="o", markersize=3.5, color=colour, alpha=opacity,
            markerfacecolor=colour if filled else GROUND, linewidth=1.3, label=str(reading),
        )  # fmt: skip
    if parameter != "alpha":
        axis.set_xscale("log")
    axis.xaxis.set_major_locator(FixedLocator(TICKS.get(parameter, [0.01, 0.1, 1.0])))
    axis.xaxis.set_minor_locator(NullLocator())
    axis.xaxis.set_major_formatter("{x:g}")
    axis.yaxis.set_major_locator(MaxNLocator(4))
    axis.grid(axis="y", alpha=0.15)
