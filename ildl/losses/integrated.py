"""The decoupled loss integrated into RDA's, in two ways that the paper's text allows and does not choose between.

RDA's loss on the decoupled labels (`prepare_parts`), and the decoupled divergences inside RDA's loss
(`prepare_divergences`). What depends on labels alone is prepared once, as in `ildl.losses.rows`.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

from ildl.losses.arrays import namespace, xlogx
from ildl.losses.decoupled import binary_target, is_dominant, nondominant_part, nondominant_target, one_hot_dominant
from ildl.losses.rebalanced import LOG_FLOOR, adjustment, balanced_weights
from ildl.losses.rows import BalancedRows, prepare_balanced

if TYPE_CHECKING:
    from torch import Tensor

    from ildl.losses.arrays import Labels


def part_frequencies(D: Labels, nondominant: str = "ratio") -> tuple[Labels, Labels]:
    """Label frequencies of the two decoupled targets: their column sums.

    Parameters
    ----------
    D : Tensor or ndarray, shape (..., n, c)
        Label distributions; rows of zeros are padding and do not count.
    nondominant : str
        Reading, see `ildl.losses.decoupled`.

    Returns
    -------
    pair of Tensor or ndarray, shape (..., 1, c)
    """
    xp = namespace(D)
    there = xp.sum(D, axis=-1, keepdims=True) > 0
    parts = one_hot_dominant(D), nondominant_target(D, nondominant)
    dominant, others = (xp.sum(part * there, axis=-2, keepdims=True) for part in parts)
    return dominant, others


def prepare_parts(D: Labels, alpha: float | Labels, nondominant: str) -> tuple[BalancedRows, BalancedRows]:
    """RDA's loss on the decoupled labels: alpha times that of Eq. (2), plus 1 - alpha times that of Eq. (3).

    The loss is the sum of `prepared_balanced_loss` of both; each target has its own label frequencies.

    Parameters
    ----------
    D : Tensor or ndarray, shape (..., n, c)
        Label distributions of all training rows.
    alpha : float or Tensor or ndarray
        Broadcasts against the rows.
    nondominant : str
        Reading, see `ildl.losses.decoupled`.

    Returns
    -------
    pair of BalancedRows
    """
    frequencies, alpha = part_frequencies(D, nondominant), alpha + 0 * D[..., 0]
    dominant = prepare_balanced(one_hot_dominant(D), frequencies[0])
    others = prepare_balanced(nondominant_target(D, nondominant), frequencies[1])
    return (
        dominant._replace(weights=dominant.weights * alpha[..., None]),
        others._replace(weights=others.weights * (1 - alpha)[..., None]),
    )


def focal_decoupled_loss(
    D: Tensor,
    z: Tensor,
    weights: Tensor | float = 1.0,
    alpha: float | Tensor = 0.6,
    dominant: str = "degree",
    nondominant: str = "ratio",
    gamma: float = 2.0,
) -> Tensor:
    """Eq. (4) with a weight and a focal factor on each of its terms, over c: `focal_kl_loss`, decoupled.

    The half of Eq. (5) that stands for all other labels has the mean of their weights.

    Parameters
    ----------
    D : Tensor, shape (..., c)
        Label distributions.
    z : Tensor, shape (..., c)
        Logits.
    weights : Tensor or float
        Broadcasts against D.
    alpha : float or Tensor
        Weight of the dominant part; broadcasts against the rows.
    dominant, nondominant : str
        Readings, see `ildl.losses.decoupled`.
    gamma : float
        Focal exponent; 0 without weights gives Eq. (4) divided by c.

    Returns
    -------
    Tensor, shape (...)
        May be negative.
    """
    zero = z.new_zeros(z.shape)
    rows = _prepare_focal_decoupled(D, zero + weights, (zero + 1, zero), alpha, dominant, nondominant)
    return prepared_focal_decoupled_loss(z, rows, gamma)


class FocalRows(NamedTuple):
    """Eq. (4) inside a focal loss: a term for each label (the dominant one's from Eq. 5), and one for all others."""

    scale: Any  # (..., c), of the logits, as is the next
    shift: Any
    target: Any  # (..., c)
    weights: Any  # (..., c), times alpha or 1 - alpha
    entropy: Any  # (..., c), target times its logarithm
    rest: Any  # (..., 3): target, weight and entropy of the other half of Eq. (5)
    is_dominant: Any  # (..., c), bool


def prepare_divergences(
    D: Labels, frequencies: Labels, alpha: float | Labels, dominant: str, nondominant: str
) -> FocalRows:
    """The decoupled divergences inside RDA's loss: `focal_decoupled_loss` with its adjusted logits and weights.

    Parameters
    ----------
    D : Tensor or ndarray, shape (..., n, c)
        Label distributions.
    frequencies : Tensor or ndarray
        Label frequencies N.
    alpha : float or Tensor or ndarray
        Broadcasts against the rows.
    dominant, nondominant : str
        Readings, see `ildl.losses.decoupled`.

    Returns
    -------
    FocalRows
    """
    weights = balanced_weights(D, frequencies)
    return _prepare_focal_decoupled(D, weights, adjustment(D, frequencies), alpha, dominant, nondominant)


def _prepare_focal_decoupled(
    D: Labels,
    weights: Labels,
    adjusted: tuple[Labels, Labels],
    alpha: float | Labels,
    dominant: str,
    nondominant: str,
) -> FocalRows:
    xp, k, alpha = namespace(D), is_dominant(D), alpha + 0 * D[..., 0]
    target, rest = binary_target(D, dominant)
    target = xp.where(k, target[..., None], nondominant_target(D, nondominant))
    of_rest = alpha * nondominant_part(weights, D).sum(-1) / (D.shape[-1] - 1)
    weights = weights * xp.where(k, alpha[..., None], (1 - alpha)[..., None])
    return FocalRows(*adjusted, target, weights, xlogx(target), xp.stack([rest, of_rest, xlogx(rest)], axis=-1), k)


def prepared_focal_decoupled_loss(z: Tensor, rows: FocalRows, gamma: float = 2.0) -> Tensor:
    """`focal_decoupled_loss` of prepared rows.

    Parameters
    ----------
    z : Tensor, shape (..., c)
        Logits.
    rows : FocalRows
    gamma : float
        Focal exponent.

    Returns
    -------
    Tensor, shape (...)
    """
    u = rows.shift + z * rows.scale
    total = u.logsumexp(-1, keepdim=True)
    total_rest = u.masked_fill(rows.is_dominant, -math.inf).logsumexp(-1, keepdim=True)
    log_p = (u - total.where(rows.is_dominant, total_rest)).clamp(min=LOG_FLOOR)
    log_rest = (total_rest - total).squeeze(-1).clamp(min=LOG_FLOOR)
    of_labels = rows.weights * (1 - log_p.exp()) ** gamma * (rows.entropy - rows.target * log_p)
    target, weight, entropy = rows.rest.unbind(-1)
    of_rest = weight * (1 - log_rest.exp()) ** gamma * (entropy - target * log_rest)
    return (of_labels.sum(-1) + of_rest) / z.shape[-1]
