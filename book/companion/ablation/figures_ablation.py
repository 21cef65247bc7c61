"""What each component of DILDL changes, as a picture."""

from __future__ import annotations

from collections.abc import Mapping

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from companion.base.comparison import METRIC_TITLES, dataset_header
from companion.show.colours import BLUE, GREEN, GREY, ORANGE, VERMILION
from companion.show.styled import signed
from companion.tables.ablation import CONTRASTS, published_effects
from ildl.compare.frames import rows_of
from ildl.compare.statistics import COMPARABLE, HIGHER_IS_BETTER

STYLE = ((BLUE, "o"), (VERMILION, "s"), (GREEN, "^"), (ORANGE, "v"))
"""Colour and marker of each criterion."""
SPAN = 0.7
"""Share of a row's height over which its markers are spread."""
FAR = 2.5
"""Effects that reach so many times as far as all nearer ones are named at the axis's end, not drawn to scale."""
ROOM = 1.12
"""Width of an axis as a multiple of what it must hold."""


def plot_components(tests: pd.DataFrame, metric: str, published: pd.DataFrame | None = None) -> Figure:
    """Draw what each component changes, with 95 % intervals: a panel a data set, a row an effect, a marker a criterion.

    Effects far beyond all others would leave no room for these: they are an arrow at the axis's end with their number.

    Parameters
    ----------
    tests : DataFrame
        As `companion.tables.ablation.ablation_tests` returns it. Effects that a criterion cannot have are left out.
    metric : str
    published : DataFrame, optional
        As `companion.base.published.load_ablations` returns it: a diamond for the published difference, where the
        features are the benchmark's.

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
            here, printed = rows[rows["dataset"] == dataset], None
            if published is not None and feature_set == COMPARABLE:
                printed = _published_cells(published, dataset, metric)
            limit = _axis_limit(here, printed)
            for position, (criterion, (colour, marker)) in enumerate(zip(criteria, STYLE, strict=False)):
                shift = SPAN * ((position + 0.5) / len(criteria) - 0.5)
                cells = here[here["criterion"] == criterion]
                beyond = _reach(cells) > limit
                _name_beyond(axis, cells[beyond], heights, shift, limit, colour)
                cells = cells[~beyond]
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
            if printed is not None and len(printed):
                at = printed["contrast"].map(heights)
                axis.plot(
                    printed["difference"], at, "D", color="black", markerfacecolor="white", markersize=7,
                    label="published",
                )  # fmt: skip
            if np.isfinite(limit):
                axis.set_xlim(-limit, limit)
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


def _published_cells(published: pd.DataFrame, dataset: str, metric: str) -> pd.DataFrame:
    effects = published_effects(published)
    return effects[(effects["dataset"] == dataset) & (effects["metric"] == metric) & effects["difference"].notna()]


def _reach(cells: pd.DataFrame) -> pd.Series:
    """How far from zero each effect's interval goes."""
    return cells[["lower", "upper"]].abs().max(axis=1)


def _axis_limit(cells: pd.DataFrame, printed: pd.DataFrame | None) -> float:
    """Where a panel's axis ends; infinite where no effect is far beyond the others, and the axis may hold all."""
    parts = [_reach(cells)] if printed is None else [_reach(cells), printed["difference"].abs()]
    reach = np.sort(np.concatenate(parts))
    far = np.flatnonzero((reach[1:] > FAR * reach[:-1]) & (np.arange(1, len(reach)) > len(reach) / 2))
    return float(ROOM * reach[far[0]]) if len(far) else np.inf


def _name_beyond(
    axis: Axes, cells: pd.DataFrame, heights: Mapping[str, float], shift: float, limit: float, colour: str
) -> None:
    """Put an arrow at the end of the axis, and beside it the change and half of its interval."""
    for row in cells.to_dict("records"):
        side = 1 if row["difference"] > 0 else -1
        height = heights[row["contrast"]] + shift
        axis.plot(0.985 * side * limit, height, ">" if side > 0 else "<", color=colour, markersize=9, clip_on=False)
        axis.annotate(
            f"{signed(row['difference'])} ± {(row['upper'] - row['lower']) / 2:.4f}",
            (0.985 * side * limit, height), (-8 * side, 0), textcoords="offset points", fontsize=9.5, va="center",
            ha="right" if side > 0 else "left",
        )  # fmt: skip
