"""Pictures of ranks and of posterior probabilities."""

from __future__ import annotations

from collections.abc import Mapping

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from companion.show.figure import INK, show_figure, style
from companion.show.look import BLUE, LOOKS, ORANGE
from companion.show.provenance import Provenance
from companion.show.shown import Shown
from ildl.compare.bayes import PROBABILITIES, ROPE
from ildl.compare.ranking import critical_difference

OUTCOMES = dict(zip(PROBABILITIES, (("better", BLUE, ""), ("equivalent", "#bbbbbb", ""), ("worse", ORANGE, "//")),
                    strict=True))  # fmt: skip
"""Probability -> its name, colour and hatching."""
ALL = "all together"


def panels_of(posterior: pd.DataFrame, signed: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Rows of each data set, seeds averaged, and those over all of them."""
    rows = posterior[posterior["seed"] == "mean"]
    return {str(dataset): part for dataset, part in rows.groupby("dataset", sort=False)} | {ALL: signed}


def plot_probabilities(posterior: pd.DataFrame, signed: pd.DataFrame, name: str, origin: Provenance) -> Shown:
    """Draw the three probabilities as stacked bars: a panel a data set and one for all, a row a reading."""
    panels, labels = panels_of(posterior, signed), list(dict.fromkeys(posterior["label"]))
    with style():
        figure, axes = plt.subplots(len(panels), 1, figsize=(7.6, 0.7 + 0.95 * len(panels)), sharex=True, squeeze=False)
        for axis, (title, rows) in zip(axes[:, 0], panels.items(), strict=True):
            values = rows[rows["rope"] == ROPE].set_index("label").loc[labels, PROBABILITIES].to_numpy()
            left = np.zeros(len(labels))
            for column, (_, colour, hatch) in zip(values.T, OUTCOMES.values(), strict=True):
                axis.barh(labels, column, left=left, color=colour, hatch=hatch, edgecolor="white", linewidth=0.5)
                left = left + column
            axis.set_title(title.replace("_", " "), fontsize=10)
            axis.set_xlim(0, 1)
            axis.invert_yaxis()
            axis.tick_params(axis="y", length=0)
        axes[-1, 0].set_xlabel("probability")
        figure.legend(handles=_patches(), loc="outside upper right", ncols=3)
        data = pd.concat([posterior, signed.assign(dataset=ALL, seed="mean")], ignore_index=True)
        label = "Probability that DILDL is better than RDA, as good, or worse, by reading and data set."
        return show_figure(figure, name, label, data[data["rope"] == ROPE], origin)


def plot_ropes(posterior: pd.DataFrame, signed: pd.DataFrame, name: str, origin: Provenance) -> Shown:
    """Draw the three probabilities over the half width of the region of practical equivalence."""
    panels, labels = panels_of(posterior, signed), list(dict.fromkeys(posterior["label"]))
    with style():
        figure, axes = plt.subplots(
            len(labels), len(panels), figsize=(7.8, 0.9 + 1.25 * len(labels)), sharex=True, sharey=True, squeeze=False
        )
        for axis, title in zip(axes[0], panels, strict=True):
            axis.set_title(title.replace("_", " "), fontsize=10)
        for line, label in zip(axes, labels, strict=True):
            for axis, rows in zip(line, panels.values(), strict=True):
                curve = rows[rows["label"] == label].sort_values("rope")
                areas = axis.stackplot(100 * curve["rope"], curve[PROBABILITIES].to_numpy().T)
                for area, (_, colour, hatch) in zip(areas, OUTCOMES.values(), strict=True):
                    area.set(facecolor=colour, hatch=hatch, edgecolor="white", linewidth=0.5)
                axis.axvline(100 * ROPE, color=INK, linestyle=":", linewidth=1.4)
                axis.margins(0)
            line[0].set_ylabel(label.replace(", ", ",\n"))
        figure.supxlabel("half width of the region, % of RDA’s mean", fontsize=10)
        figure.legend(handles=_patches(), loc="outside upper right", ncols=3)
        data = pd.concat([posterior, signed.assign(dataset=ALL, seed="mean")], ignore_index=True)
        label = "The same probabilities for other widths of the region that counts as equivalent."
        return show_figure(figure, name, label, data, origin)


def plot_ranks(panels: Mapping[str, pd.DataFrame], name: str, data: pd.DataFrame, origin: Provenance | None) -> Shown:
    """Draw average ranks with half a critical difference to either side: a panel a ranking, methods best first."""
    order = next(iter(panels.values())).mean().sort_values(kind="stable").index
    heights = {str(label): float(position) for position, label in enumerate(order)}
    with style():
        figure, axes = plt.subplots(
            1, len(panels), figsize=(7.8, 0.9 + 0.25 * len(order)), sharex=True, sharey=True, squeeze=False
        )
        for axis, (title, ranked) in zip(axes[0], panels.items(), strict=True):
            n, k = ranked.shape
            half = critical_difference(k, n) / 2
            for label, rank in ranked.mean().items():
                look = LOOKS[method_of(str(label))]
                y = heights[str(label)]
                axis.plot([rank - half, rank + half], [y, y], color=look.colour, linewidth=3, alpha=0.35)
                axis.plot([rank], [y], look.marker, color=look.colour, markersize=7)
            axis.set_title(f"{title} ({n} blocks)", fontsize=10)
            axis.set_xlim(1 - k / 8, k * 9 / 8)
            axis.grid(axis="y", alpha=0.15)
            axis.tick_params(axis="y", length=0)
        axes[0, 0].set_yticks(list(heights.values()), list(heights))
        axes[0, 0].set_ylim(len(order) - 0.4, -0.6)
        figure.supxlabel("average rank, 1 is the best", fontsize=10)
        bar = Line2D([], [], color=INK, linewidth=3, alpha=0.35, label="± half the critical difference")
        figure.legend(handles=[bar], loc="outside upper right")
        label = f"Average ranks of {len(order)} rows with their critical differences."
        return show_figure(figure, name, label, data, origin)


def method_of(label: str) -> str:
    """The method that a name of a row belongs to."""
    words = {"Equal degrees": "Uniform", "Mean of the training rows": "Train-mean"}
    return words.get(label, label.partition(",")[0])


def _patches() -> list[Patch]:
    return [
        Patch(facecolor=colour, hatch=hatch, edgecolor="white", label=name) for name, colour, hatch in OUTCOMES.values()
    ]
