"""The plan of an experiment: its cells, each one method, one parameter set, one data set, one fold and one seed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import FunctionType
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ildl.checks import InputError, check_number
from ildl.data import Dataset
from ildl.experiments.digest import library_versions
from ildl.experiments.protocols import Protocol
from ildl.methods import make_method

if TYPE_CHECKING:
    from ildl.experiments.own import MethodSpec
    from ildl.methods import LDLEstimator


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
    prototype : LDLEstimator, optional
        The unfitted estimator, no part of the key; without it, the package's method of that name.
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
    prototype: LDLEstimator | None = field(default=None, compare=False, repr=False)
    key: str = field(init=False)

    def __post_init__(self) -> None:
        named = {name: value for name, value in self.record().items() if name not in ("params", "feature_set")}
        named["random_state"] = self.random_state
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
        if self.prototype is None:
            estimator = make_method(self.method, **json.loads(self.params))
        else:
            from sklearn.base import clone

            estimator = clone(self.prototype)
        seeded = [name for name in estimator.get_params() if name.rpartition("__")[2] == "random_state"]
        estimator.set_params(**dict.fromkeys(seeded, self.random_state))
        return estimator.set_params(device=self.device) if "device" in estimator.get_params() else estimator

    def record(self) -> dict[str, Any]:
        """What a record holds of it: all fields but the prototype.

        Returns
        -------
        dict
        """
        every = {name: value for name, value in vars(self).items() if name != "prototype"}
        return every | {"protocol": self.protocol.record()}


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
    methods : sequence
        What `ildl.experiments.own.resolve` takes, or `Described`.
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
        Unknown method or parameter, two methods of one name, a fold that does not exist, no seed.
    """
    chosen = range(protocol.n_splits) if folds is None else _whole_numbers(folds, "fold", protocol.n_splits - 1)
    seeds = _whole_numbers(seeds, "seed", 2**32 - 1)
    libraries = tuple(library_versions().items())
    classes: dict[str, str] = {}
    for spec in methods:
        name, cls, params, effective, random, code, prototype = spec if isinstance(spec, Described) else describe(spec)
        if classes.setdefault(name, cls) != cls:
            raise InputError(f'Two methods are called {name}; give one another name: ("other", ...).')
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
                    prototype=prototype,
                )


class Described(NamedTuple):
    """A method as cells name it."""

    name: str
    cls: str  # module and name of its class
    params: str  # JSON of hyper-parameters that differ from the defaults
    effective: str  # and of all
    random: bool  # whether it draws random numbers
    code: str  # digest
    prototype: LDLEstimator | None = None  # the package's method of that name without it


def describe(spec: MethodSpec) -> Described:
    """Resolve a method, and say what its results depend on.

    Parameters
    ----------
    spec : object
        What `ildl.experiments.own.resolve` takes.

    Returns
    -------
    Described

    Raises
    ------
    InputError
        As `resolve`.
    """
    from ildl.experiments.digest import method_digest
    from ildl.experiments.own import resolve
    from ildl.methods.own import inner

    name, prototype = resolve(spec)
    cls = type(inner(prototype))
    return Described(
        name, f"{cls.__module__}.{cls.__qualname__}", *parameters(prototype), method_digest(prototype), prototype
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
    """Return what JSON cannot hold as something that it can, for `json.dumps`.

    Parameters
    ----------
    value : object
        A NumPy scalar or array; an estimator, a class or a function, of which the name is left.

    Returns
    -------
    int, float, bool, str or list

    Raises
    ------
    TypeError
        Anything else.
    """
    if hasattr(value, "tolist"):
        return value.tolist()
    if isinstance(value, type | FunctionType):
        return value.__qualname__
    if hasattr(value, "get_params"):
        return type(value).__qualname__
    raise TypeError(f"{value!r} is neither a number, a text nor a list of such")


def _whole_numbers(values: Sequence[int], name: str, high: int) -> list[int]:
    if np.ndim(values) != 1 or not len(values):
        raise InputError(f"{name}s must be a list of at least one {name}, not {values!r}.")
    return [int(check_number(value, f"a {name}", 0, high, integer=True)) for value in values]


def parameters(method: MethodSpec, given: Mapping[str, Any] | None = None) -> tuple[str, str, bool]:
    """Hyper-parameters as a cell names them.

    Parameters
    ----------
    method : object
        As for `ildl.experiments.own.resolve`.
    given : mapping, optional

    Returns
    -------
    changed, effective : str
        JSON of those that differ from the defaults, and of all.
    random : bool
        Whether the method draws random numbers.

    Raises
    ------
    InputError
        Unknown method or parameter, one that is no hyper-parameter, or one that JSON cannot hold.
    """
    from ildl.experiments.own import resolve
    from ildl.methods.own import hyper_parameters, inner

    prototype = resolve((method, given or {})).prototype
    values, defaults = hyper_parameters(inner(prototype))
    texts = {name: canonical(value) for name, value in values.items()}
    changed = {name: values[name] for name in values if name not in defaults or texts[name] != _text(defaults[name])}
    random = any(name.rpartition("__")[2] == "random_state" for name in prototype.get_params())
    return canonical(changed), canonical(values), random


def _text(default: Any) -> str:
    try:
        return canonical(default)
    except InputError:  # made anew for each
        return ""
