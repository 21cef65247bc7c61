"""How many claims and findings have which verdict, by the kind of evidence and by the weight of what is claimed."""

from __future__ import annotations

import pandas as pd

from companion.claims.claims import SETTING, WEIGHTS
from companion.claims.verdicts import VERDICTS
from ildl.checks import check_option


def count_verdicts(table: pd.DataFrame, by: str = "kind") -> pd.DataFrame:
    """Count by verdict: a row a value of the column `by`, and a last row "all"; a column a verdict, all of them."""
    check_option(by, table.columns, "column")
    counts = pd.crosstab(table[by], table["verdict"]).reindex(index=table[by].unique(), columns=list(VERDICTS))
    counts = counts.fillna(0).astype(int)
    counts.loc["all"] = counts.sum()
    return counts.rename_axis(index=None, columns=None)


def findings_of(table: pd.DataFrame) -> pd.DataFrame:
    """Count once what one check decides for several claims: the first of each, a pillar if one is, with `n_claims`."""
    groups = table.groupby(["finding", "verdict"], sort=False)
    first = groups.head(1).set_index(["finding", "verdict"])
    weights = groups["weight"].agg(lambda found: min(found, key=WEIGHTS.index))
    return first.assign(weight=weights, n_claims=groups.size()).reset_index()[[*table.columns, "n_claims"]]


def without_settings(table: pd.DataFrame) -> pd.DataFrame:
    """Leave out the claims that state settings: the library took these over, so that they count for nothing."""
    return table[table["kind"] != SETTING]


def only_settings(table: pd.DataFrame) -> pd.DataFrame:
    """Keep the claims that state settings."""
    return table[table["kind"] == SETTING]
