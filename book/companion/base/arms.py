"""What is run for each table and figure: the arms of every experiment, in two profiles."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from ildl.architecture import CODES
from ildl.data import EXTRA_RECORDS, RECORDS
from ildl.experiments.plan import Protocol
from ildl.losses import DOMINANT, NONDOMINANT
from ildl.methods import METHODS, READINGS, NetworkEstimator
from ildl.methods.dildl import CRITERIA, LABEL_GRADIENTS
from ildl.protocol import VALID_FROM

Params = dict[str, Any]
Columns = dict[str, Any]


@dataclass(frozen=True)
class Profile:
    """How much is run; `etas` are multiples of the benchmark's threshold, `valid` and `criteria` the multiverse's."""

    folds: tuple[int, ...]
    seeds: tuple[int, ...]
    alphas: tuple[float, ...]
    weights: tuple[float, ...]
    etas: tuple[float, ...]
    valid: tuple[float, ...]
    multiverse_sets: int
    rival_readings: bool
    further_sets: int
    criteria: tuple[str, ...]


PROFILES = {
    "quick": Profile(
        folds=(0, 1), seeds=(0,), alphas=(0.1, 0.6, 0.9), weights=(0.01, 0.1, 1.0), etas=(0.5, 1.0), valid=(20,),
        multiverse_sets=1, rival_readings=False, further_sets=1, criteria=("kl", "rebalanced"),
    ),
    "paper": Profile(
        folds=tuple(range(10)), seeds=(0, 1, 2), alphas=tuple(tenths / 10 for tenths in range(1, 10)),
        weights=(0.01, 0.05, 0.1, 0.2, 0.5, 1.0), etas=(0.5, 0.75, 1.0, 1.25), valid=(20, 0.1),
        multiverse_sets=len(RECORDS), rival_readings=True, further_sets=len(EXTRA_RECORDS), criteria=CRITERIA,
    ),
}  # fmt: skip
CLOSEST = {"criterion": "rebalanced"}
"""The reading whose sensitivity is shown beside the default one; that it comes closest is found in the comparison."""
DERIVED: Params = {"dominant": "degree", "nondominant": "ratio"}
PRINTED: Params = {"dominant": "one-hot", "nondominant": "softmax"}
LAMBDAS = (0.01, 0.05, 0.2, 0.5)
"""The grid of RDA's appendix beside the default, 0.1; it takes the weights with the lowest validation divergence."""
UNSAMPLED = Protocol(valid_from="unsampled")


@dataclass(frozen=True)
class Arm:
    """A method, its parameters and protocol, what its rows are called; `one_seed` where others would change nothing."""

    method: str
    params: Params
    columns: Columns
    protocol: Protocol = Protocol()
    one_seed: bool = False


def comparison(profile: Profile) -> Iterator[Arm]:
    """Every method and, where the profile asks, every reading of its sources; networks with the best and last epoch."""
    for method, reading, params in _every_reading(profile):
        for kept in ("best", "last") if _is_network(method) else ("best",):
            # its clusters enter only by their sum, which is that of all rows
            idle = method == "LDL-LCLR" and params.get("local_distance", "squared") == "squared"
            yield Arm(method, params | _epoch(kept), {"reading": reading, "epoch_kept": kept}, one_seed=idle)


def unsampled(profile: Profile) -> Iterator[Arm]:
    """The networks of the comparison, with validation rows from those that sampling drops."""
    for method, reading, params in _every_reading(profile):
        if _is_network(method):
            one_seed = reading not in ("default", "as printed", "rebalanced")
            yield Arm(method, params, {"reading": reading, "epoch_kept": "best"}, UNSAMPLED, one_seed)


def partitions(profile: Profile) -> Iterator[Arm]:
    """Other partitions into folds, and independent splits: how much hangs on the one partition that all share."""
    chosen = [(method, "default") for method in ("Uniform", "Train-mean", "OFR-DB", "RDA", "DILDL")]
    for method, reading in (*chosen, ("DILDL", "as printed"), ("DILDL", "rebalanced")):
        for valid_from in VALID_FROM[:2] if _is_network(method) else VALID_FROM[:1]:
            for seed, folds in ((0, "kfold"), (1, "kfold"), (2, "kfold"), (0, "random")):
                protocol = Protocol(split_seed=seed, valid_from=valid_from, split_folds=folds)
                yield Arm(method, _readings(method)[reading], {"reading": reading}, protocol, one_seed=True)


def ablation(profile: Profile) -> Iterator[Arm]:
    """DILDL with and without decoupled loss (DLD) and decoupled alignment (DRDA), under each criterion."""
    for criterion, dld, drda in itertools.product(CRITERIA, (False, True), (False, True)):
        params: Params = {"decoupled_alignment": drda, "decoupled_loss": dld, "criterion": criterion}
        if criterion == "rebalanced":  # has no decoupled loss, with or without the switch
            params["decoupled_loss"] = True
        elif not dld and criterion not in ("kl", "logit-adjusted"):  # RDA's loss alone
            params |= {"criterion": "rebalanced", "decoupled_loss": True}
        yield Arm("DILDL", params, {"criterion": criterion, "dld": dld, "drda": drda})


def unsampled_ablation(profile: Profile) -> Iterator[Arm]:
    """The ablation with validation rows from those that sampling drops."""
    for arm in ablation(profile):
        yield replace(arm, protocol=UNSAMPLED, one_seed=True)


def sensitivity(profile: Profile) -> Iterator[Arm]:
    """DILDL with one weight moved at a time, as in Fig. 3; beside the default reading, others on a coarse grid."""
    for reading, fixed, grid in (("default", {}, profile), ("rebalanced", CLOSEST, PROFILES["quick"])):
        for parameter in ("alpha", "beta", "gamma", "lam"):
            for setting in grid.alphas if parameter == "alpha" else grid.weights:
                columns = {"reading": reading, "parameter": parameter, "setting": setting}
                yield Arm("DILDL", {**fixed, parameter: setting}, columns, one_seed=bool(fixed))


def multiverse(profile: Profile) -> Iterator[Arm]:
    """Readings of DILDL: objectives crossed with epoch and validation rows; all else moved alone from two of them."""
    degree_alone = ("rebalanced", "rebalanced parts")  # have no dominant target that could be the degree
    for objective in itertools.product(DOMINANT, NONDOMINANT, profile.criteria, LABEL_GRADIENTS):
        params = dict(zip(("dominant", "nondominant", "criterion", "label_gradient"), objective, strict=True))
        if params["criterion"] not in degree_alone or params["dominant"] != "one-hot":
            for valid_from, n_valid in itertools.product(VALID_FROM[:2], profile.valid):
                yield from _universe(params, Protocol(n_valid=n_valid, valid_from=valid_from))
    for criterion, targets in itertools.product(profile.criteria, (DERIVED, PRINTED)):
        params = {**targets, "criterion": criterion, "label_gradient": "stopped"}
        if criterion in degree_alone:
            params["dominant"] = "degree"
        for valid_from in VALID_FROM[:2]:
            protocol = Protocol(valid_from=valid_from)
            for code in CODES[1:]:
                yield from _universe(params | {"code": code}, protocol)
            for other in ({"split_folds": "random"}, {"split_seed": 1}, {"split_seed": 2}):
                yield from _universe(params, replace(protocol, **other))
            aside = 20 if valid_from == "sampled" else 0  # the same rows train
            yield from _universe(params, Protocol(n_valid=aside, valid_from="test"), kept=("test",))


def _universe(params: Params, protocol: Protocol, kept: tuple[str, ...] = ("best", "last")) -> Iterator[Arm]:
    """One reading; which epoch is kept is the estimator's choice, or with the test rows the protocol's."""
    columns = {"code": CODES[0], **params, "valid": "10 %" if protocol.n_valid == 0.1 else "20 rows"}
    for epoch in kept:
        own = params | _epoch("last" if epoch == "last" else "best")
        yield Arm("DILDL", own, columns | {"epoch_kept": epoch}, protocol, one_seed=True)


def imbalance(profile: Profile) -> Iterator[Arm]:
    """Methods of each kind, to be run under several thresholds of the imbalance sampling."""
    for method in ("Uniform", "Train-mean", "SA-BFGS", "LDL-LDM", "OFR-DB", "RDA", "DILDL"):
        yield Arm(method, {}, {"reading": "default"})
    yield Arm("DILDL", CLOSEST, {"reading": "rebalanced"})


def further(profile: Profile) -> Iterator[Arm]:
    """Every method in its default reading, for data sets beyond the benchmark's."""
    for method in METHODS:
        yield Arm(method, {}, {"reading": "default"}, one_seed=True)
    yield Arm("DILDL", CLOSEST, {"reading": "rebalanced"}, one_seed=True)


EXPERIMENTS: dict[str, Callable[[Profile], Iterator[Arm]]] = {
    function.__name__: function
    for function in (
        comparison, unsampled, partitions, ablation, unsampled_ablation, sensitivity, multiverse, imbalance, further,
    )
}  # fmt: skip
"""Name -> its arms under a profile."""
LIKE_FOR_LIKE = frozenset(("unsampled", "partitions", "unsampled_ablation", "multiverse"))
"""Experiments on the data sets with the benchmark's features alone: they ask on what a published number hangs."""


def _epoch(kept: str) -> Params:
    return {} if kept == "best" else {"epoch": kept}


def _is_network(method: str) -> bool:
    return issubclass(METHODS[method], NetworkEstimator)


def _every_reading(profile: Profile) -> Iterator[tuple[str, str, Params]]:
    """Every method with the names and parameters of the readings that a profile asks for."""
    for method in METHODS:
        chosen = _readings(method) if method == "DILDL" or profile.rival_readings else {"default": {}}
        yield from ((method, reading, params) for reading, params in chosen.items())


def _readings(method: str) -> dict[str, Params]:
    """Name -> parameters: the default, the readings of its sources, and for RDA the grid from which it is tuned."""
    weights = ("recovery", "alignment", "similarity")
    grid = {f"lambda {value}": dict.fromkeys(weights, value) for value in LAMBDAS if method == "RDA"}
    return {"default": {}, **READINGS.get(method, {}), **grid}
