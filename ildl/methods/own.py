"""Methods of the user's own: any scikit-learn regressor as a method, and what an estimator's parameters are called."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from typing import Any

from sklearn.base import clone, is_classifier, is_clusterer
from sklearn.multioutput import MultiOutputRegressor

from ildl.checks import Array, InputError, Problem, check_matrix
from ildl.methods.base import LDLEstimator
from ildl.methods.solvers.simplex import project_to_simplex

NOT_HYPER = ("random_state", "device")
"""Parameters that the runner sets: they are no hyper-parameters."""
WANTED = (
    "a method derives from ildl.methods.LDLEstimator, or is a regressor of scikit-learn's kind (derived from "
    "RegressorMixin and BaseEstimator, with fit and predict)"
)


@dataclass(kw_only=True, eq=False, repr=False)
class Regressor(LDLEstimator):
    """A scikit-learn regressor, or a pipeline or search that ends in one, as a method. Validation rows are not used.

    It is fitted to all labels at once, or label by label where it takes one target only. What it predicts is put onto
    the simplex: the nearest label distribution, in Euclidean distance, takes its place.

    Parameters
    ----------
    regressor : estimator
        Unfitted; a clone of it is fitted.

    Attributes
    ----------
    regressor_ : estimator
    """

    regressor: Any

    def _fit(self, problem: Problem) -> None:
        one = clone(self.regressor)
        try:
            self.regressor_ = one.fit(problem.X, problem.D)
        except ValueError as error:
            if "1d array" not in str(error):
                raise
            self.regressor_ = MultiOutputRegressor(clone(self.regressor)).fit(problem.X, problem.D)
        self.n_targets_ = problem.D.shape[1]

    def _predict(self, X: Array) -> Array:
        outputs = check_matrix(self.regressor_.predict(X), f"what {type(self.regressor).__name__} predicts")
        if outputs.shape != (len(X), self.n_targets_):
            raise InputError(
                f"{type(self.regressor).__name__} predicts a matrix of shape {outputs.shape} for {len(X)} rows and "
                f"{self.n_targets_} labels; it must give one value a label."
            )
        return project_to_simplex(outputs)


def as_method(thing: Any) -> LDLEstimator:
    """Return an unfitted estimator of a class or of an instance, wrapped where it is a regressor.

    Parameters
    ----------
    thing : type or estimator
        A class, or an instance, of `LDLEstimator` or of scikit-learn's estimators.

    Returns
    -------
    LDLEstimator
        A clone; its fitted state is left behind.

    Raises
    ------
    InputError
        It cannot be a method; says what would.
    """
    what = thing.__name__ if isinstance(thing, type) else type(thing).__name__
    lacking = [name for name in ("fit", "predict", "get_params", "set_params") if not hasattr(thing, name)]
    if lacking:
        raise InputError(f"{what} has no {lacking[0]}; {WANTED}.")
    try:
        made = thing() if isinstance(thing, type) else clone(thing)
    except TypeError as error:
        raise InputError(f"{what} cannot be made as it is: {error}. Pass an instance, {what}(...).") from error
    if is_classifier(made) or is_clusterer(made):
        raise InputError(f"{what} is a {'classifier' if is_classifier(made) else 'clusterer'}; {WANTED}.")
    if not isinstance(made, LDLEstimator):
        return Regressor(regressor=made)
    made.check_parameters()
    return made


def inner(estimator: LDLEstimator) -> Any:
    """Return the estimator whose parameters are the method's: the regressor, where one is wrapped.

    Parameters
    ----------
    estimator : LDLEstimator

    Returns
    -------
    estimator
    """
    return estimator.regressor if isinstance(estimator, Regressor) else estimator


def hyper_parameters(estimator: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the hyper-parameters of an estimator and of those nested in it, and what they are if nobody sets them.

    Parameters
    ----------
    estimator : estimator

    Returns
    -------
    values, defaults : dict
        Those without a default are not in the latter.
    """
    given = estimator.get_params(deep=True)
    values: dict[str, Any] = {}
    defaults: dict[str, Any] = {}
    for name, value in given.items():
        owner, _, last = name.rpartition("__")
        signature = inspect.signature(type(given.get(owner) if owner else estimator).__init__).parameters
        named_in_a_list = last not in signature and hasattr(value, "get_params")  # a step of a pipeline
        if name not in NOT_HYPER and last != "random_state" and not named_in_a_list:
            values[name] = value
            if last in signature and signature[last].default is not inspect.Parameter.empty:
                defaults[name] = signature[last].default
    return values, defaults
