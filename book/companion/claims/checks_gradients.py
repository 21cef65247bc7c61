"""Checks of what is claimed of real label distributions: how gradients fade, and how much the dominant label holds."""

from __future__ import annotations

import math
from collections.abc import Callable

import pandas as pd

from companion.claims.verdicts import CHANGED, FAILED, INCONCLUSIVE, REPRODUCED, Evidence, Finding, Point, untestable

PAGE, WHY = "06_derivation", "04_why"
NEGLIGIBLE = 0.05
"""A gradient that loses less than this share does not fade."""
RARE = 0.1
"""What is so in fewer rows than this share is not common."""
PRINTED = "printed"
"""Targets of Eq. (2) and (3) as they are printed, in the evidence on fading."""
DECISIVE = "dominant degree set"
"""Real labels whose dominant degree is set to several values while the shares of the others stay, as the claims ask; in
labels as they are, these shares change with the degree, too."""
PLAIN, DECOUPLED = "plain KL", "decoupled, \u03b1 = 0.6"
LOSSES = {PLAIN: "plain loss", DECOUPLED: "decoupled loss, α = 0.6"}
LABELS = {DECISIVE: "dominant degree set", "real": "labels as they are"}


def gradient_fades(evidence: Evidence, loss: str = PLAIN, fades: bool = True, can: bool = False) -> Finding:
    """Whether the median gradient of the other logits falls from the smallest to the largest dominant degree."""

    def ratio(medians: pd.DataFrame) -> float:
        return _over(medians[loss].iloc[-1], medians[loss].iloc[0])

    return _by_prediction(
        evidence,
        ratio,
        lambda found: (found < 1 - NEGLIGIBLE) == fades,
        f"{LOSSES[loss]}: the gradient at the largest dominant degree over that at the smallest",
        can,
    )


def fading_eased(evidence: Evidence) -> Finding:
    """Whether the decoupled gradient keeps more of itself than the plain one, where the plain one fades."""

    def ratio(medians: pd.DataFrame) -> float:
        kept = {loss: _over(medians[loss].iloc[-1], medians[loss].iloc[0]) for loss in (PLAIN, DECOUPLED)}
        return _over(kept[DECOUPLED], kept[PLAIN]) if kept[PLAIN] < 1 - NEGLIGIBLE else math.nan

    what = "where the plain gradient fades: what the decoupled one keeps of itself, over what the plain one keeps"
    return _by_prediction(evidence, ratio, lambda found: found > 1 + NEGLIGIBLE, what, False)


def decoupling_enhances(evidence: Evidence) -> Finding:
    """Whether the decoupled gradient of the other logits can exceed the plain one at the largest d_k."""

    def ratio(medians: pd.DataFrame) -> float:
        return _over(medians[DECOUPLED].iloc[-1], medians[PLAIN].iloc[-1])

    return _by_prediction(
        evidence, ratio, lambda found: found > 1, "decoupled over plain gradient at the largest dominant degree", True
    )


def dominant_takes_half(evidence: Evidence, dataset: str) -> Finding:
    """Whether the dominant label holds more than half in most rows of a data set (reproduced), or in few (not)."""
    if dataset not in evidence.labels.index:
        return untestable(f"the labels of {dataset}", WHY)
    share, median = (float(evidence.labels[name][dataset]) for name in ("above_half", "dominant"))
    why = Point(
        f"the highest degree is above one half in {share:.1%} of all rows; its median is {median:.2f}", (), dataset
    )
    return Finding(REPRODUCED if share > 0.5 else FAILED if share < RARE else INCONCLUSIVE, (why,), WHY)


def _by_prediction(
    evidence: Evidence, ratio: Callable[[pd.DataFrame], float], fits: Callable[[float], bool], what: str, can: bool
) -> Finding:
    """By labels, targets and prediction; each must hold on all data sets whose gradients are not 0 throughout.

    With changes: it holds under one of the conditions with the printed targets, or under all of them with others; where
    it is enough that it can hold, under any one.
    """
    cases: dict[tuple[str, str, str], dict[str, float]] = {}
    keys = ["labels", "targets", "prediction", "dataset"]
    for (labels, targets, at, dataset), rows in evidence.fading.groupby(keys, sort=False):
        found = ratio(rows.pivot(index="degree", columns="loss", values="median").sort_index())
        if not math.isnan(found):
            name = f"{LABELS.get(str(labels), labels)}, {targets} targets, prediction “{at}”"
            cases.setdefault((str(labels), str(targets), name), {})[str(dataset)] = found
    holds = {case: all(fits(found) for found in ratios.values()) for case, ratios in cases.items()}
    decisive = [(targets, held) for (labels, targets, _), held in holds.items() if labels == DECISIVE]
    printed = [held for targets, held in decisive if targets == PRINTED]
    others = [held for targets, held in decisive if targets != PRINTED]
    elsewhere = any(others) if can else bool(others) and all(others)
    verdict = REPRODUCED if all(printed) else CHANGED if any(printed) or elsewhere else FAILED
    where = tuple(name for (*_, name), held in holds.items() if held) or ("nowhere on all data sets",)
    points = sorted(cases.items(), key=lambda case: case[0][0] != DECISIVE)
    why = (
        Point(f"{what}, medians over the rows; labels with the {DECISIVE} decide"),
        *(Point("", tuple(f"{d.replace('_', ' ')} {found:.2f}" for d, found in r.items()), n) for (*_, n), r in points),
    )
    return Finding(verdict, why, PAGE, (Point("it holds under", where),))


def _over(value: float, base: float) -> float:
    """Their ratio; NaN where the base is 0."""
    return float(value / base) if base else math.nan
