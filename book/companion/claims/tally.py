"""What is counted: claims apart from settings, and findings, which one check may decide for several claims."""

from __future__ import annotations

import pandas as pd

from companion.claims.claims import SETTING, WEIGHTS


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
