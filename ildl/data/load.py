"""`load_dataset`: a data set by its name, checked against the catalogue."""

from __future__ import annotations

import hashlib
import io
import os
import warnings
from dataclasses import replace
from typing import Any, Literal, overload

import numpy as np
import pandas as pd
import scipy.io

from ildl.checks import InputError, check_distributions, check_features, check_option
from ildl.data.artificial import make_artificial
from ildl.data.catalogue import ARTIFICIAL, get_record, list_datasets
from ildl.data.dataset import Array, Dataset
from ildl.data.fetch import fetch
from ildl.data.record import Record
from ildl.data.sampling import Sampling, generic_sampling


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
        X of shape (n, q), unscaled; D of shape (n, c), rows sum to 1; both float64 and read-only.

    Raises
    ------
    InputError
        Unknown name (the nearest is suggested); a file that contradicts the catalogue; `return_X_y` with
        `labels_only`.
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
    path = fetch(record.name, data_home, labels_only, download=download_if_missing)
    content = path.read_bytes()
    where = f"{record.name} ({path.name})"
    features: Array | None = None
    if path.suffix == ".npy":
        fields = {"labels": np.load(io.BytesIO(content), allow_pickle=False)}
    else:
        fields = scipy.io.loadmat(io.BytesIO(content), variable_names=["features", "labels"])
    for field, width in {"labels": record.c, **({} if labels_only else {"features": record.q})}.items():
        if field not in fields:
            held = ", ".join(name for name, *_ in scipy.io.whosmat(io.BytesIO(content))) or "nothing"
            raise InputError(f"{where} has no field {field}; it holds {held}.")
        shape = fields[field].shape
        if shape != (stated := (record.n, shape[-1] if width is None else width)):
            raise InputError(f"{field} of {where} have the shape {shape}, but the catalogue states {stated}.")
    labels = check_distributions(fields["labels"], f"labels of {where}")
    if not labels_only:
        features = check_features(fields["features"], name=f"features of {where}")
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
