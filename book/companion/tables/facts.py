"""Numbers and checks of the page on the tables."""

from __future__ import annotations

import itertools
from collections.abc import Mapping

import pandas as pd

from companion.base.names import NO_DECOUPLED_LOSS
from companion.evidence.ablation import published_effects
from companion.evidence.sources import CODE_FAULT, LEFT_OUT, SAMPLED
from companion.show.facts import Facts, every
from companion.tables.frames import Runs
from ildl.compare.noise import INSIDE
from ildl.compare.statistics import BETTER, COMPARABLE, REFERENCES, WORSE

CHEB, KL = "chebyshev", "kl_divergence"
LIKE_FOR_LIKE = ("Movie", "Natural_Scene")
NAMED = {
    "uniform": ("Uniform",),
    "mean": ("Train-mean",),
    "ofr_db": ("OFR-DB",),
    "rda": ("RDA",),
    "printed": ("DILDL", "as printed"),
    "derived": ("DILDL", "default"),
    "rda_loss": ("DILDL", NO_DECOUPLED_LOSS),
}
"""How the names of numbers call rows."""
RELATIVES = ("OFR-FL", "OFR-CB", "OFR-DB", "RDA")
"""The comparison methods that share DILDL's network or sampling."""


def tables_facts(
    sources: Mapping[str, Runs], tests: Mapping[str, pd.DataFrame], printed: pd.DataFrame, beside: pd.DataFrame
) -> Facts:
    """Collect what the page says: `tests` are of our ablations, `printed` is the published one, `beside` holds both."""
    sampled, left_out = (comparable(sources[name].table) for name in (SAMPLED, LEFT_OUT))
    numbers: dict[str, float | int | str | None] = {}
    for where, table in (("", sampled), ("_left_out", left_out)):
        for (metric, short), dataset in itertools.product(((KL, "kl"), (CHEB, "cheb")), LIKE_FOR_LIKE):
            cells = table[(table["metric"] == metric) & (table["dataset"] == dataset)]
            at = dataset.lower()
            numbers |= {f"{short}_{name}_{at}{where}": one(cells, *row) for name, row in NAMED.items()}
            numbers[f"{short}_published_{at}"] = one(cells, "DILDL", "default", "published")
            numbers[f"{short}_published_rda_{at}"] = one(cells, "RDA", "default", "published")
            numbers[f"{short}_published_ofr_db_{at}"] = one(cells, "OFR-DB", "default", "published")
    rivals = sampled[~sampled["method"].isin(["DILDL", *REFERENCES]) & (sampled["reading"] == "default")]
    rivals = rivals[rivals["published"].notna()]  # a method that was added has none
    rivals = rivals[rivals["metric"].isin([CHEB, KL])]
    others = rivals[~rivals["method"].isin(RELATIVES)]
    near = rivals[rivals["method"].isin(RELATIVES)]
    movie_kl = sampled[(sampled["metric"] == KL) & (sampled["dataset"] == "Movie")]
    numbers |= {
        "rival_cells": len(rivals),
        "rival_inside": int((rivals["verdict"] == INSIDE).sum()),
        "rival_worse": int((rivals["verdict"] == WORSE).sum()),
        "others_cells": len(others),
        "others_inside": int((others["verdict"] == INSIDE).sum()),
        "relatives_movie": int((near["dataset"] == "Movie").sum()),
        "relatives_movie_better": int(((near["dataset"] == "Movie") & (near["verdict"] == BETTER)).sum()),
        "scl_published": one(movie_kl, "Adam-LDL-SCL", "default", "published"),
        "scl_fault": one(movie_kl, "Adam-LDL-SCL", CODE_FAULT),
        "scl_ours": one(movie_kl, "Adam-LDL-SCL"),
    }
    marked = sampled[
        (sampled["published_marker"] == BETTER) & (sampled["reading"] == "default") & sampled["metric"].isin([CHEB, KL])
    ]
    marked_left_out = left_out[
        (left_out["published_marker"] == BETTER)
        & (left_out["reading"] == "default")
        & left_out["metric"].isin([CHEB, KL])
    ]
    numbers |= {
        "marks": len(marked),
        "marks_again": int((marked["mark_corrected"] == BETTER).sum()),
        "marks_reversed": int((marked["mark_corrected"] == WORSE).sum()),
        "marks_left_out": len(marked_left_out),
        "marks_left_out_again": int((marked_left_out["mark_corrected"] == BETTER).sum()),
    }
    of_loss, aside = (frame[frame["criterion"] == "kl"] for frame in (tests[""], tests["left_out"]))
    drda = of_loss[of_loss["contrast"].str.startswith("DRDA")]
    dld = of_loss[of_loss["contrast"].str.startswith("DLD")]
    empty_cells = int(printed["value"].isna().sum())
    effects = published_effects(printed)
    effects = effects[effects["improves"].notna()]
    numbers |= {
        "ablation_drda": len(drda),
        "ablation_drda_better": int((drda["mark"] == BETTER).sum()),
        "ablation_dld": len(dld),
        "ablation_dld_better": int((dld["mark"] == BETTER).sum()),
        "ablation_dld_worse": int((dld["mark"] == WORSE).sum()),
        "ablation_sets": int(of_loss["dataset"].nunique()),
        "printed_effects": len(effects),
        "printed_improve": int(effects["improves"].sum()),
        "empty_cells": empty_cells,
    }
    numbers |= first_row(beside)
    dld_aside, drda_aside = (aside[aside["contrast"].str.startswith(part)] for part in ("DLD", "DRDA"))
    numbers |= {"left_out_dld": len(dld_aside), "left_out_dld_better": int((dld_aside["mark"] == BETTER).sum())}
    own = sampled[(sampled["method"] == "DILDL") & sampled["metric"].isin([CHEB, KL])]
    own_left_out = left_out[(left_out["method"] == "DILDL") & left_out["metric"].isin([CHEB, KL])]
    objective, far = (
        own["reading"].isin(["as printed", "default"]),
        own_left_out["reading"].isin(["as printed", "default"]),
    )
    movie = own_left_out["dataset"] == "Movie"
    checks = {
        "DILDL by its printed objective is worse than published beyond the noise": every(
            own[objective]["verdict"] == WORSE
        ),
        "on left-out rows, DILDL on Movie is as good as published by KL": every(
            own_left_out.loc[far & movie & (own_left_out["metric"] == KL), "verdict"].isin([BETTER, INSIDE])
        ),
        "on left-out rows, DILDL on Movie is worse than published by Chebyshev": every(
            own_left_out[far & movie & (own_left_out["metric"] == CHEB)]["verdict"] == WORSE
        ),
        "on left-out rows, DILDL on Natural Scene is worse than published by KL": every(
            own_left_out[far & ~movie & (own_left_out["metric"] == KL)]["verdict"] == WORSE
        ),
        "RDA is better than published on Movie": every(
            near[(near["method"] == "RDA") & (near["dataset"] == "Movie")]["verdict"] == BETTER
        ),
        "RDA is not worse than published": every(rivals.loc[rivals["method"] == "RDA", "verdict"] != WORSE),
        "RDA's relatives on Movie are better than published": every(
            near[near["dataset"] == "Movie"]["verdict"] == BETTER
        ),
        "RDA is better than DILDL by its printed objective in every cell": rda_better(sampled),
        "on left-out rows, RDA is better than DILDL by its printed objective in every cell": rda_better(left_out),
        "equal degrees score better than every number published on Movie by KL": is_less(
            numbers["kl_uniform_movie"], float(movie_kl["published"].min())
        ),
        "most rival cells outside the noise are better than published": int((rivals["verdict"] == BETTER).sum())
        > int((rivals["verdict"] != INSIDE).sum()) / 2,
        "a numerical fault gives Adam-LDL-SCL its published divergence on Movie": every(
            movie_kl[movie_kl["reading"] == CODE_FAULT]["verdict"] == INSIDE
        ),
        "without alignment the mean divergence is lower, in both data sets and from both sources": all(
            lowest(table[table["metric"] == KL], "OFR-DB", ["RDA", "DILDL"]) for table in (sampled, left_out)
        ),
        "the paper's first row of the ablation is nearer to RDA's loss than to the plain divergence": is_less(
            gap(numbers["neither_added"], numbers["neither_print"]),
            gap(numbers["neither_plain"], numbers["neither_print"]),
        ),
        "fewer than half of the marks come out": (marked["mark_corrected"] == BETTER).mean() < 1 / 2,
        "the decoupled loss hurts more often than it helps": bool(
            (dld["mark"] == WORSE).sum() > (dld["mark"] == BETTER).sum()
        ),
        "on left-out rows, the decoupled loss never hurts, and decoupled alignment makes no difference": len(aside) > 0
        and not (dld_aside["mark"] == WORSE).any()
        and not drda_aside["mark"].isin([BETTER, WORSE]).any(),
        "a quarter of the effects of decoupled alignment at most are improvements": (drda["mark"] == BETTER).mean()
        <= 1 / 4,
        "in print, all effects but one are improvements": int((~effects["improves"].astype(bool)).sum()) == 1,
    }
    return Facts(numbers, checks)


def comparable(table: pd.DataFrame) -> pd.DataFrame:
    """Rows that have results on data sets with the benchmark's features."""
    return table[(table["feature_set"] == COMPARABLE) & table["ours"].notna()]


def one(cells: pd.DataFrame, method: str, reading: str = "default", side: str = "ours") -> float | None:
    """The value of one row; None where this run does not have it."""
    rows = cells[(cells["method"] == method) & (cells["reading"] == reading)]
    return float(rows[side].item()) if len(rows) else None


def lowest(cells: pd.DataFrame, method: str, others: list[str]) -> bool:
    """Whether a method has a lower mean than others in every reading but tuned ones, on each data set."""
    own = cells[cells["method"] == method].set_index("dataset")["ours"]
    rest = cells[cells["method"].isin(others) & (cells["reading"] != "tuned")].set_index("dataset")["ours"]
    return bool(len(own)) and len(own) * len(others) <= len(rest) and bool((rest > own.reindex(rest.index)).all())


def first_row(beside: pd.DataFrame) -> dict[str, float | int | str | None]:
    """The divergence on Movie without both parts: in print, and ours under two readings of what is left then."""
    rows = beside[(beside["dataset"] == "Movie") & (beside["row"] == "neither") & (beside["metric"] == KL)]
    of = rows.set_index("criterion")
    ours = {name: of["ours"].get(criterion) for name, criterion in (("plain", "kl"), ("added", "added"))}
    found = {f"neither_{name}": value for name, value in ours.items()}
    return found | {"neither_print": float(rows["published"].iloc[0]) if len(rows) else None}


def gap(a: float | int | str | None, b: float | int | str | None) -> float | None:
    """How far two numbers are apart; None where one is missing."""
    return abs(a - b) if isinstance(a, float) and isinstance(b, float) else None


def is_less(a: float | int | str | None, b: float | int | str | None) -> bool:
    """Whether both numbers are there, and the first is smaller."""
    return isinstance(a, float) and isinstance(b, float) and a < b


def rda_better(table: pd.DataFrame) -> bool:
    """Whether RDA has the lower mean than DILDL with printed and derived targets, in both metrics and data sets."""
    cells = table[table["metric"].isin([CHEB, KL])].set_index(["dataset", "metric"])
    rda = cells[(cells["method"] == "RDA") & (cells["reading"] == "default")]["ours"]
    own = cells[(cells["method"] == "DILDL") & cells["reading"].isin(["as printed", "default"])]["ours"]
    return bool(len(own)) and bool((own > rda.reindex(own.index)).all())
