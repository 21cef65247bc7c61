"""Which matrices of a file are features and labels, and which way up they are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ildl.checks import InputError
from ildl.data.columns import few

FEATURE_KEYS = ("features", "x", "feature", "data", "fea", "feat", "inputs")
LABEL_KEYS = (
    "labels",
    "d",
    "label_distribution",
    "labeldistribution",
    "label",
    "y",
    "distribution",
    "targets",
    "votes",
)
Names = dict[str, list[str]]


def parts(
    held: dict[str, Any], path: Path, features: Any, labels: Any, notes: list[str]
) -> pd.DataFrame | tuple[pd.DataFrame, pd.DataFrame, Names]:
    """Return features, labels and lists of texts; or the one matrix, of which `labels` are columns.

    Parameters
    ----------
    held : dict
        Arrays by key.
    path : Path
        Of the file.
    features, labels : str, optional
        Keys; usual ones are found. Of two matrices one says which the other is.
    notes : list of str
        Is added to.

    Returns
    -------
    DataFrame, or (DataFrame, DataFrame, dict)

    Raises
    ------
    InputError
        It is not clear which are meant, or they have no side in common.
    """
    matrices, texts = matrices_of(held)
    x, d = _key(features, FEATURE_KEYS, matrices), _key(labels, LABEL_KEYS, matrices)
    if len(matrices) == 2 and (x is None) != (d is None):
        (rest,) = set(matrices) - {x, d}
        x, d = x or (rest if features is None else None), d or (rest if labels is None else None)
    table = x or (next(iter(matrices)) if len(matrices) == 1 else None)
    if (d is None or x == d) and table and (labels is not None or len(matrices) == 1):
        return table_of(matrices[table], path, "column ")
    if x is None or d is None or x == d:
        shapes = (f"{key} {np.shape(held[key])}" if key in matrices else f"{key} (no numbers)" for key in held)
        raise InputError(
            f"Say which matrices of {path.name} are features and labels: features=KEY,labels=KEY. It holds: "
            f"{'; '.join(shapes) or 'nothing'}."
        )
    X, D = matrices[x], matrices[d]
    ways = [((), X, D), ((x,), X.T, D), ((d,), X, D.T), ((x, d), X.T, D.T)]
    # instances are never fewer than labels; where several ways match, it is the one whose labels have one sum
    ways = [way for way in ways if len(way[1]) == len(way[2]) and (d not in way[0] or D.shape[0] < D.shape[1])]
    if not ways:
        raise InputError(f"{path.name}: {x} {X.shape} and {d} {D.shape} have no side in common: no rows to match.")
    turned, X, D = next((way for way in ways if np.ptp(sums := way[2].sum(axis=1)) <= 0.02 * abs(sums[0])), ways[0])
    if turned:
        notes.append(f"Instances are columns of {' and '.join(turned)}; transposed.")
    others = [key for key in held if key not in (x, d)]
    notes.append(f"Features are {x}, labels are {d}{f'; left out: {few(others)}' if others else ''}.")
    return table_of(X, path, "x"), table_of(D, path, "label "), texts


def matrices_of(held: dict[str, Any]) -> tuple[dict[str, Any], Names]:
    """Return the matrices of numbers, a vector being a column, and the lists of texts.

    Parameters
    ----------
    held : dict
        Arrays by key.

    Returns
    -------
    dict, dict
    """
    matrices: dict[str, Any] = {}
    texts: Names = {}
    for key, value in held.items():
        array = value.toarray() if hasattr(value, "toarray") else np.asarray(value)
        if array.dtype.kind in "OUS" and array.size and all(isinstance(text, str | bytes) for text in array.ravel()):
            texts[key] = [item.decode() if isinstance(item, bytes) else str(item).strip() for item in array.ravel()]
        elif array.dtype.kind in "biuf" and array.ndim in (1, 2) and array.size > 1:
            matrices[key] = array.reshape(len(array), -1)
    return matrices, texts


def table_of(matrix: Any, path: Path, prefix: str) -> pd.DataFrame:
    """Return a matrix as a table; MATLAB counts rows from 1, Python from 0.

    Parameters
    ----------
    matrix : ndarray
    path : Path
        Of the file.
    prefix : str
        Of the names of its columns, which are counted from 1.

    Returns
    -------
    DataFrame
    """
    start = int(path.suffix.lower() == ".mat")
    index = pd.RangeIndex(start, len(matrix) + start, name="row")
    return pd.DataFrame(matrix, index, [f"{prefix}{k}" for k in range(1, matrix.shape[1] + 1)])


def _key(wanted: Any, usual: tuple[str, ...], matrices: dict[str, Any]) -> str | None:
    if wanted is not None:
        return wanted if isinstance(wanted, str) and wanted in matrices else None
    found = [key for name in usual for key in matrices if key.rpartition(".")[2].casefold() == name]
    return found[0] if found else None
