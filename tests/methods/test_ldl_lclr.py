"""LDL-LCLR: its steps, their invariants, and its limit."""

import numpy as np
import pytest
from scipy.special import softmax

from ildl.methods import make_method
from ildl.methods.ldl_lclr import (
    State,
    Weights,
    advance,
    lagrangian,
    local_distances,
    objective,
    solve_correlations,
)
from ildl.methods.sa_bfgs import objective as plain_objective
from tests.methods.toy import assert_gradient, toy

WEIGHTS = Weights(1e-2, 1e-2, 2e-2, 1e-3, -1, 1.0)
CLUSTERS = [np.arange(0, 12, 2), np.arange(1, 12, 2)]


def random_state(D, W):
    rng = np.random.default_rng(1)
    S, Z, of_copy = rng.standard_normal((3, 4, 4))
    E, of_data = rng.standard_normal((2, *D.shape))
    return State(W, S, Z, E, of_data, of_copy)


def test_local_distances_written_as_loops_and_global_after_all():
    _, D, _ = toy()
    for kind, power in (("squared", 1.0), ("euclidean", 0.5)):
        M = local_distances(D, CLUSTERS, kind)
        for j in range(4):
            for k in range(4):
                slow = sum(sum((D[i, j] - D[i, k]) ** 2 for i in rows) ** power for rows in CLUSTERS)
                assert M[j, k] == pytest.approx(slow, rel=1e-12)
    np.testing.assert_allclose(local_distances(D, CLUSTERS), local_distances(D, [np.arange(12)]), rtol=1e-12)


def test_objective_written_as_loops():
    X, D, W = toy()
    S, M = random_state(D, W).S, local_distances(D, CLUSTERS)
    P = np.array([softmax(W.T @ x) for x in X])
    total = -sum(d * np.log(p) for d, p in zip(D.ravel(), P.ravel(), strict=True))
    total += 1e-2 * np.square(W).sum() + 2e-2 * np.linalg.svd(S, compute_uv=False).sum() - 1e-3 * (M * S).sum()
    total += 1e-2 * sum(np.sqrt(np.square((D - P @ S)[:, j]).sum()) for j in range(4))
    assert objective(W, S, X, D, M, WEIGHTS) == pytest.approx(total, rel=1e-12)


def test_gradient_and_its_limit():
    X, D, W = toy()
    state = random_state(D, W)
    assert_gradient(lagrangian(W, state, X, D, WEIGHTS)[1], lambda W: lagrangian(W, state, X, D, WEIGHTS)[0], W)
    nothing = np.zeros_like(D)
    frozen = State(W, np.eye(4), np.eye(4), nothing, nothing, np.zeros((4, 4)))
    value, alone = lagrangian(W, frozen, X, D, WEIGHTS._replace(rho=0.0))
    plain, slope = plain_objective(W, X, D, 0.0)
    assert value == pytest.approx(plain + 1e-2 * np.square(W).sum(), rel=1e-12)
    np.testing.assert_allclose(alone, slope + 2e-2 * W, rtol=1e-12)


def test_correlations_solve_their_normal_equations():
    X, D, W = toy()
    state, M = random_state(D, W), local_distances(D, CLUSTERS)
    P = softmax(X @ W, axis=1)
    S = solve_correlations(P, state, D, M, WEIGHTS)

    def augmented(S):
        gap, copy = D - P @ S - state.E, S - state.Z
        value = (state.of_data * gap).sum() + np.square(gap).sum() / 2 + (state.of_copy * copy).sum()
        return float(value + np.square(copy).sum() / 2 - 1e-3 * (M * S).sum())

    slope = -P.T @ (state.of_data + D - P @ S - state.E) + state.of_copy + S - state.Z - 1e-3 * M
    assert np.abs(slope).max() < 1e-8
    assert_gradient(slope, augmented, S)


def test_invariants_of_the_iteration():
    X, D, _ = toy(n=40)
    M = local_distances(D, [np.arange(40)])
    weights = WEIGHTS._replace(lambda2=1e-3, lambda3=1e-3)
    state = State(np.eye(5, 4), np.eye(4), np.eye(4), 0 * D, 0 * D, np.zeros((4, 4)))
    gaps = []
    for _ in range(20):
        state = advance(state, X, D, M, weights)
        P = softmax(X @ state.W, axis=1)
        gaps.append([np.linalg.norm(D - P @ state.S - state.E), np.linalg.norm(state.S - state.Z)])
        assert np.linalg.norm(state.of_data, axis=0).max() <= 1e-3 * (1 + 1e-9)
        assert np.linalg.norm(state.of_copy, 2) <= 1e-3 * (1 + 1e-9)
    np.testing.assert_allclose(gaps[0], 2e-3, rtol=1e-6)  # threshold times the root of four labels
    assert (np.array(gaps[-1]) < np.array(gaps[0]) / 10).all()


def test_without_penalties_it_is_sa_bfgs():
    X, D, _ = toy(n=60)
    fitted = make_method("LDL-LCLR", lambda1=0, lambda2=0, lambda3=0, lambda4=0, rho=1e-8).fit(X, D)
    plain = make_method("SA-BFGS", tol=1e-12).fit(X, D)
    np.testing.assert_allclose(fitted.predict(X), plain.predict(X), atol=1e-3)
    assert fitted.converged_


def test_a_cap_on_iterations_is_reported():
    X, D, _ = toy(n=40)
    with pytest.warns(match="raise max_iter or rel_tol") as warned:
        fitted = make_method("LDL-LCLR", max_iter=1).fit(X, D)
    assert (fitted.n_iter_, fitted.converged_, len(warned)) == (1, False, 1)


@pytest.mark.filterwarnings("ignore:.*stopped before its tolerance")
@pytest.mark.parametrize("lambda1", [1e-2, 0.0])
def test_features_that_are_zero_in_all_rows_change_nothing(lambda1):
    X, D, _ = toy()
    padded = np.hstack([X, np.zeros((len(X), 30))])
    options = {"lambda1": lambda1, "abs_tol": 0.0, "max_iter": 5}
    one, other = (make_method("LDL-LCLR", **options).fit(features, D) for features in (X, padded))
    np.testing.assert_allclose(other.coef_[: X.shape[1]], one.coef_, atol=1e-6)
    assert not other.coef_[X.shape[1] :].any()
    assert other.objective_ == pytest.approx(one.objective_)
