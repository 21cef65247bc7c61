"""How a data set is split: by the benchmark's protocol, or as the user gives it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ildl.checks import InputError, check_number, check_option
from ildl.data import Dataset
from ildl.protocol import FOLDS, Split, check_n_valid, make_splits, own_splits, splits_hash


@dataclass(frozen=True)
class Protocol:
    """How a data set is split, see `ildl.protocol.make_splits`.

    Parameters
    ----------
    n_splits : int
        Folds.
    n_valid : int or float
        Validation rows in each fold, or their share.
    split_seed : int
        Seed of folds and validation rows; training has its own seed.
    valid_from : str
        Where validation rows come from.
    split_folds : str
        What the folds are.
    """

    n_splits: int = 10
    n_valid: int | float = 20
    split_seed: int = 0
    valid_from: str = "sampled"
    split_folds: str = "kfold"

    def __post_init__(self) -> None:
        check_number(self.n_splits, "n_splits", 2, integer=True)
        check_n_valid(self.n_valid, self.valid_from)
        check_number(self.split_seed, "split_seed", 0, 2**32 - 1, integer=True)
        check_option(self.split_folds, FOLDS, "split_folds")

    def splits(self, ds: Dataset) -> list[Split]:
        """Split a data set.

        Parameters
        ----------
        ds : Dataset

        Returns
        -------
        list of Split
        """
        return make_splits(ds, self.n_splits, self.split_seed, self.n_valid, self.valid_from, self.split_folds)

    def record(self) -> dict[str, Any]:
        """What a record holds of it.

        Returns
        -------
        dict
        """
        return {name: value for name, value in vars(self).items() if name != "given"}


@dataclass(frozen=True)
class OwnProtocol(Protocol):
    """Splits that the user gave, see `ildl.protocol.own_splits`; made by `protocols_of`.

    Parameters
    ----------
    n_splits, n_valid, split_seed, valid_from, split_folds
        As in `Protocol`: how many splits there are, and how validation rows were drawn where none were given;
        `split_folds` is "own partition" where each row is tested once, as in k folds, else "own".
    own : str
        `ildl.protocol.splits_hash` of them.
    given : tuple of Split
    """

    own: str = ""
    given: tuple[Split, ...] = field(default=(), compare=False, repr=False)

    def __post_init__(self) -> None:
        """`own_splits` has checked what there is to check."""

    def splits(self, ds: Dataset) -> list[Split]:  # noqa: D102
        return list(self.given)


def protocols_of(datasets: Sequence[Dataset], splits: Any, protocol: Protocol) -> dict[str, Protocol]:
    """Protocol of each data set: that of its own splits, where there are such.

    Parameters
    ----------
    datasets : sequence of Dataset
        Of `identify`.
    splits : object
        As for `run`.
    protocol : Protocol
        Of the others.

    Returns
    -------
    dict of str to Protocol

    Raises
    ------
    InputError
        Splits of no data set, or of several at once; as `own_splits`.
    """
    names = list(dict.fromkeys(ds.name for ds in datasets))
    if splits is not None and not isinstance(splits, Mapping):
        if len(datasets) != 1:
            raise InputError(f"splits are of one data set, here are {len(datasets)}; pass {{name: its splits}}.")
        splits = {names[0]: splits}
    for name in splits or {}:
        check_option(name, names, "data set of splits")
    own = {ds.name: _own_protocol(ds, splits[ds.name], protocol) for ds in datasets if ds.name in (splits or {})}
    return dict.fromkeys(names, protocol) | own


def _own_protocol(ds: Dataset, splits: Any, protocol: Protocol) -> OwnProtocol:
    for name in ("valid_from", "split_folds"):
        if getattr(protocol, name) != getattr(Protocol(), name):
            raise InputError(f"{name} is of the benchmark's folds; own splits have what they are given. Leave it out.")
    made = tuple(own_splits(ds, splits, protocol.n_valid, protocol.split_seed, protocol.n_splits))
    tested = np.sort(np.concatenate([split.test for split in made]))
    folds = "own partition" if np.array_equal(tested, np.arange(len(ds.labels))) else "own"
    return OwnProtocol(
        len(made), protocol.n_valid, protocol.split_seed, split_folds=folds, own=splits_hash(ds, made), given=made
    )
