"""What the losses need of label distributions alone, computed once: training meets the same rows hundreds of times.

NumPy arrays or PyTorch tensors, as all functions of labels alone. `ildl.losses.prepared` has the losses of such rows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from ildl.losses.arrays import indices, namespace, xlogx
from ildl.losses.decoupled import binary_target, is_dominant, nondominant_target
from ildl.losses.rebalanced import adjustment, balanced_weights

if TYPE_CHECKING:
    from ildl.losses.arrays import Labels


class DecoupledRows(NamedTuple):
    """Eq. (4) as weights of logarithms: entropy - sum_j weight_j ln p_j - rest ln(1 - p_k)."""

    weight: Any  # (..., c)
    rest: Any  # (..., 1), negative where the non-dominant part outweighs
    entropy: Any  # (...)
    is_dominant: Any  # (..., c), bool


def prepare_decoupled(D: Labels, alpha: float | Labels, dominant: str, nondominant: str) -> DecoupledRows:
    """Prepare rows for Eq. (4).

    Parameters
    ----------
    D : Tensor or ndarray, shape (..., c)
        Label distributions.
    alpha : float or Tensor or ndarray
        Weight of the dominant part; broadcasts against the rows (...).
    dominant, nondominant : str
        Readings, see `ildl.losses.decoupled`.

    Returns
    -------
    DecoupledRows

    Raises
    ------
    InputError
        Unknown reading.
    """
    (binary, rest), target, k = binary_target(D, dominant), nondominant_target(D, nondominant), is_dominant(D)
    alpha = alpha + 0 * binary
    weight = namespace(D).where(k, (alpha * binary)[..., None], (1 - alpha)[..., None] * target)
    entropy = alpha * (xlogx(binary) + xlogx(rest)) + (1 - alpha) * xlogx(target).sum(-1)
    rest_weight = alpha * rest - (1 - alpha) * target.sum(-1)
    return DecoupledRows(weight, rest_weight[..., None], entropy, k)


def prepare_divergence(D: Labels) -> DecoupledRows:
    """Prepare rows for Eq. (1), the plain divergence, in the form of Eq. (4).

    Parameters
    ----------
    D : Tensor or ndarray, shape (..., c)
        Label distributions.

    Returns
    -------
    DecoupledRows
    """
    return DecoupledRows(D, 0 * D[..., :1], xlogx(D).sum(-1), indices(D) < 0 * D)


class BalancedRows(NamedTuple):
    """The distribution-balanced loss: scale and shift of its logits, weights, and d ln d."""

    D: Any  # (..., c), as are the others
    scale: Any
    shift: Any
    weights: Any
    entropy: Any


def prepare_balanced(D: Labels, frequencies: Labels) -> BalancedRows:
    """Prepare rows for the distribution-balanced loss.

    Parameters
    ----------
    D : Tensor or ndarray, shape (..., b, c)
        Label distributions.
    frequencies : Tensor or ndarray
        Label frequencies N.

    Returns
    -------
    BalancedRows
    """
    return BalancedRows(D, *adjustment(D, frequencies), balanced_weights(D, frequencies), xlogx(D))


def prepare_focal(D: Labels, weights: Labels | float = 1.0) -> BalancedRows:
    """Prepare rows for the focal divergence, which is the distribution-balanced one of logits as they are.

    Parameters
    ----------
    D : Tensor or ndarray, shape (..., c)
        Label distributions.
    weights : Tensor or float
        Broadcasts against D.

    Returns
    -------
    BalancedRows
    """
    ones = namespace(D).ones_like(D)
    return BalancedRows(D, ones, 0 * D, weights * ones, xlogx(D))


class GaussianRows(NamedTuple):
    """Constant label Gaussians, summed up by what alpha Eq. (12) + (1 - alpha) Eq. (13) needs of them.

    With precisions s_k = 1 / sigma_k^2, means b_k and weights w_k of sum 1: sum w_k s_k; sum w_k s_k b_k; and, of each
    row, the sum over dimensions of sum w_k (ln sigma_k^2 + s_k b_k^2) - 1.
    """

    precision: Any  # (..., h)
    pull: Any  # (..., h)
    offset: Any  # (...)


def prepare_gaussians(
    dominant: tuple[Labels, Labels], nondominant: tuple[Labels, Labels], alpha: float | Labels
) -> GaussianRows:
    """Sum up the two label Gaussians of each row with weights alpha and 1 - alpha.

    Parameters
    ----------
    dominant, nondominant : pair of Tensor or ndarray, shape (..., h)
        Mean and logarithm of the variance.
    alpha : float or Tensor or ndarray
        Broadcasts against the rows (...).

    Returns
    -------
    GaussianRows
    """
    xp = namespace(dominant[0])
    ones = xp.ones_like(dominant[0][..., 0])
    precision = pull = 0 * dominant[0]
    offset = -dominant[0].shape[-1] * ones
    for weight, (mean, logvar) in ((alpha * ones, dominant), ((1 - alpha) * ones, nondominant)):
        s = weight[..., None] * xp.exp(-logvar)
        precision, pull = precision + s, pull + s * mean
        offset = offset + weight * logvar.sum(-1) + (s * mean**2).sum(-1)
    return GaussianRows(precision, pull, offset)
