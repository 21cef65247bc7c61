"""What ranks and posterior probabilities say, in sentences."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from companion.beyond.bayes import PROBABILITIES
from companion.beyond.ranking import ALPHA, nemenyi
from companion.show.contrast_tables import p_text
from ildl.checks import check_option
from ildl.compare.frames import rows_of


def percent(value: float) -> str:
    """Format a probability; what is not certain does not become 0 or 100 %.

    Parameters
    ----------
    value : float
        In [0, 1].

    Returns
    -------
    str

    Examples
    --------
    >>> percent(0.9996), percent(0.25), percent(0.002), percent(1.0)
    ('> 99 %', '25 %', '< 1 %', '100 %')
    """
    text = f"{100 * value:.0f} %"
    if text == "0 %" and value > 0:
        return "< 1 %"
    return "> 99 %" if text == "100 %" and value < 1 else text


def rank_sentence(ranked: pd.DataFrame, labels: Sequence[str]) -> str:
    """Average ranks of some, best first.

    Parameters
    ----------
    ranked : DataFrame
        As `companion.beyond.ranking.ranks` returns it.
    labels : sequence of str

    Returns
    -------
    str
        "Uniform 1.0, RDA 2.3, DILDL [default] 8.7 (of 15)".

    Raises
    ------
    ValueError
        A name that is not known or not there (named, with what is).
    """
    for label in labels:
        check_option(label, ranked.columns, "label")
    mean = ranked.mean()[list(labels)].sort_values(kind="stable")
    return ", ".join(f"{label} {rank:.1f}" for label, rank in mean.items()) + f" (of {ranked.shape[1]})"


def pair_sentence(ranked: pd.DataFrame, one: str, other: str) -> str:
    """Whether Nemenyi's test tells two apart.

    Parameters
    ----------
    ranked : DataFrame
        As `companion.beyond.ranking.ranks` returns it.
    one, other : str

    Returns
    -------
    str
        "not told apart (p = 1.000)".

    Raises
    ------
    ValueError
        A name that is not known or not there (named, with what is).
    """
    for label in (one, other):
        check_option(label, ranked.columns, "label")
    p = float(nemenyi(ranked)[other].loc[one])
    shown = p_text(p)
    return f"{'' if p < ALPHA else 'not '}told apart (p {shown if shown.startswith('<') else '= ' + shown})"


def bayes_sentence(table: pd.DataFrame, label: str, rope: float) -> str:
    """Probabilities of one reading, data set by data set.

    Parameters
    ----------
    table : DataFrame
        As `companion.beyond.bayes.bayes_table` returns it.
    label : str
    rope : float

    Returns
    -------
    str
        "Movie: better 8 %, equivalent 11 %, worse 81 %; Emotion6: ...".

    Raises
    ------
    ValueError
        A name that is not known or not there (named, with what is).
    """
    rows = rows_of(rows_of(table, "label", label), "rope", rope)
    rows = rows[rows["seed"] == "mean"]
    return "; ".join(
        f"{dataset}: better {percent(better)}, equivalent {percent(equal)}, worse {percent(worse)}"
        for dataset, better, equal, worse in rows[["dataset", *PROBABILITIES]].to_numpy()
    )


def better_sentence(table: pd.DataFrame, labels: Sequence[str], rope: float) -> str:
    """Probability of better, as its range over data sets, for each reading.

    Parameters
    ----------
    table : DataFrame
        As `companion.beyond.bayes.bayes_table` returns it.
    labels : sequence of str
    rope : float

    Returns
    -------
    str
        "DILDL [default] < 1 %, DILDL [rebalanced] 8 % to 33 %".

    Raises
    ------
    ValueError
        A name that is not known or not there (named, with what is).
    """
    for label in labels:
        check_option(label, table["label"].unique(), "label")
    rows = rows_of(table, "rope", rope)
    rows = rows[rows["seed"] == "mean"].groupby("label")["p_better"].agg(["min", "max"])
    ends = {label: dict.fromkeys([percent(rows["min"][label]), percent(rows["max"][label])]) for label in labels}
    return ", ".join(f"{label} {' to '.join(texts)}" for label, texts in ends.items())


def effect_sentence(effects: pd.DataFrame, label: str, against: str) -> str:
    """Effect size and wins of one entrant against another, data set by data set.

    Parameters
    ----------
    effects : DataFrame
        As `ildl.compare.effects.effect_sizes` returns it.
    label, against : str

    Returns
    -------
    str
        "Movie: d = −1.1 [−2.7, 0.6], better in 0 % of pairs; ...".

    Raises
    ------
    ValueError
        A name that is not known or not there (named, with what is).
    """
    rows = rows_of(rows_of(effects, "label", label), "against", against)
    columns = ["dataset", "d_z", "d_z_low", "d_z_high", "superiority"]
    parts = []
    for dataset, *numbers, wins in rows[columns].to_numpy():
        d, low, high = (f"{number:.1f}".replace("-", "−") for number in numbers)
        parts.append(f"{dataset}: d = {d} [{low}, {high}], better in {percent(wins)} of pairs")
    return "; ".join(parts)


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


def rank_headline(
    printed: pd.DataFrame, ours: pd.DataFrame, label: str, method: str = "DILDL", rival: str = "RDA"
) -> str:
    """Say where a method ranks, as published and as trained anew.

    Parameters
    ----------
    printed, ours : DataFrame
        As `companion.beyond.ranking.ranks` returns them, over data sets.
    label : str
        What the method is called in ours.
    method, rival : str

    Returns
    -------
    str

    Raises
    ------
    ValueError
        A name that is not known or not there (named, with what is).
    """
    first = int((printed[check_option(method, printed.columns, "method")] == 1).sum())
    where = "all" if first == len(printed) else f"{first} of"
    return (
        f"In the published tables {method} ranks first on {where} {len(printed)} data sets; by Nemenyi's test it and "
        f"{rival} are {pair_sentence(printed, method, rival)}. Trained anew on {len(ours)} data sets, the average "
        f"ranks are {rank_sentence(ours, [label, rival, 'Uniform'])}."
    )
