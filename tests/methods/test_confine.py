"""Confined weights: iterates of L-BFGS, and of the methods, are those on all features."""

from __future__ import annotations

import numpy as np
import pytest

from ildl.methods import edl_lrl, make_method
from ildl.methods.solvers.confine import confine
from ildl.methods.solvers.maxent import predictions
from ildl.methods.solvers.optimise import lbfgs
from tests.methods.toy import toy

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
UNSEEN = [1, 3, 4, 6, 7, 9]


def unseen(n=12):
    """Four features that are seen, among six that are not, from random weights."""
    X, D, _ = toy(n, q=10)
    X[:, UNSEEN] = 0
    return X, D, np.random.default_rng(2).random((10, 4))


def wide():
    """More features than rows."""
    return toy(6, q=10)


def wide_and_unseen():
    X, D, W = toy(6, q=20)
    X[:, ::3] = 0
    return X, D, W


CASES = pytest.mark.parametrize(("case", "width"), [(unseen, 5), (wide, 7), (wide_and_unseen, 7)])


def penalised(X, D, ridge):
    def objective(W):
        P, log_P = predictions(X, W)
        return ridge * np.vdot(W, W) - (D * log_P).sum(), X.T @ (P - D) + 2 * ridge * W

    return objective


def test_nothing_changes_where_rows_span_all_features():
    X, _, W = toy()
    features, start, restore = confine(X, W)
    assert features is X
    assert restore(start) is W


@CASES
def test_start_predictions_norms_and_gradients_are_kept(case, width):
    X, D, W = case()
    features, start, restore = confine(X, W)
    assert features.shape == (len(X), width)
    np.testing.assert_allclose(restore(start), W, rtol=0, atol=1e-14)
    np.testing.assert_allclose(predictions(features, start)[0], predictions(X, W)[0], rtol=1e-12)
    (value, slope), (confined, confined_slope) = penalised(X, D, 0.1)(W), penalised(features, D, 0.1)(start)
    assert confined == pytest.approx(value, rel=1e-13)
    np.testing.assert_allclose(restore(confined_slope), slope, rtol=0, atol=1e-13)
    assert np.linalg.norm(confined_slope) == pytest.approx(np.linalg.norm(slope), rel=1e-13)


@CASES
@pytest.mark.parametrize("ridge", [0.0, 0.1])
def test_iterates_of_lbfgs_are_those_on_all_features(case, width, ridge):
    X, D, W = case()
    features, start, restore = confine(X, W)
    for steps in range(1, 13):
        one = lbfgs(penalised(X, D, ridge), W, max_iter=steps)
        other = lbfgs(penalised(features, D, ridge), start, max_iter=steps)
        np.testing.assert_allclose(restore(other.x), one.x, rtol=0, atol=1e-9)


@CASES
def test_the_gradients_largest_entry_stops_as_on_all_features(case, width):
    X, D, W = case()
    features, start, restore = confine(X, W)
    for gtol in (10.0, 0.3, 0.1, 0.01):
        one = lbfgs(penalised(X, D, 0.1), W, max_iter=100, gtol=gtol)
        other = lbfgs(penalised(features, D, 0.1), start, max_iter=100, gtol=gtol, restore=restore)
        assert one.success
        assert other.success
        assert (other.nit, other.fun) == (one.nit, pytest.approx(one.fun))
        assert (one.nit > 0) == (np.abs(penalised(X, D, 0.1)(W)[1]).max() > gtol)
        assert np.abs(penalised(X, D, 0.1)(restore(other.x))[1]).max() <= gtol * (1 + 1e-9)


@pytest.mark.parametrize("lambda1", [1e-7, 1e-3])
def test_edl_lrl_iterates_as_on_all_features(lambda1):
    X, D, _ = unseen(n=40)
    fitted = make_method("EDL-LRL", max_iter=4, lambda1=lambda1, n_clusters=1).fit(X, D)
    W = np.random.default_rng(0).random((10, 4))
    state = edl_lrl.State(W, np.zeros_like(D), np.zeros_like(D), edl_lrl.RHO)
    for _ in range(4):
        state = edl_lrl.advance(state, X, D, [np.arange(40)], lambda1, fitted.lambda2)
    np.testing.assert_allclose(fitted.coef_, state.W, rtol=0, atol=1e-8)


@pytest.mark.parametrize("name", ["SA-BFGS", "LDL-LDM"])
def test_weights_without_data_keep_the_start_or_shrink(name):
    X, D, _ = unseen()
    rows = make_method(name, max_iter=10).fit(X, D).coef_[UNSEEN]
    start = np.eye(10, 4)[UNSEEN]
    share = rows.sum(axis=0) / np.maximum(start.sum(axis=0), 1)
    np.testing.assert_allclose(rows, start * share, atol=1e-15)
    assert (share <= 1).all()
    assert (share[[1, 3]] > 0.9).all()
