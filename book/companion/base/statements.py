"""Eq. (1) to (11), statement by statement, as symbols: what the paper prints, and what it should equal.

A row has labels 0 (dominant, the paper's k), 1 (the paper's j), 2 ... The logits enter as x = exp(z), so that
derivatives by z are rational in x, p and d. What is printed stands in `data/published/equations.yml`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import Any

import sympy as sp
from sympy import Expr

from companion.base.published import find_published
from companion.base.strict_yaml import load_yaml

READINGS = tuple(product(("degree", "one-hot"), ("ratio", "softmax")))
ALPHA, BETA = sp.symbols("alpha beta", positive=True)


@dataclass(frozen=True)
class Statement:
    """One thing that the paper says; the head of the file of statements explains its parts."""

    equation: int
    what: str
    latex: str
    printed: str
    correction: str = ""
    corrected: str = ""
    presumes: str = ""
    extraction: str = ""
    asked: bool = False


STATEMENTS = tuple(Statement(**entry) for entry in load_yaml(find_published("equations.yml")))


def caveat_of(equation: int, what: str) -> Statement:
    """Return the statement with its caveats; one without any where the file has none, as beyond Eq. (11)."""
    found = (one for one in STATEMENTS if (one.equation, one.what) == (equation, what))
    return next(found, Statement(equation, what, latex="", printed=""))


def shares(values: Sequence[Expr]) -> list[Expr]:
    """Return values divided by their sum."""
    return [value / sum(values) for value in values]


def divergence(target: Expr, prediction: Expr) -> Expr:
    """Return target * log(target / prediction), 0 for a target of 0."""
    return sp.S.Zero if target == 0 else target * (sp.log(target) - sp.log(prediction))


def second_term(targets: Sequence[Expr], predictions: Sequence[Expr]) -> Expr:
    """Return the divergence over the labels that have targets."""
    return sum(divergence(t, q) for t, q in zip(targets, predictions, strict=True) if t != 0)


class Row:
    """One row of c labels, as symbols, under one reading of Eq. (2) and (3)."""

    def __init__(self, n_labels: int, dominant: str, nondominant: str) -> None:
        self.x = sp.symbols(f"x0:{n_labels}", positive=True)
        rest = sp.symbols(f"d1:{n_labels}", positive=True)
        self.d: tuple[Expr, ...] = (1 - sum(rest), *rest)
        self.p = shares(self.x)
        self.rho = sum(self.x[1:]) / sum(self.x)
        """hat d'_k, the complement of p_k."""
        self.b, self.r = (self.d[0], sum(rest)) if dominant == "degree" else (sp.S.One, sp.S.Zero)
        """bar d_k and hat d_k: the two halves of the binary target."""
        self.q = [sp.S.Zero, *shares(self.x[1:])]
        """hat d'_j, the prediction renormalised over the others."""
        self.printed_t = [sp.S.Zero, *shares([sp.exp(d) for d in rest])]
        """hat d_j as Eq. (3) prints it."""
        self.t = self.printed_t if nondominant == "softmax" else [sp.S.Zero, *shares(rest)]
        self.first = divergence(self.b, self.p[0]) + divergence(self.r, self.rho)
        """Eq. (5) with primes."""
        self.second = second_term(self.t, self.q)
        """Eq. (8)."""
        self.decoupled = ALPHA * self.first + (1 - ALPHA) * self.second
        """Eq. (4) with primes."""
        self.kl = sum(divergence(d, p) for d, p in zip(self.d, self.p, strict=True))
        """Eq. (1)."""

    def by_logit(self, expression: Expr, label: int) -> Expr:
        """Derivative by the logit of one label: d/dz = x d/dx."""
        return self.x[label] * sp.diff(expression, self.x[label])

    @cached_property
    def _names(self) -> dict[str, Any]:
        """What formulas of the file call the parts of a row."""
        alike = [sp.S.Zero, *shares([sp.exp(p) for p in self.p[1:]])]
        lists = {"d": self.d, "p": self.p, "t": self.t, "q": self.q, "s": self.printed_t, "e": alike}
        parts = {name: getattr(self, name) for name in ("b", "r", "rho", "kl", "first", "second", "decoupled")}
        single = {f"{name}_{label}": values[i] for name, values in lists.items() for i, label in enumerate("kj")}
        functions = {
            "by_k": lambda loss: self.by_logit(loss, 0), "by_j": lambda loss: self.by_logit(loss, 1),
            "div": divergence, "second_of": second_term,
        }  # fmt: skip
        return lists | parts | single | functions | {"alpha": ALPHA, "beta": BETA, "others": range(1, len(self.d))}

    def sides(self, formula: str) -> tuple[Expr, Expr]:
        """Return both sides of a formula of the file, "a == b"."""
        left, right = (sp.sympify(eval(side, dict(self._names))) for side in formula.split("=="))
        return left, right
