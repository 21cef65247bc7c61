"""Pictures of probabilities, ranks, and effects with their intervals."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Patch
from matplotlib.ticker import FixedLocator, NullLocator

from companion.evidence.ablation import CONTRASTS, published_effects
from companion.show.figure import INK, PAPER, add_legend, name_rows, show_figure, style
from companion.show.look import BLUE, GREEN, LOOKS, METRICS, ORANGE, SKY, VERMILION, WORDS
from companion.show.provenance import Provenance
from companion.show.shown import Shown
from companion.statistics.frames import KL, SAMPLED, rounded
from ildl.compare.bayes import PROBABILITIES, ROPE
from ildl.compare.ranking import critical_difference
from ildl.compare.statistics import COMPARABLE

OUTCOMES: dict[str, Any] = {
    "better": {"facecolor": BLUE, "hatch": ""},
    "equivalent": {"facecolor": "#bbbbbb", "hatch": ""},
    "worse": {"facecolor": ORANGE, "hatch": "//"},
}
"""What each of the three probabilities is of -> its colour and hatching."""
CRITERIA = {
    "kl": ("printed objective", VERMILION, "o"),
    "logit-adjusted": ("on RDA’s logits", BLUE, "s"),
    "added": ("plus RDA’s loss", GREEN, "^"),
    "rebalanced": ("with RDA’s loss", ORANGE, "v"),
    "rebalanced parts": ("RDA’s loss on each part", SKY, "D"),
    "rebalanced divergences": ("inside RDA’s loss", "#b07aa1", "P"),
}
"""Reading of the loss -> its name, colour and marker."""
UNLINED: dict[str, Any] = {"linestyle": ""}
OWN = LOOKS["DILDL"]
READINGS: list[dict[str, Any]] = [
    {"marker": OWN.marker, "color": OWN.colour, "markerfacecolor": fill, "alpha": opacity}
    for opacity, fill in ((1.0, OWN.colour), (1.0, PAPER), (0.5, OWN.colour))
]
"""How the readings of DILDL are told apart."""


def plot_probabilities(posterior: pd.DataFrame, name: str, origin: Provenance) -> Shown:
    """Draw the three probabilities as stacked bars: a panel a data set and one for all, a row a reading."""
    data = posterior[posterior["rope"] == ROPE]
    labels, means = posterior["label"].unique(), data[data["seed"] == "mean"]
    panels = {str(dataset): rows for dataset, rows in means.groupby("dataset", sort=False)}
    with style():
        figure, axes = plt.subplots(len(panels), 1, figsize=(7.6, 0.7 + 0.95 * len(panels)), sharex=True, squeeze=False)
        for axis, (title, rows) in zip(axes[:, 0], panels.items(), strict=True):
            values = rows.set_index("label").loc[labels, PROBABILITIES]
            left = values.cumsum(axis=1).shift(axis=1, fill_value=0)
            for column, look in zip(PROBABILITIES, OUTCOMES.values(), strict=True):
                axis.barh(labels, values[column], left=left[column], edgecolor="white", linewidth=0.5, **look)
            axis.set_title(_words(title), fontsize=10)
            axis.set_xlim(0, 1)
            axis.invert_yaxis()
            axis.tick_params(axis="y", length=0)
        axes[-1, 0].set_xlabel("probability")
        _outcomes(figure)
        label = "Probability that DILDL is better than RDA, as good, or worse, by reading and data set."
        return show_figure(figure, name, label, data, origin)


def plot_ropes(posterior: pd.DataFrame, name: str, origin: Provenance) -> Shown:
    """Draw the three probabilities over the half width of the region of practical equivalence."""
    curves = posterior[posterior["seed"] == "mean"].sort_values("rope")
    labels, panels = posterior["label"].unique(), posterior["dataset"].unique()
    size = (7.8, 0.9 + 1.25 * len(labels))
    with style():
        figure, axes = plt.subplots(len(labels), len(panels), figsize=size, sharex=True, sharey=True, squeeze=False)
        for line, label in zip(axes, labels, strict=True):
            for axis, dataset in zip(line, panels, strict=True):
                curve = curves[(curves["label"] == label) & (curves["dataset"] == dataset)]
                areas = axis.stackplot(100 * curve["rope"], curve[PROBABILITIES].to_numpy().T)
                for area, look in zip(areas, OUTCOMES.values(), strict=True):
                    area.set(edgecolor="white", linewidth=0.5, **look)
                axis.axvline(100 * ROPE, color=INK, linestyle=":", linewidth=1.4)
                axis.margins(0)
                if label == labels[0]:
                    axis.set_title(_words(dataset), fontsize=10)
            line[0].set_ylabel(label.replace(", ", ",\n"))
        figure.supxlabel("half width of the region, % of RDA’s mean", fontsize=10)
        _outcomes(figure)
        label = "The same probabilities for other widths of the region that counts as equivalent."
        return show_figure(figure, name, label, rounded(posterior), origin)


def _outcomes(figure: Any) -> None:
    handles = [Patch(edgecolor="white", label=outcome, **look) for outcome, look in OUTCOMES.items()]
    figure.legend(handles=handles, loc="outside upper right", ncols=3)


def _words(dataset: str) -> str:
    return dataset.replace("_", " ")


def plot_ranks(panels: Mapping[str, pd.DataFrame], name: str, data: pd.DataFrame, origin: Provenance | None) -> Shown:
    """Draw average ranks with half a critical difference to either side: a panel a ranking, methods best first."""
    order = next(iter(panels.values())).mean().sort_values(kind="stable").index
    methods = {words: method for method, words in WORDS.items()}
    size = (7.8, 0.9 + 0.25 * len(order))
    with style():
        figure, axes = plt.subplots(1, len(panels), figsize=size, sharex=True, sharey=True, squeeze=False)
        for axis, (title, ranked) in zip(axes[0], panels.items(), strict=True):
            n, k = ranked.shape
            half = critical_difference(k, n) / 2
            for y, label in enumerate(order):
                rank, look = ranked[label].mean(), LOOKS[methods.get(label, label.partition(",")[0])]
                axis.plot([rank - half, rank + half], [y, y], color=look.colour, linewidth=3, alpha=0.35)
                axis.plot([rank], [y], look.marker, color=look.colour, markersize=7)
            axis.set_title(f"{title} ({n} blocks)", fontsize=10)
            axis.set_xlim(1 - k / 8, k * 9 / 8)
            name_rows(axis, list(order))
        figure.supxlabel("average rank, 1 is the best", fontsize=10)
        bar = {"color": INK, "linewidth": 3, "alpha": 0.35}
        add_legend(figure, {"± half the critical difference": bar}, "right")
        label = f"Average ranks of {len(order)} rows with their critical differences."
        return show_figure(figure, name, label, data, origin)


def plot_effect_sizes(effects: pd.DataFrame, name: str, origin: Provenance) -> Shown:
    """Draw effect sizes with their intervals: a panel a data set, a row a rival, a mark a reading of DILDL."""
    heights = {rival: y for y, rival in enumerate(effects["against"].unique())}
    datasets, looks = effects["dataset"].unique(), dict(zip(effects["label"].unique(), READINGS, strict=False))
    rows = effects.dropna(subset="d_z").rename(columns={"d_z": "value", "d_z_low": "low", "d_z_high": "high"})
    rows = rows.assign(y=rows["against"].map(heights), series=rows["label"])
    size = (8, 0.9 + 0.36 * len(heights))
    with style():
        figure, axes = plt.subplots(1, len(datasets), figsize=size, sharey=True, squeeze=False)
        for axis, dataset in zip(axes[0], datasets, strict=True):
            _intervals(axis, rows[rows["dataset"] == dataset], looks, heights, 2.0)  # Beyond, on a logarithmic scale.
            axis.set_title(_words(dataset), fontsize=10)
        figure.supxlabel(f"Cohen’s d of paired folds, {METRICS[KL]}; right of 0, DILDL is better", fontsize=10)
        add_legend(figure, {words: UNLINED | look for words, look in looks.items()}, "right", ncols=3)
        label = f"Effect sizes of DILDL against every other row, by {METRICS[KL]}."
        return show_figure(figure, name, label, rounded(effects), origin)


def plot_components(
    effects: pd.DataFrame, published: pd.DataFrame, metric: str, name: str, origin: Provenance
) -> Shown:
    """Draw what each component changes, with 95 % intervals: a panel a data set, a mark a reading of the loss."""
    data, heights = effects[effects["metric"] == metric], {contrast: y for y, contrast in enumerate(CONTRASTS)}
    rows = data[(data["source"] == SAMPLED) & ~data["same_cells"]]
    rows = rows.rename(columns={"difference": "value", "lower": "low", "upper": "high", "criterion": "series"})
    rows = rows.assign(y=rows["contrast"].map(heights))
    there = {key: look for key, look in CRITERIA.items() if key in set(rows["series"])}
    looks: dict[str, Any] = {key: {"color": colour, "marker": sign} for key, (_, colour, sign) in there.items()}
    print_look: dict[str, Any] = UNLINED | {"marker": "D", "color": INK, "markerfacecolor": PAPER}
    printed = published_effects(published).query("metric == @metric").dropna(subset="difference")
    datasets = rows[["dataset", "feature_set"]].drop_duplicates().to_numpy()
    n = -(-len(datasets) // 2)
    with style():
        figure, axes = plt.subplots(n, 2, figsize=(8, 0.8 + 2.9 * n), sharey=True, squeeze=False)
        for axis in axes.flat[len(datasets) :]:
            axis.set_visible(False)
        for axis, (dataset, feature_set) in zip(axes.flat, datasets, strict=False):
            here, comparable = rows[rows["dataset"] == dataset], feature_set == COMPARABLE
            # Effects far beyond the others would leave no room for these: to scale up to the typical one.
            _intervals(axis, here, looks, heights, float(f"{max(here['value'].abs().median(), 1e-4):.1g}"))
            beside = printed[(printed["dataset"] == dataset) & comparable]
            axis.plot(beside["difference"], beside["contrast"].map(heights), **print_look)
            axis.set_title(_words(dataset), style="normal" if comparable else "italic")
        figure.supxlabel(f"change of the {METRICS[metric]}, low is good", fontsize=10)
        named = {there[key][0]: UNLINED | look for key, look in looks.items()}
        add_legend(figure, named | {"published": print_look}, ncols=4, fontsize=9)
        label = f"Change of the {METRICS[metric]} when a component of DILDL is added."
        return show_figure(figure, name, label, rounded(data), origin)


def _intervals(
    axis: Axes, rows: pd.DataFrame, looks: Mapping[str, dict[str, Any]], heights: Mapping[str, int], linear: float
) -> None:
    """Draw values with intervals at heights y, series side by side; to scale up to `linear`, then logarithmic."""
    axis.axvline(0, color=INK, linewidth=1)
    for i, (series, look) in enumerate(looks.items()):
        cells = rows[rows["series"] == series]
        y = cells["y"] + 0.75 * ((i + 0.5) / len(looks) - 0.5)
        reach = (cells[["low", "high"]].sub(cells["value"], axis=0)).abs().to_numpy().T
        axis.errorbar(cells["value"], y, xerr=reach, linestyle="", markersize=5, elinewidth=1.2, label=series, **look)
    axis.set_xscale("symlog", linthresh=linear)
    ticks = [10.0**power for power in range(-4, 3) if 10.0**power > linear]
    axis.xaxis.set_major_locator(FixedLocator([*np.negative(ticks[::-1]), 0.0, *ticks]))
    axis.xaxis.set_minor_locator(NullLocator())
    axis.xaxis.set_major_formatter(lambda value, _: f"{value:g}".replace("-", "−"))
    name_rows(axis, [*heights], below=0.5, above=0.5)
