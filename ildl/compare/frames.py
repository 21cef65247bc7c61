"""Rows of a table by a name that they carry."""

from __future__ import annotations

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
