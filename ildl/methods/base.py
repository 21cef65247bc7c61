"""What every method is: a scikit-learn estimator that maps features to label distributions."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator
from sklearn.utils import RegressorTags, Tags
from sklearn.utils.metadata_routing import UNUSED
from sklearn.utils.validation import check_is_fitted, validate_data

from ildl.checks import (
    Array,
    InputError,
    Problem,
    check_features,
    check_number,
    check_option,
    check_problem,
    check_row_order,
)
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
    feature_names_in_ : ndarray of str
        Columns of X, where `fit` saw a frame that names them.
    columns_in_ : dict of str to list
        Columns of X and of D, text or not, where `fit` saw frames; else empty.
    """

    # D is the target, whatever it is called: it is not routed as metadata are
    __metadata_request__fit: ClassVar = {"D": UNUSED}
    __metadata_request__score: ClassVar = {"D": UNUSED}
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
        ValueError
            X_valid is a frame with other columns than X, or in another order.
        FloatingPointError, RuntimeError
            An objective, or what a network learns, is not finite; says what to scale or to lower.

        Warns
        -----
        UserWarning
            Validation rows lie far outside the training rows, as where X alone was scaled.
        """
        self.check_parameters()
        problem = check_problem(X, D, X_valid, D_valid)
        columns = {"X": _columns(X, "X"), "D": _columns(D, "D")}
        self.__dict__.pop("n_labels_", None)  # a fit that fails from here on leaves nothing of an earlier one
        validate_data(self, X, skip_check_array=True)
        self.columns_in_ = columns
        if X_valid is not None:
            validate_data(self, X_valid, reset=False, skip_check_array=True)
            self._check_columns(X_valid, "X", "X_valid")
            self._check_columns(D_valid, "D", "D_valid")
            self._warn_of_far_rows(problem)
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
            NaN, or features so large that the prediction is not finite.
        ValueError
            Another number of features than in `fit`, or a frame with other columns or another order.
        """
        check_is_fitted(self)
        rows = check_features(X)
        validate_data(self, X, reset=False, skip_check_array=True)
        self._check_columns(X, "X", "X")
        p = np.asarray(self._predict(rows), dtype=np.float64)
        lost = np.flatnonzero(~np.isfinite(p).all(axis=1))
        if lost.size:
            raise InputError(
                f"The prediction for row {lost[0]} of X is not finite ({lost.size} such rows): its features lie far "
                "outside those of fit, or training diverged; scale X to [0, 1], or lower learning_rate or weight_decay."
            )
        return p / p.sum(axis=1, keepdims=True)

    def score(self, X: ArrayLike, D: ArrayLike, sample_weight: ArrayLike | None = None) -> float:
        """Minus the mean Kullback-Leibler divergence, so that greater is better.

        Parameters
        ----------
        X : array-like, shape (n, q)
        D : array-like, shape (n, c)
        sample_weight : array-like, shape (n,), optional
            Weights of the rows in the mean; equal by default.

        Returns
        -------
        float
            At most 0.

        Raises
        ------
        InputError
            As `predict`, or D is not made of label distributions, or is a frame with other columns than in `fit`.
        """
        check_row_order(X, D)
        p = self.predict(X)
        self._check_columns(D, "D", "D")
        return -kl_divergence(D, p, sample_weight=sample_weight)

    @property
    def label_names_in_(self) -> list[str]:
        """Columns of D, where `fit` saw a frame that names them; else empty."""
        columns = self.columns_in_["D"]
        return columns if _is_text(columns) else []

    def check_parameters(self) -> None:
        """Hold every parameter against the class's constraints.

        Raises
        ------
        InputError
            Names the parameter and what it may be.
        """
        for name, constraint in self.constraints.items():
            constraint(getattr(self, name), f"{name} of {type(self).__name__}")

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.estimator_type, tags.regressor_tags = "regressor", RegressorTags()
        tags.target_tags.required = tags.target_tags.multi_output = True
        tags.target_tags.single_output, tags.input_tags.sparse = False, True
        return tags

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "n_labels_")

    def _check_columns(self, table: Any, of: str, name: str) -> None:
        """Complain of other names than in `fit`, and of the same in another order, also where they are numbers."""
        seen, given = getattr(self, "columns_in_", {}).get(of, []), _columns(table, name)
        if seen and given and seen != given and (_is_text(seen + given) or set(seen) == set(given)):
            listed = [", ".join(map(str, c[:10])) + (", ..." if len(c) > 10 else "") for c in (given, seen)]
            what = "labels" if of == "D" else "columns"
            raise InputError(f"{name} has the {what} {listed[0]}; {of} of fit had, in this order, {listed[1]}.")

    def _warn_of_far_rows(self, problem: Problem) -> None:
        """Warn where a validation row is beyond a column's range by more than twice the widest range of any column."""
        low, high = problem.X.min(axis=0), problem.X.max(axis=0)
        beyond = np.maximum(low - problem.X_valid, problem.X_valid - high)
        far = beyond > 2 * (high - low).max()
        if (high > low).any() and far.any():
            row, j = np.unravel_index(beyond.argmax(), beyond.shape)
            column = getattr(self, "feature_names_in_", range(len(low)))[j]
            others = f" (and {n - 1} more)" if (n := int(far.any(axis=0).sum())) > 1 else ""
            warnings.warn(
                f"X_valid, row {row}, column {column!r}{others}: {problem.X_valid[row, j]:.6g} lies far outside the "
                f"training range, {low[j]:.6g} to {high[j]:.6g}; scale X_valid as X.",
                stacklevel=3,
            )

    def _fit(self, problem: Problem) -> None:
        raise NotImplementedError

    def _predict(self, X: Array) -> Array:
        raise NotImplementedError


def _columns(table: Any, name: str) -> list[Any]:
    """A frame's columns, which must differ; of anything else none."""
    columns = list(getattr(table, "columns", []))
    if len(set(columns)) < len(columns):
        twice = max(columns, key=columns.count)
        raise InputError(f"{name} has several columns {twice!r}; give each a name of its own.")
    return columns


def _is_text(columns: list[Any]) -> bool:
    return all(isinstance(column, str) for column in columns)


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
