"""Proximal steps, the softmax Jacobian and clusters: facts that hold for any input."""

import numpy as np
import pytest
from scipy.special import softmax

from ildl.methods.solvers.clusters import cluster_rows
from ildl.methods.solvers.maxent import diagonal_pullback, negative_log_likelihood, softmax_pullback
from ildl.methods.solvers.proximal import shrink_groups, shrink_singular_values, soft_threshold
from tests.methods.toy import assert_gradient, toy

STEPS = {
    "absolute": (soft_threshold, lambda B: np.abs(B).sum()),
    "rows": (lambda A, tau: shrink_groups(A, tau, 1), lambda B: np.linalg.norm(B, axis=1).sum()),
    "columns": (lambda A, tau: shrink_groups(A, tau, 0), lambda B: np.linalg.norm(B, axis=0).sum()),
    "nuclear": (shrink_singular_values, lambda B: np.linalg.norm(B, "nuc")),
}


@pytest.mark.parametrize("name", STEPS)
@pytest.mark.parametrize("tau", [0.0, 0.3, 1.5])
def test_a_step_minimises_its_objective_and_does_not_expand(name, tau):
    step, norm = STEPS[name]
    rng = np.random.default_rng(0)
    A, other = rng.standard_normal((2, 6, 4))
    B = step(A, tau)
    least = tau * norm(B) + np.square(B - A).sum() / 2
    for scale in (1e-3, 0.1, 1.0):
        for _ in range(50):
            near = B + scale * rng.standard_normal(B.shape)
            assert least <= tau * norm(near) + np.square(near - A).sum() / 2 + 1e-12
    assert np.linalg.norm(B - step(other, tau)) <= np.linalg.norm(A - other) + 1e-12
    np.testing.assert_allclose(step(A, 0.0), A, atol=1e-14)
    np.testing.assert_array_equal(step(np.zeros((3, 2)), tau), 0)


def test_known_values():
    np.testing.assert_allclose(shrink_singular_values(np.diag([3, 1, 0.2]), 1), np.diag([2, 0, 0]), atol=1e-15)
    A = np.array([[3.0, 0], [4, 0]])
    np.testing.assert_allclose(shrink_groups(A, 1, axis=1), [[2, 0], [3, 0]])
    np.testing.assert_allclose(shrink_groups(A, 1, axis=0), [[2.4, 0], [3.2, 0]])


def test_pull_back_is_the_gradient_through_the_softmax():
    _, D, _ = toy()
    Z, A = np.random.default_rng(1).standard_normal((2, *D.shape))
    P = softmax(Z, axis=1)
    assert_gradient(softmax_pullback(P, A), lambda Z: float((A * softmax(Z, axis=1)).sum()), Z)
    assert_gradient(P - D, lambda Z: negative_log_likelihood(D, Z), Z)
    np.testing.assert_allclose(softmax_pullback(P, A).sum(1), 0, atol=1e-15)
    assert np.abs(diagonal_pullback(P, A).sum(1)).max() > 0.01


def test_clusters_partition_the_rows():
    rng = np.random.default_rng(0)
    Y = rng.random((30, 3))
    clusters = cluster_rows(Y, 5, seed=3)
    np.testing.assert_array_equal(np.sort(np.concatenate(clusters)), np.arange(30))
    assert len(clusters) == 5
    assert all(np.array_equal(*pair) for pair in zip(clusters, cluster_rows(Y, 5, seed=3), strict=True))
    assert len(cluster_rows(np.repeat(Y[:2], 4, axis=0), 5, seed=0)) == 2


def test_facts_of_singular_value_thresholding():
    A = np.random.default_rng(0).standard_normal((6, 4))
    sigma = np.linalg.svd(A, compute_uv=False)
    for tau in (0.0, 0.5, 2.0):
        B = shrink_singular_values(A, tau)
        assert np.linalg.matrix_rank(B) == (sigma > tau).sum()
        fall = np.linalg.norm(A, "nuc") - np.linalg.norm(B, "nuc")
        assert fall == pytest.approx(np.minimum(sigma, tau).sum(), abs=1e-12)
    np.testing.assert_array_equal(shrink_singular_values(A, sigma[0] * (1 + 1e-12)), 0)


def test_clusters_depend_on_the_seed_argument_alone():
    Y = np.random.default_rng(0).random((30, 3))
    np.random.seed(1)  # noqa: NPY002
    first = cluster_rows(Y, 5, seed=3)
    np.random.seed(2)  # noqa: NPY002
    assert all(np.array_equal(*pair) for pair in zip(first, cluster_rows(Y, 5, seed=3), strict=True))
