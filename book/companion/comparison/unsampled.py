"""The rows of the tables again, with validation rows from those that imbalance sampling drops."""

from __future__ import annotations

import pandas as pd

from companion.base.comparison import METRIC_TITLES, TUNED
from companion.base.names import NO_DECOUPLED_LOSS
from companion.show.closest import AS_PRINTED, percent
from companion.show.sentences import comparable, inside_noise, verdict_text
from ildl.compare.statistics import REFERENCES

METHODS = ("OFR-DB", "RDA", "DILDL")
"""The methods whose rows the small tables have."""


def unsampled_rows(unsampled: pd.DataFrame, partitions: pd.DataFrame) -> pd.DataFrame:
    """Rows of the small tables: OFR-DB, RDA and DILDL in the readings of the tables, and the references.

    Parameters
    ----------
    unsampled : DataFrame
        The experiment "unsampled", RDA tuned (see `companion.base.tuned.with_tuned`).
    partitions : DataFrame
        The experiment "partitions", for the references: they use no validation rows, and test rows are the same.

    Returns
    -------
    DataFrame
    """
    shown = unsampled["reading"].isin(["default", AS_PRINTED, NO_DECOUPLED_LOSS, *TUNED["RDA"]])
    rows = unsampled[shown & unsampled["method"].isin(METHODS)]
    same = (partitions["split_seed"] == 0) & (partitions["split_folds"] == "kfold")
    references = partitions[same & partitions["method"].isin(REFERENCES)]
    rows = pd.concat([rows, references.assign(valid_from="unsampled")], ignore_index=True)
    return rows[rows["metric"].isin(METRIC_TITLES)]


def published_beside(published: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    """Published numbers of the data sets and methods that rows have.

    Parameters
    ----------
    published, rows : DataFrame

    Returns
    -------
    DataFrame
    """
    return published[published["dataset"].isin(rows["dataset"]) & published["method"].isin(rows["method"])]


def source_sentence(sampled: pd.DataFrame, unsampled: pd.DataFrame, label: str = "DILDL [default]") -> str:
    """Say how a table changes with the source of the validation rows.

    Parameters
    ----------
    sampled, unsampled : DataFrame
        As `companion.show.tables.comparison_table` returns it, for one metric and with rows from either source.
    label : str
        The row that is told in full.

    Returns
    -------
    str
        "4 of 12 rows come nearer to the published number; inside the noise are 2 of 12, where they were 1 of 12. DILDL
        [default]: on Movie from 0.6188 to 0.2099, published 0.2211 (better by more than the noise of ...)".
    """
    keys = ["dataset", "method", "params"]
    both = comparable(unsampled).merge(comparable(sampled), on=keys, suffixes=("", "_sampled"))
    if both.empty:
        return "no data set at hand has the benchmark's features"
    nearer = int((both["difference"].abs() < both["difference_sampled"].abs()).sum())
    before = sampled.merge(both[keys], on=keys)
    told = [
        f"on {row['dataset']} from {row['ours_sampled']:.4f} to {row['ours']:.4f}, published "
        f"{row['printed'].partition(' ')[0]} ({verdict_text(row)})"
        for row in both[both["label"] == label].to_dict("records")
    ]
    return (
        f"{nearer} of {len(both)} rows come nearer to the published number; inside the noise are "
        f"{inside_noise(unsampled)}, where they were {inside_noise(before)}. {label}: {'; '.join(told)}"
    )


def distances_sentence(sampled: pd.DataFrame, unsampled: pd.DataFrame) -> str:
    """Say how far readings are from print over all tables, with validation rows from either source.

    Parameters
    ----------
    sampled, unsampled : DataFrame
        As `companion.show.closest.distances_to_published` returns it.

    Returns
    -------
    str
        "DILDL [default] 8.6 % in place of 72.6 %, DILDL [printed targets] ...".
    """
    before, after = (frame.set_index("label")["distance"] for frame in (sampled, unsampled))
    shared = [label for label in after.index if label in before.index]
    parts = [f"{label} {percent(after[label])} in place of {percent(before[label])}" for label in shared]
    return ", ".join(parts) or "no data set at hand has the benchmark's features"
