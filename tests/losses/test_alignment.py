"""Equations (12) to (17) against slow versions written from the paper, other libraries, and differences."""

from __future__ import annotations

import math

import numpy as np
import pytest
import scipy.stats
import torch
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics.pairwise import cosine_similarity
from torch.autograd import gradcheck
from torch.distributions import Independent, Normal
from torch.distributions import kl_divergence as torch_kl

from ildl.losses import (
    cosine_matrix,
    gaussian_alignment,
    recovery_loss,
    reparameterise,
    similarity_alignment,
    total_loss,
)


def normal(*shape, seed=0, scale=1.0):
    """Standard normal float64 tensor that wants a gradient."""
    generator = torch.Generator().manual_seed(seed)
    return (scale * torch.randn(*shape, generator=generator, dtype=torch.float64)).requires_grad_()


def gaussians(*shape, seed=0):
    """Two Gaussians: mean, log-variance, mean, log-variance."""
    return [normal(*shape, seed=4 * seed + i) for i in range(4)]


def gaussian(mean, logvar):
    return Independent(Normal(mean, (logvar / 2).exp()), 1)


def plain(tensor):
    return tensor.detach().numpy()


def rotation(h, seed):
    return scipy.stats.ortho_group.rvs(h, random_state=seed)


seeds = st.integers(0, 1000)


@given(seeds)
def test_eq_12_is_the_divergence_of_two_gaussians(seed):
    parts = gaussians(5, 7, seed=seed)
    textbook = torch_kl(gaussian(*parts[:2]), gaussian(*parts[2:]))
    torch.testing.assert_close(gaussian_alignment(*parts), textbook, rtol=1e-10, atol=1e-10)
    assert (gaussian_alignment(*parts) >= 0).all()


def test_eq_12_by_hand():
    parts = gaussians(3, 4)
    for row, value in enumerate(gaussian_alignment(*parts).tolist()):
        total = 0.0
        for i in range(4):
            mean_x, logvar_x, mean_y, logvar_y = (part[row, i].item() for part in parts)
            v = math.exp(logvar_x) / math.exp(logvar_y)
            tau = (mean_x - mean_y) ** 2 / math.exp(logvar_y)
            total += math.log(v) - v - tau + 1
        assert value == pytest.approx(-total / 2, rel=1e-12)


def test_eq_12_known_value():
    parts = (torch.tensor([value], dtype=torch.float64) for value in (1, 0.5, -0.3, -0.2))
    assert float(gaussian_alignment(*parts)) == pytest.approx(1.188962, abs=5e-7)


@given(seeds)
def test_eq_12_vanishes_only_where_both_gaussians_are_equal(seed):
    mean, logvar, _, _ = gaussians(2, 3, seed=seed)
    assert (gaussian_alignment(mean, logvar, mean, logvar) == 0).all()
    assert (gaussian_alignment(mean, logvar, mean + 0.01, logvar) > 0).all()
    assert (gaussian_alignment(mean, logvar, mean, logvar + 0.01) > 0).all()


def test_reparameterisation_moves_standard_noise_to_the_gaussian():
    mean, logvar = torch.tensor([[1.0, -2.0]]), torch.tensor([[0.0, math.log(9.0)]])
    samples = reparameterise(mean, logvar, torch.randn(40_000, 2, generator=torch.Generator().manual_seed(0)))
    # five standard errors of a mean and of a standard deviation
    torch.testing.assert_close(samples.mean(0), torch.tensor([1.0, -2.0]), rtol=0, atol=5 * 3 / 200)
    torch.testing.assert_close(samples.std(0), torch.tensor([1.0, 3.0]), rtol=0, atol=5 * 3 / 283)
    torch.testing.assert_close(reparameterise(mean, logvar, torch.ones(1, 2)), torch.tensor([[2.0, 1.0]]))


@given(seeds)
def test_eq_15_is_the_cosine_of_every_pair(seed):
    r = normal(6, 4, seed=seed)
    np.testing.assert_allclose(plain(cosine_matrix(r)), cosine_similarity(plain(r)), rtol=0, atol=1e-12)


def test_eq_14_by_hand():
    features, labels = normal(5, 3, seed=1), normal(5, 3, seed=2)

    def cosine(a, b):
        return math.fsum(x * y for x, y in zip(a, b, strict=True)) / (math.hypot(*a) * math.hypot(*b))

    total = 0.0
    for m in range(5):
        for n in range(5):
            pairs = (cosine(r[m].tolist(), r[n].tolist()) for r in (features, labels))
            total += (next(pairs) - next(pairs)) ** 2
    assert similarity_alignment(features, labels).item() == pytest.approx(total / 25, rel=1e-12)


@given(seeds)
def test_eq_14_ignores_the_length_of_rows_and_rotations(seed):
    features, labels = normal(5, 3, seed=seed), normal(5, 3, seed=seed + 1)
    lengths = torch.exp(normal(5, 1, seed=seed + 2))
    assert similarity_alignment(labels * lengths, labels).item() == pytest.approx(0, abs=1e-12)
    value = similarity_alignment(features, labels)
    turned = similarity_alignment(
        features @ torch.tensor(rotation(3, seed)), labels @ torch.tensor(rotation(3, seed + 1))
    )
    torch.testing.assert_close(turned, value, rtol=1e-9, atol=1e-12)
    assert 0 <= value.item() <= 4


def test_eq_14_of_one_row_is_zero_and_so_is_its_gradient():
    features, labels = normal(1, 3, seed=1), normal(1, 3, seed=2)
    value = similarity_alignment(features, labels)
    (gradient,) = torch.autograd.grad(value, features)
    assert float(value.detach()) == pytest.approx(0, abs=1e-15)
    assert gradient.abs().max() < 1e-15


def test_a_representation_of_length_zero_is_no_division_by_zero():
    features = torch.zeros(3, 2, dtype=torch.float64, requires_grad=True)
    value = similarity_alignment(features, normal(3, 2))
    (gradient,) = torch.autograd.grad(value, features)
    assert torch.isfinite(value)
    assert torch.isfinite(gradient).all()


@given(st.lists(st.integers(1, 6), min_size=1, max_size=4), seeds)
def test_masked_similarity_is_that_of_the_rows_alone(sizes, seed):
    longest = max(sizes)
    features, labels = normal(len(sizes), longest, 3, seed=seed), normal(len(sizes), longest, 3, seed=seed + 1)
    mask = torch.tensor([[float(i < n) for i in range(longest)] for n in sizes], dtype=torch.float64)
    padded = similarity_alignment(features, labels, mask)
    alone = torch.stack([similarity_alignment(features[m, :n], labels[m, :n]) for m, n in enumerate(sizes)])
    torch.testing.assert_close(padded, alone, rtol=1e-12, atol=1e-14)
    gradient, _ = torch.autograd.grad(padded.sum(), (features, labels))
    for member, n in enumerate(sizes):
        assert (gradient[member, n:] == 0).all()


def test_a_batch_of_which_nothing_is_left_has_no_similarity_to_align():
    features, labels = normal(2, 3, 4), normal(2, 3, 4, seed=1)
    value = similarity_alignment(features, labels, torch.tensor([[1.0, 1.0, 0.0], [0.0, 0.0, 0.0]]).double())
    gradient, _ = torch.autograd.grad(value.sum(), (features, labels))
    assert value[0] > 0
    assert (value[1], gradient[1].abs().sum()) == (0, 0)


def test_leading_dimensions_are_member_by_member():
    parts = [part.reshape(2, 3, 4) for part in gaussians(6, 4)]
    align, similarity = gaussian_alignment(*parts), similarity_alignment(parts[0], parts[2])
    assert align.shape == (2, 3)
    assert similarity.shape == (2,)
    for m in range(2):
        torch.testing.assert_close(align[m], gaussian_alignment(*(part[m] for part in parts)), rtol=1e-14, atol=0)
        alone = similarity_alignment(parts[0][m], parts[2][m])
        torch.testing.assert_close(similarity[m], alone, rtol=1e-13, atol=0)


def test_eq_16_is_the_divergence_to_what_is_decoded():
    D, z = normal(6, 5, scale=2).detach().softmax(-1), normal(6, 5, seed=1)
    expected = scipy.stats.entropy(plain(D), plain(z.softmax(-1)), axis=1)
    np.testing.assert_allclose(plain(recovery_loss(D, z)), expected, rtol=1e-12)
    # RDA's cross-entropy is larger by the entropy of d: its value for a constant decoder is ln c
    entropy = scipy.stats.entropy(plain(D), axis=1)
    constant = plain(recovery_loss(D, torch.zeros(6, 5, dtype=torch.float64)))
    np.testing.assert_allclose(constant + entropy, math.log(5), rtol=1e-12)
    np.testing.assert_allclose(plain(recovery_loss(D, D.log())), 0, atol=1e-14)


def test_eq_17_by_hand():
    parts = (2.0, 3.0, 5.0, 7.0, 11.0)
    assert total_loss(*parts) == pytest.approx(2 + 0.1 * (0.6 * 3 + 0.4 * 5) + 0.1 * 7 + 0.1 * 11)
    weights = {"alpha": 0.25, "beta": 2, "gamma": 3, "lam": 4}
    assert total_loss(*parts, **weights) == 2 + 4 * (0.25 * 3 + 0.75 * 5) + 2 * 7 + 3 * 11


def test_gradients_are_what_differences_find():
    parts = gaussians(3, 4)
    assert gradcheck(gaussian_alignment, parts)
    assert gradcheck(similarity_alignment, (parts[0], parts[2]))
    assert gradcheck(lambda mean, logvar: reparameterise(mean, logvar, parts[2].detach()), parts[:2])
    D = parts[0].detach().softmax(-1)
    assert gradcheck(lambda z: recovery_loss(D, z), (parts[1],))
    assert gradcheck(
        lambda *p: total_loss(*p, alpha=0.3, beta=0.2, gamma=0.7, lam=0.5), [normal(3, seed=i) for i in range(5)]
    )
