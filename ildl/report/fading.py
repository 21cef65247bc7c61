"""How gradients of real rows depend on the dominant degree: quartiles in bins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike


def quartiles_by_degree(
    dataset: str, degrees: ArrayLike, norms: Mapping[str, ArrayLike], edges: Sequence[float]
) -> pd.DataFrame:
    """Bin rows by their dominant degree and give quartiles of a value for each loss.

    Parameters
    ----------
    dataset : str
        Name, carried along.
    degrees : array-like, shape (n,)
        Dominant degrees.
    norms : mapping of str to array-like, shape (n,)
        Name of a loss -> value of each row.
    edges : sequence of float
        Ascending; a bin contains its lower edge. Bins without rows are left out.

    Returns
    -------
    DataFrame
        Columns: dataset; degree (middle of the bin); rows; loss; lower, median, upper (quartiles).
    """
    centres = (np.asarray(edges)[:-1] + np.asarray(edges)[1:]) / 2
    bins = pd.cut(np.asarray(degrees), list(edges), right=False, labels=centres)
    frame = pd.DataFrame({name: np.asarray(values) for name, values in norms.items()})
    long = frame.assign(degree=bins).melt("degree", var_name="loss", value_name="value").dropna(subset="degree")
    grouped = long.astype({"degree": float}).groupby(["loss", "degree"], sort=False).value
    table = grouped.quantile(np.array([0.25, 0.5, 0.75])).unstack()
    table.columns = pd.Index(["lower", "median", "upper"])
    table = table.assign(rows=grouped.size(), dataset=dataset).reset_index()
    order = {name: position for position, name in enumerate(norms)}
    table = table.sort_values(
        ["loss", "degree"], key=lambda column: column.map(order) if column.name == "loss" else column
    )
    return table[["dataset", "degree", "rows", "loss", "lower", "median", "upper"]].reset_index(drop=True)
