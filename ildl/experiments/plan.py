"""The plan of an experiment: its cells, each one method, one parameter set, one data set, one fold and one seed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from ildl.checks import InputError, check_number, check_option
from ildl.data import Dataset
from ildl.experiments.digest import library_versions, method_digest
from ildl.methods import METHODS, LDLEstimator, make_method
from ildl.protocol import FOLDS, Split, check_n_valid, make_splits

MethodSpec = str | tuple[str, Mapping[str, Any]]
NOT_HYPER = ("random_state", "device")


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


@dataclass(frozen=True)
class Cell:
    """All that determines one result; its key hashes it.

    Parameters
    ----------
    dataset, feature_set, dataset_sha : str
    method : str
    params : str
        JSON of the hyper-parameters that differ from the method's defaults.
    effective : str
        JSON of all hyper-parameters.
    fold, seed : int
    protocol : Protocol
    device : str
    code : str
        Digest of the code, see `method_digest`.
    libraries : tuple
        Pairs of name and version.
    """

    dataset: str
    feature_set: str
    dataset_sha: str
    method: str
    params: str
    effective: str
    fold: int
    seed: int
    protocol: Protocol
    device: str
    code: str
    libraries: tuple[tuple[str, str], ...]
    key: str = field(init=False)

    def __post_init__(self) -> None:
        named = {name: value for name, value in vars(self).items() if name not in ("params", "feature_set")}
        named |= {"protocol": asdict(self.protocol), "random_state": self.random_state}
        object.__setattr__(self, "key", hashlib.sha256(canonical(named).encode()).hexdigest()[:32])

    @property
    def random_state(self) -> int:
        """Seed of the estimator, ``seed * n_splits + fold``.

        Folds draw independently: initial weights shared by all folds would make their spread too small.
        """
        return self.seed * self.protocol.n_splits + self.fold

    def estimator(self) -> LDLEstimator:
        """Make the unfitted estimator of this cell.

        Returns
        -------
        LDLEstimator
        """
        estimator = make_method(self.method, **json.loads(self.params))
        own = {"random_state": self.random_state, "device": self.device}
        return estimator.set_params(**{name: own[name] for name in own if name in estimator.get_params()})


def plan_cells(
    ds: Dataset,
    methods: Sequence[MethodSpec],
    protocol: Protocol,
    folds: Sequence[int] | None,
    seeds: Sequence[int],
    device: str,
) -> Iterator[Cell]:
    """Cells of one data set, method by method.

    Parameters
    ----------
    ds : Dataset
    methods : sequence of str or (str, mapping)
        Names of methods, or names with hyper-parameters.
    protocol : Protocol
    folds : sequence of int, optional
        All by default.
    seeds : sequence of int
        Seeds of training; a method without randomness has one cell, under the first seed.
    device : str

    Yields
    ------
    Cell

    Raises
    ------
    InputError
        Unknown method or parameter, a fold that does not exist, no seed.
    """
    chosen = range(protocol.n_splits) if folds is None else _whole_numbers(folds, "fold", protocol.n_splits - 1)
    seeds = _whole_numbers(seeds, "seed", 2**32 - 1)
    libraries = tuple(library_versions().items())
    for spec in methods:
        name, given = _named(spec)
        params, effective, random = parameters(name, given)
        code = method_digest(METHODS[name])
        for seed in seeds if random else seeds[:1]:
            for fold in chosen:
                yield Cell(
                    dataset=ds.name,
                    feature_set=ds.feature_set,
                    dataset_sha=ds.sha256,
                    method=name,
                    params=params,
                    effective=effective,
                    fold=fold,
                    seed=seed,
                    protocol=protocol,
                    device=device if random else "cpu",
                    code=code,
                    libraries=libraries,
                )


def canonical(values: Any) -> str:
    """JSON with sorted keys and no spaces: equal values give equal text.

    Parameters
    ----------
    values : object

    Returns
    -------
    str

    Raises
    ------
    InputError
        A value that JSON cannot hold.
    """
    try:
        return json.dumps(values, sort_keys=True, separators=(",", ":"), default=plain)
    except TypeError as error:
        raise InputError(f"A hyper-parameter cannot be written as JSON: {error}.") from error


def plain(value: Any) -> Any:
    """Return a NumPy scalar as Python's, for `json.dumps`.

    Parameters
    ----------
    value : object

    Returns
    -------
    int, float, bool or str

    Raises
    ------
    TypeError
        Anything else.
    """
    if hasattr(value, "item"):
        return value.item()
    raise TypeError(f"{value!r} is neither a number, a text nor a list of such")


def _whole_numbers(values: Sequence[int], name: str, high: int) -> list[int]:
    if np.ndim(values) != 1 or not len(values):
        raise InputError(f"{name}s must be a list of at least one {name}, not {values!r}.")
    return [int(check_number(value, f"a {name}", 0, high, integer=True)) for value in values]


def _named(spec: MethodSpec) -> tuple[str, Mapping[str, Any]]:
    if isinstance(spec, str):
        return spec, {}
    if isinstance(spec, tuple) and len(spec) == 2 and isinstance(spec[0], str) and isinstance(spec[1], Mapping):
        return spec
    raise InputError(f'A method is a name or a pair of name and parameters, ("DILDL", {{"alpha": 0.5}}), not {spec!r}.')


def parameters(name: str, given: Mapping[str, Any]) -> tuple[str, str, bool]:
    """Hyper-parameters as a cell names them.

    Parameters
    ----------
    name : str
        Of the method.
    given : mapping

    Returns
    -------
    changed, effective : str
        JSON of those that differ from the defaults, and of all.
    random : bool
        Whether the method draws random numbers.

    Raises
    ------
    InputError
        Unknown method or parameter, or one that is no hyper-parameter.
    """
    for own in NOT_HYPER:
        if own in given:
            raise InputError(f"{own} is no hyper-parameter of a cell: pass seeds= or device= to run.")
    every = make_method(name, **given).get_params()
    defaults = make_method(name).get_params()
    effective = {key: value for key, value in every.items() if key not in NOT_HYPER}
    changed = {key: value for key, value in effective.items() if canonical(value) != canonical(defaults[key])}
    return canonical(changed), canonical(effective), "random_state" in every
