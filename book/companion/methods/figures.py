"""The page's picture: how many published numbers of each method come out."""

from __future__ import annotations

import matplotlib.pyplot as plt

from companion.base.names import RIVALS
from companion.methods.facts import tally
from companion.methods.frames import Cards
from companion.show.figure import INK, show_figure, style
from companion.show.provenance import provenance_note
from companion.show.shown import Shown

KINDS = {"better": "#56B4E9", "inside": "#3f9b6d", "unclear": "#b9a44c", "worse": "#D55E00"}
"""Kind of verdict -> colour: ours is better, inside the noise, cannot be told, worse."""
WORDS = {"better": "ours better", "inside": "inside the noise", "unclear": "cannot be told", "worse": "ours worse"}


def plot_verdicts(cards: Cards, name: str) -> Shown:
    """Draw one bar a method: its published numbers on comparable data sets, by what ours say of them."""
    counts = tally(cards.table).reindex([*RIVALS, "DILDL"]).dropna()
    with style():
        figure, axis = plt.subplots(figsize=(6.0, 0.3 * len(counts) + 1.1))
        ends = counts.cumsum(axis=1)
        for kind, colour in KINDS.items():
            left = ends[kind] - counts[kind]
            bars = axis.barh(counts.index, counts[kind], left=left, height=0.7, color=colour, label=WORDS[kind])
            axis.bar_label(bars, [f"{n:.0f}" if n else "" for n in counts[kind]], label_type="center", color="#111111")
        axis.invert_yaxis()
        axis.set_xlabel("published numbers")
        axis.tick_params(axis="y", length=0)
        axis.spines["left"].set_color(INK)
        figure.legend(loc="outside upper right", ncols=2)
        label = "A bar for each method: how many of its published numbers ours agree with, beat or miss."
        return show_figure(figure, name, label, counts.reset_index(names="method"), provenance_note(cards.results))
