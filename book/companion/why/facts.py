"""Numbers and checks of the page."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from companion.base.names import NO_DECOUPLED_LOSS
from companion.evidence.constants import TEST_MEAN, TRAIN_MEAN, UNIFORM
from companion.show.facts import Facts
from companion.show.look import called
from companion.why.against import LAST, LEFT_OUT, OURS, PUBLISHED, SAMPLED, below_floor, constant_means
from companion.why.alignment import count_verdicts
from companion.why.data import PROMOTED, SUPPRESSED
from companion.why.frames import Evidence, comparable, epochs, of_the_tables
from ildl.compare.statistics import BETTER, REFERENCES, WORSE

KL, CHEB = "kl_divergence", "chebyshev"
SETS = {"movie": "Movie", "natural_scene": "Natural_Scene"}
ROWS = {
    "ofr_db": "OFR-DB",
    "rda": "RDA",
    "printed": called("DILDL", "as printed"),
    "derived": called("DILDL"),
    "rda_loss": called("DILDL", NO_DECOUPLED_LOSS),
}
"""How names of numbers call rows."""
CHOICES = {"sampled": SAMPLED, "left_out": LEFT_OUT, "last": LAST}
DILDL = (ROWS["printed"], ROWS["derived"])
Numbers = dict[str, float | int | str | None]
Checks = dict[str, bool]


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
        _epochs(evidence),
        _alignment(effects, evidence),
        _further(further),
        _imbalance(curves, stability),
    ):
        numbers |= more[0]
        checks |= more[1]
    return Facts(numbers, checks)


def every(answers: Iterable[object]) -> bool:
    """Whether there are answers, and all are true."""
    found = list(answers)
    return bool(found) and all(map(bool, found))


def _cells(evidence: Evidence, metric: str = KL, constant: str = UNIFORM) -> pd.DataFrame:
    rows = evidence.against
    return rows[(rows["metric"] == metric) & (rows["constant"] == constant)]


def _one(rows: pd.DataFrame, column: str, **where: str) -> float | None:
    """The value of a column in the one row that there is; None without it."""
    for name, wanted in where.items():
        rows = rows[rows[name] == wanted]
    return float(rows[column].iloc[0]) if len(rows) == 1 and pd.notna(rows[column].iloc[0]) else None


def _against(evidence: Evidence) -> tuple[Numbers, Checks]:
    cells = _cells(evidence)
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
            numbers[f"{side}_published_{name}"] = _one(printed, "value", dataset=dataset, row=row)
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
    oracle = _cells(evidence, constant=TEST_MEAN)
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
        f"nearness_{name}": _one(rows, "rank_correlation", dataset=dataset) for name, dataset in SETS.items()
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
            numbers[f"{short}_{when}_movie"] = _one(rows, when, dataset="Movie")
    checks = {
        "the sampling makes the common label rarer and the rare one more common in every set": every(
            common["after"] < common["before"]
        )
        and every(rare["after"] > rare["before"]),
        "most sets become more unequal between labels, and fewer than half within rows": up > len(sets) / 2 > within,
    }
    return numbers, checks


def _epochs(evidence: Evidence) -> tuple[Numbers, Checks]:
    table = epochs(evidence.runs)
    numbers: Numbers = {}
    for short, row in ROWS.items():
        for choice, by in CHOICES.items():
            for name, dataset in SETS.items():
                cell = {"row": row, "chosen_by": by, "dataset": dataset}
                numbers[f"kl_{short}_{choice}_{name}"] = _one(table, KL, **cell)
                kept = _one(table, "epoch", **cell)
                numbers[f"epoch_{short}_{choice}_{name}"] = None if kept is None else round(kept)
                numbers[f"moved_{short}_{choice}_{name}"] = _one(table, "from_start", **cell)
    values = comparable(table).set_index(["row", "dataset", "chosen_by"])
    kl, epoch, moved = (values[column].to_dict() for column in (KL, "epoch", "from_start"))
    both = [(row, dataset) for row in DILDL for dataset in SETS.values()]
    trained = [(ROWS[short], dataset) for short in ("ofr_db", "rda") for dataset in SETS.values()]
    checks = {
        "on left-out rows, DILDL on Movie stops almost at once": every(
            epoch.get((row, "Movie", LEFT_OUT), 99) <= 2
            and moved[row, "Movie", LEFT_OUT] < moved[row, "Movie", SAMPLED] / 5
            for row in DILDL
        ),
        "on left-out rows, OFR-DB and RDA train on for fifty epochs and more": every(
            epoch.get((*cell, LEFT_OUT), 0) >= 50 for cell in trained
        ),
        "on left-out rows, DILDL scores within a tenth of equal degrees": every(
            abs(ratio - 1) < 0.1 for ratio in _ratios(evidence, LEFT_OUT)
        )
        and len(_ratios(evidence, LEFT_OUT)) == len(both),
        "left-out rows give every network a lower divergence than sampled rows": every(
            kl.get((row, dataset, LEFT_OUT), 99) < kl.get((row, dataset, SAMPLED), 0)
            for row in ROWS.values()
            for dataset in SETS.values()
        ),
        "the last epoch is better for OFR-DB and RDA on Movie, and worse for DILDL as printed on both": every(
            kl.get((ROWS[short], "Movie", LAST), 99) < kl.get((ROWS[short], "Movie", SAMPLED), 0)
            for short in ("ofr_db", "rda")
        )
        and every(
            kl.get((ROWS["printed"], dataset, LAST), 0) > kl.get((ROWS["printed"], dataset, SAMPLED), 99)
            for dataset in SETS.values()
        ),
        "OFR-DB scores better than DILDL by its printed objective under every choice": every(
            kl.get((ROWS["ofr_db"], dataset, by), 99) < kl.get((row, dataset, by), 0)
            for row, dataset in both
            for by in CHOICES.values()
        ),
    }
    return numbers, checks


def _ratios(evidence: Evidence, chosen_by: str) -> list[float]:
    cells = comparable(_cells(evidence))
    return list(cells.loc[(cells["chosen_by"] == chosen_by) & cells["row"].isin(DILDL), "ratio"])


def _alignment(effects: pd.DataFrame, evidence: Evidence) -> tuple[Numbers, Checks]:
    rows = count_verdicts(effects)
    counts = {(row["added"], row["chosen_by"]): row for row in rows.to_dict("records")}
    numbers: Numbers = {}
    for short, added in (("align", "alignment"), ("dealign", "decoupled alignment"), ("decouple", "decoupling")):
        for choice, by in CHOICES.items():
            found = counts.get((added, by), {})
            numbers |= {
                f"{short}_{choice}{end}": None if column not in found else int(found[column])
                for end, column in (("", "n"), ("_better", "better"), ("_worse", "worse"))
            }
    aligned = rows[rows["added"].isin(["alignment", "decoupled alignment"])]
    chosen = aligned[aligned["chosen_by"] != LAST]
    left_out = rows[(rows["added"] == "alignment") & (rows["chosen_by"] == LEFT_OUT)]
    freed = rows[(rows["added"] == "decoupling")]
    print_, ours = _cells(evidence), _cells(evidence)
    rda = _one(print_[print_["side"] == PUBLISHED], "value", dataset="Movie", row="RDA")
    ofr = _one(ours, "value", dataset="Movie", row="OFR-DB", chosen_by=SAMPLED)
    checks = {
        "where validation rows choose the epoch, alignment never helps": len(chosen) > 2
        and every(chosen["better"] == 0),
        "with the last epoch, alignment hurts more often than it helps": every(
            last["worse"] > last["better"] for last in aligned[aligned["chosen_by"] == LAST].to_dict("records")
        ),
        "on left-out rows, alignment hurts in every comparison": every(left_out["worse"] == left_out["n"]),
        "decoupling the alignment helps RDA more often than it hurts": len(freed) > 2
        and every(freed["better"] > freed["worse"]),
        "our OFR-DB on Movie scores better than the published RDA": ofr is not None and rda is not None and ofr < rda,
    }
    return numbers, checks


def _further(further: pd.DataFrame) -> tuple[Numbers, Checks]:
    rows = further[further["metric"] == KL]
    learners = rows[~rows["method"].isin(REFERENCES)]
    beaten = learners[learners["holm_uniform"] == BETTER]
    where = list(beaten["dataset"].unique())
    own, with_loss = (rows[rows["row"] == ROWS[short]] for short in ("derived", "rda_loss"))
    numbers: Numbers = {
        "further": int(rows["dataset"].nunique()),
        "further_yeast": int(rows.loc[rows["dataset"].str.startswith("Yeast"), "dataset"].nunique()),
        "further_beaten": len(where),
        "further_where": where[0] if len(where) == 1 else None,
    }
    for short, frame in (("derived", own), ("rda_loss", with_loss)):
        for end, verdict in (("better", BETTER), ("worse", WORSE)):
            numbers[f"further_{short}_{end}"] = int((frame["verdict_rda"] == verdict).sum())
    at = rows[rows["dataset"].isin(where[:1])]
    for short, row in (*ROWS.items(), ("uniform", called(UNIFORM)), ("mean", called(TRAIN_MEAN))):
        numbers[f"further_kl_{short}"] = _one(at, "mean", row=row)
    mean = at[at["method"] == TRAIN_MEAN]
    checks = {
        "on one further set alone does a method beat equal degrees": len(where) == 1,
        "there, the mean of the training rows beats equal degrees, and no method that mean": every(
            mean["holm_uniform"] == BETTER
        )
        and not (at.loc[~at["method"].isin(REFERENCES), "holm_train_mean"] == BETTER).any(),
        "DILDL by its printed objective is nowhere better than RDA": len(own) > 1
        and every(own["verdict_rda"] != BETTER),
        "DILDL with RDA's loss is nowhere worse than RDA": len(with_loss) > 1
        and every(with_loss["verdict_rda"] != WORSE),
        "equal degrees have the lowest divergence on most further sets": int(
            (rows.loc[rows.groupby("dataset")["mean"].idxmin(), "method"] == UNIFORM).sum()
        )
        > rows["dataset"].nunique() / 2,
    }
    return numbers, checks


def _imbalance(curves: pd.DataFrame, stability: pd.DataFrame) -> tuple[Numbers, Checks]:
    weak, strong = curves["eta"].min(), 1.0
    numbers: Numbers = {"weakest": float(weak), "least_tau": float(stability["tau"].min()) if len(stability) else None}
    own = curves[curves["row"] == ROWS["derived"]].set_index(["dataset", "eta"])["ratio"].to_dict()
    for name, dataset in SETS.items():
        for short, eta in (("weak", weak), ("own", strong)):
            numbers[f"ratio_{short}_{name}"] = own.get((dataset, eta))
    checks = {
        "milder sampling brings DILDL nearer to equal degrees": every(
            own.get((dataset, weak), 99) < own.get((dataset, strong), 0) for dataset in SETS.values()
        ),
        "on Movie, DILDL stays at twice equal degrees and more": every(
            own.get(("Movie", eta), 0) > 2 for eta in curves["eta"].unique()
        ),
        "methods keep their order": len(stability) > 4 and every(stability["tau"] > 0.75),
    }
    return numbers, checks
