"""`open_dataset`: a data set as the command line names it; and what its sampling keeps."""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ildl.checks import InputError
from ildl.data.catalogue import RECORDS, list_datasets
from ildl.data.dataset import Dataset
from ildl.data.files import SUFFIXES
from ildl.data.load import load_dataset


def open_dataset(text: str, data_home: str | os.PathLike[str] | None = None) -> Dataset:
    """Return a data set of the catalogue by its name, or own data by ``path[,key=value...]``.

    Parameters
    ----------
    text : str
        What has a suffix of `Dataset.from_file`, or contains a path separator, is a path; anything else is a name. Keys
        are the options of `Dataset.from_file`; parts of a list are joined by "+":
        ``"my.csv,labels=vote_,drop=id+rater,sampling=generic"``.
    data_home : path, optional
        As `load_dataset`.

    Returns
    -------
    Dataset

    Raises
    ------
    InputError, OSError
        As `load_dataset` and `Dataset.from_file`.
    """
    if not is_path(text):
        if text not in (known := list_datasets(extra=True)) and text.partition(",")[0] in known:
            raise InputError(f"{text!r}: options are for files; {text.partition(',')[0]} is a name of the catalogue.")
        return load_dataset(text, data_home=data_home)
    path, options = _parts(text)
    return Dataset.from_file(path, **options)


@lru_cache(maxsize=len(RECORDS))
def loaded(name: str, data_home: str | None = None) -> Dataset:
    """A data set of the catalogue, whose checksum says what is in it: a process reads it once.

    Parameters
    ----------
    name : str
    data_home : str, optional
        Where the files are.

    Returns
    -------
    Dataset
    """
    return load_dataset(name, data_home=data_home)


def is_path(text: str) -> bool:
    """Whether a text names a file and not a data set of the catalogue.

    Parameters
    ----------
    text : str
        As for `open_dataset`.

    Returns
    -------
    bool
    """
    path = _cut(text)[0]
    known = list_datasets(extra=True)
    return text not in known and (
        ("=" in text and path not in known)
        or Path(path).is_file()
        or Path(path).suffix.lower() in SUFFIXES
        or any(sign and sign in path for sign in (os.sep, os.altsep))
    )


def _cut(text: str) -> tuple[str, list[str]]:
    """The path, which may contain commas, and the options."""
    pieces = text.split(",")
    for count in range(len(pieces), 1, -1):
        if Path(path := ",".join(pieces[:count])).expanduser().is_file():
            return path, pieces[count:]
    return pieces[0], pieces[1:]


def _parts(text: str) -> tuple[str, dict[str, Any]]:
    path, pieces = _cut(text)
    options: dict[str, Any] = {}
    for piece in filter(None, (piece.strip() for piece in pieces)):
        key, equals, value = (part.strip() for part in piece.partition("="))
        if not equals or not value:
            raise InputError(f"{piece!r} in {text!r} is not KEY=VALUE; several columns are joined by '+': labels=a+b.")
        if key in options:
            raise InputError(f"{key} is there twice in {text!r}; several columns are joined by '+': {key}=a+b.")
        options[key] = _float(value) if key == "tolerance" else value
    return path, options


def _float(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise InputError(f"tolerance={text} is not a number.") from None


def kept_rows(ds: Dataset, splits: Sequence[Any]) -> pd.DataFrame:
    """Return what each fold keeps, and how imbalanced that is.

    Parameters
    ----------
    ds : Dataset
    splits : sequence of ildl.protocol.Split

    Returns
    -------
    DataFrame
        One row a fold: fold; n_train, n_valid, n_test, kept (rows); imbalance, the largest over the smallest mean
        degree of the training rows.
    """
    rows = []
    with np.errstate(divide="ignore"):
        for split in splits:
            means = ds.labels[split.train].mean(axis=0)
            sizes = (len(part) for part in (split.train, split.valid, split.test, split.kept))
            rows.append((split.fold, *sizes, float(means.max() / means.min())))
    return pd.DataFrame(rows, columns=["fold", "n_train", "n_valid", "n_test", "kept", "imbalance"])
