"""Tables of ranks, effect sizes, posterior probabilities and of how a ranking moves."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from companion.base.comparison import METRIC_TITLES
from companion.beyond.bayes import PROBABILITIES
from companion.beyond.beyond_sentences import percent
from companion.show.contrast_tables import text_table
from companion.show.styled import DASH, ScrollingTable


def render_limits(tables: Sequence[pd.DataFrame], names: Sequence[str], caption: str) -> ScrollingTable:
    """Show what comparisons over so many blocks can find.

    Parameters
    ----------
    tables : sequence of DataFrame
        As `companion.beyond.ranking.design_limits` returns them, shown one after the other.
    names : sequence of str
        What each row stands for.
    caption : str

    Returns
    -------
    ScrollingTable
    """
    limits = pd.concat(tables, ignore_index=True)
    text = pd.DataFrame(
        {
            "blocks": limits["n_blocks"].map(str),
            "smallest p, all methods": [_tiny(p) for p in limits["smallest_p_all"]],
            "smallest p, one pair": [_tiny(p) for p in limits["smallest_p_pair"]],
            "the same among all pairs": [_tiny(p) for p in limits["smallest_p_pair_adjusted"]],
            "critical difference": limits["critical_difference"].map("{:.1f}".format),
            "largest possible": limits["largest_difference"].map(str),
        }
    ).set_axis(list(names), axis=0)
    return text_table(text, caption, "design limits")


def render_ranks(columns: dict[str, pd.DataFrame], caption: str) -> ScrollingTable:
    """Show average ranks, a column group a ranking, best rank of a column in bold.

    Parameters
    ----------
    columns : dict of str to DataFrame
        Title -> average ranks, as `companion.beyond.ranking.average_ranks` returns them; rows in the first one's order.
    caption : str

    Returns
    -------
    ScrollingTable
    """
    wide = pd.concat(columns, axis=1)
    short = {metric: title.partition(" (")[0].split(",")[-1].strip() for metric, title in METRIC_TITLES.items()}
    text = wide.map(lambda rank: DASH if pd.isna(rank) else f"{rank:.2f}").rename(columns=short, level=1)
    bold = (wide == wide.min()).to_numpy()
    return text_table(text, caption, "average ranks", bold)


def render_effects(effects: pd.DataFrame, caption: str) -> ScrollingTable:
    """Show effect sizes, a row a data set and pair.

    Parameters
    ----------
    effects : DataFrame
        As `ildl.compare.effects.effect_sizes` returns it.
    caption : str

    Returns
    -------
    ScrollingTable
    """
    index = pd.MultiIndex.from_frame(effects[["dataset", "label", "against"]])
    text = pd.DataFrame(
        {
            "difference": effects["relative"].map("{:+.1%}".format),
            "Cohen's d [95 %]": [
                DASH if pd.isna(d) else f"{d:.2f} [{low:.2f}, {high:.2f}]"
                for d, low, high in effects[["d_z", "d_z_low", "d_z_high"]].to_numpy()
            ],
            "Hedges' g": effects["g_z"].map(lambda g: DASH if pd.isna(g) else f"{g:.2f}"),
            "better": effects["superiority"].map("{:.0%}".format),
        }
    ).set_axis(index, axis=0)
    return text_table(text.map(_minus), caption, "effect sizes")


def render_bayes(table: pd.DataFrame, over_datasets: pd.DataFrame, rope: float, caption: str) -> ScrollingTable:
    """Show probabilities, a row a data set and reading, and one for all data sets.

    Parameters
    ----------
    table, over_datasets : DataFrame
        As `companion.beyond.bayes.bayes_table` and `companion.beyond.bayes.signed_rank_table` return them.
    rope : float
        One of the half widths in both.
    caption : str

    Returns
    -------
    ScrollingTable
    """
    titles = dict(zip(PROBABILITIES, ("better", "equivalent", "worse"), strict=True))
    order = list(table["dataset"].unique())
    at_rope = table[table["rope"] == rope].sort_values(
        "dataset", key=lambda names: names.map(order.index), kind="stable"
    )
    keys = ["dataset", "label"]
    rows = at_rope[at_rope["seed"] == "mean"].set_index(keys)
    text = rows[PROBABILITIES].map(percent).rename(columns=titles)
    text.insert(0, "difference [95 %]", [
        _minus(f"{mean:+.1%} [{low:+.1%}, {high:+.1%}]") for mean, low, high in rows[["mean", "low", "high"]].to_numpy()
    ])  # fmt: skip
    seeds = at_rope[at_rope["seed"] != "mean"].groupby(keys)["p_better"].agg(["min", "max"]).reindex(text.index)
    text["better, seed by seed"] = [
        DASH if pd.isna(low) else f"{percent(low)} to {percent(high)}" for low, high in seeds.to_numpy()
    ]
    every = over_datasets[over_datasets["rope"] == rope].assign(dataset="all (signed ranks)").set_index(keys)
    text = pd.concat([text, every[PROBABILITIES].map(percent).rename(columns=titles)]).fillna(DASH)
    return text_table(text, caption, "posterior probabilities")


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


def _tiny(p: float) -> str:
    return f"{p:.3f}" if p >= 0.001 else "< 0.001"


def _minus(text: str) -> str:
    return text.replace("-", "−")
