"""SA-BFGS: maximum-entropy model fitted by a quasi-Newton method (Geng, "Label distribution learning", TKDE 2016)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from scipy.special import xlogy

from ildl.checks import Array, Problem
from ildl.methods.base import within
from ildl.methods.solvers.confine import confine
from ildl.methods.solvers.maxent import MaxEntEstimator, predictions
from ildl.methods.solvers.optimise import lbfgs


def objective(W: Array, X: Array, D: Array, entropy: float) -> tuple[float, Array]:
    """KL(D || softmax(XW)) summed over rows, and its gradient X^T (P - D).

    Parameters
    ----------
    W : ndarray, shape (q, c)
    X : ndarray, shape (n, q)
    D : ndarray, shape (n, c)
    entropy : float
        Of D, summed over rows: what the cross-entropy exceeds by the divergence.

    Returns
    -------
    value : float
        At least 0.
    gradient : ndarray, shape (q, c)
    """
    P, log_P = predictions(X, W)
    return float(-entropy - (D * log_P).sum()), X.T @ (P - D)


@dataclass(kw_only=True, eq=False, repr=False)
class SABFGS(MaxEntEstimator):
    """Softmax regression without intercept or penalty, from the identity matrix, by L-BFGS.

    With fewer rows than features, as on the benchmark's folds, the infimum is not attained: the result is an iterate
    that was stopped, and the stopping rule is part of the method. Validation rows are not used, as in the benchmark.

    Parameters
    ----------
    tol : float
        Stop when the objective, a sum over rows, falls by less between iterations (the benchmark's 1e-5).
    max_iter : int
        Iterations at most.
    history : int
        Pairs that L-BFGS remembers.

    Attributes
    ----------
    coef_ : ndarray, shape (q, c)
    n_iter_, objective_, converged_
        See `IterativeEstimator`.
    """

    constraints: ClassVar = {
        "tol": within(0),
        "max_iter": within(1, integer=True),
        "history": within(1, integer=True),
    }

    tol: float = 1e-5
    max_iter: int = 5000
    history: int = 10

    def _fit(self, problem: Problem) -> None:
        D = np.asfortranarray(problem.D)  # laid out as `predictions`
        X, start, restore = confine(problem.X, np.eye(problem.X.shape[1], D.shape[1]))
        entropy = -float(xlogy(D, D).sum())
        result = lbfgs(
            lambda W: objective(W, X, D, entropy),
            start,
            max_iter=self.max_iter,
            decrease=self.tol,
            history=self.history,
        )
        self.coef_ = restore(result.x)
        self._conclude(result.nit, result.fun, result.success, f"{result.message}; raise max_iter or tol")
