"""Regressors as methods: what they predict is the nearest label distribution to their outputs."""

import numpy as np
import pytest
from sklearn.base import BaseEstimator, RegressorMixin, clone
from sklearn.ensemble import RandomForestRegressor
from sklearn.linear_model import Ridge
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler
from sklearn.svm import SVC, SVR

from ildl.checks import InputError
from ildl.data import make_artificial
from ildl.methods import METHODS, Regressor, make_method
from ildl.methods.own import as_method, hyper_parameters

DS = make_artificial(n=80, q=5, c=4, seed=3)


class Constant(RegressorMixin, BaseEstimator):
    """Predicts a constant row, whatever is asked."""

    def __init__(self, row=(3.0, -1.0, 0.0, 0.0)):
        self.row = row

    def fit(self, X, y):
        self.n_features_in_ = X.shape[1]
        return self

    def predict(self, X):
        return np.tile(self.row, (len(X), 1))


def test_outputs_on_the_simplex_stay_and_others_become_the_nearest():
    fit = lambda row: Regressor(regressor=Constant(row)).fit(DS.features, DS.labels)  # noqa: E731
    np.testing.assert_allclose(fit((0.1, 0.2, 0.3, 0.4)).predict(DS.features)[0], [0.1, 0.2, 0.3, 0.4], atol=1e-15)
    np.testing.assert_allclose(fit((3.0, -1.0, 0.0, 0.0)).predict(DS.features)[0], [1, 0, 0, 0], atol=1e-15)
    np.testing.assert_allclose(fit((0.5, 0.5, 0.5, 0.5)).predict(DS.features)[0], [0.25] * 4, atol=1e-15)


@pytest.mark.parametrize("regressor", [Ridge(), SVR()], ids=lambda it: type(it).__name__)
def test_validation_rows_are_not_trained_on(regressor):
    """The other half of the rows, with labels turned round, changes no digit."""
    X, D, X_valid, D_valid = DS.features[:40], DS.labels[:40], DS.features[40:], DS.labels[40:, ::-1]
    alone, beside = Regressor(regressor=regressor).fit(X, D), Regressor(regressor=regressor).fit(X, D, X_valid, D_valid)
    np.testing.assert_array_equal(beside.predict(X_valid), alone.predict(X_valid))


def test_a_regressor_of_one_target_is_fitted_label_by_label():
    both = Regressor(regressor=SVR()).fit(DS.features, DS.labels)
    for j, one in enumerate(both.regressor_.estimators_):
        alone = SVR().fit(DS.features, DS.labels[:, j]).predict(DS.features)
        np.testing.assert_allclose(one.predict(DS.features), alone, rtol=1e-9)


@pytest.mark.parametrize(
    "regressor",
    [Ridge(), SVR(), RandomForestRegressor(5), make_pipeline(MinMaxScaler(), SVR()),
     GridSearchCV(Ridge(), {"alpha": [0.1, 1]}, cv=3)],
    ids=lambda it: type(it).__name__,
)  # fmt: skip
def test_what_it_predicts_are_label_distributions_and_the_given_one_stays_unfitted(regressor):
    before = set(vars(regressor))
    p = as_method(regressor).fit(DS.features, DS.labels).predict(DS.features)
    assert p.shape == DS.labels.shape
    assert (p >= 0).all()
    np.testing.assert_allclose(p.sum(axis=1), 1)
    assert set(vars(regressor)) == before


def test_a_method_of_the_package_is_taken_as_it_is():
    assert type(as_method(METHODS["RDA"])) is METHODS["RDA"]
    given = make_method("DILDL", alpha=0.2)
    taken = as_method(given)
    assert taken is not given
    assert taken.get_params() == given.get_params()


@pytest.mark.parametrize(
    ("thing", "message"),
    [
        (object, "object has no fit; a method derives from"),
        (3, "int has no fit"),
        (SVC, "SVC is a classifier"),
        (GridSearchCV, r"Pass an instance, GridSearchCV\(...\)"),
    ],
)
def test_what_cannot_be_a_method(thing, message):
    with pytest.raises(InputError, match=message):
        as_method(thing)


@pytest.mark.parametrize(("row", "message"), [((1.0, 2.0), "shape"), ((np.nan, 0, 0, 1), "not a finite number")])
def test_outputs_that_cannot_be_used_are_told(row, message):
    fitted = Regressor(regressor=Constant(row)).fit(DS.features, DS.labels)
    with pytest.raises(InputError, match=f"Constant predicts.*{message}"):
        fitted.predict(DS.features)


def test_other_errors_of_a_regressor_are_its_own():
    with pytest.raises(ValueError, match="alpha"):
        Regressor(regressor=Ridge(alpha=-1)).fit(DS.features, DS.labels)


def test_seeds_are_no_hyper_parameters_nested_or_not():
    values, defaults = hyper_parameters(make_pipeline(MinMaxScaler(), RandomForestRegressor(7)))
    assert values["randomforestregressor__n_estimators"] == 7
    assert defaults["randomforestregressor__n_estimators"] == 100
    assert not any("random_state" in name for name in values)
    assert "device" not in hyper_parameters(make_method("DILDL"))[0]


def test_it_clones():
    one = Regressor(regressor=SVR(C=3))
    assert clone(one).get_params()["regressor__C"] == 3
