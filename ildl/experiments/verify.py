"""Train stored cells again and compare."""

from __future__ import annotations

from functools import cache
from os import PathLike
from pathlib import Path

import numpy as np
import pandas as pd

from ildl.checks import InputError, check_number
from ildl.data import DataUnavailable, list_datasets, load_dataset
from ildl.experiments.plan import Cell, Protocol
from ildl.experiments.run import CellsFailed
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
        same = {name: fields[name] for name in ("dataset", "method", "params", "fold", "seed")}
        for metric, stored in record["metrics"].items():
            value = again["metrics"][metric]
            equal = bool(abs(value - stored) <= tolerance)
            rows.append(same | {"metric": metric, "stored": stored, "again": value, "equal": equal})
    return pd.DataFrame(rows)


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
