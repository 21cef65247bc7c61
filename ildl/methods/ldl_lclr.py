"""LDL-LCLR: label correlations by low-rank approximation.

Source: Ren, Jia, Li, Zhao, "Label distribution learning with label correlations via low-rank approximation", IJCAI
2019, and its public code, whose steps are here those of the objective as written.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import solve
from scipy.special import softmax

from ildl.checks import Array, Problem
from ildl.methods.base import one_of, seed_of, within
from ildl.methods.solvers.clusters import cluster_rows
from ildl.methods.solvers.confine import confine
from ildl.methods.solvers.maxent import MaxEntEstimator, negative_log_likelihood, predictions, softmax_pullback
from ildl.methods.solvers.optimise import lbfgs
from ildl.methods.solvers.proximal import shrink_groups, shrink_singular_values

DISTANCES = ("squared", "euclidean")
SIGNS = {"minus": -1.0, "plus": 1.0}
INNER_ITERATIONS, INNER_GTOL = 300, 1e-6


class State(NamedTuple):
    """Where the iteration stands.

    Parameters
    ----------
    W : ndarray, shape (q, c)
        Weights.
    S, Z : ndarray, shape (c, c)
        Correlations of labels, and their low-rank copy.
    E : ndarray, shape (n, c)
        Error of the reconstruction D = P S + E.
    of_data : ndarray, shape (n, c)
        Multipliers of the reconstruction.
    of_copy : ndarray, shape (c, c)
        Multipliers of S = Z.
    """

    W: Array
    S: Array
    Z: Array
    E: Array
    of_data: Array
    of_copy: Array


class Weights(NamedTuple):
    """lambda1 to lambda4, the sign of the local term, and the penalty of the constraints."""

    lambda1: float
    lambda2: float
    lambda3: float
    lambda4: float
    sign: float
    rho: float


def local_distances(D: Array, clusters: Sequence[NDArray[np.intp]], distance: str = "squared") -> Array:
    """Distances between the labels' columns, summed over clusters of rows.

    Parameters
    ----------
    D : ndarray, shape (n, c)
    clusters : sequence of ndarray of int
        A partition of the rows.
    distance : {"squared", "euclidean"}
        Squared distances do not depend on the partition.

    Returns
    -------
    ndarray, shape (c, c)
        Symmetric, zero diagonal.
    """
    squares = [np.square(D[rows, :, None] - D[rows, None, :]).sum(axis=0) for rows in clusters]
    return np.sum(squares if distance == "squared" else np.sqrt(squares), axis=0)


def objective(W: Array, S: Array, X: Array, D: Array, M: Array, weights: Weights) -> float:
    """-<D, log P> + l1 ||W||^2 + l2 (norms of E's columns) + l3 |S|_* + sign l4 <M, S>, with E = D - P S.

    Parameters
    ----------
    W : ndarray, shape (q, c)
    S : ndarray, shape (c, c)
    X : ndarray, shape (n, q)
    D : ndarray, shape (n, c)
    M : ndarray, shape (c, c)
        See `local_distances`.
    weights : Weights

    Returns
    -------
    float
    """
    logits = X @ W
    E = D - softmax(logits, axis=1) @ S
    return float(
        negative_log_likelihood(D, logits)
        + weights.lambda1 * np.square(W).sum()
        + weights.lambda2 * np.linalg.norm(E, axis=0).sum()
        + weights.lambda3 * np.linalg.norm(S, "nuc")
        + weights.sign * weights.lambda4 * np.sum(M * S)
    )


def lagrangian(W: Array, state: State, X: Array, D: Array, weights: Weights) -> tuple[float, Array]:
    """Augmented Lagrangian as far as it depends on W, and its gradient.

    Parameters
    ----------
    W : ndarray, shape (q, c)
    state : State
        Everything but W is taken from it.
    X : ndarray, shape (n, q)
    D : ndarray, shape (n, c)
    weights : Weights

    Returns
    -------
    value : float
    gradient : ndarray, shape (q, c)
    """
    P, log_P = predictions(X, W)
    gap = D - np.matmul(P, state.S, order="F") - state.E
    pull = state.of_data + weights.rho * gap  # the gradient with respect to the gap
    value = weights.lambda1 * np.vdot(W, W) - (D * log_P).sum() + ((state.of_data + pull) * gap).sum() / 2
    towards = np.matmul(pull, state.S.T, order="F")
    return float(value), X.T @ (P - D - softmax_pullback(P, towards)) + 2 * weights.lambda1 * W


def solve_correlations(P: Array, state: State, D: Array, M: Array, weights: Weights) -> Array:
    """Minimise the augmented Lagrangian over S: a linear system of c equations.

    Parameters
    ----------
    P : ndarray, shape (n, c)
        Predictions.
    state : State
    D : ndarray, shape (n, c)
    M : ndarray, shape (c, c)
    weights : Weights

    Returns
    -------
    ndarray, shape (c, c)
    """
    right = P.T @ (D - state.E + state.of_data / weights.rho) + state.Z
    right -= (state.of_copy + weights.sign * weights.lambda4 * M) / weights.rho
    return solve(P.T @ P + np.eye(P.shape[1]), right, assume_a="pos")


def advance(
    state: State, X: Array, D: Array, M: Array, weights: Weights, restore: Callable[[Array], Array] = np.asarray
) -> State:
    """Do one iteration: W, S, E, Z, then the multipliers.

    Parameters
    ----------
    state : State
    X : ndarray, shape (n, q)
    D : ndarray, shape (n, c)
    M : ndarray, shape (c, c)
    weights : Weights
    restore : callable
        Of the weights that `confine` confined.

    Returns
    -------
    State

    Raises
    ------
    FloatingPointError
        The objective became NaN or infinite.
    """
    W = lbfgs(
        lambda W: lagrangian(W, state, X, D, weights),
        state.W,
        max_iter=INNER_ITERATIONS,
        gtol=INNER_GTOL,
        restore=restore,
    ).x
    (P, _), rho = predictions(X, W), weights.rho
    S = solve_correlations(P, state, D, M, weights)
    E = shrink_groups(D - P @ S + state.of_data / rho, weights.lambda2 / rho, axis=0)
    Z = shrink_singular_values(S + state.of_copy / rho, weights.lambda3 / rho)
    return State(W, S, Z, E, state.of_data + rho * (D - P @ S - E), state.of_copy + rho * (S - Z))


@dataclass(kw_only=True, eq=False, repr=False)
class LDLLCLR(MaxEntEstimator):
    """Softmax regression whose predictions, times a low-rank matrix of label correlations, give the labels.

    Alternating directions from the identity. Correlations are not applied in prediction. Validation rows are not used.

    Parameters
    ----------
    lambda1, lambda2, lambda3, lambda4 : float
        Weights of the squared weights, the error's columns, the rank, and the local term.
    rho : float
        Penalty of the constraints.
    n_clusters : int
        Clusters of rows, by k-means on the features; they matter with `local_distance="euclidean"` alone.
    local_distance : {"squared", "euclidean"}
        Of the labels' columns within a cluster.
    local_sign : {"minus", "plus"}
        Whether the correlation of labels that differ is rewarded (the public codes) or penalised.
    max_iter : int
        Outer iterations at most; each has 300 of L-BFGS at most.
    abs_tol, rel_tol : float
        Of the two residuals, as in the authors' code.
    random_state : int, Generator, RandomState or None
        Of k-means.

    Attributes
    ----------
    coef_ : ndarray, shape (q, c)
    correlations_ : ndarray, shape (c, c)
        S.
    residuals_ : ndarray, shape (n_iter_, 2)
        Norms of D - P S - E and of rho (S - Z).
    n_iter_, objective_, converged_
        See `IterativeEstimator`.
    """

    constraints: ClassVar = {
        "lambda1": within(0),
        "lambda2": within(0),
        "lambda3": within(0),
        "lambda4": within(0),
        "rho": within(0, open_low=True),
        "n_clusters": within(1, integer=True),
        "local_distance": one_of(*DISTANCES),
        "local_sign": one_of(*SIGNS),
        "max_iter": within(1, integer=True),
        "abs_tol": within(0),
        "rel_tol": within(0),
    }
    readings: ClassVar = {"the authors' weights": {"lambda1": 1e-3, "lambda2": 1e-2, "lambda3": 1e-2, "lambda4": 1e-2}}

    lambda1: float = 1e-4
    lambda2: float = 1e-3
    lambda3: float = 1e-3
    lambda4: float = 1e-3
    rho: float = 1.0
    n_clusters: int = 4
    local_distance: str = "squared"
    local_sign: str = "minus"
    max_iter: int = 100
    abs_tol: float = 1e-6
    rel_tol: float = 1e-5
    random_state: Any = 0

    def _fit(self, problem: Problem) -> None:
        X, D, c = problem.X, np.asfortranarray(problem.D), problem.D.shape[1]  # laid out as `predictions`
        M = local_distances(D, cluster_rows(X, self.n_clusters, seed_of(self.random_state)), self.local_distance)
        q = X.shape[1]
        X, W, restore = confine(X, np.eye(q, c))
        weights = Weights(self.lambda1, self.lambda2, self.lambda3, self.lambda4, SIGNS[self.local_sign], self.rho)
        nothing = np.zeros_like(D)
        state = State(W, np.eye(c), np.eye(c), nothing, nothing, np.zeros((c, c)))
        residuals, met = list[Any](), False
        while len(residuals) < self.max_iter and not met:
            state = advance(state, X, D, M, weights, restore)
            rebuilt = softmax(X @ state.W, axis=1) @ state.S
            gap = np.linalg.norm(D - rebuilt - state.E), self.rho * np.linalg.norm(state.S - state.Z)
            residuals.append(gap)
            pairs = (D - rebuilt, state.E), (state.of_data, state.of_copy)
            sizes = [max(map(np.linalg.norm, pair)) for pair in pairs]
            limits = self.abs_tol * np.sqrt([len(D), q]) + self.rel_tol * np.array(sizes)
            met = bool(np.all(gap <= limits))
        self.coef_, self.correlations_, self.residuals_ = restore(state.W), state.S, np.array(residuals)
        value = objective(state.W, state.S, X, D, M, weights)
        self._conclude(len(residuals), value, met, "a residual is above its tolerance; raise max_iter or rel_tol")
