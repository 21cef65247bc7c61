"""Whether the marks that the paper prints are found again by tests of our own results."""

from __future__ import annotations

import pandas as pd

from ildl.compare.significance import NONE
from ildl.compare.statistics import BETTER, WORSE

TESTS = {
    "published_test": "two-sample",
    "paired": "paired",
    "corrected": "corrected",
    "holm": "corrected, Holm",
    "trained": "corrected by rows trained on",
}
"""Test, as `ildl.compare.significance.compare` calls it -> what the page calls it."""


def marks_found(tests: pd.DataFrame) -> pd.DataFrame:
    """Count the printed marks "DILDL is significantly better" that our tests give again, or turn round.

    Columns: source, reading, dataset, feature_set; cells (with a printed mark or a circle), marks (better, in print);
    found_TEST and worse_TEST of them; over all cells: paired (marks of the paired test), lost (of them, when corrected)
    and by_chance_of_seed (the sign differs between seeds).
    """
    cells = tests[(tests["marker"] != "") & (tests["method"] != "DILDL")]
    rows = []
    for group, part in cells.groupby(["source", "reading", "dataset", "feature_set"], sort=False):
        marked, paired = part[part["marker"] == BETTER], part["mark_paired"] != NONE
        row = dict(zip(("source", "reading", "dataset", "feature_set"), group, strict=True))
        row |= {"cells": len(part), "marks": len(marked)}
        for verdict, column in ((BETTER, "found"), (WORSE, "worse")):
            row |= {f"{column}_{test}": int((marked[f"mark_{test}"] == verdict).sum()) for test in TESTS}
        row |= {"paired": int(paired.sum()), "lost": int((paired & (part["mark_corrected"] == NONE)).sum())}
        rows.append(row | {"by_chance_of_seed": int((~part["same_sign_over_seeds"]).sum())})
    return pd.DataFrame(rows)
