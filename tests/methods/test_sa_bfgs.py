"""SA-BFGS: facts about its objective, its minimum and its stop."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.stats
from scipy.optimize import approx_fprime
from sklearn.exceptions import ConvergenceWarning

from ildl.methods import make_method
from ildl.methods.sa_bfgs import objective


def problem(n=12, q=5, c=4, seed=0):
    rng = np.random.default_rng(seed)
    logits = rng.standard_normal((n, c))
    return rng.standard_normal((n, q)), np.exp(logits) / np.exp(logits).sum(1, keepdims=True)


def divergence(W, X, D):
    """Value and gradient of the objective."""
    return objective(W, X, D, scipy.stats.entropy(D, axis=1).sum())


def after(iterations, X, D, **params):
    """The iterate after this many iterations."""
    with pytest.warns(ConvergenceWarning, match="SABFGS stopped before its tolerance"):
        return make_method("SA-BFGS", tol=0.0, max_iter=iterations, **params).fit(X, D)


def test_gradient():
    X, D = problem()
    W = np.random.default_rng(1).standard_normal((5, 4)) / 2
    _, exact = divergence(W, X, D)
    step = 1e-6
    central = np.zeros_like(W)
    for index in np.ndindex(*W.shape):
        h = np.zeros_like(W)
        h[index] = step
        central[index] = (divergence(W + h, X, D)[0] - divergence(W - h, X, D)[0]) / (2 * step)
    assert np.abs(exact - central).max() / max(1, np.abs(central).max()) < 1e-7
    np.testing.assert_allclose(exact.sum(1), 0, atol=1e-13)
    forward = approx_fprime(W.ravel(), lambda w: divergence(w.reshape(W.shape), X, D)[0], 1e-7)
    np.testing.assert_allclose(exact.ravel(), forward, atol=1e-5)


def test_objective_is_the_sum_of_divergences():
    X, D = problem()
    W = np.random.default_rng(1).standard_normal((5, 4))
    P = np.exp(X @ W) / np.exp(X @ W).sum(1, keepdims=True)
    assert divergence(W, X, D)[0] == pytest.approx(scipy.stats.entropy(D, P, axis=1).sum(), rel=1e-12)
    assert divergence(W + np.arange(5.0)[:, None], X, D)[0] == pytest.approx(divergence(W, X, D)[0], rel=1e-12)
    D[:3] = np.eye(4)[:3]
    assert np.isfinite(divergence(100 * W, X, D)[0])


def test_doubled_rows_double_objective_and_gradient_and_keep_the_minimum():
    X, D = problem()
    W = np.random.default_rng(1).standard_normal((5, 4))
    double = np.vstack([X, X]), np.vstack([D, D])
    (value, slope), (twice, steep) = divergence(W, X, D), divergence(W, *double)
    assert twice == pytest.approx(2 * value, rel=1e-12)
    np.testing.assert_allclose(steep, 2 * slope, rtol=1e-9, atol=1e-12)
    predictions = [make_method("SA-BFGS", tol=1e-12).fit(*rows).predict(X) for rows in ((X, D), double)]
    np.testing.assert_allclose(*predictions, atol=1e-4)


def test_one_row_is_learned_exactly():
    D = np.array([[0.5, 0.3, 0.2]])
    fitted = make_method("SA-BFGS", tol=1e-14).fit([[1.0]], D)
    np.testing.assert_allclose(fitted.predict([[1.0]]), D, atol=1e-6)
    assert fitted.objective_ == pytest.approx(0, abs=1e-12)


def test_a_constant_column_learns_the_mean_labels():
    _, D = problem()
    fitted = make_method("SA-BFGS", tol=1e-14).fit(np.ones((12, 1)), D)
    np.testing.assert_allclose(fitted.predict([[1.0]])[0], D.mean(0), atol=1e-6)


def test_it_starts_from_the_identity_and_falls_until_it_falls_by_less_than_the_tolerance():
    X, D = problem(n=30)
    values = [divergence(np.eye(5, 4), X, D)[0]] + [after(k, X, D).objective_ for k in range(1, 13)]
    falls = -np.diff(values)
    assert (falls > 0).all()
    for tol in (1e-1, 1e-2, 1e-3, 1e-4):
        fitted = make_method("SA-BFGS", tol=tol).fit(X, D)
        first_small = 1 + int(np.argmax(falls[1:] < tol))  # the first iteration has nothing to be compared with
        assert fitted.converged_
        assert fitted.n_iter_ == first_small + 1
        assert fitted.objective_ == values[fitted.n_iter_]


def test_with_fewer_rows_than_features_weights_move_in_the_span_of_the_rows():
    X, D = problem(n=6, q=20)
    step = make_method("SA-BFGS").fit(X, D).coef_ - np.eye(20, 4)
    outside = step - X.T @ np.linalg.lstsq(X.T, step, rcond=None)[0]
    assert np.abs(step).max() > 0.1
    assert np.abs(outside).max() < 1e-10


def test_the_cap_on_iterations_is_reported():
    X, D = problem()
    fitted = after(2, X, D)
    assert (fitted.n_iter_, fitted.converged_) == (2, False)


def test_features_beyond_all_scales_are_an_error():
    X, D = problem()
    with pytest.raises(FloatingPointError, match=r"scale the features to \[0, 1\]"), np.errstate(all="ignore"):
        make_method("SA-BFGS").fit(1e300 * X, D)
