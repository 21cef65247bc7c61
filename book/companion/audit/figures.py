"""The pictures of the audit's page: checks and failures of each kind, and the marks near the level of significance."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from companion.audit.frames import KINDS, count_checks
from companion.audit.printed import metric_name
from companion.audit.tables import MARKS, short
from companion.base.marks import ALPHA, CELL, paired_correlations
from companion.show.figure import INK, PAPER, name_rows, show_figure, style
from companion.show.look import LOOKS
from companion.show.shown import Shown

NEAR, LEAST = 1e-3, 1e-5
"""Marks with smaller p-values than the first are far from the level; the axis ends at the second."""
OWN, OTHERS = LOOKS["DILDL"].colour, "#8a8a8a"


def plot_checks(checks: pd.DataFrame, name: str) -> Shown:
    """Draw a row for each kind of check: how many were made, and how many fail, in the paper and in the appendices."""
    counts = count_checks(checks)
    rows = counts.groupby("kind")[["checked", "failing", "failing_dildl"]].sum().reindex([*KINDS]).dropna()
    own, y = rows["failing_dildl"], np.arange(len(rows))
    with style():
        size = (7.4, 0.29 * len(rows) + 0.9)
        figure, (made, fail) = plt.subplots(1, 2, figsize=size, sharey=True, width_ratios=(1, 1.25))
        made.plot(rows["checked"], y, "o", color=INK, markerfacecolor=PAPER, markersize=6)
        made.set(xscale="log", title="checks made", xlim=(8, rows["checked"].max() * 2))
        made.xaxis.set_major_formatter("{x:,.0f}")
        fail.barh(y, own, color=OWN, height=0.66, label="in the DILDL paper")
        others = fail.barh(y, rows["failing"] - own, left=own, color=OTHERS, height=0.66, label="in AMEMA’s appendix")
        fail.bar_label(others, [f"{total:.0f}" for total in rows["failing"]], padding=3, fontsize=9)
        fail.set(title="of these fail", xlim=(0, rows["failing"].max() * 1.12))
        fail.legend(loc="center right")
        name_rows(made, [KINDS[kind] for kind in rows.index])
        fail.tick_params(axis="y", length=0)
        label = "For each kind of check, how many were made and how many fail, in the paper and in AMEMA’s appendix."
        return show_figure(figure, name, label, counts)


def plot_marks(judged: pd.DataFrame, marks: pd.DataFrame, name: str, alpha: float = ALPHA) -> Shown:
    """Draw the range of p-values, under the pooled test, of marks near the level or on its wrong side."""
    pooled = judged[judged["test"] == "pooled"]
    near = pooled[((pooled["p_high"] < 1) & (pooled["p_high"] > NEAR)) | ~pooled["possible"]]
    cells = near[[*CELL, "marker"]].drop_duplicates()
    metrics = cells["metric"].map(metric_name).str.replace(" distance", "")
    labels = cells["dataset"] + ", " + cells["method"] + ", " + metrics + " (" + cells["marker"].map(MARKS) + ")"
    with style():
        figure, axis = plt.subplots(figsize=(7.4, 0.34 * len(cells) + 1.2))
        for deviation, colour, marker, shift in (("population", INK, "o", -0.16), ("sample", OTHERS, "s", 0.16)):
            rows = cells.merge(pooled[pooled["deviation"] == deviation], on=[*CELL, "marker"], how="left")
            y, ends = np.arange(len(rows)) + shift, rows[["p_low", "p_high"]].clip(lower=LEAST).to_numpy().T
            axis.hlines(y, *ends, color=colour, linewidth=2)
            axis.plot(ends[0], y, marker, color=colour, markersize=4, label=f"as {deviation} standard deviations")
            axis.plot(ends[1], y, marker, color=colour, markersize=4)
        axis.axvline(alpha, color=INK, linestyle="--", linewidth=1, label=f"level {alpha:g}")
        axis.set(xscale="log", xlabel="p-value of the t-test for two samples, over all roundings")
        name_rows(axis, labels.map(short))
        figure.legend(loc="outside upper center", ncols=3)
        data = judged.merge(paired_correlations(marks), on=[*CELL, "marker"], how="left").round(6)
        return show_figure(figure, name, "p-values of the marks near the level, under two readings of spreads.", data)
