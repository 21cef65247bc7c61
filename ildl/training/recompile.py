"""Calls of compiled functions whose kept machine code may be damaged."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any


def run(train: Any, *arguments: Any) -> None:
    """Call a compiled function; kept machine code that is damaged is removed, and compiled again.

    Parameters
    ----------
    train : function that Numba compiles and keeps
    *arguments : object

    Raises
    ------
    OSError
        It can be neither read nor made again.
    """
    try:
        train(*arguments)
    except Warning:  # that it compiles, where warnings are errors
        raise
    except Exception:  # whatever it is that a damaged file, or a full disk, leads to
        folder = Path(train.stats.cache_path)
        for file in folder.glob(f"*.{train.__name__}-*.nb?"):
            with suppress(OSError):
                file.unlink()
        try:
            train(*arguments)
        except (OSError, EOFError) as error:
            what = f"The compiled training in {folder} cannot be read or written ({error})"
            raise OSError(f"{what}: make room there, or set the environment variable NUMBA_CACHE_DIR.") from error
