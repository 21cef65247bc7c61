"""How data are known: a file to be the published one, own data by what they hold; files are written whole or not."""

from __future__ import annotations

import hashlib
import os
import re
import uuid
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ildl.checks import InputError, check_distributions, check_features
from ildl.data.sampling import Sampling


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


def check_name(name: Any) -> None:
    """Raise InputError if a data set's name cannot be that of a folder.

    Parameters
    ----------
    name : str

    Raises
    ------
    InputError
        Says what it may be made of.
    """
    if not isinstance(name, str) or not re.fullmatch(r"[\w.+-]*\w[\w .+-]*", name):
        raise InputError(f"{name!r} cannot name a folder of results; use letters, digits, '-', '_' and '.'.")


def digest(
    features: NDArray[np.float64] | None, labels: NDArray[np.float64], sampling: Sampling | None, name: str
) -> str:
    """Return the checksum of a data set that has no published file: of what it holds.

    Parameters
    ----------
    features, labels : ndarray
    sampling : Sampling or None
    name : str
        For messages.

    Returns
    -------
    str
        SHA-256, in hexadecimal digits.
    """
    total = hashlib.sha256(f"{labels.shape} {sampling}".encode())
    total.update(check_distributions(labels, f"labels of {name}").tobytes())
    if features is not None:
        total.update(check_features(features, name=f"features of {name}").tobytes())
    return total.hexdigest()
