"""Who takes part, and every test of DILDL against the others, under two sources of the rows that choose the epoch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

from companion.base.asked import Asked
from companion.base.comparison import METRIC_TITLES, TUNED, comparison_table
from companion.base.names import RIVALS
from companion.base.paper import load_experiment
from companion.base.published import load_first_hand, load_published
from companion.base.tuned import with_tuned
from companion.evidence.ablation import ablation_table, ablation_tests
from companion.show.beside import OF_DILDL, in_order
from companion.show.look import called
from companion.show.provenance import Provenance, provenance_note
from ildl.compare.significance import compare
from ildl.compare.statistics import REFERENCES, summarise

CODE_FAULT = "epsilon cut-off (a numerical fault)"
SOURCES = SAMPLED, LEFT_OUT = "Epoch chosen on sampled rows", "On rows the sampling left out"
KL, CHEB = "kl_divergence", "chebyshev"
SCORES = ["dataset", "feature_set", "label", "method", "reading", "metric", "fold", "seed", "value"]
"""Columns of scores that a download has."""
LEFT_OUT_METRICS = ("clark", "canberra", "cosine", "intersection")
"""Those that the paper names and prints no comparison of."""


@dataclass(frozen=True)
class Study:
    """Rows that are compared, by source: `results`; `tests` of DILDL in each reading; `scores` of who is ranked."""

    results: Mapping[str, pd.DataFrame] = field(repr=False)
    partitions: pd.DataFrame = field(repr=False)
    tests: pd.DataFrame = field(repr=False)
    scores: pd.DataFrame = field(repr=False)


def load_study(asked: Asked) -> Study:
    """Load the comparison under both sources, test DILDL against every other row, and name who is ranked."""
    frames = {name: load_experiment(name, asked) for name in ("comparison", "unsampled", "partitions")}
    partitions = frames["partitions"]
    first = (partitions["split_seed"] == 0) & (partitions["split_folds"] == "kfold")
    references = partitions[first & partitions["method"].isin(REFERENCES)].assign(valid_from="unsampled")
    dropped = pd.concat([with_tuned(frames["unsampled"]), references], ignore_index=True)
    dropped.attrs = frames["unsampled"].attrs  # where the results are from; pandas drops it
    kept = with_tuned(frames["comparison"].query("epoch_kept == 'best'"))
    results = {SAMPLED: chosen(kept), LEFT_OUT: chosen(dropped)}
    tests = pd.concat([tested(rows).assign(source=source) for source, rows in results.items()], ignore_index=True)
    return Study(results, partitions, tests, ranked_rows(results[SAMPLED]))


def chosen(results: pd.DataFrame) -> pd.DataFrame:
    """Every method by default, RDA tuned, a code fault, DILDL in three readings; `row` names them."""
    shown = results["reading"].isin(["default", *TUNED["RDA"], CODE_FAULT])
    shown |= (results["method"] == "DILDL") & results["reading"].isin(OF_DILDL)
    shown &= results["metric"].isin(METRIC_TITLES) & results["method"].isin([*RIVALS, "DILDL", *REFERENCES])
    rows = in_order(results[shown]).reset_index(drop=True)
    rows["row"] = [called(*pair) for pair in zip(rows["method"], rows["reading"], strict=True)]
    return rows


def ranked_rows(rows: pd.DataFrame) -> pd.DataFrame:
    """Who is ranked: every method by default, and DILDL in three readings; `label` names them."""
    ranked = (rows["reading"] == "default") | (rows["method"] == "DILDL")
    return rows[ranked].assign(label=rows["row"])


def tested(rows: pd.DataFrame) -> pd.DataFrame:
    """Every reading of DILDL against every other row.

    Columns: those of `ildl.compare.significance.compare`; reading (of DILDL); row, row_reading; marker (what Table 1, 2
    or 5 prints beside the method's default reading, else empty).
    """
    own = rows[rows["method"] == "DILDL"].drop_duplicates("reading").set_index("reading")["params"]
    names = rows.drop_duplicates(["method", "params"]).set_index(["method", "params"])[["row", "reading"]]
    names = names.rename(columns={"reading": "row_reading"})
    tests = [compare(rows, "DILDL", own[name]).assign(reading=name) for name in OF_DILDL if name in own]
    table = pd.concat(tests, ignore_index=True).join(names, on=["method", "params"])
    published = load_published()[["dataset", "method", "metric", "marker"]].assign(row_reading="default")
    table = table.merge(published, how="left", on=["dataset", "method", "metric", "row_reading"])
    order = in_order(table.assign(reading=table["row_reading"])).index
    return table.assign(marker=table["marker"].fillna("")).loc[order].reset_index(drop=True)


def against_appendices(study: Study) -> pd.DataFrame:
    """Metrics that the paper leaves out, ours beside the appendices, as `comparison_table`; metric, reading, row."""
    rows = study.results[SAMPLED]
    printed, summary = load_first_hand().assign(marker=""), summarise(rows, partitions=study.partitions)
    tables = [comparison_table(summary, printed, metric).assign(metric=metric) for metric in LEFT_OUT_METRICS]
    names = rows.drop_duplicates(["method", "params"]).set_index(["method", "params"])["reading"]
    table = pd.concat(tables, ignore_index=True).join(names, on=["method", "params"])
    table["reading"] = table["reading"].fillna("default")
    table["row"] = [called(*pair) for pair in zip(table["method"], table["reading"], strict=True)]
    return table.assign(mark_corrected="none", p_corrected=float("nan"))


def ablation_effects(asked: Asked, published: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame, Provenance]:
    """Effects of the components with their tests, the cells that they are made of, each with its source; the origin."""
    names = {SAMPLED: "ablation", LEFT_OUT: "unsampled_ablation"}
    frames = {source: load_experiment(name, asked) for source, name in names.items()}
    effects = [ablation_tests(frame).assign(source=source) for source, frame in frames.items()]
    cells = [ablation_table(frame, published).assign(source=source) for source, frame in frames.items()]
    origin = provenance_note(*frames.values())
    return pd.concat(effects, ignore_index=True), pd.concat(cells, ignore_index=True), origin
