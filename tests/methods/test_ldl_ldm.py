"""LDL-LDM: barycentre weights, its gradient, its limits."""

import numpy as np
import pytest
from scipy.special import softmax

from ildl.methods import make_method
from ildl.methods.ldl_ldm import barycentre_weights, manifold, objective, quadratic_forms
from tests.methods.toy import assert_gradient, toy

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
KNOWN = np.array([[0.5, 0.3, 0.2], [0.2, 0.5, 0.3], [0.1, 0.2, 0.7], [0.6, 0.3, 0.1]])


def test_known_weights():
    Z = barycentre_weights(KNOWN)
    expected = [[0, 0.577341, -0.297070], [1.202001, 0, 1.297070], [-0.202001, 0.422659, 0]]
    np.testing.assert_allclose(Z, expected, atol=1e-6)
    assert np.square(KNOWN @ (np.eye(3) - Z)).sum() == pytest.approx(0.637541, abs=1e-6)
    np.testing.assert_array_equal(barycentre_weights(KNOWN[:, :2]), [[0, 1], [1, 0]])
    residual = manifold(KNOWN[:, :2], slice(None), 1.0).residual
    assert np.square(np.array([[0.7, 0.3], [0.4, 0.6]]) @ residual).sum() == pytest.approx(0.4)


def test_weights_keep_to_scale_shift_and_order_of_labels():
    _, D, _ = toy()
    Z = barycentre_weights(D)
    np.testing.assert_allclose(Z.sum(0), 1)
    np.testing.assert_allclose(barycentre_weights(-3 * D), Z, atol=1e-10)
    np.testing.assert_allclose(barycentre_weights(D + np.arange(12.0)[:, None]), Z, atol=1e-8)
    order = [2, 0, 3, 1]
    np.testing.assert_allclose(barycentre_weights(D[:, order]), Z[np.ix_(order, order)], atol=1e-10)


def test_gradient_and_objective_written_as_loops():
    X, D, W = toy()
    manifolds = [manifold(D, slice(None), 0.7), manifold(D, np.arange(0, 12, 2), 0.4)]
    forms = quadratic_forms(manifolds)
    value, exact = objective(W, X, D, forms, 0.1)
    assert_gradient(exact, lambda W: objective(W, X, D, forms, 0.1)[0], W)
    np.testing.assert_allclose((exact - 0.1 * W).sum(1), 0, atol=1e-12)
    P = np.array([softmax(W.T @ x) for x in X])
    total = -(D * np.log(P)).sum() + 0.05 * np.square(W).sum()
    for rows, weight in ((range(12), 0.7), (range(0, 12, 2), 0.4)):
        Z = barycentre_weights(D[list(rows)])
        for i in rows:
            total += weight * sum((P[i, j] - P[i] @ Z[:, j]) ** 2 for j in range(4))
    assert value == pytest.approx(total, rel=1e-12)


def test_uniform_predictions_satisfy_every_manifold():
    X, D, _ = toy()
    forms = quadratic_forms([manifold(D, slice(None), 5.0)])
    assert objective(np.zeros((5, 4)), X, D, forms, 0.0)[0] == pytest.approx(12 * np.log(4), rel=1e-12)


def test_without_penalties_it_is_sa_bfgs():
    X, D, _ = toy(n=60)
    fitted = make_method("LDL-LDM", lambda1=0, lambda2=0, lambda3=0, intercept=False, max_iter=2000).fit(X, D)
    plain = make_method("SA-BFGS", tol=1e-12).fit(X, D)
    np.testing.assert_allclose(fitted.predict(X), plain.predict(X), atol=1e-3)


def test_heavy_penalties_flatten_predictions():
    X, D, _ = toy(n=60)
    spread = [make_method("LDL-LDM", lambda2=w, lambda3=w).fit(X, D).predict(X).std() for w in (0.0, 1.0, 100.0)]
    assert spread[0] > spread[1] > spread[2]


def test_one_cluster_has_no_local_term():
    X, D, _ = toy(n=40)
    alone, heavier = (make_method("LDL-LDM", n_clusters=1, lambda3=w).fit(X, D).predict(X) for w in (0.0, 50.0))
    np.testing.assert_array_equal(alone, heavier)
