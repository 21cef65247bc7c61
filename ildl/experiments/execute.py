"""Where tasks are computed: here, in threads, in processes, or on a cluster."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from typing import TYPE_CHECKING

from ildl.experiments.workers import check_room, in_processes, sweep
from ildl.methods import METHODS

if TYPE_CHECKING:
    from ildl.experiments.task import Outcome, Task

FEW = 20
"""Cells of the package's other methods for which no process is started; own methods may end theirs."""


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
    InputError, OSError
        A data set is not to be had, or does not fit into the memory.
    """
    if not tasks:
        return
    sweep()
    distinct = {task.prepared_from: task for task in tasks}.values()
    size = max(one.X.nbytes + one.D.nbytes for task in distinct for one in task.prepare().values())
    if backend == "dask":
        from ildl.experiments.cluster import compute_on_cluster

        yield from compute_on_cluster(tasks, scheduler, n_jobs)
        return
    compiled = [task for task in tasks if n_jobs > 1 and task.is_compiled]
    others = [task for task in tasks if task not in compiled]
    cells = [cell for task in others for cell in task.cells]
    are_ours = all(isinstance(METHODS.places.get(cell.method), str) for cell in cells)
    alone = n_jobs == 1 or (are_ours and len(cells) <= FEW)
    check_room(size, 1 if alone else n_jobs)
    yield from _in_threads(compiled, n_jobs)
    yield from (task() for task in others) if alone else in_processes(others, n_jobs, backend)


def _in_threads(tasks: Sequence[Task], n_jobs: int) -> Iterator[list[Outcome]]:
    from ildl.training.threads import one_thread, share_limit

    with one_thread(), ThreadPoolExecutor(n_jobs, initializer=share_limit) as pool:
        futures = [pool.submit(task) for task in tasks]
        try:
            yield from (future.result() for future in as_completed(futures))
        finally:
            pool.shutdown(cancel_futures=True)  # when nobody asks for more
