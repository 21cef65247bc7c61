"""What ranks and posterior probabilities say, in sentences."""

from __future__ import annotations

import pandas as pd


def stability_sentence(stability: pd.DataFrame) -> str:
    """How the ranking at each other threshold compares with the benchmark's, data set by data set.

    Parameters
    ----------
    stability : DataFrame
        As `companion.beyond.imbalance.ranking_stability` returns it.

    Returns
    -------
    str
        "Movie, where Uniform is first at 1: tau 0.69 at 0.5 (first: OFR-DB); ...".
    """
    parts = []
    for dataset, rows in stability.groupby("dataset", sort=False):
        others = rows[rows["eta"] != 1]
        moves = [
            f"tau {f'{tau:.2f}'.replace('-', '−')} at {eta:g} (first: {best})"
            for eta, tau, best in others[["eta", "tau", "best"]].to_numpy()
        ]
        parts.append(f"{dataset}, where {rows.loc[rows['eta'] == 1, 'best'].item()} is first at 1: {', '.join(moves)}")
    return "; ".join(parts)
