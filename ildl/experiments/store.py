"""The result store: one small file a finished cell, written atomically, verified when read."""

from __future__ import annotations

import glob
import hashlib
import itertools
import json
import os
import re
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ildl.checks import InputError
from ildl.data.integrity import write
from ildl.experiments.plan import Cell, canonical, plain

Record = dict[str, Any]
NAMED = re.compile(r".*[/\\][0-9a-f]{32}\.json|.*\.part")
"""A record, or what a killed process left of one."""


class DamagedRecordWarning(UserWarning):
    """A stored record is truncated or was edited; it is not used."""


class Store:
    """A folder of records, `<dataset>/<method>/<key>.json`.

    Parameters
    ----------
    folder : path
        Made if it is not there.
    read_only : bool
        Nothing will be written; the folder need not be writable, nor there.

    Raises
    ------
    InputError
        The folder is "", or something else fills one that is to be read.
    OSError
        The folder cannot be made or written.
    """

    def __init__(self, folder: str | os.PathLike[str], read_only: bool = False) -> None:
        if not os.fspath(folder):
            raise InputError("The folder of results has no name; name it, as in results.")
        self.folder = Path(folder)
        if read_only:
            files = (name for name in glob.iglob("*/*/*", root_dir=folder) if not self.folder.joinpath(name).is_dir())
            if (first := next(files, "")) and not any(map(NAMED.fullmatch, itertools.chain([first], files))):
                raise InputError(f"{folder} is no folder of results, for other files fill it; name that of `ildl run`.")
            return
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=self.folder):
                pass
        except OSError as error:
            raise OSError(
                f"Results cannot be written into {self.folder} ({error.strerror}); "
                "pass another results_dir, or make that folder writable."
            ) from error

    def path(self, cell: Cell) -> Path:
        """Where a cell's record is or would be.

        Parameters
        ----------
        cell : Cell

        Returns
        -------
        Path
        """
        return self.folder / cell.dataset / cell.method / f"{cell.key}.json"

    def read(self, cell: Cell) -> Record | None:
        """Return the record of a cell, or None if it is not there or damaged (a warning names the file).

        Parameters
        ----------
        cell : Cell

        Returns
        -------
        dict or None
        """
        path = self.path(cell)
        return _load(path) if path.is_file() else None

    def write(self, cell: Cell, record: Record) -> Record:
        """Write a cell's record at once or not at all.

        Parameters
        ----------
        cell : Cell
        record : dict
            Values that JSON can hold.

        Returns
        -------
        dict
            The record as `read` returns it.

        Raises
        ------
        OSError
            As `write_whole`.
        """
        full = {"key": cell.key, **json.loads(json.dumps(record, default=plain))}
        full["checksum"] = _checksum(full)
        write_whole(self.path(cell), json.dumps(full, indent=1).encode())
        return full

    def records(self) -> Iterator[Record]:
        """Every sound record, in the order of the file names.

        Yields
        ------
        dict
        """
        for path in sorted(self.folder.glob("*/*/*.json")):
            if NAMED.fullmatch(str(path)) and (record := _load(path)) is not None:
                yield record


def write_whole(path: Path, content: bytes) -> None:
    """Write a file at once or not at all, and remove what killed processes left of their attempts.

    Parameters
    ----------
    path : Path
        Of a link to a file, the file is written, and a device or pipe as it is.
    content : bytes

    Raises
    ------
    OSError
        Names the file.
    """
    path = path.resolve() if path.is_file() else path
    try:
        if path.exists() and not path.is_file() and not path.is_dir():
            path.write_bytes(content)
            return
        write(path, content)
    except OSError as error:
        if isinstance(error, FileNotFoundError) and path.is_file():
            return  # another run wrote it meanwhile, and took this attempt for one of a killed process
        why = error.strerror or error
        raise OSError(f"{path} cannot be written ({why}); make room, or move away what is there.") from error
    for part in path.parent.glob(f"{glob.escape(path.name)}.{'[0-9a-f]' * 32}.part"):
        part.unlink(missing_ok=True)


def _load(path: Path) -> Record | None:
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        why = _fault(record, path.stem)
    except (ValueError, OSError, RecursionError) as error:
        why = str(error)
    if why:
        warnings.warn(
            f"{path} is damaged ({why}); it is not used and will be computed again when asked for.",
            DamagedRecordWarning,
            stacklevel=3,
        )
        return None
    return record


def _fault(record: Any, key: str) -> str:
    if not isinstance(record, dict) or "checksum" not in record:
        return "it has no checksum"
    if record.get("key") != key:
        return "its key is not its file name"
    body = {name: value for name, value in record.items() if name != "checksum"}
    return "" if _checksum(body) == record["checksum"] else "its checksum does not match its content"


def _checksum(body: Record) -> str:
    return hashlib.sha256(canonical(body).encode()).hexdigest()
