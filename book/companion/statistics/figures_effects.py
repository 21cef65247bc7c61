"""Pictures of effects with their intervals: DILDL against each row, and what the components of DILDL do."""

from __future__ import annotations

from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, NullLocator

from companion.evidence.ablation import CONTRASTS, published_effects
from companion.show.figure import INK, PAPER, show_figure, style
from companion.show.look import BLUE, GREEN, LOOKS, METRICS, ORANGE, SKY, VERMILION
from companion.show.provenance import Provenance
from companion.show.shown import Shown
from companion.statistics.frames import SAMPLED
from ildl.compare.statistics import COMPARABLE

FILLS = ((1.0, True), (1.0, False), (0.5, True))
"""Opacity of each reading, and whether its marker is filled."""
LINEAR = 2.0
"""Effect sizes up to this are drawn to scale, larger ones on a logarithmic scale."""
CRITERIA = {
    "kl": ("printed objective", VERMILION, "o"),
    "logit-adjusted": ("on RDA’s logits", BLUE, "s"),
    "added": ("plus RDA’s loss", GREEN, "^"),
    "rebalanced": ("with RDA’s loss", ORANGE, "v"),
    "rebalanced parts": ("RDA’s loss on each part", SKY, "D"),
    "rebalanced divergences": ("inside RDA’s loss", "#b07aa1", "P"),
}
"""Reading of the loss -> its name, colour and marker."""


def plot_effect_sizes(effects: pd.DataFrame, metric: str, name: str, origin: Provenance) -> Shown:
    """Draw effect sizes with their intervals: a panel a data set, a row a rival, a mark a reading of DILDL."""
    rivals, labels = (list(dict.fromkeys(effects[column])) for column in ("against", "label"))
    datasets = list(dict.fromkeys(effects["dataset"]))
    colour, marker = LOOKS["DILDL"].colour, LOOKS["DILDL"].marker
    with style():
        figure, axes = plt.subplots(1, len(datasets), figsize=(8, 0.9 + 0.36 * len(rivals)), sharey=True, squeeze=False)
        for axis, dataset in zip(axes[0], datasets, strict=True):
            axis.axvline(0, color=INK, linewidth=1)
            for i, (label, (opacity, filled)) in enumerate(zip(labels, FILLS, strict=False)):
                rows = effects[(effects["dataset"] == dataset) & (effects["label"] == label)].dropna(subset="d_z")
                y = rows["against"].map(rivals.index) + (i - (len(labels) - 1) / 2) * 0.26
                reach = np.abs(rows[["d_z_low", "d_z_high"]].to_numpy().T - rows["d_z"].to_numpy())
                axis.errorbar(
                    rows["d_z"], y, xerr=reach, fmt=marker, color=colour, alpha=opacity, markersize=6, linewidth=1,
                    markerfacecolor=colour if filled else PAPER, label=label,
                )  # fmt: skip
            axis.set_xscale("symlog", linthresh=LINEAR)
            axis.xaxis.set_major_locator(FixedLocator([-100, -10, 0, 10, 100]))
            axis.xaxis.set_minor_locator(NullLocator())
            axis.xaxis.set_major_formatter(lambda value, _: f"{value:g}".replace("-", "−"))
            axis.set_title(dataset.replace("_", " "), fontsize=10)
            axis.grid(alpha=0.15)
            axis.tick_params(axis="y", length=0)
        axes[0, 0].set_yticks(range(len(rivals)), rivals)
        axes[0, 0].set_ylim(len(rivals) - 0.5, -0.5)
        figure.supxlabel(f"Cohen’s d of paired folds, {METRICS[metric]}; right of 0, DILDL is better", fontsize=10)
        entries = [
            Line2D([], [], color=colour, alpha=opacity, linestyle="", marker=marker, markersize=7,
                   markerfacecolor=colour if filled else PAPER, label=label)
            for label, (opacity, filled) in zip(labels, FILLS, strict=False)
        ]  # fmt: skip
        figure.legend(handles=entries, loc="outside upper right", ncols=3)
        label = f"Effect sizes of DILDL against every other row, by {METRICS[metric]}."
        return show_figure(figure, name, label, effects, origin)


def plot_components(
    effects: pd.DataFrame, published: pd.DataFrame, metric: str, name: str, origin: Provenance
) -> Shown:
    """Draw what each component changes, with 95 % intervals: a panel a data set, a mark a reading of the loss."""
    rows = effects[(effects["metric"] == metric) & (effects["source"] == SAMPLED) & ~effects["same_cells"]]
    datasets = rows[["dataset", "feature_set"]].drop_duplicates().to_numpy()
    criteria = [name for name in CRITERIA if name in set(rows["criterion"])]
    heights = {name: float(position) for position, name in enumerate(CONTRASTS)}
    printed = published_effects(published)
    printed = printed[(printed["metric"] == metric) & printed["difference"].notna()]
    with style():
        figure, axes = plt.subplots(
            -(-len(datasets) // 2), 2, figsize=(8, 0.8 + 2.9 * -(-len(datasets) // 2)), sharey=True, squeeze=False
        )
        for axis in axes.flat[len(datasets) :]:
            axis.set_visible(False)
        for axis, (dataset, feature_set) in zip(axes.flat, datasets, strict=False):
            _draw(axis, rows[rows["dataset"] == dataset], criteria, heights)
            if feature_set == COMPARABLE:
                here = printed[printed["dataset"] == dataset]
                axis.plot(here["difference"], here["contrast"].map(heights), "D", color=INK, markerfacecolor=PAPER)
            axis.set_title(dataset.replace("_", " "), style="normal" if feature_set == COMPARABLE else "italic")
        axes[0, 0].set_yticks(list(heights.values()), list(heights))
        axes[0, 0].set_ylim(len(heights) - 0.5, -0.5)
        figure.supxlabel(f"change of the {METRICS[metric]}, low is good", fontsize=10)
        entries = [
            Line2D([], [], color=colour, marker=marker, linestyle="", label=words)
            for words, colour, marker in (CRITERIA[criterion] for criterion in criteria)
        ]
        entries.append(Line2D([], [], color=INK, marker="D", markerfacecolor=PAPER, linestyle="", label="published"))
        figure.legend(handles=entries, loc="outside upper center", ncols=4, fontsize=9)
        label = f"Change of the {METRICS[metric]} when a component of DILDL is added."
        return show_figure(figure, name, label, effects[effects["metric"] == metric], origin)


def _draw(axis: Axes, rows: pd.DataFrame, criteria: Sequence[str], heights: dict[str, float]) -> None:
    axis.axvline(0, color=INK, linewidth=1)
    for position, criterion in enumerate(criteria):
        _, colour, marker = CRITERIA[criterion]
        cells = rows[rows["criterion"] == criterion]
        shift = 0.75 * ((position + 0.5) / len(criteria) - 0.5)
        axis.errorbar(
            cells["difference"], cells["contrast"].map(heights) + shift, xerr=(cells["upper"] - cells["lower"]) / 2,
            fmt=marker, color=colour, markersize=4, linewidth=1.2, label=criterion,
        )  # fmt: skip
    # Effects far beyond the others would leave no room for these: to scale up to the typical one, then logarithmic.
    linear = float(f"{max(rows['difference'].abs().median(), 1e-4):.1g}")
    axis.set_xscale("symlog", linthresh=linear)
    axis.xaxis.set_minor_locator(NullLocator())
    limit = max(abs(end) for end in axis.get_xlim())
    ticks = [tick for power in range(-4, 2) for tick in (10.0**power,) if linear < tick < limit]
    axis.xaxis.set_major_locator(FixedLocator([*(-tick for tick in ticks[::-1]), 0.0, *ticks]))
    axis.xaxis.set_major_formatter(lambda value, _: f"{value:g}".replace("-", "−"))
    axis.grid(axis="y", alpha=0.15)
    axis.tick_params(axis="y", length=0)
