"""What a store holds, read without training anything."""

from __future__ import annotations

from os import PathLike

import pandas as pd

from ildl.experiments.plan import Protocol
from ildl.experiments.run import to_frame
from ildl.experiments.store import Store


def read_stored(results_dir: str | PathLike[str] = "results") -> pd.DataFrame:
    """Return all results of a store that were made with ten folds, whatever code made them.

    Parameters
    ----------
    results_dir : path
        The store; it need not be there.

    Returns
    -------
    DataFrame
        As `run` returns it; empty, with columns dataset, method and key, where nothing is stored. `attrs` has
        experiment, profile and command.
    """
    records = [
        record
        for record in Store(results_dir, read_only=True).records()
        if record["cell"]["protocol"]["n_splits"] == Protocol().n_splits
    ]
    frame = to_frame(records) if records else pd.DataFrame(columns=["dataset", "method", "key"])
    frame.attrs |= {"experiment": "all that is stored", "profile": "any", "command": "ildl reproduce"}
    return frame
