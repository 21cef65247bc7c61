"""The pictures of the page on cost: against a plain loop, and how time grows."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from companion.cost.frames import ALONG
from companion.show.figure import INK, PAPER, name_rows, show_figure, style
from companion.show.look import LOOKS
from companion.show.shown import Shown


def plot_loop(engine: pd.DataFrame, name: str) -> Shown:
    """Draw seconds of the loop (hollow) and of the trainer (filled), and how many times as fast the trainer is."""
    with style():
        figure, axis = plt.subplots(figsize=(7.4, 0.32 * len(engine) + 0.9))
        for y, row in enumerate(engine.to_dict("records")):
            look = LOOKS[row["method"]]
            ends = [row["engine_seconds"], row["loop_seconds"]]
            axis.plot(ends, [y, y], color=look.colour, linewidth=1.2)
            axis.plot(ends[:1], [y], look.marker, color=look.colour, markersize=7)
            axis.plot(ends[1:], [y], look.marker, color=look.colour, markersize=7, markerfacecolor=PAPER)
            axis.text(ends[1] * 1.15, y, f"{row['ratio']:.0f} times", va="center", fontsize=9)
        axis.set_xscale("log")
        axis.set_xlim(engine["engine_seconds"].min() / 1.5, engine["loop_seconds"].max() * 2.2)
        axis.xaxis.set_major_formatter("{x:g}")
        axis.set_xlabel("seconds: the trainer (filled), the loop (hollow)")
        name_rows(axis, engine["data"] + ", " + engine["method"])
        data = engine.drop(columns="differences")
        return show_figure(figure, name, "Seconds of the compiled trainer and of a plain PyTorch loop.", data)


def plot_growth(scaling: pd.DataFrame, name: str) -> Shown:
    """Draw seconds against size on logarithmic axes: a panel a dimension, a line a method; dashed, linear growth."""
    rows = scaling[scaling["along"] != "processes"]
    with style():
        figure, axes = plt.subplots(2, 2, figsize=(7.4, 5.2))
        for axis, along in zip(axes.flat, rows["along"].unique(), strict=False):
            part = rows[rows["along"] == along]
            for row in part.to_dict("records"):
                look = LOOKS[row["method"]]
                axis.plot(row["sizes"], row["seconds"], marker=look.marker, color=look.colour, label=row["method"])
            sizes, last = np.array(part.iloc[0]["sizes"], dtype=float), part.iloc[0]["seconds"][-1]
            axis.plot(sizes, last * sizes / sizes[-1], "--", color=INK, linewidth=1, label="linear")
            axis.set(xscale="log", yscale="log", xlabel=ALONG[along], ylabel="seconds")
            axis.set_ylim(bottom=min(min(seconds) for seconds in part["seconds"]) / 2)
            axis.grid(alpha=0.15)
        axes[0, 0].legend()
        long = rows.explode(["sizes", "seconds", "added_mib"]) if "added_mib" in rows else rows
        return show_figure(figure, name, "Seconds of training against what grows, for RDA and DILDL.", long)
