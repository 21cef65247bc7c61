"""The numerical checks: all gradients agree, and a wrong one is noticed."""

import pytest
import torch

from ildl.losses import ldl_loss
from ildl.losses.check import (
    check_gradients,
    dominant_right,
    finite_difference,
    gradient,
    gradients_at_truth,
    nondominant_norm,
    nondominant_norms,
    nondominant_share,
)


@pytest.fixture
def rows():
    generator = torch.Generator().manual_seed(1)
    z = 3 * torch.randn(50, 5, generator=generator, dtype=torch.float64)
    D = (2 * torch.randn(50, 5, generator=generator, dtype=torch.float64)).softmax(-1)
    return D, z


def test_printed_gradients_are_the_derivatives(rows):
    checks = check_gradients(*rows, alpha=0.3)
    assert {check.equation for check in checks} == {1, 6, 7, 9, 10, 11}
    assert max(check.autograd for check in checks) < 1e-13
    assert max(check.finite_differences for check in checks) < 1e-8


def test_gradients_of_a_quadratic_are_known(rows):
    D, z = rows

    def quadratic(D, z):
        return ((z - D) ** 2).sum(-1)

    torch.testing.assert_close(gradient(quadratic, D, z), 2 * (z - D))
    torch.testing.assert_close(finite_difference(quadratic, D, z), 2 * (z - D), atol=1e-8, rtol=0)


def test_gradient_broadcasts_and_leaves_its_input_alone(rows):
    D, z = rows
    one = z[0]
    many = gradient(ldl_loss, D, one)
    torch.testing.assert_close(many, one.softmax(-1) - D)
    assert not one.requires_grad


def test_nondominant_norm_leaves_out_the_dominant_label():
    D = torch.tensor([[0.5, 0.3, 0.2]])
    assert nondominant_norm(torch.tensor([[100.0, 3.0, 4.0]]), D).item() == 5


def test_where_the_dominant_degree_is_right_plain_gradients_fade_and_decoupled_ones_do_not(rows):
    D, _ = rows
    z = dominant_right(D)
    torch.testing.assert_close(z.softmax(-1).gather(-1, D.argmax(-1, keepdim=True))[:, 0], D.amax(-1))
    norms = nondominant_norms(D, z, alphas=[0.25])
    ratio = norms["decoupled, \u03b1 = 0.25"] / norms["plain KL"]
    torch.testing.assert_close(ratio, 0.75 / (1 - D.amax(-1)))


def test_the_truth_is_a_minimum_under_the_default_reading_alone(rows):
    at_truth = gradients_at_truth(rows[0])
    assert at_truth.pop(("degree", "ratio")) < 1e-12
    assert min(at_truth.values()) > 1e-3


def test_non_dominant_labels_get_at_least_half_of_the_plain_gradient(rows):
    assert nondominant_share(rows[0]).min() >= 0.5 - 1e-12
    one_below_uniform = torch.tensor([[0.4, 0.4, 0.2]], dtype=torch.float64)  # gradient (-1, -1, 2) / 15
    torch.testing.assert_close(nondominant_share(one_below_uniform), torch.tensor([0.75], dtype=torch.float64))
