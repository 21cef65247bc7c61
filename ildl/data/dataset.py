"""What a loaded data set is."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ildl.data.sampling import Sampling, generic_sampling

Array = NDArray[np.float64]


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

    def resampled(self, eta1: float | None = None, eta2: float | None = None) -> Dataset:
        """Return the same data under the generic rule of imbalance sampling, with other thresholds.

        What its training folds keep is then `generic_sampling` of all its labels. `ildl.experiments.run` stores the
        results of each sampling apart.

        Parameters
        ----------
        eta1, eta2 : float, optional
            As in `generic_sampling`.

        Returns
        -------
        Dataset

        Raises
        ------
        InputError
            As in `generic_sampling`.
        """
        return replace(self, sampling=generic_sampling(self.labels, eta1, eta2))
