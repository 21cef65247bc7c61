"""One method over a grid of hyper-parameters."""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from ildl.data import Dataset
from ildl.experiments.own import MethodSpec, resolve
from ildl.experiments.runner import run
from ildl.methods.own import inner


def sweep(
    dataset: str | Dataset, method: MethodSpec, grid: Mapping[str, Sequence[Any]], **options: Any
) -> pd.DataFrame:
    """Run one method over a grid of hyper-parameters.

    Parameters
    ----------
    dataset : str or Dataset
    method : object
        A name, class, instance or place in a file, as for `run`.
    grid : mapping
        Hyper-parameter -> values; all combinations are run.
    **options
        As `run`.

    Returns
    -------
    pandas.DataFrame
        As `run`, with a column for each hyper-parameter of the grid.

    Raises
    ------
    InputError, OSError, CellsFailed
        As `run`.
    """
    combinations = [dict(zip(grid, values, strict=True)) for values in itertools.product(*grid.values())]
    frame = run([dataset], [(method, params) for params in combinations], **options)
    defaults = inner(resolve(method).prototype).get_params()
    given = frame["params"].map(json.loads)
    return frame.assign(**{name: [params.get(name, defaults[name]) for params in given] for name in grid})
