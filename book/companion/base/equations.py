"""Equations (1) to (11) of the paper, checked symbolically: is what the text prints what follows from the loss?

Where printed and derived form agree at random rational points, their difference is simplified to 0: a proof for that
number of labels, since it is a rational function (of exponentials and logarithms, too). Where they do not, the point is
the counterexample.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from dataclasses import asdict

import pandas as pd
import sympy as sp
from sympy import Expr

from companion.base.statements import ALPHA, BETA, READINGS, STATEMENTS, Row

DIGITS = 30
ZERO = 1e-20
COLUMNS = ["equation", "what", "dominant", "nondominant", "holds", "deviation", "counterexample", "corrected_holds"]


def check_equations(n_labels: int = 3, n_points: int = 3, seed: int = 0) -> pd.DataFrame:
    """Hold every printed statement against its derivation for four pairs of targets, at random rational points."""
    points = list(_points(n_labels, n_points, seed))
    symbols = [Row(n_labels, *reading) for reading in READINGS]
    rows = []
    for statement in STATEMENTS:
        for reading, row in zip(READINGS, symbols, strict=True):
            deviation, counterexample = _compare(*row.sides(statement.printed), points)
            mended = bool(statement.corrected) and not _compare(*row.sides(statement.corrected), points)[1]
            rows.append(
                (statement.equation, statement.what, *reading, not counterexample, deviation, counterexample, mended)
            )
    return pd.DataFrame(rows, columns=COLUMNS)


def summarise_equations(checks: pd.DataFrame) -> pd.DataFrame:
    """Give each statement a verdict: "as printed", "corrected" where its mended form holds for more targets, "open"."""
    rows = []
    for statement in STATEMENTS:
        group = checks[(checks.equation == statement.equation) & (checks.what == statement.what)]
        default = group[(group.dominant == "degree") & (group.nondominant == "ratio")].iloc[0]
        mended = group.corrected_holds.sum() > group.holds.sum()
        said = asdict(statement)
        rows.append({
            "equation": statement.equation,
            "what": statement.what,
            "verdict": "corrected" if mended else "as printed" if group.holds.any() else "open",
            "printed_holds": _name_readings(group[group.holds]),
            "corrected_holds": _name_readings(group[group.corrected_holds]) if statement.correction else "",
            "deviation": default.deviation,
            "counterexample": default.counterexample,
            "printed": statement.latex,
            "corrected": statement.correction,
            **{name: said[name] for name in ("presumes", "extraction", "asked")},
        })  # fmt: skip
    return pd.DataFrame(rows)


def first_term_weight() -> dict[str, Expr]:
    """Return the weight of p_j in Eq. (11), its slope by rho = hat d'_k, the r where that turns, the term's slope."""
    rho, r = sp.symbols("rho r", positive=True)
    weight = ALPHA * (1 - r / rho) + BETA / rho
    slope = sp.factor(sp.diff(weight, rho))
    (threshold,) = sp.solve(slope, r)
    term_slope = sp.simplify(sp.diff(weight * rho, rho))
    return {"weight": weight, "weight_slope": slope, "threshold": threshold, "term_slope": term_slope}


def _points(n_labels: int, n_points: int, seed: int) -> Iterator[dict[sp.Symbol, sp.Rational]]:
    """Yield rational points: d with label 0 strictly dominant, x, alpha, and beta other than 1 - alpha."""
    draw = random.Random(seed)
    for _ in range(n_points):
        weights = [draw.randint(1, 9) for _ in range(n_labels - 1)]
        total = sum(weights) + max(weights) + draw.randint(1, 9)
        names = sp.symbols(f"d1:{n_labels}", positive=True)
        point = {d: sp.Rational(weight, total) for d, weight in zip(names, weights, strict=True)}
        point |= {x: sp.Rational(draw.randint(1, 9)) for x in sp.symbols(f"x0:{n_labels}", positive=True)}
        alpha = draw.randint(1, 9)
        beta = draw.choice([tenths for tenths in range(1, 10) if tenths != 10 - alpha])
        yield point | {ALPHA: sp.Rational(alpha, 10), BETA: sp.Rational(beta, 10)}


def _compare(printed: Expr, derived: Expr, points: list[dict[sp.Symbol, sp.Rational]]) -> tuple[float, str]:
    """Return the largest deviation over the points, and a counterexample; none is the finding that both are equal."""
    if printed.has(sp.zoo, sp.nan):
        return math.inf, _describe(points[0], "undefined", derived)
    difference = printed - derived
    deviations = [abs(sp.N(difference.xreplace(point), DIGITS)) for point in points]
    worst = max(range(len(points)), key=lambda i: deviations[i])
    if deviations[worst] > ZERO:
        value = printed.xreplace(points[worst])
        return float(deviations[worst]), _describe(points[worst], _show(value), derived)
    if _simplify(difference) != 0:
        raise ArithmeticError(f"Zero at all points, but not simplified to 0: {difference}")
    return 0.0, ""


def _simplify(difference: Expr) -> Expr:
    """Split logarithms into those of polynomials, then cancel: these are independent, so 0 is found where it is 0."""
    plain = difference.replace(sp.log, lambda argument: sp.log(sp.cancel(argument)))
    return sp.cancel(sp.together(sp.expand_log(plain, force=True)))


def _describe(point: dict[sp.Symbol, sp.Rational], printed: str, derived: Expr) -> str:
    rest, x = ([value for symbol, value in point.items() if symbol.name.startswith(name)] for name in "dx")
    degrees = [1 - sum(rest), *rest]
    where = f"d = ({', '.join(map(str, degrees))}); exp(z) = ({', '.join(map(str, x))})"
    where += "".join(f"; {s} = {point[s]}" for s in (ALPHA, BETA))
    return f"{where}: printed {printed}, derived {_show(derived.xreplace(point))}"


def _show(value: Expr) -> str:
    value = sp.nsimplify(value) if value.is_rational else value
    return str(value) if value.is_rational else f"{float(value):.4f}"


def _name_readings(checks: pd.DataFrame) -> str:
    """Name the readings of these checks by the choice that decides, where there is one."""
    held = set(zip(checks.dominant, checks.nondominant, strict=True))
    if held in (set(), set(READINGS)):
        return "every reading" if held else "no reading"
    for choice in ("degree", "one-hot", "ratio", "softmax"):
        if held == {reading for reading in READINGS if choice in reading}:
            return choice
    return "; ".join(" and ".join(reading) for reading in READINGS if reading in held)
