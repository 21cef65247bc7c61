"""LDLSF: label-specific and common features in a linear model.

Source: Ren, Jia, Li, Chen, Li, "Label distribution learning with label-specific features", IJCAI 2019, and its public
code. An alternating direction method splits the weights W into W1, sparse, and W2, with few non-zero rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import numpy as np
from scipy.linalg import eigh, svd

from ildl.checks import Array, Problem
from ildl.methods.base import one_of, within
from ildl.methods.solvers.optimise import REMEDY, IterativeEstimator
from ildl.methods.solvers.proximal import shrink_groups, soft_threshold
from ildl.methods.solvers.simplex import clip_and_divide, project_to_simplex

LAPLACIANS = ("graph", "signless")
GROUPS = {"rows": 1, "columns": 0}
PREDICTIONS = {"clip": clip_and_divide, "simplex": project_to_simplex}


class State(NamedTuple):
    """Where the iteration stands.

    Parameters
    ----------
    W, W1, W2 : ndarray, shape (q, c)
        Weights, their sparse part and their part with few non-zero groups.
    split : ndarray, shape (q, c)
        Multipliers of W = W1 + W2.
    sums : ndarray, shape (n,)
        Multipliers of the constraint that outputs sum to 1.
    """

    W: Array
    W1: Array
    W2: Array
    split: Array
    sums: Array


def laplacian(D: Array, kind: str = "graph") -> Array:
    """Laplacian of the graph whose edges are the Pearson correlations of the labels.

    Parameters
    ----------
    D : ndarray, shape (n, c)
        Label distributions; a label of constant degree is correlated with none.
    kind : {"graph", "signless"}
        Whether differences or sums of correlated labels' outputs are penalised; the latter is the authors' code.

    Returns
    -------
    ndarray, shape (c, c)
        diag(R 1) - R; or off the diagonal +R, on it the sums of the other correlations.
    """
    centred = D - D.mean(axis=0)
    norms = np.linalg.norm(centred, axis=0)
    constant = norms <= 1e-12 * np.sqrt(len(D))
    unit = centred / np.where(constant, np.inf, norms)
    R = unit.T @ unit
    np.fill_diagonal(R, 1)
    degrees = np.diag(R.sum(axis=1))
    return degrees - R if kind == "graph" else degrees + R - 2 * np.diag(np.diag(R))


def objective(
    W1: Array, W2: Array, X: Array, D: Array, L: Array, lambdas: tuple[float, float, float], groups: str = "rows"
) -> float:
    """||XW - D||^2 / 2 + l1 |W1|_1 + l2 (norms of W2's groups) + l3 tr(X W L W^T X^T), with W = W1 + W2.

    Parameters
    ----------
    W1, W2 : ndarray, shape (q, c)
    X : ndarray, shape (n, q)
    D : ndarray, shape (n, c)
    L : ndarray, shape (c, c)
    lambdas : tuple of three floats
    groups : {"rows", "columns"}

    Returns
    -------
    float
        May be negative: correlations of degrees are mostly negative, and so is the last term.
    """
    P = X @ (W1 + W2)
    sparse, common = np.abs(W1).sum(), np.linalg.norm(W2, axis=GROUPS[groups]).sum()
    return float(
        np.square(P - D).sum() / 2 + lambdas[0] * sparse + lambdas[1] * common + lambdas[2] * np.sum((P @ L) * P)
    )


def lagrangian(W: Array, state: State, X: Array, D: Array, L: Array, lambda3: float, rho: float) -> float:
    """Augmented Lagrangian as far as it depends on W.

    Parameters
    ----------
    W : ndarray, shape (q, c)
    state : State
        Everything but W is taken from it.
    X, D, L
        As for `objective`.
    lambda3, rho : float

    Returns
    -------
    float
    """
    P, gap = X @ W, W - state.W1 - state.W2
    excess = P.sum(axis=1) - 1
    return float(
        np.square(P - D).sum() / 2
        + lambda3 * np.sum((P @ L) * P)
        + np.sum(state.split * gap)
        + rho / 2 * np.square(gap).sum()
        + state.sums @ excess
        + rho / 2 * excess @ excess
    )


def gradient(W: Array, state: State, X: Array, D: Array, L: Array, lambda3: float, rho: float) -> Array:
    """Gradient of `lagrangian` with respect to W.

    Parameters
    ----------
    W, state, X, D, L, lambda3, rho
        As for `lagrangian`.

    Returns
    -------
    ndarray, shape (q, c)
    """
    P = X @ W
    pull = state.sums + rho * (P.sum(axis=1) - 1)
    return X.T @ (P - D + lambda3 * P @ (L + L.T) + pull[:, None]) + state.split + rho * (W - state.W1 - state.W2)


class ExactStep:
    """Minimiser of `lagrangian` in closed form, its decompositions done once.

    The gradient vanishes where X^T X W M + rho W = B with M = I + lambda3 (L + L^T) + rho 1 1^T. In the eigenvectors
    of X^T X and M the equation is one division for each entry; outside the row space of X it is W = B / rho.

    Parameters
    ----------
    X : ndarray, shape (n, q)
    D : ndarray, shape (n, c)
    L : ndarray, shape (c, c)
    lambda3, rho : float

    Raises
    ------
    FloatingPointError
        lambda3 is so large that the objective has no minimum.
    """

    def __init__(self, X: Array, D: Array, L: Array, lambda3: float, rho: float) -> None:
        self.X, self.D, self.rho = X, D, rho
        _, sigma, Vt = svd(X, full_matrices=False)
        kept = sigma > 1e-12 * sigma.max(initial=0)
        self.V = Vt[kept].T
        beta, self.Q = eigh(np.eye(len(L)) + lambda3 * (L + L.T) + rho)
        self.scale = np.outer(sigma[kept] ** 2, beta) + rho
        if self.scale.min(initial=rho) <= 0:
            raise FloatingPointError("The objective has no minimum: lambda3 is too large for these labels; lower it.")

    def __call__(self, state: State) -> Array:
        """Return W, shape (q, c)."""
        B = self.X.T @ (self.D - state.sums[:, None] + self.rho) - state.split + self.rho * (state.W1 + state.W2)
        inside = self.V.T @ B
        return self.V @ ((inside @ self.Q / self.scale) @ self.Q.T) + (B - self.V @ inside) / self.rho


def advance(state: State, step: ExactStep, lambda1: float, lambda2: float, groups: str = "rows") -> State:
    """Do one iteration: W, W1, W2, then the multipliers.

    Parameters
    ----------
    state : State
    step : ExactStep
    lambda1, lambda2 : float
    groups : {"rows", "columns"}
        What has few members in W2: features, or labels.

    Returns
    -------
    State
    """
    rho = step.rho
    W = step(state)
    W1 = soft_threshold(W - state.W2 + state.split / rho, lambda1 / rho)
    W2 = shrink_groups(W - W1 + state.split / rho, lambda2 / rho, GROUPS[groups])
    split = state.split + rho * (W - W1 - W2)
    return State(W, W1, W2, split, state.sums + rho * ((step.X @ W).sum(axis=1) - 1))


@dataclass(kw_only=True, eq=False, repr=False)
class LDLSF(IterativeEstimator):
    """Linear regression whose weights are sparse by label plus sparse by feature, with outputs that sum to 1.

    Predictions are clipped outputs and hence have exact zeros. Validation rows are not used.

    Parameters
    ----------
    lambda1, lambda2, lambda3 : float
        Weights of the label-specific part, the common part, and the correlations of labels.
    rho : float
        Penalty of the constraints.
    max_iter : int
        Iterations at most.
    abs_tol, rel_tol : float
        Of the two residuals, as in the authors' code; the sum constraint is not part of the test.
    laplacian : {"graph", "signless"}
        See `laplacian`.
    groups : {"rows", "columns"}
        Groups of the common part.
    prediction : {"clip", "simplex"}
        How outputs become distributions: clipped and divided, or projected.

    Attributes
    ----------
    coef_ : ndarray, shape (q, c)
        W, which predicts.
    specific_, common_ : ndarray, shape (q, c)
        Its parts W1 and W2.
    residuals_ : ndarray, shape (n_iter_, 3)
        Norms of W - W1 - W2, of the last change of the parts times rho, and of the row sums' excess.
    n_iter_, objective_, converged_
        See `IterativeEstimator`.
    """

    constraints: ClassVar = {
        "lambda1": within(0),
        "lambda2": within(0),
        "lambda3": within(0),
        "rho": within(0, open_low=True),
        "max_iter": within(1, integer=True),
        "abs_tol": within(0),
        "rel_tol": within(0),
        "laplacian": one_of(*LAPLACIANS),
        "groups": one_of(*GROUPS),
        "prediction": one_of(*PREDICTIONS),
    }
    readings: ClassVar = {
        "signless Laplacian (the authors' code)": {"laplacian": "signless"},
        "groups by label": {"groups": "columns"},
        "projection onto the simplex": {"prediction": "simplex"},
    }

    lambda1: float = 1e-4
    lambda2: float = 1e-2
    lambda3: float = 1e-3
    rho: float = 1e-3
    max_iter: int = 100
    abs_tol: float = 1e-4
    rel_tol: float = 1e-2
    laplacian: str = "graph"
    groups: str = "rows"
    prediction: str = "clip"

    def _fit(self, problem: Problem) -> None:
        X, D = problem.X, problem.D
        L = laplacian(D, self.laplacian)
        step = ExactStep(X, D, L, self.lambda3, self.rho)
        start = np.eye(X.shape[1], D.shape[1])
        state = State(start, start / 2, start / 2, np.zeros_like(start), np.zeros(len(X)))
        residuals: list[tuple[float, float, float]] = []
        met = False
        while len(residuals) < self.max_iter and not met:
            before, state = state, advance(state, step, self.lambda1, self.lambda2, self.groups)
            residuals.append(self._residuals(before, state, X))
            met = self._met(residuals[-1], state)
        self.coef_, self.specific_, self.common_ = state.W, state.W1, state.W2
        self.residuals_ = np.array(residuals)
        value = objective(state.W1, state.W2, X, D, L, (self.lambda1, self.lambda2, self.lambda3), self.groups)
        if not np.isfinite(value):
            raise FloatingPointError(f"The objective became {value}; {REMEDY}.")
        self._conclude(len(residuals), value, met, "a residual is above its tolerance; raise max_iter or rel_tol")

    def _residuals(self, before: State, state: State, X: Array) -> tuple[float, float, float]:
        moved = max(np.linalg.norm(state.W1 - before.W1), np.linalg.norm(state.W2 - before.W2))
        gap = np.linalg.norm(state.W - state.W1 - state.W2)
        return float(gap), float(self.rho * moved), float(np.linalg.norm((X @ state.W).sum(axis=1) - 1))

    def _met(self, residuals: tuple[float, float, float], state: State) -> bool:
        n, q = len(state.sums), len(state.W)
        size = max(np.linalg.norm(state.W), np.linalg.norm(state.W1 + state.W2))
        force = max(np.linalg.norm(state.split), np.linalg.norm(state.sums))
        primal = self.abs_tol * np.sqrt(n) + self.rel_tol * size
        dual = self.abs_tol * np.sqrt(q) + self.rel_tol * force
        return bool(residuals[0] <= primal and residuals[1] <= dual)

    def _predict(self, X: Array) -> Array:
        return PREDICTIONS[self.prediction](X @ self.coef_)
