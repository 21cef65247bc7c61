"""Losses of prepared rows against the equations that they rewrite: the same values, the same gradients."""

from __future__ import annotations

import itertools

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
    gaussian_alignment,
    prepare_balanced,
    prepare_decoupled,
    prepare_gaussians,
    prepared_adjusted_logits,
    prepared_alignment,
    prepared_balanced_loss,
    prepared_decoupled_loss,
)
from tests.strategies import simplex_and_logits


def value_and_gradient(function, *arguments):
    """Value, and gradients of its weighted sum with respect to all arguments."""
    leaves = [argument.detach().clone().requires_grad_() for argument in arguments]
    value = function(*leaves)
    upstream = torch.linspace(0.5, 2, value.numel(), dtype=value.dtype).reshape(value.shape)
    return value.detach(), *torch.autograd.grad((value * upstream).sum(), leaves)


def assert_same(function, other, *arguments, atol=1e-10):
    pairs = zip(value_and_gradient(function, *arguments), value_and_gradient(other, *arguments), strict=True)
    for ours, theirs in pairs:
        torch.testing.assert_close(ours, theirs, rtol=1e-9, atol=atol)


def standard_normal(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


@pytest.mark.parametrize(("dominant", "nondominant"), list(itertools.product(DOMINANT, NONDOMINANT)))
@given(rows=simplex_and_logits(), alpha=st.sampled_from([0.0, 0.3, 1.0]))
def test_decoupled_loss_of_prepared_rows_is_eq_4(dominant, nondominant, rows, alpha):
    D, z = map(torch.tensor, rows)
    prepared = prepare_decoupled(D, alpha, dominant, nondominant)
    assert_same(
        lambda z: prepared_decoupled_loss(z, prepared), lambda z: decoupled_loss(D, z, alpha, dominant, nondominant), z
    )


@given(rows=simplex_and_logits(bound=3))
def test_balanced_loss_of_prepared_rows_is_the_distribution_balanced_loss(rows):
    D, z = map(torch.tensor, rows)
    frequencies = D.sum(0)
    prepared = prepare_balanced(D, frequencies)
    torch.testing.assert_close(prepared_adjusted_logits(z, prepared), adjusted_logits(z, D, frequencies))
    assert_same(
        lambda z: prepared_balanced_loss(z, prepared), lambda z: distribution_balanced_loss(D, z, frequencies), z
    )


@pytest.mark.parametrize("bound", [30.0, 33.0, 60.0])
def test_below_the_floor_of_a_probability_its_gradient_is_zero(bound):
    D = torch.tensor([[0.5, 0.3, 0.2], [0.1, 0.1, 0.8]], dtype=torch.float64)
    z = torch.tensor([[bound, 0.0, -bound], [-bound, bound, 0.0]], dtype=torch.float64)
    prepared = prepare_balanced(D, D.sum(0))
    assert_same(
        lambda z: prepared_balanced_loss(z, prepared), lambda z: distribution_balanced_loss(D, z, D.sum(0)), z, atol=0
    )


@given(st.integers(0, 1000), st.sampled_from([0.0, 0.6, 1.0]))
def test_alignment_to_prepared_gaussians_is_the_weighted_sum_of_eq_12_and_13(seed, alpha):
    dominant, nondominant, feature = (
        [standard_normal(4, 5, seed=6 * seed + 2 * i + j) for j in range(2)] for i in range(3)
    )
    prepared = prepare_gaussians(dominant, nondominant, alpha)

    def both(mean, logvar):
        first, second = (gaussian_alignment(mean, logvar, *label) for label in (dominant, nondominant))
        return alpha * first + (1 - alpha) * second

    assert_same(lambda mean, logvar: prepared_alignment(mean, logvar, prepared), both, *feature)


def test_each_member_of_an_ensemble_has_its_own_alpha():
    D, z = standard_normal(2, 3, 4).softmax(-1), standard_normal(2, 3, 4, seed=1)
    gaussians = [(standard_normal(2, 3, 5, seed=i), standard_normal(2, 3, 5, seed=i + 1)) for i in (2, 4)]
    alphas = torch.tensor([[0.2], [0.9]], dtype=torch.float64)
    together = prepared_decoupled_loss(z, prepare_decoupled(D, alphas, "degree", "ratio"))
    aligned = prepared_alignment(z[..., :1].expand(2, 3, 5), gaussians[0][1], prepare_gaussians(*gaussians, alphas))
    for i, alpha in enumerate((0.2, 0.9)):
        alone = prepared_decoupled_loss(z[i], prepare_decoupled(D[i], alpha, "degree", "ratio"))
        torch.testing.assert_close(together[i], alone)
        own = [(mean[i], logvar[i]) for mean, logvar in gaussians]
        feature = z[i, :, :1].expand(3, 5), gaussians[0][1][i]
        torch.testing.assert_close(aligned[i], prepared_alignment(*feature, prepare_gaussians(*own, alpha)))


def test_gradients_are_what_differences_find():
    D, z = standard_normal(3, 4).softmax(-1), standard_normal(3, 4, seed=1).requires_grad_()
    decoupled, balanced = prepare_decoupled(D, 0.6, "degree", "ratio"), prepare_balanced(D, D.sum(0))
    assert gradcheck(lambda z: prepared_decoupled_loss(z, decoupled), (z,))
    assert gradcheck(lambda z: prepared_balanced_loss(z, balanced), (z,))


def test_a_certain_row_has_no_nondominant_part_and_hopeless_logits_give_no_nan():
    D = torch.tensor([[1.0, 0.0, 0.0]])
    prepared = prepare_decoupled(D, 0.0, "degree", "ratio")
    value, gradient = value_and_gradient(lambda z: prepared_decoupled_loss(z, prepared), standard_normal(1, 3).float())
    assert (value == 0).all()
    assert (gradient == 0).all()
    D = torch.tensor([[0.5, 0.3, 0.2]])
    for z in (torch.tensor([[200.0, 0.0, -200.0]]), torch.tensor([[-200.0, 0.0, 200.0]])):
        for loss, prepared in (
            (prepared_decoupled_loss, prepare_decoupled(D, 0.6, "degree", "ratio")),
            (prepared_balanced_loss, prepare_balanced(D, D.sum(0))),
        ):
            value, gradient = value_and_gradient(lambda z, loss=loss, rows=prepared: loss(z, rows), z)
            assert torch.isfinite(value).all()
            assert torch.isfinite(gradient).all()
