"""Rows of a table by a name that they carry, and parameters by what they mean."""

from __future__ import annotations

import json
from typing import Any

import pandas as pd

from ildl.checks import check_option


def rows_of(table: pd.DataFrame, column: str, value: Any) -> pd.DataFrame:
    """Return the rows of a table that carry a name.

    Parameters
    ----------
    table : DataFrame
    column : str
        What the name is of, such as "metric".
    value : object

    Returns
    -------
    DataFrame
        At least one row.

    Raises
    ------
    ValueError
        No row has it; names those that are there, and the nearest match.
    """
    check_option(value, table[column].unique(), column)
    return table[table[column] == value]


def meaning(params: object) -> str:
    """What parameters mean, however they are spelled: 1 and 1.0, keys in any order, no text at all for none.

    Parameters
    ----------
    params : str
        JSON. What is none stands for itself.

    Returns
    -------
    str
        Equal for equal parameters; true is not 1.

    Examples
    --------
    >>> meaning('{"b": 1.0, "a": 5e-1}') == meaning('{"a":0.5,"b":1}')
    True
    """
    if not isinstance(params, str) or not params.strip():
        return "{}"
    try:
        return json.dumps(json.loads(params, parse_int=float), sort_keys=True)
    except json.JSONDecodeError:
        return params


def plain(value: object) -> str:
    """Write a value of a column as one would type it: 20, not 20.0.

    Parameters
    ----------
    value : object

    Returns
    -------
    str
    """
    return f"{value:g}" if isinstance(value, float) else str(value)


def one_spelling(results: pd.DataFrame) -> pd.DataFrame:
    """Spell equal parameters alike, as where they come first.

    Parameters
    ----------
    results : DataFrame
        With a column params.

    Returns
    -------
    DataFrame
        The same where nothing is spelled in two ways.
    """
    first: dict[str, str] = {}
    spelled = {
        text: first.setdefault(meaning(text), text if isinstance(text, str) else "{}")
        for text in results["params"].unique()
    }
    if all(spelled[text] == text for text in spelled):
        return results
    return results.assign(params=results["params"].map(spelled, na_action=None))


def labelled(results: pd.DataFrame) -> pd.DataFrame:
    """Give every row the name of what it is of, where it has none: the method, with parameters that are not default.

    Parameters
    ----------
    results : DataFrame
        Tidy, with columns method and params.

    Returns
    -------
    DataFrame
        With a column label.

    Examples
    --------
    >>> labelled(pd.DataFrame({"method": ["RDA"], "params": ['{"epochs":5}']}))["label"].item()
    'RDA (epochs=5)'
    """
    if "label" in results:
        return results
    results = one_spelling(results)
    names = {text: _named(text) for text in results["params"].unique()}
    return results.assign(label=results["method"] + results["params"].map(names))


def _named(params: str) -> str:
    try:
        values = json.loads(params)
    except json.JSONDecodeError:
        return f" ({params})"
    return f" ({', '.join(f'{name}={value}' for name, value in values.items())})" if values else ""
