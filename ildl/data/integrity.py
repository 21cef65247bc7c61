"""How a file is known to be the published one: its git blob id, and a ledger of those learned, beside the data."""

from __future__ import annotations

import hashlib
import json
import os
import uuid
from pathlib import Path

LEDGER = "blobs.json"
"""In a data folder: JSON, path -> git blob id of the files whose ids the catalogue does not record."""


class DamagedFile(OSError):
    """A file is here but is not the published one."""


def git_blob_id(content: bytes) -> str:
    """Return the id under which git stores a file of this content.

    Parameters
    ----------
    content : bytes

    Returns
    -------
    str
        40 hexadecimal digits.

    Examples
    --------
    >>> git_blob_id(b"")
    'e69de29bb2d1d6434b8b29ae775ad8c2e48c5391'
    """
    return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()


def read_ledger(folder: Path) -> dict[str, str]:
    """Return the ledger of a data folder, empty where there is none.

    Parameters
    ----------
    folder : Path

    Returns
    -------
    dict of str to str
        Path in the folder -> git blob id.

    Raises
    ------
    DamagedFile
        It is not a JSON object of texts.
    """
    path = folder / LEDGER
    try:
        ledger = json.loads(path.read_bytes())
    except FileNotFoundError:
        return {}
    except ValueError as error:
        raise DamagedFile(f"{path} is damaged ({error}). Delete it; the ids are learned again.") from error
    if not isinstance(ledger, dict) or not all(isinstance(blob, str) for blob in ledger.values()):
        raise DamagedFile(f"{path} is not an object of paths and git blob ids. Delete it; the ids are learned again.")
    return ledger


def remember(folder: Path, path: str, blob: str) -> None:
    """Enter the blob id of a verified file into the ledger of a data folder.

    Parameters
    ----------
    folder : Path
    path : str
        The file's place in the folder.
    blob : str
    """
    write(folder / LEDGER, json.dumps(read_ledger(folder) | {path: blob}, indent=1, sort_keys=True).encode())


def write(path: Path, content: bytes) -> None:
    """Write a file that is either complete or not there.

    Parameters
    ----------
    path : Path
        Its folder is made if need be.
    content : bytes
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.{uuid.uuid4().hex}.part")
    try:
        with open(part, "xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)
