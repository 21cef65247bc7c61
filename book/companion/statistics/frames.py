"""Who takes part, and every test of DILDL against the others, under two sources of the rows that choose the epoch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

from companion.base.asked import Asked
from companion.base.names import OF_DILDL, RIVALS
from companion.base.paper import load_experiment
from companion.base.published import load_first_hand, load_published
from companion.evidence.ablation import ablation_table, ablation_tests
from companion.evidence.sources import LEFT_OUT, SAMPLED, load_sources
from companion.show.beside import beside_published, in_order
from companion.show.look import rows_called
from companion.show.provenance import Provenance, provenance_note
from ildl.compare.significance import compare
from ildl.compare.statistics import REFERENCES

SOURCES = SAMPLED, LEFT_OUT
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
    sources, partitions = load_sources(asked)
    results = {source: chosen(rows) for source, rows in sources.items()}
    tests = pd.concat([tested(rows).assign(source=source) for source, rows in results.items()], ignore_index=True)
    return Study(results, partitions, tests, ranked_rows(results[SAMPLED]))


def chosen(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows of the paper's methods and the references, in the paper's order; `row` names them."""
    kept = in_order(rows[rows["method"].isin([*RIVALS, "DILDL", *REFERENCES])]).reset_index(drop=True)
    return kept.assign(row=rows_called(kept))


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
    printed = load_first_hand().assign(marker="")
    table = beside_published(study.results[SAMPLED], study.partitions, printed, LEFT_OUT_METRICS)
    return table.assign(mark_corrected="none", p_corrected=float("nan"))


def ablation_effects(asked: Asked, published: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame, Provenance]:
    """Effects of the components with their tests, the cells that they are made of, each with its source; the origin."""
    names = {SAMPLED: "ablation", LEFT_OUT: "unsampled_ablation"}
    frames = {source: load_experiment(name, asked) for source, name in names.items()}
    effects = [ablation_tests(frame).assign(source=source) for source, frame in frames.items()]
    cells = [ablation_table(frame, published).assign(source=source) for source, frame in frames.items()]
    origin = provenance_note(*frames.values())
    return pd.concat(effects, ignore_index=True), pd.concat(cells, ignore_index=True), origin
