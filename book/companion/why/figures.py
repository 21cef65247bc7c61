"""The pictures of the page."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, MaxNLocator, NullLocator

from companion.base.names import OF_DILDL
from companion.evidence.constants import TRAIN_MEAN, UNIFORM
from companion.show.figure import INK, PAPER, show_figure, style
from companion.show.look import BLUE, GREY, LOOKS, METRICS, ORANGE, called
from companion.show.provenance import provenance_note
from companion.show.shown import Shown
from companion.why.against import LEFT_OUT, PUBLISHED, SAMPLED
from companion.why.data import ORIGIN, PROMOTED, SUPPRESSED
from companion.why.frames import Evidence, comparable, in_order, of_the_tables
from ildl.compare.statistics import COMPARABLE

KL = "kl_divergence"
NETWORKS = ("OFR-DB", "RDA", "DILDL")
LETTERS = dict(zip(OF_DILDL, (("p", (0, 7)), ("d", (0, -8)), ("r", (7, -1))), strict=True))
"""Reading of DILDL -> the letter at its star, and where: neighbours must not hide each other."""
TICKS = (0.2, 0.3, 0.5, 0.8, 1, 1.5, 2, 3, 5, 10, 20)
MARKS: dict[str, Any] = {"markersize": 7, "linestyle": "", "markeredgewidth": 1.3}
PARTS = {SUPPRESSED: ORANGE, PROMOTED: BLUE}


def lanes(against: pd.DataFrame) -> pd.DataFrame:
    """What the first picture draws, a row a marker: `against` by KL, with `lane` (who, on what), networks only."""
    rows = against[(against["constant"] == UNIFORM) & (against["metric"] == KL) & against["method"].isin(NETWORKS)]
    alike = comparable(against[against["side"] != PUBLISHED])["dataset"].unique()
    rows = of_the_tables(rows)
    rows = rows[rows["chosen_by"].isin(["", SAMPLED]) | ((rows["chosen_by"] == LEFT_OUT) & rows["dataset"].isin(alike))]
    who = rows["chosen_by"].map({"": "published", SAMPLED: "ours, sampled rows", LEFT_OUT: "ours, left-out rows"})
    rows = rows.assign(lane=rows["dataset"].str.replace("_", " ") + ": " + who, alike=rows["dataset"].isin(alike))
    order = {name: place for place, name in enumerate(in_order(against["dataset"].unique()))}
    turn = who.map({"published": 0, "ours, sampled rows": 1, "ours, left-out rows": 2})
    keys = pd.DataFrame({"alike": ~rows["alike"], "dataset": rows["dataset"].map(order), "turn": turn})
    return rows.loc[keys.sort_values(["alike", "dataset", "turn"], kind="stable").index].reset_index(drop=True)


def plot_multiples(evidence: Evidence, name: str) -> Shown:
    """Draw results as multiples of what equal degrees score: hollow published, filled ours, like for like on top."""
    rows = lanes(evidence.against)
    panels = [rows[rows["alike"]], rows[~rows["alike"]]]
    titles = ("Like for like", "Other features or labels alone: ours and published not comparable")
    heights = [max(panel["lane"].nunique(), 1) for panel in panels]
    with style():
        figure, axes = plt.subplots(
            2, 1, figsize=(7.6, 1.2 + 0.25 * sum(heights)), sharex=True, squeeze=False, height_ratios=heights
        )
        for axis, panel, title in zip(axes.flat, panels, titles, strict=True):
            axis.set_title(title)
            _lanes(axis, panel)
        axes[1, 0].set_xlabel("times the divergence of equal degrees (left of 1 is better)")
        entries = [Line2D([], [], color=LOOKS[m].colour, marker=LOOKS[m].marker, label=m, **MARKS) for m in NETWORKS]
        hollow = {**MARKS, "color": INK, "markerfacecolor": PAPER, "marker": "o"}
        entries.append(Line2D([], [], label="hollow: published", **hollow))
        figure.legend(handles=entries, loc="outside upper center", ncols=4)
        label = f"Published and own {METRICS[KL]} as multiples of that of equal degrees, data set by data set."
        columns = ["dataset", "feature_set", "metric", "method", "reading", "row", "side", "chosen_by", "constant"]
        columns += ["value", "constant_value", "ratio", "better", "margin", "p", "verdict"]
        origin = provenance_note(evidence.comparison, evidence.unsampled)
        return show_figure(figure, name, label, rows[columns], origin)


def _lanes(axis: Axes, rows: pd.DataFrame) -> None:
    names = list(rows["lane"].unique())
    for row in rows.to_dict("records"):
        look, y = LOOKS[row["method"]], names.index(row["lane"]) + 0.22 * (NETWORKS.index(row["method"]) - 1)
        face = PAPER if row["side"] == PUBLISHED else look.colour
        axis.plot([row["ratio"]], [y], look.marker, color=look.colour, markerfacecolor=face, **MARKS)
        if row["method"] == "DILDL" and row["side"] != PUBLISHED:
            _letter(axis, row["reading"], (row["ratio"], y))
    axis.axvline(1, color=INK, linestyle="--", linewidth=1, zorder=0)
    axis.set_yticks(range(len(names)), names)
    axis.set_ylim(len(names) - 0.25, -0.6)
    axis.tick_params(axis="y", length=0)
    axis.grid(axis="y", alpha=0.15)
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
            axis.axvline(1 / len(rows), color=INK, linestyle="--", linewidth=1, zorder=0)
            axis.set_yticks(range(len(rows)), rows["name"], fontsize=8)
            axis.invert_yaxis()
            axis.set_title(dataset.replace("_", " "))
            axis.tick_params(axis="y", length=0)
        figure.supxlabel("mean degree of a label (dashed: equal degrees)", fontsize=10)
        entries = [Line2D([], [], color=colour, marker="o", label=part, **MARKS) for part, colour in PARTS.items()]
        rest: dict[str, Any] = {"color": INK, "marker": "o", **MARKS}
        entries += [
            Line2D([], [], markerfacecolor=PAPER, label="all rows", **rest),
            Line2D([], [], label="sampled rows", **rest),
        ]
        figure.legend(handles=entries, loc="outside upper center", ncols=4, fontsize=9)
        label = "Mean degree of every label, over all rows and over the rows that the sampling keeps, six data sets."
        return show_figure(figure, name, label, degrees, ORIGIN)


def plot_imbalance(curves: pd.DataFrame, stability: pd.DataFrame, results: pd.DataFrame, name: str) -> Shown:
    """Draw multiples of equal degrees over the threshold of the sampling, a panel a data set."""
    datasets = in_order(curves["dataset"].unique())
    with style():
        figure, axes = plt.subplots(1, max(len(datasets), 1), figsize=(7.6, 2.5), squeeze=False, sharey=True)
        for axis, dataset in zip(axes.flat, datasets, strict=False):
            rows = curves[curves["dataset"] == dataset]
            for _, line, look, dash in _curves(rows):
                axis.plot(line["eta"], line["ratio"], dash, color=look.colour, marker=look.marker, markersize=6)
            axis.axhline(1, color=INK, linestyle="--", linewidth=1)
            alike = (rows["feature_set"] == COMPARABLE).all()
            axis.set_title(dataset.replace("_", " ") + ("" if alike else "\n(other features)"), fontsize=10)
            axis.set_xticks([0.5, 0.75, 1, 1.25], ["½", "", "1", "1¼"])
            _log(axis, "y")
        axes[0, 0].set_ylabel("times equal degrees")
        figure.supxlabel("threshold of the sampling, in multiples of the benchmark’s (right: stronger)", fontsize=10)
        entries = [
            Line2D([], [], color=look.colour, marker=look.marker, linestyle=dash, label=row, markersize=6)
            for row, _, look, dash in _curves(curves)
        ]
        figure.legend(handles=entries, loc="outside upper center", ncols=3, fontsize=9)
        label = f"{METRICS[KL]} as a multiple of that of equal degrees, over the strength of the sampling."
        data = curves.merge(stability.drop(columns="kept"), how="left", on=["dataset", "eta"])
        return show_figure(figure, name, label, data, provenance_note(results))


def _curves(rows: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame, Any, Any]]:
    """Rows that are drawn: name, its points, look, dash; DILDL with RDA's loss is dashed, as it has DILDL's colour."""
    for method in (*NETWORKS, TRAIN_MEAN):
        of_method = rows[rows["method"] == method]
        for reading, line in of_method.groupby("reading", sort=False):
            dash = "-" if reading == "default" and method != TRAIN_MEAN else ":"
            yield called(method, str(reading)), line.sort_values("eta"), LOOKS[method], dash


def _letter(axis: Axes, reading: str, at: tuple[float, float]) -> None:
    letter, shift = LETTERS[reading]
    axis.annotate(letter, at, shift, textcoords="offset points", ha="center", va="center", fontsize=8)


def _log(axis: Axes, side: str) -> None:
    """A logarithmic side with few and plain numbers."""
    getattr(axis, f"set_{side}scale")("log")
    low, high = getattr(axis, f"get_{side}lim")()
    places = [tick for tick in TICKS if low <= tick <= high]
    line = axis.xaxis if side == "x" else axis.yaxis
    line.set_major_locator(FixedLocator(places) if len(places) > 1 else MaxNLocator(4))
    line.set_minor_locator(NullLocator())
    line.set_major_formatter("{x:g}")
