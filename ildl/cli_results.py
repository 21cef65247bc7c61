"""Results that a command is given as paths: stores, CSV files, predictions made elsewhere."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ildl.checks import InputError
from ildl.data.cleaning import named_cells

NEEDED = ("dataset", "feature_set", "method", "params", "fold", "seed", "metric", "value")
NUMBERS = ("fold", "seed", "value", "mean", "std")


def read_results(path: Path, splits: Path | None = None) -> pd.DataFrame:
    """Read results, whatever made them.

    Parameters
    ----------
    path : Path
        A folder that `ildl.experiments.run` wrote, a CSV file of a frame that it returned, or predictions (.npz).
    splits : Path, optional
        The splits that predictions were made on.

    Returns
    -------
    DataFrame
        As `ildl.experiments.run` returns it.

    Raises
    ------
    InputError
        No results are there, or a column or a value is missing; or as `read_csv`, or as
        `ildl.experiments.predictions.read_predictions`.
    """
    if path.is_dir():
        from ildl.experiments.stored import read_stored

        stored = read_stored(path, n_splits=None)
        if stored.empty:
            raise InputError(f"{path} holds no results; `ildl run ... --results-dir {path}` writes some.")
        return stored
    if path.suffix == ".npz":
        if splits is None:
            raise InputError(f"{path} has predictions: pass the file of splits that they were made on, --splits FILE.")
        from ildl.experiments.predictions import read_predictions

        return read_predictions(path, splits)
    frame = read_csv(path)
    if missing := [name for name in NEEDED if name not in frame]:
        raise InputError(
            f"{path} lacks the column(s) {', '.join(missing)}; `ildl run ... --csv FILE` writes such a file."
        )
    needed = frame[[*NEEDED]]
    _refuse(path, needed, needed.isna().to_numpy(), "values are missing")
    return frame


def read_csv(path: Path) -> pd.DataFrame:
    """Read a CSV file; names stay text.

    Parameters
    ----------
    path : Path

    Returns
    -------
    DataFrame

    Raises
    ------
    InputError
        It is none, or holds text where numbers belong.
    """
    names = ("dataset", "method", "params", "metric", "feature_set", "splits", "dataset_sha", "key")
    try:
        frame = pd.read_csv(path, dtype=dict.fromkeys(names, str), keep_default_na=False, na_values=[""])
    except (ValueError, pd.errors.ParserError) as error:
        raise InputError(f"{path} cannot be read as CSV: {error}") from error
    numbers = frame[[name for name in NUMBERS if name in frame]]
    text = numbers.apply(pd.to_numeric, errors="coerce").isna() & numbers.notna()
    _refuse(path, numbers, text.to_numpy(), "not numbers, as they must be")
    return frame


def _refuse(path: Path, table: pd.DataFrame, bad: NDArray[np.bool_], why: str) -> None:
    """Raise InputError where a cell is bad, and name it as an editor of text does."""
    if bad.any():
        lines = table.set_axis(pd.RangeIndex(2, len(table) + 2, name="line"))
        raise InputError(f"{path}: {why}: {named_cells(lines, bad)}.")
