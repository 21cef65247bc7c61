"""Figures of posterior probabilities; told apart by lightness and hatching, too."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from companion.beyond.bayes import PROBABILITIES
from companion.beyond.beyond_sentences import percent
from companion.show.colours import BLUE, ORANGE

OUTCOMES = dict(
    zip(PROBABILITIES, (("better", BLUE, ""), ("equivalent", "#dddddd", ""), ("worse", ORANGE, "//")), strict=True)
)


def plot_probabilities(table: pd.DataFrame, over_datasets: pd.DataFrame, rope: float) -> Figure:
    """Draw the three probabilities as stacked bars, a panel a data set and one for all, a row a reading.

    Parameters
    ----------
    table : DataFrame
        As `companion.beyond.bayes.bayes_table` returns it.
    over_datasets : DataFrame
        As `companion.beyond.bayes.signed_rank_table` returns it.
    rope : float
        One of the half widths in both.

    Returns
    -------
    Figure
    """
    panels = _panels(table, over_datasets)
    labels = list(dict.fromkeys(table["label"]))
    with plt.rc_context({"font.size": 11}):
        figure, axes = plt.subplots(
            len(panels), 1, figsize=(8, 1.1 + (0.55 + 0.36 * len(labels)) * len(panels)), sharex=True, squeeze=False,
            layout="constrained",
        )  # fmt: skip
        for axis, (title, rows) in zip(axes[:, 0], panels.items(), strict=True):
            values = rows[rows["rope"] == rope].set_index("label").loc[labels, PROBABILITIES].to_numpy()
            left = np.zeros(len(labels))
            for column, (name, colour, hatch) in zip(values.T, OUTCOMES.values(), strict=True):
                axis.barh(labels, column, left=left, color=colour, hatch=hatch, edgecolor="white", label=name)
                for y, (start, width) in enumerate(zip(left, column, strict=True)):
                    if width > 0.07:
                        box = {"facecolor": "white", "edgecolor": "none", "pad": 1, "alpha": 0.85}
                        axis.text(start + width / 2, y, percent(width), ha="center", va="center", fontsize=10, bbox=box)
                left = left + column
            axis.set_title(title, loc="left")
            axis.set_xlim(0, 1)
            axis.invert_yaxis()
            axis.spines[["top", "right"]].set_visible(False)
        rival = table["against"].iloc[0]
        axes[-1, 0].set_xlabel(f"probability, given the folds (rope ± {rope:.1%} of {rival}'s mean)")
        figure.legend(
            *axes[0, 0].get_legend_handles_labels(), loc="outside upper center", ncols=3, frameon=False,
            title=f"against {rival}",
        )  # fmt: skip
    return figure


def plot_ropes(table: pd.DataFrame, over_datasets: pd.DataFrame, rope: float) -> Figure:
    """Draw the three probabilities over the half width of the region of practical equivalence.

    Parameters
    ----------
    table, over_datasets
        As for `plot_probabilities`, with several half widths.
    rope : float
        The one that is marked.

    Returns
    -------
    Figure
    """
    panels = _panels(table, over_datasets)
    labels = list(dict.fromkeys(table["label"]))
    with plt.rc_context({"font.size": 11}):
        figure, axes = plt.subplots(
            len(labels), len(panels), figsize=(9, 1.2 + 1.7 * len(labels)), sharex=True, sharey=True, squeeze=False,
            layout="constrained",
        )  # fmt: skip
        for axis, title in zip(axes[0], panels, strict=True):
            axis.set_title(title.replace(" (", "\n("), fontsize=11)
        for line, label in zip(axes, labels, strict=True):
            for axis, rows in zip(line, panels.values(), strict=True):
                curve = rows[rows["label"] == label].sort_values("rope")
                names = [name for name, _, _ in OUTCOMES.values()]
                areas = axis.stackplot(100 * curve["rope"], curve[PROBABILITIES].to_numpy().T, labels=names)
                for area, (_, colour, hatch) in zip(areas, OUTCOMES.values(), strict=True):
                    area.set(facecolor=colour, hatch=hatch, edgecolor="white")
                axis.axvline(100 * rope, color="black", linestyle=":", linewidth=1.4)
                axis.margins(0)
            line[0].set_ylabel(label.replace(" [", "\n["))
        figure.supxlabel("half width of the rope, % of the rival's mean (dotted: the one that is used)", fontsize=11)
        figure.supylabel("probability", fontsize=11)
        handles, names = axes[0, 0].get_legend_handles_labels()
        title = f"against {table['against'].iloc[0]}"
        figure.legend(handles, names, loc="outside upper center", ncols=3, frameon=False, title=title)
    return figure


def _panels(table: pd.DataFrame, over_datasets: pd.DataFrame) -> dict[str, pd.DataFrame]:
    rows = table[table["seed"] == "mean"]
    panels = {str(dataset): part for dataset, part in rows.groupby("dataset", sort=False)}
    return panels | {f"all {over_datasets['n_datasets'].iloc[0]} (signed ranks)": over_datasets}
