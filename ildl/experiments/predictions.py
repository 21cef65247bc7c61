"""Predictions made elsewhere: splits go out with their hash, predictions on them come back into the same tables."""

from __future__ import annotations

import hashlib
import io
import json
import math
import os
import re
import warnings
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
import pandas as pd

from ildl.checks import InputError, Problem, check_distributions, check_number
from ildl.data import Dataset
from ildl.data.integrity import check_name
from ildl.experiments.plan import Cell
from ildl.experiments.protocols import OwnProtocol, Protocol, protocols_of
from ildl.experiments.runner import identify
from ildl.experiments.store import write_whole
from ildl.experiments.stored import to_frame
from ildl.experiments.task import Task, prepared
from ildl.methods import METHODS, LDLEstimator
from ildl.protocol import Split, scale_features, splits_hash

PARTS = ("train", "valid", "test", "kept")
NEEDED = ("hash", "dataset", "X", "D", "dataset_sha", "feature_set", "protocol")


def write_splits(
    source: str | Dataset,
    path: str | os.PathLike[str],
    splits: Any = None,
    *,
    data_home: str | os.PathLike[str] | None = None,
    **protocol: Any,
) -> str:
    """Write a data set and its splits into one file, from which a method anywhere can train and predict.

    Parameters
    ----------
    source : str or Dataset
        As for `run`.
    path : path
        An .npz file, read by ``numpy.load``. It holds hash, dataset, X (scaled as the protocol scales), D,
        label_names, and the row numbers train_0, valid_0, test_0, train_1, ... of each fold; besides dataset_sha,
        feature_set, protocol and kept_0, ..., which `read_predictions` and `read_splits` need.
    splits : object, optional
        Own ones, as for `run`.
    data_home : path, optional
        Where the data sets' files are.
    **protocol
        n_splits, n_valid, valid_from, split_seed and split_folds, as for `run`.

    Returns
    -------
    str
        What was written, and what is to be done with it.

    Raises
    ------
    InputError, OSError
        As `run`; or the file's name does not end in .npz.
    """
    path = Path(path)
    if path.suffix != ".npz":
        raise InputError(f"{path}: splits are written into an .npz file; call it {path.stem or 'splits'}.npz.")
    ds = identify(source, None if data_home is None else str(data_home))
    if ds.features is None:
        raise InputError(f"{ds.name} has labels only; training needs its features.")
    how = protocols_of([ds], splits, Protocol(**protocol))[ds.name]
    content = rows_of(ds, how)
    content |= {"label_names": list(ds.label_names), "X": scale_features(ds.features), "D": ds.labels}
    np.savez_compressed(packed := io.BytesIO(), **content)
    write_whole(path, packed.getvalue())
    return (
        f"{path}: {ds.name}, {len(ds.labels)} rows, {how.n_splits} splits, hash {content['hash']}.\n"
        "  It holds X (scaled), D, label_names; and train_0, valid_0, test_0, train_1, ...: row numbers from 0.\n"
        "  Save predictions as .npz with hash, method (its name), and fold_0, fold_1, ...: "
        "label distributions of test_0, test_1, ..."
    )


def rows_of(ds: Dataset, protocol: Protocol) -> dict[str, Any]:
    """Return what a file of splits holds besides the data, enough for `read_splits`.

    Parameters
    ----------
    ds : Dataset
    protocol : Protocol

    Returns
    -------
    dict
        See `write_splits`.
    """
    made = protocol.splits(ds)
    content: dict[str, Any] = {f"{part}_{split.fold}": getattr(split, part) for split in made for part in PARTS}
    content |= {"dataset": ds.name, "dataset_sha": ds.sha256, "feature_set": ds.feature_set}
    return content | {"hash": splits_hash(ds, made), "protocol": json.dumps(protocol.record())}


def read_splits(path: str | os.PathLike[str]) -> Any:
    """Return the splits that a file holds, for ``run(splits=...)``.

    Parameters
    ----------
    path : path
        Of `write_splits`; or .npy, .csv or .txt with one value a row (with a line of its name before): "train",
        "valid" or "test", or the group whose rows stay together.

    Returns
    -------
    list of Split, or ndarray

    Raises
    ------
    InputError
        There is no such file, or it is none of these.
    """
    path = Path(path)
    if path.suffix == ".npz":
        return _splits(_load(path, ("hash", "test_0"), "ildl splits -d ... -o"), path)
    if not path.is_file():
        raise InputError(f"There is no file {path}.")
    try:
        column = np.load(path)[:, None] if path.suffix == ".npy" else pd.read_csv(path).to_numpy()
    except (ValueError, OSError, IndexError) as error:
        raise InputError(f"{path} cannot be read as splits: {error}") from error
    if column.ndim != 2 or column.shape[1] != 1:
        raise InputError(f"{path} must hold one value a row, not an array of shape {column.shape}.")
    return column[:, 0]


def read_predictions(path: str | os.PathLike[str], splits_path: str | os.PathLike[str]) -> pd.DataFrame:
    """Judge predictions that were made anywhere, as `run` judges its own.

    Parameters
    ----------
    path : path
        An .npz file of hash (of the splits), method (what tables shall call it), fold_0, fold_1, ... (predictions of
        the rows test_0, test_1, ..., in their order), and perhaps seed, where there are several runs.
    splits_path : path
        Of `write_splits`, on which the method was trained.

    Returns
    -------
    pandas.DataFrame
        As `run` returns it; concatenate both.

    Raises
    ------
    InputError
        Another hash, another shape than that of the rows tested, or what is no label distribution; the method has the
        name of one of the package's.
    """
    made = _load(path, ("hash", "method"), "numpy.savez")
    given = _load(splits_path, NEEDED, "ildl splits -d ... -o")
    if made["hash"] != given["hash"]:
        raise InputError(
            f"{path} was made on other splits (hash {made['hash']}) than {splits_path} holds (hash {given['hash']}); "
            "copy hash from the file of splits that the method was trained on, and pass that file."
        )
    splits, D, method, seed = _splits(given, splits_path), given["D"], str(made["method"]), made.get("seed", 0)
    seed = int(seed) if isinstance(seed, float) and seed.is_integer() else seed
    check_number(seed, f"seed of {path}", 0, integer=True)
    if method in METHODS:
        raise InputError(f"{path}: {method} is a method of the package; call this one otherwise, as in 'My {method}'.")
    check_name(method)
    found = sorted(int(name[5:]) for name in made if re.fullmatch(r"fold_\d+", name))
    if not found or found[-1] >= len(splits):
        what = f"there is no split {found[-1]} in {splits_path}" if found else "it holds no fold_0"
        raise InputError(f"{path}: {what}; predictions of test_0, ..., test_{len(splits) - 1} are fold_0, ....")
    if len(found) < len(splits):
        lacking = ", ".join(str(fold) for fold in range(len(splits)) if fold not in found)
        warnings.warn(f"{path} lacks predictions of fold {lacking}; means are over the others.", stacklevel=2)
    content, protocol = Path(path).read_bytes(), OwnProtocol(**json.loads(given["protocol"]))
    about = {name: given[name] for name in ("dataset", "feature_set", "dataset_sha")}
    about |= {"method": method, "params": "{}", "effective": "{}", "code": hashlib.sha256(content).hexdigest()}
    cells = []
    for fold in found:
        made_here = f"fold_{fold}"
        check_distributions(made[made_here], f"{made_here} of {path}", len(splits[fold].test), D.shape[1])
        cells.append(_Elsewhere(**about, fold=fold, seed=seed, protocol=protocol, device="elsewhere", libraries=(),
                                prototype=_Given(made[made_here])))  # fmt: skip
    outcomes = Task(given["dataset"], None, cells)({cells[0].protocol: prepared(given["X"], D, splits, given["hash"])})
    if failed := [why for *_, why in outcomes if why]:
        raise InputError(f"{path}: {failed[0]}")
    date = datetime.fromtimestamp(os.path.getmtime(path), UTC).isoformat(timespec="seconds")
    records = [record | {"key": key, "date": date} for key, record, _ in outcomes if record]
    return to_frame(records).assign(fit_seconds=math.nan)


class _Given(LDLEstimator):
    """What stands for a method: its predictions."""

    def __init__(self, predicted: Any) -> None:
        self.predicted = predicted

    def _fit(self, problem: Problem) -> None:
        """It was fitted elsewhere."""

    def predict(self, X: Any) -> Any:  # as they are: not divided by their sums once more
        return self.predicted


class _Elsewhere(Cell):
    def estimator(self) -> Any:
        return self.prototype


def _load(path: str | os.PathLike[str], needed: tuple[str, ...], maker: str) -> dict[str, Any]:
    if not Path(path).is_file():
        raise InputError(f"There is no file {path}.")
    try:
        with np.load(path, allow_pickle=False) as file:
            content = {name: _plain(file[name]) for name in file.files}
    except (ValueError, OSError, EOFError, AttributeError, TypeError, BadZipFile) as error:
        raise InputError(f"{path} cannot be read as an .npz file of plain arrays and text: {error}") from error
    if lacking := [name for name in needed if name not in content]:
        raise InputError(f"{path} lacks {', '.join(lacking)}; it is made by `{maker}`.")
    return content


def _plain(value: np.ndarray) -> Any:
    """A number or text by itself, whatever wrote it; arrays as they are."""
    if value.size == 1 and value.ndim < 2 and value.dtype.kind in "USiuf":
        only = value.reshape(-1)[0].item()
        return only.decode() if isinstance(only, bytes) else only
    return value


def _splits(given: dict[str, Any], path: str | os.PathLike[str]) -> list[Split]:
    n = sum(re.fullmatch(r"test_\d+", name) is not None for name in given)
    try:
        return [Split(fold, *(np.atleast_1d(given[f"{part}_{fold}"]) for part in PARTS)) for fold in range(n)]
    except KeyError as error:
        raise InputError(f"{path} lacks {error.args[0]}; make it anew with `ildl splits`.") from error
