"""Tasks on a Dask cluster: each data set is sent once to each worker, and the tasks of a lost worker go to another."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ildl.checks import InputError
from ildl.experiments.digest import library_versions, method_digest
from ildl.experiments.protocols import Protocol
from ildl.experiments.task import Outcome, Prepared, Task

if TYPE_CHECKING:
    from distributed import Client

WAIT = 60
"""Seconds until a worker must have joined."""
TRIES = 3
"""How often data and unfinished tasks are sent, should all workers that hold the data be lost."""


def compute_on_cluster(tasks: Sequence[Task], scheduler: str | None, n_jobs: int) -> Iterator[list[Outcome]]:
    """Outcomes of tasks, in the order in which workers finish them.

    Parameters
    ----------
    tasks : sequence of Task
    scheduler : str or None
        Address, "tcp://host:port"; without it a cluster of this machine, which ends with the run.
    n_jobs : int
        Workers of that cluster.

    Yields
    ------
    list of (key, record, reason of failure)

    Raises
    ------
    InputError
        Dask is not installed, no scheduler answers, or no worker joins.
    """
    with _client(scheduler, n_jobs) as client:
        waiting, tries = list(tasks), 0
        while waiting and tries < TRIES and client.status == "running":
            lost: list[Task] = []
            for task, outcomes in _once(client, waiting):
                if outcomes is None:
                    lost.append(task)
                else:
                    yield outcomes
            waiting, tries = lost, tries + 1
    for task in waiting:
        yield task.failed("the scheduler was lost, or all workers that held its data; run the command again")


def _once(client: Client, tasks: Sequence[Task]) -> Iterator[tuple[Task, list[Outcome] | None]]:
    """Send data and tasks; outcomes are None where the cluster forgot a task, as the last holder of its data left."""
    from distributed import as_completed

    client.wait_for_workers(1, timeout=WAIT)
    prepared = {task.prepared_from: task for task in tasks}
    sent = {origin: client.scatter(task.prepare(), broadcast=True) for origin, task in prepared.items()}
    futures = {client.submit(_compute, task, sent[task.prepared_from], pure=False): task for task in tasks}
    for future in as_completed(futures):
        task = futures[future]
        if future.status == "finished":
            yield task, future.result()
        elif future.status == "error":
            error = future.exception()
            yield task, task.failed(f"{type(error).__name__}: {error}")
        else:
            yield task, None


def _compute(task: Task, prepared: Mapping[Protocol, Prepared]) -> list[Outcome]:
    """Run on the worker, whose code must be that of the plan: the keys of the results say so."""
    for cell in task.cells:
        if dict(cell.libraries) != library_versions():
            return task.failed(f"the worker's libraries are {library_versions()}, not {dict(cell.libraries)}")
        method = cell.estimator()  # what is not of this package came along
        if type(method).__module__.startswith("ildl.") and cell.code != method_digest(method):
            return task.failed(f"the worker's code of {cell.method} is another; install the same ildl everywhere")
    return task(prepared)


@contextmanager
def _client(scheduler: str | None, n_jobs: int) -> Iterator[Client]:
    try:
        from distributed import Client
    except ImportError as error:
        raise InputError("backend='dask' needs Dask; install it with: pip install dask distributed.") from error
    if scheduler == "":
        raise InputError("The address of the scheduler is empty; it is like tcp://host:8786.")
    own = {} if scheduler else {"n_workers": n_jobs, "threads_per_worker": 1, "dashboard_address": None}
    try:
        client = Client(scheduler, **own)
    except (OSError, ValueError) as error:
        raise InputError(
            f"No Dask scheduler answers at {scheduler!r} ({error}); start one with: dask scheduler."
        ) from error
    except RuntimeError as error:
        raise InputError(
            f"The cluster's workers do not start ({error}). Each imports the script that was run: what is to run once, "
            "such as this call, stands there under `if __name__ == '__main__':`."
        ) from error
    with client:
        try:
            client.wait_for_workers(1, timeout=WAIT)
        except TimeoutError as error:
            raise InputError(
                f"No worker joined the scheduler at {scheduler} in {WAIT} s; start some with: dask worker {scheduler}."
            ) from error
        yield client
