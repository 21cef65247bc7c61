"""Tables 1, 2 and 5: our results beside the published ones, under two sources of the rows that choose the epoch."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import NamedTuple

import pandas as pd

from companion.base.asked import Asked
from companion.base.names import PRINTED_METRICS
from companion.base.published import load_published
from companion.evidence.sources import LEFT_OUT, SAMPLED, load_sources
from companion.show.beside import beside_published
from ildl.compare.significance import compare

KEYS = ["dataset", "method", "params", "metric"]


class Runs(NamedTuple):
    """Results of one source of the validation rows: of the tables, under other partitions, and beside print."""

    results: pd.DataFrame
    partitions: pd.DataFrame
    table: pd.DataFrame


def load_runs(asked: Asked) -> dict[str, Runs]:
    """Load both sources, in the order of the tabs, with what the corrected test says of DILDL against each row."""
    sources, partitions = load_sources(asked)
    published, dropped, runs = load_published(), sources[LEFT_OUT], {}
    ran = published["dataset"].isin(dropped["dataset"]) & published["method"].isin(dropped["method"])
    for name, printed in ((SAMPLED, published), (LEFT_OUT, published[ran])):
        table = beside_published(sources[name], partitions, printed, PRINTED_METRICS)
        tests = compare(sources[name])[[*KEYS, "mark_corrected", "p_corrected"]]
        runs[name] = Runs(sources[name], partitions, table.merge(tests, how="left", on=KEYS))
    return runs


def fold_values(sources: Mapping[str, Runs], metrics: Collection[str]) -> pd.DataFrame:
    """What a table is computed from: every fold and seed, the published numbers beside them, other partitions below."""
    columns = ["dataset", "feature_set", "method", "reading", "params", "metric", "valid_from", "split_folds"]
    columns += ["split_seed", "fold", "seed", "value"]
    rows = pd.concat([runs.results for runs in sources.values()])
    others = pd.concat([runs.partitions for runs in sources.values()])
    named = rows[["method", "params", "reading"]].drop_duplicates()
    others = others.drop(columns="reading").merge(named, on=["method", "params"])
    everything = pd.concat([rows, others]).reindex(columns=columns)
    published = load_published().rename(columns={"mean": "published", "std": "published_std"})
    published = published[["dataset", "method", "metric", "published", "published_std"]]
    once = everything[everything["metric"].isin(metrics)].drop_duplicates(columns[:-1], ignore_index=True)
    return once.merge(published, how="left", on=["dataset", "method", "metric"])
