"""What is run for each table and figure: the arms of every experiment, in two profiles."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from ildl.data import RECORDS
from ildl.methods import METHODS, READINGS, NetworkEstimator

Params = dict[str, Any]
Columns = dict[str, Any]


@dataclass(frozen=True)
class Profile:
    """How much of an experiment is run.

    Parameters
    ----------
    folds, seeds : tuple of int
    alphas, weights : tuple of float
        Grids of alpha, and of beta, gamma and lambda.
    etas : tuple of float
        Grid of the threshold of the promoted label, in multiples of the benchmark's.
    multiverse_folds : tuple of int
        The multiverse has more than a hundred specifications, and so fewer folds.
    multiverse_sets : int
        Of how many data sets.
    """

    folds: tuple[int, ...]
    seeds: tuple[int, ...]
    alphas: tuple[float, ...]
    weights: tuple[float, ...]
    etas: tuple[float, ...]
    multiverse_folds: tuple[int, ...]
    multiverse_sets: int


PROFILES = {
    "quick": Profile(
        folds=(0, 1, 2),
        seeds=(0,),
        alphas=(0.1, 0.6, 0.9),
        weights=(0.01, 0.1, 1.0),
        etas=(0.5, 1.0),
        multiverse_folds=(0, 1),
        multiverse_sets=1,
    ),
    "paper": Profile(
        folds=tuple(range(10)),
        seeds=(0, 1, 2),
        alphas=tuple(tenths / 10 for tenths in range(1, 10)),
        weights=(0.01, 0.05, 0.1, 0.2, 0.5, 1.0),
        etas=(0.5, 0.75, 1.0, 1.25),
        multiverse_folds=tuple(range(5)),
        multiverse_sets=len(RECORDS),
    ),
}
CRITERIA = ("kl", "rebalanced", "logit-adjusted", "added")
CLOSEST = {"criterion": "rebalanced"}
"""The reading whose sensitivity is shown beside the default one; that it comes closest is found in the comparison."""


@dataclass(frozen=True)
class Arm:
    """One setting of an experiment: a method, its parameters, its validation rows, and what its rows are called.

    `one_seed` spares the others, for a method that draws random numbers which do not change its result.
    """

    method: str
    params: Params
    columns: Columns
    n_valid: int | float = 20
    one_seed: bool = False


def comparison(profile: Profile) -> Iterator[Arm]:
    """Every method and every reading of its sources; networks with the best and with the last epoch."""
    for method, cls in METHODS.items():
        for reading, params in {"default": {}, **READINGS.get(method, {})}.items():
            for kept in ("best", "last") if issubclass(cls, NetworkEstimator) else ("best",):
                # its clusters enter only by their sum, which is that of all rows
                idle = method == "LDL-LCLR" and params.get("local_distance", "squared") == "squared"
                columns = {"reading": reading, "epoch_kept": kept}
                yield Arm(method, params | _epoch(kept), columns, one_seed=idle)


def ablation(profile: Profile) -> Iterator[Arm]:
    """DILDL with and without decoupled loss (DLD) and decoupled alignment (DRDA), under each criterion."""
    for criterion, dld, drda in itertools.product(CRITERIA, (False, True), (False, True)):
        params: Params = {"decoupled_alignment": drda, "decoupled_loss": dld, "criterion": criterion}
        if criterion == "rebalanced":  # has no decoupled loss, with or without the switch
            params["decoupled_loss"] = True
        elif criterion == "added" and not dld:  # RDA's loss alone
            params |= {"criterion": "rebalanced", "decoupled_loss": True}
        yield Arm("DILDL", params, {"criterion": criterion, "dld": dld, "drda": drda})


def sensitivity(profile: Profile) -> Iterator[Arm]:
    """DILDL with one weight moved at a time, as in Fig. 3; beside the default reading, another on a coarse grid."""
    for reading, fixed, grid in (("default", {}, profile), ("rebalanced", CLOSEST, PROFILES["quick"])):
        for parameter in ("alpha", "beta", "gamma", "lam"):
            for setting in grid.alphas if parameter == "alpha" else grid.weights:
                columns = {"reading": reading, "parameter": parameter, "setting": setting}
                yield Arm("DILDL", {**fixed, parameter: setting}, columns)


def multiverse(profile: Profile) -> Iterator[Arm]:
    """Every reading of DILDL, crossed with the choice of the epoch and of the validation rows."""
    readings = itertools.product(("degree", "one-hot"), ("ratio", "softmax"), CRITERIA, ("stopped", "joint"))
    names = ("dominant", "nondominant", "criterion", "label_gradient")
    for reading in readings:
        params = dict(zip(names, reading, strict=True))
        if params["criterion"] == "rebalanced" and params["dominant"] == "one-hot":
            continue  # the dominant target stands in the decoupled loss alone, which this criterion replaces
        for kept, (valid, n_valid) in itertools.product(("best", "last"), (("20 rows", 20), ("10 %", 0.1))):
            yield Arm("DILDL", params | _epoch(kept), {**params, "epoch_kept": kept, "valid": valid}, n_valid)


def imbalance(profile: Profile) -> Iterator[Arm]:
    """Methods of each kind, to be run under several thresholds of the imbalance sampling."""
    for method in ("Uniform", "Train-mean", "SA-BFGS", "LDL-LDM", "OFR-DB", "RDA", "DILDL"):
        yield Arm(method, {}, {"reading": "default"})
    yield Arm("DILDL", CLOSEST, {"reading": "rebalanced"})


def further(profile: Profile) -> Iterator[Arm]:
    """Every method in its default reading, for data sets beyond the benchmark's."""
    for method in METHODS:
        yield Arm(method, {}, {"reading": "default"})


EXPERIMENTS: dict[str, Callable[[Profile], Iterator[Arm]]] = {
    function.__name__: function for function in (comparison, ablation, sensitivity, multiverse, imbalance, further)
}
"""Name -> its arms under a profile."""


def _epoch(kept: str) -> Params:
    return {} if kept == "best" else {"epoch": kept}
