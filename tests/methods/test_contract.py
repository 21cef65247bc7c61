"""What every method must do, one test for all names of the registry; exceptions are listed with a reason."""

from __future__ import annotations

import inspect
import pickle
import warnings

import numpy as np
import pandas as pd
import pytest
from scipy.special import rel_entr
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning, NotFittedError
from sklearn.model_selection import KFold, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler

from ildl.checks import InputError
from ildl.methods import METHODS, make_method
from ildl.metrics import kl_divergence

CHEAP = {"epochs": 5, "hidden": 16, "device": "cpu"}
EXCEPTIONS: dict[str, dict[str, str]] = {
    "test_on_noise_nothing_beats_the_training_mean_by_more_than_chance": {
        "LDLSF": "clipped outputs are exact zeros, from which the divergence is infinite",
    },
}
"""Name of a test -> method -> reason why it does not hold there."""

pytestmark = [
    pytest.mark.parametrize("name", list(METHODS)),
    pytest.mark.filterwarnings(f"ignore::{ConvergenceWarning.__module__}.{ConvergenceWarning.__name__}"),
]


@pytest.fixture(autouse=True)
def _exceptions(request, name):
    reason = EXCEPTIONS.get(request.node.originalname, {}).get(name)
    if reason:
        pytest.skip(reason)


def cheap(name, **params):
    """The method with few epochs, where it has epochs."""
    known = make_method(name).get_params()
    return make_method(name, **{key: value for key, value in CHEAP.items() if key in known} | params)


def problem(n=40, q=6, c=4, seed=0):
    """Features in [0, 1] and labels that depend on them, with zeros, a tie and a degree of 1."""
    rng = np.random.default_rng(seed)
    X = rng.random((n, q))
    D = np.exp(3 * X @ rng.standard_normal((q, c)))
    D /= D.sum(1, keepdims=True)
    special = np.eye(c)[0], np.full(c, 1 / c), np.r_[0.5, 0.5, np.zeros(c - 2)]
    D[: len(special)] = special[: len(D)]
    return X, D


def assert_distributions(p, shape):
    assert p.shape == shape
    assert p.dtype == np.float64
    assert np.isfinite(p).all()
    assert (p >= 0).all()
    np.testing.assert_allclose(p.sum(1), 1, rtol=0, atol=1e-6)


# A scikit-learn estimator ---------------------------------------------------------------------------------------------


def test_parameters_are_stored_untouched_and_cloned(name):
    estimator = cheap(name)
    params = estimator.get_params()
    for key, value in params.items():
        assert getattr(estimator, key) is value
    assert clone(estimator).get_params() == params
    assert estimator.set_params(**params) is estimator
    positional = [p for p in inspect.signature(type(estimator)).parameters.values() if p.kind is not p.KEYWORD_ONLY]
    assert positional == []


def test_fit_returns_self_and_leaves_parameters_alone(name):
    estimator = cheap(name)
    params = estimator.get_params()
    before = set(vars(estimator))
    assert estimator.fit(*problem()) is estimator
    assert estimator.get_params() == params
    learned = set(vars(estimator)) - before
    assert learned
    assert all(attribute.endswith("_") for attribute in learned)
    assert (estimator.n_features_in_, estimator.n_labels_, estimator.label_names_in_) == (6, 4, [])


def test_predict_takes_features_alone(name):
    """Test labels cannot reach a prediction."""
    assert list(inspect.signature(METHODS[name].predict).parameters) == ["self", "X"]


def test_score_is_minus_the_divergence(name):
    X, D = problem()
    estimator = cheap(name).fit(X, D)
    assert estimator.score(X, D) == pytest.approx(-kl_divergence(D, estimator.predict(X)), abs=1e-12)


def test_cross_validation_and_pipelines(name):
    X, D = problem()
    folds = KFold(2, shuffle=True, random_state=0)
    scores = cross_val_score(cheap(name), X, D, cv=folds, error_score="raise")
    assert scores.shape == (2,)
    assert (scores <= 0).all()
    pipeline = make_pipeline(MinMaxScaler(), cheap(name))
    piped = cross_val_score(pipeline, 100 * X, D, cv=folds, error_score="raise")
    assert np.isfinite(piped).all()


def test_pickles(name):
    X, D = problem()
    estimator = cheap(name).fit(X, D)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(estimator)).predict(X), estimator.predict(X))


# Predictions ----------------------------------------------------------------------------------------------------------


def test_predictions_are_distributions(name):
    X, D = problem()
    unseen = np.vstack([X, np.zeros((1, 6)), 50 * X[:3], -X[:3]])
    assert_distributions(cheap(name).fit(X, D, X[:5], D[:5]).predict(unseen), (len(unseen), 4))


def test_one_seed_gives_one_result(name):
    X, D = problem()
    first, second = (cheap(name).fit(X, D, X[:5], D[:5]).predict(X) for _ in range(2))
    np.testing.assert_array_equal(first, second)


def test_a_refit_forgets(name):
    X, D = problem()
    again = cheap(name).fit(*problem(n=30, q=3, c=5, seed=1)).fit(X, D)
    np.testing.assert_array_equal(again.predict(X), cheap(name).fit(X, D).predict(X))


def test_a_prediction_does_not_depend_on_the_other_rows(name):
    X, D = problem()
    estimator = cheap(name).fit(X, D)
    whole = estimator.predict(X)
    order = np.random.default_rng(0).permutation(len(X))
    np.testing.assert_allclose(estimator.predict(X[order]), whole[order], rtol=0, atol=1e-6)
    alone = np.vstack([estimator.predict(row[None]) for row in X])
    np.testing.assert_allclose(alone, whole, rtol=0, atol=1e-6)
    np.testing.assert_array_equal(estimator.predict(X), whole)


def test_validation_rows_are_not_trained_on(name):
    """They may choose the epoch; with the last epoch kept they change nothing."""
    X, D = problem()
    X_valid, D_valid = problem(seed=1)
    params = {"epoch": "last"} if "epoch" in make_method(name).get_params() else {}
    without, with_them = cheap(name, **params).fit(X, D), cheap(name, **params).fit(X, D, X_valid, D_valid)
    np.testing.assert_allclose(with_them.predict(X), without.predict(X), rtol=0, atol=1e-6)


def test_frames_are_accepted_and_inputs_stay_as_they_are(name):
    X, D = problem()
    arrays = [X, D, X[:5].copy(), D[:5].copy()]
    copies = [array.copy() for array in arrays]
    for array in arrays:
        array.setflags(write=False)
    estimator = cheap(name).fit(*arrays)
    p = estimator.predict(arrays[0])
    for array, copy in zip(arrays, copies, strict=True):
        np.testing.assert_array_equal(array, copy)
    framed = cheap(name).fit(*[pd.DataFrame(array) for array in copies])
    np.testing.assert_array_equal(framed.predict(pd.DataFrame(X)), p)


# Unusual but good input -----------------------------------------------------------------------------------------------


def constant_column():
    X, D = problem()
    return np.column_stack([X, np.full(len(X), 3.0)]), D


def all_zero_features():
    X, D = problem()
    return 0 * X, D


def all_rows_of_degree_one():
    X, D = problem()
    return X, np.eye(4)[D.argmax(1)]


def a_label_without_any_degree():
    X, D = problem()
    D = np.column_stack([D[:, :3], 0 * D[:, 3]]) + [1e-3, 0, 0, 0]
    return X, D / D.sum(1, keepdims=True)


def equal_rows():
    X, D = problem()
    return np.tile(X[:1], (40, 1)), np.tile(D[5:6], (40, 1))


UNUSUAL = {
    "two labels": lambda: problem(c=2),
    "one row": lambda: problem(n=1),
    "two rows": lambda: problem(n=2),
    "one feature": lambda: problem(q=1),
    "more features than rows": lambda: problem(n=12, q=30),
    "a constant column": constant_column,
    "zero features": all_zero_features,
    "all rows of degree one": all_rows_of_degree_one,
    "a label without any degree": a_label_without_any_degree,
    "equal rows": equal_rows,
}


@pytest.mark.parametrize("case", UNUSUAL)
def test_unusual_input_gives_distributions(name, case):
    X, D = UNUSUAL[case]()
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        p = cheap(name).fit(X, D, X[:3], D[:3]).predict(X)
    assert_distributions(p, D.shape)


# Bad input ------------------------------------------------------------------------------------------------------------


def test_prediction_before_fit_is_an_error(name):
    with pytest.raises(NotFittedError):
        cheap(name).predict(problem()[0])


def test_bad_features_at_prediction_are_an_error(name):
    X, D = problem()
    estimator = cheap(name).fit(X, D)
    with pytest.raises(ValueError, match=r"X has 5 features, but \w+ is expecting 6 features"):
        estimator.predict(X[:, :5])
    X = X.copy()
    X[3, 2] = np.nan
    with pytest.raises(InputError, match="X, row 3, column 2: nan"):
        estimator.predict(X)


def test_bad_input_to_fit_is_an_error_and_leaves_the_estimator_unfitted(name):
    X, D = problem()
    spoilt = X.copy()
    spoilt[3, 2] = np.nan
    for arguments, message in (
        ((spoilt, D), "X, row 3, column 2: nan"),
        ((X, D - 0.1), "D, row 0, column 1.*negative"),
        ((X, 2 * D), "D, row 0.*sum to 2"),
        ((X, D[:-1]), "D has 39 rows, but there are 40"),
        ((X[:0], D[:0]), "X has no rows"),
        ((X, D[:, :1] * 0 + 1), "at least two"),
        ((X, D, X), "both X_valid and D_valid"),
        ((X, D, None, D), "both X_valid and D_valid"),
        ((X, D, X[:, 1:], D), "X_valid has 5 features, but fit saw 6"),
        ((X, D, X, np.full((40, 3), 1 / 3)), "D_valid has 3 labels where 4"),
    ):
        estimator = cheap(name)
        with pytest.raises(InputError, match=message):
            estimator.fit(*arguments)
        with pytest.raises(NotFittedError):
            estimator.predict(X)


def test_unknown_parameters_are_named_with_the_nearest(name):
    with pytest.raises(InputError, match=f"Unknown parameter of {name} 'nonsense'"):
        make_method(name, nonsense=1)
    for known in make_method(name).get_params():
        with pytest.raises(InputError, match=f"'{known}x'. Did you mean '{known}'"):
            make_method(name, **{known + "x": 1})


def test_a_value_that_cannot_be_is_an_error(name):
    """Text for a number, a misspelt option, at the latest in `fit`."""
    X, D = problem()
    for parameter, value in make_method(name).get_params().items():
        bad = f"{value}x" if isinstance(value, str) else "text"
        with pytest.raises(InputError, match=parameter):
            cheap(name).set_params(**{parameter: bad}).fit(X, D)
        if isinstance(value, int | float) and not isinstance(value, bool):
            with pytest.raises(InputError, match=parameter):
                cheap(name).set_params(**{parameter: -1}).fit(X, D)


def test_an_unknown_method_is_named_with_the_nearest(name):
    with pytest.raises(InputError, match=f"Did you mean '{name}'"):
        make_method(name + "x")


# No method knows what cannot be known ---------------------------------------------------------------------------------


def gains_over_the_training_mean(D, p, D_train):
    """How much lower each row's divergence is than that of the training mean."""
    return (rel_entr(D, D_train.mean(0)) - rel_entr(D, p)).sum(1)


def test_on_noise_nothing_beats_the_training_mean_by_more_than_chance(name):
    """Labels are independent of the features and have the known mean m.

    For a fixed predictor the expected gain of a test row over the training mean t is
    KL(m || t) - E KL(m || p(x)), at most KL(m || t); rows are independent given the training set, so their mean gain
    exceeds that by five standard errors with probability below 1e-6.
    """
    rng = np.random.default_rng(7)
    concentration = np.array([4.0, 2.0, 1.0, 1.0])
    X, D = rng.random((600, 10)), rng.dirichlet(concentration, 600)
    train, valid, test = slice(0, 80), slice(80, 100), slice(100, 600)
    params = {"epochs": 40} if "epochs" in make_method(name).get_params() else {}
    estimator = cheap(name, **params).fit(X[train], D[train], X[valid], D[valid])
    m, t = concentration / concentration.sum(), D[train].mean(0)
    gains = gains_over_the_training_mean(D[test], estimator.predict(X[test]), D[train])
    assert gains.mean() <= rel_entr(m, t).sum() + 5 * gains.std(ddof=1) / np.sqrt(len(gains))
    # the bound has teeth: one hundredth of the test labels in the prediction would show
    leaking = 0.99 * t + 0.01 * D[test]
    gains = gains_over_the_training_mean(D[test], leaking, D[train])
    assert gains.mean() > rel_entr(m, t).sum() + 5 * gains.std(ddof=1) / np.sqrt(len(gains))
