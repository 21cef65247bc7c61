"""One thread within products: with more, sums round in another order, and what iterates makes much of that."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import scipy.linalg  # noqa: F401  loads what compiled training multiplies with, so that the limit reaches it
from threadpoolctl import threadpool_limits

_lock = threading.RLock()
_mine = threading.local()


@contextmanager
def one_thread() -> Iterator[None]:
    """Limit NumPy, SciPy, scikit-learn and PyTorch to one thread, so that results depend on no machine's cores.

    The limit is the process's: who comes from another thread waits until it is given back, but for threads that
    `share_limit`. PyTorch's is each thread's own.

    Yields
    ------
    None
    """
    torch = sys.modules.get("torch")
    before = torch.get_num_threads() if torch else 1
    try:
        if torch:
            torch.set_num_threads(1)
        if getattr(_mine, "limited", False):  # from further out
            yield
            return
        with _lock, threadpool_limits(1):
            _mine.limited = True
            try:
                yield
            finally:
                _mine.limited = False
    finally:
        if torch:
            torch.set_num_threads(before)


def share_limit() -> None:
    """Let this thread compute under the limit that the thread which started it holds: for workers of a pool."""
    _mine.limited = True
