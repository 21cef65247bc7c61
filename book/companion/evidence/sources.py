"""Our rows of the paper's tables, under the two sources of the rows that choose the epoch."""

from __future__ import annotations

import pandas as pd

from companion.base.asked import Asked
from companion.base.comparison import METRIC_TITLES, TUNED
from companion.base.names import OF_DILDL
from companion.base.paper import load_experiment
from companion.base.tuned import with_tuned
from ildl.compare.statistics import REFERENCES

SAMPLED, LEFT_OUT = "Epoch chosen on sampled rows", "On rows the sampling left out"
"""Names of the two sources, as pages show them."""
CODE_FAULT = "epsilon cut-off (a numerical fault)"
"""Reading of Adam-LDL-SCL, under which its published numbers come out."""


def load_sources(asked: Asked) -> tuple[dict[str, pd.DataFrame], pd.DataFrame]:
    """Load the results of either source, in the order of the tabs, and the same cells under other partitions."""
    comparison, unsampled, partitions = (load_experiment(n, asked) for n in ("comparison", "unsampled", "partitions"))
    first = (partitions["split_seed"] == 0) & (partitions["split_folds"] == "kfold")
    references = partitions[first & partitions["method"].isin(REFERENCES)].assign(valid_from="unsampled", splits="")
    dropped = pd.concat([with_tuned(unsampled), references], ignore_index=True)
    dropped.attrs = unsampled.attrs  # where the results are from; pandas drops it
    sources = {SAMPLED: with_tuned(comparison.query("epoch_kept == 'best'")), LEFT_OUT: dropped}
    return {name: _of_the_tables(results) for name, results in sources.items()}, partitions


def _of_the_tables(results: pd.DataFrame) -> pd.DataFrame:
    """Every method by default, RDA tuned, a code fault, and DILDL in three readings."""
    shown = results["reading"].isin(["default", *TUNED["RDA"], CODE_FAULT])
    shown |= (results["method"] == "DILDL") & results["reading"].isin(OF_DILDL)
    return results[shown & results["metric"].isin(METRIC_TITLES)].reset_index(drop=True)
