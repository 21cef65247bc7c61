"""Checks of mathematical claims, of gradients and labels, and of what the paper says of its method and settings."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd
import sympy as sp

from companion.base.equations import first_term_weight
from companion.base.statements import ALPHA, BETA, Row
from companion.claims.verdicts import DEFAULT, Evidence, Finding, Point, Verdict, untestable
from companion.claims.words import WORDS, choice_words, target_words

PAGE, WHY = "06_derivation", "04_why"
AS_PRINTED = frozenset({"every reading", "one-hot", "softmax", "one-hot and softmax"})
"""How `summarise_equations` calls the sets of readings that hold the one which Eq. (2) and (3) print."""
NEGLIGIBLE = 0.05
"""A gradient that loses less than this share does not fade."""
PRINTED = "printed"
"""Targets of Eq. (2) and (3) as they are printed, in the evidence on fading."""
DECISIVE = "dominant degree set"
"""Real labels whose dominant degree is set to several values while the shares of the others stay, as the claims ask; in
labels as they are, these shares change with the degree, too."""
PLAIN, DECOUPLED = "plain KL", "decoupled, \u03b1 = 0.6"
LOSSES = {PLAIN: "plain loss", DECOUPLED: "decoupled loss, α = 0.6"}


def equation(evidence: Evidence, number: int, what: str = "") -> Finding:
    """Whether an equation follows as printed, targets of Eq. (2) and (3) included; else in a mended form or reading."""
    rows = evidence.equations[evidence.equations["equation"] == number]
    rows = rows[rows["what"].str.contains(what, regex=False) & ~rows["asked"].astype(bool)]
    if rows.empty:
        raise ValueError(f"no statement of Eq. ({number}) is about {what!r}")
    points, printed, possible = [], True, True
    for row in rows.to_dict("records"):
        holds = bool(AS_PRINTED & set(row["printed_holds"].split("; "))) and row["corrected_holds"] != "every reading"
        text = f"the printed form holds {target_words(row['printed_holds'])}"
        text += "" if holds else f", a corrected form {target_words(row['corrected_holds'])}"
        points.append(Point(text, (), row["what"]))
        if not holds and row["extraction"]:
            points.append(Point(row["extraction"], (), "In the authors’ favour"))
        printed, possible = printed and holds, possible and (holds or row["verdict"] != "open")
    return _finding(printed, possible, *points)


def remark_weight(evidence: Evidence, of: str) -> Finding:
    """Whether the first term of Eq. (11), or its weight, falls as the prediction for the other labels grows."""
    alpha = sp.nsimplify(evidence.settings[DEFAULT]["alpha"])
    found = {name: value.subs({ALPHA: alpha, BETA: 1 - alpha}) for name, value in first_term_weight().items()}
    if of == "term":
        slope = found["term_slope"]
        why = f"for given shares, the weight times the predicted degree changes at the rate {slope} with 1 − p_k"
        return _finding(slope < 0, slope < 1, Point(f"{why}; in the plain loss, at the rate 1"))
    threshold = found["threshold"]
    why = f"with α = {alpha} and β = {1 - alpha}, the weight falls as 1 − p_k grows where 1 − d_k < {threshold}"
    why += f"; it grows in rows with a dominant degree below {sp.Max(0, 1 - threshold)}"
    return _finding(threshold >= 1, threshold > 0, Point(why))


def independent_shares(evidence: Evidence) -> Finding:
    """Whether the target of the other labels depends on the dominant degree where their shares stay as they are."""
    degree, share = sp.symbols("k s", positive=True)
    at = {degree: sp.Rational(1, 2), share: sp.Rational(3, 4)}
    slopes = {}
    for reading in ("softmax", "ratio"):
        row = Row(3, "degree", reading)
        parts = {row.d[1]: (1 - degree) * share, row.d[2]: (1 - degree) * (1 - share)}
        slopes[reading] = sp.cancel(sp.diff(row.t[1].subs(parts, simultaneous=True), degree))
    numbers = tuple(f"{float(slope.subs(at)):.3f} {target_words(name)}" for name, slope in slopes.items())
    why = Point("derivative of the target by d_k, at d_k = 1/2 and shares 3/4 and 1/4", numbers)
    return _finding(slopes["softmax"] == 0, slopes["ratio"] == 0, why)


def gaussian_divergence(evidence: Evidence) -> Finding:
    """Whether Eq. (12) and (13) are the divergence of one Gaussian from another."""
    mu, nu = sp.symbols("mu nu", real=True)
    sigma, tau, other = sp.symbols("sigma tau other", positive=True)
    # The mean of log N(x; mu, sigma) - log N(x; nu, tau), by the first two moments of the former.
    divergence = sp.log(tau / sigma) - sp.Rational(1, 2) + (sigma**2 + (mu - nu) ** 2) / (2 * tau**2)
    equal = {}
    for index, scale in (("k (printed)", other), ("i", tau)):
        v, shift = sigma**2 / tau**2, (mu - nu) ** 2 / scale**2
        printed = -(sp.log(v) - v - shift + 1) / 2
        equal[index] = sp.simplify(sp.expand_log(printed - divergence, force=True)) == 0
    why = tuple(f"{'equal' if same else 'not equal'} with the index {name}" for name, same in equal.items())
    return _finding(*equal.values(), Point("the divergence of two Gaussians and the printed form", why))


def settings(evidence: Evidence, values: Mapping[str, Any]) -> Finding:
    """Whether the library's defaults are what the text states."""
    default = evidence.settings[DEFAULT]
    if unknown := [name for name in values if name not in default]:
        raise ValueError(f"there is no setting {unknown[0]!r}; there are {', '.join(default)}")
    agree = [reading for reading, found in evidence.settings.items() if all(found[n] == v for n, v in values.items())]
    why = [
        Point(
            f"{_plain(said)} in the text, {_plain(default[name])} in the library",
            (),
            WORDS["settings"].get(name, _plain(name)),
        )
        for name, said in values.items()
    ]
    if agree and DEFAULT not in agree:
        why.append(Point("as in the text with", tuple(map(choice_words, agree))))
    return _finding(DEFAULT in agree, bool(agree), *why)


def outside(evidence: Evidence, needs: str) -> Finding:
    """Say what a claim would need that no evidence of this kind has."""
    return untestable(needs, "01_claims")


def dominant_takes_half(evidence: Evidence, dataset: str) -> Finding:
    """Whether the dominant label holds more than half in most rows of a data set: if not, other data may be meant."""
    if dataset not in evidence.labels.index:
        return untestable(f"the labels of {dataset}", WHY)
    share, median = (float(evidence.labels[name][dataset]) for name in ("above_half", "dominant"))
    why = f"the highest degree is above one half in {share:.1%} of all rows; its median is {median:.2f}"
    verdict = Verdict.REPRODUCED if share > 0.5 else Verdict.INCONCLUSIVE
    return Finding(verdict, (Point(why, (), dataset),), WHY)


def gradient_fades(evidence: Evidence, loss: str = PLAIN, fades: bool = True, can: bool = False) -> Finding:
    """Whether the median gradient of the other logits falls from the smallest to the largest dominant degree."""
    what = f"{LOSSES[loss]}: the gradient at the largest dominant degree over that at the smallest"
    return _by_prediction(evidence, lambda m: _kept(m, loss), lambda r: (r < 1 - NEGLIGIBLE) == fades, what, can)


def fading_eased(evidence: Evidence) -> Finding:
    """Whether the decoupled gradient keeps more of itself than the plain one, where the plain one fades."""

    def ratio(medians: pd.DataFrame) -> float:
        plain = _kept(medians, PLAIN)
        return _over(_kept(medians, DECOUPLED), plain) if plain < 1 - NEGLIGIBLE else math.nan

    what = "where the plain gradient fades: what the decoupled one keeps of itself, over what the plain one keeps"
    return _by_prediction(evidence, ratio, lambda found: found > 1 + NEGLIGIBLE, what)


def decoupling_enhances(evidence: Evidence) -> Finding:
    """Whether the decoupled gradient of the other logits can exceed the plain one at the largest d_k."""
    what = "decoupled over plain gradient at the largest dominant degree"
    return _by_prediction(
        evidence, lambda m: _over(m[DECOUPLED].iloc[-1], m[PLAIN].iloc[-1]), lambda found: found > 1, what, can=True
    )


def _by_prediction(
    evidence: Evidence, ratio: Callable[[Any], float], fits: Callable[[float], bool], what: str, can: bool = False
) -> Finding:
    """By labels, targets and prediction: each must hold on all data sets whose gradients are not 0 throughout.

    With changes: under one condition with the printed targets, or all (any, where it only `can` hold) with others.
    """
    cases = []
    for (labels, targets, at), rows in evidence.fading.groupby(["labels", "targets", "prediction"], sort=False):
        medians = rows.pivot(index=["dataset", "degree"], columns="loss", values="median").sort_index()
        ratios = {name: ratio(medians.loc[name]) for name in rows["dataset"].unique()}
        found = {name: value for name, value in ratios.items() if not math.isnan(value)}
        if found:
            called = "labels as they are" if labels == "real" else labels
            name = f"{called}, {targets} targets, prediction “{at}”"
            numbers = tuple(f"{name.replace('_', ' ')} {value:.2f}" for name, value in found.items())
            held = all(map(fits, found.values()))
            cases.append((labels == DECISIVE, targets == PRINTED, held, Point("", numbers, name)))
    cases.sort(key=lambda case: not case[0])
    printed = [held for decides, as_printed, held, _ in cases if decides and as_printed]
    others = [held for decides, as_printed, held, _ in cases if decides and not as_printed]
    elsewhere = any(others) if can else bool(others) and all(others)
    lead = Point(f"{what}, medians over the rows; labels with the {DECISIVE} decide")
    where = tuple(point.label for *_, held, point in cases if held) or ("nowhere on all data sets",)
    finding = _finding(all(printed), any(printed) or elsewhere, lead, *(point for *_, point in cases))
    return finding._replace(flips=(Point("it holds under", where),))


def _kept(medians: pd.DataFrame, loss: str) -> float:
    """The gradient at the largest dominant degree over that at the smallest."""
    return _over(medians[loss].iloc[-1], medians[loss].iloc[0])


def _over(value: float, base: float) -> float:
    return float(value / base) if base else math.nan


def _finding(holds: Any, mended: Any, *points: Point) -> Finding:
    """As printed, in another form or under another condition, or not at all."""
    return Finding(Verdict.REPRODUCED if holds else Verdict.CHANGED if mended else Verdict.FAILED, points, PAGE)


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value).replace("_", " ")
