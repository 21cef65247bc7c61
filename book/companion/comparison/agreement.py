"""Whether the marks that the paper prints are found again by tests of our own results."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import pandas as pd

from companion.base.comparison import dataset_header, shown_reading
from companion.base.marks import collect_marks, describe_tests, find_mark_tests, judge_marks, summarise_marks
from companion.show.closest import AS_PRINTED
from companion.show.styled import STYLES, ScrollingTable
from ildl.checks import check_option
from ildl.compare.significance import NONE, TESTS, compare
from ildl.compare.statistics import BETTER, COMPARABLE, WORSE

TEST_NAMES = dict(zip((*TESTS, "holm"), ("two-sample", "paired", "corrected", "corrected, Holm"), strict=True))
READINGS = ("default", shown_reading(AS_PRINTED), "closest")
"""Readings of DILDL whose marks are held against the printed ones."""

DECISIVE = "corrected"
"""The test whose counts a sentence names first."""
OTHER_TESTS = {test: name.removeprefix("corrected, ") for test, name in TEST_NAMES.items() if test != DECISIVE}
"""What stands beside them in brackets."""
NOTHING = "no data set at hand on which the marks can be compared"


class Variant(NamedTuple):
    """The test that the published marks follow.

    Parameters
    ----------
    equal_variance : bool
        For `ildl.compare.significance.published_test`; where pooled and Welch's test explain the marks alike, pooled.
    sentence : str
        Which tests give back how many marks.
    """

    equal_variance: bool
    sentence: str


def find_variant(published: pd.DataFrame) -> Variant:
    """Find the test that gives back most of the printed marks, by recomputing them with `companion.base.marks`.

    Parameters
    ----------
    published : DataFrame
        Cells with markers and standard deviations, as `companion.base.published.load_published` returns them.

    Returns
    -------
    Variant
    """
    best = find_mark_tests(summarise_marks(judge_marks(collect_marks(published))))
    return Variant("Welch" not in set(best["test"]) or "pooled" in set(best["test"]), describe_tests(best))


def compare_readings(
    results: pd.DataFrame, closest: str | None, equal_variance: bool = True
) -> dict[str, pd.DataFrame]:
    """Hold three readings of DILDL against every other row: the default, that with the printed targets, the closest.

    Parameters
    ----------
    results : DataFrame
        Tidy, with a column reading.
    closest : str or None
        Parameters of the closest reading; None leaves it out.
    equal_variance : bool
        For `ildl.compare.significance.compare`.

    Returns
    -------
    dict
        "default", "printed targets" and "closest" -> as `ildl.compare.significance.compare` returns it.
    """
    of_dildl = results[results["method"] == "DILDL"]
    params_of = dict(zip(of_dildl["reading"], of_dildl["params"], strict=True))
    wanted = dict(zip(READINGS, ("{}", params_of.get(AS_PRINTED), closest), strict=True))
    return {
        name: compare(results, "DILDL", params, equal_variance=equal_variance)
        for name, params in wanted.items()
        if params is not None
    }


def marks_found_again(comparisons: Mapping[str, pd.DataFrame], published: pd.DataFrame) -> pd.DataFrame:
    """Count the published marks "DILDL is significantly better" that our tests give again.

    A mark belongs to a comparison method; in our results it is that method's default reading.

    Parameters
    ----------
    comparisons : mapping
        Name of a reading of DILDL -> `ildl.compare.significance.compare` with that reading as the reference.
    published : DataFrame
        Cells with a marker, as `companion.base.published.load_published` returns them.

    Returns
    -------
    DataFrame
        One row a reading and data set: reading, dataset, feature_set; cells (that both sides have); published_better;
        of these, for each test, found_TEST (better in ours, too) and worse_TEST (significantly worse in ours); and
        over all the cells, paired (marks of the paired test, better or worse), lost (those of them that the corrected
        test does not give) and by_chance_of_seed (cells whose difference has not the same sign for every seed).
        TEST is published_test, paired, corrected or holm.
    """
    rows = []
    for reading, comparison in comparisons.items():
        cells = _beside_marks(comparison, published)
        for (dataset, feature_set), group in cells.groupby(["dataset", "feature_set"], sort=False):
            better = group[group["marker"] == BETTER]
            row = {"reading": reading, "dataset": dataset, "feature_set": feature_set, "cells": len(group)}
            row["published_better"] = len(better)
            for verdict, column in ((BETTER, "found"), (WORSE, "worse")):
                row |= {f"{column}_{test}": int((better[f"mark_{test}"] == verdict).sum()) for test in TEST_NAMES}
            paired = group["mark_paired"] != NONE
            row["paired"] = int(paired.sum())
            row["lost"] = int((paired & (group["mark_corrected"] == NONE)).sum())
            row["by_chance_of_seed"] = int((~group["same_sign_over_seeds"]).sum())
            rows.append(row)
    return pd.DataFrame(rows)


def missed_sentence(comparison: pd.DataFrame, published: pd.DataFrame, feature_set: str = COMPARABLE) -> str:
    """Name the comparison methods whose published marks the corrected test does not all give again.

    Parameters
    ----------
    comparison : DataFrame
        As `ildl.compare.significance.compare` returns it.
    published : DataFrame
        As for `marks_found_again`.
    feature_set : str
        Data sets with these features count.

    Returns
    -------
    str
        "OFR-DB (0 of 5), RDA (0 of 5)", or "none".
    """
    cells = _beside_marks(comparison, published)
    cells = cells[(cells["marker"] == BETTER) & (cells["feature_set"] == feature_set)]
    if cells.empty:
        return NOTHING
    found = (cells["mark_corrected"] == BETTER).groupby(cells["method"], sort=False).agg(["sum", "size"])
    missed = found[found["sum"] < found["size"]]
    return ", ".join(f"{method} ({row['sum']} of {row['size']})" for method, row in missed.iterrows()) or "none"


def found_sentence(found: pd.DataFrame, reading: str, feature_set: str = COMPARABLE) -> str:
    """Say how many published marks one reading of DILDL gives again.

    Parameters
    ----------
    found : DataFrame
        As `marks_found_again` returns it.
    reading, feature_set : str
        Rows to add up: this reading, on data sets with these features.

    Returns
    -------
    str
        "39 of 50 published marks by the corrected test (two-sample 40, paired 41, Holm 38), and the opposite of 1
        (two-sample 2, paired 2, Holm 0)".

    Raises
    ------
    ValueError
        A name that is not known or not there (named, with what is).
    """
    check_option(reading, READINGS, "reading")  # which need not be there: nothing may be close
    rows = found[(found["reading"] == reading) & (found["feature_set"] == feature_set)]
    if rows.empty:
        return NOTHING
    total = rows.sum(numeric_only=True)
    (found_at, found_else), (worse_at, worse_else) = (
        (
            int(total[f"{kind}_{DECISIVE}"]),
            ", ".join(f"{name} {int(total[f'{kind}_{t}'])}" for t, name in OTHER_TESTS.items()),
        )
        for kind in ("found", "worse")
    )
    return (
        f"{found_at} of {int(total['published_better'])} published marks by the {TEST_NAMES[DECISIVE]} test "
        f"({found_else}), and the opposite of {worse_at} ({worse_else})"
    )


def lost_sentence(found: pd.DataFrame) -> str:
    """Say how many marks of the paired test are lost when it is corrected for shared training rows.

    Parameters
    ----------
    found : DataFrame
        As `marks_found_again` returns it.

    Returns
    -------
    str
        "2 of 40 (default), 1 of 45 (closest)".
    """
    totals = found.groupby("reading", sort=False)[["lost", "paired"]].sum()
    parts = [f"{row['lost']} of {row['paired']} ({reading})" for reading, row in totals.iterrows()]
    return ", ".join(parts) or "none"


def trained_sentence(comparisons: Mapping[str, pd.DataFrame]) -> str:
    """Say how many marks of the corrected test are left if the rows that are trained on decide, not the folds.

    Parameters
    ----------
    comparisons : mapping
        Name of a reading -> `ildl.compare.significance.compare` with that reading as the reference.

    Returns
    -------
    str
        "2 of 40 (default; test rows over training rows: Movie 7.3 in place of 0.11), ..."; "not known" where the
        results do not say how many rows were trained on.
    """
    parts = []
    for reading, tests in comparisons.items():
        known = tests[tests["trained_share"].notna()]
        shares = ", ".join(
            f"{row.dataset} {row.trained_share:.2g} in place of {row.test_share:.2g}"
            for row in known.drop_duplicates("dataset").itertuples()
        )
        left, all_ = ((known[f"mark_{test}"] != NONE).sum() for test in ("trained", "corrected"))
        if shares:
            parts.append(f"{left} of {all_} ({reading}; test rows over training rows: {shares})")
    return "; ".join(parts) or "not known"


def render_found(found: pd.DataFrame, caption: str) -> ScrollingTable:
    """Show the counts of `marks_found_again`: a row a reading of DILDL and data set.

    Parameters
    ----------
    found : DataFrame
    caption : str

    Returns
    -------
    ScrollingTable
    """
    again = {("found again", name): found[f"found_{test}"] for test, name in TEST_NAMES.items()}
    opposite = {("significantly worse", name): found[f"worse_{test}"] for test, name in TEST_NAMES.items()}
    wide = pd.DataFrame(
        {
            ("published", "better"): found["published_better"],
            **again,
            **opposite,
            ("all cells", "number"): found["cells"],
            ("all cells", "marks, paired"): found["paired"],
            ("all cells", "of these lost when corrected"): found["lost"],
            ("all cells", "sign depends on the seed"): found["by_chance_of_seed"],
        }
    )
    headers = map(dataset_header, found["dataset"], found["feature_set"])
    wide.index = pd.MultiIndex.from_arrays([found["reading"], list(headers)], names=[None, None])
    styler = wide.style.set_uuid("found").set_caption(caption).set_table_styles(STYLES)
    return ScrollingTable(styler, caption)


def _beside_marks(comparison: pd.DataFrame, published: pd.DataFrame) -> pd.DataFrame:
    """Our comparison of DILDL with the default reading of each method that the paper marks, with the paper's mark."""
    marked = (published["marker"] != "") & (published["method"] != "DILDL")
    printed = published.loc[marked, ["dataset", "method", "metric", "marker"]]
    return comparison[comparison["params"] == "{}"].merge(printed, on=["dataset", "method", "metric"])
