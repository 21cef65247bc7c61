"""How a file is known to be the published one, and is written whole or not at all."""

from __future__ import annotations

import hashlib
import os
import uuid
from pathlib import Path


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
