"""Processes that compute tasks: none outlives the run that started it, or stays where it cannot get memory."""

from __future__ import annotations

import mmap
import os
import re
import resource
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ildl.checks import InputError

if TYPE_CHECKING:
    from ildl.experiments.task import Outcome, Task

LIBRARIES = 1.3e9
"""Bytes of address space that Python and its libraries take, and of memory a fifth of that."""
COPIES = 3
"""Of a data set: as it was read, scaled, and what a fold trains on."""
LOOK = 1.0
"""Seconds between two looks of a worker at its parent and its memory."""
ROOM = 64 * 2**20
"""Bytes that a product of matrices may ask for at once; OpenBLAS, when refused, asks again for ever."""
LEFT = re.compile(r"(?:joblib_memmapping_folder_|sem\.loky-)(\d+)[-_]")
"""Names of what joblib shares between processes, and the process that made it."""


class CellsFailed(RuntimeError):
    """Some cells could not be computed; all others are stored."""


def check_room(size: int, processes: int) -> None:
    """Refuse what cannot fit, before anything is trained: in too little memory, libraries abort or wait for ever.

    Parameters
    ----------
    size : int
        Bytes of the largest data set.
    processes : int
        That hold it at the same time.

    Raises
    ------
    InputError
        Says what is needed, what there is, and what to do.
    """
    size *= COPIES
    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    if limit != resource.RLIM_INFINITY and LIBRARIES + size > limit:
        raise InputError(
            f"Training needs about {_gigabytes(LIBRARIES + size)} of address space a process, and {_gigabytes(limit)} "
            "are allowed; raise the limit (ulimit -v)."
        )
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    need = LIBRARIES / 5 + size
    if processes * need > memory:
        few = int(memory // need)
        raise InputError(
            f"Training needs about {_gigabytes(need)} of memory in each of {processes} processes, and there are "
            f"{_gigabytes(memory)}; "
            + (f"pass n_jobs={few} (--jobs {few})." if few else "take fewer rows or features.")
        )


def in_processes(tasks: Sequence[Task], n_jobs: int, backend: str) -> Iterator[list[Outcome]]:
    """Outcomes of tasks, in the order in which processes finish them.

    Parameters
    ----------
    tasks : sequence of Task
    n_jobs : int
        Processes.
    backend : str
        Of joblib, "loky".

    Yields
    ------
    list of (key, record, reason of failure)

    Raises
    ------
    CellsFailed
        A process was ended from outside, or by itself for want of memory.
    """
    from joblib import Parallel, delayed, parallel_config
    from joblib.externals.loky.process_executor import BrokenProcessPool

    try:
        with parallel_config(backend, n_jobs=n_jobs, inner_max_num_threads=1):
            parallel = Parallel(return_as="generator_unordered", initializer=begin, initargs=(os.getpid(),))
            yield from parallel(delayed(task)() for task in tasks)
    except BrokenProcessPool as error:
        raise CellsFailed(
            "A process was ended from outside, perhaps for want of memory; finished cells are stored: run the command "
            "again, perhaps with fewer processes."
        ) from error


def begin(parent: int) -> None:
    """What a worker does first: from now on it looks after its parent, which may have gone already, and its memory."""
    from joblib.externals.loky import process_executor

    # A worker that has loaded another data set is not leaking: to be replaced would only cost it its imports.
    process_executor._MAX_MEMORY_LEAK_SIZE = sys.maxsize
    threading.Thread(target=_look, args=(parent,), daemon=True).start()


def _look(parent: int) -> None:
    while os.getppid() == parent:
        try:
            mmap.mmap(-1, ROOM).close()
        except OSError:
            sys.stderr.write("A process has no memory left, and ends.\n")
            break
        time.sleep(LOOK)
    os._exit(1)


def _gigabytes(size: float) -> str:
    return f"{size / 1e9:.1f} GB"


def sweep() -> None:
    """Remove what processes that were killed have left in the shared memory."""
    for folder in {Path("/dev/shm"), Path(tempfile.gettempdir())}:
        for path in folder.glob("*"):
            if (found := LEFT.match(path.name)) and _is_ours(path) and not _is_alive(int(found[1])):
                shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)


def _is_ours(path: Path) -> bool:
    try:
        return path.lstat().st_uid == os.getuid()
    except OSError:  # it has just gone
        return False


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True
