"""Eq. (1) to (11), statement by statement, as symbols: what the paper prints, and what it should equal.

A row has labels 0 (dominant, the paper's k), 1 (the paper's j), 2 ... The logits enter as x = exp(z), so that
derivatives by z are rational in x, p and d. The LaTeX is the paper's without its index of the instance: a bar for the
dominant part, a hat for the non-dominant part, a prime for predictions.

"As printed" means the text as we have it: machine-read from the PDF, which may have lost a prime or a hat.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product

import sympy as sp
from sympy import Expr

READINGS = tuple(product(("degree", "one-hot"), ("ratio", "softmax")))
ALPHA, BETA = sp.symbols("alpha beta", positive=True)


def shares(values: Sequence[Expr]) -> list[Expr]:
    """Return values divided by their sum."""
    return [value / sum(values) for value in values]


def divergence(target: Expr, prediction: Expr) -> Expr:
    """Return target * log(target / prediction), 0 for a target of 0."""
    return sp.S.Zero if target == 0 else target * (sp.log(target) - sp.log(prediction))


class Row:
    """One row of c labels, as symbols, under one reading of Eq. (2) and (3)."""

    def __init__(self, n_labels: int, dominant: str, nondominant: str) -> None:
        self.x = sp.symbols(f"x0:{n_labels}", positive=True)
        rest = sp.symbols(f"d1:{n_labels}", positive=True)
        self.d: tuple[Expr, ...] = (1 - sum(rest), *rest)
        self.p = [x / sum(self.x) for x in self.x]
        self.others = range(1, n_labels)
        self.rho = sum(self.x[1:]) / sum(self.x)
        """hat d'_k, the complement of p_k."""
        self.b, self.r = (self.d[0], sum(rest)) if dominant == "degree" else (sp.S.One, sp.S.Zero)
        """bar d_k and hat d_k: the two halves of the binary target."""
        self.q = [sp.S.Zero, *(x / sum(self.x[1:]) for x in self.x[1:])]
        """hat d'_j, the prediction renormalised over the others."""
        self.printed_t = [sp.S.Zero, *shares([sp.exp(d) for d in rest])]
        """hat d_j as Eq. (3) prints it."""
        self.t = self.printed_t if nondominant == "softmax" else [sp.S.Zero, *shares(rest)]

    @cached_property
    def kl(self) -> Expr:
        """Eq. (1)."""
        return sum(divergence(d, p) for d, p in zip(self.d, self.p, strict=True))

    @cached_property
    def first(self) -> Expr:
        """Eq. (5) with primes."""
        return divergence(self.b, self.p[0]) + divergence(self.r, self.rho)

    @cached_property
    def second(self) -> Expr:
        """Eq. (8)."""
        return _second(self.t, self.q)

    @property
    def decoupled(self) -> Expr:
        """Eq. (4) with primes."""
        return ALPHA * self.first + (1 - ALPHA) * self.second

    def by_logit(self, expression: Expr, label: int) -> Expr:
        """Derivative by the logit of one label: d/dz = x d/dx."""
        return self.x[label] * sp.diff(expression, self.x[label])


Claim = Callable[[Row], tuple[Expr, Expr]]


@dataclass(frozen=True)
class Statement:
    """One thing that the paper says: what is printed and what it should equal; and a mended form where there is one."""

    equation: int
    what: str
    latex: str
    printed: Claim
    correction: str = ""
    corrected: Claim | None = None


def _gradient_j(row: Row, loss: Expr) -> Expr:
    return row.by_logit(loss, 1)


def _eq_6_chain(row: Row) -> Expr:
    p = row.p[0]
    return (-row.b / p) * (p - p**2) + (-row.r / row.rho) * (-p * row.rho)


def _eq_7_chain(row: Row, denominator: Expr) -> Expr:
    p_k, p_j = row.p[0], row.p[1]
    return (-row.b / p_k) * (-p_k * p_j) + (-row.r / denominator) * (p_j - row.rho * p_j)


def _eq_9_chain(row: Row, *, with_dominant: bool) -> Expr:
    t, q = row.t, row.q
    own = (-t[1] / q[1]) * (q[1] - q[1] ** 2)
    other = sum((-t[m] / q[m]) * (-q[m] * q[1]) for m in row.others if m != 1)
    return own + other + (row.r * q[1] if with_dominant else 0)


def _eq_11(row: Row, beta: Expr) -> Expr:
    p_j, d_j = row.p[1], row.d[1]
    return (ALPHA * (1 - row.r / row.rho) + beta / row.rho) * p_j - beta / row.r * d_j


def _second(targets: Sequence[Expr], predictions: Sequence[Expr]) -> Expr:
    return sum(divergence(t, q) for t, q in zip(targets, predictions, strict=True) if t != 0)


def _printed_targets(row: Row) -> Expr:
    return _gradient_j(row, ALPHA * row.first + (1 - ALPHA) * _second(row.printed_t, row.q))


STATEMENTS = (
    Statement(
        1,
        "the loss of a row is 0 where the prediction is right",
        r"\mathcal L_{LDL} = \sum_j d_j \ln \frac{d_j}{f_\theta^j} = 0 \quad\text{at}\quad f_\theta = d",
        lambda row: (sum(divergence(d, d) for d in row.d), sp.S.Zero),
    ),
    Statement(
        2,
        "target of the dominant label, if Eq. (1) is to be split",
        r"\bar d_k = 1",
        lambda row: (sp.S.One, row.d[0]),
        r"\bar d_k = d_k, \qquad \hat d_k = 1 - d_k \quad\text{in Eq. (5) to (7), (10), (11)}",
        lambda row: (row.b, row.d[0]),
    ),
    Statement(
        3,
        "a distribution over the other labels",
        r"\sum_{j \ne k} \hat d_j = \sum_{j \ne k} \frac{\exp(d_j)}{\sum_{m \ne k} \exp(d_m)} = 1",
        lambda row: (sum(row.printed_t), sp.S.One),
    ),
    Statement(
        3,
        "target that the last line of Eq. (9), and Eq. (11), contain",
        r"\hat d_j = \frac{\exp(d_j)}{\sum_{m \ne k} \exp(d_m)}",
        lambda row: (row.printed_t[1], row.d[1] / sum(row.d[1:])),
        r"\hat d_j = \frac{d_j}{1 - d_k}",
        lambda row: (row.t[1], row.d[1] / sum(row.d[1:])),
    ),
    Statement(
        4,
        "prediction in the first divergence",
        r"\mathcal L_{DILDL} = \alpha\, \mathrm{KL}([\bar d_j, \hat d_j] \,\Vert\, [\bar d_j, \hat d_j])"
        r" + (1 - \alpha)\, \mathrm{KL}(\hat D \,\Vert\, \hat f_\theta)",
        lambda row: ((1 - ALPHA) * row.second, row.decoupled),
        r"\mathcal L_{DILDL} = \alpha\, \mathrm{KL}([\bar d_k, \hat d_k] \,\Vert\, [\bar d'_k, \hat d'_k])"
        r" + (1 - \alpha)\, \mathrm{KL}(\hat D \,\Vert\, \hat f_\theta)",
        lambda row: (ALPHA * row.first + (1 - ALPHA) * row.second, row.decoupled),
    ),
    Statement(
        4,
        "“Eq. (1) can be re-written as” Eq. (4)",
        r"\mathcal L_{LDL} = \alpha\, \mathcal L_{DDL} + (1 - \alpha)\, \mathcal L_{NDDL}",
        lambda row: (row.decoupled, row.kl),
        r"\mathcal L_{LDL} = \mathcal L_{DDL} + (1 - d_k)\, \mathcal L_{NDDL}",
        lambda row: (row.first + (1 - row.d[0]) * row.second, row.kl),
    ),
    Statement(
        5,
        "prediction in the two terms",
        r"\mathcal L_{DDL} = \bar d_j (\log \bar d_j - \log \bar d_j) + \hat d_j (\log \hat d_j - \log \hat d_j)",
        lambda row: (divergence(row.b, row.b) + divergence(row.r, row.r), row.first),
        r"\mathcal L_{DDL} = \bar d_k (\log \bar d_k - \log \bar d'_k) + \hat d_k (\log \hat d_k - \log \hat d'_k)",
        lambda row: (divergence(row.b, row.p[0]) + divergence(row.r, 1 - row.p[0]), row.first),
    ),
    Statement(
        6,
        "second line, the chain rule",
        r"\Bigl(-\frac{\bar d_k}{\bar d'_k}\Bigr) (\bar d'_k - \bar d'^2_k)"
        r" + \Bigl(-\frac{\hat d_k}{\hat d'_k}\Bigr) (-\bar d'_k \hat d'_k)",
        lambda row: (_eq_6_chain(row), row.by_logit(row.first, 0)),
    ),
    Statement(
        6,
        "result",
        r"\frac{\partial \mathcal L_{DDL}}{\partial z_k} = \bar d'_k - \bar d_k",
        lambda row: (row.p[0] - row.b, row.by_logit(row.first, 0)),
    ),
    Statement(
        7,
        "second line, the chain rule",
        r"\Bigl(-\frac{\bar d_k}{\bar d'_k}\Bigr) (-\bar d'_k \bar d'_j)"
        r" + \Bigl(-\frac{\hat d_k}{\bar d'_k}\Bigr) (\bar d'_j - \hat d'_k \bar d'_j)",
        lambda row: (_eq_7_chain(row, row.p[0]), _gradient_j(row, row.first)),
        r"\Bigl(-\frac{\bar d_k}{\bar d'_k}\Bigr) (-\bar d'_k \bar d'_j)"
        r" + \Bigl(-\frac{\hat d_k}{\hat d'_k}\Bigr) (\bar d'_j - \hat d'_k \bar d'_j)",
        lambda row: (_eq_7_chain(row, row.rho), _gradient_j(row, row.first)),
    ),
    Statement(
        7,
        "result",
        r"\frac{\partial \mathcal L_{DDL}}{\partial z_j} = \Bigl(1 - \frac{\hat d_k}{\hat d'_k}\Bigr) \bar d'_j",
        lambda row: ((1 - row.r / row.rho) * row.p[1], _gradient_j(row, row.first)),
    ),
    Statement(
        8,
        "the second term of Eq. (4), with the others' predictions renormalised",
        r"\mathcal L_{NDDL} = \sum_{j \ne k} \hat d_j (\log \hat d_j - \log \hat d'_j),"
        r" \qquad \hat d'_j = \frac{p_j}{1 - p_k}",
        lambda row: (_second(row.t[1:], [p / (1 - row.p[0]) for p in row.p[1:]]), row.second),
    ),
    Statement(
        9,
        "first line, derivative by z_m",
        r"\sum_{m \ne k} \frac{\partial \mathcal L_{NDDL}}{\partial \hat d'_m}"
        r" \frac{\partial \hat d'_m}{\partial z_m}",
        lambda row: (sum(-t * (1 - q) for t, q in zip(row.t, row.q, strict=True)), _gradient_j(row, row.second)),
        r"\sum_{m \ne k} \frac{\partial \mathcal L_{NDDL}}{\partial \hat d'_m}"
        r" \frac{\partial \hat d'_m}{\partial z_j}",
        lambda row: (
            sum((-row.t[m] / row.q[m]) * row.by_logit(row.q[m], 1) for m in row.others),
            _gradient_j(row, row.second),
        ),
    ),
    Statement(
        9,
        "third line, a sum over all m other than j, with hat d_k as in Eq. (5) to (7)",
        r"\Bigl(-\frac{\hat d_j}{\hat d'_j}\Bigr) (\hat d'_j - \hat d'^2_j)"
        r" + \sum_{m \ne j} \Bigl(-\frac{\hat d_m}{\hat d'_m}\Bigr) (-\hat d'_m \hat d'_j)",
        lambda row: (_eq_9_chain(row, with_dominant=True), _gradient_j(row, row.second)),
        r"\Bigl(-\frac{\hat d_j}{\hat d'_j}\Bigr) (\hat d'_j - \hat d'^2_j)"
        r" + \sum_{m \ne j, k} \Bigl(-\frac{\hat d_m}{\hat d'_m}\Bigr) (-\hat d'_m \hat d'_j)",
        lambda row: (_eq_9_chain(row, with_dominant=False), _gradient_j(row, row.second)),
    ),
    Statement(
        9,
        "result, fourth line",
        r"\frac{\partial \mathcal L_{NDDL}}{\partial z_j} = \hat d'_j - \hat d_j",
        lambda row: (row.q[1] - row.t[1], _gradient_j(row, row.second)),
    ),
    Statement(
        9,
        "the same, if predictions too were formed as Eq. (3) forms targets",
        r"\frac{\partial \mathcal L_{NDDL}}{\partial z_j} = \hat d'_j - \hat d_j,"
        r" \qquad \hat d'_j = \frac{\exp(p_j)}{\sum_{m \ne k} \exp(p_m)}",
        lambda row: (
            shares([sp.exp(p) for p in row.p[1:]])[0] - row.t[1],
            _gradient_j(row, _second(row.t[1:], shares([sp.exp(p) for p in row.p[1:]]))),
        ),
        r"\hat d'_j = \frac{p_j}{1 - p_k} = \frac{\exp(z_j)}{\sum_{m \ne k} \exp(z_m)}",
        lambda row: (row.p[1] / (1 - row.p[0]) - row.t[1], _gradient_j(row, row.second)),
    ),
    Statement(
        9,
        "result, last line",
        r"\frac{1}{\hat d'_j}\, d'_j - \frac{1}{\hat d'_j}\, d'_j",
        lambda row: (row.p[1] / row.q[1] - row.p[1] / row.q[1], _gradient_j(row, row.second)),
        r"\frac{1}{\hat d'_k}\, d'_j - \frac{1}{\hat d_k}\, d_j"
        r" \qquad\text{with}\quad \hat d'_k = 1 - p_k, \; \hat d_k = 1 - d_k",
        lambda row: (row.p[1] / row.rho - row.d[1] / (1 - row.d[0]), _gradient_j(row, row.second)),
    ),
    Statement(
        10,
        "the loss that is differentiated",
        r"\frac{\partial \mathcal L_{LDL}}{\partial z_k} = \alpha (\bar d'_k - \bar d_k)",
        lambda row: (ALPHA * (row.p[0] - row.b), row.by_logit(row.kl, 0)),
        r"\frac{\partial \mathcal L_{DILDL}}{\partial z_k} = \alpha (\bar d'_k - \bar d_k)",
        lambda row: (ALPHA * (row.p[0] - row.b), row.by_logit(row.decoupled, 0)),
    ),
    Statement(
        11,
        "weight of the non-dominant part, and the loss that is differentiated",
        r"\frac{\partial \mathcal L_{LDL}}{\partial z_j} = \Bigl\{\alpha \Bigl(1 - \frac{\hat d_k}{\hat d'_k}\Bigr)"
        r" + \frac{\beta}{\hat d'_k}\Bigr\} \bar d'_j - \frac{\beta}{\hat d_k} \bar d_j",
        lambda row: (_eq_11(row, BETA), _gradient_j(row, row.decoupled)),
        r"\frac{\partial \mathcal L_{DILDL}}{\partial z_j} = \Bigl\{\alpha \Bigl(1 - \frac{\hat d_k}{\hat d'_k}\Bigr)"
        r" + \frac{1 - \alpha}{\hat d'_k}\Bigr\} \bar d'_j - \frac{1 - \alpha}{\hat d_k} \bar d_j",
        lambda row: (_eq_11(row, 1 - ALPHA), _gradient_j(row, row.decoupled)),
    ),
    Statement(
        11,
        "the same, with Eq. (3) as printed for the targets",
        r"\frac{\partial \mathcal L_{DILDL}}{\partial z_j} = \Bigl\{\alpha \Bigl(1 - \frac{\hat d_k}{\hat d'_k}\Bigr)"
        r" + \frac{1 - \alpha}{\hat d'_k}\Bigr\} \bar d'_j - \frac{1 - \alpha}{\hat d_k} \bar d_j",
        lambda row: (_eq_11(row, 1 - ALPHA), _printed_targets(row)),
        r"\frac{\partial \mathcal L_{DILDL}}{\partial z_j} = \alpha (p_j - \hat d_k \hat d'_j)"
        r" + (1 - \alpha) (\hat d'_j - \hat d_j)",
        lambda row: (
            ALPHA * (row.p[1] - row.r * row.q[1]) + (1 - ALPHA) * (row.q[1] - row.printed_t[1]),
            _printed_targets(row),
        ),
    ),
)
