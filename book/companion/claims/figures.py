"""The page's picture: every finding a square, in a row for each kind of evidence, in the colour of its verdict."""

from __future__ import annotations

import matplotlib.pyplot as plt
import pandas as pd

from companion.claims.claims import EVIDENCE, findings_of
from companion.claims.verdicts import Verdict
from companion.show.figure import show_figure, style
from companion.show.look import VERDICTS as LOOKS
from companion.show.shown import Shown


def plot_verdicts(table: pd.DataFrame, name: str) -> Shown:
    """Draw a square a finding; `table` is as `judge` returns it."""
    found = findings_of(table)
    there = [kind for kind in EVIDENCE if kind in set(found["evidence"])]
    found = found.assign(row=found["evidence"].map(there.index), rank=found["verdict"].map(list(Verdict).index))
    found = found.sort_values(["row", "rank"], kind="stable", ignore_index=True)
    found["place"] = found.groupby("row").cumcount()
    with style():
        figure, axis = plt.subplots(figsize=(7.6, 0.42 * len(there) + 0.9))
        for verdict, rows in found.groupby("verdict"):
            look = LOOKS[str(verdict)]
            axis.scatter(
                rows["place"], rows["row"], s=240, marker="s", color=look.colour, linewidths=0, label=str(verdict)
            )
            for at in zip(rows["place"], rows["row"], strict=True):
                axis.annotate(look.sign, at, ha="center", va="center_baseline", color="#ffffff", fontsize=10)
        axis.set_yticks(range(len(there)), [EVIDENCE[kind]["row"] for kind in there])
        axis.set_ylim(len(there) - 0.45, -0.55)
        axis.set_xlim(-0.7, max(found["place"].max() + 0.7, 22))
        axis.set_xticks([])
        axis.tick_params(axis="y", length=0)
        axis.spines[:].set_visible(False)
        keys = [plt.Line2D([], [], marker="s", linestyle="", markersize=10, color=LOOKS[v].colour) for v in Verdict]
        names = [f"{LOOKS[verdict].sign} {LOOKS[verdict].word}" for verdict in Verdict]
        figure.legend(keys, names, loc="outside lower left", ncols=6, fontsize=9, columnspacing=1, handletextpad=0.2)
        label = "Findings by kind of evidence, each a square in the colour of its verdict."
        columns = ["evidence", "finding", "verdict", "weight", "n_claims", "id"]
        return show_figure(figure, name, label, found[columns])
