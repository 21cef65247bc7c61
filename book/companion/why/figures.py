"""The pictures of the page."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, MaxNLocator, NullLocator

from companion.base.names import OF_DILDL
from companion.evidence.constants import TRAIN_MEAN, UNIFORM
from companion.show.figure import INK, PAPER, add_legend, name_rows, show_figure, style
from companion.show.look import BLUE, GREY, LOOKS, METRICS, ORANGE, called
from companion.show.provenance import provenance_note
from companion.show.shown import Shown
from companion.why.against import KL, LEFT_OUT, PUBLISHED, SAMPLED
from companion.why.frames import ORIGIN, PROMOTED, SUPPRESSED, Evidence, comparable, in_order, of_the_tables

NETWORKS = ("OFR-DB", "RDA", "DILDL")
LETTERS = dict(zip(OF_DILDL, "pdr", strict=True))
"""Reading of DILDL -> the letter at its star."""
BESIDE = ((-9, 0), (0, -11), (9, 0))
"""Where the letters of a lane stand, from the lowest ratio to the highest, so that none hides a star."""
LANES = {"": "published", SAMPLED: "ours, sampled rows", LEFT_OUT: "ours, left-out rows"}
"""What chose the epoch -> who a lane of the first picture is of."""
TICKS = (0.2, 0.3, 0.5, 0.8, 1, 1.5, 2, 3, 5, 10, 20)
MARKS: dict[str, Any] = {"markersize": 7, "linestyle": "", "markeredgewidth": 1.3}
ONE: dict[str, Any] = {"color": INK, "linestyle": "--", "linewidth": 1, "zorder": 0}
PARTS = {SUPPRESSED: ORANGE, PROMOTED: BLUE}


def lanes(against: pd.DataFrame) -> pd.DataFrame:
    """What the first picture draws, a row a marker: `against` by KL, with lane (on what, who) and alike, in order."""
    rows = against[(against["constant"] == UNIFORM) & (against["metric"] == KL) & against["method"].isin(NETWORKS)]
    alike = comparable(against[against["side"] != PUBLISHED])["dataset"].unique()
    rows = of_the_tables(rows[rows["chosen_by"].isin(list(LANES))])
    rows = rows[(rows["chosen_by"] != LEFT_OUT) | rows["dataset"].isin(alike)]
    lane = rows["dataset"].str.replace("_", " ") + ": " + rows["chosen_by"].map(LANES)
    rows = rows.assign(lane=lane, alike=rows["dataset"].isin(alike))
    places: dict[str, list[Any]] = {
        "dataset": in_order(against["dataset"].unique()),
        "chosen_by": list(LANES),
        "alike": [True, False],
    }
    return rows.sort_values(
        ["alike", "dataset", "chosen_by"],
        key=lambda c: c.map(places[str(c.name)].index),
        kind="stable",
        ignore_index=True,
    )


def plot_multiples(evidence: Evidence, name: str) -> Shown:
    """Draw results as multiples of what equal degrees score: hollow published, filled ours, like for like on top."""
    rows = lanes(evidence.against)
    panels = {"Like for like": rows[rows["alike"]],
              "Other features or labels alone: ours and published not comparable": rows[~rows["alike"]]}  # fmt: skip
    heights = [max(panel["lane"].nunique(), 1) for panel in panels.values()]
    size = (7.6, 1.2 + 0.27 * sum(heights))
    with style():
        figure, axes = plt.subplots(2, 1, figsize=size, sharex=True, squeeze=False, height_ratios=heights)
        for axis, (title, panel) in zip(axes.flat, panels.items(), strict=True):
            axis.set_title(title)
            _lanes(axis, panel)
        axes[1, 0].set_xlabel("times the divergence of equal degrees (left of 1 is better)")
        looks = {method: {"color": LOOKS[method].colour, "marker": LOOKS[method].marker} for method in NETWORKS}
        looks["hollow: published"] = {"color": INK, "marker": "o", "markerfacecolor": PAPER}
        add_legend(figure, {words: MARKS | look for words, look in looks.items()}, ncols=4, fontsize=10)
        label = f"Published and own {METRICS[KL]} as multiples of that of equal degrees, data set by data set."
        origin = provenance_note(evidence.comparison, evidence.unsampled)
        return show_figure(figure, name, label, rows.drop(columns=["lane", "alike"]), origin)


def _lanes(axis: Axes, rows: pd.DataFrame) -> None:
    names = list(rows["lane"].unique())
    lettered = (rows["method"] == "DILDL") & (rows["side"] != PUBLISHED)
    rows = rows.assign(place=rows[lettered].groupby("lane")["ratio"].rank(method="first"))
    for row in rows.to_dict("records"):
        look, y = LOOKS[row["method"]], names.index(row["lane"]) + 0.22 * (NETWORKS.index(row["method"]) - 1)
        face = PAPER if row["side"] == PUBLISHED else look.colour
        axis.plot([row["ratio"]], [y], look.marker, color=look.colour, markerfacecolor=face, **MARKS)
        if row["place"] > 0:
            words: dict[str, Any] = {"textcoords": "offset points", "ha": "center", "va": "center", "fontsize": 11}
            words |= {"zorder": 1, "bbox": {"facecolor": PAPER, "edgecolor": "none", "pad": 0}}  # above the line alone
            axis.annotate(LETTERS[row["reading"]], (row["ratio"], y), BESIDE[int(row["place"]) - 1], **words)
    axis.axvline(1, **ONE)
    name_rows(axis, names, below=0.5)
    _log(axis, "x")


def plot_sampling(degrees: pd.DataFrame, name: str) -> Shown:
    """Draw the mean degree of every label over all rows (hollow) and over the sampled rows (filled)."""
    datasets = in_order(degrees["dataset"].unique())
    columns = min(3, len(datasets))
    lines = -(-len(datasets) // columns)
    with style():
        figure, axes = plt.subplots(lines, columns, figsize=(7.6, 1.65 * lines + 0.3), squeeze=False, sharex=True)
        for axis, dataset in zip(axes.flat, datasets, strict=False):
            rows = degrees[degrees["dataset"] == dataset]
            for y, row in enumerate(rows.to_dict("records")):
                colour = PARTS.get(row["part"], GREY)
                axis.plot([row["before"], row["after"]], [y, y], color=colour, linewidth=1.6)
                axis.plot([row["before"]], [y], "o", color=colour, markerfacecolor=PAPER, **MARKS)
                axis.plot([row["after"]], [y], "o", color=colour, **MARKS)
            axis.axvline(1 / len(rows), **ONE)
            axis.set_yticks(range(len(rows)), rows["name"], fontsize=8)
            axis.invert_yaxis()
            axis.set_title(dataset.replace("_", " "))
            axis.tick_params(axis="y", length=0)
        figure.supxlabel("mean degree of a label (dashed: equal degrees)", fontsize=10)
        looks = {part: {"color": colour, "marker": "o"} for part, colour in PARTS.items()}
        ink = {"color": INK, "marker": "o"}
        looks |= {"all rows": ink | {"markerfacecolor": PAPER}, "sampled rows": ink}
        add_legend(figure, {words: MARKS | look for words, look in looks.items()}, ncols=4, fontsize=9)
        label = "Mean degree of every label, over all rows and over the rows that the sampling keeps, six data sets."
        return show_figure(figure, name, label, degrees, ORIGIN)


def plot_imbalance(curves: pd.DataFrame, stability: pd.DataFrame, results: pd.DataFrame, name: str) -> Shown:
    """Draw multiples of equal degrees over the threshold of the sampling, a panel a data set."""
    datasets = in_order(curves["dataset"].unique())
    with style():
        figure, axes = plt.subplots(1, max(len(datasets), 1), figsize=(7.6, 2.5), squeeze=False, sharey=True)
        looks: dict[str, dict[str, Any]] = {}
        for axis, dataset in zip(axes.flat, datasets, strict=False):
            rows = curves[curves["dataset"] == dataset]
            for row, line, look in _curves(rows):
                looks[row] = {"markersize": 6, "markeredgewidth": 1, **look}
                axis.plot(line["eta"], line["ratio"], **looks[row])
            axis.axhline(1, **ONE)
            alike = len(comparable(rows)) > 0
            axis.set_title(dataset.replace("_", " ") + ("" if alike else "\n(other features)"), fontsize=10)
            axis.set_xticks([0.5, 0.75, 1, 1.25], ["½", "", "1", "1¼"])
            _log(axis, "y")
        axes[0, 0].set_ylabel("times equal degrees")
        figure.supxlabel("threshold of the sampling, in multiples of the benchmark’s (right: stronger)", fontsize=10)
        add_legend(figure, {words: MARKS | look for words, look in looks.items()}, ncols=3, fontsize=9)
        label = f"{METRICS[KL]} as a multiple of that of equal degrees, over the strength of the sampling."
        data = curves.merge(stability, how="left", on=["dataset", "eta"])
        return show_figure(figure, name, label, data, provenance_note(results))


def _curves(rows: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame, dict[str, Any]]]:
    """Rows that are drawn: name, points, look; DILDL with RDA's loss is dotted, as it has DILDL's colour."""
    for method in (*NETWORKS, TRAIN_MEAN):
        for reading, line in rows[rows["method"] == method].groupby("reading", sort=False):
            dash = "-" if reading == "default" and method != TRAIN_MEAN else ":"
            look = {"color": LOOKS[method].colour, "marker": LOOKS[method].marker, "linestyle": dash}
            yield called(method, str(reading)), line.sort_values("eta"), look


def _log(axis: Axes, side: str) -> None:
    """A logarithmic side with few and plain numbers."""
    getattr(axis, f"set_{side}scale")("log")
    low, high = getattr(axis, f"get_{side}lim")()
    places = [tick for tick in TICKS if low <= tick <= high]
    line = axis.xaxis if side == "x" else axis.yaxis
    line.set_major_locator(FixedLocator(places) if len(places) > 1 else MaxNLocator(4))
    line.set_minor_locator(NullLocator())
    line.set_major_formatter("{x:g}")
