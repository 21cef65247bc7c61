"""`load_dataset`: a data set by its name, checked against the catalogue."""

from __future__ import annotations

import hashlib
import io
import os
import warnings
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Literal, overload

import numpy as np
import pandas as pd

from ildl.checks import (
    SUM_TOLERANCE,
    InputError,
    check_distributions,
    check_features,
    check_matrix,
    check_option,
)
from ildl.data.artificial import make_artificial
from ildl.data.catalogue import ARTIFICIAL, get_record, list_datasets
from ildl.data.dataset import Array, Dataset
from ildl.data.fetch import fetch
from ildl.data.record import Record
from ildl.data.sampling import Sampling, generic_sampling

ROUNDING = 1e-6  # labels in single precision are off by 3e-8


@overload
def load_dataset(
    name: str,
    *,
    data_home: str | os.PathLike[str] | None = ...,
    download_if_missing: bool = ...,
    labels_only: bool = ...,
    return_X_y: Literal[False] = ...,
    as_frame: bool = ...,
) -> Dataset: ...


@overload
def load_dataset(
    name: str,
    *,
    data_home: str | os.PathLike[str] | None = ...,
    download_if_missing: bool = ...,
    labels_only: bool = ...,
    return_X_y: Literal[True],
    as_frame: bool = ...,
) -> tuple[Any, Any]: ...


def load_dataset(
    name: str,
    *,
    data_home: str | os.PathLike[str] | None = None,
    download_if_missing: bool = True,
    labels_only: bool = False,
    return_X_y: bool = False,
    as_frame: bool = False,
) -> Dataset | tuple[Any, Any]:
    """Load a data set.

    Parameters
    ----------
    name : str
        One of ``list_datasets(extra=True)``.
    data_home : path, optional
        The only folder to look in and to download to. Default: the folder that the environment variable
        ``ILDL_DATA_HOME`` names, then the user's cache folder.
    download_if_missing : bool
        False: raise `DataUnavailable` instead of downloading.
    labels_only : bool
        Labels without features, from whichever file is here; ``features`` is None.
    return_X_y : bool
        Return ``(X, D)`` instead of a `Dataset`.
    as_frame : bool
        Fill ``Dataset.frame`` (features ``x0``, ``x1``, ..., then labels by name); with `return_X_y`, return two
        data frames.

    Returns
    -------
    Dataset, or (X, D)
        X of shape (n, q), unscaled; D of shape (n, c), rows sum to 1; both float64 and read-only. Rows of a published
        file that do not sum to 1 are divided by their sums, with a warning.

    Raises
    ------
    InputError
        Unknown name (the nearest is suggested); a file that contradicts the catalogue, or whose labels have a negative
        or missing degree or a row without any; `return_X_y` with `labels_only`.
    DataUnavailable
        The file is not here and cannot be fetched.
    DamagedFile
        The file is not the published one.
    """
    check_option(name, list_datasets(extra=True), "data set")
    if return_X_y and labels_only:
        raise InputError("return_X_y needs features; leave out labels_only, or use the Dataset's labels.")
    if name == ARTIFICIAL:
        dataset = make_artificial()
        if labels_only:
            dataset = replace(dataset, features=None, feature_set="labels only")
    else:
        dataset = _read(get_record(name), data_home, download_if_missing, labels_only)
    if as_frame:
        dataset = replace(dataset, frame=_frame(dataset))
    if not return_X_y:
        return dataset
    if dataset.frame is None:
        return dataset.features, dataset.labels
    split = dataset.frame.shape[1] - dataset.labels.shape[1]
    return dataset.frame.iloc[:, :split], dataset.frame.iloc[:, split:]


def _read(
    record: Record, data_home: str | os.PathLike[str] | None, download_if_missing: bool, labels_only: bool
) -> Dataset:
    find = partial(fetch, record.name, data_home, download=download_if_missing)
    path = find(labels_only=labels_only)
    content = path.read_bytes()
    labels = _labels(record, path, content)
    features: Array | None = None
    if not labels_only:
        matrix = _field(record, path, content, "features", record.q)
        features = check_features(matrix, name=f"features of {record.name} ({path.name})")
        if record.rounded:
            exact = find(labels_only=True)
            rounded, labels = labels, _labels(record, exact, exact.read_bytes())
            _check_agreement(rounded, labels, f"labels of {record.name}, {path} and {exact}")
    sampling, names = _oriented(record, labels)
    return Dataset(
        name=record.name,
        features=features,
        labels=labels,
        label_names=names,
        feature_set="labels only" if features is None else record.feature_set,
        sha256=hashlib.sha256(content).hexdigest(),
        sampling=sampling,
    )


def _field(record: Record, path: Path, content: bytes, field: str, width: int | None) -> Array:
    """Return one matrix of a file, of the shape that the catalogue states."""
    import scipy.io

    where = f"{record.name} ({path.name})"
    if path.suffix == ".npy":
        matrix = np.load(io.BytesIO(content), allow_pickle=False)
    else:
        matrix = scipy.io.loadmat(io.BytesIO(content), variable_names=[field]).get(field)
    if matrix is None:
        held = ", ".join(name for name, *_ in scipy.io.whosmat(io.BytesIO(content))) or "nothing"
        raise InputError(f"{where} has no field {field}; it holds {held}.")
    if matrix.shape != (stated := (record.n, matrix.shape[-1] if width is None else width)):
        raise InputError(f"{field} of {where} have the shape {matrix.shape}, but the catalogue states {stated}.")
    return matrix


def _labels(record: Record, path: Path, content: bytes) -> Array:
    """Return label distributions; where rows of the published file do not sum to 1, divided by their sums."""
    name = f"labels of {record.name} ({path.name})"
    degrees = _field(record, path, content, "labels" if path.suffix == ".npy" else record.labels_field, record.c)
    try:
        degrees = check_matrix(degrees, name)
        sums = degrees.sum(axis=1)
        if (empty := np.flatnonzero(sums <= 0)).size:
            raise InputError(f"{name}, row {empty[0]}: its degrees sum to {sums[empty[0]]:g}, which is not above 0.")
        off = int((np.abs(sums - 1) > SUM_TOLERANCE).sum())
        if off and degrees.min() >= 0:
            degrees = degrees / sums[:, None]
        degrees = check_distributions(degrees, name)  # complains of a negative degree as it is in the file
    except InputError as error:
        raise InputError(
            f"{error} {path} is as published: to use its other rows, read it yourself and make an ildl.data.Dataset of "
            "them."
        ) from error
    if off:
        warnings.warn(
            f"{name}: {off} of {len(degrees)} rows do not sum to 1 (sums from {sums.min():.4g} to {sums.max():.4g}); "
            "every row is divided by its sum.",
            stacklevel=4,
        )
    return degrees


def _check_agreement(rounded: Array, exact: Array, where: str) -> None:
    apart = np.abs(rounded - exact).max(axis=1)
    if (off := np.flatnonzero(apart > ROUNDING)).size:
        raise InputError(
            f"{where}: {off.size} rows differ by more than {ROUNDING:g}, the first is row {off[0]}, by "
            f"{apart[off[0]]:.3g}. The files do not belong together, so the catalogue is wrong: please report it. "
            "load_dataset(..., labels_only=True) reads the labels alone."
        )


def _oriented(record: Record, labels: Array) -> tuple[Sampling, tuple[str, ...]]:
    """Return thresholds and names for the file's order of labels.

    Without constants of the benchmark, those of the generic rule. The rule behind the constants is that the label of
    the largest total is suppressed and that of the smallest promoted. A public features file that no one of the project
    has seen may order its labels differently from the labels file from which the constants were checked: then the rule
    decides, and the names are neutral.
    """
    if record.sampling is None:
        return generic_sampling(labels), record.label_names
    totals = labels.sum(axis=0)
    largest, smallest = int(totals.argmax()), int(totals.argmin())
    if (record.sampling.suppressed, record.sampling.promoted) == (largest, smallest):
        return record.sampling, record.label_names
    warnings.warn(
        f"{record.name}: this file orders its labels differently from the benchmark (largest total: label {largest}, "
        f"smallest: {smallest}). Sampling follows the totals; labels are numbered instead of named.",
        stacklevel=4,
    )
    names = tuple(f"label {k}" for k in range(1, record.c + 1))
    return replace(record.sampling, suppressed=largest, promoted=smallest), names


def _frame(dataset: Dataset) -> pd.DataFrame:
    labels = pd.DataFrame(dataset.labels, columns=list(dataset.label_names))
    if dataset.features is None:
        return labels
    features = pd.DataFrame(dataset.features, columns=[f"x{k}" for k in range(dataset.features.shape[1])])
    return pd.concat([features, labels], axis=1)
