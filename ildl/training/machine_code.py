"""The compiled training, and where Numba keeps its machine code."""

from __future__ import annotations

import shutil
import tempfile
import warnings
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

_temporary: list[tempfile.TemporaryDirectory[str]] = []


def load_kernels() -> ModuleType:
    """Import what Numba compiles. Where no folder of its own can be written, a temporary one serves this process.

    Machine code that lies readable beside the library is copied there, and not compiled again.

    Returns
    -------
    module
        `ildl.training.kernels`.

    Raises
    ------
    OSError
        No folder can be written at all.
    """
    try:
        from ildl.training import kernels, noise
    except RuntimeError as error:
        if "cannot cache" not in str(error):
            raise
        try:
            kernels, noise = _in_temporary_folder()
        except (OSError, RuntimeError) as again:
            raise OSError(
                "Compiled training can be kept neither beside the library, nor in the user's cache folder, nor in a "
                f"temporary one ({again}); set the environment variable NUMBA_CACHE_DIR to one that can be written."
            ) from again
    _listen(kernels.train)
    return kernels


@cache
def _listen(train: Any) -> None:
    """Warn where a function is compiled, instead of read as it was kept."""
    from numba.core import event

    class Listener(event.Listener):
        def on_start(self, event: Any) -> None:
            if event.data["dispatcher"] is train:
                warnings.warn(
                    "Training is compiled for this precision and kind of network, once on a machine: up to a minute.",
                    stacklevel=2,
                )

        def on_end(self, event: Any) -> None:
            pass

    event.register("numba:compile", Listener())


def _in_temporary_folder() -> tuple[ModuleType, ModuleType]:
    import numba

    folder = tempfile.TemporaryDirectory(prefix="ildl-")
    _temporary.append(folder)  # until the process ends
    numba.config.CACHE_DIR = folder.name  # type: ignore[attr-defined]
    from ildl.training import kernels, noise

    for file in (Path(__file__).parent / "__pycache__").glob("*.nb?"):
        shutil.copy(file, kernels.train.stats.cache_path)
    return kernels, noise
