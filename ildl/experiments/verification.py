"""Train stored cells again, own ones or the shipped reference's, and compare."""

from __future__ import annotations

import json
import warnings
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache
from os import PathLike
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from scipy.stats import binom

from ildl.checks import InputError, check_number
from ildl.data import Dataset, DataUnavailable, list_datasets, load_dataset
from ildl.experiments.own import Method, MethodSpec, resolve
from ildl.experiments.plan import Cell, parameters
from ildl.experiments.protocols import Protocol, protocols_of
from ildl.experiments.runner import identify
from ildl.experiments.store import Record, Store
from ildl.experiments.task import Task
from ildl.experiments.workers import CellsFailed
from ildl.methods import METHODS, LDLEstimator

TOLERANCE = 1e-3
"""Largest difference of a metric that counts as equal."""
MOVED = 0.05
"""Share of networks that another processor may move further; between two kernels of one machine it is 0.01 to 0.03."""
CHANCE = 1e-3
"""Below it, a sample holds more of them than such a share explains."""
PATH, EPOCH, GROWN = "iterations took another path", "another epoch was kept", "rounding grew in training"
CELL = ["experiment", "dataset", "method", "params", "fold", "seed"]
"""What names a cell; the first in a reference run alone."""
HINT = (
    " Own data, methods and splits are not in the results: pass them again (-d, -m and --splits; in Python datasets=, "
    "methods= and splits=)."
)


def verify(
    results_dir: str | PathLike[str] = "results",
    *,
    sample: int = 5,
    seed: int = 0,
    data_home: str | PathLike[str] | None = None,
    datasets: Sequence[str | Dataset] = (),
    methods: Sequence[MethodSpec] = (),
    splits: Any = None,
) -> pd.DataFrame:
    """Train a random sample of stored cells again, with the code that is here now, and compare every metric.

    Parameters
    ----------
    results_dir : path
        The store.
    sample : int
        Cells; all of them if there are fewer.
    seed : int
        Seed of the choice.
    data_home : path, optional
        Where the data sets' files are.
    datasets : sequence of str or Dataset
        Own ones that the results were made of; those of the catalogue are found without.
    methods : sequence
        Own ones, as for `run`.
    splits : object, optional
        Own ones, as for `run`.

    Returns
    -------
    pandas.DataFrame
        dataset, method, params, fold, seed, metric, stored, again, equal, cause (of a difference, if another processor
        made what is stored, and that explains it). Cells that cannot be trained again are left out; a warning names
        their data sets and methods.

    Raises
    ------
    InputError
        The store holds no cell that can be trained again; says why.
    CellsFailed
        A cell could not be trained.
    """
    check_number(sample, "sample", 1, integer=True)
    check_number(seed, "seed", 0, integer=True)
    if not Path(results_dir).is_dir():
        raise InputError(f"There is no folder {results_dir}; make results with `ildl run`.")
    home = None if data_home is None else str(data_home)
    stored = list(Store(results_dir, read_only=True).records())
    if not stored:
        raise InputError(f"{results_dir} holds no results; make some with `ildl run`.")
    at_hand = _AtHand.of(datasets, methods, splits)
    obstacles = [at_hand.obstacle(record["cell"], home) for record in stored]
    tell_left_out([why for why in obstacles if why], len(stored), str(results_dir), HINT)
    records = [record for record, why in zip(stored, obstacles, strict=True) if not why]
    chosen = np.random.default_rng(seed).choice(len(records), min(sample, len(records)), replace=False)
    rows = []
    for record in (records[i] for i in sorted(chosen)):
        fields = {name: value for name, value in record["cell"].items() if name != "key"}
        cell = Cell(**fields | {"protocol": at_hand.protocol(fields), "prototype": at_hand.prototype(fields)})
        [(_, again, why)] = Task(at_hand.datasets.get(cell.dataset, cell.dataset), home, [cell])()
        if again is None:
            raise CellsFailed(f"{cell.method} on {cell.dataset}, fold {cell.fold}: {why}")
        rows += compare_values(fields, record, again)
    return pd.DataFrame(rows)


class _AtHand(NamedTuple):
    """What the user passes again: neither data nor code of own ones are in a store."""

    datasets: dict[str, Dataset]
    methods: list[Method]
    splits: Any

    @classmethod
    def of(cls, datasets: Sequence[str | Dataset], methods: Sequence[MethodSpec], splits: Any) -> _AtHand:
        own = [identify(source) for source in datasets]
        protocols_of(own, splits, Protocol())  # complains where they are of no data set
        if splits is not None and not isinstance(splits, Mapping):
            splits = {own[0].name: splits if hasattr(splits, "__len__") else list(splits)}
        return cls({ds.name: ds for ds in own}, [resolve(spec) for spec in methods], splits or {})

    def obstacle(self, cell: Mapping[str, Any], home: str | None) -> str:
        ds = self.datasets.get(cell["dataset"])
        if not any(method.name == cell["method"] for method in self.methods):
            if cell["method"] not in METHODS:
                return f"{cell['method']} (no such method here)"
        elif self.prototype(cell) is None:
            return f"{cell['method']} (its parameters were {cell['params']})"
        known = dict(cell) | {"method": next(iter(METHODS))}
        if ds is None and (why := obstacle(known, home)):
            return why
        if ds is not None and ds.sha256 != cell["dataset_sha"]:
            return f"{cell['dataset']} (other values, labels or sampling)"
        if "own" in cell["protocol"] and ds is None:
            return f"{cell['dataset']} (own splits: pass data set and splits)"
        if "own" in cell["protocol"] and cell["dataset"] not in self.splits:
            return f"{cell['dataset']} (own splits)"
        if "own" in cell["protocol"] and getattr(self.protocol(cell), "own", "") != cell["protocol"]["own"]:
            return f"{cell['dataset']} (other splits)"
        return ""

    def protocol(self, cell: Mapping[str, Any]) -> Protocol:
        fields = {name: value for name, value in cell["protocol"].items() if name != "own"}
        if "own" not in cell["protocol"]:
            return Protocol(**fields)
        base = Protocol(max(fields["n_splits"], 2), fields["n_valid"], fields["split_seed"])
        ds = self.datasets[cell["dataset"]]
        return protocols_of([ds], self.splits[ds.name], base)[ds.name]

    def prototype(self, cell: Mapping[str, Any]) -> LDLEstimator | None:
        """The own method of that name with the parameters of the cell, if it can have them."""
        for name, prototype in self.methods:
            if name != cell["method"]:
                continue
            if parameters(prototype)[1] == cell["effective"]:
                return prototype
            try:
                again = resolve((prototype, json.loads(cell["params"]))).prototype
            except (InputError, TypeError, ValueError):
                continue
            if parameters(again)[1] == cell["effective"]:
                return again
        return None


def compare_values(cell: Mapping[str, Any], stored: Record, again: Record) -> list[Record]:
    """One row a metric of a cell: what is stored, and what training again gives.

    Parameters
    ----------
    cell : mapping
        dataset, method, params, fold and seed; perhaps experiment.
    stored, again : dict
        Records: metrics, fit, and kernel as far as it is known.

    Returns
    -------
    list of dict
    """
    same = {name: cell[name] for name in CELL if name in cell}
    cause = _cause(stored, again)
    return [
        same | {"metric": metric, "stored": value, "again": again["metrics"][metric],
                "equal": (equal := bool(abs(again["metrics"][metric] - value) <= TOLERANCE)),
                "cause": "" if equal else cause}
        for metric, value in stored["metrics"].items()
    ]  # fmt: skip


def _cause(stored: Record, again: Record) -> str:
    """What explains a difference: sums round otherwise on another processor, and some fits make much of that."""
    if stored.get("kernel") == again["kernel"]:
        return ""
    if again["fit"]["n_iter"] is not None:
        return PATH
    if again["fit"]["epoch"] is None:
        return ""
    return GROWN if stored["fit"]["epoch"] == again["fit"]["epoch"] else EPOCH


def by_cell(frame: pd.DataFrame) -> pd.DataFrame:
    """Sum up the metrics of each cell that was trained again.

    Parameters
    ----------
    frame : DataFrame
        As `verify` returns it.

    Returns
    -------
    DataFrame
        metrics (their number), largest_difference, equal (all of them), cause; by what names a cell.
    """
    rows = frame.assign(difference=(frame["again"] - frame["stored"]).abs())
    by = rows.groupby([name for name in CELL if name in rows], sort=False)
    cells = by.agg(metrics=("metric", "size"), largest_difference=("difference", "max"))
    return cells.assign(equal=by["equal"].all(), cause=by["cause"].max())


def verdict(frame: pd.DataFrame, where: str) -> tuple[str, bool]:
    """What comes of cells that were trained again: on the processor that made them all must be equal.

    On another, sums round otherwise. Methods that iterate to a flat minimum then end elsewhere, and of networks that
    train for hundreds of epochs a few do.

    Parameters
    ----------
    frame : DataFrame
        As `verify` returns it.
    where : str
        What they were compared with.

    Returns
    -------
    text : str
        Sentences.
    holds : bool
    """
    cells = by_cell(frame)
    text = f"{cells['equal'].sum()} of {len(cells)} cells are equal: each metric is within {TOLERANCE:g} of {where}."
    if cells["equal"].all():
        return text, True
    counts = cells.loc[~cells["equal"], "cause"].value_counts()
    if unexplained := counts.pop("") if "" in counts else 0:
        return f"{text} {unexplained} differ, and no rounding of another processor explains it.", False
    causes = ", ".join(f"{cause} ({number})" for cause, number in counts.items())
    text = f"{text} Another processor made what is stored, and rounds sums otherwise. The rest moved further: {causes}."
    moved = counts.drop(PATH, errors="ignore").sum()
    if binom.sf(moved - 1, len(cells) - counts.get(PATH, 0), MOVED) < CHANCE:
        return f"{text} That many networks are more than rounding explains, which moves one in twenty at most.", False
    return f"{text} That can be expected; where iterations took another path, means over folds may move too.", True


def obstacle(cell: Mapping[Any, Any], data_home: str | None) -> str:
    """Why a cell cannot be trained again: the very data and the method that it was made from must be at hand.

    Parameters
    ----------
    cell : mapping
        method, dataset and dataset_sha.
    data_home : str, optional

    Returns
    -------
    str
        Empty where nothing hinders.
    """
    if cell["method"] not in METHODS:
        return f"{cell['method']} (no such method here)"
    if cell["dataset"] not in list_datasets(extra=True):
        return f"{cell['dataset']} (not in the catalogue)"
    sha = _sha(cell["dataset"], data_home)
    if sha is None:
        return f"{cell['dataset']} (not here, see `ildl datasets`)"
    return "" if sha == cell["dataset_sha"] else f"{cell['dataset']} (another version, or another sampling)"


def tell_left_out(reasons: Sequence[str], of: int, where: str, hint: str = "") -> None:
    """Count the cells that cannot be trained again in a warning.

    Parameters
    ----------
    reasons : sequence of str
    of : int
        Cells in all.
    where : str
        What holds them.
    hint : str
        What to do, a sentence.

    Raises
    ------
    InputError
        None is left.
    """
    counts = ", ".join(f"{number} of {why}" for why, number in Counter(reasons).items())
    if len(reasons) == of:
        raise InputError(f"{where} holds no cell that can be trained again: {counts}.{hint}")
    if reasons:
        warnings.warn(
            f"{len(reasons)} of {of} cells cannot be trained again and are left out: {counts}.{hint}", stacklevel=3
        )


@cache
def _sha(name: str, data_home: str | None) -> str | None:
    try:
        return load_dataset(name, data_home=data_home, download_if_missing=False).sha256
    except DataUnavailable:
        return None
