"""Execute notebooks with papermill, several at a time, each whole or not at all."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from contextlib import ExitStack
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Literal

import nbformat

from companion.build.kernels import CAN_FORK, AsyncForkingKernelManager, Forked, Nursery, modules_of
from companion.build.sources import (
    REFERENCE,
    Record,
    data_at_hand,
    digest,
    executed_copy,
    find_notebooks,
    may_train,
    parameters_for,
    read_notebook,
    shows_the_store,
)
from companion.show.provenance import NOTEBOOK_VARIABLE
from ildl.checkout import commit, find_root
from ildl.checks import InputError, check_number, check_option

THREAD_VARIABLES = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
TAIL_LINES = 12
INJECTED, HIDDEN = "injected-parameters", "remove-cell"
"""Tags: papermill's for the cell that it adds, and Jupyter Book's for a cell that no page shows."""


@dataclass(frozen=True)
class Outcome:
    """What became of one notebook; `message` has the failing cell and the end of its traceback."""

    name: str
    status: Literal["executed", "fresh", "failed"]
    seconds: float = 0.0
    message: str = ""


def execute(
    notebooks: Sequence[str] | None = None,
    profile: str = "quick",
    *,
    parameters: Mapping[str, Any] | None = None,
    jobs: int = 2,
    force: bool = False,
    root: Path | None = None,
) -> Iterator[Outcome]:
    """Execute notebooks into `book/notebooks/`, those that show the store last; up-to-date copies are left alone."""
    root = root or find_root()
    known = find_notebooks(root)
    check_number(jobs, "jobs", 1, integer=True)
    names = [check_option(Path(name).stem, known, "notebook") for name in notebooks] if notebooks else list(known)
    overrides = dict(parameters or {})
    plan = {name: parameters_for(root, name, profile, overrides) for name in names}
    return _outcomes(root, plan, profile, overrides, jobs, force)


def _outcomes(
    root: Path, plan: Mapping[str, dict[str, Any]], profile: str, overrides: Mapping[str, Any], jobs: int, force: bool
) -> Iterator[Outcome]:
    notebooks = {name: read_notebook(find_notebooks(root)[name]) for name in plan}
    last = [name for name, notebook in notebooks.items() if shows_the_store(notebook)]
    trains = [name for name, notebook in notebooks.items() if name not in last and may_train(notebook, profile)]
    waiting = dict.fromkeys([*trains, *(name for name in plan if name not in last)])
    head, here = commit(root), _data_read(profile)
    with ExitStack() as stack:
        pool: ProcessPoolExecutor | None = None
        pending: dict[Future[Outcome], str] = {}
        while waiting or last or pending:
            if not waiting and last and not set(trains) & set(pending.values()):
                waiting, last = dict.fromkeys(last), []  # nothing enters the store any more
            for name in waiting:
                record = Record(profile, overrides, digest(root, name, profile, overrides), head)
                if not force and _is_fresh(root, name, record.digest, here):
                    yield Outcome(name, "fresh")
                    continue
                if pool is None:
                    pool = stack.enter_context(_pool(jobs, stack, notebooks.values()))
                pending[pool.submit(_execute_one, root, name, plan[name], record)] = name
            waiting = {}
            if pending:
                future = wait(pending, return_when=FIRST_COMPLETED).done.pop()
                name, error = pending.pop(future), future.exception()
                why = f"{type(error).__name__}: {error}"
                yield Outcome(name, "failed", message=why) if error else future.result()


def _pool(jobs: int, stack: ExitStack, notebooks: Iterable[nbformat.NotebookNode]) -> ProcessPoolExecutor:
    """Processes of their own: kernels inherit the one-thread environment, and the caller's stays as it is."""
    address = None
    if CAN_FORK:
        environment = os.environ | dict.fromkeys(THREAD_VARIABLES, "1")
        address = stack.enter_context(Nursery(modules_of(notebooks), environment)).address
    return ProcessPoolExecutor(jobs, mp_context=get_context("spawn"), initializer=_prepare, initargs=(address,))


def _prepare(address: str | None) -> None:
    os.environ.update(dict.fromkeys(THREAD_VARIABLES, "1"))
    Forked.address = address


def _data_read(profile: str) -> dict[str, str]:
    """The data sets that notebooks may read: none where they show the reference run."""
    return {} if profile == REFERENCE else data_at_hand()


def _is_fresh(root: Path, name: str, wanted: str, here: Mapping[str, str]) -> bool:
    """Whether the copy has the wanted digest, and saw all the data that is here now."""
    try:
        record = Record.read(read_notebook(executed_copy(root, name)))
    except (FileNotFoundError, InputError):
        return False
    return record is not None and record.digest == wanted and here.items() <= record.data.items()


def _execute_one(root: Path, name: str, parameters: dict[str, Any], record: Record) -> Outcome:
    import papermill

    source, target = find_notebooks(root)[name], executed_copy(root, name)
    partial = root / "_build" / "papermill" / source.name
    partial.parent.mkdir(parents=True, exist_ok=True)
    target.parent.mkdir(parents=True, exist_ok=True)
    os.environ[NOTEBOOK_VARIABLE] = str(source.relative_to(root))  # this process executes one notebook at a time
    start = time.perf_counter()
    try:
        notebook = papermill.execute_notebook(
            source,
            partial,
            parameters,
            cwd=source.parent,
            kernel_name="python3",
            language="python",
            progress_bar=False,
            kernel_manager_class=AsyncForkingKernelManager,
        )
    except papermill.PapermillExecutionError as error:
        first_line = next(iter(error.source.strip().splitlines()), "")
        lines = re.sub(r"\x1b\[[0-9;]*m", "", "\n".join(error.traceback)).splitlines()[-TAIL_LINES:]
        told = "\n".join(lines) or f"{error.ename}: {error.evalue}"
        message = f"cell [{error.exec_count}] `{first_line}`\n{told}\nThe notebook as far as it ran: {partial}"
        return Outcome(name, "failed", time.perf_counter() - start, message)
    replace(record, data=_data_read(record.profile)).write(notebook)  # a notebook may have fetched some
    for cell in notebook.cells:
        if INJECTED in (tags := cell.metadata.get("tags", [])):
            cell.metadata["tags"] = [*tags, HIDDEN]
    paths = {"input_path": str(source.relative_to(root)), "output_path": str(target.relative_to(root))}
    notebook.metadata.papermill.update(paths)
    nbformat.write(notebook, partial)
    os.replace(partial, target)
    return Outcome(name, "executed", time.perf_counter() - start)
