"""Checks of what users pass in: every complaint says what is wrong, where, and what to do."""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ildl.readable import readable

Array = NDArray[np.float64]

HANDFUL = 5
"""Places that one message names; the rest are counted."""
SUM_TOLERANCE = 1e-4  # the public files are off by 3e-6; a percentage table typed with two digits is not a distribution


class InputError(ValueError):
    """What was passed in cannot be used; the message says where it is wrong and what to do."""


def check_matrix(values: ArrayLike, name: str) -> Array:
    """Return `values` as a dense and finite float64 matrix.

    Parameters
    ----------
    values : array-like, shape (n, k)
        Numbers; pandas frames, sparse matrices and PyTorch tensors are welcome. Masked values are missing ones.
    name : str
        What to call it in messages.

    Returns
    -------
    ndarray, shape (n, k), float64

    Raises
    ------
    InputError
        Not numeric, not two-dimensional, without rows, or with NaN or infinite values; their rows and columns are named
        as a frame names them.
    """
    plain = readable(values)
    try:
        held = np.asarray(plain)
        dates = held.dtype.hasobject and any(isinstance(value, np.datetime64 | np.timedelta64) for value in held.flat)
        if held.dtype.kind in "cmM" or dates:  # which would become numbers
            raise TypeError(f"its type is {held.dtype}")
        # one memory layout, because the order of sums depends on it: frames and arrays give the same digits
        matrix = np.asarray(plain, dtype=np.float64, order="C")
    except (TypeError, ValueError, OverflowError, RuntimeError) as error:  # the last: a tensor that NumPy cannot read
        raise InputError(f"{name} must hold numbers only{_no_numbers(plain, values) or f': {error}'}.") from error
    if matrix.ndim != 2:
        given = "it is None" if values is None else f"its shape is {matrix.shape}"
        one = " Reshape your data: one instance is a matrix of one row." if matrix.ndim == 1 else ""
        raise InputError(f"{name} must be a matrix with one row an instance; {given}.{one}")
    if matrix.shape[0] == 0:
        raise InputError(f"{name} has no rows.")
    _reject(~np.isfinite(matrix), matrix, values, name, "is not a finite number; impute or drop such rows first")
    return matrix


def check_features(X: ArrayLike, n_features: int | None = None, name: str = "X") -> Array:
    """Return features as a finite float64 matrix of the expected width.

    Parameters
    ----------
    X : array-like, shape (n, q)
    n_features : int, optional
        The width seen in `fit`.
    name : str
        What to call it in messages.

    Returns
    -------
    ndarray, shape (n, q), float64

    Raises
    ------
    InputError
        As `check_matrix`; or another width than `n_features`, or no column at all.
    """
    matrix = check_matrix(X, name)
    if matrix.shape[1] == 0:
        raise InputError(f"{name} has no columns.")
    if n_features is not None and matrix.shape[1] != n_features:
        raise InputError(f"{name} has {matrix.shape[1]} features, but fit saw {n_features}; pass the same columns.")
    return matrix


def check_distributions(D: ArrayLike, name: str = "D", n_rows: int | None = None, n_labels: int | None = None) -> Array:
    """Return label distributions with rows that sum to one exactly (up to float64 rounding).

    Parameters
    ----------
    D : array-like, shape (n, c)
        Description degrees in [0, 1], rows summing to 1 within 1e-4.
    name : str
        What to call it in messages.
    n_rows, n_labels : int, optional
        Expected shape.

    Returns
    -------
    ndarray, shape (n, c), float64
        A copy, each row divided by its sum.

    Raises
    ------
    InputError
        NaN, a negative degree, a row that does not sum to 1, fewer than two labels, another shape than expected.
    """
    matrix = check_matrix(D, name)
    if matrix.shape[1] < 2:
        raise InputError(f"{name} has {matrix.shape[1]} label(s); a label distribution needs at least two.")
    if n_rows is not None and matrix.shape[0] != n_rows:
        raise InputError(f"{name} has {matrix.shape[0]} rows, but there are {n_rows} instances.")
    if n_labels is not None and matrix.shape[1] != n_labels:
        raise InputError(f"{name} has {matrix.shape[1]} labels where {n_labels} were expected.")
    _reject(matrix < 0, matrix, D, name, "is negative; description degrees lie in [0, 1]")
    sums = matrix.sum(axis=1, keepdims=True)
    off = np.flatnonzero(np.abs(sums[:, 0] - 1) > SUM_TOLERANCE)
    if off.size:
        rows = _listed([_place(D, row) for row in off[:HANDFUL]], off.size)
        raise InputError(
            f"{name}, {rows}: degrees sum to {sums[off[0], 0]:.6g}, not to 1; "
            "divide each row by its sum if that is what you mean."
        )
    return matrix / sums


class Problem(NamedTuple):
    """One member's data, checked: training and validation rows."""

    X: Array
    D: Array
    X_valid: Array
    D_valid: Array


def check_problem(X: Any, D: Any, X_valid: Any = None, D_valid: Any = None) -> Problem:
    """Check one member's data; no validation rows become empty matrices.

    Parameters
    ----------
    X, X_valid : array-like, shape (n, q), (v, q)
    D, D_valid : array-like, shape (n, c), (v, c)

    Returns
    -------
    Problem

    Raises
    ------
    InputError
        Anything that cannot be used, or only one of `X_valid` and `D_valid`.
    """
    check_row_order(X, D)
    check_row_order(X_valid, D_valid, "X_valid", "D_valid")
    X = check_features(X)
    D = check_distributions(D, n_rows=len(X))
    if (X_valid is None) != (D_valid is None):
        raise InputError("Pass both X_valid and D_valid, or neither.")
    if X_valid is None:
        return Problem(X, D, X[:0], D[:0])
    X_valid = check_features(X_valid, X.shape[1], "X_valid")
    return Problem(X, D, X_valid, check_distributions(D_valid, "D_valid", len(X_valid), D.shape[1]))


def check_row_order(X: Any, D: Any, name: str = "X", other: str = "D") -> None:
    """Raise InputError if two frames have one index in different orders.

    Parameters
    ----------
    X, D : object
        Anything but frames passes.
    name, other : str
        What to call them in messages.

    Raises
    ------
    InputError
        Says how to bring them into one order.
    """
    if hasattr(X, "iloc") and hasattr(D, "iloc") and not X.index.equals(D.index) and set(X.index) == set(D.index):
        raise InputError(
            f"{name} and {other} have the same index in another order: pass {other}.loc[{name}.index], or, if row k of "
            f"both is the same instance, {other}.to_numpy()."
        )


def check_option(value: Any, allowed: Iterable[Any], name: str) -> Any:
    """Return `value` if it is one of `allowed`.

    Parameters
    ----------
    value : object
    allowed : iterable
        What it may be.
    name : str
        What to call it in messages.

    Raises
    ------
    InputError
        Names what is allowed and, for text, the nearest match.
    """
    choices = list(allowed)
    if value in choices:
        return value
    near = difflib.get_close_matches(str(value), [str(choice) for choice in choices], n=1)
    if not near:
        folded = {str(choice).casefold(): str(choice) for choice in choices}
        near = [folded[key] for key in difflib.get_close_matches(str(value).casefold(), list(folded), n=1)]
    hint = f" Did you mean {near[0]!r}?" if near else ""
    listed = ", ".join(repr(choice) for choice in choices) or "none"
    raise InputError(f"Unknown {name} {value!r}.{hint} Known: {listed}.")


def check_number(
    value: Any,
    name: str,
    low: float = -np.inf,
    high: float = np.inf,
    *,
    integer: bool = False,
    open_low: bool = False,
) -> Any:
    """Return `value` if it is a number in [low, high] (or (low, high] with `open_low`).

    Parameters
    ----------
    value : object
    name : str
        What to call it in messages.
    low, high : float
        The allowed range.
    integer : bool
        Whole numbers only.
    open_low : bool
        Exclude `low` itself.

    Raises
    ------
    InputError
        Not a number, not whole, or outside the range.
    """
    kind = (int, np.integer) if integer else (int, float, np.integer, np.floating)
    if isinstance(value, bool) or not isinstance(value, kind) or not (_is_number(value) and math.isfinite(value)):
        raise InputError(f"{name} must be a{' whole' if integer else ' finite'} number, not {value!r}.")
    if value < low or value > high or (open_low and value == low):
        bounds = f"{'above' if open_low else 'at least'} {low:g}" + (f" and at most {high:g}" if high < np.inf else "")
        raise InputError(f"{name} must be {bounds}, not {value!r}.")
    return value


def check_parameters(given: Mapping[str, Any], known: Iterable[str], owner: str) -> None:
    """Raise InputError if `given` names a parameter that `owner` does not have.

    Parameters
    ----------
    given : mapping
        Parameters by name.
    known : iterable of str
        What `owner` accepts.
    owner : str
        For the message.

    Raises
    ------
    InputError
        Names the parameter, the nearest match and what is known.
    """
    choices = list(known)
    for name in given:
        check_option(name, choices, f"parameter of {owner}")


def _is_number(value: Any) -> bool:
    try:
        float(value)
    except (TypeError, ValueError, OverflowError):  # the last: a whole number beyond the range of float64
        return False
    return True


def _no_numbers(plain: Any, values: Any) -> str:
    """Say what a table holds besides numbers, the first of each column; empty where that is not what is wrong."""
    found = []
    with suppress(TypeError, ValueError, RuntimeError):
        table = np.asarray(plain, dtype=object)
        for j, column in enumerate(table.T if table.ndim == 2 else ()):
            if others := [i for i, value in enumerate(column) if not _is_number(value)]:
                found.append(f"{column[others[0]]!r:.40} in {_place(values, others[0], j)}")
    return f", not {_listed(found[:HANDFUL], len(found))}; convert, encode or drop such columns" if found else ""


def _place(values: Any, row: int, column: int | None = None) -> str:
    """Row and column, as a frame names them."""
    framed = hasattr(values, "iloc")
    place = f"row {row}" + (f" (index {values.index[row]})" if framed and values.index[row] != row else "")
    return place if column is None else f"{place}, column {values.columns.tolist()[column] if framed else column!r}"


def _listed(places: list[str], total: int) -> str:
    """The first place, and in brackets the others and how many there are besides."""
    others = places[1:] + ([f"{total - len(places)} more"] if total > len(places) else [])
    return places[0] + (f" (and {'; '.join(others)})" if others else "")


def _reject(bad: NDArray[np.bool_], matrix: Array, values: Any, name: str, why: str) -> None:
    if bad.any():
        found = np.argwhere(bad)
        places = [_place(values, *map(int, place)) for place in found[:HANDFUL]]
        raise InputError(f"{name}, {_listed(places, len(found))}: {matrix[tuple(found[0])]} {why}.")
