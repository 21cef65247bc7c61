"""The paper's Fig. 3 as one picture: the distance over each weight, a row a data set."""

from __future__ import annotations

from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, MaxNLocator, NullLocator

from companion.base.names import NO_DECOUPLED_LOSS
from companion.sensitivity.frames import KEYS, PAPER, SYMBOLS, equal_degrees, sensitivity_curves
from companion.show.figure import INK, add_legend, show_figure, style
from companion.show.figure import PAPER as GROUND
from companion.show.look import LOOKS, METRICS, called
from companion.show.provenance import provenance_note
from companion.show.shown import Shown
from ildl.compare.statistics import COMPARABLE

IN_PRINT = dict.fromkeys(("alpha", "beta", "gamma"), ("Emotion6", "Flickr_LDL"))
"""Weight -> data sets whose curves the paper draws; of others, all."""
COLOUR = LOOKS["DILDL"].colour
DRAWN: dict[str, dict[str, Any]] = {
    "default": {"color": COLOUR, "marker": "o", "alpha": 1.0, "linestyle": "-", "markerfacecolor": COLOUR},
    NO_DECOUPLED_LOSS: {"color": COLOUR, "marker": "o", "alpha": 0.6, "linestyle": "--", "markerfacecolor": GROUND},
}
"""Reading -> how its curve looks."""
IN_PAPER: dict[str, Any] = {"color": INK, "linestyle": ":", "linewidth": 1.2}
UNIFORM: dict[str, Any] = {"color": INK, "linestyle": "--", "linewidth": 0.8}


def plot_sensitivity(results: pd.DataFrame, comparison: pd.DataFrame, metric: str, name: str) -> Shown:
    """Draw a row a data set and a column a weight, with bands; panels of a row share the scale of the distance."""
    curves, levels = sensitivity_curves(results, metric), equal_degrees(comparison, metric)
    datasets = curves[["dataset", "feature_set"]].drop_duplicates().to_numpy()
    n, size = len(datasets), (7.8, 0.6 + 1.22 * len(datasets))
    with style():
        figure, axes = plt.subplots(n, len(PAPER), figsize=size, sharex="col", sharey="row", squeeze=False)
        for line, (dataset, feature_set) in zip(axes, datasets, strict=True):
            for axis, parameter in zip(line, PAPER, strict=True):
                rows = curves[(curves["dataset"] == dataset) & (curves["parameter"] == parameter)]
                _draw(axis, rows, parameter, levels.get(dataset, np.nan))
                if dataset in IN_PRINT.get(parameter, (dataset,)):
                    corner = {"xycoords": "axes fraction", "ha": "right", "va": "bottom", "fontsize": 8}
                    axis.annotate("in print", (0.98, 1.0), **corner)
            line[0].set_title(dataset.replace("_", " "), style="normal" if feature_set == COMPARABLE else "italic")
        for axis, symbol in zip(axes[-1], SYMBOLS.values(), strict=True):
            axis.set_xlabel(symbol, labelpad=1, fontsize=11)
        figure.supylabel(f"{METRICS[metric]}, low is good", fontsize=10)
        looks = {called("DILDL", name): {"markersize": 4, **look} for name, look in DRAWN.items()}
        looks |= {"the paper’s value": IN_PAPER, called("Uniform").lower(): UNIFORM}
        add_legend(figure, looks, ncols=4, fontsize=9, columnspacing=1.2)
        data = results.loc[results["metric"] == metric, [*KEYS, "metric", "fold", "seed", "value"]]
        data = data.assign(equal_degrees=data["dataset"].map(levels))
        label = f"{METRICS[metric]} over each weight of DILDL’s objective, on {n} data sets."
        return show_figure(figure, name, label, data, provenance_note(results, comparison))


def _draw(axis: Axes, rows: pd.DataFrame, parameter: str, level: float) -> None:
    axis.axvline(PAPER[parameter], **IN_PAPER)
    axis.axhline(level, **UNIFORM)
    for reading, curve in rows.groupby("reading", sort=False):
        look, x = DRAWN[str(reading)], curve["setting"]
        axis.fill_between(x, curve["lower"], curve["upper"], color=COLOUR, alpha=0.16 * look["alpha"], linewidth=0)
        axis.plot(x, curve["mean"], markersize=3.5, linewidth=1.3, label=str(reading), **look)
    if parameter != "alpha":
        axis.set_xscale("log")
    axis.xaxis.set_major_locator(FixedLocator([0.1, 0.3, 0.6, 0.9] if parameter == "alpha" else [0.01, 0.1, 1.0]))
    axis.xaxis.set_minor_locator(NullLocator())
    axis.xaxis.set_major_formatter("{x:g}")
    axis.yaxis.set_major_locator(MaxNLocator(4))
    axis.grid(axis="y", alpha=0.15)
