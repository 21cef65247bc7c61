"""Tables 1, 2 and 5: our results beside the published ones, under two sources of the rows that choose the epoch."""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd

from companion.base.asked import Asked
from companion.base.names import PRINTED_METRICS
from companion.base.published import load_published
from companion.evidence.sources import LEFT_OUT, SAMPLED, load_sources
from companion.show.beside import beside_published
from ildl.compare.significance import compare


@dataclass(frozen=True)
class Runs:
    """Results of one source of the validation rows.

    Parameters
    ----------
    results : DataFrame
        Tidy; rows of the tables only.
    partitions : DataFrame
        The same cells under other partitions into folds, for the margin of the noise.
    table : DataFrame
        All metrics as `companion.base.comparison.comparison_table` has them, with `metric`, `reading`, `row` (what a
        page calls the row) and `mark` (what the corrected test says of DILDL by its derived targets against the row).
    """

    results: pd.DataFrame = field(repr=False)
    partitions: pd.DataFrame = field(repr=False)
    table: pd.DataFrame = field(repr=False)


def load_runs(asked: Asked) -> dict[str, Runs]:
    """Load what the page needs: both sources, in the order of the tabs."""
    sources, partitions = load_sources(asked)
    published, dropped = load_published(), sources[LEFT_OUT]
    ran = published["dataset"].isin(dropped["dataset"]) & published["method"].isin(dropped["method"])
    return {
        SAMPLED: runs_of(sources[SAMPLED], partitions, published),
        LEFT_OUT: runs_of(dropped, partitions, published[ran]),
    }


def runs_of(rows: pd.DataFrame, partitions: pd.DataFrame, published: pd.DataFrame) -> Runs:
    """Put results beside the published numbers, with what the corrected test says of DILDL against each row."""
    keys = ["dataset", "method", "params", "metric"]
    tests = compare(rows)[[*keys, "mark_corrected", "p_corrected"]]
    table = beside_published(rows, partitions, published, PRINTED_METRICS)
    return Runs(rows, partitions, table.merge(tests, how="left", on=keys))


def fold_values(runs: Runs, metrics: tuple[str, ...]) -> pd.DataFrame:
    """What a table is computed from: every fold and seed, the published numbers beside them, other partitions below."""
    columns = ["dataset", "feature_set", "method", "reading", "params", "metric", "valid_from", "split_folds"]
    columns += ["split_seed", "fold", "seed", "value"]
    rows = runs.results[runs.results["metric"].isin(metrics)].reindex(columns=columns)
    named = rows[["method", "params", "reading"]].drop_duplicates()
    others = runs.partitions[runs.partitions["metric"].isin(metrics)].drop(columns="reading")
    others = others.merge(named, on=["method", "params"]).reindex(columns=columns)
    everything = pd.concat([rows, others], ignore_index=True).drop_duplicates(columns[:-1], ignore_index=True)
    published = load_published()[["dataset", "method", "metric", "mean", "std"]]
    published = published.rename(columns={"mean": "published", "std": "published_std"})
    return everything.merge(published, how="left", on=["dataset", "method", "metric"])
