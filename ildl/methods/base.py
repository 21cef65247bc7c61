"""What every method is: a scikit-learn estimator that maps features to label distributions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from ildl.checks import Array, InputError, Problem, check_features, check_number, check_option, check_problem
from ildl.metrics import kl_divergence
from ildl.training.threads import one_thread

Constraint = Callable[[Any, str], Any]


def one_of(*allowed: Any) -> Constraint:
    """Constraint: the value is one of `allowed`.

    Parameters
    ----------
    *allowed : object

    Returns
    -------
    callable of (value, name)
    """
    return lambda value, name: check_option(value, allowed, name)


def within(low: float, high: float = np.inf, *, integer: bool = False, open_low: bool = False) -> Constraint:
    """Constraint: the value is a number in [low, high].

    Parameters
    ----------
    low, high : float
    integer : bool
        Whole numbers only.
    open_low : bool
        Exclude `low`.

    Returns
    -------
    callable of (value, name)
    """
    return lambda value, name: check_number(value, name, low, high, integer=integer, open_low=open_low)


class LDLEstimator(BaseEstimator):
    """Base of all methods.

    A subclass is a dataclass of keyword-only hyper-parameters, which its `__init__` only assigns, with `constraints`,
    `_fit` and `_predict`; where sources disagree on the method, `readings` names the other readings and the parameters
    that give them.

    Attributes
    ----------
    n_features_in_, n_labels_ : int
        Seen in `fit`.
    """

    constraints: ClassVar[dict[str, Constraint]] = {}
    readings: ClassVar[dict[str, dict[str, Any]]] = {}

    def fit(
        self, X: ArrayLike, D: ArrayLike, X_valid: ArrayLike | None = None, D_valid: ArrayLike | None = None
    ) -> Self:
        """Fit to instances and their label distributions, in one thread: fits in threads of a process take turns.

        Parameters
        ----------
        X : array-like, shape (n, q)
            Features; the benchmark scales them to [0, 1].
        D : array-like, shape (n, c)
            Label distributions: rows on the simplex.
        X_valid, D_valid : array-like, shape (v, q) and (v, c), optional
            Validation rows; what for is said by each method. Never trained on.

        Returns
        -------
        self

        Raises
        ------
        InputError
            Data or parameters that cannot be used.
        """
        self.check_parameters()
        problem = check_problem(X, D, X_valid, D_valid)
        with one_thread():
            self._fit(problem)
        self.n_features_in_, self.n_labels_ = problem.X.shape[1], problem.D.shape[1]
        return self

    def predict(self, X: ArrayLike) -> Array:
        """Predict label distributions.

        Parameters
        ----------
        X : array-like, shape (n, q)
            Features, scaled as in `fit`.

        Returns
        -------
        ndarray, shape (n, c), float64
            Rows on the simplex.

        Raises
        ------
        sklearn.exceptions.NotFittedError
            Before `fit`.
        InputError
            NaN, another width than in `fit`, or features so large that the prediction is not finite.
        """
        check_is_fitted(self, "n_features_in_")
        p = np.asarray(self._predict(check_features(X, self.n_features_in_)), dtype=np.float64)
        lost = np.flatnonzero(~np.isfinite(p).all(axis=1))
        if lost.size:
            raise InputError(
                f"The prediction for row {lost[0]} of X is not finite ({lost.size} such rows): its features lie far "
                "outside those of fit, or training diverged; scale X to [0, 1], or lower learning_rate."
            )
        return p / p.sum(axis=1, keepdims=True)

    def score(self, X: ArrayLike, D: ArrayLike) -> float:
        """Minus the mean Kullback-Leibler divergence, so that greater is better.

        Parameters
        ----------
        X : array-like, shape (n, q)
        D : array-like, shape (n, c)

        Returns
        -------
        float
            At most 0.

        Raises
        ------
        InputError
            As `predict`, or D is not made of label distributions.
        """
        return -kl_divergence(D, self.predict(X))

    def check_parameters(self) -> None:
        """Hold every parameter against the class's constraints.

        Raises
        ------
        InputError
            Names the parameter and what it may be.
        """
        for name, constraint in self.constraints.items():
            constraint(getattr(self, name), f"{name} of {type(self).__name__}")

    def _fit(self, problem: Problem) -> None:
        raise NotImplementedError

    def _predict(self, X: Array) -> Array:
        raise NotImplementedError


def seed_of(random_state: int | np.random.Generator | np.random.RandomState | None) -> int:
    """Return one integer seed; a generator is advanced by one draw, None draws fresh entropy.

    Parameters
    ----------
    random_state : int, Generator, RandomState or None

    Returns
    -------
    int

    Raises
    ------
    InputError
        Anything else.
    """
    if random_state is None:
        return int(np.random.SeedSequence().generate_state(1)[0])
    if isinstance(random_state, np.random.Generator):
        return int(random_state.integers(2**31))
    if isinstance(random_state, np.random.RandomState):
        return int(random_state.randint(2**31 - 1))
    if isinstance(random_state, int | np.integer) and not isinstance(random_state, bool) and random_state >= 0:
        return int(random_state)
    raise InputError(f"random_state must be a whole number from 0, a NumPy generator or None, not {random_state!r}.")
