"""LDL-LDM (Wang and Geng, "Label distribution learning by exploiting label distribution manifold", TNNLS 2023)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import solve
from scipy.special import softmax

from ildl.checks import Array, Problem
from ildl.methods.base import one_of, seed_of, within
from ildl.methods.solvers.clusters import cluster_rows
from ildl.methods.solvers.confine import confine
from ildl.methods.solvers.maxent import predictions, softmax_pullback
from ildl.methods.solvers.optimise import IterativeEstimator, lbfgs

RIDGE = 1e-3  # of the trace, as in locally linear embedding, where the public code takes its weights from

Form = tuple[slice | NDArray[np.intp], Array]
"""Rows of a group, and the quadratic form (c, c) that each of their predictions enters."""


class Manifold(NamedTuple):
    """What one group of rows is asked for: weight * ||P[rows] @ residual||^2 is small."""

    rows: slice | NDArray[np.intp]
    residual: Array  # (c, c): I - barycentre weights
    weight: float


def barycentre_weights(Y: Array) -> Array:
    """Write each label's column as an affine combination of all others, as locally linear embedding does.

    For label j, with the rows of A the differences of the other columns to column j, the weights solve
    (A A^T + ridge) w = 1 and are divided by their sum. They may be negative or exceed 1. The matrix is positive
    definite, so that the sum is positive.

    Parameters
    ----------
    Y : ndarray, shape (r, c)
        Label distributions; c at least 2.

    Returns
    -------
    ndarray, shape (c, c)
        Column j combines the columns of Y to its column j: Y is close to Y @ weights. The diagonal is 0, columns sum
        to 1.
    """
    c = Y.shape[1]
    weights = np.zeros((c, c))
    for j in range(c):
        others = np.delete(np.arange(c), j)
        A = (Y[:, others] - Y[:, [j]]).T
        gram = A @ A.T
        ridge = RIDGE * (np.trace(gram) or 1.0)
        w = solve(gram + ridge * np.eye(c - 1), np.ones(c - 1), assume_a="pos")
        weights[others, j] = w / w.sum()
    return weights


def manifold(D: Array, rows: slice | NDArray[np.intp], weight: float) -> Manifold:
    """Learn the manifold of a group of rows from their label distributions.

    Parameters
    ----------
    D : ndarray, shape (n, c)
    rows : slice or ndarray of int
        The group.
    weight : float
        Of its term in the objective.

    Returns
    -------
    Manifold
    """
    return Manifold(rows, np.eye(D.shape[1]) - barycentre_weights(D[rows]), weight)


def quadratic_forms(manifolds: Sequence[Manifold]) -> list[Form]:
    """Write each group's term as a form: weight ||P[rows] residual||^2 is the sum of p A p^T over its rows p of P.

    Parameters
    ----------
    manifolds : sequence of Manifold

    Returns
    -------
    list of (slice or ndarray of int, ndarray)
        The group's rows, and A (c, c).
    """
    return [(m.rows, m.weight * m.residual @ m.residual.T) for m in manifolds]


def objective(W: Array, X: Array, D: Array, forms: Sequence[Form], lambda1: float) -> tuple[float, Array]:
    """-sum D log P + lambda1 / 2 ||W||^2 + sum over groups of weight ||P[rows] residual||^2, with P = softmax(XW).

    Parameters
    ----------
    W : ndarray, shape (q, c)
    X : ndarray, shape (n, q)
    D : ndarray, shape (n, c)
    forms : sequence of (rows, A)
        The groups' terms: see `quadratic_forms`.
    lambda1 : float

    Returns
    -------
    value : float
    gradient : ndarray, shape (q, c)
    """
    P, log_P = predictions(X, W)
    PA = np.zeros_like(P)
    for rows, A in forms:
        PA[rows] += P[rows] @ A
    value = lambda1 / 2 * np.vdot(W, W) - (D * log_P).sum() + (PA * P).sum()
    return float(value), X.T @ (P - D + softmax_pullback(P, 2 * PA)) + lambda1 * W


@dataclass(kw_only=True, eq=False, repr=False)
class LDLLDM(IterativeEstimator):
    """Softmax regression whose predictions keep to the affine relations between the training labels' columns.

    The relations are learned once from the labels: over all rows and within clusters of rows with similar labels. The
    start is the identity matrix and the minimiser L-BFGS. Validation rows are not used.

    `n_iter_` counts the iterations of L-BFGS; `objective_` is the sum over rows of cross-entropies plus penalties.
    The benchmark caps the iterations at 300: `converged_` says whether a tolerance was met within the cap, and a fit
    that ends at the cap, which then shapes the result, warns.

    Parameters
    ----------
    lambda1 : float
        Weight of half the squared norm of the coefficients, those of the intercept included.
    lambda2, lambda3 : float
        Weights of the relations over all rows and within clusters.
    n_clusters : int
        Clusters by k-means on the labels; with 1 there are no relations within clusters.
    intercept : bool
        Append a feature that is 1.
    max_iter : int
        Iterations at most.
    gtol : float
        Stop when no entry of the gradient is larger.
    random_state : int, Generator, RandomState or None
        Starts of k-means.

    Attributes
    ----------
    coef_ : ndarray, shape (q, c), or (q + 1, c) with the intercept last
    manifolds_ : list of Manifold
        The relations: of all rows, then of each cluster.
    n_iter_, objective_, converged_
        See `IterativeEstimator`.
    """

    constraints: ClassVar = {
        "lambda1": within(0),
        "lambda2": within(0),
        "lambda3": within(0),
        "n_clusters": within(1, integer=True),
        "intercept": one_of(True, False),
        "max_iter": within(1, integer=True),
        "gtol": within(0),
    }
    readings: ClassVar = {
        "600 iterations": {"max_iter": 600},  # the authors' solver by default; their experiments pass 300
    }

    lambda1: float = 1e-3
    lambda2: float = 1.0
    lambda3: float = 1.0
    n_clusters: int = 10
    intercept: bool = True
    max_iter: int = 300
    gtol: float = 1e-6
    random_state: int | np.random.Generator | np.random.RandomState | None = 0

    def _fit(self, problem: Problem) -> None:
        X, D = self._design(problem.X), np.asfortranarray(problem.D)  # laid out as `predictions`
        clusters = cluster_rows(D, self.n_clusters, seed_of(self.random_state)) if self.n_clusters > 1 else []
        self.manifolds_ = [manifold(D, slice(None), self.lambda2)]
        self.manifolds_ += [manifold(D, rows, self.lambda3) for rows in clusters]
        X, start, restore = confine(X, np.eye(X.shape[1], D.shape[1]))
        terms = X, D, quadratic_forms(self.manifolds_), self.lambda1
        result = lbfgs(lambda W: objective(W, *terms), start, max_iter=self.max_iter, gtol=self.gtol, restore=restore)
        self.coef_ = restore(result.x)
        self._conclude(result.nit, result.fun, result.success, f"{result.message}; raise max_iter or gtol")

    def _design(self, X: Array) -> Array:
        return np.column_stack([X, np.ones(len(X))]) if self.intercept else X

    def _predict(self, X: Array) -> Array:
        return softmax(self._design(X) @ self.coef_, axis=1)
