"""What predictions are like, beside how good they are: near the uniform distribution, or the same for every row?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import entr

from ildl.checks import InputError, check_distributions
from ildl.metrics import chebyshev, euclidean


def describe_predictions(
    D_true: ArrayLike,
    D_pred: ArrayLike,
    heads: Mapping[str, Sequence[int]] | None = None,
    D_start: ArrayLike | None = None,
) -> dict[str, float]:
    """Nearness to a constant and to the start, squared error, and distances over head and tail labels by other rules.

    Parameters
    ----------
    D_true, D_pred : array-like, shape (n, c)
        Label distributions: rows on the simplex.
    heads : mapping of str to sequence of int, optional
        Name of a rule -> its head labels.
    D_start : array-like, shape (n, c), optional
        What the same model predicted before it was trained.

    Returns
    -------
    dict
        `from_uniform` and, with `D_start`, `from_start`, the mean Chebyshev distance of predicted rows from 1/c, and
        from the untrained model's; `entropy`, the mean entropy of a predicted row over ln c, in [0, 1], 1 only for the
        uniform distribution; `spread`, the mean squared distance of predicted rows from their mean, 0 only for a
        constant; `squared_error`, the mean of sum_j (t_j - p_j)^2; and for each rule `euclidean_tail_RULE`,
        `euclidean_head_RULE` (a part without labels is left out).

    Raises
    ------
    InputError
        As `ildl.metrics.euclidean`.
    """
    true, pred = check_distributions(D_true, "D_true"), check_distributions(D_pred, "D_pred")
    if true.shape != pred.shape:
        raise InputError(f"D_pred has shape {pred.shape}, D_true {true.shape}; they must be equal.")
    values = {
        "from_uniform": chebyshev(np.full_like(pred, 1 / pred.shape[1]), pred),
        "entropy": float(entr(pred).sum(axis=1).mean() / np.log(pred.shape[1])),
        "spread": float(((pred - pred.mean(axis=0)) ** 2).sum(axis=1).mean()),
        "squared_error": float(((true - pred) ** 2).sum(axis=1).mean()),
    }
    if D_start is not None:
        values["from_start"] = chebyshev(D_start, pred)
    for rule, head in (heads or {}).items():
        tail = [j for j in range(true.shape[1]) if j not in head]
        parts = {"tail": tail, "head": list(head)}
        values |= {f"euclidean_{name}_{rule}": euclidean(true, pred, part) for name, part in parts.items() if part}
    return values
