"""Numbers and checks of the page: results against constants, the sampling, epochs, alignment, and other data."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from companion.base.names import NO_DECOUPLED_LOSS
from companion.evidence.constants import TEST_MEAN, TRAIN_MEAN, UNIFORM
from companion.show.facts import Facts, every
from companion.show.look import called
from companion.why.against import KL, LAST, LEFT_OUT, OURS, PUBLISHED, SAMPLED, below_floor, constant_means
from companion.why.alignment import count_verdicts
from companion.why.frames import PROMOTED, SUPPRESSED, Evidence, comparable, epochs, of_the_tables
from ildl.compare.statistics import BETTER, REFERENCES, WORSE

SETS = {"movie": "Movie", "natural_scene": "Natural_Scene"}
BOTH = tuple(SETS.values())
DILDL = (called("DILDL", "as printed"), called("DILDL"))
WITH_LOSS = called("DILDL", NO_DECOUPLED_LOSS)
TRAINED = ("OFR-DB", "RDA")
CHOICES = {"sampled": SAMPLED, "left_out": LEFT_OUT, "last": LAST}
"""How names of numbers call choices of the epoch."""
Said = tuple[dict[str, Any], dict[str, bool]]
"""Numbers and checks."""


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
    cells = evidence.against[evidence.against["metric"] == KL]
    uniform = cells[cells["constant"] == UNIFORM]
    parts = (
        _against(uniform),
        _constants(evidence, cells, sets, agreement),
        _sampling(degrees, sets),
        _epochs(epochs(evidence.runs), uniform),
        _alignment(effects, uniform),
        _further(further[further["metric"] == KL]),
        _imbalance(curves, stability),
    )
    return Facts(*({name: value for part in parts for name, value in part[kind].items()} for kind in (0, 1)))


def one(rows: pd.DataFrame, column: str, **where: str) -> Any:
    """The value of a column in the one row that there is; None without it."""
    for name, wanted in where.items():
        rows = rows[rows[name] == wanted]
    return rows[column].item() if len(rows) == 1 and pd.notna(rows[column].item()) else None


def values(rows: pd.DataFrame, keys: Sequence[str], column: str) -> Mapping[Any, float]:
    """Keys -> the value of a column; NaN, which is neither more nor less than anything, for what this run lacks."""
    found: Mapping[Any, float] = rows.set_index(list(keys))[column].to_dict()
    return defaultdict(lambda: float("nan"), found)


def _against(cells: pd.DataFrame) -> Said:
    printed, everywhere = cells[cells["side"] == PUBLISHED], of_the_tables(cells[cells["side"] == OURS])
    firsts = everywhere[everywhere["chosen_by"] == SAMPLED]
    sampled, left_out = (comparable(everywhere[everywhere["chosen_by"] == by]) for by in (SAMPLED, LEFT_OUT))
    better, scene = printed[printed["better"]], sampled[sampled["dataset"] == "Natural_Scene"]
    beaten = printed[printed["dataset"].isin(names := ["Movie", "Emotion6", "Flickr_LDL"])]
    beyond = scene[scene["verdict"] == BETTER]
    numbers = {
        "published": len(printed),
        "published_better": len(better),
        "run_sets": int(everywhere["dataset"].nunique()),
        "sampled_natural_scene": len(scene) or None,
        "sampled_natural_scene_better": len(beyond) if len(scene) else None,
        "rda_published_movie": one(printed, "value", dataset="Movie", row="RDA"),
        "ofr_db_published_movie": one(printed, "value", dataset="Movie", row="OFR-DB"),
    }
    checks = {
        "most of what is published, and of what we train, is worse than equal degrees": every(
            (rows["verdict"] == WORSE).mean() > 1 / 2 for rows in (printed, firsts)
        ),
        "every divergence published on Movie, Emotion6 and Flickr LDL is worse than equal degrees": every(
            beaten["verdict"] == WORSE
        )
        and set(beaten["dataset"]) == set(names),
        "on sampled rows, DILDL by its printed objective is worse than equal degrees": every(
            firsts.loc[firsts["row"].isin(DILDL), "verdict"] == WORSE
        ),
        "what is published and better than equal degrees is RDA or DILDL, on RAF-ML or Natural Scene": every(
            better["row"].isin(["RDA", "DILDL"]) & better["dataset"].isin(["RAF-ML", "Natural_Scene"])
        ),
        "on sampled rows, nothing of ours on Movie is better than equal degrees": every(
            ~sampled.loc[sampled["dataset"] == "Movie", "better"]
        ),
        "on sampled rows, OFR-DB and DILDL with RDA's loss alone are better on Natural Scene": set(beyond["row"])
        == {"OFR-DB", WITH_LOSS},
        "on left-out rows, OFR-DB and RDA are better than equal degrees": every(
            left_out.loc[left_out["row"].isin(TRAINED), "verdict"] == BETTER
        ),
        "on left-out rows, DILDL by its printed objective is not better than equal degrees": every(
            ~left_out.loc[left_out["row"].isin(DILDL), "better"]
        ),
    }
    return numbers, checks


def _constants(evidence: Evidence, cells: pd.DataFrame, sets: pd.DataFrame, agreement: pd.DataFrame) -> Said:
    means, labels = constant_means(evidence.constants, KL), sets.reset_index()
    floor = below_floor(evidence.published, labels)
    oracle, below = cells[cells["constant"] == TEST_MEAN], floor[floor["below"]]
    past = oracle[oracle["better"]]
    near = agreement[(agreement["metric"] == KL) & agreement["dataset"].isin(BOTH)]
    numbers = {
        "uniform_movie": one(means.reset_index(), UNIFORM, dataset="Movie"),
        "oracle_movie": one(means.reset_index(), TEST_MEAN, dataset="Movie"),
        "same_labels": int(labels["same"].fillna(False).astype(bool).sum()),
        "data_sets": len(labels),
        "floor": len(floor),
        "floor_below": len(below),
        "nearness_methods": int(near["n"].max()) if len(near) else None,
        **{f"nearness_{name}": one(near, "rank_correlation", dataset=dataset) for name, dataset in SETS.items()},
    }
    checks = {
        "the mean of the training rows scores worse than equal degrees on every set": every(
            means[TRAIN_MEAN] > means[UNIFORM]
        ),
        "of all results, published DILDL on RAF-ML alone is better than the best constant": set(
            past[["dataset", "row", "side"]].itertuples(index=False, name=None)
        )
        == {("RAF-ML", "DILDL", PUBLISHED)},
        "two printed numbers lie below the floor, both of SA-BFGS": list(below["method"]) == ["SA-BFGS", "SA-BFGS"],
        "methods are ordered by the evenness of their predictions": len(near) == len(SETS)
        and every(near["rank_correlation"] >= 0.85),
    }
    return numbers, checks


def _sampling(degrees: pd.DataFrame, sets: pd.DataFrame) -> Said:
    common, rare = (degrees[degrees["part"] == part] for part in (SUPPRESSED, PROMOTED))
    up, within = (int((sets[f"{what}_after"] > sets[f"{what}_before"]).sum()) for what in ("ratio", "dominant"))
    numbers = {
        "fewest": int(sets["fewest"].min()),
        "most": int(sets["most"].max()),
        "smallest_set": int(sets["rows"].min()),
        "largest_set": int(sets["rows"].max()),
        "ratio_up": up,
        "dominant_up": within,
    }
    for short, rows in (("common", common), ("rare", rare)):
        numbers |= {f"{short}_{when}_movie": one(rows, when, dataset="Movie") for when in ("before", "after")}
    checks = {
        "the sampling makes the common label rarer and the rare one more common in every set": every(
            common["after"] < common["before"]
        )
        and every(rare["after"] > rare["before"]),
        "most sets become more unequal between labels, and fewer than half within rows": up > len(sets) / 2 > within,
    }
    return numbers, checks


def _epochs(table: pd.DataFrame, uniform: pd.DataFrame) -> Said:
    columns, keys = {"kl": KL, "epoch": "epoch", "moved": "from_start"}, ("row", "dataset", "chosen_by")
    kl, epoch, moved = (values(comparable(table), keys, column) for column in columns.values())
    numbers: dict[str, Any] = {}
    for short, row in (("printed", DILDL[0]), ("ofr_db", "OFR-DB"), ("rda", "RDA")):
        for choice, by in CHOICES.items():
            cell = {name: one(table, c, row=row, dataset="Movie", chosen_by=by) for name, c in columns.items()}
            cell["epoch"] = None if cell["epoch"] is None else round(cell["epoch"])
            numbers |= {f"{name}_{short}_{choice}_movie": value for name, value in cell.items()}
    held = comparable(uniform[(uniform["chosen_by"] == LEFT_OUT) & uniform["row"].isin(DILDL)])["ratio"]
    checks = {
        "on left-out rows, DILDL on Movie stops almost at once": all(
            epoch[row, "Movie", LEFT_OUT] <= 2 and moved[row, "Movie", LEFT_OUT] < moved[row, "Movie", SAMPLED] / 5
            for row in DILDL
        ),
        "on left-out rows, OFR-DB and RDA train on for fifty epochs and more": all(
            epoch[row, dataset, LEFT_OUT] >= 50 for row in TRAINED for dataset in BOTH
        ),
        "on left-out rows, DILDL scores within a tenth of equal degrees": len(held) == len(DILDL) * len(BOTH)
        and every((held - 1).abs() < 0.1),
        "left-out rows give every network a lower divergence than sampled rows": all(
            kl[row, dataset, LEFT_OUT] < kl[row, dataset, SAMPLED]
            for row in (*TRAINED, *DILDL, WITH_LOSS)
            for dataset in BOTH
        ),
        "the last epoch is better for OFR-DB and RDA on Movie, and worse for DILDL as printed on both": all(
            kl[row, "Movie", LAST] < kl[row, "Movie", SAMPLED] for row in TRAINED
        )
        and all(kl[DILDL[0], dataset, LAST] > kl[DILDL[0], dataset, SAMPLED] for dataset in BOTH),
        "OFR-DB scores better than DILDL by its printed objective under every choice": all(
            kl["OFR-DB", dataset, by] < kl[row, dataset, by]
            for row in DILDL
            for dataset in BOTH
            for by in CHOICES.values()
        ),
    }
    return numbers, checks


def _alignment(effects: pd.DataFrame, uniform: pd.DataFrame) -> Said:
    rows = count_verdicts(effects)
    numbers = {
        f"{short}_{choice}{end}": one(rows, column, added=added, chosen_by=by)
        for short, added in (("align", "alignment"), ("decouple", "decoupling"))
        for choice, by in CHOICES.items()
        for end, column in (("", "n"), ("_better", "better"), ("_worse", "worse"))
    }
    aligned, freed = rows[rows["added"].isin(["alignment", "decoupled alignment"])], rows[rows["added"] == "decoupling"]
    last, chosen = (aligned[(aligned["chosen_by"] == LAST) == late] for late in (True, False))
    left_out = rows[(rows["added"] == "alignment") & (rows["chosen_by"] == LEFT_OUT)]
    rda = one(uniform, "value", dataset="Movie", row="RDA", side=PUBLISHED)
    ofr = one(uniform, "value", dataset="Movie", row="OFR-DB", chosen_by=SAMPLED)
    checks = {
        "where validation rows choose the epoch, alignment never helps": len(chosen) > 2
        and every(chosen["better"] == 0),
        "with the last epoch, alignment hurts more often than it helps": every(last["worse"] > last["better"]),
        "on left-out rows, alignment hurts in every comparison": every(left_out["worse"] == left_out["n"]),
        "decoupling the alignment helps RDA more often than it hurts": len(freed) > 2
        and every(freed["better"] > freed["worse"]),
        "our OFR-DB on Movie scores better than the published RDA": ofr is not None and rda is not None and ofr < rda,
    }
    return numbers, checks


def _further(rows: pd.DataFrame) -> Said:
    learners = rows[~rows["method"].isin(REFERENCES)]
    where = list(learners.loc[learners["holm_uniform"] == BETTER, "dataset"].unique())
    own, with_loss = (rows.loc[rows["row"] == row, "verdict_rda"] for row in (DILDL[1], WITH_LOSS))
    at, best = rows[rows["dataset"].isin(where[:1])], rows.loc[rows.groupby("dataset")["mean"].idxmin(), "method"]
    numbers = {
        "further": int(rows["dataset"].nunique()),
        "further_yeast": int(rows.loc[rows["dataset"].str.startswith("Yeast"), "dataset"].nunique()),
        "further_where": where[0] if len(where) == 1 else None,
        "further_derived_worse": int((own == WORSE).sum()),
        "further_rda_loss_better": int((with_loss == BETTER).sum()),
        **{
            f"further_kl_{short}": one(at, "mean", row=row)
            for short, row in (("derived", DILDL[1]), ("rda", "RDA"), ("mean", called(TRAIN_MEAN)))
        },
    }
    checks = {
        "on one further set alone does a method beat equal degrees": len(where) == 1,
        "there, the mean of the training rows beats equal degrees, and no method that mean": every(
            at.loc[at["method"] == TRAIN_MEAN, "holm_uniform"] == BETTER
        )
        and every(at.loc[~at["method"].isin(REFERENCES), "holm_train_mean"] != BETTER),
        "DILDL by its printed objective is nowhere better than RDA": len(own) > 1 and every(own != BETTER),
        "DILDL with RDA's loss is nowhere worse than RDA": len(with_loss) > 1 and every(with_loss != WORSE),
        "equal degrees have the lowest divergence on most further sets": bool((best == UNIFORM).mean() > 1 / 2),
    }
    return numbers, checks


def _imbalance(curves: pd.DataFrame, stability: pd.DataFrame) -> Said:
    own = values(curves[curves["row"] == DILDL[1]], ("dataset", "eta"), "ratio")
    weak, strong = float(curves["eta"].min()), 1.0
    found = {
        f"ratio_{n}_{name}": own[d, eta] for name, d in SETS.items() for n, eta in (("weak", weak), ("own", strong))
    }
    numbers = {"weakest": weak, "least_tau": stability["tau"].min(), **found}
    checks = {
        "milder sampling brings DILDL nearer to equal degrees": all(own[d, weak] < own[d, strong] for d in BOTH),
        "on Movie, DILDL stays at twice equal degrees and more": all(
            own["Movie", eta] > 2 for eta in curves["eta"].unique()
        ),
        "methods keep their order": len(stability) > 4 and every(stability["tau"] > 0.75),
    }
    return {name: None if pd.isna(value) else value for name, value in numbers.items()}, checks
