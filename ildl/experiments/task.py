"""Compute cells: those that train together, in one process with one thread."""

from __future__ import annotations

import math
import time
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import zip_longest
from threading import Lock
from typing import Any, NamedTuple

import cloudpickle
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning

from ildl import __version__
from ildl.checks import Array, InputError
from ildl.data import Dataset
from ildl.data.opened import loaded
from ildl.diagnostics import describe_predictions
from ildl.experiments.digest import kernel
from ildl.experiments.plan import Cell, Protocol
from ildl.experiments.store import Record
from ildl.methods import LDLEstimator, NetworkEstimator
from ildl.metrics import evaluate
from ildl.protocol import HEAD_RULES, Split, head_labels, scale_features, splits_hash
from ildl.training import fit_ensemble, one_thread

FITS = 3
"""Fits of another method in one task: nothing is gained by more, and the last task should not keep all waiting."""
MAX_MEMBERS = 20
"""Trajectories of one ensemble: more no longer fit the caches, and a killed run would lose more."""


Outcome = tuple[str, Record | None, str]
"""Key of a cell, its record, and the reason of failure: one of the latter two is empty."""


class Prepared(NamedTuple):
    """A data set as a protocol uses it."""

    X: Array  # scaled
    D: Array
    splits: list[Split]
    heads: dict[str, list[int]]  # by rule
    hash: str  # of data and splits


def prepared(X: Array, D: Array, splits: list[Split], found: str) -> Prepared:
    """Add the head labels.

    Parameters
    ----------
    X, D : ndarray, shape (n, q) and (n, c)
        Scaled features and label distributions.
    splits : list of Split
    found : str
        Hash of data and splits.

    Returns
    -------
    Prepared
    """
    return Prepared(X, D, splits, {rule: head_labels(D, splits, rule) for rule in HEAD_RULES}, found)


_DATA: dict[str, tuple[Dataset, Array]] = {}
"""Data sets by checksum, and their scaled features: those of which this process has trained last."""
_LAST: dict[tuple[str, Protocol], Prepared] = {}
KEPT = 4
"""Data sets that a process keeps, the oldest of which goes first."""
_lock = Lock()


@dataclass(frozen=True, eq=False)
class Task:
    """Cells of one data set that one process computes together."""

    source: str | Dataset
    data_home: str | None
    cells: Sequence[Cell]

    def __getstate__(self) -> dict[str, Any]:
        """Own methods reach another process by value, however it is that tasks are sent there."""
        return vars(self) | {"cells": cloudpickle.dumps(list(self.cells))}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state | {"cells": cloudpickle.loads(state["cells"])})

    def __call__(self, prepared: Mapping[Protocol, Prepared] | None = None) -> list[Outcome]:
        """Outcome of each cell; the data set is loaded where it is not given."""
        with one_thread():
            return list(self._attempt(self.cells, prepared))

    @property
    def prepared_from(self) -> tuple[str, tuple[Protocol, ...]]:
        """What `prepare` depends on: checksum of the data set, and protocols."""
        return self.cells[0].dataset_sha, tuple(dict.fromkeys(cell.protocol for cell in self.cells))

    @property
    def is_compiled(self) -> bool:
        """Whether all cells train without Python's lock, so that threads can."""
        estimators = [cell.estimator() for cell in self.cells]
        return all(isinstance(one, NetworkEstimator) and one.is_compiled() for one in estimators)

    def prepare(self) -> dict[Protocol, Prepared]:
        """Load the data set as the protocols use it; each process keeps the last few."""
        sha, protocols = self.prepared_from
        with _lock:
            if sha not in _DATA:
                if len(_DATA) == KEPT:
                    oldest = next(iter(_DATA))
                    del _DATA[oldest]
                    for key in [key for key in _LAST if key[0] == oldest]:
                        del _LAST[key]
                ds = loaded(self.source, self.data_home) if isinstance(self.source, str) else self.source
                if ds.features is None:
                    raise InputError(f"{ds.name} has labels only; training needs its features.")
                _DATA[sha] = ds, scale_features(ds.features)
            ds, X = _DATA[sha]
            for protocol in protocols:
                if (sha, protocol) not in _LAST:
                    splits = protocol.splits(ds)
                    found = splits_hash(ds, splits)
                    _LAST[sha, protocol] = prepared(X, ds.labels, splits, found)
            return {protocol: _LAST[sha, protocol] for protocol in protocols}

    def failed(self, why: str) -> list[Outcome]:
        """Outcomes if none of the cells could be computed."""
        return [(cell.key, None, why) for cell in self.cells]

    def _attempt(self, cells: Sequence[Cell], prepared: Mapping[Protocol, Prepared] | None) -> Iterator[Outcome]:
        try:
            yield from [(cell.key, record, "") for cell, record in self._compute(cells, prepared or self.prepare())]
        except Exception as error:  # whatever it is, the other cells must not be lost
            if len(cells) == 1:
                yield cells[0].key, None, f"{type(error).__name__}: {error}"
            else:
                yield from (outcome for cell in cells for outcome in self._attempt([cell], prepared))

    def _compute(self, cells: Sequence[Cell], prepared: Mapping[Protocol, Prepared]) -> Iterator[tuple[Cell, Record]]:
        X, D, *_ = prepared[cells[0].protocol]
        estimators = [cell.estimator() for cell in cells]
        chosen = [prepared[cell.protocol].splits[cell.fold] for cell in cells]
        problems = [(X[s.train], D[s.train], X[s.valid], D[s.valid]) for s in chosen]
        start = time.perf_counter()
        if networks := all(isinstance(estimator, NetworkEstimator) for estimator in estimators):
            fit_ensemble(estimators, problems)
        else:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", ConvergenceWarning)  # the record says it; `run` sums up
                for estimator, problem in zip(estimators, problems, strict=True):
                    estimator.fit(*problem)
        seconds = (time.perf_counter() - start) / len(cells)
        untrained = [clone(estimator).set_params(epochs=0) for estimator in estimators if networks]
        fit_ensemble(untrained, problems[: len(untrained)])
        for cell, estimator, split, start_of in zip_longest(cells, estimators, chosen, untrained):
            heads = prepared[cell.protocol].heads
            true, predicted = D[split.test], estimator.predict(X[split.test])
            metrics = evaluate(true, predicted, heads["tenfold"])
            others = {rule: head for rule, head in heads.items() if rule != "tenfold"}
            before = start_of.predict(X[split.test]) if start_of else None
            metrics |= describe_predictions(true, predicted, others, before)
            yield cell, _record(cell, estimator, split, metrics, seconds) | {"splits": prepared[cell.protocol].hash}


def _record(cell: Cell, estimator: LDLEstimator, split: Split, metrics: dict[str, float], seconds: float) -> Record:
    return {
        "cell": cell.record(),
        "metrics": metrics,
        "fit": {
            "fit_seconds": seconds,
            "epoch": getattr(estimator, "best_epoch_", None),
            "valid_kl": getattr(estimator, "valid_kl_", None),
            "n_train": len(split.train),
            "n_test": len(split.test),
            "n_iter": getattr(estimator, "n_iter_", None),
            "objective": getattr(estimator, "objective_", None),
            "converged": getattr(estimator, "converged_", None),
        },
        "version": __version__,
        "kernel": kernel(),
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def plan_tasks(pending: Sequence[tuple[str | Dataset, Cell]], data_home: str | None, workers: int) -> list[Task]:
    """Group cells that train together: networks of one structure and setting as ensembles, others method by method.

    Parameters
    ----------
    pending : sequence of (str or Dataset, Cell)
        Cells, and where their data come from.
    data_home : str, optional
    workers : int
        Processes that should all have something to do.

    Returns
    -------
    list of Task
    """
    groups: dict[Any, dict[Any, list[Cell]]] = {}  # what trains together -> what is one trajectory -> its cells
    sources: dict[str, str | Dataset] = {}
    for source, cell in pending:
        estimator, protocol = cell.estimator(), cell.protocol
        own: Any = (cell.fold, cell.seed)
        folds: Any = protocol
        if network := isinstance(estimator, NetworkEstimator):
            same: Any = (estimator.settings(), estimator.structure())
            own = (*own, *estimator.hyper().items())
            # other validation rows may leave the same rows to train on: one trajectory then serves them all
            folds = (protocol.n_splits, protocol.split_seed, protocol.split_folds, getattr(protocol, "own", ""))
        else:
            same = (cell.method, cell.params, cell.code)
        groups.setdefault((cell.dataset_sha, folds, same, network), {}).setdefault(own, []).append(cell)
        sources[cell.dataset_sha] = source
    members = min(MAX_MEMBERS, math.ceil(sum(map(len, groups.values())) / workers))
    tasks = []
    for (sha, *_, network), trajectories in groups.items():
        if network:  # those of one fold and seed side by side: they draw the same numbers
            trajectories = dict(sorted(trajectories.items(), key=lambda item: item[0][:2]))
        for chunk in _chunks(list(trajectories.values()), members if network else FITS):
            cells = [cell for twins in chunk for cell in twins]
            tasks.append(Task(sources[sha], data_home, cells))
    return tasks


def _chunks(items: list[list[Cell]], size: int) -> Iterator[list[list[Cell]]]:
    return (items[start : start + size] for start in range(0, len(items), size))
