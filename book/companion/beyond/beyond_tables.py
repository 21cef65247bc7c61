"""Tables of ranks, effect sizes, posterior probabilities and of how a ranking moves."""

from __future__ import annotations

import pandas as pd

from companion.show.contrast_tables import text_table
from companion.show.styled import ScrollingTable


def render_stability(stability: pd.DataFrame, caption: str) -> ScrollingTable:
    """Show how the ranking moves with the threshold.

    Parameters
    ----------
    stability : DataFrame
        As `companion.beyond.imbalance.ranking_stability` returns it.
    caption : str

    Returns
    -------
    ScrollingTable
    """
    index = pd.MultiIndex.from_arrays([stability["dataset"], stability["eta"].map("{:g}".format)])
    text = pd.DataFrame(
        {
            "rows kept a fold": stability["kept"].map("{:.0f}".format),
            "best in mean rank": stability["best"],
            "Kendall's tau with 1": stability["tau"].map("{:.2f}".format).map(_minus),
            "largest move of a rank": stability["moved"].map("{:.1f}".format),
        }
    ).set_axis(index, axis=0)
    return text_table(text, caption, "stability")


def _minus(text: str) -> str:
    return text.replace("-", "−")
