"""LDLSF: the closed-form step, the invariants of its iteration, its limits and its predictions."""

import warnings

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning

from ildl.methods import make_method
from ildl.methods.ldlsf import (
    ExactStep,
    State,
    advance,
    clip_and_divide,
    gradient,
    lagrangian,
    laplacian,
    objective,
    project_to_simplex,
)
from ildl.methods.solvers.optimise import lbfgs
from tests.methods.toy import assert_gradient, toy

RHO, LAMBDA3 = 0.3, 0.05


@pytest.fixture
def random_state():
    X, D, W = toy()
    rng = np.random.default_rng(1)
    return X, D, laplacian(D), State(W, *rng.standard_normal((3, *W.shape)), rng.standard_normal(12))


def test_objective_and_laplacian_written_as_loops():
    X, D, W = toy()
    R = np.corrcoef(D.T)
    L = laplacian(D)
    np.testing.assert_allclose(L.sum(1), 0, atol=1e-14)
    P = X @ W
    pairs = sum(R[j, k] * np.square(P[:, j] - P[:, k]).sum() for j in range(4) for k in range(4)) / 2
    sums = sum(R[j, k] * np.square(P[:, j] + P[:, k]).sum() for j in range(4) for k in range(4) if j != k) / 2
    assert np.trace(P @ L @ P.T) == pytest.approx(pairs, rel=1e-10)
    assert np.trace(P @ laplacian(D, "signless") @ P.T) == pytest.approx(sums, rel=1e-10)
    W1, W2 = 0.3 * W, 0.7 * W
    total = np.square(P - D).sum() / 2 + 0.1 * np.abs(W1).sum() + 0.3 * pairs
    total += 0.2 * sum(np.sqrt(sum(w * w for w in row)) for row in W2)
    assert objective(W1, W2, X, D, L, (0.1, 0.2, 0.3)) == pytest.approx(total, rel=1e-10)


def test_a_label_of_constant_degree_is_correlated_with_none():
    _, D, _ = toy()
    D[:, 0] = 0.25
    L = laplacian(D)
    assert np.isfinite(L).all()
    np.testing.assert_array_equal(L[0], 0)


def test_gradient(random_state):
    X, D, L, state = random_state
    terms = state, X, D, L, LAMBDA3, RHO
    assert_gradient(gradient(state.W, *terms), lambda W: lagrangian(W, *terms), state.W)


@pytest.mark.parametrize("n", [3, 12])
def test_the_exact_step_is_where_the_gradient_vanishes(n):
    X, D, W = toy(n=n)
    rng = np.random.default_rng(1)
    L = laplacian(D)
    state = State(W, *rng.standard_normal((3, *W.shape)), rng.standard_normal(n))
    terms = state, X, D, L, LAMBDA3, RHO
    exact = ExactStep(X, D, L, LAMBDA3, RHO)(state)
    assert np.abs(gradient(exact, *terms)).max() < 1e-8
    slow = lbfgs(lambda W: (lagrangian(W, *terms), gradient(W, *terms)), W, max_iter=2000, gtol=1e-9)
    np.testing.assert_allclose(exact, slow.x, atol=1e-6)


def test_an_objective_without_minimum_is_refused():
    X, D, _ = toy()
    with pytest.raises(FloatingPointError, match="lower it"):
        make_method("LDLSF", lambda3=100.0).fit(X, D)


def test_multipliers_stay_in_the_dual_ball_and_residuals_shrink():
    X, D, _ = toy(n=40)
    L, start = laplacian(D), np.eye(5, 4)
    step = ExactStep(X, D, L, 1e-3, RHO)
    state = State(start, start / 2, start / 2, np.zeros_like(start), np.zeros(40))
    gaps = []
    for _ in range(60):
        state = advance(state, step, 1e-3, 0.02)
        assert np.linalg.norm(state.split, axis=1).max() <= 0.02 * (1 + 1e-9)
        gaps.append((np.linalg.norm(state.W - state.W1 - state.W2), np.linalg.norm((X @ state.W).sum(1) - 1)))
    assert gaps[-1][0] < 0.1 * gaps[0][0]
    assert gaps[-1][1] < gaps[0][1]


def test_without_penalties_it_is_least_squares():
    X, D, _ = toy(n=40)
    X = np.column_stack([X, np.ones(40)])  # then least squares has unit row sums by itself
    fitted = make_method("LDLSF", lambda1=0, lambda2=0, lambda3=0, rho=1, max_iter=5000, abs_tol=0, rel_tol=1e-12)
    with pytest.warns(match="residual"):
        fitted.fit(X, D)
    np.testing.assert_allclose(X @ fitted.coef_, X @ np.linalg.lstsq(X, D, rcond=None)[0], atol=1e-6)


def test_predictions_are_distributions_whatever_the_outputs():
    Y = np.array([[0.5, 0.2, 0.1], [-1, -2, -3], [0, 0, 0], [2, -1, 0]])
    np.testing.assert_allclose(clip_and_divide(Y), [[0.625, 0.25, 0.125], [1 / 3] * 3, [1 / 3] * 3, [1, 0, 0]])
    p = project_to_simplex(np.random.default_rng(0).standard_normal((50, 4)) * 3)
    np.testing.assert_allclose(p.sum(1), 1)
    assert p.min() >= 0
    np.testing.assert_allclose(project_to_simplex(p), p, atol=1e-14)
    np.testing.assert_allclose(project_to_simplex(Y + 7.0), project_to_simplex(Y), atol=1e-14)


@pytest.mark.parametrize(("n", "q"), [(12, 5), (4, 7)])
@pytest.mark.parametrize("groups", ["rows", "columns"])
def test_iterations_written_as_loops(n, q, groups):
    X, D, _ = toy(n=n, q=q)
    l1, l2, L, c = 1e-2, 0.05, laplacian(D), 4
    start = np.eye(q, c)
    state = State(start, start / 2, start / 2, np.zeros_like(start), np.zeros(n))
    W1, W2, gamma1, gamma2 = start / 2, start / 2, np.zeros((q, c)), np.zeros(n)
    step = ExactStep(X, D, L, LAMBDA3, RHO)
    M = np.eye(c) + LAMBDA3 * (L + L.T) + RHO * np.ones((c, c))
    for _ in range(15):
        state = advance(state, step, l1, l2, groups)
        B = X.T @ (D - np.outer(gamma2, np.ones(c)) + RHO) - gamma1 + RHO * (W1 + W2)
        system = np.kron(X.T @ X, M.T) + RHO * np.eye(q * c)  # of W read row by row
        W = np.linalg.solve(system, B.ravel()).reshape(q, c)
        A = W - W2 + gamma1 / RHO
        W1 = np.array([[np.sign(a) * max(abs(a) - l1 / RHO, 0) for a in row] for row in A])
        A = W - W1 + gamma1 / RHO
        A = A if groups == "rows" else A.T
        W2 = np.array([max(1 - l2 / RHO / np.sqrt(sum(a * a for a in v)), 0) * v for v in A])
        W2 = W2 if groups == "rows" else W2.T
        gamma1 = gamma1 + RHO * (W - W1 - W2)
        gamma2 = gamma2 + RHO * np.array([sum(x @ W[:, j] for j in range(c)) - 1 for x in X])
        for fast, literal in zip(state, (W, W1, W2, gamma1, gamma2), strict=True):
            np.testing.assert_allclose(fast, literal, rtol=0, atol=1e-10)
        norms = np.linalg.norm(state.split, axis=1 if groups == "rows" else 0)
        assert norms.max() <= l2 * (1 + 1e-9)


def test_the_stop_is_the_authors():
    X, D, _ = toy(n=40)
    params = {"rho": RHO, "abs_tol": 1e-3, "rel_tol": 1e-2}
    full = make_method("LDLSF", **params).fit(X, D)
    assert full.converged_
    for k in range(1, full.n_iter_ + 1):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            fit = make_method("LDLSF", **params, max_iter=k).fit(X, D)
        L, start = laplacian(D), np.eye(5, 4)
        step = ExactStep(X, D, L, fit.lambda3, RHO)
        state = State(start, start / 2, start / 2, np.zeros_like(start), np.zeros(40))
        for _ in range(k):
            before, state = state, advance(state, step, fit.lambda1, fit.lambda2)
        norm = np.linalg.norm
        primal, dual = (
            norm(state.W - state.W1 - state.W2),
            RHO * max(norm(state.W1 - before.W1), norm(state.W2 - before.W2)),
        )
        met = primal <= 1e-3 * np.sqrt(40) + 1e-2 * max(norm(state.W), norm(state.W1 + state.W2))
        met &= dual <= 1e-3 * np.sqrt(5) + 1e-2 * max(norm(state.split), norm(state.sums))
        assert fit.converged_ == met == (k == full.n_iter_)
        np.testing.assert_allclose(fit.residuals_[-1, :2], [primal, dual], rtol=1e-9)


def test_with_fewer_rows_than_features_and_no_penalty_the_labels_are_met():
    X, D, _ = toy(n=4, q=9)
    fitted = make_method("LDLSF", lambda1=0, lambda2=0, lambda3=0, rho=0.1, max_iter=3000, abs_tol=0, rel_tol=1e-9)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        fitted.fit(X, D)
    np.testing.assert_allclose(X @ fitted.coef_, D, atol=1e-6)


def test_with_the_benchmarks_weights_the_common_part_vanishes():
    X, D, _ = toy(n=40)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        np.testing.assert_array_equal(make_method("LDLSF").fit(X, D).common_, 0)


@pytest.mark.parametrize("prediction", ["clip", "simplex"])
def test_an_instance_with_negative_outputs_alone_gets_a_distribution(prediction):
    X, D, _ = toy(n=40)
    X = np.abs(X)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        fitted = make_method("LDLSF", prediction=prediction).fit(X, D)
    opposite = -np.linalg.lstsq(fitted.coef_.T, np.ones(4), rcond=None)[0][None]
    assert (opposite @ fitted.coef_ < 0).all()
    p = fitted.predict(opposite)
    assert p.min() >= 0
    np.testing.assert_allclose(p.sum(1), 1)


def test_the_projection_is_nearer_than_any_other_distribution():
    rng = np.random.default_rng(0)
    Y = 2 * rng.standard_normal((30, 4))
    p = project_to_simplex(Y)
    others = rng.dirichlet(np.ones(4), 500)
    assert ((Y - p)[:, None] * (others - p[:, None])).sum(2).max() <= 1e-12  # the condition for a projection


def test_the_objective_at_the_end_groups_as_told():
    X, D, _ = toy(n=40)
    fits = make_method("LDLSF", lambda2=1e-3, rho=1.0, groups="columns")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        fits.fit(X, D)
    assert np.abs(fits.common_).max() > 0
    W, P = fits.specific_ + fits.common_, X @ (fits.specific_ + fits.common_)
    total = np.square(X @ W - D).sum() / 2 + 1e-4 * np.abs(fits.specific_).sum()
    total += 1e-3 * np.linalg.norm(fits.common_, axis=0).sum() + 1e-3 * np.trace(P @ laplacian(D) @ P.T)
    assert fits.objective_ == pytest.approx(total, rel=1e-9)


def test_features_beyond_all_scales_are_an_error():
    X, D, _ = toy()
    with pytest.raises(FloatingPointError), np.errstate(all="ignore"):
        make_method("LDLSF").fit(1e200 * X, D)
