"""Train stored cells again, own ones or the shipped reference's, and compare."""

from __future__ import annotations

import json
from collections.abc import Mapping
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
        dataset, method, params, fold, seed, metric, stored, again, equal.

    Raises
    ------
    InputError
        The store holds no cell that can be trained again.
    CellsFailed
        A cell could not be trained.
    """
    check_number(sample, "sample", 1, integer=True)
    check_number(seed, "seed", 0, integer=True)
    if not Path(results_dir).is_dir():
        raise InputError(f"There is no folder {results_dir}; make results with `ildl run`.")
    home = None if data_home is None else str(data_home)
    records = [record for record in Store(results_dir).records() if _here(record["cell"], home)]
    if not records:
        raise InputError(f"{results_dir} holds no results of data sets and methods that are here; see `ildl datasets`.")
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
        As `verify`, with the experiment in front.

    Raises
    ------
    InputError
        No reference, or none of its data sets is here.
    CellsFailed
        A cell could not be trained.
    """
    check_number(sample, "sample", 1, integer=True)
    check_number(seed, "seed", 0, integer=True)
    frame = pd.concat(
        [read_reference(name, folder).assign(experiment=name) for name in read_manifest(folder)], ignore_index=True
    )
    here = {(name, sha) for name, sha in frame[["dataset", "dataset_sha"]].drop_duplicates().itertuples(index=False)
            if _sha(name, None) == sha}  # fmt: skip
    if not here:
        raise InputError("None of the reference's data sets is here; see `ildl datasets`.")
    frame = frame[pd.MultiIndex.from_frame(frame[["dataset", "dataset_sha"]]).isin(here)]
    keys = frame["key"].unique()
    chosen = np.random.default_rng(seed).choice(len(keys), min(sample, len(keys)), replace=False)
    rows = []
    for key in keys[np.sort(chosen)]:
        cell = frame[frame["key"] == key].drop_duplicates("metric")
        first = cell.iloc[0]
        eta = first.get("eta", np.nan)
        source = first["dataset"] if np.isnan(eta) or eta == 1 else with_threshold(first["dataset"], eta)
        n_valid = first["n_valid"] if first["n_valid"] < 1 else int(first["n_valid"])
        with TemporaryDirectory() as store:
            again = run(
                [source],
                [(first["method"], json.loads(first["params"]))],
                folds=[int(first["fold"])],
                seeds=[int(first["seed"])],
                n_valid=n_valid,
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


def _here(cell: Record, data_home: str | None) -> bool:
    """Whether the very data and the method that a record was made from are at hand."""
    return cell["method"] in METHODS and cell["dataset_sha"] == _sha(cell["dataset"], data_home)


@cache
def _sha(name: str, data_home: str | None) -> str | None:
    if name not in list_datasets(extra=True):
        return None
    try:
        return load_dataset(name, data_home=data_home, download_if_missing=False).sha256
    except DataUnavailable:
        return None
