"""What each component of DILDL changes, as a picture."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from ildl.report.ablation import CONTRASTS, published_effects
from ildl.report.comparison import METRIC_TITLES, dataset_header
from ildl.report.figures_data import BLUE, GREEN, GREY, ORANGE, VERMILION
from ildl.report.names import rows_of
from ildl.report.statistics import COMPARABLE, HIGHER_IS_BETTER

STYLE = ((BLUE, "o"), (VERMILION, "s"), (GREEN, "^"), (ORANGE, "v"))
"""Colour and marker of each criterion."""
SPAN = 0.7
"""Share of a row's height over which its markers are spread."""


def plot_components(tests: pd.DataFrame, metric: str, published: pd.DataFrame | None = None) -> Figure:
    """Draw what each component changes, with 95 % intervals: a panel a data set, a row an effect, a marker a criterion.

    Parameters
    ----------
    tests : DataFrame
        As `ildl.report.ablation.ablation_tests` returns it. Effects that a criterion cannot have are left out.
    metric : str
    published : DataFrame, optional
        As `ildl.report.published.load_ablations` returns it: a diamond for the published difference, where the features
        are the benchmark's.

    Returns
    -------
    Figure

    Raises
    ------
    ValueError
        A name that is not known or not there (named, with what is).
    """
    rows = rows_of(tests, "metric", metric)
    rows = rows[~rows["same_cells"]]
    datasets = rows[["dataset", "feature_set"]].drop_duplicates().to_numpy()
    criteria = list(rows["criterion"].unique())
    heights = {name: float(position) for position, name in enumerate(CONTRASTS)}
    title = METRIC_TITLES[metric].partition(" (")[0]
    better = "more" if metric in HIGHER_IS_BETTER else "less"
    with plt.rc_context({"font.size": 11}):
        size = (9, 1.3 + 3.1 * len(datasets))
        figure, axes = plt.subplots(len(datasets), 1, figsize=size, squeeze=False, sharey=True, layout="constrained")
        for axis, (dataset, feature_set) in zip(axes[:, 0], datasets, strict=True):
            axis.axvline(0, color=GREY, linewidth=1.2)
            for position, (criterion, (colour, marker)) in enumerate(zip(criteria, STYLE, strict=False)):
                cells = rows[(rows["dataset"] == dataset) & (rows["criterion"] == criterion)]
                shift = SPAN * ((position + 0.5) / len(criteria) - 0.5)
                axis.errorbar(
                    cells["difference"],
                    cells["contrast"].map(heights) + shift,
                    xerr=(cells["upper"] - cells["lower"]) / 2,
                    fmt=marker,
                    color=colour,
                    markersize=6,
                    linewidth=1.4,
                    label=f"ours, {criterion}",
                )
            if published is not None and feature_set == COMPARABLE:
                _draw_published(axis, published, dataset, metric, heights)
            axis.set_title(dataset_header(dataset, feature_set))
            axis.set_xlabel(f"change of the {title} ({better} is good)")
            axis.set_ylabel("component added")
            axis.set_yticks(list(heights.values()), list(heights))
            axis.grid(axis="y", color="#dddddd", linewidth=0.6)
            axis.spines[["top", "right"]].set_visible(False)
        axes[0, 0].set_ylim(len(heights) - 0.5, -0.5)
        entries = {
            name: handle for axis in axes.flat for handle, name in zip(*axis.get_legend_handles_labels(), strict=True)
        }
        figure.legend(entries.values(), entries.keys(), loc="outside upper center", ncols=3, frameon=False)
    return figure


def _draw_published(
    axis: plt.Axes, published: pd.DataFrame, dataset: str, metric: str, heights: dict[str, float]
) -> None:
    effects = published_effects(published)
    cells = effects[(effects["dataset"] == dataset) & (effects["metric"] == metric) & effects["difference"].notna()]
    if len(cells):
        at = np.array([heights[name] for name in cells["contrast"]])
        axis.plot(cells["difference"], at, "D", color="black", markerfacecolor="white", markersize=7, label="published")
