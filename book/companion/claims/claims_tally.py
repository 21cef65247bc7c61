"""How many claims and findings have which verdict, by the kind of evidence and by the weight of what is claimed."""

from __future__ import annotations

import pandas as pd

from companion.claims.claim_checks import VERDICTS
from companion.claims.claims import SETTING, WEIGHTS
from ildl.checks import check_option


def count_verdicts(table: pd.DataFrame, by: str = "kind") -> pd.DataFrame:
    """Count claims by their verdicts.

    Parameters
    ----------
    table : DataFrame
        As `judge` or `findings_of` returns it.
    by : str
        A column, which gives the rows.

    Returns
    -------
    DataFrame
        A row a value of `by`, in the order of appearance, and a last row "all"; a column a verdict, all of them.

    Raises
    ------
    ValueError
        A name that is not known or not there (named, with what is).
    """
    check_option(by, table.columns, "column")
    counts = pd.crosstab(table[by], table["verdict"]).reindex(index=table[by].unique(), columns=list(VERDICTS))
    counts = counts.fillna(0).astype(int)
    counts.loc["all"] = counts.sum()
    return counts.rename_axis(index=None, columns=None)


def findings_of(table: pd.DataFrame) -> pd.DataFrame:
    """Count once what one check decides for several claims: a row a finding and verdict.

    Parameters
    ----------
    table : DataFrame
        As `judge` returns it.

    Returns
    -------
    DataFrame
        The first claim of each, with `n_claims`; a pillar if one of its claims is.
    """
    groups = table.groupby(["finding", "verdict"], sort=False)
    first = groups.head(1).set_index(["finding", "verdict"])
    weights = groups["weight"].agg(lambda found: min(found, key=WEIGHTS.index))
    return first.assign(weight=weights, n_claims=groups.size()).reset_index()[[*table.columns, "n_claims"]]


def without_settings(table: pd.DataFrame) -> pd.DataFrame:
    """Leave out the claims that state settings: the library took these over, so that they count for nothing.

    Parameters
    ----------
    table : DataFrame
        As `judge` returns it.

    Returns
    -------
    DataFrame
    """
    return table[table["kind"] != SETTING]


def claims_headline(table: pd.DataFrame) -> str:
    """Say in a few sentences how many findings hold, by weight and by evidence; settings are counted apart.

    Parameters
    ----------
    table : DataFrame
        As `judge` returns it.

    Returns
    -------
    str
    """
    rest = without_settings(table)
    found = findings_of(rest)
    apart = len(table) - len(rest)
    text = f"{len(table)} claims"
    text += f"; {apart} state settings, which this library takes over. The other {len(rest)}" if apart else ""
    text += f" rest on {len(found)} findings: {_tally(found)}."
    pillars = found[found["weight"] == WEIGHTS[0]]
    if pillars.empty:
        return text
    kinds = [f"{len(rows)} by {kind} ({_tally(rows)})" for kind, rows in pillars.groupby("evidence", sort=False)]
    return f"{text} The paper stands on {len(pillars)} of them: {'; '.join(kinds)}."


def _tally(table: pd.DataFrame) -> str:
    counts = table["verdict"].value_counts()
    return ", ".join(f"{counts[verdict]} {verdict}" for verdict in VERDICTS if verdict in counts)
