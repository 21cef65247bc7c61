"""EDL-LRL: low-rank label correlations, exploited locally.

Source: Jia, Zheng, Li, Zhang, Li, "Facial emotion distribution learning by exploiting low-rank label correlations
locally", CVPR 2019, and its public code. Everywhere `clusters` is a partition of the training rows into index arrays.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ildl.checks import Array, Problem
from ildl.methods.base import one_of, seed_of, within
from ildl.methods.solvers.clusters import cluster_rows
from ildl.methods.solvers.confine import confine
from ildl.methods.solvers.maxent import PULLBACKS, MaxEntEstimator, predictions
from ildl.methods.solvers.optimise import lbfgs
from ildl.methods.solvers.proximal import shrink_singular_values

Clusters = Sequence[NDArray[np.intp]]

RHO, RHO_GROWTH, RHO_MAX = 1e-6, 1.1, 1e6
INNER_ITERATIONS, INNER_GTOL = 10, 1e-3


class State(NamedTuple):
    """Where the iteration stands.

    Parameters
    ----------
    W : ndarray, shape (q, c)
        Weights.
    Z : ndarray, shape (n, c)
        Low-rank copy of the predictions, one block of rows a cluster.
    multipliers : ndarray, shape (n, c)
        Of the constraint that Z equals the predictions.
    rho : float
        Penalty of the next iteration, above 0.
    """

    W: Array
    Z: Array
    multipliers: Array
    rho: float


def objective(W: Array, Z: Array, X: Array, D: Array, clusters: Clusters, lambda1: float, lambda2: float) -> float:
    """||P - D||^2 / 2 + lambda1 ||W||^2 + lambda2 * (nuclear norms of Z's clusters), with P = softmax(XW).

    The method's objective where Z is P; what the iteration watches where Z is its low-rank copy.

    Parameters
    ----------
    W : ndarray, shape (q, c)
    Z : ndarray, shape (n, c)
    X : ndarray, shape (n, q)
    D : ndarray, shape (n, c)
    clusters : sequence of ndarray of int
    lambda1, lambda2 : float
        At least 0.

    Returns
    -------
    float
        At least 0.
    """
    P, _ = predictions(X, W)
    nuclear = sum(np.linalg.norm(Z[rows], "nuc") for rows in clusters)
    return float(((P - D) ** 2).sum() / 2 + lambda1 * (W**2).sum() + lambda2 * nuclear)


def lagrangian(
    W: Array, Z: Array, multipliers: Array, X: Array, D: Array, lambda1: float, rho: float, jacobian: str = "exact"
) -> tuple[float, Array]:
    """Augmented Lagrangian as far as it depends on W, and its gradient.

    ||P - D||^2 / 2 + lambda1 ||W||^2 + <multipliers, P - Z> + rho ||P - Z||^2 / 2, with P = softmax(XW).

    Parameters
    ----------
    W : ndarray, shape (q, c)
    Z, multipliers : ndarray, shape (n, c)
    X : ndarray, shape (n, q)
    D : ndarray, shape (n, c)
    lambda1, rho : float
        At least 0.
    jacobian : {"exact", "diagonal"}
        Of the softmax; with the diagonal alone the second result is not the gradient of anything.

    Returns
    -------
    value : float
    gradient : ndarray, shape (q, c)
    """
    P, _ = predictions(X, W)
    error, gap = P - D, P - Z
    pull = rho * gap
    value = (error * error).sum() / 2 + lambda1 * np.vdot(W, W) + ((multipliers + pull / 2) * gap).sum()
    return float(value), X.T @ PULLBACKS[jacobian](P, error + multipliers + pull) + 2 * lambda1 * W


def keep_singular_values(A: Array, tau: float) -> Array:
    """Keep singular values above tau as they are and drop the others: the authors' code, not a proximal step.

    Parameters
    ----------
    A : ndarray, shape (r, s)
    tau : float
        At least 0.

    Returns
    -------
    ndarray, shape (r, s)
    """
    U, sigma, Vt = np.linalg.svd(A, full_matrices=False)
    return (U * np.where(sigma > tau, sigma, 0)) @ Vt


THRESHOLDS = {"soft": shrink_singular_values, "hard": keep_singular_values}


def lower_rank(A: Array, clusters: Clusters, tau: float, threshold: str = "soft") -> Array:
    """Threshold the singular values of each cluster's rows.

    Parameters
    ----------
    A : ndarray, shape (n, c)
    clusters : sequence of ndarray of int
    tau : float
        At least 0.
    threshold : {"soft", "hard"}

    Returns
    -------
    ndarray, shape (n, c)
    """
    Z = np.empty_like(A)
    for rows in clusters:
        Z[rows] = THRESHOLDS[threshold](A[rows], tau)
    return Z


def advance(
    state: State,
    X: Array,
    D: Array,
    clusters: Clusters,
    lambda1: float,
    lambda2: float,
    threshold: str = "soft",
    jacobian: str = "exact",
    restore: Callable[[Array], Array] = np.asarray,
) -> State:
    """Do one iteration: a few steps of L-BFGS on W, the proximal step on Z, the multipliers, a larger penalty.

    Parameters
    ----------
    state : State
    X : ndarray, shape (n, q)
    D : ndarray, shape (n, c)
    clusters : sequence of ndarray of int
    lambda1, lambda2 : float
        At least 0.
    threshold : {"soft", "hard"}
    jacobian : {"exact", "diagonal"}
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
    W, Z, multipliers, rho = state
    # A failed line search needs no care: L-BFGS then returns the last point that it accepted, at worst W itself.
    W = lbfgs(
        lambda W: lagrangian(W, Z, multipliers, X, D, lambda1, rho, jacobian),
        W,
        max_iter=INNER_ITERATIONS,
        gtol=INNER_GTOL,
        restore=restore,
    ).x
    P, _ = predictions(X, W)
    Z = lower_rank(P + multipliers / rho, clusters, lambda2 / rho, threshold)
    return State(W, Z, multipliers + rho * (P - Z), min(RHO_GROWTH * rho, RHO_MAX))


@dataclass(kw_only=True, eq=False, repr=False)
class EDLLRL(MaxEntEstimator):
    """Softmax regression by squared error, whose predictions in each cluster of training rows shall have low rank.

    Alternating directions from uniformly random weights. With the default weights the two penalties are hardly felt:
    what remains is squared-error softmax regression, stopped early. Validation rows are not used.

    Parameters
    ----------
    n_clusters : int
        Clusters of training rows, by k-means.
    lambda1, lambda2 : float
        Weights of the squared entries of W and of the nuclear norms.
    max_iter : int
        Outer iterations at most; each has ten of L-BFGS at most.
    threshold : {"soft", "hard"}
        Singular values are shrunk (the proximal step of the nuclear norm), or kept or dropped (the authors' code).
    jacobian : {"exact", "diagonal"}
        Of the softmax; the public codes keep the diagonal alone.
    cluster_on : {"labels", "features"}
        What k-means sees.
    random_state : int, Generator, RandomState or None
        Of the first weights and of k-means.
    tol : float
        Stop when the watched objective falls by less in an iteration, or rises; absolute.

    Attributes
    ----------
    coef_ : ndarray, shape (q, c)
    objectives_ : ndarray, shape (n_iter_ + 1,)
        The watched objective, of the low-rank copies, from the start on; a last value above the one before tells that
        the iteration stopped because it rose.
    n_iter_ : int
        Outer iterations.
    objective_ : float
        The method's objective, of the predictions themselves, at the end.
    converged_ : bool
        Whether the watched objective stopped falling before `max_iter`.
    """

    constraints: ClassVar = {
        "n_clusters": within(1, integer=True),
        "lambda1": within(0),
        "lambda2": within(0),
        "max_iter": within(1, integer=True),
        "threshold": one_of(*THRESHOLDS),
        "jacobian": one_of(*PULLBACKS),
        "cluster_on": one_of("labels", "features"),
        "tol": within(0),
    }
    readings: ClassVar = {
        "the authors' steps": {"threshold": "hard", "jacobian": "diagonal"},
        "weights of a later copy": {"lambda1": 1e-3, "lambda2": 1e-2},
    }

    n_clusters: int = 5
    lambda1: float = 1e-7
    lambda2: float = 1e-7
    max_iter: int = 50
    threshold: str = "soft"
    jacobian: str = "exact"
    cluster_on: str = "labels"
    random_state: Any = 0
    tol: float = 1e-8

    def _fit(self, problem: Problem) -> None:
        X, D = problem.X, np.asfortranarray(problem.D)  # laid out as `predictions`
        seed = seed_of(self.random_state)
        clusters = cluster_rows(D if self.cluster_on == "labels" else X, self.n_clusters, seed)
        W = np.random.default_rng(seed).random((X.shape[1], D.shape[1]))
        X, W, restore = confine(X, W)
        state = State(W, np.zeros_like(D), np.zeros_like(D), RHO)
        weights = self.lambda1, self.lambda2
        objectives = [objective(W, state.Z, X, D, clusters, *weights)]
        converged = False
        while not converged and len(objectives) <= self.max_iter:
            state = advance(state, X, D, clusters, *weights, self.threshold, self.jacobian, restore)
            objectives.append(objective(state.W, state.Z, X, D, clusters, *weights))
            converged = objectives[-2] - objectives[-1] < self.tol
        self.coef_, self.objectives_ = restore(state.W), np.array(objectives)
        final = objective(state.W, predictions(X, state.W)[0], X, D, clusters, *weights)
        self._conclude(len(objectives) - 1, final, converged, "max_iter reached; raise max_iter or tol")
