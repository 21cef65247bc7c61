"""Train stored cells again, own ones or the shipped reference's, and compare."""

from __future__ import annotations

import json
import warnings
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache
from os import PathLike
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pandas as pd

from ildl.checks import InputError, check_number
from ildl.data import DataUnavailable, list_datasets, load_dataset
from ildl.experiments.paper import with_threshold
from ildl.experiments.plan import Cell, Protocol
from ildl.experiments.reference import FOLDER, read_manifest, read_reference
from ildl.experiments.run import CellsFailed, run
from ildl.experiments.store import Record, Store
from ildl.experiments.task import Task
from ildl.methods import METHODS


def verify(
    results_dir: str | PathLike[str] = "results",
    *,
    sample: int = 5,
    seed: int = 0,
    tolerance: float = 1e-3,
    data_home: str | PathLike[str] | None = None,
) -> pd.DataFrame:
    """Train a random sample of stored cells again, with the code that is here now, and compare every metric.

    Parameters
    ----------
    results_dir : path
        The store.
    sample : int
        Cells; all of them if there are fewer.
    seed : int
        Seed of the choice.
    tolerance : float
        Largest difference that counts as equal; training in float32 rounds otherwise on another machine.
    data_home : path, optional
        Where the data sets' files are.

    Returns
    -------
    pandas.DataFrame
        dataset, method, params, fold, seed, metric, stored, again, equal. Cells that cannot be trained again are left
        out; a warning names their data sets and methods.

    Raises
    ------
    InputError
        The store holds no cell that can be trained again; says why.
    CellsFailed
        A cell could not be trained.
    """
    check_number(sample, "sample", 1, integer=True)
    check_number(seed, "seed", 0, integer=True)
    if not Path(results_dir).is_dir():
        raise InputError(f"There is no folder {results_dir}; make results with `ildl run`.")
    home = None if data_home is None else str(data_home)
    stored = list(Store(results_dir, read_only=True).records())
    if not stored:
        raise InputError(f"{results_dir} holds no results; make some with `ildl run`.")
    obstacles = [_obstacle(record["cell"], home) for record in stored]
    _tell_left_out([why for why in obstacles if why], len(stored), str(results_dir))
    records = [record for record, why in zip(stored, obstacles, strict=True) if not why]
    chosen = np.random.default_rng(seed).choice(len(records), min(sample, len(records)), replace=False)
    rows = []
    for record in (records[i] for i in sorted(chosen)):
        fields = {name: value for name, value in record["cell"].items() if name != "key"}
        cell = Cell(**fields | {"protocol": Protocol(**fields["protocol"])})
        [(_, again, why)] = Task(cell.dataset, home, [cell], {})()
        if again is None:
            raise CellsFailed(f"{cell.method} on {cell.dataset}, fold {cell.fold}: {why}")
        rows += _compare(fields, record["metrics"], again["metrics"], tolerance)
    return pd.DataFrame(rows)


def verify_reference(*, sample: int = 5, seed: int = 0, tolerance: float = 1e-2, folder: Path = FOLDER) -> pd.DataFrame:
    """Train a random sample of the shipped reference's cells again, and compare every metric.

    Parameters
    ----------
    sample, seed
        As in `verify`.
    tolerance : float
        Wider than for own cells: a member alone rounds otherwise than in the ensemble that it was trained in, and 300
        epochs can make a few thousandths of that.
    folder : Path
        Of the reference.

    Returns
    -------
    pandas.DataFrame
        As `verify`, with the experiment in front; cells are left out with a warning as there.

    Raises
    ------
    InputError
        No reference, or none of its cells can be trained again; says why.
    CellsFailed
        A cell could not be trained.
    """
    check_number(sample, "sample", 1, integer=True)
    check_number(seed, "seed", 0, integer=True)
    frame = pd.concat(
        [read_reference(name, folder).assign(experiment=name) for name in read_manifest(folder)], ignore_index=True
    )
    cells = frame.drop_duplicates("key").set_index("key")
    made_from = cells[["method", "dataset", "dataset_sha"]].to_dict("index")
    obstacles = {key: _obstacle(cell, None) for key, cell in made_from.items()}
    _tell_left_out([why for why in obstacles.values() if why], len(cells), "The reference")
    keys = np.array([key for key, why in obstacles.items() if not why])
    chosen = np.random.default_rng(seed).choice(len(keys), min(sample, len(keys)), replace=False)
    rows = []
    for key in keys[np.sort(chosen)]:
        cell = frame[frame["key"] == key].drop_duplicates("metric")
        first = cell.iloc[0]
        eta = first.get("eta", np.nan)
        source = first["dataset"] if np.isnan(eta) or eta == 1 else with_threshold(first["dataset"], eta)
        protocol = {name: first[name] for name in Protocol.__dataclass_fields__}
        protocol = {
            name: int(value) if not isinstance(value, str) and value % 1 == 0 else value
            for name, value in protocol.items()
        }
        with TemporaryDirectory() as store:
            again = run(
                [source],
                [(first["method"], json.loads(first["params"]))],
                folds=[int(first["fold"])],
                seeds=[int(first["seed"])],
                **protocol,
                results_dir=store,
                n_jobs=1,
                progress=False,
            )
        stored, found = (dict(zip(part["metric"], part["value"], strict=True)) for part in (cell, again))
        rows += _compare(first.to_dict(), stored, found, tolerance)
    return pd.DataFrame(rows)


def _compare(
    cell: Mapping[str, Any], stored: Mapping[str, float], again: Mapping[str, float], tolerance: float
) -> list[Record]:
    """One row a metric of a cell."""
    same = {name: cell[name] for name in ("experiment", "dataset", "method", "params", "fold", "seed") if name in cell}
    return [
        same | {"metric": metric, "stored": value, "again": again[metric],
                "equal": bool(abs(again[metric] - value) <= tolerance)}
        for metric, value in stored.items()
    ]  # fmt: skip


def _obstacle(cell: Mapping[Any, Any], data_home: str | None) -> str:
    """Why a cell cannot be trained again: the very data and the method that it was made from must be at hand."""
    if cell["method"] not in METHODS:
        return f"{cell['method']} (no such method here)"
    if cell["dataset"] not in list_datasets(extra=True):
        return f"{cell['dataset']} (not in the catalogue)"
    sha = _sha(cell["dataset"], data_home)
    if sha is None:
        return f"{cell['dataset']} (not here, see `ildl datasets`)"
    return "" if sha == cell["dataset_sha"] else f"{cell['dataset']} (another version, or another sampling)"


def _tell_left_out(reasons: Sequence[str], of: int, where: str) -> None:
    """Count the cells that cannot be trained again; an error if none is left."""
    counts = ", ".join(f"{number} of {why}" for why, number in Counter(reasons).items())
    if len(reasons) == of:
        raise InputError(f"{where} holds no cell that can be trained again: {counts}.")
    if reasons:
        warnings.warn(f"{len(reasons)} of {of} cells cannot be trained again and are left out: {counts}.", stacklevel=3)


@cache
def _sha(name: str, data_home: str | None) -> str | None:
    try:
        return load_dataset(name, data_home=data_home, download_if_missing=False).sha256
    except DataUnavailable:
        return None
