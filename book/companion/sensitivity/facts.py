"""Numbers and checks of the page on the figures and the sensitivity."""

from __future__ import annotations

import pandas as pd

from companion.base.names import NO_DECOUPLED_LOSS
from companion.sensitivity.frames import BEATEN, BEST, MORE, UNDECIDED, compare_sensitivity, sensitivity_facts
from companion.show.facts import Facts, every
from ildl.compare.statistics import COMPARABLE

SMALL = 0.02
"""A weight that moves the mean by a smaller share of it hardly matters."""


def sensitivity_page_facts(results: pd.DataFrame, comparison: pd.DataFrame) -> Facts:
    """Collect what the page says, of the Chebyshev distance unless a name says otherwise; `comparison` has Uniform."""
    curves = sensitivity_facts(results)
    own = curves[curves["reading"] == "default"]
    alpha, others = own[own["parameter"] == "alpha"], own[own["parameter"] != "alpha"]
    more, more_kl = compare_sensitivity(results), compare_sensitivity(results, "kl_divergence")
    own_more, own_more_kl = (rows[rows["reading"] == "default"] for rows in (more, more_kl))
    same = own_more_kl["feature_set"] == COMPARABLE
    share = others["range"] / others["paper_mean"]
    scene = alpha[alpha["dataset"] == "Natural_Scene"]
    numbers: dict[str, float | int | str | None] = {
        "sets": int(own["dataset"].nunique()),
        "alpha_moves_least": _end(alpha["range"], "min"),
        "alpha_moves_most": _end(alpha["range"], "max"),
        "others_move_most": _end(others["range"], "max"),
        "others_share": _end(share, "max"),
        "alpha_best_natural_scene": float(scene["best"].item()) if len(scene) else None,
        "alpha_loss_natural_scene": float(scene["loss"].item()) if len(scene) else None,
        "others_curves": len(others),
        "others_best": int((others["finding"] == BEST).sum()),
        "others_beaten": int((others["finding"] == BEATEN).sum()),
        "others_loss": _end(others["loss"], "max"),
    }
    uniform = comparison[(comparison["method"] == "Uniform") & (comparison["metric"] == "chebyshev")]
    levels = uniform.groupby("dataset")["value"].mean()
    beaten = set(alpha.loc[alpha["finding"] == BEATEN, "dataset"])
    checks = {
        "alpha is more sensitive than each other weight on every data set": every(own_more["finding"] == MORE),
        "with RDA's loss, alpha is told apart from no other weight": every(
            more[more["reading"] == NO_DECOUPLED_LOSS]["finding"] == UNDECIDED
        ),
        "by KL, alpha is more sensitive where the features are the benchmark's": every(
            own_more_kl[same]["finding"] == MORE
        ),
        "by KL, not everywhere": bool((own_more_kl.loc[~same, "finding"] != MORE).any()),
        "the other weights move the distance by less than two per cent": bool(len(share))
        and bool((share < SMALL).all()),
        "no weight brings DILDL by its derived targets below equal degrees": bool(len(own))
        and bool((own["best_mean"] > own["dataset"].map(levels)).all()),
        "the paper's alpha is best on no data set": bool(len(alpha)) and not (alpha["finding"] == BEST).any(),
        "another alpha is clearly better on Natural Scene alone": beaten == {"Natural_Scene"},
        "the paper's value of the other weights is rarely beaten": bool(len(others))
        and bool((others["finding"] == BEATEN).mean() < 1 / 4),
    }
    return Facts(numbers, checks)


def _end(values: pd.Series, which: str) -> float | None:
    return float(values.agg(which)) if len(values) else None
