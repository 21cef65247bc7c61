"""Records as a tidy frame; and all that a store holds, read without training anything."""

from __future__ import annotations

from collections.abc import Sequence
from os import PathLike

import pandas as pd

from ildl.experiments.store import Record, Store

FIT = ("fit_seconds", "epoch", "valid_kl", "n_train", "n_test", "n_iter", "objective", "converged")
DTYPES = {"epoch": "Int64", "valid_kl": "float64", "n_iter": "Int64", "objective": "float64", "converged": "boolean"}
"""Of columns that may be empty."""


def read_stored(results_dir: str | PathLike[str] = "results", n_splits: int | None = 10) -> pd.DataFrame:
    """Return all results of a store that were made with so many folds, whatever code made them.

    Parameters
    ----------
    results_dir : path
        The store; it need not be there.
    n_splits : int, optional
        Folds; None for any number.

    Returns
    -------
    DataFrame
        As `run` returns it; empty, with columns dataset, method and key, where nothing is stored. `attrs` has
        experiment, profile and command.
    """
    records = [
        record
        for record in Store(results_dir, read_only=True).records()
        if n_splits in (None, record["cell"]["protocol"]["n_splits"])
    ]
    frame = to_frame(records) if records else pd.DataFrame(columns=["dataset", "method", "key"])
    frame.attrs |= {"experiment": "all that is stored", "profile": "any", "command": "ildl run"}
    return frame


def to_frame(records: Sequence[Record]) -> pd.DataFrame:
    """Tidy frame of records, one row a cell and metric.

    Parameters
    ----------
    records : sequence of dict

    Returns
    -------
    pandas.DataFrame
    """
    rows = []
    for record in records:
        cell = record["cell"]
        first = {name: cell[name] for name in ("dataset", "feature_set", "method", "params", "fold", "seed")}
        last = {name: record["fit"][name] for name in FIT}
        last |= {"version": record["version"], "dataset_sha": cell["dataset_sha"], "device": cell["device"]}
        last |= {name: value for name, value in cell["protocol"].items() if name != "own"}
        last |= {"splits": record.get("splits", "")}
        last |= {"date": record["date"], "key": record["key"]}
        rows += [first | {"metric": name, "value": value} | last for name, value in record["metrics"].items()]
    frame = pd.DataFrame(rows)
    return frame.astype(DTYPES)
