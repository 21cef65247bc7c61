"""EDL-LRL: its gradient, its invariants, and what is left of it with the benchmark's weights."""

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import softmax
from sklearn.exceptions import ConvergenceWarning

from ildl.methods import make_method
from ildl.methods.edl_lrl import State, advance, keep_singular_values, lagrangian, lower_rank, objective
from ildl.methods.solvers.proximal import shrink_singular_values
from tests.methods.toy import assert_gradient, central, toy

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
    _, exact = lagrangian(W, *terms)
    assert_gradient(exact, lambda W: lagrangian(W, *terms)[0], W)
    np.testing.assert_allclose((exact - 0.2 * W).sum(1), 0, atol=1e-13)
    assert np.abs(lagrangian(W, *terms, jacobian="diagonal")[1] - exact).max() > 0.01


def test_without_penalties_it_is_squared_error_softmax_regression():
    X, D, W = toy()
    nothing = np.zeros_like(D)
    P = softmax(X @ W, axis=1)
    assert lagrangian(W, nothing, nothing, X, D, 0.0, 0.0)[0] == pytest.approx(np.square(P - D).sum() / 2, rel=1e-12)


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


def test_iterations_written_as_loops():
    X, D, W = toy()
    clusters, l1, l2, rho = CLUSTERS, 1e-3, 0.05, 0.5
    state = State(W, np.zeros_like(D), np.zeros_like(D), rho)
    Z, M = np.zeros_like(D), np.zeros_like(D)
    n, c = D.shape

    def predict(W):
        e = np.array([[np.exp(sum(X[i, r] * W[r, j] for r in range(5))) for j in range(c)] for i in range(n)])
        return e / e.sum(1, keepdims=True)

    def slow(w, Z, M, rho):
        W = w.reshape(5, c)
        P, value, slope = predict(W), l1 * sum(w * w), 2 * l1 * W
        for i in range(n):
            for j in range(c):
                gap = P[i, j] - Z[i, j]
                value += (P[i, j] - D[i, j]) ** 2 / 2 + M[i, j] * gap + rho / 2 * gap**2
                push = P[i, j] - D[i, j] + M[i, j] + rho * gap
                for k in range(c):  # the whole Jacobian, entry by entry
                    slope[:, k] += push * P[i, j] * ((j == k) - P[i, k]) * X[i]
        return value, slope.ravel()

    for _ in range(4):
        state = advance(state, X, D, clusters, l1, l2)
        options = {"maxiter": 10, "gtol": 1e-3, "ftol": 0.0}
        W = minimize(slow, W.ravel(), (Z, M, rho), "L-BFGS-B", jac=True, options=options).x.reshape(5, c)
        P = predict(W)
        for rows in clusters:
            U, sigma, Vt = np.linalg.svd(P[rows] + M[rows] / rho, full_matrices=False)
            Z[rows] = sum(max(s - l2 / rho, 0) * np.outer(u, v) for u, s, v in zip(U.T, sigma, Vt, strict=True))
        M, rho = M + rho * (P - Z), 1.1 * rho
        for fast, literal in zip(state, (W, Z, M, rho), strict=True):
            np.testing.assert_allclose(fast, literal, rtol=0, atol=1e-9)


def test_the_diagonal_jacobian_is_not_the_gradient_and_its_rows_do_not_sum_to_0():
    X, D, W = toy()
    terms = np.zeros_like(D), np.zeros_like(D), X, D, 0.0, 0.0
    _, wrong = lagrangian(W, *terms, jacobian="diagonal")
    assert np.abs(wrong - central(lambda W: lagrangian(W, *terms)[0], W)).max() > 0.01
    assert np.abs(wrong.sum(1)).max() > 0.01


def test_one_cluster_is_the_whole_matrix_and_clusters_have_no_names():
    X, D, W = toy()
    P = softmax(X @ W, axis=1)
    np.testing.assert_array_equal(lower_rank(P, [np.arange(12)], 0.3), shrink_singular_values(P, 0.3))
    values = [objective(W, P, X, D, clusters, 0.1, 0.2) for clusters in (CLUSTERS, CLUSTERS[::-1])]
    assert values[0] == pytest.approx(values[1], rel=1e-14)


def test_hard_thresholding_keeps_large_singular_values_whole():
    np.testing.assert_allclose(keep_singular_values(np.diag([3, 1, 0.2]), 1), np.diag([3, 0, 0]), atol=1e-15)
    A = np.random.default_rng(0).standard_normal((12, 4))
    left = A - lower_rank(A, CLUSTERS, 1.5, "hard")
    assert all(np.linalg.norm(left[rows], 2) <= 1.5 for rows in CLUSTERS)  # so multipliers stay in the ball here too


def test_it_stops_at_the_first_fall_below_the_tolerance_and_reports_the_cap():
    X, D, _ = toy(n=60)
    for tol in (1e-2, 1e-3):
        fitted = make_method("EDL-LRL", tol=tol, max_iter=300).fit(X, D)
        falls = -np.diff(fitted.objectives_)
        assert fitted.converged_
        assert (falls[:-1] >= tol).all()
        assert falls[-1] < tol
    with pytest.warns(ConvergenceWarning, match="raise max_iter or tol"):
        capped = make_method("EDL-LRL", max_iter=1, tol=0.0).fit(X, D)
    assert (capped.n_iter_, capped.converged_) == (1, False)


def test_a_seed_decides_the_start_and_readings_differ():
    X, D, _ = toy(n=60)
    fits = [make_method("EDL-LRL", max_iter=5, random_state=seed).fit(X, D).coef_ for seed in (3, 3, 4)]
    np.testing.assert_array_equal(fits[0], fits[1])
    assert np.abs(fits[0] - fits[2]).max() > 0.01
    for params in make_method("EDL-LRL").readings.values():
        other = make_method("EDL-LRL", max_iter=5, random_state=3, **params).fit(X, D).coef_
        assert np.abs(other - fits[0]).max() > 1e-9
