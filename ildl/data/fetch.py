"""Find, verify and download the files of the catalogue.

No file is used before its git blob id has been checked, and none appears under its name before it is complete.
"""

from __future__ import annotations

import os
import time
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path

from platformdirs import user_cache_dir
from tqdm import tqdm

from ildl.data.catalogue import ARTIFICIAL, RECORDS, get_record
from ildl.data.extra import EXTRA_RECORDS
from ildl.data.integrity import DamagedFile, git_blob_id, write
from ildl.data.record import Record, SourceFile

WAITS = (0.0, 1.0, 4.0)  # seconds before each round of attempts
TIMEOUTS = (10.0, 30.0)  # seconds without a connection; without a byte, or below the slowest pace
SLOWEST = 10_000  # bytes a second
MOST = 2**28  # bytes: more than any file of the catalogue has


class DataUnavailable(OSError):
    """A file of a data set is not here and could not be fetched; the message says what to do."""


class Unobtainable(Exception):
    """No address delivered what was asked for; the message says what happened last."""


class Unreachable(Unobtainable):
    """No connection to any address: this machine is offline, or kept from them."""


def fetch(
    name: str, data_home: str | os.PathLike[str] | None = None, labels_only: bool = False, *, download: bool = True
) -> Path:
    """Return the verified file of a data set, downloading it if need be.

    Where the features file is a rounded copy, the labels file is needed beside it, and is looked for and downloaded
    with it.

    A file is looked for in `data_home` if given, else in the folder named by the environment variable
    ``ILDL_DATA_HOME`` and then in the user's cache folder. A download goes to the first of these.

    Parameters
    ----------
    name : str
        A data set that comes from a file: one of ``list_datasets(extra=True)`` but the artificial one.
    data_home : path, optional
    labels_only : bool
        Be content with the labels: the features file if it is here, else the (smaller) labels file, where there
        is one. Of a rounded copy, the labels file.
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
    if record.rounded and not labels_only:
        fetch(name, data_home, labels_only=True, download=download)
    if labels_only and record.labels is not None:
        wanted = [record.labels] if record.rounded else [record.features, record.labels]
    folders = data_folders(data_home)
    try:
        for source in wanted:
            if (path := find(source, data_home)) is not None:
                return path
        if not download:
            raise Unobtainable("downloading was not allowed")
        return _download(folders[0], wanted[-1])
    except Unobtainable as error:
        raise DataUnavailable(_advice(record, wanted[-1], folders, str(error))) from error


def find(source: SourceFile, data_home: str | os.PathLike[str] | None = None) -> Path | None:
    """Return a file of the catalogue if it is here and verified.

    Parameters
    ----------
    source : SourceFile
        Looked for under its path, then under its aliases.
    data_home : path, optional
        As in `fetch`.

    Returns
    -------
    Path or None

    Raises
    ------
    DamagedFile
        As `fetch`.
    """
    for folder in data_folders(data_home):
        if (path := _verified(folder, source)) is not None:
            return path
    return None


def locate(record: Record) -> tuple[str, str]:
    """Return how far the files of a data set are here, and where.

    Parameters
    ----------
    record : Record

    Returns
    -------
    state : {"yes", "labels only", "without labels", "no", "damaged"}
        "without labels": of a rounded copy, the features file alone.
    place : str
        The features file, else the labels file, else nothing.
    """
    try:
        features = find(record.features)
        labels = find(record.labels) if record.labels else None
    except OSError:
        return "damaged", ""
    if features is None:
        return ("labels only", str(labels)) if labels else ("no", "")
    return "without labels" if record.rounded and not labels else "yes", str(features)


def available_datasets(labels_only: bool = False, *, download: bool = False, extra: bool = False) -> dict[str, Path]:
    """Return the data sets of the benchmark whose files are at hand.

    Parameters
    ----------
    labels_only : bool
        Content with the labels.
    download : bool
        Try to download those that are not here, unless none of the addresses of an earlier one could be reached.
    extra : bool
        Also the further data sets.

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
    for name in [*RECORDS, *(EXTRA_RECORDS if extra else ())]:
        try:
            found[name] = fetch(name, labels_only=labels_only, download=download)
        except DataUnavailable as error:
            download &= not isinstance(error.__cause__, Unreachable)  # do not wait for each of them
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


def _cache_folder() -> Path:
    return Path(user_cache_dir("ildl"))


def _verified(folder: Path, source: SourceFile) -> Path | None:
    damaged = []
    for path in (folder / place for place in (source.path, *source.aliases)):
        if path.is_file():
            content = path.read_bytes()
            if (found := git_blob_id(content)) == source.blob:
                return path
            damaged.append(
                f"{path} is damaged or another version: {len(content)} bytes with git blob id {found}, expected "
                f"{source.blob}."
            )
    if not damaged:
        return None
    if folder == _cache_folder():
        warnings.warn(f"{damaged[0]} It will be fetched anew.", stacklevel=4)
        return None
    raise DamagedFile(f"{damaged[0]} Delete it and fetch it again, from {source.urls[0]}; "
                      "or, if it is your own, pass its path in place of the name.")  # fmt: skip


def _download(folder: Path, source: SourceFile) -> Path:
    path = folder / source.path

    def fault(content: bytes) -> str:
        found = git_blob_id(content)
        return "" if found == source.blob else f"with git blob id {found}, expected {source.blob}"

    content = _obtain(source.urls, path.name, fault)
    try:
        write(path, content)
    except OSError as error:
        raise Unobtainable(f"{path.parent} cannot be written: {error}") from error
    return path


def _obtain(urls: Sequence[str], label: str, fault: Callable[[bytes], str]) -> bytes:
    """Return what the first address delivers without a fault; one that does not exist is asked once."""
    left, reason, closed = list(urls), "", ""
    for wait in WAITS:
        time.sleep(wait if left else 0)
        reached = not left
        for url in list(left):
            try:
                content = _get(url, label)
            except OSError as error:  # of requests, too
                if why := getattr(error.args and error.args[0], "reason", None):  # of urllib3: no connection was made
                    closed = str(why).rpartition("): ")[2]
                    continue
                reached, reason = True, f"{type(error).__name__}: {error}"
                status = getattr(getattr(error, "response", None), "status_code", None)
                if status is not None and 400 <= status < 500 and status not in (408, 429):
                    left.remove(url)
                continue
            if not (wrong := fault(content)):
                return content
            reached, reason = True, f"{url} delivered {len(content)} bytes {wrong}"
        if not reached:
            raise Unreachable(f"no connection: {closed}; is this machine offline?")
    raise Unobtainable(reason)


def _get(url: str, label: str) -> bytes:
    """What an address delivers, byte by byte: nothing is unpacked, so that little stays little."""
    import requests
    from urllib3.exceptions import HTTPError

    content, start, plain = bytearray(), time.monotonic(), {"Accept-Encoding": "identity"}
    with requests.get(url, stream=True, timeout=TIMEOUTS, headers=plain) as response:
        response.raise_for_status()
        with tqdm(
            desc=label, total=response.raw.length_remaining, unit="B", unit_scale=True, leave=False, disable=None
        ) as bar:
            try:
                while part := response.raw.read1(2**16, decode_content=False):
                    content += part
                    bar.update(len(part))
                    if len(content) > MOST:
                        raise OSError(f"{url} delivered more than {MOST:,} bytes")
                    if len(content) < SLOWEST * (time.monotonic() - start - TIMEOUTS[1]):
                        raise OSError(f"{url} delivers fewer than {SLOWEST:,} bytes a second")
            except HTTPError as error:
                raise OSError(f"{url} broke off: {error}") from error
    return bytes(content)


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
