"""Bad input of every kind, at every method: a sentence that names the cause, or a right answer, and nothing else."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pytest
import scipy.sparse
import torch
from sklearn.exceptions import NotFittedError

from ildl.checks import InputError
from ildl.methods import METHODS, make_method

FEATURES, LABELS = list("abcdef"), ["w", "x", "y", "z"]
NEVER, SAME, ANY = "no answer is right", "the answer to good input is right", "any distributions are right"
DOCUMENTED = (InputError, NotFittedError, FloatingPointError)
ALSO = r"Training diverged|feature names should match|Feature names|is expecting \d+ features"
"""Sentences of other documented errors: of the trainer, and of scikit-learn on columns."""


class Kind(NamedTuple):
    """What is tried, what a sentence on it must say, and which answer would be right instead."""

    name: str
    says: str
    right: str
    call: Callable[[str], Any]


def problem(n: int = 40, seed: int = 0) -> tuple[Any, Any]:
    rng = np.random.default_rng(seed)
    X = rng.random((n, len(FEATURES)))
    D = np.exp(3 * X @ np.random.default_rng(9).standard_normal((len(FEATURES), len(LABELS))))
    return X, D / D.sum(1, keepdims=True)


X, D = problem()
XF, DF = pd.DataFrame(X, columns=FEATURES), pd.DataFrame(D, columns=LABELS)
GOOD = {"epochs": 3, "hidden": 8, "max_iter": 30, "device": "cpu"}


def make(name: str, **params: Any) -> Any:
    known = make_method(name).get_params()
    return make_method(name).set_params(**{key: GOOD[key] for key in GOOD if key in known} | params)


def put(table: Any, value: Any, row: int = 3, column: int = 2) -> Any:
    """A copy of numbers, as objects where the value is none, with one other cell."""
    copy = table.copy() if isinstance(value, float) else table.astype(object)
    (copy.iloc if isinstance(copy, pd.DataFrame) else copy)[row, column] = value
    return copy


def fitted(*data: Any, at: Any = X, **params: Any) -> Callable[[str], Any]:
    return lambda name: make(name, **params).fit(*data).predict(at)


def at(rows: Any, *data: Any) -> Callable[[str], Any]:
    return fitted(*(data or (X, D)), at=rows)


def scored(*arguments: Any, data: Any = (X, D), **named: Any) -> Callable[[str], Any]:
    return lambda name: make(name).fit(*data).score(*arguments, **named)


def refitted(name: str) -> Any:
    method = make(name).fit(X, D)
    try:
        method.fit(put(X, math.nan), D)
    except InputError:
        return method.predict(X)


def parameter(key: str, value: Any, says: str | None = None, right: str = NEVER) -> Kind:
    shown = type(value).__name__ if " at 0x" in repr(value) else f"{value!r:.30}"
    return Kind(f"{key}={shown}", says or key, right, fitted(X, D, **{key: value}))


def masked(table: Any, on: bool) -> Any:
    return np.ma.masked_array(table, mask=np.eye(*table.shape, dtype=bool) & on)


MISSING = {
    "nan": math.nan, "inf": math.inf, "-inf": -math.inf, "None": None, "pd.NA": pd.NA, "pd.NaT": pd.NaT, "'?'": "?",
    "'NA'": "NA", "an empty text": "", "Decimal nan": __import__("decimal").Decimal("nan"),
    }  # fmt: skip
DATES = {"NaT of NumPy": np.datetime64("NaT"), "a date": np.datetime64("2020-01-01"), "a span": np.timedelta64(3, "D")}
WHERE = r"row 3( \(index 3\))?, column '?{}'?"
SHAPES = {
    "None": (None, "None"), "a number": (3.0, "matrix"), "one row, flat": (X[0], "matrix"), "3-D": (X[None], "matrix"),
    "no rows": (X[:0], "no rows"), "no columns": (X[:, :0], "no columns|0 feature"), "ragged": ([[1.0, 2], [3]],
    "numbers only"), "a dict": ({"a": [1]}, "numbers only|matrix"), "a generator": ((row for row in X),
    "numbers only|matrix"), "a text": ("data.csv", "numbers only|matrix"), "a set": ({1, 2}, "numbers only|matrix"),
    "dates": (X.astype("M8[s]"), "numbers only"), "complex": (X + 1j, "numbers only"), "a string a cell":
    (np.full(X.shape, "blue"), "numbers only"), "a huge whole number": ([[10**400] * 6] * 40, "numbers only"),
    "one series": (XF["a"], "matrix"), "a list of frames": ([XF, XF], "matrix|no rows"),
}  # fmt: skip
ALIKE: dict[str, Callable[[Any], Any]] = {
    "tensor": torch.tensor,
    "tensor that requires grad": lambda a: torch.tensor(a, requires_grad=True),
    "tensor with a negative bit": lambda a: torch.complex(torch.tensor(0 * a), torch.tensor(-a)).conj().imag,
    "sparse": scipy.sparse.csr_matrix,
    "sparse array": scipy.sparse.coo_array,
    "masked, nothing masked": lambda a: masked(a, False),
    "Fortran order": np.asfortranarray,
    "lists": lambda a: a.tolist(),
    "objects": lambda a: a.astype(object),
    "numbers as text": lambda a: a.astype(str),
    "long doubles": lambda a: a.astype(np.longdouble),
    "big-endian": lambda a: a.astype(">f8"),
    "nullable frame": lambda a: pd.DataFrame(a).convert_dtypes(),
    "np.matrix": np.asmatrix,
}
LARGE = {
    "1e6": 1e6 * X, "1e12": 1e12 * X, "1e100": 1e100 * X, "1e155": 1e155 * X, "1e300": 1e300 * X,
    "one column of 1e6": X * [1, 1, 1e6, 1, 1, 1], "one cell of 1e30": put(X, 1e30), "an offset of 1e9": X + 1e9,
    "below zero": -1e6 * X, "tiny": 1e-300 * X, "whole numbers of 64 bits": (X * 2**62).astype(np.int64),
}  # fmt: skip
SCALE = r"scale (X|the features) to \[0, 1\]"

KINDS: list[Kind] = [
    *[Kind(f"{what} in X at fit", WHERE.format(2), NEVER, fitted(put(X, v), D)) for what, v in MISSING.items()],
    *[Kind(f"{what} in a frame at fit", WHERE.format("c"), NEVER, fitted(put(XF, v), D))
      for what, v in MISSING.items()],
    *[Kind(f"{what} in X at predict", WHERE.format(2), NEVER, at(put(X, v))) for what, v in MISSING.items()],
    *[Kind(f"{what} in a frame at predict", WHERE.format("c"), NEVER, at(put(XF, v), XF, D))
      for what, v in MISSING.items()],
    *[Kind(f"{what} in D", "D.*" + WHERE.format(2), NEVER, fitted(X, put(D, v))) for what, v in MISSING.items()],
    *[Kind(f"{what} in a frame D", "D.*" + WHERE.format("y"), NEVER, fitted(X, put(DF, v)))
      for what, v in MISSING.items()],
    *[Kind(f"{what} in X_valid", "X_valid.*" + WHERE.format(2), NEVER, fitted(X, D, put(X, v), D))
      for what, v in MISSING.items()],
    *[Kind(f"{what} in D_valid", "D_valid.*" + WHERE.format(2), NEVER, fitted(X, D, X, put(D, v)))
      for what, v in MISSING.items()],
    Kind("masked X at fit", "X, row 0, column 0", NEVER, fitted(masked(X, True), D)),
    Kind("masked X at predict", "X, row 0, column 0", NEVER, at(masked(X, True))),
    Kind("masked D", "D, row 0, column 0", NEVER, fitted(X, masked(D, True))),
    Kind("a list of masked rows", "X, row 0, column 0", NEVER, fitted(list(masked(X, True)), D)),
    Kind("sparse X with nan", WHERE.format(2), NEVER, fitted(scipy.sparse.csr_matrix(put(X, math.nan)), D)),
    Kind("tensor with nan", WHERE.format(2), NEVER, fitted(torch.tensor(put(X, math.nan)), D)),
    Kind("nullable frame with NA", WHERE.format("c"), NEVER,
         fitted(put(XF, math.nan).convert_dtypes(), D)),
    *[Kind(f"X is {what}", says, NEVER, fitted(value, D)) for what, (value, says) in SHAPES.items()],
    *[Kind(f"X at predict is {what}", says, NEVER, at(value)) for what, (value, says) in SHAPES.items()],
    *[Kind(f"D is {what}", f"D.*({says}|label)", NEVER, fitted(X, value)) for what, (value, says) in SHAPES.items()],
    *[Kind(f"X as {what}", "X", SAME, fitted(how(X), D)) for what, how in ALIKE.items()],
    *[Kind(f"X at predict as {what}", "X", SAME, at(how(X))) for what, how in ALIKE.items()],
    *[Kind(f"D as {what}", "D", SAME, fitted(X, how(D))) for what, how in ALIKE.items()],
    *[Kind(f"validation rows as {what}", "_valid", ANY, fitted(X, D, how(X), how(D))) for what, how in ALIKE.items()],
    *[Kind(f"features of {what}", SCALE, ANY, fitted(values, D, at=values)) for what, values in LARGE.items()],
    *[Kind(f"features of {what} at predict alone", SCALE, ANY, at(values)) for what, values in LARGE.items()],
    *[Kind(f"features of {what} in X_valid alone", "X_valid|" + SCALE, ANY, fitted(X, D, values, D))
      for what, values in LARGE.items()],
    *[Kind(f"{what} in X", WHERE.format(2), NEVER, fitted(put(X, v), D)) for what, v in DATES.items()],
    *[Kind(f"{what} in X at predict", WHERE.format(2), NEVER, at(put(X, v))) for what, v in DATES.items()],
    *[Kind(f"{what} in D", WHERE.format(2), NEVER, fitted(X, put(D, v))) for what, v in DATES.items()],
    Kind("conjugate tensor", "numbers only", NEVER, fitted(torch.tensor(X + 0j).conj(), D)),
    Kind("sparse tensor", "numbers only", SAME, fitted(torch.tensor(X).to_sparse(), D)),
    Kind("bfloat16 tensor", "X", ANY, fitted(torch.tensor(X, dtype=torch.bfloat16), D)),
    Kind("truth values", "X", ANY, fitted(X > 0.5, D)),
    Kind("categories", "numbers only.*column 'a'", NEVER,
         fitted(XF.assign(a=pd.Categorical(["red", "blue"] * 20)), D)),
    Kind("equal rows, unequal labels", "X", ANY, fitted(np.tile(X[:1], (40, 1)), D)),
    # rows and columns that do not belong together
    Kind("a column fewer at predict", "5 features.*6", NEVER, at(X[:, :5])),
    Kind("a column more at predict", "7 features.*6", NEVER, at(np.c_[X, X[:, 0]])),
    Kind("columns in another order at predict", "order", SAME, at(XF[FEATURES[::-1]], XF, D)),
    Kind("columns of other names at predict", "names", NEVER, at(XF.add_prefix("n"), XF, D)),
    Kind("a column lacks at predict", "names", NEVER, at(XF[FEATURES[1:]], XF, D)),
    Kind("a frame at fit, an array at predict", "names", SAME, at(X, XF, D)),
    Kind("an array at fit, a frame at predict", "names", SAME, at(XF)),
    Kind("numbered columns in another order at predict", "order|names", SAME,
         at(pd.DataFrame(X)[[5, 4, 3, 2, 1, 0]], pd.DataFrame(X), D)),
    Kind("mixed names of columns", "names", NEVER, fitted(XF.rename(columns={"a": 1}), D)),
    Kind("one column twice", "several columns 'a'", NEVER, fitted(XF.set_axis(list("aabcde"), axis=1), D)),
    Kind("names of two levels", "names", ANY, fitted(pd.concat({"top": XF}, axis=1), D)),
    Kind("numbered labels of D_valid in another order", "D_valid has the labels 3, 2, 1, 0", NEVER,
         fitted(X, pd.DataFrame(D), X, pd.DataFrame(D)[[3, 2, 1, 0]])),
    Kind("columns of X_valid in another order", "order", SAME, fitted(XF, D, XF[FEATURES[::-1]], D)),
    Kind("labels of D_valid in another order", "D_valid has the labels", NEVER,
         fitted(X, DF, X, DF[LABELS[::-1]])),
    Kind("labels in another order at score", "labels", NEVER, scored(X, DF[LABELS[::-1]], data=(X, DF))),
    Kind("rows of D in another order", "index", NEVER, fitted(XF, DF.iloc[::-1])),
    Kind("rows of D_valid in another order", "index", NEVER, fitted(X, D, XF, DF.iloc[::-1])),
    Kind("rows of D in another order at score", "index", NEVER, scored(XF, DF.iloc[::-1])),
    Kind("a row fewer in D", "D has 39 rows", NEVER, fitted(X, D[:-1])),
    Kind("a row more in D", "D has 41 rows", NEVER, fitted(X, np.r_[D, D[:1]])),
    Kind("a row fewer in D at score", "39.*40|40.*39", NEVER, scored(X, D[:-1])),
    Kind("D transposed", "D has 4 rows|D.*sum", NEVER, fitted(X, D.T)),
    Kind("X and D exchanged", "sum|D", NEVER, fitted(D, X)),
    Kind("X_valid alone", "X_valid and D_valid", NEVER, fitted(X, D, X)),
    Kind("D_valid alone", "X_valid and D_valid", NEVER, fitted(X, D, None, D)),
    Kind("no validation rows", "X_valid has no rows", NEVER, fitted(X, D, X[:0], D[:0])),
    Kind("X_valid a column fewer", "X_valid has 5 features", NEVER, fitted(X, D, X[:, 1:], D)),
    Kind("D_valid a label fewer", "D_valid has 3 labels", NEVER, fitted(X, D, X, np.full((40, 3), 1 / 3))),
    # degrees
    Kind("a degree below 0", "row 3, column 2.*negative", NEVER, fitted(X, put(D, -0.5))),
    Kind("a degree above 1", "row 3.*sum to", NEVER, fitted(X, put(D, 1.5))),
    Kind("percentages", "sum to 100", NEVER, fitted(X, 100 * D)),
    Kind("votes", "sum to", NEVER, fitted(X, (D * 20).round())),
    Kind("logits", "negative|sum to", NEVER, fitted(X, np.log(D))),
    Kind("all degrees 0", "sum to 0", NEVER, fitted(X, 0 * D)),
    Kind("one label", "at least two", NEVER, fitted(X, D[:, :1])),
    Kind("classes", "D must be a matrix", NEVER, fitted(X, D.argmax(1))),
    Kind("degrees of 1e-300", "D", ANY, fitted(X, np.tile([1, 1e-300, 0, 0], (40, 1)))),
    Kind("only one instance", "row", ANY, fitted(X[:1], D[:1])),
    # order of calls, score
    Kind("predict before fit", "not fitted", NEVER, lambda name: make(name).predict(X)),
    Kind("predict after a fit that failed", "not fitted", SAME, refitted),
    Kind("score before fit", "not fitted", NEVER, lambda name: make(name).score(X, D)),
    Kind("weights of rows below 0", "weight", NEVER, scored(X, D, sample_weight=-np.ones(40))),
    Kind("weights of rows that are nan", "weight", NEVER, scored(X, D, sample_weight=np.full(40, np.nan))),
    Kind("weights of rows, one too few", "weight", NEVER, scored(X, D, sample_weight=np.ones(39))),
    Kind("weights of rows all 0", "weight", NEVER, scored(X, D, sample_weight=np.zeros(40))),
    Kind("score with nan in D", "row 3, column 2", NEVER, scored(X, put(D, math.nan))),
    # hyper-parameters
    Kind("an unknown parameter", "nonsense", NEVER, lambda name: make_method(name, nonsense=1)),
    *[parameter(key, value) for key in ("hidden", "epochs", "batch_size", "n_clusters", "max_iter", "history")
      for value in (-1, 1.5, "10", None, True, math.nan, [10], 10**400)],
    *[parameter(key, value)
      for key in ("learning_rate", "weight_decay", "lambda1", "lambda2", "lambda3", "lambda4", "rho", "tol", "abs_tol",
                  "alpha", "beta", "delta", "gamma")
      for value in (-1.0, "0.1", None, True, math.nan, math.inf, [0.1], 10**400)],
    *[parameter(key, 0) for key in ("hidden", "batch_size", "n_clusters", "max_iter", "history", "learning_rate",
                                    "rho")],
    *[parameter(key, 1e300, f"{key}|weights of the loss", ANY)
      for key in ("lambda1", "lambda2", "lambda3", "lambda4", "rho", "delta", "gamma", "beta")],
    parameter("rho", 1e-300, "rho|weights of the loss", ANY),
    *[parameter("learning_rate", value, right=ANY) for value in (10.0, 1e10, 1e38, 1e39, 1e300)],
    *[parameter("weight_decay", value, right=ANY) for value in (1e4, 1e10, 1e39, 1e300)],
    *[parameter("hidden", value) for value in (10**8, 10**9, 10**12, 10**18, 2**63, 10**25)],
    *[parameter(key, value, right=SAME) for key in ("batch_size",) for value in (50, 10**9)],
    parameter("batch_size", 10**12, right=ANY),
    *[parameter(key, 10**9, right=ANY) for key in ("n_clusters",)],
    *[parameter(key, value) for key in ("device",)
      for value in ([], {}, None, 3, "tpu", "cuda", "cuda:99", "mps", "cpu:1", b"cpu", "", torch.device("cpu"))],
    *[parameter("dtype", value) for value in ("float16", "double", np.float32, [], None, 64)],
    *[parameter("random_state", value)
      for value in (-1, 1.5, "x", [1], True, math.nan, np.random.SeedSequence(0), np.random.SFC64(0), object())],
    *[parameter("random_state", value, right=ANY)
      for value in (np.random.default_rng(0), np.random.RandomState(0), None, 2**31, 2**64, 10**30, np.int64(3))],
    *[parameter("epoch", value) for value in ("first", None, 3, [], "Best")],
    *[parameter("validation_fraction", value) for value in (0, 1, 2, -0.5, "0.1", [], math.nan, 0.999)],
    *[parameter(key, value) for key in ("threshold", "jacobian", "cluster_on", "local_distance", "local_sign", "groups",
                                        "laplacian", "prediction", "code_solver", "cb_mode", "criterion")
      for value in ("nonsense", None, [], 3)],
]  # fmt: skip


def outcome(kind: Kind, name: str, good: Any) -> str:
    """Whether it is a clear error, a right answer or not for it; or NEITHER, and what came."""
    if "=" in kind.name and kind.name.partition("=")[0] not in make_method(name).get_params():
        return "not for it"
    try:
        answer = kind.call(name)
    except Exception as error:  # whatever comes is judged
        text = f"{type(error).__name__}: {error}"
        clear = isinstance(error, DOCUMENTED) or re.search(ALSO, str(error))
        return "clear error" if clear and re.search(kind.says, str(error), re.DOTALL) else f"NEITHER {text}"
    if kind.right is NEVER:
        return f"NEITHER {np.ravel(answer)[:4]}"
    answer = np.asarray(answer)
    is_right = np.isfinite(answer).all() and (answer >= 0).all() and np.allclose(answer.sum(1), 1)
    is_right &= kind.right is ANY or np.allclose(answer, good, rtol=0, atol=1e-6)
    return "right answer" if is_right else f"NEITHER {answer[:2]}"


@pytest.fixture(scope="module")
def good():
    return {name: make(name).fit(X, D).predict(X) for name in METHODS}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("bad", KINDS, ids=lambda kind: kind.name)
def test_bad_input_ends_in_a_clear_error_or_in_the_right_answer(bad, good):
    found = {name: outcome(bad, name, good[name]) for name in METHODS}
    assert not {name: text for name, text in found.items() if text.startswith("NEITHER")}
