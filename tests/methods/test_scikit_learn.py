"""Methods in scikit-learn's hands: its own checks, its pipelines and searches, names of columns, validation rows."""

from __future__ import annotations

import warnings

import joblib
import numpy as np
import pandas as pd
import pytest
import sklearn
from sklearn.base import clone, is_regressor
from sklearn.exceptions import NotFittedError
from sklearn.inspection import partial_dependence
from sklearn.model_selection import GridSearchCV, KFold, cross_val_score
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import MinMaxScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

from ildl.checks import InputError, Problem
from ildl.methods import METHODS, make_method
from ildl.methods.ofr import OFRDB
from ildl.methods.references import TrainMean
from ildl.methods.sa_bfgs import SABFGS
from ildl.metrics import kl_divergence
from ildl.training import fit_ensemble
from tests.methods.test_contract import problem

SMALL = {"epochs": 6, "hidden": 8, "device": "cpu"}


def small(name="DILDL", **params):
    return make_method(name, **SMALL | params)


def framed():
    X, D = problem()
    return pd.DataFrame(X, columns=list("abcdef")), pd.DataFrame(D, columns=["joy", "fear", "rage", "awe"])


# Its own checks -------------------------------------------------------------------------------------------------------


class AnyTargets:
    """Makes label distributions of any targets, the softmax of them and 0, and gives as many columns back."""

    def fit(self, X, y, X_valid=None, D_valid=None):
        Y = np.asarray(y)
        if Y.dtype.kind in "iuf" and Y.ndim and np.isfinite(Y).all():
            self.flat_ = Y.ndim == 1
            Z = np.column_stack([Y, np.zeros(len(Y))])
            y = np.exp(Z - Z.max(1, keepdims=True))
            y /= y.sum(1, keepdims=True)
        return super().fit(X, y, X_valid, D_valid)

    def predict(self, X):
        p = super().predict(X)
        return p[:, 0] if self.flat_ else p[:, :-1]

    def score(self, X, y, sample_weight=None):
        return -float(np.square(self.predict(X) - y).mean())

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.regressor_tags.poor_score = tags.target_tags.single_output = True
        return tags


class Mean(AnyTargets, TrainMean):
    pass


class Regression(AnyTargets, SABFGS):
    pass


class Network(AnyTargets, OFRDB):
    pass


OWN_WORDS = {
    "check_complex_data": "says that such columns are no numbers",
    "check_dtype_object": "the same, of objects, as a ValueError",
    "check_estimators_empty_data_messages": "says that X has no columns",
    "check_estimators_nan_inf": "writes nan in small letters",
    "check_requires_y_none": "says that D is None",
}
"""Checks that ask for certain words -> what stands in their place."""


@pytest.mark.filterwarnings("ignore")
@parametrize_with_checks(
    [Mean(), Regression(max_iter=5), Network(epochs=2, hidden=4, device="cpu")],
    expected_failed_checks=lambda estimator: OWN_WORDS,
)
def test_scikit_learns_own_checks(estimator, check):
    check(estimator)


def test_targets_are_many():
    tags = sklearn.utils.get_tags(small())
    assert is_regressor(small())
    assert tags.target_tags.required
    assert tags.target_tags.multi_output
    assert tags.input_tags.sparse
    assert not tags.target_tags.single_output


def test_partial_dependence_has_a_curve_for_each_label():
    X, D = problem()
    curves = partial_dependence(small().fit(X, D), X, [0], grid_resolution=5)["average"]
    np.testing.assert_allclose(curves.sum(0), 1, atol=1e-9)


# Pipelines and searches -----------------------------------------------------------------------------------------------


def scaled(**params):
    return Pipeline([("scale", MinMaxScaler()), ("method", small(**params))])


@pytest.mark.parametrize("routing", [False, True])
def test_a_search_over_a_pipeline_scores_the_same_with_and_without_routing(routing):
    X, D = problem()
    X = 40 * X
    with sklearn.config_context(enable_metadata_routing=routing), warnings.catch_warnings():
        warnings.simplefilter("error")
        search = GridSearchCV(scaled(), {"method__alpha": [0.2, 0.6]}, cv=KFold(3), error_score="raise").fit(X, D)
    by_hand = []
    for alpha in (0.2, 0.6):
        folds = []
        for train, test in KFold(3).split(X):
            scaler = MinMaxScaler().fit(X[train])
            method = small(alpha=alpha).fit(scaler.transform(X[train]), D[train])
            folds.append(-kl_divergence(D[test], method.predict(scaler.transform(X[test]))))
        by_hand.append(np.mean(folds))
    np.testing.assert_allclose(search.cv_results_["mean_test_score"], by_hand, rtol=1e-12)


def test_only_validation_rows_and_weights_are_metadata():
    requests = small().get_metadata_routing()
    assert set(requests.fit.requests) == {"X_valid", "D_valid"}
    assert set(requests.score.requests) == {"sample_weight"}


def test_a_pipeline_scales_validation_rows_that_it_is_asked_to_transform():
    X, D = problem()
    rows = 40 * X[:30], D[:30]
    valid = {"X_valid": 40 * X[30:], "D_valid": D[30:]}
    with sklearn.config_context(enable_metadata_routing=True), warnings.catch_warnings():
        warnings.simplefilter("error")
        method = small().set_fit_request(X_valid=True, D_valid=True)
        pipeline = Pipeline([("scale", MinMaxScaler()), ("method", method)], transform_input=["X_valid"])
        fitted = pipeline.fit(*rows, **valid).named_steps["method"]
    scaler = MinMaxScaler().fit(rows[0])
    by_hand = small().fit(scaler.transform(rows[0]), D[:30], scaler.transform(valid["X_valid"]), D[30:])
    assert (fitted.best_epoch_, fitted.valid_kl_) == (by_hand.best_epoch_, by_hand.valid_kl_)
    np.testing.assert_array_equal(pipeline.predict(40 * X), by_hand.predict(scaler.transform(40 * X)))


def test_validation_rows_that_the_scaler_did_not_see_are_pointed_out():
    X, D = framed()
    valid = {"method__X_valid": 40 * X[30:], "method__D_valid": D[30:]}
    pipeline = scaled().set_output(transform="pandas")
    with pytest.warns(UserWarning, match=r"X_valid, row \d, column '[a-f]' \(and 5 more\): 3\d.* range, 0 to 1; scale"):
        pipeline.fit(40 * X[:30], D[:30], **valid)


@pytest.mark.parametrize("change", [lambda X: X, lambda X: 1.9 * X, lambda X: 0 * X], ids=["same", "near", "zeros"])
def test_validation_rows_nearby_pass_in_silence(change):
    X, D = problem()
    X = np.column_stack([X, np.r_[np.zeros(30), np.ones(10)]])  # a column that no training row has
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        small("OFR-DB").fit(X[:30], D[:30], change(X[30:]), D[30:])


def test_weights_of_rows_count_rows_several_times():
    X, D = problem()
    method, times = small().fit(X, D), np.arange(len(X)) % 3
    repeated = np.repeat(np.arange(len(X)), times)
    weighted = method.score(X, D, sample_weight=times)
    assert weighted == pytest.approx(method.score(X[repeated], D[repeated]), rel=1e-12)
    for bad in (times[1:], -times, 0 * times):
        with pytest.raises(InputError, match="sample_weight must be 40 numbers, one a row, none negative"):
            method.score(X, D, sample_weight=bad)


def test_a_generator_as_seed_is_copied_by_scikit_learns_tools_and_stays_where_it_was():
    X, D = problem()
    generator = np.random.default_rng(3)
    twice = [cross_val_score(small(random_state=generator), X, D, cv=3) for _ in range(2)]
    np.testing.assert_array_equal(*twice)
    assert generator.bit_generator.state == np.random.default_rng(3).bit_generator.state


@pytest.mark.parametrize("name", [name for name in METHODS if "random_state" in make_method(name).get_params()])
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_seeds_beyond_32_bits_are_seeds(name):
    X, D = problem()
    options = {key: value for key, value in SMALL.items() if key in make_method(name).get_params()}
    first, again = (make_method(name, random_state=2**40, **options).fit(X, D).predict(X) for _ in range(2))
    np.testing.assert_array_equal(first, again)


# Names ----------------------------------------------------------------------------------------------------------------


def test_columns_in_another_order_are_an_error():
    X, D = framed()
    method = small().fit(X, D)
    assert list(method.feature_names_in_) == list(X)
    assert method.label_names_in_ == list(D)
    turned = X[list("fedcba")]
    for call in (method.predict, lambda X: method.score(X, D), lambda X: small().fit(framed()[0], D, X, D)):
        with pytest.raises(ValueError, match="Feature names must be in the same order as they were in fit"):
            call(turned)
    with pytest.raises(ValueError, match="yet now missing:\n- a"):
        method.predict(X.drop(columns="a"))
    np.testing.assert_array_equal(method.predict(turned[list(X)]), method.predict(X))


def test_labels_in_another_order_are_an_error():
    X, D = framed()
    turned = D[["awe", "joy", "fear", "rage"]]
    message = "has the labels awe, joy, fear, rage; D of fit had, in this order, joy, fear, rage, awe"
    with pytest.raises(InputError, match=f"D_valid {message}"):
        small().fit(X, D, X, turned)
    with pytest.raises(InputError, match=f"D {message}"):
        small().fit(X, D).score(X, turned)


def test_columns_that_are_numbered_are_columns_too():
    X, D = (pd.DataFrame(frame.to_numpy()) for frame in framed())
    method, turned = small().fit(X, D), X[[5, 4, 3, 2, 1, 0]]
    for call in (method.predict, lambda X: small().fit(framed()[0].set_axis(range(6), axis=1), D, X, D)):
        with pytest.raises(InputError, match="has the columns 5, 4, .*; X of fit had, in this order, 0, 1"):
            call(turned)
    with pytest.raises(InputError, match="D has the labels 3, 2, 1, 0; D of fit had, in this order, 0, 1, 2, 3"):
        method.score(X, D[[3, 2, 1, 0]])
    np.testing.assert_array_equal(method.predict(X.set_axis(range(7, 13), axis=1)), method.predict(X))


def test_columns_of_one_name_are_an_error():
    X, D = framed()
    with pytest.raises(InputError, match="X has several columns 'a'"):
        small().fit(X.set_axis(list("aabcde"), axis=1), D)


def test_rows_in_another_order_are_an_error_in_score():
    X, D = framed()
    with pytest.raises(InputError, match="another order"):
        small().fit(X, D).score(X, D.iloc[::-1])


def test_a_refit_forgets_names():
    X, D = framed()
    method = small().fit(X, D).fit(X.to_numpy(), D.to_numpy())
    assert not hasattr(method, "feature_names_in_")
    assert method.label_names_in_ == []


def test_a_refit_that_fails_on_names_leaves_nothing_fitted():
    X, D = framed()
    method = small().fit(X, D)
    with pytest.raises(ValueError, match="same order"):
        method.fit(X[list("fedcba")], D, X, D)
    with pytest.raises(NotFittedError):
        method.predict(X)


# Validation rows set aside --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("fraction", [0.1, 0.25, 0.9])
def test_rows_set_aside_are_those_passed_by_hand(fraction):
    X, D = problem()
    method = small(validation_fraction=fraction, random_state=4)
    parts = method.hold_out(Problem(X, D, X[:0], D[:0]), 4)
    assert len(parts.X_valid) == len(parts.D_valid) == np.ceil(fraction * 40)
    together = np.vstack([np.hstack(parts[:2]), np.hstack(parts[2:])])
    assert sorted(map(tuple, together)) == sorted(map(tuple, np.hstack([X, D])))
    own, given = method.fit(X, D), small(random_state=4).fit(*parts)
    assert (own.best_epoch_, own.valid_kl_) == (given.best_epoch_, given.valid_kl_)
    np.testing.assert_array_equal(own.predict(X), given.predict(X))
    companion, _ = fit_ensemble([clone(method), small(random_state=5)], [(X, D), (X, D)])
    np.testing.assert_allclose(companion.predict(X), own.predict(X), rtol=0, atol=1e-5)


def test_another_seed_sets_other_rows_aside():
    X, D = problem()
    first, second = (small(validation_fraction=0.5).hold_out(Problem(X, D, X[:0], D[:0]), seed) for seed in (0, 1))
    assert not np.array_equal(first.X_valid, second.X_valid)


def test_rows_that_are_passed_come_before_rows_set_aside():
    X, D = problem()
    with_both, given = (small(validation_fraction=part).fit(X, D, X[:9], D[:9]) for part in (0.3, None))
    np.testing.assert_array_equal(with_both.predict(X), given.predict(X))


def test_a_fraction_that_leaves_nothing_is_an_error():
    X, D = problem()
    with pytest.raises(InputError, match=r"validation_fraction=0.5 leaves none of 1 rows"):
        small(validation_fraction=0.5).fit(X[:1], D[:1])
    for bad in (0, 1.5, "half"):
        with pytest.raises(InputError, match="validation_fraction of DILDL must be"):
            small(validation_fraction=bad)


# What a single fit says -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("scale", "options", "cause"),
    [
        (1e6, {}, r"features reach [\d.]+e\+05 \(column '[a-f]'\), scale X to \[0, 1\]"),
        (1, {"learning_rate": 1e10}, r"learning_rate=1e\+10 is high, lower it"),
        (1e6, {"learning_rate": 1e10}, r"features reach .*, and learning_rate=1e\+10 is high"),
    ],
)
def test_divergence_names_its_cause_and_no_member(scale, options, cause):
    X, D = framed()
    with pytest.raises(RuntimeError, match=rf"^Training diverged: {cause}[^;]*\.$"):
        small(**{"epochs": 30, "hidden": 100} | options).fit(X * scale, D)


def test_what_cannot_be_a_network_is_an_error():
    X, D = problem()
    for options, message in (
        ({"hidden": 10**30}, "A layer of 6 x 10+ weights is too large"),
        ({"hidden": 10**9}, "A layer of 6 x 10+ weights is too large"),
        ({"hidden": 20_000}, "A layer of 20000 x 40000 weights is too large"),
        ({"device": []}, "device must be a text"),
        ({"batch_size": 10**30}, "batch_size of DILDL must be at least 1 and at most"),
    ):
        with pytest.raises(InputError, match=message):
            small().set_params(**options).fit(X, D)


# Saved ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", METHODS)
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_joblib_saves_what_was_fitted(name, tmp_path):
    X, D = framed()
    options = {key: value for key, value in SMALL.items() if key in make_method(name).get_params()}
    method = make_method(name, **options).fit(X, D)
    joblib.dump(method, tmp_path / "method.joblib", compress=3)
    loaded = joblib.load(tmp_path / "method.joblib")
    np.testing.assert_array_equal(loaded.predict(X), method.predict(X))
    assert loaded.label_names_in_ == list(D)
    with pytest.raises(ValueError, match="same order"):
        loaded.predict(X[list("fedcba")])
