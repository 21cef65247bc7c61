"""Find, verify and download the files of the catalogue.

No file is used before its git blob id has been checked, and none appears under its name before it is complete. Where
the catalogue does not record an id, the hosting service's list of the pinned commit tells it once, and a ledger beside
the data remembers it.
"""

from __future__ import annotations

import io
import json
import os
import time
import warnings
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path

from tqdm import TqdmWarning, tqdm

from ildl.data.catalogue import ARTIFICIAL, RECORDS, get_record
from ildl.data.extra import EXTRA_RECORDS
from ildl.data.integrity import LEDGER, DamagedFile, git_blob_id, read_ledger, remember, write
from ildl.data.record import Record, SourceFile

with warnings.catch_warnings():  # in a notebook pooch looks for ipywidgets, for a progress bar that is not used here
    warnings.simplefilter("ignore", TqdmWarning)
    import pooch

WAITS = (0.0, 1.0, 4.0)  # seconds before each round of attempts
TIMEOUT = 30.0  # seconds without a byte


class DataUnavailable(OSError):
    """A file of a data set is not here and could not be fetched; the message says what to do."""


class Unobtainable(Exception):
    """No address delivered what was asked for; the message says what happened last."""


class Unreachable(Unobtainable):
    """No address could be reached at all."""


def fetch(
    name: str, data_home: str | os.PathLike[str] | None = None, labels_only: bool = False, *, download: bool = True
) -> Path:
    """Return the verified file of a data set, downloading it if need be.

    It is looked for in `data_home` if given, else in the folder named by the environment variable
    ``ILDL_DATA_HOME`` and then in the user's cache folder. A download goes to the first of these.

    Parameters
    ----------
    name : str
        A data set that comes from a file: one of ``list_datasets(extra=True)`` but the artificial one.
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
        Not here, and not to be had; or here, but nothing tells which blob id it should have.
    DamagedFile
        A file in a folder of the user's is not the published one. (In the cache folder it is replaced.)
    """
    record = get_record(name)
    wanted = [record.features]
    if labels_only and record.labels is not None:
        wanted.append(record.labels)
    folders = data_folders(data_home)
    try:
        for source in wanted:
            for folder in folders:
                if (path := _verified(folder, source, download)) is not None:
                    return path
        if not download:
            raise Unobtainable("downloading was not allowed")
        return _download(folders[0], wanted[-1])
    except Unobtainable as error:
        raise DataUnavailable(_advice(record, wanted[-1], folders, str(error))) from error


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
    return Path(pooch.os_cache("ildl"))


def _verified(folder: Path, source: SourceFile, download: bool) -> Path | None:
    path = folder / source.path
    if not path.is_file():
        return None
    content = path.read_bytes()
    found = git_blob_id(content)
    expected = source.blob or read_ledger(folder).get(source.path)
    if expected is None:
        try:
            expected = _learn(source, download)
        except Unobtainable as error:
            raise DataUnavailable(
                f"{path} is here, but nothing tells whether it is the published file ({error}).\n"
                f"Copy {LEDGER} from the folder to which the file was fetched, or, if you trust it, enter "
                f"{json.dumps({source.path: found})} into {folder / LEDGER}."
            ) from error
        if found == expected:
            with suppress(OSError):  # a folder that cannot be written: ask again next time
                remember(folder, source.path, expected)
    if found == expected:
        return path
    message = (
        f"{path} is damaged or another version: {len(content)} bytes with git blob id {found}, expected {expected}."
    )
    if folder == _cache_folder():
        warnings.warn(f"{message} It will be fetched anew.", stacklevel=4)
        return None
    raise DamagedFile(f"{message} Delete it and fetch it again, from {source.urls[0]}.")


def _download(folder: Path, source: SourceFile) -> Path:
    path = folder / source.path
    expected = source.blob or _learn(source)

    def fault(content: bytes) -> str:
        found = git_blob_id(content)
        return "" if found == expected else f"with git blob id {found}, expected {expected}"

    content = _obtain(source.urls, path.name, fault)
    try:
        write(path, content)
        if source.blob is None:
            remember(folder, source.path, expected)
    except OSError as error:
        raise Unobtainable(f"{path.parent} cannot be written: {error}") from error
    return path


def _learn(source: SourceFile, download: bool = True) -> str:
    """Return the blob id that the hosting service's list of the pinned commit gives to a file."""
    if source.listing is None:
        raise Unobtainable("its git blob id is not recorded")
    address, place = source.listing
    if not download:
        raise Unobtainable(f"asking {address} for its git blob id was not allowed")
    blobs = _list(address)
    if place not in blobs:
        raise Unobtainable(f"{address} does not list {place}")
    return blobs[place]


@cache
def _list(address: str) -> dict[str, str]:
    content = _obtain((address,), "list of files", lambda content: "")
    try:
        return {item["path"]: item["sha"] for item in json.loads(content)["tree"]}
    except (ValueError, KeyError, TypeError) as error:
        raise Unobtainable(f"{address} delivered no list of files") from error


def _obtain(urls: Sequence[str], label: str, fault: Callable[[bytes], str]) -> bytes:
    """Return what the first address delivers without a fault; one that does not exist is asked once."""
    left = list(urls)
    reason, kind = "", Unobtainable
    for wait in WAITS:
        time.sleep(wait if left else 0)
        for url in list(left):
            try:
                content = _get(url, label)
            except OSError as error:  # of requests, too
                reason = f"{type(error).__name__}: {error}"
                response = getattr(error, "response", None)
                kind = Unreachable if response is None else Unobtainable
                status = getattr(response, "status_code", None)
                if status is not None and 400 <= status < 500 and status not in (408, 429):
                    left.remove(url)
                continue
            if not (wrong := fault(content)):
                return content
            reason, kind = f"{url} delivered {len(content)} bytes {wrong}", Unobtainable
    raise kind(reason)


def _get(url: str, label: str) -> bytes:
    buffer = io.BytesIO()
    # A bar without a total has no truth value, which pooch asks for; pooch then sets the real one.
    with tqdm(desc=label, total=1, unit="B", unit_scale=True, leave=False, disable=None) as bar:
        pooch.HTTPDownloader(progressbar=bar, timeout=TIMEOUT)(url, buffer, None)
    return buffer.getvalue()


def _advice(record: Record, source: SourceFile, folders: list[Path], reason: str) -> str:
    by_hand = f"download {source.urls[0]} and put it at {folders[0] / source.path}"
    if source.blob is None and source.listing is not None:
        by_hand += f"; enter its git blob id, which {source.listing[0]} tells, into {folders[0] / LEDGER}"
    without = [f"load_dataset({ARTIFICIAL!r}) needs no file"]
    if source is record.features and record.labels is not None:
        without.insert(0, f"load_dataset({record.name!r}, labels_only=True) needs {record.labels.path} only")
    searched = " or ".join(map(str, folders))
    return (
        f"{record.name}: {source.path} is not in {searched}, and was not fetched ({reason}).\n"
        f"By hand: {by_hand}.\n"
        f"Without it: {'; '.join(without)}."
    )
