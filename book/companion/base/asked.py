"""What a notebook is asked to show: a profile, and what is changed of it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from os import PathLike
from pathlib import Path

import pandas as pd

from companion.base.arms import PROFILES, Arm, Profile
from ildl.checkout import find_root
from ildl.checks import InputError, check_number, check_option
from ildl.compare.statistics import REFERENCES
from ildl.data import EXTRA_RECORDS, RECORDS
from ildl.methods import METHODS, NetworkEstimator
from ildl.training import resolve_device

REFERENCE = "reference"
"""A third profile: the shipped results of the paper profile; it trains nothing."""
ALWAYS = ("DILDL", "RDA", *REFERENCES)
"""Methods that every page compares with."""


@dataclass(frozen=True)
class Asked:
    """The parameters of a notebook: what is None is all there is; the profile `reference` trains nothing."""

    profile: str = "quick"
    results_dir: str | PathLike[str] = "results"
    n_jobs: int | None = None
    datasets: Sequence[str] | None = None
    methods: Sequence[str] | None = None
    folds: Sequence[int] | None = None
    seeds: Sequence[int] | None = None
    epochs: int | None = None
    device: str = "cpu"

    def __post_init__(self) -> None:
        """Refuse now what would fail after minutes of training."""
        check_option(self.profile, (*PROFILES, REFERENCE), "profile")
        for value in self._listed(self.datasets, "datasets"):
            check_option(value, RECORDS | EXTRA_RECORDS, "data set")
        for value in self._listed(self.methods, "methods"):
            check_option(value, METHODS, "method")
        for name, numbers in (("folds", self.folds), ("seeds", self.seeds)):
            for number in self._listed(numbers, name):
                check_number(number, name, 0, integer=True)
        if self.folds is not None and len(set(self.folds)) < 2:
            raise InputError(f"folds is {list(self.folds)}: a spread needs two folds at least, such as [0, 1].")
        if self.epochs is not None:
            check_number(self.epochs, "epochs", 1, integer=True)
        if self.profile == REFERENCE and (self.epochs is not None or self.device != "cpu"):
            raise InputError("The profile reference trains nothing; use the profile paper to change epochs or device.")
        resolve_device(self.device)

    @staticmethod
    def _listed(given: Sequence[object] | None, name: str) -> Sequence[object]:
        if isinstance(given, str) or (given is not None and (not isinstance(given, Sequence) or not given)):
            raise InputError(f"{name} is {given!r}; give a list, such as {name}=[...], or None for all.")
        return given or ()

    @property
    def store(self) -> Path:
        """Where finished cells are kept."""
        path = Path(self.results_dir)
        return path if path.is_absolute() else find_root() / path

    @property
    def size(self) -> Profile:
        """The profile with the folds and seeds that are asked for."""
        size = PROFILES["paper" if self.profile == REFERENCE else self.profile]
        return replace(size, folds=tuple(self.folds or size.folds), seeds=tuple(self.seeds or size.seeds))

    def arms(self, arms: Sequence[Arm]) -> list[Arm]:
        """Leave out methods that are not asked for, and set the epochs of networks."""
        kept = [arm for arm in arms if self.methods is None or arm.method in (*self.methods, *ALWAYS)]
        epochs = {} if self.epochs is None else {"epochs": self.epochs}
        trained = {name: epochs if issubclass(cls, NetworkEstimator) else {} for name, cls in METHODS.items()}
        return [replace(arm, params=arm.params | trained[arm.method]) for arm in kept]

    def chosen(self, datasets: Sequence[str], capped: Sequence[str]) -> Sequence[str]:
        """Return the data sets that are asked for, of those that can be had; by default `capped`, the profile's."""
        if self.datasets is None:
            return capped
        chosen = [name for name in datasets if name in self.datasets]
        if not chosen:
            raise InputError(
                f"None of {', '.join(self.datasets)} can be shown here; there are: {', '.join(datasets) or 'none'}."
            )
        return chosen

    def part_of(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return the rows of a finished run that are asked for."""
        kept = pd.Series(True, index=frame.index)
        for column, wanted in (("dataset", self.datasets), ("fold", self.folds), ("seed", self.seeds)):
            if wanted is None:
                continue
            there = frame[column].isin(list(wanted))
            if not there.any() or (column != "dataset" and set(wanted) - set(frame[column])):
                has = ", ".join(map(str, sorted(frame[column].unique())))
                raise InputError(
                    f"The shipped run has no {column} {', '.join(map(str, wanted))}; it has {has}. "
                    "Use the profile paper to train what is missing."
                )
            kept &= there
        if self.methods is not None:
            kept &= frame["method"].isin([*self.methods, *ALWAYS])
        part = frame[kept].reset_index(drop=True)
        part.attrs = frame.attrs
        return part


def without_epochs(params: pd.Series) -> pd.Series:
    """Leave out of parameters the epochs that all networks of a run share, so that readings keep their names."""
    kept = {text: {k: v for k, v in json.loads(text).items() if k != "epochs"} for text in params.unique()}
    return params.map({text: json.dumps(values, separators=(",", ":")) for text, values in kept.items()})
