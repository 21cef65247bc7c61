"""Equations (1) to (11) against slow versions written from the paper, other libraries, and differences."""

from __future__ import annotations

import math

import numpy as np
import pytest
import scipy.stats
import torch
from hypothesis import example, given
from hypothesis import strategies as st
from torch.distributions import Bernoulli, Categorical
from torch.distributions import kl_divergence as torch_kl

from ildl.checks import InputError
from ildl.losses import (
    DOMINANT,
    EQUATIONS,
    NONDOMINANT,
    decoupled_loss,
    decoupled_loss_gradient_j,
    decoupled_loss_gradient_k,
    dominant_label,
    dominant_loss,
    dominant_loss_gradient_j,
    dominant_loss_gradient_k,
    dominant_target,
    ldl_loss,
    nondominant_loss,
    nondominant_loss_gradient_j,
    nondominant_target,
    one_hot_dominant,
)
from tests.strategies import simplex, simplex_and_logits

READINGS = [(dominant, nondominant) for dominant in DOMINANT for nondominant in NONDOMINANT]
both_readings = pytest.mark.parametrize(("dominant", "nondominant"), READINGS)
ONE_DEGREE = np.array([[0.0, 1.0, 0.0], [0.2, 0.5, 0.3]])
TIED = np.array([[0.4, 0.4, 0.2], [1 / 3, 1 / 3, 1 / 3]])


# Slow versions, one row at a time, written from the text of the paper ------------------------------------------------


def first_of_the_highest(d):
    k = 0
    for j in range(len(d)):
        if d[j] > d[k]:
            k = j
    return k


def softmax_row(z):
    powers = [math.exp(value) for value in z]
    return [power / math.fsum(powers) for power in powers]


def divergence(t, p):
    return math.fsum(a * (math.log(a) - math.log(b)) for a, b in zip(t, p, strict=True) if a > 0)


def others_of(d):
    k = first_of_the_highest(d)
    return [j for j in range(len(d)) if j != k]


def nondominant_by_hand(d, reading):
    """Eq. (3) for the labels other than the dominant one."""
    raw = [math.exp(d[j]) if reading == "softmax" else d[j] for j in others_of(d)]
    return [value / math.fsum(raw) for value in raw]


def eq_5(d, p, reading):
    k, others = first_of_the_highest(d), others_of(d)
    target = [1.0, 0.0] if reading == "one-hot" else [d[k], math.fsum(d[j] for j in others)]
    return divergence(target, [p[k], math.fsum(p[j] for j in others)])


def eq_8(d, p, reading):
    others = others_of(d)
    if reading == "ratio" and not any(d[j] > 0 for j in others):
        return 0.0
    rest = math.fsum(p[j] for j in others)
    return divergence(nondominant_by_hand(d, reading), [p[j] / rest for j in others])


# Helpers --------------------------------------------------------------------------------------------------------------


def tensors(D, z):
    return torch.tensor(D), torch.tensor(z, requires_grad=True)


def gradient_of(loss, D, z):
    """Derivative of the sum over rows, by autograd: rows do not see one another."""
    (gradient,) = torch.autograd.grad(loss(D, z).sum(), z)
    return gradient


def by_differences(loss, D, z, step=1e-5):
    """Central differences, one logit at a time: of each a copy of all rows, along a leading dimension."""
    z = z.detach()
    h = step * torch.eye(z.numel(), dtype=z.dtype).reshape(-1, *z.shape)
    above, below = (loss(D.expand_as(h), z + side).sum(-1) for side in (h, -h))
    return ((above - below) / (2 * step)).reshape(z.shape)


def assembled(at_dominant, at_others, D):
    """Gradient rows from the paper's two cases, y_k and y_j."""
    return at_others.detach() + one_hot_dominant(D) * at_dominant.detach().unsqueeze(-1)


def close(actual, expected, atol=1e-10):
    expected = torch.as_tensor(expected, dtype=actual.dtype).detach()
    torch.testing.assert_close(actual.detach(), expected, rtol=1e-9, atol=atol)


# Values -----------------------------------------------------------------------------------------------------------


@given(simplex_and_logits())
def test_eq_1_by_hand_and_by_other_libraries(arrays):
    D, z = tensors(*arrays)
    p = z.softmax(-1).detach()
    close(
        ldl_loss(D, z), [divergence(d, softmax_row(row)) for d, row in zip(*(a.tolist() for a in arrays), strict=True)]
    )
    close(ldl_loss(D, z), scipy.stats.entropy(arrays[0], p.numpy(), axis=1))
    close(ldl_loss(D, z), torch_kl(Categorical(probs=D), Categorical(logits=z)), atol=1e-6)
    close(ldl_loss(D, z).mean(), torch.nn.functional.kl_div(z.log_softmax(-1), D, reduction="batchmean"))


@given(simplex())
@example(TIED)
@example(ONE_DEGREE)
def test_eq_2_marks_the_first_of_the_highest_degrees(D):
    marks = one_hot_dominant(torch.tensor(D))
    expected = [[float(j == first_of_the_highest(d)) for j in range(len(d))] for d in D.tolist()]
    assert marks.tolist() == expected
    assert dominant_label(torch.tensor(D)).tolist() == [first_of_the_highest(d) for d in D.tolist()]


@pytest.mark.parametrize("reading", NONDOMINANT)
@given(D=simplex())
@example(D=TIED)
def test_eq_3_by_hand(reading, D):
    target = nondominant_target(torch.tensor(D), reading)
    for d, row in zip(D.tolist(), target.tolist(), strict=True):
        k, others = first_of_the_highest(d), others_of(d)
        assert row[k] == 0
        if reading == "ratio" and not any(d[j] > 0 for j in others):
            assert row == [0.0] * len(d)
            continue
        assert math.fsum(row) == pytest.approx(1, abs=1e-12)
        np.testing.assert_allclose([row[j] for j in others], nondominant_by_hand(d, reading), rtol=1e-12, atol=0)


@both_readings
@given(arrays=simplex_and_logits(), alpha=st.floats(0, 1))
@example(arrays=(ONE_DEGREE, np.array([[1.0, -2.0, 0.5]] * 2)), alpha=0.6)
@example(arrays=(TIED, np.array([[1.0, -2.0, 0.5]] * 2)), alpha=0.6)
def test_eq_4_5_8_by_hand(dominant, nondominant, arrays, alpha):
    D, z = tensors(*arrays)
    rows = [(d, softmax_row(row)) for d, row in zip(*(a.tolist() for a in arrays), strict=True)]
    five = np.array([eq_5(d, p, dominant) for d, p in rows])
    eight = np.array([eq_8(d, p, nondominant) for d, p in rows])
    close(dominant_loss(D, z, dominant), five)
    close(nondominant_loss(D, z, nondominant), eight)
    close(decoupled_loss(D, z, alpha, dominant, nondominant), alpha * five + (1 - alpha) * eight)


@given(simplex_and_logits())
def test_eq_5_is_the_divergence_of_two_coins(arrays):
    D, z = tensors(*arrays)
    p_k = z.softmax(-1).gather(-1, dominant_label(D).unsqueeze(-1)).squeeze(-1)
    inside = (dominant_target(D) < 1 - 1e-6) & (p_k < 1 - 1e-6)  # Bernoulli rounds 1 - p, ours does not
    coins = torch_kl(Bernoulli(probs=dominant_target(D)), Bernoulli(probs=p_k))
    torch.testing.assert_close(dominant_loss(D, z)[inside], coins[inside], rtol=1e-7, atol=1e-9)


def test_one_hot_reading_of_eq_5_is_the_log_loss_of_the_dominant_label():
    generator = torch.Generator().manual_seed(0)
    D = torch.rand(20, 5, generator=generator, dtype=torch.float64).softmax(-1)
    z = torch.randn(20, 5, generator=generator, dtype=torch.float64)
    close(dominant_loss(D, z, "one-hot"), torch.nn.functional.cross_entropy(z, dominant_label(D), reduction="none"))


# Identities -----------------------------------------------------------------------------------------------------------


@given(simplex_and_logits())
@example((ONE_DEGREE, np.array([[300.0, -300.0, 0.5]] * 2)))
@example((TIED, np.array([[0.0, 0.0, 0.0]] * 2)))
def test_the_divergence_splits_exactly(arrays):
    """KL(d || p) = Eq. (5) + (1 - d_k) Eq. (8) under degree and ratio, and so do the gradients."""
    D, z = tensors(*arrays)
    weight = 1 - D.amax(-1)

    def split(D, z):
        return dominant_loss(D, z) + weight * nondominant_loss(D, z)

    torch.testing.assert_close(split(D, z), ldl_loss(D, z), rtol=1e-12, atol=1e-11)
    torch.testing.assert_close(gradient_of(split, D, z), z.detach().softmax(-1) - D, rtol=0, atol=1e-12)


@both_readings
@given(arrays=simplex_and_logits(bound=500.0))
@example(arrays=(ONE_DEGREE, np.array([[500.0, -500.0, 500.0]] * 2)))
@example(arrays=(ONE_DEGREE, np.array([[-500.0, 500.0, -500.0]] * 2)))
def test_extreme_logits_give_finite_values_and_gradients(dominant, nondominant, arrays):
    D, z = tensors(*arrays)
    for loss in (
        ldl_loss,
        lambda D, z: dominant_loss(D, z, dominant),
        lambda D, z: nondominant_loss(D, z, nondominant),
        lambda D, z: decoupled_loss(D, z, 0.6, dominant, nondominant),
    ):
        values = loss(D, z)
        assert torch.isfinite(values).all()
        assert (values >= -1e-12).all()
        assert torch.isfinite(gradient_of(loss, D, z)).all()


@given(arrays=simplex_and_logits(bound=500.0))
@example(arrays=(ONE_DEGREE, np.array([[500.0, -500.0, 3.0]] * 2)))
def test_a_dominant_degree_of_one_leaves_no_nondominant_term_under_ratio(arrays):
    D, z = tensors(*arrays)
    alone = (D > 0).sum(-1) == 1
    assert (nondominant_loss(D, z, "ratio")[alone] == 0).all()
    assert (gradient_of(lambda D, z: nondominant_loss(D, z, "ratio"), D, z)[alone] == 0).all()
    assert (nondominant_loss_gradient_j(D, z, "ratio")[alone] == 0).all()


def test_a_dominant_degree_of_one_has_the_uniform_target_of_eq_3_under_softmax():
    D, z = torch.tensor([[0.0, 1.0, 0.0, 0.0]]), torch.tensor([[0.3, 5.0, -0.2, 0.1]])
    others = z[0, [0, 2, 3]].softmax(0)
    expected = -np.log(3) - others.log().mean()
    torch.testing.assert_close(nondominant_loss(D, z, "softmax"), expected.reshape(1))
    gradient = nondominant_loss_gradient_j(D, z, "softmax")
    torch.testing.assert_close(gradient[0, [0, 2, 3]], others - 1 / 3)


@both_readings
@given(arrays=simplex_and_logits(), shift=st.floats(-50, 50))
def test_adding_a_constant_to_the_logits_changes_nothing(dominant, nondominant, arrays, shift):
    D, z = tensors(*arrays)
    before, after = (decoupled_loss(D, logits, 0.6, dominant, nondominant) for logits in (z, z + shift))
    torch.testing.assert_close(after, before, rtol=1e-9, atol=1e-9)


@given(simplex_and_logits())
def test_losses_vanish_exactly_where_the_prediction_is_the_target(arrays):
    D, _ = arrays
    D = torch.tensor(0.9 * D + 0.1 / D.shape[1])  # no zeros: softmax cannot reach them
    z = D.log()
    close(decoupled_loss(D, z), torch.zeros(len(D), dtype=torch.float64))
    target = nondominant_target(D, "softmax")
    z = torch.where(target > 0, target, 0.5).log()
    close(nondominant_loss(D, z, "softmax"), torch.zeros(len(D), dtype=torch.float64))


@both_readings
def test_leading_dimensions_are_row_by_row(dominant, nondominant):
    generator = torch.Generator().manual_seed(1)
    D = torch.randn(3, 4, 5, generator=generator, dtype=torch.float64).mul(2).softmax(-1)
    z = torch.randn(3, 4, 5, generator=generator, dtype=torch.float64)
    alpha = torch.tensor([[0.0], [0.3], [1.0]], dtype=torch.float64)
    whole = decoupled_loss(D, z, alpha, dominant, nondominant)
    assert whole.shape == (3, 4)
    for m, b in np.ndindex(3, 4):
        close(whole[m, b], decoupled_loss(D[m, b], z[m, b], alpha[m, 0], dominant, nondominant), atol=1e-14)


# Gradients ------------------------------------------------------------------------------------------------------------


@both_readings
@given(arrays=simplex_and_logits(), alpha=st.floats(0, 1))
@example(arrays=(ONE_DEGREE, np.array([[1.0, -2.0, 0.5]] * 2)), alpha=0.6)
@example(arrays=(TIED, np.array([[1.0, -2.0, 0.5]] * 2)), alpha=0.6)
def test_eq_6_7_9_10_11_are_what_autograd_finds(dominant, nondominant, arrays, alpha):
    D, z = tensors(*arrays)
    six, seven = dominant_loss_gradient_k(D, z, dominant), dominant_loss_gradient_j(D, z, dominant)
    close(assembled(six, seven, D), gradient_of(lambda D, z: dominant_loss(D, z, dominant), D, z))
    nine = nondominant_loss_gradient_j(D, z, nondominant)
    # nothing to assemble: the non-dominant term does not depend on the dominant label's logit
    close(nine, gradient_of(lambda D, z: nondominant_loss(D, z, nondominant), D, z))
    ten = decoupled_loss_gradient_k(D, z, alpha, dominant)
    eleven = decoupled_loss_gradient_j(D, z, alpha, dominant=dominant, nondominant=nondominant)
    whole = gradient_of(lambda D, z: decoupled_loss(D, z, alpha, dominant, nondominant), D, z)
    close(assembled(ten, eleven, D), whole)
    close(whole.sum(-1), torch.zeros(len(D), dtype=torch.float64))


@both_readings
@given(arrays=simplex_and_logits(bound=4.0))
def test_gradients_are_what_differences_find(dominant, nondominant, arrays):
    D, z = tensors(*arrays)
    six, seven = dominant_loss_gradient_k(D, z, dominant), dominant_loss_gradient_j(D, z, dominant)
    nine = nondominant_loss_gradient_j(D, z, nondominant)
    ten = decoupled_loss_gradient_k(D, z, 0.6, dominant)
    eleven = decoupled_loss_gradient_j(D, z, 0.6, dominant=dominant, nondominant=nondominant)
    for expected, loss in (
        (assembled(six, seven, D), lambda D, z: dominant_loss(D, z, dominant)),
        (nine.detach(), lambda D, z: nondominant_loss(D, z, nondominant)),
        (assembled(ten, eleven, D), lambda D, z: decoupled_loss(D, z, 0.6, dominant, nondominant)),
    ):
        torch.testing.assert_close(by_differences(loss, D, z), expected, rtol=0, atol=1e-8)


@given(simplex_and_logits(), st.floats(0, 1), st.floats(0, 2))
def test_eq_11_takes_the_free_beta_that_the_paper_prints(arrays, alpha, beta):
    """(alpha (1 - (1 - d_k) / (1 - p_k)) + beta / (1 - p_k)) p_j - beta d_j / (1 - d_k), where 1 - d_k > 0."""
    D, z = tensors(*arrays)
    p, printed = z.softmax(-1).detach(), []
    for d, q in zip(D.tolist(), p.tolist(), strict=True):
        k, others = first_of_the_highest(d), others_of(d)
        rest, rest_p = math.fsum(d[j] for j in others), math.fsum(q[j] for j in others)
        own = beta if rest > 0 else 0.0
        row = [(alpha * (1 - rest / rest_p) + own / rest_p) * q[j] for j in range(len(d))]
        printed.append([0.0 if j == k else row[j] - (own * d[j] / rest if rest > 0 else 0) for j in range(len(d))])
    close(decoupled_loss_gradient_j(D, z, alpha, beta), torch.tensor(printed, dtype=torch.float64))


def test_plain_divergence_starves_the_other_labels_and_the_decoupled_loss_does_not():
    """Where the dominant label is right, the others' gradient falls with 1 - d_k under Eq. (1), not under Eq. (4)."""
    sizes = []
    for rest in (0.1, 0.001):
        d = torch.tensor([[1 - rest, 0.9 * rest, 0.1 * rest]], dtype=torch.float64)
        z = torch.tensor([[1 - rest, 0.1 * rest, 0.9 * rest]], dtype=torch.float64).log().requires_grad_()
        sizes.append([gradient_of(loss, d, z)[0, 1:].abs().max() for loss in (ldl_loss, decoupled_loss)])
    assert sizes[1][0] / sizes[0][0] == pytest.approx(0.01, rel=1e-6)
    assert sizes[1][1] / sizes[0][1] == pytest.approx(1, rel=1e-6)


# Interface ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("call", [dominant_target, dominant_loss, nondominant_target, nondominant_loss])
def test_unknown_readings_are_named_with_the_nearest(call):
    D = torch.full((2, 3), 1 / 3)
    arguments = (D,) if call in (dominant_target, nondominant_target) else (D, D)
    allowed = DOMINANT if call in (dominant_target, dominant_loss) else NONDOMINANT
    with pytest.raises(InputError, match=f"Did you mean '{allowed[1]}'"):
        call(*arguments, allowed[1] + "s")


def test_every_equation_has_one_function_that_says_so():
    assert list(EQUATIONS) == list(range(1, 18))
    for number, function in EQUATIONS.items():
        assert f"({number})" in function.__doc__.split("\n\n")[0], function.__name__
