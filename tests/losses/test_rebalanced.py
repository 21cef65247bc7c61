"""The focal losses against a slow version, their known values, and their limits."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize_scalar
from torch.autograd import gradcheck

from ildl.checks import InputError
from ildl.losses import (
    adjusted_logits,
    class_balanced_weights,
    distribution_balanced_loss,
    focal_kl_loss,
    ldl_loss,
    rebalanced_weights,
)
from tests.strategies import simplex_and_logits


def tensor(values):
    return torch.tensor(values, dtype=torch.float64)


def approx(expected):
    """Known values are printed with six digits."""
    return pytest.approx(expected, rel=1e-5, abs=5e-7)


def softmax_row(z):
    powers = [math.exp(value - max(z)) for value in z]
    return [power / math.fsum(powers) for power in powers]


def by_hand(D, z, frequencies=None, kind="FL", gamma=2.0, kappa=0.05, neg_scale=2.0):
    """Mean over instances and labels, one element at a time, in the steps of the specification."""
    total = 0.0
    for d, logits in zip(np.asarray(D).tolist(), np.asarray(z).tolist(), strict=True):
        c, weights = len(d), [1.0] * len(d)
        if kind == "CB":
            omega = [(1 - 0.9) / (1 - 0.9 ** max(N, 1e-3)) for N in frequencies]
            weights = [math.fsum(d[k] * omega[k] for k in range(c)) / math.fsum(d)] * c
        if kind == "DB":
            n, N = math.fsum(frequencies), [max(f, 1e-30) if f > 0 else 1.0 for f in frequencies]
            r = math.fsum(d[k] / N[k] for k in range(c))
            for j in range(c):
                q = (1 / N[j]) / r
                weights[j] = (0.1 + 1 / (1 + math.exp(-10 * (q - 0.9)))) * ((1 - d[j]) / neg_scale + d[j])
                nu = -kappa * math.log(max(n / N[j] - 1, 1e-12))
                logits[j] = (logits[j] + nu) * (neg_scale * (1 - d[j]) + d[j])
        p = softmax_row(logits)
        for j in range(c):
            if d[j] > 0:
                divergence = d[j] * math.log(max(d[j] / max(p[j], 1e-14), 1e-14))
                total += weights[j] * (1 - p[j]) ** gamma * divergence / c
    return total / len(D)


@st.composite
def problem(draw):
    """Distributions, logits and label frequencies that a training set could have."""
    D, z = draw(simplex_and_logits())
    extra = draw(st.lists(st.floats(0, 30), min_size=D.shape[1], max_size=D.shape[1]))
    return D, z, D.sum(0) + np.array(extra)


@given(problem())
def test_three_losses_by_hand(arrays):
    D, z, N = (tensor(array) for array in arrays)
    for kind, rows in (
        ("FL", focal_kl_loss(D, z)),
        ("CB", focal_kl_loss(D, z, class_balanced_weights(D, N))),
        ("DB", distribution_balanced_loss(D, z, N)),
    ):
        assert float(rows.mean()) == pytest.approx(by_hand(*arrays, kind=kind), rel=1e-9, abs=1e-12)


def test_probabilities_are_floored():
    """Beyond the floor a wrong label costs no more, and its logit has no gradient through the divergence."""
    d, z = tensor([[0.7, 0.3]]), tensor([[-50, 50]]).requires_grad_()
    assert focal_kl_loss(d, z).item() == pytest.approx(by_hand(d, z.detach()), rel=1e-9)
    assert focal_kl_loss(d, z).item() == pytest.approx(0.7 * math.log(0.7 / 1e-14) / 2, rel=1e-9)
    (gradient,) = torch.autograd.grad(focal_kl_loss(d, z).sum(), z)
    assert gradient.abs().max() < 1e-12


def test_zero_logits_and_uniform_target_cost_nothing():
    D, z = torch.full((3, 4), 0.25), torch.zeros(3, 4)
    assert focal_kl_loss(D, z).abs().max() < 1e-7
    assert focal_kl_loss(D, z, class_balanced_weights(D, tensor([1, 2, 3, 4]).float())).abs().max() < 1e-7


@given(simplex_and_logits())
def test_exponent_zero_is_the_divergence_by_c(arrays):
    D, z = tensor(arrays[0]), tensor(arrays[1]).requires_grad_()
    rows = focal_kl_loss(D, z, gamma=0.0)
    torch.testing.assert_close(rows * D.shape[1], ldl_loss(D, z), rtol=1e-9, atol=1e-12)
    (gradient,) = torch.autograd.grad(rows.mean(), z)
    torch.testing.assert_close(gradient, (z.detach().softmax(-1) - D) / D.numel(), rtol=1e-9, atol=1e-12)


def test_known_values_of_the_focal_loss():
    d, z = tensor([[0.8, 0.2]]), tensor([[0, 0]])
    assert float(focal_kl_loss(d, z)) == approx(0.0240931)
    omega = class_balanced_weights(d, tensor([1, 10]), mode="by_class")
    assert omega.tolist() == approx([1, 0.153534])
    weight = class_balanced_weights(d, tensor([1, 10]))
    assert weight.tolist() == [approx([0.830707])]
    assert float(focal_kl_loss(d, z, weight)) == approx(0.0200143)


def test_the_focal_loss_is_lowest_at_a_flatter_distribution_and_negative_there():
    d = tensor([0.8, 0.2])

    def value(p):
        return float(focal_kl_loss(d, tensor([p, 1 - p]).log()))

    lowest = minimize_scalar(value, bounds=(0.01, 0.99), method="bounded", options={"xatol": 1e-9})
    assert lowest.x == pytest.approx(0.690, abs=5e-4)
    assert lowest.fun == pytest.approx(-0.01518, abs=5e-6)


@given(st.floats(0.05, 0.95))
def test_slope_of_the_focal_loss_at_the_target(degree):
    """Along p_1 = 1 - p_0 it is (2 d_0 - 1) / 2: not zero unless d_0 is one half."""
    p = tensor(degree).requires_grad_()
    d = torch.stack([p, 1 - p]).detach()
    (slope,) = torch.autograd.grad(focal_kl_loss(d, torch.stack([p, 1 - p]).log()), p)
    assert float(slope) == pytest.approx((2 * degree - 1) / 2, abs=1e-9)


@given(problem())
def test_rebalancing_weights(arrays):
    D, _, N = (tensor(array) for array in arrays)
    weights = rebalanced_weights(D, N)
    assert ((weights > 0.1) & (weights <= 1.1)).all()
    # undo the map: sum_j d_ij q_ij = 1 in every row, where the sigmoid did not saturate
    q = torch.logit(weights - 0.1) / 10 + 0.9
    rows = (q.abs() < 3).all(-1)
    total = (D * q).sum(-1)[rows]
    torch.testing.assert_close(total, torch.ones_like(total), rtol=1e-6, atol=1e-6)


def test_equal_frequencies_and_no_adjustment_give_a_multiple_of_the_focal_loss():
    D, z = tensor([[0.7, 0.2, 0.1], [0.1, 0.1, 0.8]]), tensor([[1, 0, -1], [0, 2, 1]])
    N = tensor([4, 4, 4])
    weights = rebalanced_weights(D, N)
    torch.testing.assert_close(weights, torch.full_like(D, 0.1 + 1 / (1 + math.exp(-1))), rtol=1e-12, atol=0)
    assert float(weights[0, 0]) == approx(0.831059)
    torch.testing.assert_close(adjusted_logits(z, D, N, kappa=0.0, neg_scale=1.0), z, rtol=0, atol=0)
    torch.testing.assert_close(focal_kl_loss(D, z, weights), 0.831059 * focal_kl_loss(D, z), rtol=1e-6, atol=0)
    balanced = class_balanced_weights(D, N)
    torch.testing.assert_close(focal_kl_loss(D, z, balanced), balanced[0, 0] * focal_kl_loss(D, z), rtol=1e-12, atol=0)


def test_beta_zero_makes_the_class_balanced_loss_the_focal_one():
    D = tensor([[0.7, 0.2, 0.1]])
    for mode in ("average_w", "by_class"):
        weights = class_balanced_weights(D, tensor([1, 5, 9]), beta=0.0, mode=mode)
        torch.testing.assert_close(weights.expand_as(D), torch.ones_like(D), rtol=1e-12, atol=0)


def test_known_values_of_the_distribution_balanced_loss():
    N = tensor([1, 9])
    zero, even = tensor([[0, 0]]), tensor([[0.5, 0.5]])
    assert adjusted_logits(zero, even, N).tolist() == [approx([1.5 * -0.109861, 1.5 * 0.109861])]
    assert adjusted_logits(zero, even, N).softmax(-1).tolist() == [approx([0.418342, 0.581658])]
    weights = rebalanced_weights(even, N)
    assert weights.tolist() == [approx([1.099877, 0.100911])]
    assert (weights * ((1 - even) / 2 + even)).tolist() == [approx([0.824907, 0.075683])]
    assert float(distribution_balanced_loss(even, zero, N)) == approx(0.01194004)

    z, d = tensor([[1, -1]]), tensor([[0.8, 0.2]])
    adjusted = adjusted_logits(z, d, N)
    assert adjusted.tolist() == [approx([1.068167, -1.602250])]
    assert adjusted.softmax(-1).tolist() == [approx([0.935258, 0.064742])]
    assert (rebalanced_weights(d, N) * ((1 - d) / 2 + d)).tolist() == [approx([0.953447, 0.060286])]
    assert float(distribution_balanced_loss(d, z, N)) == approx(0.00569805)


def test_a_constant_added_to_the_logits():
    """Shifts cancel for the focal loss; the distribution-balanced one multiplies logits by a factor a label."""
    D, z, N = tensor([[0.8, 0.1, 0.1]]), tensor([[1, 0, -1]]), tensor([2, 3, 5])
    torch.testing.assert_close(focal_kl_loss(D, z + 5), focal_kl_loss(D, z), rtol=1e-10, atol=0)
    moved = distribution_balanced_loss(D, z + 5, N) - distribution_balanced_loss(D, z, N)
    assert moved.abs() > 1e-3
    uniform = torch.full_like(D, 1 / 3)
    shifted = distribution_balanced_loss(uniform, z + 5, N)
    torch.testing.assert_close(shifted, distribution_balanced_loss(uniform, z, N), rtol=1e-10, atol=1e-15)


@given(simplex_and_logits(bound=500.0))
def test_extreme_logits_empty_labels_and_owners_of_everything_stay_finite(arrays):
    D, z = tensor(arrays[0]), tensor(arrays[1]).requires_grad_()
    for N in (
        D.sum(0),
        torch.eye(D.shape[1], dtype=torch.float64)[0] * len(D),
        torch.full((D.shape[1],), 1e-9).double(),
    ):
        for rows in (
            focal_kl_loss(D, z),
            focal_kl_loss(D, z, class_balanced_weights(D, N)),
            focal_kl_loss(D, z, class_balanced_weights(D, N, mode="by_class")),
            distribution_balanced_loss(D, z, N),
        ):
            (gradient,) = torch.autograd.grad(rows.sum(), z)
            assert torch.isfinite(rows).all()
            assert torch.isfinite(gradient).all()


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("frequency", [1e-310, 1e-44, 1e-38, 1e-20])
def test_frequencies_whose_inverse_overflows_stay_finite(dtype, frequency):
    """A label that all rows give next to nothing, as labels made by a softmax may."""
    D = torch.tensor([[1.0, 0.0, frequency], [0.5, 0.5, 0.0]], dtype=dtype)
    z = torch.tensor([[1.0, 0.0, 2.0]] * 2, dtype=dtype, requires_grad=True)
    N = D.sum(0)
    weights = rebalanced_weights(D, N)
    assert ((weights > 0.1) & (weights <= 1.1)).all()
    for rows in (distribution_balanced_loss(D, z, N), focal_kl_loss(D, z, class_balanced_weights(D, N))):
        (gradient,) = torch.autograd.grad(rows.sum(), z)
        assert torch.isfinite(rows).all()
        assert torch.isfinite(gradient).all()


def test_members_of_an_ensemble_have_their_own_frequencies():
    generator = torch.Generator().manual_seed(0)
    D = torch.randn(3, 4, 5, generator=generator, dtype=torch.float64).softmax(-1)
    z = torch.randn(3, 4, 5, generator=generator, dtype=torch.float64)
    N = 10 * torch.rand(3, 1, 5, generator=generator, dtype=torch.float64)
    for loss in (
        distribution_balanced_loss,
        lambda D, z, N: focal_kl_loss(D, z, class_balanced_weights(D, N)),
        lambda D, z, N: focal_kl_loss(D, z, class_balanced_weights(D, N, mode="by_class")),
    ):
        alone = torch.stack([loss(D[m], z[m], N[m, 0]) for m in range(3)])
        torch.testing.assert_close(loss(D, z, N), alone, rtol=1e-12, atol=0)


def test_gradients_are_what_differences_find():
    generator = torch.Generator().manual_seed(0)
    D = torch.randn(4, 5, generator=generator, dtype=torch.float64).softmax(-1)
    z = torch.randn(4, 5, generator=generator, dtype=torch.float64, requires_grad=True)
    N = D.sum(0) * 7
    assert gradcheck(lambda z: focal_kl_loss(D, z), (z,))
    assert gradcheck(lambda z: focal_kl_loss(D, z, class_balanced_weights(D, N)), (z,))
    assert gradcheck(lambda z: distribution_balanced_loss(D, z, N), (z,))


def test_unknown_mode_is_named_with_the_nearest():
    with pytest.raises(InputError, match="Did you mean 'by_class'"):
        class_balanced_weights(tensor([[0.5, 0.5]]), tensor([1, 1]), mode="by-class")
