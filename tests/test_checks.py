"""Every complaint about input says what is wrong, where, and what to do."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import scipy.sparse
import torch
from hypothesis import given
from hypothesis import strategies as st

from ildl.checks import (
    InputError,
    check_distributions,
    check_features,
    check_number,
    check_option,
    check_parameters,
    check_problem,
)
from tests.strategies import simplex

X = np.arange(6.0).reshape(3, 2)
D = np.array([[0.5, 0.3, 0.2], [1.0, 0.0, 0.0], [0.1, 0.1, 0.8]])


def changed(matrix, row, column, value):
    copy = matrix.astype(float).copy()
    copy[row, column] = value
    return copy


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (changed(X, 2, 1, np.nan), "X, row 2, column 1: nan is not a finite number; impute"),
        (changed(X, 0, 1, -np.inf), "X, row 0, column 1: -inf"),
        (
            np.full((3, 2), np.nan),
            r"X, row 0, column 0 \(and row 0, column 1; row 1, column 0; row 1, column 1; row 2, column 0; 1 more\)",
        ),
        (np.zeros((0, 2)), "X has no rows"),
        (np.zeros((3, 0)), "X has no columns"),
        (np.zeros(3), r"X must be a matrix .* \(3,\)\. Reshape your data: one instance is a matrix of one row"),
        (None, "X must be a matrix .* it is None"),
        (np.zeros((3, 2, 1)), r"X must be a matrix .* \(3, 2, 1\)"),
        (
            [["a", "b"]],
            "X must hold numbers only, not 'a' in row 0, column 0 .and 'b' in row 0, column 1.; convert, encode",
        ),
        ([[1.0, 10**400]], "X must hold numbers only, not 10+ in row 0, column 1; convert"),
        ([np.zeros((2, 2)), np.zeros((2, 3))], "X must hold numbers only: "),
        ([[1.0, 2.0], [3.0]], "X must hold numbers only"),
        ([[None, 1.0]], "X, row 0, column 0"),
        (np.zeros((3, 4)), "X has 4 features, but fit saw 2"),
    ],
)
def test_features(bad, message):
    with pytest.raises(InputError, match=message):
        check_features(bad, 2)


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (changed(D, 1, 2, np.nan), "D, row 1, column 2: nan"),
        (changed(D, 1, 2, -0.25), r"D, row 1, column 2: -0.25 is negative; description degrees lie in \[0, 1\]"),
        (changed(D, 2, 0, 0.3), "D, row 2: degrees sum to 1.2, not to 1; divide each row"),
        (D * 0, r"D, row 0 \(and row 1; row 2\): degrees sum to 0"),
        (D * 100, "degrees sum to 100"),
        (np.ones((3, 1)), r"D has 1 label\(s\).*at least two"),
        (np.zeros((0, 3)), "D has no rows"),
        (D[:2], "D has 2 rows, but there are 3 instances"),
        (np.full((3, 4), 0.25), "D has 4 labels where 3 were expected"),
        ([["x", "y", "z"]] * 3, "D must hold numbers only"),
        (D[0], "D must be a matrix"),
    ],
)
def test_distributions(bad, message):
    with pytest.raises(InputError, match=message):
        check_distributions(bad, n_rows=3, n_labels=3)


@given(simplex(), st.floats(-9e-5, 9e-5))
def test_rows_within_the_tolerance_are_divided_by_their_sum(D, off):
    given = D * (1 + off)
    before = given.copy()
    checked = check_distributions(given)
    np.testing.assert_allclose(checked.sum(1), 1, rtol=0, atol=4e-16 * D.shape[1])
    np.testing.assert_allclose(checked, D, rtol=1e-12, atol=0)
    assert (given == before).all()
    assert not np.shares_memory(checked, given)


WELCOME = {
    "frame": pd.DataFrame,
    "frame of objects": lambda a: pd.DataFrame(a, dtype=object),
    "frame of nullable numbers": lambda a: pd.DataFrame(a).convert_dtypes(),
    "sparse frame": lambda a: pd.DataFrame(a).astype(pd.SparseDtype(float)),
    "lists": np.ndarray.tolist,
    "float32": lambda a: a.astype(np.float32),
    "by columns": np.asfortranarray,
    "sparse matrix": scipy.sparse.csr_matrix,
    "sparse array": scipy.sparse.coo_array,
    "tensor": torch.tensor,
    "tensor with a gradient": lambda a: torch.tensor(a, requires_grad=True),
}


@pytest.mark.parametrize("kind", WELCOME)
def test_frames_lists_tensors_sparse_matrices_and_other_precisions_are_welcome(kind):
    given = WELCOME[kind](X)
    checked = check_features(given)
    assert checked.dtype == np.float64
    np.testing.assert_array_equal(checked, X)
    np.testing.assert_allclose(check_distributions(WELCOME[kind](D)), D, atol=1e-7)


def test_integers_are_numbers():
    np.testing.assert_array_equal(check_features(pd.DataFrame(X.astype(int))), X)


@pytest.mark.parametrize(
    ("problem", "message"),
    [
        ((X, D[:2]), "D has 2 rows, but there are 3 instances"),
        ((X, D, X), "both X_valid and D_valid, or neither"),
        ((X, D, None, D), "both X_valid and D_valid, or neither"),
        ((X, D, X[:, :1], D), "X_valid has 1 features, but fit saw 2"),
        ((X, D, X, D[:1]), "D_valid has 1 rows, but there are 3 instances"),
        ((X, D, X, np.full((3, 2), 0.5)), "D_valid has 2 labels where 3 were expected"),
        ((X, D, changed(X, 1, 1, np.nan), D), "X_valid, row 1, column 1"),
        ((X, D, X, changed(D, 1, 1, 0.5)), "D_valid, row 1"),
        ((X, D, X[:0], D[:0]), "X_valid has no rows"),
    ],
)
def test_problems(problem, message):
    with pytest.raises(InputError, match=message):
        check_problem(*problem)


def frame():
    """Column names and an index of its own, one of whose labels is a row's number."""
    return pd.DataFrame({"age": [1.0, 2.0, 3.0], "size": [4.0, 5.0, 6.0]}, index=["p1", 1, "p3"])


def test_places_are_those_of_the_frame():
    missing = frame().mask([[False, True], [True, False], [False, True]])
    named = r"X, row 0 \(index p1\), column 'size' \(and row 1, column 'age'; row 2 \(index p3\), column 'size'\): nan"
    for bad in (missing, missing.astype("Float64"), missing.astype(object).where(missing.notna(), None)):
        with pytest.raises(InputError, match=named):
            check_features(bad)
    with pytest.raises(InputError, match=r"D, row 0 \(index p1\), column 'age': -1.0 is negative"):
        check_distributions(pd.DataFrame({"age": [-1.0], "size": [2.0]}, index=["p1"]))
    with pytest.raises(InputError, match=r"D, row 0 \(index p1\) \(and row 1; row 2 \(index p3\)\): degrees sum to 5"):
        check_distributions(frame())


@pytest.mark.parametrize(
    ("values", "shown"),
    [(list("abc"), "'a'"), (pd.to_datetime(["2020-01-01"] * 3), "Timestamp"), (pd.Categorical(list("xyz")), "'x'")],
    ids=["text", "dates", "categories"],
)
def test_columns_that_are_no_numbers_are_named(values, shown):
    mixed = frame().assign(kind=values)
    with pytest.raises(
        InputError, match=f"X must hold numbers only, not {shown}.* in row 0 .index p1., column 'kind'; co"
    ):
        check_features(mixed)


def test_no_validation_rows_are_empty_matrices():
    checked = check_problem(X, D)
    assert checked.X_valid.shape == (0, 2)
    assert checked.D_valid.shape == (0, 3)


@pytest.mark.parametrize(
    ("value", "nearest"),
    [("DIDL", "DILDL"), ("dildl", "DILDL"), ("OFR_DB", "OFR-DB"), ("ofr-db", "OFR-DB"), ("RAD", "RDA")],
)
def test_an_unknown_option_is_named_with_the_nearest(value, nearest):
    with pytest.raises(
        InputError, match=f"Unknown method '{value}'. Did you mean '{nearest}'.*Known: 'DILDL', 'OFR-DB'"
    ):
        check_option(value, ["DILDL", "OFR-DB", "RDA"], "method")


@pytest.mark.parametrize("value", ["nothing like it", 3, None])
def test_an_option_far_from_all_is_not_guessed(value):
    with pytest.raises(InputError, match=r"^Unknown epoch [^?]*Known: 'best', 'last'\.$"):
        check_option(value, ["best", "last"], "epoch")


def test_options_pass_unchanged():
    assert check_option("last", ["best", "last"], "epoch") == "last"


def test_an_unknown_parameter_names_its_owner():
    check_parameters({"alpha": 1}, ["alpha", "beta"], "DILDL")
    with pytest.raises(InputError, match="Unknown parameter of DILDL 'alhpa'. Did you mean 'alpha'"):
        check_parameters({"alhpa": 1}, ["alpha", "beta"], "DILDL")


@pytest.mark.parametrize(
    ("value", "options", "message"),
    [
        (-1, {"low": 0}, "at least 0, not -1"),
        (2, {"low": 0, "high": 1}, "at least 0 and at most 1, not 2"),
        (0, {"low": 0, "open_low": True}, "above 0, not 0"),
        (1.5, {"integer": True}, "whole number, not 1.5"),
        (True, {}, "finite number, not True"),
        (np.True_, {}, "finite number"),
        ("1", {}, "finite number, not '1'"),
        (None, {}, "finite number, not None"),
        (np.nan, {}, "finite number, not nan"),
        (np.inf, {}, "finite number, not inf"),
    ],
)
def test_numbers(value, options, message):
    with pytest.raises(InputError, match=f"^alpha must be a?.*{message}"):
        check_number(value, "alpha", **options)


@pytest.mark.parametrize("value", [0, 1, 0.5, np.float32(0.25), np.int64(1)])
def test_numbers_pass_unchanged(value):
    assert check_number(value, "alpha", 0, 1) is value


@pytest.mark.parametrize(
    "values",
    [
        np.array([[0.5 + 1j, 0.5]]),
        np.array([["2020-01-01"]], "M8[D]"),
        np.array([[0.5, np.datetime64("NaT")]], dtype=object),
        np.array([[0.5, np.timedelta64(3, "D")]], dtype=object),
        torch.tensor([[1j]]).conj(),
    ],
    ids=["complex", "dates", "no date among numbers", "a span among numbers", "a tensor that NumPy cannot read"],
)
def test_numbers_that_are_not_plain_are_errors(values):
    with pytest.raises(InputError, match="X must hold numbers only"):
        check_features(values)


@pytest.mark.parametrize("wrap", [lambda a: a, list, lambda a: a.astype(object), lambda a: a.astype(int)])
def test_masked_values_are_missing_ones(wrap):
    mask = np.zeros(X.shape, dtype=bool)
    np.testing.assert_array_equal(check_features(wrap(np.ma.array(X, mask=mask))), X)
    mask[2, 1] = True
    with pytest.raises(InputError, match="X, row 2, column 1: nan"):
        check_features(wrap(np.ma.array(X, mask=mask)))


def test_rows_are_not_paired_by_place_where_frames_say_otherwise():
    x, d = pd.DataFrame(X), pd.DataFrame(D)
    with pytest.raises(InputError, match=r"X and D have the same index in another order: pass D.loc\[X.index\]"):
        check_problem(x, d.iloc[::-1])
    with pytest.raises(InputError, match="X_valid and D_valid have"):
        check_problem(x, d, x, d.iloc[::-1])
    np.testing.assert_array_equal(check_problem(x, d.iloc[::-1].loc[x.index]).D, check_problem(X, D).D)
    check_problem(X, d.iloc[::-1])  # no names to go by
