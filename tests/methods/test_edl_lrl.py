"""EDL-LRL: its gradient, its invariants, and what is left of it with the benchmark's weights."""

import numpy as np
import pytest
from scipy.special import softmax

from ildl.methods import make_method
from ildl.methods.edl_lrl import State, advance, gradient, lagrangian, lower_rank, objective
from tests.methods.toy import assert_gradient, toy

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
CLUSTERS = [np.arange(0, 12, 2), np.arange(1, 12, 2)]


def iterates(lambda2, steps=8, rho=0.5, lambda1=1e-3):
    X, D, W = toy()
    state = State(W, np.zeros_like(D), np.zeros_like(D), rho)
    for _ in range(steps):
        before, state = state, advance(state, X, D, CLUSTERS, lambda1, lambda2)
        yield before, state, softmax(X @ state.W, axis=1)


def test_objective_written_as_loops():
    X, D, W = toy()
    total = 0.0
    P = np.array([softmax(W.T @ x) for x in X])
    for p, d in zip(P, D, strict=True):
        total += sum((p[j] - d[j]) ** 2 for j in range(4)) / 2
    total += 0.1 * sum(w * w for row in W for w in row)
    total += 0.2 * sum(np.linalg.svd(P[rows], compute_uv=False).sum() for rows in CLUSTERS)
    assert objective(W, P, X, D, CLUSTERS, 0.1, 0.2) == pytest.approx(total, rel=1e-12)


def test_gradient():
    X, D, W = toy()
    Z, multipliers = np.random.default_rng(1).standard_normal((2, *D.shape))
    terms = Z, multipliers, X, D, 0.1, 0.7
    exact = gradient(W, *terms)
    assert_gradient(exact, lambda W: lagrangian(W, *terms), W)
    np.testing.assert_allclose((exact - 0.2 * W).sum(1), 0, atol=1e-13)
    assert np.abs(gradient(W, *terms, jacobian="diagonal") - exact).max() > 0.01


def test_without_penalties_it_is_squared_error_softmax_regression():
    X, D, W = toy()
    nothing = np.zeros_like(D)
    P = softmax(X @ W, axis=1)
    assert lagrangian(W, nothing, nothing, X, D, 0.0, 0.0) == pytest.approx(np.square(P - D).sum() / 2, rel=1e-12)


@pytest.mark.parametrize("lambda2", [1e-3, 0.05, 0.5])
def test_multipliers_stay_in_the_dual_ball(lambda2):
    for _, state, P in iterates(lambda2):
        for rows in CLUSTERS:
            assert np.linalg.norm(state.multipliers[rows], 2) <= lambda2 * (1 + 1e-9)
            assert np.linalg.matrix_rank(state.Z[rows]) <= np.linalg.matrix_rank(P[rows])


def test_without_the_low_rank_term_multipliers_vanish():
    for before, state, P in iterates(0.0):
        np.testing.assert_allclose(state.multipliers, 0, atol=1e-14)
        np.testing.assert_allclose(state.Z, P + before.multipliers / before.rho, atol=1e-14)


def test_the_order_of_clusters_does_not_matter():
    A = np.random.default_rng(0).standard_normal((12, 4))
    np.testing.assert_array_equal(lower_rank(A, CLUSTERS, 0.5), lower_rank(A, CLUSTERS[::-1], 0.5))


def test_a_later_copys_weight_switches_the_low_rank_copies_off():
    X, D, W = toy()
    state = State(W, np.zeros_like(D), np.zeros_like(D), 1e-6)
    for _ in range(5):
        state = advance(state, X, D, CLUSTERS, 1e-3, 1e-2)
        np.testing.assert_array_equal(state.Z, 0)


def test_it_learns_and_tells_how_it_ended():
    X, D, _ = toy(n=60)
    fitted = make_method("EDL-LRL").fit(X, D)
    assert fitted.n_iter_ == len(fitted.objectives_) - 1
    assert fitted.objectives_[-1] < fitted.objectives_[0]
    assert np.square(fitted.predict(X) - D).sum() < np.square(D.mean(0) - D).sum()
