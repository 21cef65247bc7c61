"""Columns of a table, as people say them: by name, number, prefix or pattern, and range."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from fnmatch import fnmatchcase
from typing import Any

from ildl.checks import InputError

SHOWN = 30


def choose(names: Sequence[str], wanted: Any, where: str) -> list[int]:
    """Return the positions of the columns that are asked for, in that order, each once.

    Parameters
    ----------
    names : sequence of str
        Of all columns.
    wanted : str, int, slice or sequence of these
        As `ildl.data.Dataset.from_frame` says.
    where : str
        What holds the columns, for messages.

    Returns
    -------
    list of int

    Raises
    ------
    InputError
        Nothing of that name, or a name that several columns have.
    """
    if isinstance(wanted, slice):
        return list(range(len(names))[wanted])
    if not isinstance(wanted, str):
        parts = wanted if isinstance(wanted, Sequence) or hasattr(wanted, "tolist") else [wanted]
    else:
        parts = [wanted] if wanted in names else [part.strip() for part in wanted.split("+")]
    if isinstance(wanted, str) and len(parts) == 1:
        return _one(names, parts[0], where)
    found = (i for part in parts for i in choose(names, part if isinstance(part, slice) else str(part), where))
    return list(dict.fromkeys(found))


def _one(names: Sequence[str], text: str, where: str) -> list[int]:
    if text in names:
        return [_place(names, text, where)]
    start, colon, stop = text.partition(":")
    if colon:
        first = _place(names, start, where) if start else 0
        last = _place(names, stop, where) if stop else len(names) - 1
        if first > last:
            raise InputError(f"{text!r} of {where} runs backwards: {names[first]!r} comes after {names[last]!r}.")
        return list(range(first, last + 1))
    if re.fullmatch(r"-?\d+", text):
        return [_place(names, text, where)]
    found = [i for i, name in enumerate(names) if text and fnmatchcase(name, text if "*" in text else f"{text}*")]
    return found or [_place(names, text, where)]


def _place(names: Sequence[str], text: str, where: str) -> int:
    """Position of one column."""
    if (text := text.strip()) in names:
        if len(same := [i for i, name in enumerate(names) if name == text]) > 1:
            raise InputError(f"{where}: {twice(text, same)}")
        return names.index(text)
    if re.fullmatch(r"-?\d+", text):
        place = int(text) + (len(names) if text.startswith("-") else -1)
        if 0 <= place < len(names) and text != "0":
            return place
    alike = [name for name in names if text and name.casefold().startswith(text.casefold())]
    near = alike or difflib.get_close_matches(text, names, n=1)
    hint = f" Did you mean {near[0]!r}?" if near else ""
    raise InputError(f"{where} has no column {text!r}.{hint} Its columns: {listed(names)}.")


def twice(name: str, places: Sequence[int]) -> str:
    """Return a sentence on a name that several columns have.

    Parameters
    ----------
    name : str
    places : sequence of int
        Their positions, from 0.

    Returns
    -------
    str
    """
    numbers = " and ".join(str(i + 1) for i in places)
    return (
        f"columns {numbers} are all called {name!r}; name them apart in the file, or leave out all but one by number "
        f"(drop={'+'.join(str(i + 1) for i in places[1:])})."
    )


def listed(names: Sequence[str]) -> str:
    """Return names with their numbers, from 1; of many, the first and last.

    Parameters
    ----------
    names : sequence of str

    Returns
    -------
    str
    """
    shown = [f"{k} {name!r}" for k, name in enumerate(names, 1)]
    if len(shown) > SHOWN:
        shown[SHOWN // 2 : -SHOWN // 2] = ["..."]
    return ", ".join(shown) or "none"


def few(names: Any) -> str:
    """Return names, of many the first and the last.

    Parameters
    ----------
    names : sequence of str

    Returns
    -------
    str
    """
    texts = [str(name) for name in names]
    return ", ".join(texts) if len(texts) <= 8 else f"{', '.join(texts[:3])}, ..., {texts[-1]}"
