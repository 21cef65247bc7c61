"""Figures of results against constants. Colours are those of Okabe and Ito; shapes tell apart what colours do."""

from __future__ import annotations

import math
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from companion.base.comparison import FEATURE_NOTES, METRIC_TITLES
from companion.base.constants import OURS, PUBLISHED, TEST_MEAN, TRAIN_MEAN, UNIFORM
from companion.constants.alignment import uniform_means
from companion.show.colours import BLUE, GREEN, GREY, ORANGE, SKY, VERMILION

BLACK = "#000000"
ENTRANTS = {
    (PUBLISHED, "RDA"): (BLUE, "s"), (PUBLISHED, "DILDL"): (VERMILION, "o"),
    (OURS, "RDA"): (BLUE, "s"), (OURS, "DILDL"): (VERMILION, "o"), (OURS, "DILDL [rebalanced]"): (GREEN, "D"),
}  # fmt: skip
FAMILIES = {
    "SA-BFGS": (BLUE, "o"), "EDL-LRL": (BLUE, "s"), "LDLSF": (BLUE, "^"), "LDL-LCLR": (BLUE, "v"),
    "Adam-LDL-SCL": (BLUE, "P"), "LDL-LDM": (BLUE, "X"),
    "OFR-FL": (ORANGE, "o"), "OFR-CB": (ORANGE, "s"), "OFR-DB": (ORANGE, "^"),
    "RDA": (GREEN, "D"), "DILDL": (VERMILION, "o"), "DILDL [rebalanced]": (VERMILION, "D"),
    "DILDL [printed targets]": (VERMILION, "s"), UNIFORM: (BLACK, "*"), TRAIN_MEAN: (GREY, "p"),
}  # fmt: skip
SHIFTS = (-0.3, -0.15, 0.0, 0.15, 0.3)
NEAR, DISTANCES = 0.003, (0, 0.01, 0.03, 0.1, 0.3, 1)
TICKS = (0.25, 0.5, 0.7, 1, 1.5, 2, 3, 5, 10, 20)


def plot_against_uniform(
    against: pd.DataFrame, constants: pd.DataFrame, metrics: tuple[str, ...] = ("kl_divergence", "chebyshev")
) -> Figure:
    """Draw how many times the uniform distribution's score a method has, a row a data set, a panel a metric.

    Hollow: published; filled: ours. Left of 1 is better than uniform.

    Parameters
    ----------
    against : DataFrame
        As `companion.base.constants.against_constants` returns it.
    constants : DataFrame
        As `companion.evidence.constants.constant_scores` returns it.
    metrics : tuple of str
        Of those for which low is good.

    Returns
    -------
    Figure
        Narrow, to be read on a phone.
    """
    means = constants.groupby(["metric", "method", "dataset"])["value"].mean()
    datasets = list(constants["dataset"].unique())
    features = against[against["side"] == OURS].groupby("dataset")["feature_set"].first()
    heights = pd.Series(np.arange(len(datasets), dtype=float), index=datasets)
    size = (5.2, 1.5 + len(metrics) * (0.9 + 0.52 * len(datasets)))
    figure, axes = plt.subplots(len(metrics), 1, figsize=size, squeeze=False, layout="constrained")
    for axis, metric in zip(axes[:, 0], metrics, strict=True):
        uniform = means[metric][UNIFORM]
        for constant, marker, name in (
            (TRAIN_MEAN, "x", "mean of the training labels"),
            (TEST_MEAN, "|", "mean of the test labels (oracle)"),
        ):
            ratios = (means[metric].get(constant, np.nan) / uniform).dropna()
            style: dict[str, Any] = {"color": GREY, "markersize": 11, "markeredgewidth": 2}
            axis.plot(ratios, heights[ratios.index], marker, label=name, **style)
        rows = against[(against["metric"] == metric) & (against["constant"] == UNIFORM)]
        for shift, ((side, label), (colour, marker)) in zip(SHIFTS, ENTRANTS.items(), strict=True):
            there = rows[(rows["side"] == side) & (rows["label"] == label)]
            face = "white" if side == PUBLISHED else colour
            style = {"color": colour, "markerfacecolor": face, "markersize": 7.5, "markeredgewidth": 1.8}
            axis.plot(there["ratio"], heights[there["dataset"]] + shift, marker, label=f"{label}, {side}", **style)
        axis.axvline(1, color=BLACK, linewidth=1.4, zorder=0)
        axis.set_xscale("log")
        axis.xaxis.set_major_locator(FixedLocator(TICKS))
        axis.xaxis.set_minor_locator(NullLocator())
        axis.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        axis.set_yticks(heights, [_title(name, features.get(name, "benchmark")) for name in datasets], fontsize=11)
        axis.set_ylim(len(datasets) - 0.5, -0.5)
        axis.tick_params(axis="x", labelsize=12)
        axis.set_xlabel("better      times the uniform distribution      worse", fontsize=11)
        axis.set_title(METRIC_TITLES[metric].partition(" (")[0], fontsize=13)
        _frame(axis)
    _legend(figure, list(axes[:, 0]), columns=2, size=10.5)
    return figure


def plot_nearness(shares: pd.DataFrame, labels: pd.DataFrame | None = None, metric: str = "kl_divergence") -> Figure:
    """Draw every method's score against the distance of its predictions from uniform, a panel a data set.

    Parameters
    ----------
    shares : DataFrame
        As `companion.base.constants.share_explained` returns it.
    labels : DataFrame, optional
        As `companion.evidence.constants.label_check` returns it: a line at the mean entropy of the true rows.
    metric : {"kl_divergence", "chebyshev"}

    Returns
    -------
    Figure
    """
    datasets = list(shares["dataset"].unique())
    figure, axes = _panels(len(datasets), height=3.4)
    true = {} if labels is None else labels.set_index("dataset")["entropy"].dropna().to_dict()
    for axis, dataset in zip(axes, datasets, strict=False):
        rows = shares[shares["dataset"] == dataset].set_index("label")
        for label, (colour, marker) in FAMILIES.items():
            if label in rows.index:
                size = 15 if label == UNIFORM else 8
                style: dict[str, Any] = {
                    "color": colour,
                    "markersize": size,
                    "markeredgecolor": "white",
                    "markeredgewidth": 0.5,
                }
                axis.plot(1 - rows.loc[label, "entropy"], rows.loc[label, metric], marker, label=label, **style)
        axis.axhline(rows.loc[UNIFORM, metric], color=BLACK, linewidth=1, linestyle=":", zorder=0)
        if dataset in true:
            axis.axvline(1 - true[dataset], color=SKY, linewidth=1.6, linestyle="--", label="true rows, mean", zorder=0)
        axis.set_yscale("log")
        _plain_log(axis.yaxis, *axis.get_ylim())
        # Linear up to NEAR, so that the uniform distribution, at zero, has a place on the axis.
        axis.set_xscale("symlog", linthresh=NEAR, linscale=0.3)
        axis.xaxis.set_major_locator(FixedLocator(DISTANCES))
        axis.xaxis.set_minor_locator(NullLocator())
        axis.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        axis.set_xlim(1, -0.3 * NEAR)
        axis.set_title(_title(dataset, rows["feature_set"].iloc[0]), fontsize=12)
        axis.set_xlabel("1 - entropy of predictions / ln c", fontsize=11)
        _frame(axis)
    axes[0].set_ylabel(METRIC_TITLES[metric].replace(" (", "\n("), fontsize=11)
    _legend(figure, axes, columns=4, size=10.5)
    return figure


def plot_epochs(effects: pd.DataFrame, results: pd.DataFrame, metric: str = "kl_divergence") -> Figure:
    """Draw every network method with its best and with its last epoch, a panel a data set.

    Parameters
    ----------
    effects : DataFrame
        As `companion.constants.alignment.epoch_effect` returns it.
    results : DataFrame
        The experiment "comparison", for the uniform distribution.
    metric : str

    Returns
    -------
    Figure
    """
    rows = effects[effects["metric"] == metric]
    datasets, labels = list(rows["dataset"].unique()), list(rows["label"].unique())
    heights = pd.Series(np.arange(len(labels), dtype=float), index=labels)
    uniform = uniform_means(results, metric)
    figure, axes = _panels(len(datasets), height=0.34 * len(labels) + 1.2, sharey=True)
    for axis, dataset in zip(axes, datasets, strict=False):
        part = rows[rows["dataset"] == dataset]
        y = heights[part["label"]]
        axis.hlines(y, part["best"], part["last"], color=GREY, linewidth=1.5)
        axis.plot(part["best"], y, "o", color=BLUE, markersize=7, label="lowest validation divergence")
        axis.plot(part["last"], y, "D", color=VERMILION, markersize=7, markerfacecolor="white", label="last epoch")
        if dataset in uniform:
            axis.axvline(uniform[dataset], color=BLACK, linestyle=":", linewidth=1.4, label="uniform distribution")
        axis.set_xscale("log")
        _plain_log(axis.xaxis, *axis.get_xlim())
        axis.set_title(_title(dataset, part["feature_set"].iloc[0]), fontsize=12)
        axis.set_xlabel(METRIC_TITLES[metric].partition(" (")[0], fontsize=11)
        _frame(axis)
    axes[0].set_yticks(heights, labels, fontsize=10.5)
    axes[0].set_ylim(len(labels) - 0.5, -0.5)
    _legend(figure, axes, columns=3, size=10.5)
    return figure


def _panels(number: int, height: float, sharey: bool = False) -> tuple[Figure, list[Axes]]:
    columns = min(3, number)
    lines = math.ceil(number / columns)
    size = (max(3.0 * columns, 5.0), height * lines + 1.0)
    figure, grid = plt.subplots(lines, columns, figsize=size, sharey=sharey, squeeze=False, layout="constrained")
    axes = list(grid.ravel())
    for axis in axes[number:]:
        axis.set_visible(False)
    return figure, axes


def _plain_log(side: Axis, low: float, high: float) -> None:
    """Ticks of a logarithmic axis as plain numbers, few enough not to run into each other."""
    steps = (1, 1.5, 2, 3, 5, 7) if high / low < 8 else (1, 2, 5) if high / low < 100 else (1,)
    places = [step * 10.0**power for power in range(-4, 3) for step in steps]
    side.set_major_locator(FixedLocator([place for place in places if low <= place <= high]))
    side.set_minor_locator(NullLocator())
    side.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))


def _title(dataset: str, feature_set: str) -> str:
    note = FEATURE_NOTES.get(feature_set, feature_set)
    return f"{dataset}\n({note})" if note else dataset


def _frame(axis: Axes) -> None:
    axis.grid(axis="y", color="#dddddd", linewidth=0.6)
    axis.set_axisbelow(True)
    axis.spines[["top", "right"]].set_visible(False)


def _legend(figure: Figure, axes: list[Axes], columns: int, size: float) -> None:
    """One legend for all panels, each name once."""
    entries = {name: handle for axis in axes for handle, name in zip(*axis.get_legend_handles_labels(), strict=True)}
    options: dict[str, Any] = {"ncols": columns, "fontsize": size, "frameon": False}
    figure.legend(list(entries.values()), list(entries), loc="outside lower center", **options)
