"""Checks of what is claimed of real label distributions: how gradients fade, and how much the dominant label holds."""

from __future__ import annotations

import math
from collections.abc import Callable

import pandas as pd

from companion.claims.claim_checks import CHANGED, FAILED, INCONCLUSIVE, REPRODUCED, Evidence, Finding, untestable

PAGE = "03_gradients"
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


def gradient_fades(evidence: Evidence, loss: str = PLAIN, fades: bool = True, can: bool = False) -> Finding:
    """Whether the median gradient of the other logits falls from the smallest to the largest dominant degree.

    Parameters
    ----------
    evidence : Evidence
    loss : str
        As in the evidence.
    fades : bool
        Claimed; False: claimed not to fall.
    can : bool
        Claimed is that it can be so, for which one condition is enough.

    Returns
    -------
    Finding
        Reproduced: with the printed targets, at both predictions, on all data sets; with changes: with others at both,
        or with the printed ones at one of the predictions; of what can be, with any targets at one of them.
    """

    def ratio(medians: pd.DataFrame) -> float:
        return _over(medians[loss].iloc[-1], medians[loss].iloc[0])

    return _by_prediction(
        evidence,
        ratio,
        lambda found: (found < 1 - NEGLIGIBLE) == fades,
        f"{loss}, at the largest d_k over that at the smallest",
        can,
    )


def decoupling_enhances(evidence: Evidence) -> Finding:
    """Whether the decoupled gradient of the other logits can exceed the plain one at the largest d_k.

    Parameters
    ----------
    evidence : Evidence

    Returns
    -------
    Finding
        As `gradient_fades`, of what can be.
    """

    def ratio(medians: pd.DataFrame) -> float:
        return _over(medians[DECOUPLED].iloc[-1], medians[PLAIN].iloc[-1])

    return _by_prediction(evidence, ratio, lambda found: found > 1, "decoupled over plain, at the largest d_k", True)


def dominant_takes_half(evidence: Evidence, dataset: str) -> Finding:
    """Whether it is common in a data set that the dominant label holds more than half.

    Parameters
    ----------
    evidence : Evidence
    dataset : str

    Returns
    -------
    Finding
        Reproduced if so in most rows; not reproduced if in fewer than `RARE`; between them it depends on what "common"
        means.
    """
    page = "01_problem_and_data"
    if dataset not in evidence.labels.index:
        return untestable(f"the labels of {dataset}", page)
    share, median = (float(evidence.labels[name][dataset]) for name in ("above_half", "dominant"))
    why = (
        f"{dataset}, all rows: the highest degree is above one half in {share:.1%} of them; its median is {median:.3f}."
    )
    return Finding(REPRODUCED if share > 0.5 else FAILED if share < RARE else INCONCLUSIVE, why, page)


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
            name = f"labels {labels}, {targets} targets, at “{at}”"
            cases.setdefault((str(labels), str(targets), name), {})[str(dataset)] = found
    holds = {case: all(fits(found) for found in ratios.values()) for case, ratios in cases.items()}
    parts = [f"{name}: " + ", ".join(f"{d} {found:.2f}" for d, found in r.items()) for (*_, name), r in cases.items()]
    decisive = [(targets, held) for (labels, targets, _), held in holds.items() if labels == DECISIVE]
    printed = [held for targets, held in decisive if targets == PRINTED]
    others = [held for targets, held in decisive if targets != PRINTED]
    elsewhere = any(others) if can else bool(others) and all(others)
    verdict = REPRODUCED if all(printed) else CHANGED if any(printed) or elsewhere else FAILED
    where = "; ".join(name for (*_, name), held in holds.items() if held) or "nowhere on all data sets"
    why = f"Ratio of median gradient norms ({what}); labels with the {DECISIVE} decide. {'. '.join(parts)}."
    return Finding(verdict, why, PAGE, f"It holds: {where}.")


def _over(value: float, base: float) -> float:
    """Their ratio; NaN where the base is 0."""
    return float(value / base) if base else math.nan
