"""Numbers and checks of the page: results against constants, and what the sampling does; the rest joins them."""

from __future__ import annotations

import pandas as pd

from companion.evidence.constants import TEST_MEAN, TRAIN_MEAN, UNIFORM
from companion.show.facts import Facts, every
from companion.why.against import LEFT_OUT, OURS, PUBLISHED, SAMPLED, below_floor, constant_means
from companion.why.data import PROMOTED, SUPPRESSED
from companion.why.facts_base import DILDL, KL, ROWS, SETS, Checks, Numbers, kl_cells, one
from companion.why.facts_runs import alignment_facts, epochs_facts, further_facts, imbalance_facts
from companion.why.frames import Evidence, comparable, of_the_tables
from ildl.compare.statistics import BETTER, WORSE


def why_facts(
    evidence: Evidence,
    agreement: pd.DataFrame,
    effects: pd.DataFrame,
    degrees: pd.DataFrame,
    sets: pd.DataFrame,
    further: pd.DataFrame,
    curves: pd.DataFrame,
    stability: pd.DataFrame,
) -> Facts:
    """Collect what the page says."""
    numbers: Numbers = {}
    checks: Checks = {}
    for more in (
        _against(evidence),
        _constants(evidence, sets),
        _agreement(agreement),
        _sampling(degrees, sets),
        epochs_facts(evidence),
        alignment_facts(effects, evidence),
        further_facts(further),
        imbalance_facts(curves, stability),
    ):
        numbers |= more[0]
        checks |= more[1]
    return Facts(numbers, checks)


def _against(evidence: Evidence) -> tuple[Numbers, Checks]:
    cells = kl_cells(evidence)
    printed = cells[cells["side"] == PUBLISHED]
    everywhere = of_the_tables(cells[(cells["side"] == OURS)])
    ours = comparable(everywhere)
    sampled, left_out = (ours[ours["chosen_by"] == by] for by in (SAMPLED, LEFT_OUT))
    better = printed[printed["better"]]
    numbers: Numbers = {"published": len(printed), "published_better": len(better)}
    numbers["published_sets"] = int(printed["dataset"].nunique())
    for short, rows in (("sampled", sampled), ("left_out", left_out)):
        for name, dataset in SETS.items():
            of_set = rows[rows["dataset"] == dataset]
            numbers[f"{short}_{name}"] = len(of_set) or None
            numbers[f"{short}_{name}_better"] = int((of_set["verdict"] == BETTER).sum()) if len(of_set) else None
    for name, dataset in SETS.items():
        for side, row in (("dildl", "DILDL"), ("rda", "RDA"), ("ofr_db", "OFR-DB")):
            numbers[f"{side}_published_{name}"] = one(printed, "value", dataset=dataset, row=row)
    names = ["Movie", "Emotion6", "Flickr_LDL"]
    numbers["run_sets"] = int(everywhere["dataset"].nunique())
    trained = left_out[left_out["row"].isin([ROWS["ofr_db"], ROWS["rda"]])]
    firsts = everywhere[everywhere["chosen_by"] == SAMPLED]
    objective = firsts[firsts["row"].isin(DILDL)]
    checks = {
        "most of what is published, and of what we train, is worse than equal degrees": all(
            len(rows) and (rows["verdict"] == WORSE).mean() > 1 / 2 for rows in (printed, firsts)
        ),
        "every divergence published on Movie, Emotion6 and Flickr LDL is worse than equal degrees": every(
            len(rows) and (rows["verdict"] == WORSE).all() for rows in (printed[printed["dataset"] == n] for n in names)
        ),
        "on sampled rows, DILDL by its printed objective is worse than equal degrees": every(
            objective["verdict"] == WORSE
        ),
        "what is published and better than equal degrees is RDA or DILDL, on RAF-ML or Natural Scene": every(
            better["row"].isin(["RDA", "DILDL"]) & better["dataset"].isin(["RAF-ML", "Natural_Scene"])
        ),
        "on sampled rows, nothing of ours on Movie is better than equal degrees": every(
            ~sampled.loc[sampled["dataset"] == "Movie", "better"]
        ),
        "on sampled rows, OFR-DB and DILDL with RDA's loss alone are better on Natural Scene": set(
            sampled.loc[(sampled["dataset"] == "Natural_Scene") & (sampled["verdict"] == BETTER), "row"]
        )
        == {ROWS["ofr_db"], ROWS["rda_loss"]},
        "on left-out rows, OFR-DB and RDA are better than equal degrees": every(trained["verdict"] == BETTER),
        "on left-out rows, DILDL by its printed objective is not better than equal degrees": every(
            ~left_out.loc[left_out["row"].isin(DILDL), "better"]
        ),
    }
    return numbers, checks


def _constants(evidence: Evidence, sets: pd.DataFrame) -> tuple[Numbers, Checks]:
    means = constant_means(evidence.constants, KL)
    numbers: Numbers = {
        f"{short}_{name}": _at(means, dataset, constant)
        for short, constant in (("uniform", UNIFORM), ("mean", TRAIN_MEAN), ("oracle", TEST_MEAN))
        for name, dataset in SETS.items()
    }
    labels = sets.reset_index()
    numbers["same_labels"] = int(labels["same"].fillna(False).astype(bool).sum())
    numbers["data_sets"] = len(labels)
    floor = below_floor(evidence.published, labels)
    below = floor[floor["below"]]
    numbers |= {"floor": len(floor), "floor_below": len(below)}
    oracle = kl_cells(evidence, constant=TEST_MEAN)
    past = oracle[oracle["better"]]
    checks = {
        "the mean of the training rows scores worse than equal degrees on every set": every(
            means[TRAIN_MEAN] > means[UNIFORM]
        ),
        "of all results, published DILDL on RAF-ML alone is better than the best constant": len(oracle) > 0
        and set(zip(past["dataset"], past["row"], past["side"], strict=True)) == {("RAF-ML", "DILDL", PUBLISHED)},
        "two printed numbers lie below the floor, both of SA-BFGS": len(below) == 2
        and every(below["method"] == "SA-BFGS"),
    }
    return numbers, checks


def _at(means: pd.DataFrame, dataset: str, constant: str) -> float | None:
    there = dataset in means.index and constant in means
    return float(means[constant].to_dict()[dataset]) if there else None


def _agreement(agreement: pd.DataFrame) -> tuple[Numbers, Checks]:
    rows = agreement[agreement["metric"] == KL]
    numbers: Numbers = {
        f"nearness_{name}": one(rows, "rank_correlation", dataset=dataset) for name, dataset in SETS.items()
    }
    numbers["nearness_methods"] = int(rows["n"].max()) if len(rows) else None
    there = rows[rows["dataset"].isin(SETS.values())]
    checks = {
        "methods are ordered by the evenness of their predictions": len(there) == len(SETS)
        and every(there["rank_correlation"] >= 0.85)
    }
    return numbers, checks


def _sampling(degrees: pd.DataFrame, sets: pd.DataFrame) -> tuple[Numbers, Checks]:
    common, rare = (degrees[degrees["part"] == part] for part in (SUPPRESSED, PROMOTED))
    up, within = (int((sets[f"{what}_after"] > sets[f"{what}_before"]).sum()) for what in ("ratio", "dominant"))
    numbers: Numbers = {
        "fewest": int(sets["fewest"].min()),
        "most": int(sets["most"].max()),
        "smallest_set": int(sets["rows"].min()),
        "largest_set": int(sets["rows"].max()),
        "ratio_up": up,
        "dominant_up": within,
    }
    for short, rows in (("common", common), ("rare", rare)):
        for when in ("before", "after"):
            numbers[f"{short}_{when}_movie"] = one(rows, when, dataset="Movie")
    checks = {
        "the sampling makes the common label rarer and the rare one more common in every set": every(
            common["after"] < common["before"]
        )
        and every(rare["after"] > rare["before"]),
        "most sets become more unequal between labels, and fewer than half within rows": up > len(sets) / 2 > within,
    }
    return numbers, checks
