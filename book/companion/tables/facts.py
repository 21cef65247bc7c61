"""Numbers and checks of the page on the tables."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from companion.base.names import NO_DECOUPLED_LOSS
from companion.base.strict_yaml import load_yaml
from companion.evidence.ablation import published_effects
from companion.evidence.sources import CODE_FAULT, LEFT_OUT, SAMPLED
from companion.show.facts import Facts, every, holding
from companion.tables.frames import Runs
from ildl.compare.noise import INSIDE
from ildl.compare.statistics import BETTER, COMPARABLE, REFERENCES, WORSE

CHEB, KL = "chebyshev", "kl_divergence"
NAMED = {
    "uniform": ("Uniform", "default"),
    "mean": ("Train-mean", "default"),
    "ofr_db": ("OFR-DB", "default"),
    "rda": ("RDA", "default"),
    "printed": ("DILDL", "as printed"),
    "derived": ("DILDL", "default"),
    "rda_loss": ("DILDL", NO_DECOUPLED_LOSS),
}
"""How the names of numbers call rows."""
OBJECTIVE = ("as printed", "default")
"""Readings of DILDL that have its printed objective."""
RELATIVES = ("OFR-FL", "OFR-CB", "OFR-DB", "RDA")
"""The comparison methods that share DILDL's network or sampling."""


def tables_facts(
    sources: Mapping[str, Runs], tests: Mapping[str, pd.DataFrame], printed: pd.DataFrame, beside: pd.DataFrame
) -> Facts:
    """Collect what the page says: `tests` are of our ablations, `printed` is the published one, `beside` holds both."""
    sampled, left_out = (comparable(sources[name].table) for name in (SAMPLED, LEFT_OUT))
    movie = "dataset == 'Movie' and metric == @KL"
    rivals = sampled[~sampled["method"].isin(["DILDL", *REFERENCES]) & (sampled["reading"] == "default")]
    rivals = rivals[rivals["published"].notna()]  # a method that was added has none
    marked, marked_left_out = (
        t.query("published_marker == @BETTER and reading == 'default'") for t in (sampled, left_out)
    )
    of_loss, aside = (tests[name].query("criterion == 'kl'") for name in ("", "left_out"))
    drda, dld, drda_aside, dld_aside = (
        frame[frame["contrast"].str.startswith(part)] for frame in (of_loss, aside) for part in ("DRDA", "DLD")
    )
    effects = published_effects(printed).dropna(subset="improves")
    scl = sampled[sampled["method"] == "Adam-LDL-SCL"].query(movie)
    neither = beside.query(f"{movie} and row == 'neither'").drop_duplicates("criterion").set_index("criterion")
    numbers = {
        **of_rows(sampled),
        **of_rows(left_out, "_left_out"),
        "cheb_uniform_movie": one(sampled, "Uniform", metric=CHEB),
        "cheb_published_movie": one(sampled, "DILDL", metric=CHEB, side="published"),
        "cheb_printed_movie_left_out": one(left_out, "DILDL", "as printed", metric=CHEB),
        "folds": one(sampled, "DILDL", side="n_folds"),
        "seeds": one(sampled, "DILDL", side="n_seeds"),
        "rival_cells": len(rivals),
        "rival_inside": count(rivals, "verdict", INSIDE),
        "rival_worse": count(rivals, "verdict", WORSE),
        "scl_published": one(scl, "Adam-LDL-SCL", side="published"),
        "scl_fault": one(scl, "Adam-LDL-SCL", CODE_FAULT),
        "scl_ours": one(scl, "Adam-LDL-SCL"),
        "marks": len(marked),
        "marks_again": count(marked, "mark_corrected", BETTER),
        "marks_reversed": count(marked, "mark_corrected", WORSE),
        "marks_left_out": len(marked_left_out),
        "marks_left_out_again": count(marked_left_out, "mark_corrected", BETTER),
        "ablation_drda": len(drda),
        "ablation_drda_better": count(drda, "mark", BETTER),
        "ablation_dld": len(dld),
        "ablation_dld_better": count(dld, "mark", BETTER),
        "ablation_dld_worse": count(dld, "mark", WORSE),
        "ablation_sets": of_loss["dataset"].nunique(),
        "left_out_dld": len(dld_aside),
        "left_out_dld_better": count(dld_aside, "mark", BETTER),
        "printed_effects": len(effects),
        "printed_improve": int(effects["improves"].sum()),
        "empty_cells": int(printed["value"].isna().sum()),
        "neither_plain": float(neither["ours"].get("kl", math.nan)),
        "neither_added": float(neither["ours"].get("added", math.nan)),
        "neither_print": float(neither["published"].max()),
    }
    frames = {"sampled": sampled, "left_out": left_out, "rivals": rivals}
    names = {"objective": OBJECTIVE, "relatives": RELATIVES, "kl": KL, "good": (BETTER, INSIDE)}
    checks = holding(load_yaml(Path(__file__).with_name("checks.yml")), frames, names)
    checks |= {
        "RDA is better than DILDL by its printed objective in every cell": rda_better(sampled),
        "on left-out rows, RDA is better than DILDL by its printed objective in every cell": rda_better(left_out),
        "equal degrees score better than every number published on Movie by KL": numbers["kl_uniform_movie"]
        < sampled.query(movie)["published"].min(),
        "equal degrees are less than a hundredth behind the best published distance on Movie": 0
        < numbers["cheb_uniform_movie"] - sampled.query("dataset == 'Movie' and metric == @CHEB")["published"].min()
        < 0.01,
        "most rival cells outside the noise are better than published": 2 * count(rivals, "verdict", BETTER)
        > len(rivals) - count(rivals, "verdict", INSIDE),
        "a numerical fault gives Adam-LDL-SCL its published divergence on Movie": every(
            scl.loc[scl["reading"] == CODE_FAULT, "verdict"] == INSIDE
        ),
        "without alignment the mean divergence is lower, in both data sets and from both sources": all(
            lowest(table[table["metric"] == KL], "OFR-DB", ["RDA", "DILDL"]) for table in (sampled, left_out)
        ),
        "the paper's first row of the ablation is nearer to RDA's loss than to the plain divergence": abs(
            numbers["neither_added"] - numbers["neither_print"]
        )
        < abs(numbers["neither_plain"] - numbers["neither_print"]),
        "fewer than half of the marks come out": 2 * count(marked, "mark_corrected", BETTER) < len(marked),
        "the decoupled loss hurts more often than it helps": count(dld, "mark", WORSE) > count(dld, "mark", BETTER),
        "on left-out rows, the decoupled loss never hurts, and decoupled alignment makes no difference": len(aside) > 0
        and not count(dld_aside, "mark", WORSE)
        and not drda_aside["mark"].isin([BETTER, WORSE]).any(),
        "on left-out rows, the decoupled loss helps on Movie alone": set(
            dld_aside.loc[dld_aside["mark"] == BETTER, "dataset"]
        )
        == {"Movie"},
        "a quarter of the effects of decoupled alignment at most are improvements": 0
        < len(drda)
        >= 4 * count(drda, "mark", BETTER),
        "in print, all effects but one are improvements": len(effects) - numbers["printed_improve"] == 1,
    }
    known = {name: None if isinstance(value, float) and math.isnan(value) else value for name, value in numbers.items()}
    return Facts(known, {name: bool(holds) for name, holds in checks.items()})


def comparable(table: pd.DataFrame) -> pd.DataFrame:
    """Rows of Tables 1 and 2 that have results on data sets with the benchmark's features."""
    there = (table["feature_set"] == COMPARABLE) & table["ours"].notna()
    return table[there & table["metric"].isin([CHEB, KL])]


def of_rows(table: pd.DataFrame, suffix: str = "") -> dict[str, float | int]:
    """Divergences on the two data sets: ours by row, and what is published of three."""
    found: dict[str, float | int] = {}
    for dataset in ("Movie", "Natural_Scene"):
        at = dataset.lower()
        found |= {f"kl_{name}_{at}{suffix}": one(table, *row, dataset) for name, row in NAMED.items()}
        for name, method in (("", "DILDL"), ("rda_", "RDA"), ("ofr_db_", "OFR-DB")):
            found[f"kl_published_{name}{at}"] = one(table, method, dataset=dataset, side="published")
    return found


def one(
    table: pd.DataFrame,
    method: str,
    reading: str = "default",
    dataset: str = "Movie",
    metric: str = KL,
    side: str = "ours",
) -> float:
    """The value of one cell; NaN where this run does not have it."""
    wanted = {"method": method, "reading": reading, "dataset": dataset, "metric": metric}
    rows = table[np.logical_and.reduce([table[name] == value for name, value in wanted.items()])]
    return float(rows[side].item()) if len(rows) else math.nan


def count(rows: pd.DataFrame, column: str, value: str) -> int:
    """How many rows say so."""
    return int((rows[column] == value).sum())


def lowest(cells: pd.DataFrame, method: str, others: Sequence[str]) -> bool:
    """Whether a method has a lower mean than others in every reading but tuned ones, in each cell."""
    keys = ["dataset", "metric"]
    own = cells[(cells["method"] == method) & (cells["reading"] == "default")].set_index(keys)["ours"]
    rest = cells[cells["method"].isin(others) & (cells["reading"] != "tuned")].set_index(keys)["ours"]
    return 0 < len(own) * len(others) <= len(rest) and bool((rest > own.reindex(rest.index)).all())


def rda_better(table: pd.DataFrame) -> bool:
    """Whether RDA has the lower mean than DILDL with printed and derived targets, in both metrics and data sets."""
    return lowest(table[table["reading"].isin(OBJECTIVE)], "RDA", ["DILDL"])
