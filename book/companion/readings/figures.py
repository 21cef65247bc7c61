"""Which choice matters: how far each moves the outcome, and how often it alone decides whether print is met."""

from __future__ import annotations

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.ticker import NullFormatter

from companion.readings.choices import METRICS_SHOWN, TITLES, WITH_HEAD
from companion.readings.effects import choice_effects, choice_sizes
from companion.readings.frames import Readings
from companion.readings.outcomes import specifications
from companion.show.figure import INK, PAPER, show_figure, style
from companion.show.look import METRICS
from companion.show.provenance import provenance_note
from companion.show.shown import Shown
from ildl.compare.statistics import COMPARABLE

MARKERS = (("o", INK), ("D", PAPER), ("^", INK), ("s", PAPER))


def all_effects(readings: Readings) -> pd.DataFrame:
    """`choice_effects` in every metric; for head and tail, the rule for the head labels is one more choice."""
    parts = []
    for metric, specs in readings.specs.items():
        rule = "every" if metric in WITH_HEAD else "tenfold"
        frame = specifications(readings.results, readings.rivals, metric, rule) if rule == "every" else specs
        parts.append(choice_effects(readings.results, frame, rule).assign(metric=metric))
    effects = pd.concat(parts, ignore_index=True)
    return effects[effects["feature_set"] == COMPARABLE]


def sizes_of(effects: pd.DataFrame, metric: str) -> pd.DataFrame:
    """`choice_sizes` in one metric."""
    return choice_sizes(effects[effects["metric"] == metric])


def plot_sizes(effects: pd.DataFrame, readings: Readings, name: str) -> Shown:
    """Draw a line a choice, the one that moves the divergence most on top, and a marker a data set."""
    metric = METRICS_SHOWN[0]
    sizes = sizes_of(effects, metric)
    order = sizes.groupby("choice")["size"].mean().sort_values(ascending=False).index
    heights = {choice: float(i) for i, choice in enumerate(order)}
    with style():
        figure, axes = plt.subplots(1, 2, figsize=(7.6, 0.3 * len(order) + 1.2), sharey=True)
        for (dataset, rows), (marker, fill) in zip(sizes.groupby("dataset", sort=False), MARKERS, strict=False):
            y = rows["choice"].map(heights)
            look = {"color": INK, "markerfacecolor": fill, "markersize": 6, "label": str(dataset).replace("_", " ")}
            axes[0].plot(rows["size"], y, marker, **look)
            axes[1].plot(100 * rows["decides"], y, marker, **look)
        axes[0].set_xscale("log")
        axes[0].xaxis.set_major_formatter("{x:g}")
        axes[0].xaxis.set_minor_formatter(NullFormatter())
        axes[0].set_xlabel(f"mean change of the\n{METRICS[metric]}")
        axes[1].set_xlabel("it alone decides whether\nprint is met, % of pairs")
        axes[0].set_yticks(list(heights.values()), [TITLES[choice] for choice in heights])
        axes[0].set_ylim(len(order) - 0.5, -0.5)
        for axis in axes:
            axis.grid(axis="y", alpha=0.15)
            axis.tick_params(axis="y", length=0)
        figure.legend(*axes[0].get_legend_handles_labels(), loc="outside upper right", ncols=2)
        label = f"How far each open choice moves the {METRICS[metric]}, and how often it alone decides."
        return show_figure(figure, name, label, effects, provenance_note(*readings.frames))
