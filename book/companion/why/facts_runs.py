"""Numbers and checks of the page on why: epochs, alignment, and other data."""

from __future__ import annotations

import pandas as pd

from companion.evidence.constants import TRAIN_MEAN, UNIFORM
from companion.show.facts import every
from companion.show.look import called
from companion.why.against import LAST, LEFT_OUT, PUBLISHED, SAMPLED
from companion.why.alignment import count_verdicts
from companion.why.facts_base import CHOICES, DILDL, KL, ROWS, SETS, Checks, Numbers, kl_cells, one
from companion.why.frames import Evidence, comparable, epochs
from ildl.compare.statistics import BETTER, REFERENCES, WORSE


def epochs_facts(evidence: Evidence) -> tuple[Numbers, Checks]:
    """Say what each choice of the epoch keeps and scores."""
    table = epochs(evidence.runs)
    numbers: Numbers = {}
    for short, row in ROWS.items():
        for choice, by in CHOICES.items():
            for name, dataset in SETS.items():
                cell = {"row": row, "chosen_by": by, "dataset": dataset}
                numbers[f"kl_{short}_{choice}_{name}"] = one(table, KL, **cell)
                kept = one(table, "epoch", **cell)
                numbers[f"epoch_{short}_{choice}_{name}"] = None if kept is None else round(kept)
                numbers[f"moved_{short}_{choice}_{name}"] = one(table, "from_start", **cell)
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
    cells = comparable(kl_cells(evidence))
    return list(cells.loc[(cells["chosen_by"] == chosen_by) & cells["row"].isin(DILDL), "ratio"])


def alignment_facts(effects: pd.DataFrame, evidence: Evidence) -> tuple[Numbers, Checks]:
    """Say how often alignment helps and hurts."""
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
    print_, ours = kl_cells(evidence), kl_cells(evidence)
    rda = one(print_[print_["side"] == PUBLISHED], "value", dataset="Movie", row="RDA")
    ofr = one(ours, "value", dataset="Movie", row="OFR-DB", chosen_by=SAMPLED)
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


def further_facts(further: pd.DataFrame) -> tuple[Numbers, Checks]:
    """Say who beats whom on the further data sets."""
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
        numbers[f"further_kl_{short}"] = one(at, "mean", row=row)
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


def imbalance_facts(curves: pd.DataFrame, stability: pd.DataFrame) -> tuple[Numbers, Checks]:
    """Say what milder sampling changes."""
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
