"""Own data: arrays, frames and files become the fields of a `Dataset`."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ildl.checks import InputError, check_parameters, check_row_order
from ildl.data.cleaning import clean, is_missing, named_rows
from ildl.data.columns import choose, few, listed, twice
from ildl.data.files import SUFFIXES, read, sibling
from ildl.data.matrices import matrices_of, parts, table_of
from ildl.readable import readable

CLEANING = ("name", "sampling", "label_names", "normalise", "tolerance", "missing", "empty")
CHOOSING = ("labels", "features", "drop", "item", "weight")
READING = ("separator", "decimal", "header")


def arrays_fields(X: Any, D: Any, notes: list[str] | None = None, **options: Any) -> dict[str, Any]:
    """Return the fields of a `Dataset`.

    Parameters
    ----------
    X, D, **options
        As `ildl.data.Dataset.from_arrays`.
    notes : list of str, optional
        Of what was done before.

    Returns
    -------
    dict
    """
    check_parameters(options, CLEANING, "own data")
    label_names, notes = options.pop("label_names", None), notes or []
    check_row_order(X, D)
    X, D = _table(X, "X", "x", 0), _table(D, "D", "label ", 1)
    if len(X) != len(D):
        (n, q), (m, c) = X.shape, D.shape
        fits = {"X": m == q and m >= c, "D": n == c and n >= m, "X and D": q == c}  # never fewer rows than labels
        turned = next((f" Instances seem to be columns of {what}: transpose." for what in fits if fits[what]), "")
        raise InputError(f"X has {len(X)} rows, but D has {len(D)}: row k of both must be the same instance.{turned}")
    D = D.set_axis(X.index)
    if label_names is not None:
        names = label_names.split("+") if isinstance(label_names, str) else [str(name) for name in label_names]
        if len(names) != D.shape[1]:
            raise InputError(f"There are {D.shape[1]} labels, but {len(names)} names: {few(names)}.")
        D = D.set_axis(names, axis=1)
    return clean(X, D, notes, **options)


def _table(values: Any, name: str, prefix: str, start: int) -> pd.DataFrame:
    """Arrays, lists, frames and sparse matrices as a frame."""
    if isinstance(values, pd.DataFrame):
        return values.set_axis([str(column) for column in values.columns], axis=1)
    try:
        matrix = np.asarray(readable(values))
    except (TypeError, ValueError, RuntimeError) as error:
        raise InputError(f"{name} must be a matrix: {error}.") from error
    if matrix.ndim != 2:
        raise InputError(f"{name} must be a matrix with one row an instance; its shape is {matrix.shape}.")
    return pd.DataFrame(matrix, columns=[f"{prefix}{k}" for k in range(start, matrix.shape[1] + start)])


def frame_fields(
    frame: pd.DataFrame,
    notes: list[str] | None = None,
    *,
    labels: Any = None,
    features: Any = None,
    drop: Any = (),
    item: str | None = None,
    weight: str | None = None,
    **options: Any,
) -> dict[str, Any]:
    """Return the fields of a `Dataset`, of columns of a frame.

    Parameters
    ----------
    frame, labels, features, drop, item, weight, **options
        As `ildl.data.Dataset.from_frame`.
    notes : list of str, optional
        Of what was done before.

    Returns
    -------
    dict
    """
    where, notes = str(options.get("name", "The frame")), notes or []
    if not isinstance(frame, pd.DataFrame):
        raise InputError(f"from_frame takes a data frame, not {type(frame).__name__}: from_arrays takes arrays.")
    names = [str(column).strip() for column in frame.columns]
    frame = frame.set_axis(names, axis=1)
    if labels is None:
        also = "" if options.get("sampling") else " Say sampling=generic or sampling=none, too."
        raise InputError(
            f"Say which columns of {where} are labels: labels=NAME+NAME, a prefix (labels=vote_), or a range "
            f"(labels=8:13, labels=FIRST:LAST). Its columns: {listed(names)}.{also}"
        )
    asked = choose(names, drop, where)
    dropped = list(asked)
    for j, name in enumerate(names):
        if (name == "" or re.fullmatch(r"Unnamed: \d+", name)) and j not in dropped:
            column = frame.iloc[:, j]
            filled = column.notna() & (column.astype(str).str.strip() != "")
            number = pd.to_numeric(column, errors="coerce")
            if not filled.any() or (j == 0 and (number.diff().iloc[1:] == 1).all()):
                kind = "empty column" if not filled.any() else "row numbers"
                notes.append(f"Column {j + 1}, without a name, is left out: {kind}.")
                dropped.append(j)
            names[j] = f"column {j + 1}"
    frame = frame.set_axis(names, axis=1)
    places = {name: [j for j, other in enumerate(names) if other == name and j not in dropped] for name in names}
    if several := [twice(name, same) for name, same in places.items() if len(same) > 1]:
        raise InputError(f"{where}: {' '.join(several)}")
    if asked:
        notes.append(f"Left out as asked: {few([names[j] for j in asked])}.")
    special = [choose(names, column, where) for column in (item, weight) if column is not None]
    if any(len(found) > 1 for found in special):
        raise InputError(f"item and weight name one column each of {where}.")
    taken = {j for found in special for j in found} | set(dropped)
    d = [j for j in choose(names, labels, where) if j not in taken]
    if features is None:
        x = [j for j in range(len(names)) if j not in taken and j not in d]
    else:
        x = [j for j in choose(names, features, where) if j not in taken]
        if both := [names[j] for j in x if j in d]:
            raise InputError(f"{few(both)} of {where} would be features and labels at once.")
        if left := [name for j, name in enumerate(names) if j not in (*taken, *d, *x)]:
            notes.append(f"Left out, neither features nor labels: {few(left)}.")
    X, D = frame.iloc[:, x], frame.iloc[:, d]
    if item is not None:
        weights = frame.iloc[:, special[1][0]] if weight else None
        X, D = _pivoted(frame.iloc[:, special[0][0]], X, D, weights, where, options.get("missing"), notes)
        notes.append(f"{D.to_numpy().sum():g} votes are counted for {len(X)} instances ({item}).")
    elif weight is not None:
        raise InputError("weight goes with item, the column that names the instance of a vote.")
    return arrays_fields(X, D, notes, **options)


def _pivoted(
    key: pd.Series,
    X: pd.DataFrame,
    D: pd.DataFrame,
    weight: pd.Series | None,
    where: str,
    missing: Any,
    notes: list[str],
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Long votes, counted by instance."""
    if D.shape[1] != 1:
        raise InputError(
            f"With item, labels is the one column of {where} that holds the label of a vote; not {few(D)}."
        )
    text = key.astype(str).str.strip()
    if (lost := key.map(is_missing)).any():
        raise InputError(f"{where}: {key.name!r}, the instance of a vote, is missing: {_rows_of(lost)}.")
    vary = [str(name) for name in X if (X[name].groupby(text, sort=False).nunique(dropna=False) > 1).any()]
    if vary:
        raise InputError(
            f"{where}: not the same in all votes on one instance, so no features: {few(vary)}. Leave them out "
            f"(drop={'+'.join(vary)}); if one says how many votes a row stands for, name it (weight={vary[0]})."
        )
    vote = D.iloc[:, 0]
    cast = ~vote.map(is_missing)
    if not cast.all():
        empty = f"{vote.name!r}, the label of a vote, is missing: {_rows_of(~cast)}."
        if missing != "drop":
            raise InputError(f"{where}: {empty} missing=drop leaves them out.")
        notes.append(f"Left out: {empty}")
    many = pd.Series(1.0, vote.index) if weight is None else pd.to_numeric(weight, errors="coerce")
    if weight is not None and not (ok := (many >= 0) & (many < np.inf)).all():
        raise InputError(f"{where}: {weight.name!r} must hold numbers of votes, and does not: {_rows_of(~ok)}.")
    ballots = pd.DataFrame({"key": text, "vote": vote.astype(str).str.strip(), "many": many})[cast]
    counts = ballots.pivot_table(index="key", columns="vote", values="many", aggfunc="sum", fill_value=0)
    labels = list(counts.columns)
    if pd.to_numeric(pd.Series(labels), errors="coerce").notna().all():
        labels.sort(key=float)
    instances = pd.Index(text.unique(), name=str(key.name))
    first = X[~text.duplicated()].set_axis(instances, axis=0)
    return first, counts.reindex(index=instances, columns=labels, fill_value=0)


def _rows_of(mask: pd.Series) -> str:
    return named_rows(mask.to_frame(), mask.to_numpy(dtype=bool))


def file_fields(path: str | os.PathLike[str], **options: Any) -> dict[str, Any]:
    """Return the fields of a `Dataset`, of a file.

    Parameters
    ----------
    path, **options
        As `ildl.data.Dataset.from_file`.

    Returns
    -------
    dict
    """
    path = Path(path).expanduser()
    notes: list[str] = []
    check_parameters(options, (*CLEANING, *CHOOSING, *READING), "a file of own data")
    how = {name: options.pop(name) for name in READING if name in options}
    options["name"] = options.get("name") or re.sub(r"[^\w.+-]+", "_", path.stem)
    held, labels = read(path, notes, **how), options.get("labels")
    if isinstance(labels, str) and Path(labels).suffix.lower() in SUFFIXES:
        other = sibling(path, labels)
        X, D = _alone(held, path, "x"), _alone(read(other, notes, **how), other, "label ")
        chosen = {key: options.pop(key) for key in CHOOSING if key in options}
        if extra := [key for key, value in chosen.items() if key not in ("labels", "drop") and value]:
            raise InputError(f"{extra[0]} does not go with labels in a file of their own ({other.name}).")
        return arrays_fields(
            *_without(X, D, chosen.get("drop", ()), f"{path.name} and {other.name}", notes), notes, **options
        )
    if isinstance(held, pd.DataFrame):
        return frame_fields(held, notes, **options)
    found = parts(held, path, options.get("features"), labels, notes)
    if isinstance(found, pd.DataFrame):
        if options.get("features") in held:
            options["features"] = None
        return frame_fields(found, notes, **options)
    X, D, texts = found
    chosen = {key: options.pop(key) for key in CHOOSING if key in options}
    if extra := [key for key, value in chosen.items() if key not in ("labels", "features") and value]:
        raise InputError(f"{extra[0]} names columns of a table, but {path.name} holds matrices.")
    wanted = options.get("label_names")
    if isinstance(wanted, str) and wanted in texts:
        options["label_names"] = texts[wanted]
    elif wanted is None and (fit := [key for key, names in texts.items() if len(set(names)) == D.shape[1]]):
        options["label_names"] = texts[fit[0]]
        notes.append(f"Labels are named by {fit[0]}.")
    return arrays_fields(X, D, notes, **options)


def _alone(held: Any, path: Path, prefix: str) -> pd.DataFrame:
    """What a file of features or of labels alone holds."""
    if isinstance(held, pd.DataFrame):
        return held
    if len(matrices := matrices_of(held)[0]) != 1:
        raise InputError(f"{path.name} holds {few(matrices) or 'no numbers'}; of a file for each part, it must be one.")
    return table_of(next(iter(matrices.values())), path, prefix)


def _without(X: pd.DataFrame, D: pd.DataFrame, drop: Any, where: str, notes: list[str]) -> tuple[Any, Any]:
    """Two tables without the columns to leave out; those that both have say whether their rows belong together."""
    names = [*map(str, X.columns), *map(str, D.columns)]
    dropped = set()
    for part in drop.split("+") if isinstance(drop, str) else drop:
        dropped |= {names[j] for j in choose(list(dict.fromkeys(names)), str(part), where)}
    for name in dropped & set(X.columns) & set(D.columns):
        if len(X) == len(D) and list(X[name].astype(str)) != list(D[name].astype(str)):
            raise InputError(f"{name!r} differs between the rows of {where}: bring them into one order first.")
    if dropped:
        notes.append(f"Left out as asked: {few(sorted(dropped))}.")
    return X.loc[:, ~X.columns.isin(dropped)], D.loc[:, ~D.columns.isin(dropped)]
