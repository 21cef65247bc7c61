"""What iterative methods share: how they end, and SciPy's L-BFGS with the stopping rules of the benchmark."""

from __future__ import annotations

import warnings
from collections.abc import Callable

import numpy as np
from scipy.optimize import OptimizeResult, minimize
from sklearn.exceptions import ConvergenceWarning

from ildl.checks import Array
from ildl.methods.base import LDLEstimator

REMEDY = "scale the features to [0, 1], or lower the weights of the loss"
"""Where an objective is not finite."""


class IterativeEstimator(LDLEstimator):
    """A method that iterates to a tolerance, and says how that ended.

    Attributes
    ----------
    n_iter_ : int
        Iterations, of the outer loop where there are two.
    objective_ : float
        The method's objective at the end, on the training rows.
    converged_ : bool
        Whether its own stopping rule was met before the cap on iterations.
    """

    def _conclude(self, n_iter: int, objective: float, converged: bool, why: str) -> None:
        """Set the attributes; warn where the tolerance was not reached, with the reason and what to change."""
        self.n_iter_, self.objective_, self.converged_ = int(n_iter), float(objective), bool(converged)
        if not converged:
            warnings.warn(
                f"{type(self).__name__} stopped before its tolerance after {n_iter} iterations: {why}.",
                ConvergenceWarning,
                stacklevel=4,
            )


def lbfgs(
    objective: Callable[[Array], tuple[float, Array]],
    start: Array,
    *,
    max_iter: int,
    gtol: float = 0.0,
    decrease: float = 0.0,
    history: int = 10,
    restore: Callable[[Array], Array] = np.asarray,
) -> OptimizeResult:
    """Minimise a smooth function of a matrix.

    Parameters
    ----------
    objective : callable
        W -> (value, gradient of W's shape).
    start : ndarray
        First W.
    max_iter : int
        Iterations at most.
    gtol : float
        Stop when no entry of the gradient, restored, is larger.
    decrease : float
        Stop when the value falls by less between iterations: absolute, where SciPy's own rule is relative.
    history : int
        Pairs that L-BFGS remembers.
    restore : callable
        Where W is confined (see `confine`), which L-BFGS does not feel, its way back.

    Returns
    -------
    scipy.optimize.OptimizeResult
        `x` (of start's shape), `fun`, `nit`, `success` (a tolerance was reached) and `message`.

    Raises
    ------
    FloatingPointError
        The objective became NaN or infinite.
    """
    previous, (value, slope) = np.inf, objective(start)
    largest_square = gtol**2 * restore(start).size

    def is_level() -> bool:
        """Whether the last gradient is within gtol; its norm, which `restore` keeps, mostly tells that it is not."""
        return bool(np.vdot(slope, slope) <= largest_square and np.abs(restore(slope)).max(initial=0) <= gtol)

    if is_level():
        return OptimizeResult(x=start, fun=value, nit=0, success=True, message="gradient within gtol")

    def flat_objective(w: Array) -> tuple[float, Array]:
        nonlocal slope
        value, slope = objective(w.reshape(start.shape))
        if not np.isfinite(value):
            raise FloatingPointError(f"The objective became {value}; {REMEDY}.")
        return value, slope.ravel()

    def stop_early(intermediate_result: OptimizeResult) -> None:
        nonlocal previous
        fell, previous = previous - intermediate_result.fun, intermediate_result.fun
        if fell < decrease or is_level():
            raise StopIteration

    options = {"maxiter": max_iter, "maxfun": 20 * max_iter, "ftol": 0.0, "gtol": 0.0, "maxcor": history}
    result = minimize(flat_objective, start.ravel(), jac=True, method="L-BFGS-B", options=options, callback=stop_early)
    stopped_early = result.status == 99  # SciPy's code for a callback that raised StopIteration
    result.success = bool(result.success or stopped_early)
    result.message = "decrease or gradient below tolerance" if stopped_early else result.message
    result.x = result.x.reshape(start.shape)
    return result
