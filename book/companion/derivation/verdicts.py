"""Which printed equations hold: as they stand, with a symbol mended, or with other targets only."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

import pandas as pd
import sympy as sp

from companion.base.equations import check_equations, summarise_equations
from companion.base.statements import ALPHA, Row, caveat_of
from companion.show.shown import Shown
from companion.show.table import DASH, Cell, show_table, text

STYLE = "../_static/derivation.css"
DERIVED, PRINTED = ("degree", "ratio"), ("one-hot", "softmax")
"""The targets for which the paper's gradients follow, and those of Eq. (2) and (3)."""
AS_PRINTED, MENDED, CONDITIONAL, OPEN = "as printed", "mended", "other targets", "open"
ORDER = (AS_PRINTED, MENDED, CONDITIONAL, OPEN)
LOOKS = {
    AS_PRINTED: Cell(("✓ as printed",), "agrees text"),
    MENDED: Cell(("≈ symbol mended",), "unclear text"),
    CONDITIONAL: Cell(("✗ other targets",), "ours-worse text"),
    OPEN: Cell(("✗ does not hold",), "ours-worse text"),
}
EQUATIONS = {
    1: ("plain divergence", ""),
    2: ("target, dominant label", "a definition; (4), (11) ask for the degree"),
    3: ("targets, other labels", "a definition; (4), (9), (11) ask for shares"),
    4: ("decoupled loss", "primes; it is (1) with other weights"),
    5: ("dominant part", "primes on the prediction"),
    6: ("its gradient, label k", ""),
    7: ("its gradient, label j", "one bar is a hat; the result holds"),
    8: ("non-dominant part", ""),
    9: ("its gradient", "signs in three lines; the last needs shares"),
    10: ("gradient, label k", "a name: the loss is that of (4)"),
    11: ("gradient, label j", "the same; β is 1 − α; both targets"),
    12: ("alignment 1", "one index k is i"),
    13: ("alignment 2", "one index k is i"),
    14: ("alignment 3", "the bound N is M"),
    15: ("similarities", ""),
    16: ("alignment 4", ""),
    17: ("objective", ""),
}
"""Equation -> what it is, and what has to change for it to hold."""
WORDS = {
    "every reading": "any targets",
    "no reading": "no targets",
    "degree and ratio": "derived targets",
    "degree": "the degree as target of the dominant label",
    "one-hot": "1 as target of the dominant label",
    "ratio": "shares as targets of the others",
    "softmax": "Eq. (3) as targets of the others",
    "": DASH,
}

SHORTER = {
    "first line, derivative by z_m": "first line, the derivative of a sum",
    "third line, a sum over all m other than j, with hat d_k as in Eq. (5) to (7)": "third line, a sum over all others",
}
"""Statement, as in the checks -> how the table calls it, where it holds symbols."""


def check_all(n_labels: int = 3, seed: int = 0) -> pd.DataFrame:
    """Check Eq. (1) to (17): columns as of `check_equations`; Eq. (12) to (17) have one row each, for any targets."""
    return pd.concat([check_equations(n_labels, seed=seed), pd.DataFrame(_alignments(n_labels))], ignore_index=True)


def _alignments(n_labels: int) -> Iterator[dict[str, object]]:
    """Check Eq. (12) to (17), printed and mended, by what each must be equal to."""
    mu, nu = sp.symbols("mu nu", real=True)
    sigma, tau, other, m, n = sp.symbols("sigma tau other M N", positive=True)
    v = sigma**2 / tau**2
    gaussians = sp.log(tau / sigma) - sp.Rational(1, 2) + (sigma**2 + (mu - nu) ** 2) / (2 * tau**2)
    printed, mended = (-(sp.log(v) - v - (mu - nu) ** 2 / scale**2 + 1) / 2 for scale in (other, tau))
    row = Row(n_labels, *DERIVED)
    r = sp.Matrix(sp.symbols(f"r0:{n_labels}", positive=True))
    at_truth = row.kl.subs({x: d for x, d in zip(row.x, row.d, strict=True)}, simultaneous=True)
    objective = ALPHA * row.first + (1 - ALPHA) * row.second
    forms = [
        (12, "divergence of the features' Gaussian from the dominant part's", printed - gaussians, mended - gaussians),
        (13, "divergence of the features' Gaussian from the other part's", printed - gaussians, mended - gaussians),
        (14, "a mean over all pairs of a batch: 1 where every difference is 1", n * m / m**2 - 1, m * m / m**2 - 1),
        (15, "a similarity: 1 of a row with itself", r.dot(r) / (r.norm() * r.norm()) - 1, None),
        (16, "0 where the decoded distribution is right", at_truth, None),
        (17, "its first two terms are Eq. (4) with primes", objective - row.decoupled, None),
    ]
    point = {mu: 1, nu: 0, sigma: 1, tau: 1, other: 2, m: 2, n: 3}
    for equation, what, difference, corrected in forms:
        zero = _is_zero(difference)
        yield {
            "equation": equation,
            "what": what,
            "dominant": "",
            "nondominant": "",
            "holds": zero,
            "deviation": 0.0 if zero else abs(float(difference.subs(point))),
            "counterexample": "" if zero else ", ".join(f"{s} = {point[s]}" for s in _symbols(difference, point)),
            "corrected_holds": corrected is not None and _is_zero(corrected),
        }


def _is_zero(expression: sp.Expr) -> bool:
    return bool(sp.simplify(sp.expand_log(expression, force=True)) == 0)


def _symbols(expression: sp.Expr, point: dict[sp.Symbol, int]) -> list[sp.Symbol]:
    return [symbol for symbol in point if symbol in expression.free_symbols]


def line_verdicts(checks: pd.DataFrame) -> pd.DataFrame:
    """Give each printed statement its verdict: equation, what, verdict, extraction (why our text may be at fault)."""
    rows = []
    for (equation, what), group in checks.groupby(["equation", "what"], sort=False):
        caveat = caveat_of(int(str(equation)), str(what))
        if caveat.asked:  # a question of ours, which the paper does not state
            continue
        rows.append({"equation": equation, "what": what, "verdict": _verdict(group), "extraction": caveat.extraction})
    return pd.DataFrame(rows)


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
    worst = lines.assign(place=lines["verdict"].map(ORDER.index)).groupby("equation")["place"].max()
    lost = lines["extraction"].ne("").groupby(lines["equation"]).any()
    return pd.DataFrame({"verdict": worst.map(dict(enumerate(ORDER))), "lost": lost})


def verdict_table(checks: pd.DataFrame, implemented: pd.DataFrame, truth: Mapping[tuple[str, str], float]) -> Shown:
    """Draw the table of the first screen, and the lines as a second tab; the other two go into the data."""
    lines = line_verdicts(checks)
    found = equation_verdicts(lines)
    cells = [
        [LOOKS[verdict], text(EQUATIONS[number][1] or DASH), text("in our text" if lost else DASH)]
        for number, verdict, lost in found.reset_index().itertuples(index=False, name=None)
    ]
    index = [f"({number}) {EQUATIONS[number][0]}" for number in found.index.to_numpy()]
    equations = pd.DataFrame(cells, index=index, columns=["Verdict", "What changes", "Perhaps lost"])
    tabs = {"By equation": equations, "Line by line": _line_cells(checks, lines)}
    right = pd.DataFrame([(*targets, value) for targets, value in truth.items()])
    right.columns = pd.Index(["dominant", "nondominant", "gradient_where_right"])
    kinds = {"printed": checks, "implemented": implemented, "at the right prediction": right}
    data = pd.concat([frame.assign(kind=kind) for kind, frame in kinds.items()], ignore_index=True)
    shown = show_table(tabs, "equations", "The equations of the paper", data)
    return replace(shown, html=f'<link rel="stylesheet" href="{STYLE}">{shown.html}')


def _line_cells(checks: pd.DataFrame, lines: pd.DataFrame) -> pd.DataFrame:
    told = summarise_equations(checks).set_index(["equation", "what"])
    cells, index = [], []
    for equation, what, verdict, _ in lines.itertuples(index=False, name=None):
        if (equation, what) in told.index:
            printed, mended = told.loc[(equation, what), ["printed_holds", "corrected_holds"]]
        else:  # what does not depend on targets
            printed, mended = ("every reading", "") if verdict == AS_PRINTED else ("no reading", "every reading")
        cells.append([LOOKS[verdict], text(WORDS[str(printed)]), text(WORDS[str(mended)])])
        index.append(f"({equation}) {SHORTER.get(str(what), str(what))}")
    return pd.DataFrame(cells, index=index, columns=["Verdict", "As printed, for", "Mended, for"])
