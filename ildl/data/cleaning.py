"""What own data must be before they are a data set: numbers, none missing, rows that are divided by their sums."""

from __future__ import annotations

import re
import warnings
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ildl.checks import SUM_TOLERANCE, InputError, check_number, check_option
from ildl.data.catalogue import list_datasets
from ildl.data.columns import few
from ildl.data.integrity import check_name, digest
from ildl.data.sampling import DataWarning, Sampling, generic_sampling

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]
MISSING = frozenset(("", "na", "n/a", "#n/a", "nan", "null", "none", "-", "?", "."))
SLACK = 1e-9
"""A sum of 0.99 is off by 0.01, whatever its last bit says."""
PLACES = 40
"""Runs of rows that a message names of one column."""
ID_NAME = re.compile(r"(.*[\W_])?(id|idx|index|key|nr|no|row|rownames?)", re.IGNORECASE)
ACTIONS = ("refuse", "drop", "fill")


def clean(
    X: pd.DataFrame,
    D: pd.DataFrame,
    notes: list[str],
    *,
    name: str,
    sampling: Any = None,
    normalise: str = "auto",
    tolerance: float = 0.01,
    missing: str = "refuse",
    empty: str = "refuse",
) -> dict[str, Any]:
    """Return the fields of a `Dataset` of two tables of the same rows.

    Parameters
    ----------
    X, D : DataFrame
        Features and labels; the index names the rows, its name says what they are called.
    notes : list of str
        Of what was done before.
    name, sampling, normalise, tolerance, missing, empty
        As `ildl.data.Dataset.from_arrays`.

    Returns
    -------
    dict

    Raises
    ------
    InputError
        As `ildl.data.Dataset.from_arrays`.
    """
    check_name(name)
    check_option(normalise, ("auto", "always", "never"), "normalise")
    check_number(tolerance, "tolerance", 0, 0.5)
    for option, value in (("missing", missing), ("empty", empty)):
        check_option(value, ACTIONS, option)
    _check_columns(X, D, name)
    faults: list[str] = []
    (x, bad_x), (d, bad_d) = _numbers(X, faults), _numbers(D, faults)
    lacking = ~np.isfinite(x) & ~bad_x, ~np.isfinite(d) & ~bad_d
    keep = np.ones(len(X), dtype=bool)
    if count := int(lacking[0].sum() + lacking[1].sum()):
        where = "; ".join(named_cells(table, mask) for table, mask in zip((X, D), lacking, strict=True) if mask.any())
        if missing == "refuse":
            values = "values are" if count > 1 else "value is"
            faults.append(
                f"{count} {values} missing or infinite: {where}. missing=drop leaves such rows out; missing=fill puts "
                "the column's median there, and 0 for a label."
            )
        elif missing == "drop":
            keep &= ~np.hstack(lacking).any(axis=1)
            notes.append(f"Left out for missing values: {named_rows(X, ~keep)}.")
        else:
            usual = pd.DataFrame(np.where(lacking[0], np.nan, x)).median().to_numpy()
            x, d = np.where(lacking[0], usual, x), np.where(lacking[1], 0, d)
            bare = np.flatnonzero(lacking[0].all(axis=0))
            faults += [f"{X.columns[int(j)]!r} has no value at all; leave it out." for j in bare]
            notes.append(f"Missing values are filled ({count}), features with medians, labels with 0: {where}.")
    if (negative := keep[:, None] & (d < 0)).any():
        faults.append(f"Labels are negative: {named_cells(D, negative)}; mend that in the data.")
    none = keep & (d == 0).all(axis=1)
    if none.any() and empty == "refuse":
        faults.append(
            f"Rows without votes, all labels 0: {named_rows(D, none)}. empty=drop leaves them out; empty=fill gives "
            "them equal degrees."
        )
    elif none.any():
        keep &= ~none | (empty == "fill")
        notes.append(f"{'Equal degrees' if empty == 'fill' else 'Left out'} for want of votes: {named_rows(D, none)}.")
    votes = d.copy()
    d[none] = 1 / d.shape[1]
    if (whole := keep & ~none & (d >= 0).all(axis=1) & np.isfinite(d).all(axis=1)).any():
        d[whole] = _divided(d[whole], D[whole], normalise, tolerance, notes, faults)
    if faults:
        raise InputError("\n  - ".join([f"{name} cannot be used as it is:", *faults]))
    if not keep.any():
        raise InputError(f"{name} has no row left.")
    x, d = x[keep], d[keep]
    _suspect(X.columns, x, D.columns, votes[keep], name)
    chosen = _sampling(sampling, d, name)
    names = tuple(map(str, D.columns))
    shape = f"{len(x)} rows, {x.shape[1]} features, {d.shape[1]} labels"
    return {
        "name": name,
        "features": x,
        "labels": d,
        "label_names": names,
        "feature_set": "own",
        "sha256": digest(x, d, chosen, name),
        "sampling": chosen,
        "notes": (f"{shape}: {few(X.columns)} are features; {few(names)} are labels.", *notes),
    }


def _check_columns(X: pd.DataFrame, D: pd.DataFrame, name: str) -> None:
    if not X.shape[1]:
        raise InputError(f"{name} has no features.")
    if not len(X):
        raise InputError(f"{name} has no rows.")
    if D.shape[1] < 2:
        raise InputError(
            f"{name} has one label column, {few(D.columns)}; a label distribution needs at least two. If each row is "
            f"one vote, say which column names the instance: labels={few(D.columns)},item=COLUMN."
        )
    if len(set(D.columns)) < D.shape[1]:
        raise InputError(f"Labels of {name} need different names, not {few(D.columns)}.")


def _numbers(table: pd.DataFrame, faults: list[str]) -> tuple[Array, Mask]:
    """A table as float64, missing values as NaN, and which cells are no numbers, on which sentences are added."""
    result, refused = np.full(table.shape, np.nan), np.zeros(table.shape, dtype=bool)
    for j, name in enumerate(table.columns):
        column = table.iloc[:, j]
        if pd.api.types.is_numeric_dtype(column.dtype) and not pd.api.types.is_complex_dtype(column.dtype):
            result[:, j] = column.to_numpy(dtype=np.float64, na_value=np.nan)
            continue
        values = [_number(value) for value in column]
        result[:, j] = [np.nan if value is None else value for value in values]
        bad = refused[:, j] = np.array([value is None for value in values])
        if not bad.any():
            continue
        first = str(column[bad].iloc[0])
        if bad.sum() > (~np.isnan(result[:, j])).sum():
            line = f"{table.index.name or 'row'} {table.index[int(bad.argmax())]}"
            faults.append(
                f"{name!r} holds text, as {first!r} in {line}; leave it out (drop={name}), or make it numbers, as 0 "
                "and 1."
            )
        else:
            faults.append(
                f"{name!r} holds {first!r}, which is not a number: {named_rows(table, bad)}; mend that in the data."
            )
        if re.search(r"\d,\d", first):
            faults[-1] += " If the comma is the decimal sign, say decimal=comma; if it parts thousands, take it out."
    return result, refused


def is_missing(value: Any) -> bool:
    """Whether a cell says nothing: NaN, None, NA or NaT, or a text that stands for them.

    Parameters
    ----------
    value : object

    Returns
    -------
    bool
    """
    if isinstance(value, str):
        return value.strip().removesuffix("%").strip().casefold() in MISSING
    return bool(pd.api.types.is_scalar(value) and pd.isna(value))


def _number(value: Any) -> float | None:
    """A cell as a number, NaN where it is missing, None where it is neither."""
    if is_missing(value):
        return np.nan
    if isinstance(value, str):
        value = value.strip().removesuffix("%")
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        return None


def _divided(
    d: Array, table: pd.DataFrame, normalise: str, tolerance: float, notes: list[str], faults: list[str]
) -> Array:
    """Rows divided by their sums; a note where these are not 1, a fault where that is not to be explained."""
    sums = d.sum(axis=1)
    span = f"from {sums.min():.6g} to {sums.max():.6g}" if np.ptp(sums) > 1e-9 else f"{sums[0]:.6g}"
    off = np.abs(sums - 1)
    if off.max() <= SUM_TOLERANCE:
        pass
    elif normalise == "always":
        notes.append(f"Sums of rows are {span}; each row is divided by its sum, as asked for.")
    elif normalise == "auto" and np.abs(sums / 100 - 1).max() <= tolerance + SLACK:
        notes.append(f"Labels are percentages (sums of rows: {span}); each row is divided by its sum.")
    elif normalise == "auto" and (d == np.round(d)).all():
        notes.append(f"Labels are votes (whole numbers, {span} a row); each row is divided by its sum.")
    elif normalise == "auto" and off.max() <= tolerance + SLACK:
        notes.append(f"Sums of rows are {span}, 1 within the tolerance {tolerance:g}; each row is divided by its sum.")
    else:
        one = 100 if normalise == "auto" and abs(np.median(sums) / 100 - 1) <= tolerance + SLACK else 1
        wrong = np.abs(sums / one - 1) > (SUM_TOLERANCE if normalise == "never" else tolerance + SLACK)
        faults.append(
            f"Labels are neither degrees (sum 1), nor percentages (sum 100), nor votes (whole numbers): sums of rows "
            f"are {span}, not {one} in {named_rows(table, wrong)}. Mend these rows; or allow for more (tolerance="
            "0.05), or divide every row by its sum (normalise=always)."
        )
    return d / sums[:, None]


def _suspect(features: Any, x: Array, labels: Any, votes: Array, name: str) -> None:
    """Warn of what looks wrong."""
    said: list[str] = []
    ordered = np.sort(x, axis=0)
    steps = np.diff(ordered, axis=0)
    distinct = (x == np.round(x)).all(axis=0) & (steps > 0).all(axis=0) & (len(x) > 2)
    for j in np.flatnonzero(distinct):
        if ID_NAME.fullmatch(str(features[j])) or (steps[:, j] == 1).all():
            said.append(f"feature {features[j]!r} looks like an id, as it differs in every row (drop={features[j]})")
    if len(x) > 1 and (constant := np.flatnonzero(ordered[0] == ordered[-1])).size:
        said.append(f"constant, so of no use: {few(features[constant])}")
    if copies := len(x) - len({row.tobytes() for row in np.hstack([x, votes])}):
        said.append(f"{copies} of {len(x)} rows repeat another one, labels too; drop them, or split by groups")
    total = votes.sum(axis=1)
    if np.ptp(total) > 0 and len(x) > 2:
        same = (np.abs(x - total[:, None]) <= 1e-9 * total[:, None]).all(axis=0)
        said += [f"feature {features[j]!r} is the sum of the labels (drop={features[j]})" for j in np.flatnonzero(same)]
    if votes.shape[1] > 2:
        twice = np.flatnonzero((np.abs(2 * votes - total[:, None]) <= 1e-9 * total[:, None]).all(axis=0))
        said += [f"label {labels[j]!r} is the sum of the others (drop={labels[j]})" for j in twice]
    if (unused := np.flatnonzero(votes.max(axis=0) == 0)).size:
        said.append(f"labels that no row uses: {few(labels[unused])}")
    if len(alike := {str(label).casefold().strip() for label in labels}) < len(labels):
        said.append(f"labels that differ in case alone: {len(labels)} names, {len(alike)} words")
    for published in list_datasets(extra=True):
        if _plain(published) == _plain(name):
            said.append(f"a published data set is called {published}; published numbers do not stand beside your own")
    for sentence in said:
        warnings.warn(f"{name}: {sentence}.", DataWarning, stacklevel=6)


def _plain(name: str) -> str:
    return re.sub(r"[\W_]", "", name).casefold()


def _sampling(sampling: Any, d: Array, name: str) -> Sampling | None:
    """What is meant by `sampling`, which must have been said."""
    if isinstance(sampling, Sampling):
        for label in (sampling.suppressed, sampling.promoted):
            check_number(label, "a label of the sampling", 0, d.shape[1] - 1, integer=True)
        return sampling
    rule, *etas = str(sampling).split(":")
    if sampling is None or (rule, len(etas)) not in (("generic", 0), ("generic", 2), ("none", 0)):
        given = "" if sampling is None else f", not {sampling!r}"
        raise InputError(
            f"Say how {name} is sampled{given}: sampling=none trains on all rows of a fold, sampling=generic on an "
            "imbalanced part of them as in the benchmark (sampling=generic:ETA1:ETA2 with your thresholds)."
        )
    if rule == "none":
        return None
    try:
        return generic_sampling(d, *map(float, etas))
    except ValueError as error:
        raise InputError(f"sampling={sampling} of {name}: {error}") from error


def named_rows(table: pd.DataFrame, mask: Mask) -> str:
    """Return the names of rows, neighbours joined: "lines 4, 7 to 9".

    Parameters
    ----------
    table : DataFrame
        Its index names the rows, and the index's name says what they are called.
    mask : ndarray of bool, shape (n,)
        Which rows.

    Returns
    -------
    str
    """
    where, index = np.flatnonzero(mask), table.index
    if pd.api.types.is_integer_dtype(index.dtype):
        runs = np.split(where, np.flatnonzero((np.diff(where) > 1) | (np.diff(index[where]) != 1)) + 1)
    else:
        runs = list(where[:, None])
    shown = [str(run[0]) + (f" to {run[-1]}" if len(run) > 1 else "") for run in (index[r] for r in runs[:PLACES])]
    more = f" and {sum(map(len, runs[PLACES:]))} more" if len(runs) > PLACES else ""
    called = str(index.name or "row")
    return f"{called}{'s' if len(where) > 1 and len(called) > 1 else ''} {', '.join(shown)}{more}"


def named_cells(table: pd.DataFrame, mask: Mask) -> str:
    """Return the places of cells, column by column.

    Parameters
    ----------
    table : DataFrame
        As for `named_rows`.
    mask : ndarray of bool, shape (n, k)
        Which cells.

    Returns
    -------
    str
    """
    marked = zip(table.columns, mask.T, strict=True)
    return "; ".join(f"{name!r} in {named_rows(table, column)}" for name, column in marked if column.any())
