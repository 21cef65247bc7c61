"""Names that reports are asked for by: data sets, methods, metrics, readings. A name that nobody knows is refused."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Any

import pandas as pd

DATASETS = ("Movie", "SCUT-FBP", "Emotion6", "Flickr_LDL", "RAF-ML", "Natural_Scene")
"""Those of the benchmark, in the order of the papers' columns."""
RIVALS = (
    "SA-BFGS", "EDL-LRL", "LDLSF", "LDL-LCLR", "Adam-LDL-SCL", "LDL-LDM", "OFR-FL", "OFR-CB", "OFR-DB", "RDA",
)  # fmt: skip
"""The methods that the paper compares DILDL with, in the order of its rows."""
NO_DECOUPLED_LOSS = "rebalanced"
"""DILDL's reading and criterion in which RDA's loss stands in place of the decoupled one. It is shown for what it
bounds; no claim on DILDL is judged by it, since half of the method is not there."""


def check_name(value: Any, known: Iterable[Any], what: str) -> Any:
    """Return a name if it is known.

    The same service as `ildl.checks.check_option`, here because reports know no other part of the package.

    Parameters
    ----------
    value : object
    known : iterable
        What it may be; repetitions are shown once.
    what : str
        What to call it in the message.

    Returns
    -------
    object
        `value`.

    Raises
    ------
    ValueError
        Names what is known and, for text, the nearest match.
    """
    names = list(dict.fromkeys(known))
    if value in names:
        return value
    near = difflib.get_close_matches(str(value), [str(name) for name in names], n=1)
    hint = f" Did you mean {near[0]!r}?" if near else ""
    raise ValueError(f"Unknown {what} {value!r}.{hint} Known: {', '.join(map(repr, names)) or 'none'}.")


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
    check_name(value, table[column], column)
    return table[table[column] == value]
