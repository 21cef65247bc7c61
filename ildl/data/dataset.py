"""What a loaded data set is, and the constants of its imbalance sampling."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Sampling:
    """Constants of the benchmark's imbalance sampling of a training fold (AAAI 2023 benchmark, its code).

    A row is kept if ``D[i, suppressed] < a / c`` and ``D[i, promoted] > b / c``, c being the number of labels;
    besides, the row of the highest degree of each label is kept.

    Parameters
    ----------
    a, b : float
        Thresholds, in multiples of the uniform degree 1/c.
    suppressed, promoted : int
        The labels with the largest and the smallest total degree in the original data.
    """

    a: float
    b: float
    suppressed: int
    promoted: int


@dataclass(frozen=True, eq=False)
class Dataset:
    """A label-distribution data set; its arrays are read-only.

    Parameters
    ----------
    name : str
        As in `list_datasets`.
    features : ndarray, shape (n, q), float64, or None
        Unscaled features; None where only the labels were loaded.
    labels : ndarray, shape (n, c), float64
        Label distributions; rows lie on the simplex.
    label_names : tuple of str
        c names, in the order of the columns.
    feature_set : {"benchmark", "public", "artificial", "labels only"}
        "benchmark": the features that the published tables used; "public": others, results are not comparable.
    sha256 : str
        Checksum of the source file, or of the arrays' bytes where they were generated.
    sampling : Sampling or None
        None where all rows of a training fold are kept.
    frame : DataFrame or None
        With ``load_dataset(..., as_frame=True)``: features (``x0``, ``x1``, ...) and then labels, side by side.
    """

    name: str
    features: Array | None = field(repr=False)
    labels: Array = field(repr=False)
    label_names: tuple[str, ...]
    feature_set: str
    sha256: str = field(repr=False)
    sampling: Sampling | None = None
    frame: pd.DataFrame | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        for array in (self.features, self.labels):
            if array is not None:
                array.setflags(write=False)
