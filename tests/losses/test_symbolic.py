"""Equations (6), (7), (9), (10), (11) derived by SymPy from (5), (8) and (4), and the code held against the result."""

from __future__ import annotations

import pytest
import sympy as sp
import torch

from ildl.losses import (
    decoupled_loss_gradient_j,
    decoupled_loss_gradient_k,
    dominant_loss_gradient_j,
    dominant_loss_gradient_k,
    nondominant_loss_gradient_j,
)

C = 4  # label 0 is the dominant one
alpha = sp.Symbol("alpha", positive=True)
d = [sp.Symbol(f"d{j}", positive=True) for j in range(C)]
z = [sp.Symbol(f"z{j}", real=True) for j in range(C)]
powers = [sp.exp(value) for value in z]
p = [power / sum(powers) for power in powers]
rest, rest_p = sum(d[1:]), sum(powers[1:]) / sum(powers)
p_hat = [power / sum(powers[1:]) for power in powers]
exps = [sp.exp(value) for value in d]
TARGETS = {
    "ratio": [value / rest for value in d],
    "softmax": [value / sum(exps[1:]) for value in exps],
}
BINARY = {"degree": (1 - rest, rest), "one-hot": (sp.Integer(1), sp.Integer(0))}


def dominant(reading):
    """Eq. (5), 0 log 0 = 0."""
    pairs = zip(BINARY[reading], (1 - rest_p, rest_p), strict=True)
    return sum(target * sp.log(target / prediction) for target, prediction in pairs if target != 0)


def nondominant(reading):
    """Eq. (8)."""
    return sum(TARGETS[reading][j] * sp.log(TARGETS[reading][j] / p_hat[j]) for j in range(1, C))


def derived(loss, label):
    return sp.diff(loss, z[label])


def printed_k(reading):
    """Eq. (6)."""
    return p[0] - BINARY[reading][0]


def printed_j(reading, j):
    """Eq. (7)."""
    return (1 - BINARY[reading][1] / rest_p) * p[j]


def vanishes(expression):
    return sp.simplify(expression) == 0


@pytest.mark.parametrize("reading", BINARY)
def test_eq_6_and_7(reading):
    assert vanishes(derived(dominant(reading), 0) - printed_k(reading))
    assert vanishes(derived(dominant(reading), 2) - printed_j(reading, 2))


@pytest.mark.parametrize("reading", TARGETS)
def test_eq_9(reading):
    assert vanishes(derived(nondominant(reading), 0))
    assert vanishes(derived(nondominant(reading), 2) - (p_hat[2] - TARGETS[reading][2]))


def test_eq_9_last_line_holds_with_the_ratio_alone():
    last_line = p[2] / rest_p - d[2] / rest
    assert vanishes(derived(nondominant("ratio"), 2) - last_line)
    point = {d[1]: 0.3, d[2]: 0.1, d[3]: 0.05} | dict(zip(z, (1.0, 0.5, -0.3, 0.2), strict=True))
    assert abs((derived(nondominant("softmax"), 2) - last_line).evalf(subs=point)) > 0.01


def test_eq_10_and_11_with_one_minus_alpha_for_beta():
    loss = alpha * dominant("degree") + (1 - alpha) * nondominant("ratio")
    beta = 1 - alpha
    eleven = (alpha * (1 - rest / rest_p) + beta / rest_p) * p[2] - beta / rest * d[2]
    assert vanishes(derived(loss, 0) - alpha * printed_k("degree"))
    assert vanishes(derived(loss, 2) - eleven)


def test_the_divergence_splits_exactly():
    whole = (1 - rest) * sp.log((1 - rest) / p[0]) + sum(d[j] * sp.log(d[j] / p[j]) for j in range(1, C))
    difference = whole - dominant("degree") - rest * nondominant("ratio")
    assert vanishes(sp.expand_log(difference, force=True))


@pytest.mark.parametrize("reading", [(b, t) for b in BINARY for t in TARGETS])
def test_the_code_computes_what_was_derived(reading):
    one, many = reading
    generator = torch.Generator().manual_seed(0)
    D = torch.tensor(
        [[0.55, 0.25, 0.15, 0.05], [0.97, 0.01, 0.005, 0.015], [0.28, 0.24, 0.24, 0.24]], dtype=torch.float64
    )
    logits = torch.randn(3, C, generator=generator, dtype=torch.float64)
    first, second = dominant(one), nondominant(many)
    loss = alpha * first + (1 - alpha) * second
    columns = [
        (derived(first, 0), dominant_loss_gradient_k(D, logits, one)),
        (derived(first, 2), dominant_loss_gradient_j(D, logits, one)[:, 2]),
        (derived(second, 2), nondominant_loss_gradient_j(D, logits, many)[:, 2]),
        (derived(loss, 0), decoupled_loss_gradient_k(D, logits, 0.6, one)),
        (derived(loss, 2), decoupled_loss_gradient_j(D, logits, 0.6, dominant=one, nondominant=many)[:, 2]),
    ]
    for expression, actual in columns:
        function = sp.lambdify([*d, *z, alpha], expression)
        expected = [float(function(*D[i].tolist(), *logits[i].tolist(), 0.6)) for i in range(3)]
        assert actual.tolist() == pytest.approx(expected, abs=1e-12)
