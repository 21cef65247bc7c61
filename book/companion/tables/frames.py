"""Tables 1, 2 and 5: our results beside the published ones, under two sources of the rows that choose the epoch."""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd

from companion.base.asked import Asked
from companion.base.comparison import METRIC_TITLES, TUNED, comparison_table
from companion.base.paper import load_experiment
from companion.base.published import load_published
from companion.base.tuned import with_tuned
from companion.show.beside import OF_DILDL
from companion.show.look import called
from ildl.compare.significance import compare
from ildl.compare.statistics import REFERENCES, summarise

PRINTED = ("chebyshev", "kl_divergence", "euclidean_all", "euclidean_tail", "euclidean_head")
"""The metrics of Tables 1, 2 and 5."""
CODE_FAULT = "epsilon cut-off (a numerical fault)"
"""Reading of Adam-LDL-SCL, under which its published numbers come out."""
SAMPLED, LEFT_OUT = "Epoch chosen on sampled rows", "On rows the sampling left out"
"""Names of the two sources of the rows that choose the epoch, as tabs show them."""


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
    frames = {name: load_experiment(name, asked) for name in ("comparison", "unsampled", "partitions")}
    partitions = frames["partitions"]
    kept = frames["comparison"].query("epoch_kept == 'best'")
    first = (partitions["split_seed"] == 0) & (partitions["split_folds"] == "kfold")
    references = partitions[first & partitions["method"].isin(REFERENCES)].assign(valid_from="unsampled")
    dropped = pd.concat([with_tuned(frames["unsampled"]), references], ignore_index=True)
    dropped.attrs = frames["unsampled"].attrs  # where the results are from; pandas drops it
    published = load_published()
    ran = published["dataset"].isin(dropped["dataset"]) & published["method"].isin(dropped["method"])
    return {
        SAMPLED: runs_of(with_tuned(kept), partitions, published),
        LEFT_OUT: runs_of(dropped, partitions, published[ran]),
    }


def runs_of(results: pd.DataFrame, partitions: pd.DataFrame, published: pd.DataFrame) -> Runs:
    """Put results beside the published numbers."""
    shown = (results["reading"] == "default") | results["reading"].isin([*TUNED["RDA"], CODE_FAULT])
    shown |= (results["method"] == "DILDL") & results["reading"].isin(OF_DILDL)
    shown &= results["metric"].isin(METRIC_TITLES)
    rows = results[shown].reset_index(drop=True)
    summary, tests = summarise(rows, partitions=partitions), compare(rows)
    tables = [comparison_table(summary, published, metric).assign(metric=metric) for metric in PRINTED]
    reading = rows.drop_duplicates(["method", "params"]).set_index(["method", "params"])["reading"]
    table = pd.concat(tables, ignore_index=True).join(reading, on=["method", "params"])
    keys = ["dataset", "method", "params", "metric"]
    table = table.merge(tests[[*keys, "mark_corrected", "p_corrected"]], how="left", on=keys)
    table["reading"] = table["reading"].fillna("default")
    table["row"] = [called(*pair) for pair in zip(table["method"], table["reading"], strict=True)]
    return Runs(rows, partitions, table)


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
