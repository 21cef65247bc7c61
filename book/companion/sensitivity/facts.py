"""Numbers and checks of the page on the figures and the sensitivity."""

from __future__ import annotations

import pandas as pd

from companion.base.names import NO_DECOUPLED_LOSS
from companion.sensitivity.frames import (
    BEATEN,
    BEST,
    MORE,
    UNDECIDED,
    compare_sensitivity,
    equal_degrees,
    sensitivity_facts,
)
from companion.show.facts import Facts, every
from ildl.compare.statistics import COMPARABLE

SMALL = 0.05
"""A weight that moves the mean by a smaller share of it hardly matters."""


def sensitivity_page_facts(results: pd.DataFrame, comparison: pd.DataFrame) -> Facts:
    """Collect what the page says, of the Chebyshev distance unless a name says otherwise."""
    levels = equal_degrees(comparison, "chebyshev")
    own = sensitivity_facts(results).query("reading == 'default'")
    alpha, others = own[own["parameter"] == "alpha"], own[own["parameter"] != "alpha"]
    more, more_kl = compare_sensitivity(results), compare_sensitivity(results, "kl_divergence")
    own_more, own_more_kl = (rows[rows["reading"] == "default"] for rows in (more, more_kl))
    same = own_more_kl["feature_set"] == COMPARABLE
    scene = alpha[alpha["dataset"] == "Natural_Scene"]
    moves, moves_others = (rows["range"].agg(["min", "max"]).to_dict() if len(rows) else {} for rows in (alpha, others))
    numbers: dict[str, float | int | str | None] = {
        "sets": int(own["dataset"].nunique()),
        "alpha_moves_least": moves.get("min"),
        "alpha_moves_most": moves.get("max"),
        "others_move_most": moves_others.get("max"),
        "alpha_best_natural_scene": scene["best"].item() if len(scene) else None,
        "alpha_loss_natural_scene": scene["loss"].item() if len(scene) else None,
        "others_curves": len(others),
        "others_best": int((others["finding"] == BEST).sum()),
        "others_beaten": int((others["finding"] == BEATEN).sum()),
        "others_loss": others["loss"].max() if len(others) else None,
    }
    checks = {
        "alpha is more sensitive than each other weight on every data set": every(own_more["finding"] == MORE),
        "with RDA's loss, alpha is told apart from no other weight": every(
            more.loc[more["reading"] == NO_DECOUPLED_LOSS, "finding"] == UNDECIDED
        ),
        "by KL, alpha is more sensitive where the features are the benchmark's": every(
            own_more_kl.loc[same, "finding"] == MORE
        ),
        "by KL, on none of the others": every(
            own_more_kl[~same].groupby("dataset")["finding"].agg(lambda found: bool((found != MORE).any()))
        ),
        "the other weights move the distance by less than five per cent": every(
            others["range"] < SMALL * others["paper_mean"]
        ),
        "no weight brings DILDL by its derived targets below equal degrees": every(
            own["best_mean"] > own["dataset"].map(levels).astype(float)
        ),
        "another alpha is clearly better on Natural Scene alone": set(alpha.loc[alpha["finding"] == BEATEN, "dataset"])
        == {"Natural_Scene"},
        "the paper's value of the other weights is rarely beaten": bool((others["finding"] == BEATEN).mean() < 1 / 4),
    }
    return Facts(numbers, checks)
