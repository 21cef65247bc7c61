"""Run a plan: cells that are not stored are trained, in ensembles, in parallel, and stored as they finish."""

from __future__ import annotations

import json
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import replace
from os import PathLike
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import pandas as pd
from tqdm import tqdm

from ildl.checks import InputError, check_number, check_option
from ildl.data import Dataset, is_path, list_datasets, open_dataset
from ildl.data.integrity import check_name, digest
from ildl.data.opened import loaded
from ildl.experiments.execute import execute
from ildl.experiments.plan import Cell, Described, describe, plan_cells
from ildl.experiments.protocols import Protocol, protocols_of
from ildl.experiments.remembered import Remembered
from ildl.experiments.store import Record, Store
from ildl.experiments.stored import to_frame
from ildl.experiments.workers import CellsFailed, sweep
from ildl.training import resolve_device

if TYPE_CHECKING:
    from ildl.experiments.own import MethodSpec
    from ildl.experiments.task import Task

BACKENDS = ("loky", "dask")
Sourced = tuple[str | Dataset, Cell]


def run(
    datasets: Sequence[str | Dataset],
    methods: Sequence[MethodSpec],
    *,
    splits: Any = None,
    n_splits: int = 10,
    folds: Sequence[int] | None = None,
    seeds: Sequence[int] = (0,),
    n_valid: int | float = 20,
    valid_from: str = "sampled",
    split_seed: int = 0,
    split_folds: str = "kfold",
    results_dir: str | PathLike[str] = "results",
    data_home: str | PathLike[str] | None = None,
    n_jobs: int | None = None,
    backend: str = "loky",
    scheduler: str | None = None,
    device: str = "cpu",
    progress: bool = True,
) -> pd.DataFrame:
    """Train and evaluate methods on data sets by the benchmark's protocol.

    Finished cells are read from the store, others are computed and stored; a killed run loses the cells in flight.

    Parameters
    ----------
    datasets : sequence of str or Dataset
        Texts are as for `ildl.data.open_dataset`: names of the catalogue, and files of your own.
    methods : sequence
        Names in `ildl.methods.METHODS`, or names with hyper-parameters: ``("DILDL", {"alpha": 0.5})``. Own ones are a
        class, an instance, "path/to/file.py:Class", or any of these with hyper-parameters; regressors of scikit-learn's
        kind are wrapped (`ildl.methods.Regressor`). ``("a name", ...)`` says what to call one.
    splits : object, optional
        Own splits of the one data set, as for `ildl.protocol.own_splits`; or a mapping of names of data sets to such.
        The others are split by the protocol.
    n_splits : int
        Folds.
    folds : sequence of int, optional
        Which of them; all by default.
    seeds : sequence of int
        Seeds of training: initial weights, shuffles, noise; each fold draws its own, ``seed * n_splits + fold``.
        Methods without randomness run once.
    n_valid, valid_from, split_seed, split_folds
        Validation rows and their source, seed and kind of the folds: `n_valid`, `valid_from`, `seed` and `folds` of
        `ildl.protocol.make_splits`.
    results_dir : path
        The store.
    data_home : path, optional
        Where the data sets' files are.
    n_jobs : int, optional
        Networks are trained in so many threads, then other methods in so many processes; one a core by default.
    backend : {"loky", "dask"}
        This machine's processes, or a Dask cluster.
    scheduler : str, optional
        Address of the Dask scheduler, "tcp://host:port"; a local cluster without it.
    device : str
        "cpu", "cuda", "mps" or "auto".
    progress : bool
        Show one bar over all cells.

    Returns
    -------
    pandas.DataFrame
        One row a cell and metric: dataset, feature_set, method, params, fold, seed, metric, value, fit_seconds (of an
        ensemble, its share), epoch, valid_kl (of the kept epoch), n_train and n_test (rows), n_iter, objective,
        converged, version, dataset_sha, device, the fields of `Protocol`, splits (hash of data and splits), date, key.
        Where iterative fits ended at their limit, one warning counts them.

    Raises
    ------
    InputError
        Unknown names, options or parameters, a data set without features, two of one name, splits of another data set.
    OSError
        The results folder cannot be written, or a data set is not to be had.
    CellsFailed
        Names the cells that failed; the others are stored.
    """
    check_option(backend, BACKENDS, "backend")
    if n_jobs is not None:
        check_number(n_jobs, "n_jobs", 1, integer=True)
    if scheduler is not None and backend != "dask":
        raise InputError(f"scheduler={scheduler!r} needs backend='dask'.")
    if isinstance(datasets, str | Dataset) or isinstance(methods, str | tuple | type) or hasattr(methods, "fit"):
        raise InputError("datasets and methods are lists; put the one that you want into a list.")
    store = Store(results_dir)
    protocol = Protocol(n_splits, n_valid, split_seed, valid_from, split_folds)
    device = str(resolve_device(device))
    home = None if data_home is None else str(data_home)
    identified = [identify(source, home) for source in datasets]
    _check_names(identified)
    chosen = protocols_of(identified, splits, protocol)

    def planned(described: Sequence[Described]) -> list[Sourced]:
        of_each = [(source, ds, described, chosen[ds.name]) for source, ds in zip(datasets, identified, strict=True)]
        return [cell for one in of_each for cell in plan(*one, folds, seeds, device)]

    remembered = Remembered(store.folder)
    cells = {cell.key: cell for _, cell in planned(remembered.find(methods))}
    read = {key: store.read(cell) for key, cell in cells.items()}
    if read and None not in read.values():
        sweep()
        return to_frame([record for record in read.values() if record])
    described = [describe(spec) for spec in methods]
    frame = complete(planned(described), store, home, n_jobs, backend, scheduler, progress, read)
    remembered.add(methods, described)
    return frame


def _check_names(datasets: Sequence[Dataset]) -> None:
    """Results are kept and compared by name: two data sets of one name would be taken for one."""
    known: dict[str, str] = {}
    for ds in datasets:
        if known.setdefault(ds.name, ds.sha256) != ds.sha256:
            raise InputError(
                f"Two data sets are called {ds.name}, but their rows, columns or sampling differ. Give one another "
                "name: -d FILE,name=NAME, or Dataset(name=...)."
            )


def plan(
    source: str | Dataset,
    ds: Dataset,
    methods: Sequence[MethodSpec],
    protocol: Protocol,
    folds: Sequence[int] | None,
    seeds: Sequence[int],
    device: str = "cpu",
) -> list[Sourced]:
    """Plan the cells of one data set.

    Parameters
    ----------
    source : str or Dataset
        As for `run`.
    ds : Dataset
        The same, of `identify`.
    methods, protocol, folds, seeds, device
        As for `ildl.experiments.plan.plan_cells`.

    Returns
    -------
    list of (str or Dataset, Cell)
        Where the data of each cell come from, and the cell.

    Raises
    ------
    InputError
        As `run`.
    """
    if ds.features is None:
        raise InputError(f"{ds.name} has labels only; training needs its features.")
    kept = source if isinstance(source, str) and not is_path(source) else ds  # workers need no file of the user's
    return [(kept, cell) for cell in plan_cells(ds, methods, protocol, folds, seeds, device)]


def complete(
    cells: Sequence[Sourced],
    store: Store,
    home: str | None = None,
    n_jobs: int | None = None,
    backend: str = "loky",
    scheduler: str | None = None,
    progress: bool = True,
    read: Mapping[str, Record | None] = MappingProxyType({}),
) -> pd.DataFrame:
    """Read cells from the store, and compute and store those that it lacks; all of them in one go.

    Parameters
    ----------
    cells : sequence of (str or Dataset, Cell)
        Of `plan`, under any protocols.
    store : Store
    home, n_jobs, backend, scheduler, progress
        As data_home and others of `run`.
    read : mapping of str to dict, optional
        Keys of cells -> what the store was found to have of them.

    Returns
    -------
    pandas.DataFrame
        As `run`.

    Raises
    ------
    InputError, CellsFailed
        As `run`.
    """
    by_key = {cell.key: cell for _, cell in cells}
    if not by_key:
        raise InputError("There is nothing to run: pass at least one data set, one method and one fold.")
    records = {key: read[key] if key in read else store.read(cell) for key, cell in by_key.items()}
    pending = {cell.key: (source, cell) for source, cell in cells if records[cell.key] is None}
    tasks: list[Task] = []
    if pending:
        from joblib import cpu_count

        from ildl.experiments.task import plan_tasks

        n_jobs = n_jobs or cpu_count()
        tasks = plan_tasks(list(pending.values()), home, n_jobs)
    with tqdm(total=len(by_key), desc="cells", unit="cell", disable=not progress) as bar:
        bar.update(sum(record is not None for record in records.values()))
        failures = []
        for outcomes in execute(tasks, n_jobs or 1, backend, scheduler):
            for key, record, why in outcomes:
                try:
                    records[key] = store.write(by_key[key], record) if record else None
                except OSError as error:
                    why = str(error)
                if records[key] is None:
                    failures.append(f"{_name(by_key[key])}: {why}")
                bar.update()
    if failures:
        listed = "\n  ".join(failures[:10])
        others = "the others are stored" if len(failures) < len(by_key) else "there are no others"
        raise CellsFailed(f"{len(failures)} of {len(by_key)} cells failed, {others}:\n  {listed}")
    frame = to_frame([record for record in records.values() if record is not None])
    _warn_of_limits(frame[frame["key"].isin(pending)])
    return frame


def identify(source: str | Dataset, data_home: str | None = None) -> Dataset:
    """Open a data set by its text, or check one that is given: its checksum becomes that of what it holds.

    Parameters
    ----------
    source : str or Dataset
    data_home : str, optional
        Where the files are.

    Returns
    -------
    Dataset

    Raises
    ------
    InputError
        Neither a name nor a sound data set.
    OSError
        The data set is not to be had.
    """
    if isinstance(source, str):
        return loaded(source, data_home) if source in list_datasets(extra=True) else open_dataset(source, data_home)
    ds = source
    if not isinstance(ds, Dataset):
        raise InputError(f"A data set is a name or an ildl.data.Dataset, not {ds!r}.")
    check_name(ds.name)
    return replace(ds, sha256=digest(ds.features, ds.labels, ds.sampling, ds.name))


def _warn_of_limits(trained: pd.DataFrame) -> None:
    """Say once, method by method, how many fits stopped before their tolerance."""
    cells = trained.drop_duplicates("key")
    stopped = cells[~cells["converged"].fillna(True)].groupby("method", sort=False).size()
    if len(stopped):
        totals = cells.groupby("method").size().to_dict()
        counts = ", ".join(f"{method} {number} of {totals[method]}" for method, number in stopped.to_dict().items())
        from sklearn.exceptions import ConvergenceWarning

        message = f"Fits that ended at their limit of iterations: {counts} (column converged)."
        warnings.warn(message, ConvergenceWarning, stacklevel=3)


def _name(cell: Cell) -> str:
    return f"{cell.method} {json.loads(cell.params) or ''} on {cell.dataset}, fold {cell.fold}, seed {cell.seed}"
