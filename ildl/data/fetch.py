"""Find, verify and download the files of the catalogue.

No file is used before its git blob id has been checked, and none appears under its name before it is complete.
"""

from __future__ import annotations

import hashlib
import io
import os
import time
import uuid
import warnings
from contextlib import suppress
from pathlib import Path

from tqdm import TqdmWarning, tqdm

from ildl.data.catalogue import ARTIFICIAL, RECORDS, Record, SourceFile, get_record

with warnings.catch_warnings():  # in a notebook pooch looks for ipywidgets, for a progress bar that is not used here
    warnings.simplefilter("ignore", TqdmWarning)
    import pooch

WAITS = (0.0, 1.0, 4.0)  # seconds before each round of attempts
TIMEOUT = 30.0  # seconds without a byte


class DataUnavailable(OSError):
    """A file of a data set is not here and could not be fetched; the message says what to do."""


class DamagedFile(OSError):
    """A file is here but is not the published one."""


def fetch(
    name: str, data_home: str | os.PathLike[str] | None = None, labels_only: bool = False, *, download: bool = True
) -> Path:
    """Return the verified file of a data set, downloading it if need be.

    It is looked for in `data_home` if given, else in the folder named by the environment variable
    ``ILDL_DATA_HOME`` and then in the user's cache folder. A download goes to the first of these.

    Parameters
    ----------
    name : str
        A data set of the benchmark (`list_datasets` without the artificial one).
    data_home : path, optional
    labels_only : bool
        Be content with the labels: the features file if it is here, else the (smaller) labels file, where there
        is one.
    download : bool
        False: only look.

    Returns
    -------
    Path

    Raises
    ------
    InputError
        Unknown data set.
    DataUnavailable
        Not here, and not to be had.
    DamagedFile
        A file in a folder of the user's is not the published one. (In the cache folder it is replaced.)
    """
    record = get_record(name)
    wanted = [record.features]
    if labels_only and record.labels is not None:
        wanted.append(record.labels)
    folders = data_folders(data_home)
    for source in wanted:
        for folder in folders:
            if (path := _verified(folder, source)) is not None:
                return path
    if not download:
        raise DataUnavailable(_advice(record, wanted[-1], folders, "downloading was not allowed"))
    return _download(record, wanted[-1], folders)


def available_datasets(labels_only: bool = False, *, download: bool = False) -> dict[str, Path]:
    """Return the data sets of the catalogue whose files are at hand.

    Parameters
    ----------
    labels_only : bool
        Content with the labels.
    download : bool
        Try to download those that are not here.

    Returns
    -------
    dict of str to Path
        Name -> file.

    Raises
    ------
    DamagedFile
        A file of the user's is not the published one.
    """
    found = {}
    for name in RECORDS:
        with suppress(DataUnavailable):
            found[name] = fetch(name, labels_only=labels_only, download=download)
    return found


def data_folders(data_home: str | os.PathLike[str] | None = None) -> list[Path]:
    """Return the folders in which files are looked for; a download goes to the first.

    Parameters
    ----------
    data_home : path, optional
        Look nowhere else.

    Returns
    -------
    list of Path
    """
    if data_home is not None:
        return [Path(data_home).expanduser()]
    named = os.environ.get("ILDL_DATA_HOME")
    return ([Path(named).expanduser()] if named else []) + [_cache_folder()]


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


def _cache_folder() -> Path:
    return Path(pooch.os_cache("ildl"))


def _verified(folder: Path, source: SourceFile) -> Path | None:
    path = folder / source.path
    if not path.is_file():
        return None
    content = path.read_bytes()
    found = git_blob_id(content)
    if found == source.blob:
        return path
    message = (
        f"{path} is damaged or another version: {len(content)} bytes with git blob id {found}, expected {source.blob}."
    )
    if folder == _cache_folder():
        warnings.warn(f"{message} It will be fetched anew.", stacklevel=4)
        return None
    raise DamagedFile(f"{message} Delete it and fetch it again, from {source.urls[0]}.")


def _download(record: Record, source: SourceFile, folders: list[Path]) -> Path:
    path = folders[0] / source.path
    urls = list(source.urls)
    reason = ""
    for wait in WAITS:
        time.sleep(wait)
        for url in list(urls):
            try:
                content = _get(url, path.name)
            except OSError as error:  # of requests, too
                reason = f"{type(error).__name__}: {error}"
                status = getattr(getattr(error, "response", None), "status_code", None)
                if status is not None and 400 <= status < 500 and status not in (408, 429):
                    urls.remove(url)
                continue
            if (found := git_blob_id(content)) == source.blob:
                try:
                    _write(path, content)
                except OSError as error:
                    raise DataUnavailable(
                        _advice(record, source, folders, f"{path.parent} cannot be written: {error}")
                    ) from error
                return path
            reason = f"{url} delivered {len(content)} bytes with git blob id {found}, expected {source.blob}"
    raise DataUnavailable(_advice(record, source, folders, reason))


def _get(url: str, label: str) -> bytes:
    buffer = io.BytesIO()
    # A bar without a total has no truth value, which pooch asks for; pooch then sets the real one.
    with tqdm(desc=label, total=1, unit="B", unit_scale=True, leave=False, disable=None) as bar:
        pooch.HTTPDownloader(progressbar=bar, timeout=TIMEOUT)(url, buffer, None)
    return buffer.getvalue()


def _write(path: Path, content: bytes) -> None:
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


def _advice(record: Record, source: SourceFile, folders: list[Path], reason: str) -> str:
    without = [f"load_dataset({ARTIFICIAL!r}) needs no file"]
    if source is record.features and record.labels is not None:
        without.insert(0, f"load_dataset({record.name!r}, labels_only=True) needs {record.labels.path} only")
    searched = " or ".join(map(str, folders))
    return (
        f"{record.name}: {source.path} is not in {searched}, and was not fetched ({reason}).\n"
        f"By hand: download {source.urls[0]} and put it at {folders[0] / source.path}.\n"
        f"Without it: {'; '.join(without)}."
    )
