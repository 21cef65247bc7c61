"""Where tasks are computed: here, in threads, in processes, or on a cluster."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from typing import TYPE_CHECKING

from ildl.methods import METHODS

if TYPE_CHECKING:
    from ildl.experiments.task import Outcome, Task

FEW = 20
"""Cells of the package's other methods for which no process is started; own methods may end theirs."""


class CellsFailed(RuntimeError):
    """Some cells could not be computed; all others are stored."""


def execute(tasks: Sequence[Task], n_jobs: int, backend: str, scheduler: str | None) -> Iterator[Sequence[Outcome]]:
    """Compute tasks: compiled training in threads, other methods in processes if that is worth their start.

    Parameters
    ----------
    tasks : sequence of Task
    n_jobs : int
        Threads, then processes.
    backend, scheduler
        As for `ildl.experiments.run`.

    Yields
    ------
    list of (key, record, reason of failure)
        Of one task, as tasks end.

    Raises
    ------
    CellsFailed
        A process was ended from outside.
    """
    if not tasks:
        return
    if backend == "dask":
        from ildl.experiments.cluster import compute_on_cluster

        yield from compute_on_cluster(tasks, scheduler, n_jobs)
        return
    compiled = [task for task in tasks if n_jobs > 1 and task.is_compiled]
    others = [task for task in tasks if task not in compiled]
    yield from _in_threads(compiled, n_jobs)
    cells = [cell for task in others for cell in task.cells]
    are_ours = all(isinstance(METHODS.places.get(cell.method), str) for cell in cells)
    if n_jobs == 1 or (are_ours and len(cells) <= FEW):
        yield from (task() for task in others)
        return
    from joblib import Parallel, delayed, parallel_config
    from joblib.externals.loky.process_executor import TerminatedWorkerError

    try:
        with parallel_config(backend, n_jobs=n_jobs, inner_max_num_threads=1):
            yield from Parallel(return_as="generator_unordered")(delayed(task)() for task in others)
    except TerminatedWorkerError as error:
        raise CellsFailed(
            "A process was ended from outside, perhaps for want of memory; finished cells are stored: run the command "
            "again, perhaps with fewer processes."
        ) from error


def _in_threads(tasks: Sequence[Task], n_jobs: int) -> Iterator[list[Outcome]]:
    from ildl.training.threads import one_thread, share_limit

    with one_thread(), ThreadPoolExecutor(n_jobs, initializer=share_limit) as pool:
        futures = [pool.submit(task) for task in tasks]
        try:
            yield from (future.result() for future in as_completed(futures))
        finally:
            pool.shutdown(cancel_futures=True)  # when nobody asks for more
