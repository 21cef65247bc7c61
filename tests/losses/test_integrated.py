"""RDA's loss and the decoupled one in each other: against sums written out, label by label."""

from __future__ import annotations

import itertools
import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.autograd import gradcheck

from ildl.losses import (
    DOMINANT,
    NONDOMINANT,
    adjusted_logits,
    decoupled_loss,
    distribution_balanced_loss,
    focal_decoupled_loss,
    nondominant_target,
    one_hot_dominant,
    part_frequencies,
    prepare_divergences,
    prepare_parts,
    prepared_balanced_loss,
    prepared_focal_decoupled_loss,
    rebalanced_weights,
)
from tests.strategies import simplex_and_logits

both_readings = pytest.mark.parametrize(("dominant", "nondominant"), list(itertools.product(DOMINANT, NONDOMINANT)))
ROWS = torch.tensor([[0.6, 0.3, 0.1, 0.0], [0.2, 0.2, 0.5, 0.1], [0.0, 1.0, 0.0, 0.0]], dtype=torch.float64)
LOGITS = torch.tensor([[0.4, -1.0, 2.0, 0.1], [1.5, 0.2, -0.3, 0.0], [0.3, 0.9, -2.0, 1.1]], dtype=torch.float64)


@both_readings
@given(rows=simplex_and_logits(bound=10), alpha=st.sampled_from([0.0, 0.3, 1.0]))
def test_without_weights_and_focus_it_is_eq_4_over_the_number_of_labels(dominant, nondominant, rows, alpha):
    D, z = map(torch.tensor, rows)
    plain = focal_decoupled_loss(D, z, 1.0, alpha, dominant, nondominant, gamma=0.0)
    expected = decoupled_loss(D, z, alpha, dominant, nondominant) / D.shape[1]
    torch.testing.assert_close(plain, expected, rtol=1e-9, atol=1e-10)


def term(weight, p, target):
    """One term of RDA's loss: its weight, its focal factor, its share of the divergence."""
    return weight * (1 - p) ** 2 * (target * math.log(target / p) if target > 0 else 0.0)


@both_readings
def test_every_term_of_eq_4_has_rdas_weight_focal_factor_and_adjusted_logits(dominant, nondominant):
    frequencies, alpha = torch.tensor([3.0, 1.0, 4.0, 0.5], dtype=torch.float64), 0.3
    found = prepared_focal_decoupled_loss(LOGITS, prepare_divergences(ROWS, frequencies, alpha, dominant, nondominant))
    u = adjusted_logits(LOGITS, ROWS, frequencies)
    weights = rebalanced_weights(ROWS, frequencies) * ((1 - ROWS) / 2 + ROWS)
    for d, row, w, value in zip(ROWS.tolist(), u.tolist(), weights.tolist(), found.tolist(), strict=True):
        k = d.index(max(d))
        others = [j for j in range(4) if j != k]
        mass = [math.exp(x) for x in row]
        rest = sum(mass[j] for j in others)
        b = d[k] if dominant == "degree" else 1.0
        of_rest = sum(w[j] for j in others) / 3
        first = term(w[k], mass[k] / sum(mass), b) + term(of_rest, rest / sum(mass), 1 - b)
        raw = [math.exp(d[j]) if nondominant == "softmax" else d[j] for j in others]
        target = [value / sum(raw) if sum(raw) else 0.0 for value in raw]
        second = sum(term(w[j], mass[j] / rest, t) for j, t in zip(others, target, strict=True))
        assert value == pytest.approx((alpha * first + (1 - alpha) * second) / 4, rel=1e-12)


@pytest.mark.parametrize("nondominant", NONDOMINANT)
@pytest.mark.parametrize("alpha", [0.0, 0.3, 1.0])
def test_rdas_loss_on_the_decoupled_labels_is_the_weighted_sum_of_both(nondominant, alpha):
    parts = one_hot_dominant(ROWS), nondominant_target(ROWS, nondominant)
    found = sum(prepared_balanced_loss(LOGITS, rows) for rows in prepare_parts(ROWS, alpha, nondominant))
    first, second = (distribution_balanced_loss(part, LOGITS, part.sum(0)) for part in parts)
    torch.testing.assert_close(found, alpha * first + (1 - alpha) * second)


@pytest.mark.parametrize("nondominant", NONDOMINANT)
def test_padding_counts_for_no_label(nondominant):
    padded = torch.cat([ROWS, torch.zeros(5, 4, dtype=torch.float64)])
    for alone, among in zip(part_frequencies(ROWS, nondominant), part_frequencies(padded, nondominant), strict=True):
        torch.testing.assert_close(among, alone)


@both_readings
def test_gradients_are_what_differences_find_and_finite_at_hopeless_logits(dominant, nondominant):
    rows = prepare_divergences(ROWS, ROWS.sum(0), 0.6, dominant, nondominant)
    assert gradcheck(lambda z: prepared_focal_decoupled_loss(z, rows), (LOGITS.clone().requires_grad_(),))
    z = torch.tensor([[400.0, -400.0, 0.0, 0.0]], dtype=torch.float64).expand(3, 4).clone().requires_grad_()
    value = prepared_focal_decoupled_loss(z, rows)
    assert torch.isfinite(value).all()
    assert torch.isfinite(torch.autograd.grad(value.sum(), z)[0]).all()
