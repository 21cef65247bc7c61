"""What a split is, which rows of a training fold sampling keeps, and splits that the user gives."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ildl.checks import InputError, check_number
from ildl.data import Dataset, Sampling
from ildl.data.sampling import passes

Array = NDArray[np.float64]
Index = NDArray[np.intp]

PARTS = {"train": "train", "test": "test", "valid": "valid", "validation": "valid", "val": "valid"}
"""What a column may call the part that a row is in."""


@dataclass(frozen=True, eq=False)
class Split:
    """Row indices of one fold, each ascending.

    Parameters
    ----------
    fold : int
    train, valid : ndarray of int
        Disjoint; where each comes from is said by `make_splits` and `own_splits`.
    test : ndarray of int
        The held-out rows, not sampled.
    kept : ndarray of int
        What imbalance sampling keeps of all rows but the held-out ones.
    """

    fold: int
    train: Index
    valid: Index
    test: Index
    kept: Index


def sample_rows(D: Array, sampling: Sampling | None) -> Index:
    """Return the rows of a training fold that imbalance sampling keeps.

    Those with ``D[:, suppressed] < a / c`` and ``D[:, promoted] > b / c``, both strict (a degree within 1e-5 of its
    threshold equals it), and for each label the first row of its highest degree. Without `sampling`, all rows.

    Parameters
    ----------
    D : ndarray, shape (m, c)
        Label distributions of the training fold.
    sampling : Sampling or None

    Returns
    -------
    ndarray of int, ascending
    """
    if sampling is None:
        return np.arange(len(D))
    kept = passes(D, sampling)
    kept[D.argmax(axis=0)] = True
    return np.flatnonzero(kept)


def draw_rows(rows: Index, n_valid: int | float, seed: int, where: str, valid_from: str = "sampled") -> Index:
    """Draw validation rows, of which at least one must be left.

    Parameters
    ----------
    rows : ndarray of int
    n_valid : int or float
        How many, or below 1 their share, rounded up.
    seed : int
    where : str
        For the message.
    valid_from : str
        As in `ildl.protocol.make_splits`.

    Returns
    -------
    ndarray of int, ascending

    Raises
    ------
    InputError
        Too few rows.
    """
    wanted = int(n_valid) if n_valid >= 1 else ceil(n_valid * len(rows))
    if len(rows) < wanted + 1:
        what = "drops" if valid_from == "unsampled" else "keeps"
        raise InputError(
            f"{where} {what} {len(rows)} rows; {wanted} for validation and at least one more are needed. "
            "Choose a smaller n_valid, or thresholds that keep more or less (Dataset.resampled)."
        )
    if not wanted:
        return rows[:0]
    from sklearn.model_selection import train_test_split

    _, drawn = train_test_split(rows, test_size=wanted, shuffle=True, random_state=seed)
    return np.sort(drawn)


def own_splits(ds: Dataset, splits: Any, n_valid: int | float = 20, seed: int = 0, n_splits: int = 10) -> list[Split]:
    """Return given splits as the runner takes them.

    Training rows are sampled as in `make_splits`, if the data set has a sampling; rows of validation and test never
    are. Rows in no part are not used.

    Parameters
    ----------
    ds : Dataset
    splits : object
        A list, or a generator, of ``(train, test)`` or ``(train, valid, test)``, each row numbers from 0 or a mask, as
        the splitters of scikit-learn yield them; one such tuple; a column that calls each row "train", "valid" or
        "test"; a mask of the training rows, all others being tested; a column of groups, whose rows stay together
        (``GroupKFold``); or a list of `Split`, taken as it is.
    n_valid : int or float
        Validation rows of each split that has none: drawn from the training rows that sampling keeps. Their number, or
        below 1 their share.
    seed : int
        Of this drawing.
    n_splits : int
        Folds of groups, at most one a group.

    Returns
    -------
    list of Split

    Raises
    ------
    InputError
        Nothing of the above, rows that do not exist, a row in two parts or twice in one, a part without rows.
    """
    n = len(ds.labels)
    check_number(seed, "seed", 0, 2**32 - 1, integer=True)
    check_number(n_valid, "n_valid", 0, integer=not isinstance(n_valid, float) or n_valid >= 1)
    if not _is_column(splits):
        try:
            splits = list(splits)
        except TypeError as error:
            raise InputError(f"splits cannot be read: {error}. Pass pairs (train, test), or a column.") from error
    if len(splits) and all(isinstance(split, Split) for split in splits):
        for split in splits:
            _check_parts({name: getattr(split, name) for name in ("train", "valid", "test", "kept")}, n,
                         f"split {split.fold} of {ds.name}", nested="kept")  # fmt: skip
        return list(splits)
    made = []
    for fold, named in enumerate(_parts(splits, n, ds.name, n_splits)):
        where = f"{ds.name}, own split {fold}"
        rows = _check_parts(named, n, where)
        train = rows["train"][sample_rows(ds.labels[rows["train"]], ds.sampling)]
        if "valid" in rows:
            made.append(Split(fold, train, rows["valid"], rows["test"], train))
            continue
        valid = draw_rows(train, n_valid, seed, f"{where}: training")
        made.append(Split(fold, np.setdiff1d(train, valid), valid, rows["test"], train))
    if not made:
        raise InputError("There are no splits: pass at least one pair (train, test).")
    return made


def splits_hash(ds: Dataset, splits: Sequence[Split]) -> str:
    """Return a hash of a data set and its splits: results of equal hashes were tested on the same rows.

    Parameters
    ----------
    ds : Dataset
        With its checksum.
    splits : sequence of Split

    Returns
    -------
    str
        32 hexadecimal digits.
    """
    total = hashlib.sha256(ds.sha256.encode())
    for split in splits:
        for rows in (split.train, split.valid, split.test, split.kept):
            total.update(len(rows).to_bytes(8, "little") + np.asarray(rows, dtype="<i8").tobytes())
    return total.hexdigest()[:32]


def _is_column(values: Any) -> bool:
    """Whether it is one plain value after the other."""
    try:
        array = np.asarray(values)
    except ValueError:  # rows of different lengths
        return False
    return array.ndim == 1 and not any(isinstance(value, Split | tuple | list | np.ndarray) for value in array[:1])


def _parts(splits: Any, n: int, name: str, n_splits: int) -> Iterator[dict[str, Any]]:
    """Parts of each split, by name."""
    if _is_column(splits) and len(splits):
        yield from _of_column(_unmasked(splits, "splits"), n, name, n_splits)
        return
    if len(splits) in (2, 3) and all(_is_column(part) for part in splits):
        splits = [splits]
    for fold, parts in enumerate(splits):
        if not isinstance(parts, tuple | list | np.ndarray) or len(parts) not in (2, 3):
            raise InputError(
                f"Own split {fold} of {name} must be (train, test) or (train, valid, test), each row numbers or a mask."
            )
        yield dict(zip(("train", "valid", "test") if len(parts) == 3 else ("train", "test"), parts, strict=True))


def _unmasked(values: Any, where: str) -> NDArray[Any]:
    if np.ma.is_masked(values):
        row = int(np.flatnonzero(np.ma.getmaskarray(values).ravel())[0])
        raise InputError(f"{where}, row {row}: the value is masked; every row needs one.")
    return np.asarray(values)


def _of_column(column: NDArray[Any], n: int, name: str, n_splits: int) -> Iterator[dict[str, Any]]:
    if len(column) != n:
        raise InputError(
            f"splits has {len(column)} values, but {name} has {n} rows; pass one value a row, or pairs (train, test)."
        )
    if column.dtype == bool:
        yield {"train": column, "test": ~column}
        return
    codes, groups = pd.factorize(column)
    codes[column.astype(str) == ""] = -1
    if (codes < 0).any():
        raise InputError(f"splits, row {np.flatnonzero(codes < 0)[0]}: the value is missing; every row needs one.")
    parts = [PARTS.get(str(group).casefold()) for group in groups]
    if "train" in parts and "test" in parts and None not in parts:
        of_rows = np.array(parts)[codes]
        yield {part: of_rows == part for part in ("train", "valid", "test") if part in parts}
        return
    if len(groups) < 2:
        raise InputError(f"splits has one value only, {str(groups[0])!r}; at least two groups are needed.")
    check_number(n_splits, "n_splits", 2, integer=True)
    from sklearn.model_selection import GroupKFold

    for train, test in GroupKFold(min(n_splits, len(groups))).split(column, groups=codes):
        yield {"train": train, "test": test}


def _check_parts(parts: dict[str, Any], n: int, where: str, nested: str = "") -> dict[str, Index]:
    """Row numbers of the parts, ascending and disjoint but for the one that holds others."""
    rows = {name: _rows(part, n, f"{where}, {name}") for name, part in parts.items()}
    for name in ("train", "test"):
        if not len(rows[name]):
            raise InputError(f"{where}, {name}: there are no rows.")
    names = [name for name in rows if name != nested]
    for i, one in enumerate(names):
        for other in names[:i]:
            both = np.intersect1d(rows[one], rows[other])
            if len(both) and not (nested and other == "valid" and np.array_equal(rows[one], rows[other])):
                raise InputError(
                    f"{where}: row {both[0]} is in {other} and in {one} ({len(both)} such rows); "
                    "what is tested or validated on must not be trained on."
                )
    return rows


def _rows(part: Any, n: int, where: str) -> Index:
    rows = _unmasked(part, where)
    if rows.ndim != 1 or rows.dtype.kind not in "biuf" or (rows.dtype.kind == "f" and (rows % 1 != 0).any()):
        raise InputError(f"{where}: pass row numbers from 0, or a mask of {n} values, not {part!r}.")
    if rows.dtype == bool:
        if len(rows) != n:
            raise InputError(f"{where}: the mask has {len(rows)} values, but there are {n} rows.")
        return np.flatnonzero(rows)
    rows = np.sort(rows.astype(np.intp))
    if len(rows) and (rows[0] < 0 or rows[-1] >= n):
        bad = rows[0] if rows[0] < 0 else rows[-1]
        raise InputError(f"{where}: there is no row {bad}; the {n} rows are counted from 0 to {n - 1}.")
    if len(twice := np.flatnonzero(np.diff(rows) == 0)):
        raise InputError(f"{where}: row {rows[twice[0]]} is there twice.")
    return rows
