"""Which printed equations hold: as they stand, with a symbol mended, or with other targets only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import sympy as sp

from companion.base.equations import check_equations, summarise_equations
from companion.base.statements import ALPHA, Row, caveat_of
from companion.base.strict_yaml import load_yaml
from companion.show.shown import Shown
from companion.show.table import DASH, Cell, show_table, text

STYLE = "../_static/derivation.css"
DERIVED, PRINTED = ("degree", "ratio"), ("one-hot", "softmax")
"""The targets for which the paper's gradients follow, and those of Eq. (2) and (3)."""
AS_PRINTED, MENDED, CONDITIONAL, OPEN = "as printed", "mended", "other targets", "open"
LOOKS = {
    AS_PRINTED: Cell(("✓ as printed",), "agrees text"),
    MENDED: Cell(("≈ symbol mended",), "unclear text"),
    CONDITIONAL: Cell(("✗ other targets",), "ours-worse text"),
    OPEN: Cell(("✗ does not hold",), "ours-worse text"),
}
"""From the best to the worst."""
_IN_WORDS = load_yaml(Path(__file__).with_name("words.yml"))
EQUATIONS: dict[int, tuple[str, str]] = _IN_WORDS["equations"]
"""Equation -> what it is, and what has to change for it to hold."""


def check_all(n_labels: int = 3, seed: int = 0) -> pd.DataFrame:
    """Check Eq. (1) to (17): columns as of `check_equations`; Eq. (12) to (17) have one row each, for any targets."""
    return pd.concat([check_equations(n_labels, seed=seed), _alignments(n_labels)], ignore_index=True)


def _alignments(n_labels: int) -> pd.DataFrame:
    """Check Eq. (12) to (17), printed and mended, by what each must be equal to."""
    mu, nu = sp.symbols("mu nu", real=True)
    sigma, tau, other, m, n = sp.symbols("sigma tau other M N", positive=True)
    v = sigma**2 / tau**2
    gaussians = sp.log(tau / sigma) - sp.Rational(1, 2) + (sigma**2 + (mu - nu) ** 2) / (2 * tau**2)
    printed, mended = (-(sp.log(v) - v - (mu - nu) ** 2 / scale**2 + 1) / 2 - gaussians for scale in (other, tau))
    row = Row(n_labels, *DERIVED)
    r = sp.Matrix(sp.symbols(f"r0:{n_labels}", positive=True))
    at_truth = row.kl.subs({x: d for x, d in zip(row.x, row.d, strict=True)}, simultaneous=True)
    objective = ALPHA * row.first + (1 - ALPHA) * row.second
    forms = [
        (12, "divergence of the features' Gaussian from the dominant part's", printed, mended),
        (13, "divergence of the features' Gaussian from the other part's", printed, mended),
        (14, "a mean over all pairs of a batch: 1 where every difference is 1", n * m / m**2 - 1, m * m / m**2 - 1),
        (15, "a similarity: 1 of a row with itself", r.dot(r) / (r.norm() * r.norm()) - 1, None),
        (16, "0 where the decoded distribution is right", at_truth, None),
        (17, "its first two terms are Eq. (4) with primes", objective - row.decoupled, None),
    ]
    point = {mu: 1, nu: 0, sigma: 1, tau: 1, other: 2, m: 2, n: 3}
    rows = []
    for equation, what, difference, corrected in forms:
        holds, mended_holds = (form is not None and _is_zero(form) for form in (difference, corrected))
        deviation = 0.0 if holds else abs(float(difference.subs(point)))
        where = (
            "" if holds else ", ".join(f"{s} = {value}" for s, value in point.items() if s in difference.free_symbols)
        )
        rows.append((equation, what, "", "", holds, deviation, where, mended_holds))
    columns = ["equation", "what", "dominant", "nondominant", "holds", "deviation", "counterexample", "corrected_holds"]
    return pd.DataFrame(rows, columns=columns)


def _is_zero(expression: sp.Expr) -> bool:
    return bool(sp.simplify(sp.expand_log(expression, force=True)) == 0)


def line_verdicts(checks: pd.DataFrame) -> pd.DataFrame:
    """Give each printed statement its verdict: equation, what, verdict, extraction (why our text may be at fault)."""
    rows = []
    for (equation, what), group in checks.groupby(["equation", "what"], sort=False):
        caveat = caveat_of(int(str(equation)), str(what))
        if not caveat.asked:  # such are questions of ours, which the paper does not state
            rows.append((equation, what, _verdict(group), caveat.extraction))
    return pd.DataFrame(rows, columns=["equation", "what", "verdict", "extraction"])


def _verdict(group: pd.DataFrame) -> str:
    """Of one statement over the targets; what has one row holds or fails for all of them."""
    if group["holds"].all():
        return AS_PRINTED
    as_printed = (group["dominant"] == PRINTED[0]) & (group["nondominant"] == PRINTED[1])
    if group.loc[as_printed | (len(group) == 1), "corrected_holds"].any():
        return MENDED
    return CONDITIONAL if group["corrected_holds"].any() else OPEN


def equation_verdicts(lines: pd.DataFrame) -> pd.DataFrame:
    """Each equation: the worst verdict of its lines, and whether a symbol may be lost in the text: verdict, lost."""
    places = lines.assign(place=lines["verdict"].map(list(LOOKS).index), lost=lines["extraction"] != "")
    worst = places.groupby("equation").agg(verdict=("place", "max"), lost=("lost", "any"))
    return worst.assign(verdict=worst["verdict"].map(dict(enumerate(LOOKS))))


def verdict_table(checks: pd.DataFrame, implemented: pd.DataFrame, truth: Mapping[tuple[str, str], float]) -> Shown:
    """Draw the table of the first screen, and the lines as a second tab; the other two go into the data."""
    lines = line_verdicts(checks)
    equations = {
        f"({number}) {EQUATIONS[number][0]}": [
            LOOKS[verdict],
            EQUATIONS[number][1] or DASH,
            "in our text" if lost else DASH,
        ]
        for number, verdict, lost in equation_verdicts(lines).reset_index().itertuples(index=False, name=None)
    }
    told = summarise_equations(checks).set_index(["equation", "what"])[["printed_holds", "corrected_holds"]]
    by_line, words = {}, _IN_WORDS["targets"]
    for equation, what, verdict, _ in lines.itertuples(index=False, name=None):
        if (equation, what) in told.index:
            printed, mended = told.loc[(equation, what)]
        else:  # what does not depend on targets
            printed, mended = ("every reading", "") if verdict == AS_PRINTED else ("no reading", "every reading")
        by_line[f"({equation}) {_IN_WORDS['shorter'].get(what, what)}"] = [
            LOOKS[verdict],
            words[printed],
            words[mended],
        ]
    tabs = {
        "By equation": _frame(equations, ["Verdict", "What changes", "Perhaps lost"]),
        "Line by line": _frame(by_line, ["Verdict", "As printed, for", "Mended, for"]),
    }
    right = pd.DataFrame(
        [(*targets, value) for targets, value in truth.items()],
        columns=["dominant", "nondominant", "gradient_where_right"],
    )
    kinds = {"printed": checks, "implemented": implemented, "at the right prediction": right}
    data = pd.concat([frame.assign(kind=kind) for kind, frame in kinds.items()], ignore_index=True)
    shown = show_table(tabs, "equations", "The equations of the paper", data)
    return replace(shown, html=f'<link rel="stylesheet" href="{STYLE}">{shown.html}')


def _frame(lines: Mapping[str, list[Any]], columns: list[str]) -> pd.DataFrame:
    cells = [[one if isinstance(one, Cell) else text(one) for one in line] for line in lines.values()]
    return pd.DataFrame(cells, index=list(lines), columns=columns)
