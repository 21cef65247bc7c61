"""Checks of mathematical claims, and of what the paper says of its method and settings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sympy as sp

from companion.base.equations import first_term_weight
from companion.base.statements import ALPHA, BETA, Row
from companion.claims.claim_checks import (
    CHANGED,
    DEFAULT,
    FAILED,
    REPRODUCED,
    Evidence,
    Finding,
    untestable,
)

PAGE = "03_gradients"
AS_PRINTED = frozenset({"every reading", "one-hot", "softmax", "one-hot and softmax"})
"""How `summarise_equations` calls the sets of readings that hold the one which Eq. (2) and (3) print."""


def equation(evidence: Evidence, number: int, what: str = "") -> Finding:
    """Whether an equation follows as printed, targets of Eq. (2) and (3) included; else in a mended form or reading.

    Parameters
    ----------
    evidence : Evidence
    number : int
    what : str
        Part of the name of a statement; default: all statements of the equation.

    Returns
    -------
    Finding
        With changes, too, where a glyph that extraction may have lost would make the printed form hold.

    Raises
    ------
    ValueError
        There is no such statement.
    """
    rows = evidence.equations[evidence.equations["equation"] == number]
    rows = rows[rows["what"].str.contains(what, regex=False) & ~rows["asked"].astype(bool)]
    if rows.empty:
        raise ValueError(f"no statement of Eq. ({number}) is about {what!r}")
    parts, printed, possible = [], True, True
    for row in rows.to_dict("records"):
        holds = bool(AS_PRINTED & set(row["printed_holds"].split("; ")))
        text = f"{row['what']}: the printed form holds under {row['printed_holds']}"
        text += "" if holds else f", a corrected form under {row['corrected_holds'] or 'no reading'}"
        if not holds and row["extraction"]:
            text = f"{text}; for the authors: {row['extraction']}"
        parts.append(text)
        printed, possible = printed and holds, possible and (holds or row["verdict"] != "open")
    why = f"Eq. ({number}): {'; '.join(parts)}."
    return Finding(REPRODUCED if printed else CHANGED if possible else FAILED, why, PAGE)


def remark_weight(evidence: Evidence, of: str) -> Finding:
    """Whether the first term of Eq. (11) is reduced where the prediction for the other labels grows.

    Alpha is the default's, beta is 1 - alpha.

    Parameters
    ----------
    evidence : Evidence
    of : {"weight", "term"}
        The braces, or the braces times the predicted degree.

    Returns
    -------
    Finding
        With changes where it depends on the row (the weight), or where it grows, yet more slowly than in the plain
        loss, whose weight is 1 (the term).
    """
    alpha = sp.nsimplify(evidence.settings[DEFAULT]["alpha"])
    values = {ALPHA: alpha, BETA: 1 - alpha}
    found = {name: value.subs(values) for name, value in first_term_weight().items()}
    if of == "term":
        slope = found["term_slope"]
        why = f"For given shares, the weight times the predicted degree changes at the rate {slope} with 1 - p_k."
        verdict = REPRODUCED if slope < 0 else CHANGED if slope < 1 else FAILED
        return Finding(verdict, f"{why} In the plain loss it does so at the rate 1.", PAGE)
    threshold = found["threshold"]
    why = f"With alpha {alpha} and beta {1 - alpha}, the weight falls as 1 - p_k grows where 1 - d_k < {threshold}"
    verdict = REPRODUCED if threshold >= 1 else CHANGED if threshold > 0 else FAILED
    return Finding(verdict, f"{why}; it grows in rows with a dominant degree below {sp.Max(0, 1 - threshold)}.", PAGE)


def independent_shares(evidence: Evidence) -> Finding:
    """Whether the target of the other labels depends on the dominant degree where their shares stay as they are.

    Parameters
    ----------
    evidence : Evidence
        Not looked at: the answer is a derivative.

    Returns
    -------
    Finding
        Reproduced if independent under Eq. (3) as printed (softmax); with changes if under the ratio.
    """
    degree, share = sp.symbols("k s", positive=True)
    at = {degree: sp.Rational(1, 2), share: sp.Rational(3, 4)}
    slopes = {}
    for reading in ("softmax", "ratio"):
        row = Row(3, "degree", reading)
        parts = {row.d[1]: (1 - degree) * share, row.d[2]: (1 - degree) * (1 - share)}
        slopes[reading] = sp.simplify(sp.diff(row.t[1].subs(parts, simultaneous=True), degree))
    numbers = ", ".join(f"{float(slope.subs(at)):.3f} under {name}" for name, slope in slopes.items())
    why = f"Derivative of the target by d_k, at d_k = 1/2 and shares 3/4 and 1/4: {numbers}."
    verdict = REPRODUCED if slopes["softmax"] == 0 else CHANGED if slopes["ratio"] == 0 else FAILED
    return Finding(verdict, why, PAGE)


def gaussian_divergence(evidence: Evidence) -> Finding:
    """Whether Eq. (12) and (13) are the divergence of one Gaussian from another.

    Parameters
    ----------
    evidence : Evidence
        Not looked at: the answer is an identity.

    Returns
    -------
    Finding
        With changes where it takes another index than the printed one in the denominator of tau.
    """
    mu, nu = sp.symbols("mu nu", real=True)
    sigma, tau, other = sp.symbols("sigma tau other", positive=True)
    # The mean of log N(x; mu, sigma) - log N(x; nu, tau), by the first two moments of the former.
    divergence = sp.log(tau / sigma) - sp.Rational(1, 2) + (sigma**2 + (mu - nu) ** 2) / (2 * tau**2)
    equal = {}
    for index, scale in (("k (printed)", other), ("i", tau)):
        v, shift = sigma**2 / tau**2, (mu - nu) ** 2 / scale**2
        printed = -(sp.log(v) - v - shift + 1) / 2
        equal[index] = sp.simplify(sp.expand_log(printed - divergence, force=True)) == 0
    why = ", ".join(f"{'equal' if same else 'not equal'} with the index {name}" for name, same in equal.items())
    verdict = REPRODUCED if equal["k (printed)"] else CHANGED if equal["i"] else FAILED
    return Finding(verdict, f"Divergence of two Gaussians and the printed form: {why}.", "02_method")


def settings(evidence: Evidence, values: Mapping[str, Any]) -> Finding:
    """Whether the library's defaults are what the text states.

    Parameters
    ----------
    evidence : Evidence
    values : mapping
        Name of a setting -> its value in the text.

    Returns
    -------
    Finding
        With changes where another reading has the values.

    Raises
    ------
    ValueError
        No such setting.
    """
    unknown = [name for name in values if name not in evidence.settings[DEFAULT]]
    if unknown:
        raise ValueError(f"there is no setting {unknown[0]!r}; there are {', '.join(evidence.settings[DEFAULT])}")
    agree = [reading for reading, found in evidence.settings.items() if all(found[n] == v for n, v in values.items())]
    default = evidence.settings[DEFAULT]
    texts = [f"{name.replace('_', ' ')}: claimed {value}, default {default[name]}" for name, value in values.items()]
    why = "; ".join(texts)
    if DEFAULT in agree:
        return Finding(REPRODUCED, f"{why}.", "02_method")
    if agree:
        return Finding(CHANGED, f"{why}; as claimed under {', '.join(agree)}.", "02_method")
    return Finding(FAILED, f"{why}.", "02_method")


def outside(evidence: Evidence, needs: str) -> Finding:
    """Say what a claim would need that no evidence of this kind has.

    Parameters
    ----------
    evidence : Evidence
        Not looked at.
    needs : str

    Returns
    -------
    Finding
    """
    return untestable(needs, "11_claims")
