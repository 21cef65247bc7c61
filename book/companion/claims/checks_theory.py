"""Checks of mathematical claims, and of what the paper says of its method and settings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sympy as sp

from companion.base.equations import first_term_weight
from companion.base.statements import ALPHA, BETA, Row
from companion.claims.verdicts import (
    CHANGED,
    DEFAULT,
    FAILED,
    REPRODUCED,
    Evidence,
    Finding,
    Point,
    untestable,
)
from companion.claims.words import choice_words, target_words

PAGE = "06_derivation"
SYMBOLS = {
    "lam": "λ",
    "alpha": "α",
    "beta": "β",
    "gamma": "γ",
    "n_splits": "splits",
    "test_share": "share of test rows",
}
AS_PRINTED = frozenset({"every reading", "one-hot", "softmax", "one-hot and softmax"})
"""How `summarise_equations` calls the sets of readings that hold the one which Eq. (2) and (3) print."""


def equation(evidence: Evidence, number: int, what: str = "") -> Finding:
    """Whether an equation follows as printed, targets of Eq. (2) and (3) included; else in a mended form or reading."""
    rows = evidence.equations[evidence.equations["equation"] == number]
    rows = rows[rows["what"].str.contains(what, regex=False) & ~rows["asked"].astype(bool)]
    if rows.empty:
        raise ValueError(f"no statement of Eq. ({number}) is about {what!r}")
    points, printed, possible = [], True, True
    for row in rows.to_dict("records"):
        holds = bool(AS_PRINTED & set(row["printed_holds"].split("; ")))
        text = f"the printed form holds {target_words(row['printed_holds'])}"
        text += "" if holds else f", a corrected form {target_words(row['corrected_holds'])}"
        points.append(Point(text, (), row["what"]))
        if not holds and row["extraction"]:
            points.append(Point(row["extraction"], (), "In the authors’ favour"))
        printed, possible = printed and holds, possible and (holds or row["verdict"] != "open")
    return Finding(REPRODUCED if printed else CHANGED if possible else FAILED, tuple(points), PAGE)


def remark_weight(evidence: Evidence, of: str) -> Finding:
    """Whether the first term of Eq. (11), or its weight, falls as the prediction for the other labels grows."""
    alpha = sp.nsimplify(evidence.settings[DEFAULT]["alpha"])
    values = {ALPHA: alpha, BETA: 1 - alpha}
    found = {name: value.subs(values) for name, value in first_term_weight().items()}
    if of == "term":
        slope = found["term_slope"]
        why = f"for given shares, the weight times the predicted degree changes at the rate {slope} with 1 − p_k"
        verdict = REPRODUCED if slope < 0 else CHANGED if slope < 1 else FAILED
        return Finding(verdict, (Point(f"{why}; in the plain loss, at the rate 1"),), PAGE)
    threshold = found["threshold"]
    why = f"with α = {alpha} and β = {1 - alpha}, the weight falls as 1 − p_k grows where 1 − d_k < {threshold}"
    why += f"; it grows in rows with a dominant degree below {sp.Max(0, 1 - threshold)}"
    verdict = REPRODUCED if threshold >= 1 else CHANGED if threshold > 0 else FAILED
    return Finding(verdict, (Point(why),), PAGE)


def independent_shares(evidence: Evidence) -> Finding:
    """Whether the target of the other labels depends on the dominant degree where their shares stay as they are."""
    degree, share = sp.symbols("k s", positive=True)
    at = {degree: sp.Rational(1, 2), share: sp.Rational(3, 4)}
    slopes = {}
    for reading in ("softmax", "ratio"):
        row = Row(3, "degree", reading)
        parts = {row.d[1]: (1 - degree) * share, row.d[2]: (1 - degree) * (1 - share)}
        slopes[reading] = sp.simplify(sp.diff(row.t[1].subs(parts, simultaneous=True), degree))
    numbers = tuple(f"{float(slope.subs(at)):.3f} {target_words(name)}" for name, slope in slopes.items())
    why = Point("derivative of the target by d_k, at d_k = 1/2 and shares 3/4 and 1/4", numbers)
    verdict = REPRODUCED if slopes["softmax"] == 0 else CHANGED if slopes["ratio"] == 0 else FAILED
    return Finding(verdict, (why,), PAGE)


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
    verdict = REPRODUCED if equal["k (printed)"] else CHANGED if equal["i"] else FAILED
    return Finding(verdict, (Point("the divergence of two Gaussians and the printed form", why),), PAGE)


def settings(evidence: Evidence, values: Mapping[str, Any]) -> Finding:
    """Whether the library's defaults are what the text states."""
    unknown = [name for name in values if name not in evidence.settings[DEFAULT]]
    if unknown:
        raise ValueError(f"there is no setting {unknown[0]!r}; there are {', '.join(evidence.settings[DEFAULT])}")
    agree = [reading for reading, found in evidence.settings.items() if all(found[n] == v for n, v in values.items())]
    default = evidence.settings[DEFAULT]
    why = tuple(
        Point(
            f"{_plain(value)} in the text, {_plain(default[name])} in the library", (), SYMBOLS.get(name, _plain(name))
        )
        for name, value in values.items()
    )
    if DEFAULT in agree:
        return Finding(REPRODUCED, why, PAGE)
    where = tuple(choice_words(reading) for reading in agree)
    return Finding(CHANGED, (*why, Point("as in the text with", where)), PAGE) if agree else Finding(FAILED, why, PAGE)


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value).replace("_", " ")


def outside(evidence: Evidence, needs: str) -> Finding:
    """Say what a claim would need that no evidence of this kind has."""
    return untestable(needs, "01_claims")
