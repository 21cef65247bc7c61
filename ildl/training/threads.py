"""One thread within products: with more, sums round in another order, and what iterates makes much of that."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from threadpoolctl import threadpool_limits

_lock = threading.RLock()
_held: list[bool] = []


@contextmanager
def one_thread() -> Iterator[None]:
    """Limit NumPy, SciPy, scikit-learn and PyTorch to one thread, so that results depend on no machine's cores.

    The limit is the process's: who comes from another thread waits until it is given back.

    Yields
    ------
    None
    """
    with _lock:
        if _held:  # by this thread, from further out
            yield
            return
        before = torch.get_num_threads()
        _held.append(True)
        try:
            with threadpool_limits(1):
                torch.set_num_threads(1)
                yield
        finally:
            torch.set_num_threads(before)
            _held.clear()
