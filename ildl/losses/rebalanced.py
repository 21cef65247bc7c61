"""Rebalanced focal losses for label distributions: OFR-FL, OFR-CB, OFR-DB, and the prediction loss of RDA.

Sources: Zhao et al., "Imbalanced label distribution learning", AAAI 2023, after Lin et al. (focal loss, ICCV 2017),
Cui et al. (class-balanced loss, CVPR 2019) and Wu et al. (distribution-balanced loss, ECCV 2020). The focal
divergence is not a divergence: its minimiser is flatter than the target and its minimum is negative.

`frequencies` are the column sums of the training label matrix, validation rows removed: real numbers that sum to the
number of training rows. They must broadcast against D: (c,), or (members, 1, c) for an ensemble.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from ildl.checks import check_option
from ildl.losses.arrays import namespace, xlogx

if TYPE_CHECKING:
    from torch import Tensor

    from ildl.losses.arrays import Labels

LOG_FLOOR = math.log(1e-14)
FREQUENCY_FLOOR = 1e-30  # its inverse times a number of rows is finite in float32
CB_MODES = ("average_w", "by_class")
NEG_SCALE = 2.0
"""Scale of the logit of a label of degree 0 in the distribution-balanced loss, whose gradient its weight undoes."""


def class_balanced_weights(D: Labels, frequencies: Labels, beta: float = 0.9, mode: str = "average_w") -> Labels:
    """Weights (1 - beta) / (1 - beta^N_j) of the class-balanced loss.

    Parameters
    ----------
    D : Tensor or ndarray, shape (..., b, c)
        Label distributions.
    frequencies : Tensor or ndarray
        Label frequencies N, floored at 1e-3.
    beta : float
        In [0, 1); 0 makes all weights 1.
    mode : {"average_w", "by_class"}
        One weight a row, the mean of the labels' weights under d; or one a label.

    Returns
    -------
    Tensor or ndarray, broadcasts to (..., b, c)

    Raises
    ------
    InputError
        Unknown mode.
    """
    check_option(mode, CB_MODES, "cb_mode")
    xp = namespace(D)
    omega = (1 - beta) / (1 - beta ** xp.clip(frequencies, min=1e-3))
    total = xp.sum(D, axis=-1, keepdims=True)
    of_row = xp.sum(D * omega, axis=-1, keepdims=True) / xp.where(total > 0, total, xp.ones_like(total))
    return omega if mode == "by_class" else of_row


def rebalanced_weights(
    D: Labels, frequencies: Labels, alpha: float = 0.1, beta: float = 10.0, centre: float = 0.9
) -> Labels:
    """Weights of the distribution-balanced loss: alpha + sigmoid(beta (q - centre)).

    q_ij = (1 / N_j) / sum_k (d_ik / N_k) is large for rare labels; sum_j d_ij q_ij = 1 in every row.

    Parameters
    ----------
    D : Tensor or ndarray, shape (..., b, c)
        Label distributions.
    frequencies : Tensor or ndarray
        Label frequencies N; a frequency of 0 counts as 1.
    alpha, beta, centre : float
        Offset, slope and centre of the map.

    Returns
    -------
    Tensor or ndarray, shape (..., b, c)
        In (alpha, 1 + alpha).
    """
    xp = namespace(D)
    inverse = 1 / _invertible(frequencies)
    total = xp.sum(D * inverse, axis=-1, keepdims=True)
    q = inverse / xp.where(total > 0, total, xp.ones_like(total))  # a row of padding is all 0
    return alpha + 1 / (1 + xp.exp(-beta * (q - centre)))


def adjusted_logits(
    z: Tensor, D: Tensor, frequencies: Tensor, kappa: float = 0.05, neg_scale: float = NEG_SCALE
) -> Tensor:
    """Logits of the distribution-balanced loss: (z + kappa logit(N / n)) times neg_scale (1 - d) + d.

    They depend on the target, so they serve the loss alone; predictions use z.

    Parameters
    ----------
    z : Tensor, shape (..., b, c)
        Logits.
    D : Tensor, shape (..., b, c)
        Label distributions.
    frequencies : Tensor
        Label frequencies N; n is their sum.
    kappa, neg_scale : float
        Strength of the offset, and scale of a label of degree 0.

    Returns
    -------
    Tensor, shape (..., b, c)
    """
    scale, shift = adjustment(D, frequencies, kappa, neg_scale)
    return z * scale + shift


def adjustment(
    D: Labels, frequencies: Labels, kappa: float = 0.05, neg_scale: float = NEG_SCALE
) -> tuple[Labels, Labels]:
    """Scale and shift of the adjusted logits.

    Parameters
    ----------
    D, frequencies, kappa, neg_scale
        As `adjusted_logits`.

    Returns
    -------
    pair of Tensor or ndarray, shape (..., b, c)
    """
    xp = namespace(D)
    share = _invertible(frequencies) / xp.sum(frequencies, axis=-1, keepdims=True)
    scale = neg_scale * (1 - D) + D
    return scale, scale * -kappa * xp.log(xp.clip(1 / share - 1, min=1e-12))


def focal_kl_loss(D: Tensor, z: Tensor, weights: Tensor | float = 1.0, gamma: float = 2.0) -> Tensor:
    """Focal divergence: mean over labels of w (1 - p)^gamma d ln(d / p), with p = softmax(z) floored at 1e-14.

    Parameters
    ----------
    D : Tensor, shape (..., c)
        Label distributions.
    z : Tensor, shape (..., c)
        Logits.
    weights : Tensor or float
        Broadcasts against D.
    gamma : float
        Focal exponent; 0 gives the divergence divided by c.

    Returns
    -------
    Tensor, shape (...)
        May be negative.
    """
    log_p = z - z.logsumexp(-1, keepdim=True)
    divergence = xlogx(D) - D * log_p.clamp(min=LOG_FLOOR)
    return (weights * (1 - log_p.exp()) ** gamma * divergence).mean(-1)


def distribution_balanced_loss(D: Tensor, z: Tensor, frequencies: Tensor, gamma: float = 2.0) -> Tensor:
    """Distribution-balanced focal divergence: OFR-DB's loss, and RDA's prediction loss.

    Parameters
    ----------
    D : Tensor, shape (..., b, c)
        Label distributions.
    z : Tensor, shape (..., b, c)
        Logits.
    frequencies : Tensor
        Label frequencies N.
    gamma : float
        Focal exponent.

    Returns
    -------
    Tensor, shape (..., b)
        May be negative.
    """
    return focal_kl_loss(D, adjusted_logits(z, D, frequencies), balanced_weights(D, frequencies), gamma)


def balanced_weights(D: Labels, frequencies: Labels) -> Labels:
    """Weights of the distribution-balanced loss: those of `rebalanced_weights`, less for labels of low degree.

    Parameters
    ----------
    D : Tensor or ndarray, shape (..., b, c)
        Label distributions.
    frequencies : Tensor or ndarray
        Label frequencies N.

    Returns
    -------
    Tensor or ndarray, shape (..., b, c)
    """
    return rebalanced_weights(D, frequencies) * ((1 - D) / NEG_SCALE + D)


def _invertible(frequencies: Labels) -> Labels:
    xp = namespace(frequencies)
    return xp.where(frequencies > 0, xp.clip(frequencies, min=FREQUENCY_FLOOR), xp.ones_like(frequencies))
