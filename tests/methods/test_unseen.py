"""One feature stands for all that are 0 in every row: iterates of L-BFGS, and of the methods, are those on all."""

from __future__ import annotations

import numpy as np
import pytest

from ildl.methods import edl_lrl, make_method
from ildl.methods.maxent import predictions
from ildl.methods.optimise import lbfgs
from ildl.methods.unseen import merge_unseen
from tests.methods.toy import toy

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
UNSEEN = [1, 3, 4, 6, 7, 9]


def padded(n=12):
    """Four features that are seen, among six that are not, from random weights."""
    X, D, _ = toy(n, q=10)
    X[:, UNSEEN] = 0
    return X, D, np.random.default_rng(2).random((10, 4))


def test_nothing_changes_where_all_features_are_seen():
    X, _, W = toy()
    features, start, restore = merge_unseen(X, W)
    assert features is X
    assert restore(start) is W


def test_the_start_comes_back_and_predicts_the_same():
    X, _, W = padded()
    features, start, restore = merge_unseen(X, W)
    assert features.shape == (12, 5)
    assert np.vdot(start, start) == pytest.approx(np.vdot(W, W))
    np.testing.assert_allclose(restore(start), W, rtol=1e-15)
    np.testing.assert_allclose(predictions(features, start)[0], predictions(X, W)[0], rtol=1e-14)


@pytest.mark.parametrize("ridge", [0.0, 0.1])
def test_iterates_of_lbfgs_are_those_on_all_features(ridge):
    X, D, W = padded()
    features, start, restore = merge_unseen(X, W)

    def objective(X):
        def both(W):
            P, log_P = predictions(X, W)
            return ridge * np.vdot(W, W) - (D * log_P).sum(), X.T @ (P - D) + 2 * ridge * W

        return both

    for steps in range(1, 13):
        one, other = (lbfgs(objective(X), W, max_iter=steps).x for X, W in ((X, W), (features, start)))
        np.testing.assert_allclose(restore(other), one, rtol=0, atol=1e-9)
    assert (np.abs(one - W)[UNSEEN].max() > 0.1) == (ridge > 0)


@pytest.mark.parametrize("lambda1", [1e-7, 1e-3])
def test_edl_lrl_iterates_as_on_all_features(lambda1):
    X, D, _ = padded(n=40)
    fitted = make_method("EDL-LRL", max_iter=4, lambda1=lambda1, n_clusters=1).fit(X, D)
    W = np.random.default_rng(0).random((10, 4))
    state = edl_lrl.State(W, np.zeros_like(D), np.zeros_like(D), edl_lrl.RHO)
    for _ in range(4):
        state = edl_lrl.advance(state, X, D, [np.arange(40)], lambda1, fitted.lambda2)
    np.testing.assert_allclose(fitted.coef_, state.W, rtol=0, atol=1e-8)


@pytest.mark.parametrize("name", ["SA-BFGS", "LDL-LDM"])
def test_weights_without_data_keep_the_start_or_shrink(name):
    X, D, _ = padded()
    rows = make_method(name, max_iter=10).fit(X, D).coef_[UNSEEN]
    start = np.eye(10, 4)[UNSEEN]
    share = rows.sum(axis=0) / np.maximum(start.sum(axis=0), 1)
    np.testing.assert_allclose(rows, start * share, atol=1e-15)
    assert (share <= 1).all()
    assert (share[[1, 3]] > 0.9).all()
