"""Tables of every kind that people have, as NumPy reads them."""

from __future__ import annotations

from typing import Any

import numpy as np


def readable(values: Any) -> Any:
    """Return a table as NumPy reads it: sparse matrices dense, tensors on the CPU, missing and masked values as NaN.

    Parameters
    ----------
    values : object

    Returns
    -------
    object
        Anything else as it is.
    """
    if isinstance(values, np.ma.MaskedArray) or (
        isinstance(values, list | tuple) and any(isinstance(row, np.ma.MaskedArray) for row in values)
    ):
        masked = np.ma.array(values)
        return np.ma.filled(masked.astype(np.float64 if masked.dtype.kind in "biuf" else object), np.nan)
    if hasattr(values, "toarray"):
        return values.toarray()
    if hasattr(values, "detach"):
        return values.detach().cpu()
    if hasattr(values, "iloc") and any(getattr(dtype, "hasobject", True) for dtype in np.atleast_1d(values.dtypes)):
        return values.astype(object).where(values.notna(), np.nan)
    return values
