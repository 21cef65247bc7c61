"""Numbers and checks of the page: results against constants, the sampling, epochs, alignment, and other data."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from companion.base.names import NO_DECOUPLED_LOSS
from companion.base.strict_yaml import load_yaml
from companion.evidence.constants import TEST_MEAN, TRAIN_MEAN, UNIFORM
from companion.show.facts import Facts, holding
from companion.show.look import called
from companion.why.against import KL, LAST, LEFT_OUT, OURS, PUBLISHED, SAMPLED, below_floor, constant_means
from companion.why.alignment import count_verdicts
from companion.why.frames import PROMOTED, SUPPRESSED, Evidence, comparable, epochs, of_the_tables
from ildl.compare.statistics import BETTER, REFERENCES, WORSE

SETS = {"movie": "Movie", "natural_scene": "Natural_Scene"}
DILDL = (called("DILDL", "as printed"), called("DILDL"))
WITH_LOSS = called("DILDL", NO_DECOUPLED_LOSS)
CHOICES = {"sampled": SAMPLED, "left_out": LEFT_OUT, "last": LAST}
"""How names of numbers call choices of the epoch."""
NAMES = {
    "printed": DILDL[0], "derived": DILDL[1], "with_loss": WITH_LOSS, "objective": DILDL, "trained": ("OFR-DB", "RDA"),
    "both": tuple(SETS.values()), "all_below": ("Movie", "Emotion6", "Flickr_LDL"), "sampled": SAMPLED,
    "left_out": LEFT_OUT, "last": LAST, "common": SUPPRESSED, "rare": PROMOTED, "references": REFERENCES,
    "aligned": ("alignment", "decoupled alignment"),
}  # fmt: skip
"""What conditions call rows, data sets and choices by."""


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
    cells, further, sets = evidence.against.query("metric == @KL"), further.query("metric == @KL"), sets.reset_index()
    uniform, oracle = (cells[cells["constant"] == constant] for constant in (UNIFORM, TEST_MEAN))
    printed, ours = uniform[uniform["side"] == PUBLISHED], of_the_tables(uniform[uniform["side"] == OURS])
    scene = comparable(ours).query("chosen_by == @SAMPLED and dataset == 'Natural_Scene'")
    means, near = constant_means(evidence.constants, KL), agreement[agreement["metric"] == KL]
    near = near[near["dataset"].isin(list(SETS.values()))]
    beaten = further.query("method not in @REFERENCES and holm_uniform == 'better'")["dataset"].unique()
    weak, counts = curves["eta"].min(), count_verdicts(effects)
    strengths = curves[curves["row"] == DILDL[1]].pivot(index="dataset", columns="eta", values="ratio")
    strengths = strengths.rename(columns={weak: "weak", 1.0: "own"}).reindex(columns=["weak", "own"])
    rda = curves[(curves["row"] == "RDA") & (curves["eta"] == weak)].set_index("dataset")["ratio"]
    strengths = strengths.assign(rda=rda).reset_index()
    floor = below_floor(evidence.published, sets)
    networks, below = _networks(epochs(evidence.runs)), floor[floor["below"]]
    frames = {
        "published": printed, "ours": ours, "alike": comparable(ours), "means": means, "near": near, "degrees": degrees,
        "networks": networks, "counts": counts, "further": further,
        "there": further[further["dataset"].isin(beaten[:1])], "curves": curves, "stability": stability,
        "strengths": strengths,
    }  # fmt: skip
    checks = holding(load_yaml(Path(__file__).with_name("checks.yml")), frames, NAMES)
    up, within = (int((sets[f"{what}_after"] > sets[f"{what}_before"]).sum()) for what in ("ratio", "dominant"))
    past = oracle.loc[oracle["better"], ["dataset", "row", "side"]]
    lowest = further.loc[further.groupby("dataset")["mean"].idxmin(), "method"]
    own = _one(uniform, "value", dataset="Movie", row="OFR-DB", chosen_by=SAMPLED)
    rda = _one(printed, "value", dataset="Movie", row="RDA")
    most = [(rows["verdict"] == WORSE).mean() > 1 / 2 for rows in (printed, ours[ours["chosen_by"] == SAMPLED])]
    better = scene[scene["verdict"] == BETTER]
    checks |= {
        "most of what is published, and of what we train, is worse than equal degrees": all(most),
        "on sampled rows, at most OFR-DB and DILDL with RDA's loss are better on Natural Scene": set(better["row"])
        <= {"OFR-DB", WITH_LOSS},
        "of all results, published DILDL on RAF-ML alone is better than the best constant": set(
            past.itertuples(index=False, name=None)
        )
        == {("RAF-ML", "DILDL", PUBLISHED)},
        "two printed numbers lie below the floor, both of SA-BFGS": list(below["method"]) == ["SA-BFGS", "SA-BFGS"],
        "most sets become more unequal between labels, and fewer than half within rows": up > len(sets) / 2 > within,
        "our OFR-DB on Movie scores better than the published RDA": own is not None and rda is not None and own < rda,
        "on one further set alone does a method beat equal degrees": len(beaten) == 1,
        "equal degrees have the lowest divergence on most further sets": (lowest == UNIFORM).mean() > 1 / 2,
    }
    numbers = {
        "published": len(printed),
        "published_better": int(printed["better"].sum()),
        "run_sets": ours["dataset"].nunique(),
        "sampled_natural_scene": len(scene) or None,
        "sampled_natural_scene_better": len(better) if len(scene) else None,
        "rda_published_movie": rda,
        "ofr_db_published_movie": _one(printed, "value", dataset="Movie", row="OFR-DB"),
        "uniform_movie": _one(means.reset_index(), UNIFORM, dataset="Movie"),
        "oracle_movie": _one(means.reset_index(), TEST_MEAN, dataset="Movie"),
        "nearness_methods": near["n"].max() if len(near) else None,
        "same_labels": int(sets["same"].fillna(False).astype(bool).sum()),
        "data_sets": len(sets),
        "floor": len(floor),
        "floor_below": len(below),
        "fewest": int(sets["fewest"].min()),
        "most": int(sets["most"].max()),
        "smallest_set": int(sets["rows"].min()),
        "largest_set": int(sets["rows"].max()),
        "ratio_up": up,
        "dominant_up": within,
        "further": further["dataset"].nunique(),
        "further_yeast": sum(name.startswith("Yeast") for name in further["dataset"].unique()),
        "further_where": beaten[0] if len(beaten) == 1 else None,
        "further_derived_worse": len(further.query("row == @DILDL[1] and verdict_rda == 'worse'")),
        "further_rda_loss_better": len(further.query("row == @WITH_LOSS and verdict_rda == 'better'")),
        "weakest": weak,
        "least_tau": stability["tau"].min() if len(stability) else None,
    }
    for short, row in (("derived", DILDL[1]), ("rda", "RDA"), ("mean", called(TRAIN_MEAN))):
        numbers[f"further_kl_{short}"] = _one(frames["there"], "mean", row=row)
    for name, dataset in SETS.items():
        numbers[f"nearness_{name}"] = _one(near, "rank_correlation", dataset=dataset)
        numbers |= {f"ratio_{end}_{name}": _one(strengths, end, dataset=dataset) for end in ("weak", "own")}
    for short, part in (("common", SUPPRESSED), ("rare", PROMOTED)):
        numbers |= {f"{short}_{w}_movie": _one(degrees, w, dataset="Movie", part=part) for w in ("before", "after")}
    for choice, by in CHOICES.items():
        for short, row in (("printed", DILDL[0]), ("ofr_db", "OFR-DB"), ("rda", "RDA")):
            for what in ("kl", "epoch", "moved"):
                value = _one(networks, f"{what}_{choice}", dataset="Movie", row=row)
                numbers[f"{what}_{short}_{choice}_movie"] = round(value) if what == "epoch" and value else value
        for short, added in (("align", "alignment"), ("decouple", "decoupling")):
            for end, column in (("", "n"), ("_better", "better"), ("_worse", "worse")):
                numbers[f"{short}_{choice}{end}"] = _one(counts, column, added=added, chosen_by=by)
    return Facts(numbers, checks)


def _one(rows: pd.DataFrame, column: str, **where: str) -> Any:
    """The value of a column in the one row that there is; None without it."""
    for name, wanted in where.items():
        rows = rows[rows[name] == wanted]
    return rows[column].item() if len(rows) == 1 and pd.notna(rows[column].item()) else None


def _networks(table: pd.DataFrame) -> pd.DataFrame:
    """Row, dataset (comparable ones), and for each choice kl_, epoch_, moved_, and ofr_db_, the kl of OFR-DB there."""
    names: Mapping[str, str] = {KL: "kl", "epoch": "epoch", "from_start": "moved"}
    wide = comparable(table).pivot(index=["row", "dataset"], columns="chosen_by", values=list(names))
    wide = wide.reindex(columns=pd.MultiIndex.from_product([names, CHOICES.values()])).astype(float)
    wide.columns = pd.Index([f"{name}_{choice}" for name in names.values() for choice in CHOICES])
    wide = wide.reset_index()
    others = wide[wide["row"] == "OFR-DB"].set_index("dataset")
    return wide.assign(**{f"ofr_db_{choice}": wide["dataset"].map(others[f"kl_{choice}"]) for choice in CHOICES})
