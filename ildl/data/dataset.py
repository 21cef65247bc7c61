"""What a loaded data set is."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ildl.checks import InputError, check_distributions, check_features, check_option
from ildl.data.own import arrays_fields, file_fields, frame_fields
from ildl.data.sampling import Sampling, generic_sampling

Array = NDArray[np.float64]
FEATURE_SETS = ("benchmark", "public", "artificial", "own", "labels only")


@dataclass(frozen=True, eq=False)
class Dataset:
    """A label-distribution data set; its arrays are read-only copies.

    Own data come by `from_arrays`, `from_frame` or `from_file`, which check, convert and describe them.

    Parameters
    ----------
    name : str
        As in `list_datasets`, or your own.
    features : ndarray, shape (n, q), float64, or None
        Unscaled features; None where only the labels were loaded.
    labels : ndarray, shape (n, c), float64
        Label distributions; rows lie on the simplex.
    label_names : tuple of str
        c names, in the order of the columns.
    feature_set : {"benchmark", "public", "artificial", "own", "labels only"}
        "benchmark": the features that the published tables used; "public": others, results are not comparable; "own":
        yours, beside which no published number stands.
    sha256 : str
        Checksum of the source file, of the recipe where data were generated, or of what own data hold.
    sampling : Sampling or None
        None where all rows of a training fold are kept.
    frame : DataFrame or None
        With ``load_dataset(..., as_frame=True)``: features (``x0``, ``x1``, ...) and then labels, side by side.
    notes : tuple of str
        What was done to own data, in sentences.
    """

    name: str
    features: Array | None = field(repr=False)
    labels: Array = field(repr=False)
    label_names: tuple[str, ...]
    feature_set: str
    sha256: str = field(repr=False)
    sampling: Sampling | None = None
    frame: pd.DataFrame | None = field(default=None, repr=False)
    notes: tuple[str, ...] = field(default=(), repr=False)

    def __post_init__(self) -> None:
        check_option(self.feature_set, FEATURE_SETS, "feature_set")
        for what in ("features", "labels"):
            values = getattr(self, what)
            if values is None and what == "features":
                continue
            if not isinstance(values, np.ndarray):
                raise InputError(
                    f"{what} of {self.name} must be a NumPy array, not {type(values).__name__}: Dataset.from_arrays, "
                    "from_frame and from_file take what else there is."
                )
            (check_features if what == "features" else check_distributions)(values, name=f"{what} of {self.name}")
            if values.flags.writeable or not values.flags.owndata or values.dtype != np.float64:
                values = np.array(values, dtype=np.float64, order="C")
                values.setflags(write=False)
                object.__setattr__(self, what, values)
        if self.features is not None and len(self.features) != len(self.labels):
            raise InputError(
                f"{self.name} has {len(self.features)} rows of features, but {len(self.labels)} of labels."
            )
        object.__setattr__(self, "label_names", tuple(self.label_names))
        if len(self.label_names) != (given := self.labels.shape[1]):
            raise InputError(f"{self.name} has {given} labels, but {len(self.label_names)} names: {self.label_names}.")

    @classmethod
    def from_arrays(
        cls, X: Any, D: Any, *, name: str, sampling: Any = None, label_names: Any = None, **options: Any
    ) -> Dataset:
        """Make a data set of features and labels.

        Parameters
        ----------
        X : array-like, shape (n, q)
            Arrays, lists, data frames or sparse matrices; copied, never changed.
        D : array-like, shape (n, c)
            Label distributions, percentages or votes.
        name : str
            Of the data set; letters, digits, '-', '_', '.' and spaces.
        sampling : {"generic", "none"} or Sampling
            Which rows of a training fold are kept: those of `generic_sampling` ("generic:0.3:0.2" with its eta1 and
            eta2), all of them, or by your constants. Must be said.
        label_names : sequence of str, optional
            Default: the columns of a data frame, else "label 1", "label 2", ....
        **options
            normalise : {"auto", "always", "never"}. "auto" divides by its sum each row of votes (whole numbers), of
            percentages, and of degrees whose sums are off by no more than the tolerance, says so, and refuses others.
            tolerance : float, 0.01. By which part a sum of degrees or percentages may be off.
            missing : {"refuse", "drop", "fill"}. What becomes of rows with missing or infinite values; filled is with
            the column's median, a label with 0.
            empty : {"refuse", "drop", "fill"}. The same for rows without votes; filled is with equal degrees.

        Returns
        -------
        Dataset
            ``feature_set`` is "own", and `notes` say what was done. A `DataWarning` names what looks wrong: an id among
            the features, a constant column, a label that is never used, the name of a published data set.

        Raises
        ------
        InputError
            Names all places that cannot be used at once, and what to do.
        """
        return cls(**arrays_fields(X, D, name=name, sampling=sampling, label_names=label_names, **options))

    @classmethod
    def from_frame(
        cls,
        frame: pd.DataFrame,
        *,
        labels: Any = None,
        name: str,
        sampling: Any = None,
        features: Any = None,
        drop: Any = (),
        item: str | None = None,
        weight: str | None = None,
        label_names: Sequence[str] | None = None,
        **options: Any,
    ) -> Dataset:
        """Make a data set of the columns of a data frame.

        Columns are said by name, by number (from 1; -1 is the last), by prefix (``"vote_"``) or pattern (``"*_vote"``),
        by range (``"awful:superb"``, ``"8:13"``, ``"-6:"``; both ends belong to it), as a list of these, or joined by
        "+".

        Parameters
        ----------
        frame : DataFrame
            Copied, never changed; its index names the rows in messages.
        labels : str, list or slice
            Columns of labels; with `item`, the one column that holds the label of a vote.
        name, sampling
            As `from_arrays`.
        features : str, list or slice, optional
            Default: all columns but `labels` and `drop`.
        drop : str, list or slice
            Columns to leave out: ids, comments.
        item : str, optional
            Long votes: each row is one vote, and this column says for which instance.
        weight : str, optional
            With `item`: the column that says how many votes a row stands for.
        label_names, **options
            As `from_arrays`.

        Returns
        -------
        Dataset
            As `from_arrays`.

        Raises
        ------
        InputError
            As `from_arrays`, or a column that is not there.
        """
        given = {"labels": labels, "features": features, "drop": drop, "item": item, "weight": weight}
        return cls(**frame_fields(frame, name=name, sampling=sampling, label_names=label_names, **given, **options))

    @classmethod
    def from_file(cls, path: str | os.PathLike[str], **options: Any) -> Dataset:
        """Read a data set from a file.

        Parameters
        ----------
        path : path
            Text (``.csv``, ``.tsv``, ``.txt``), ``.parquet``, MATLAB (``.mat``, of any version), ``.npz`` or ``.npy``.
            Parquet and MATLAB's version 7.3 need pyarrow and h5py: ``pip install pyarrow h5py``.
        **options
            As `from_frame`; `name` is the file's without it. Of ``.mat`` and ``.npz``, `features`, `labels` and
            `label_names` may be keys; usual ones are found. `labels` may be another file, of the same rows.
            separator, decimal : {"comma", "point", "semicolon", "tab", "space", "bar"} or the sign. Of text; else
            recognised.
            header : {"yes", "no"}. Whether the first line of text names the columns; else recognised.

        Returns
        -------
        Dataset
            As `from_arrays`.

        Raises
        ------
        InputError
            As `from_frame`, or a file that is not there or cannot be read.
        """
        return cls(**file_fields(path, **options))

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
