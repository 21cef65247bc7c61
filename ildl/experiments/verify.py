"""Train stored cells again and compare."""

from __future__ import annotations

from os import PathLike

import numpy as np
import pandas as pd

from ildl.checks import InputError, check_number
from ildl.data import list_datasets
from ildl.experiments.plan import Cell, Protocol
from ildl.experiments.run import CellsFailed
from ildl.experiments.store import Store
from ildl.experiments.task import Task


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
    records = [record for record in Store(results_dir).records() if record["cell"]["dataset"] in list_datasets()]
    if not records:
        raise InputError(f"{results_dir} holds no results of the catalogue's data sets; make some with `ildl run`.")
    chosen = np.random.default_rng(seed).choice(len(records), min(sample, len(records)), replace=False)
    home = None if data_home is None else str(data_home)
    rows = []
    for record in (records[i] for i in sorted(chosen)):
        fields = {name: value for name, value in record["cell"].items() if name != "key"}
        cell = Cell(**fields | {"protocol": Protocol(**fields["protocol"])})
        [(_, again, why)] = Task(cell.dataset, home, [cell])()
        if again is None:
            raise CellsFailed(f"{cell.method} on {cell.dataset}, fold {cell.fold}: {why}")
        same = {name: fields[name] for name in ("dataset", "method", "params", "fold", "seed")}
        for metric, stored in record["metrics"].items():
            value = again["metrics"][metric]
            equal = bool(abs(value - stored) <= tolerance)
            rows.append(same | {"metric": metric, "stored": stored, "again": value, "equal": equal})
    return pd.DataFrame(rows)
