"""The same losses where label distributions stay and logits move: what depends on labels alone is computed once.

Training evaluates Eq. (4), (12), (13) and the distribution-balanced loss hundreds of times on the same rows. Each has
here a function that prepares rows, and one that takes the prepared rows and what the network says of them. Gradients
are in closed form; those of Eq. (4) are Eq. (10) and (11) for every label at once.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.autograd import Function

from ildl.losses.decoupled import binary_target, dominant_label, nondominant_target, one_hot_dominant
from ildl.losses.rebalanced import LOG_FLOOR, adjustment, balanced_weights


class DecoupledRows(NamedTuple):
    """Eq. (4) as weights of logarithms: entropy - sum_j weight_j ln p_j - rest ln(1 - p_k)."""

    weight: Tensor  # (..., c)
    rest: Tensor  # (..., 1), negative where the non-dominant part outweighs
    entropy: Tensor  # (...)
    is_dominant: Tensor  # (..., c), bool


def prepare_decoupled(D: Tensor, alpha: float | Tensor, dominant: str, nondominant: str) -> DecoupledRows:
    """Prepare rows for Eq. (4).

    Parameters
    ----------
    D : Tensor, shape (..., c)
        Label distributions.
    alpha : float or Tensor
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
    binary, rest = binary_target(D, dominant)
    target = nondominant_target(D, nondominant)
    weight = ((1 - alpha) * torch.ones_like(binary)).unsqueeze(-1) * target
    weight = weight.scatter(-1, dominant_label(D).unsqueeze(-1), (alpha * binary).unsqueeze(-1))
    entropy = alpha * (torch.xlogy(binary, binary) + torch.xlogy(rest, rest))
    entropy = entropy + (1 - alpha) * torch.xlogy(target, target).sum(-1)
    rest_weight = alpha * rest - (1 - alpha) * target.sum(-1)
    return DecoupledRows(weight, rest_weight.unsqueeze(-1), entropy, one_hot_dominant(D).bool())


def prepare_divergence(D: Tensor) -> DecoupledRows:
    """Prepare rows for Eq. (1), the plain divergence, in the form of Eq. (4).

    Parameters
    ----------
    D : Tensor, shape (..., c)
        Label distributions.

    Returns
    -------
    DecoupledRows
    """
    return DecoupledRows(D, torch.zeros_like(D[..., :1]), torch.xlogy(D, D).sum(-1), torch.zeros_like(D).bool())


def prepared_decoupled_loss(z: Tensor, rows: DecoupledRows) -> Tensor:
    """Eq. (4) of prepared rows.

    Parameters
    ----------
    z : Tensor, shape (..., c)
        Logits.
    rows : DecoupledRows

    Returns
    -------
    Tensor, shape (...)
        As `decoupled_loss`, up to rounding.
    """
    return _Decoupled.apply(z, *rows)


class _Decoupled(Function):
    @staticmethod
    def forward(ctx: Any, z: Tensor, weight: Tensor, rest: Tensor, entropy: Tensor, is_dominant: Tensor) -> Tensor:
        total = z.logsumexp(-1, keepdim=True)
        others = z.masked_fill(is_dominant, -torch.inf)
        total_others = others.logsumexp(-1, keepdim=True)
        log_p = z - total
        slope = (weight.sum(-1, keepdim=True) + rest) * log_p.exp() - weight - rest * (others - total_others).exp()
        ctx.save_for_backward(slope)
        return entropy - (weight * log_p).sum(-1) - (rest * (total_others - total)).squeeze(-1)

    @staticmethod
    def backward(ctx: Any, upstream: Tensor) -> tuple[Tensor | None, ...]:
        (slope,) = ctx.saved_tensors
        return upstream.unsqueeze(-1) * slope, None, None, None, None


class BalancedRows(NamedTuple):
    """The distribution-balanced loss: scale and shift of its logits, weights, and d ln d."""

    D: Tensor  # (..., c), as are the others
    scale: Tensor
    shift: Tensor
    weights: Tensor
    entropy: Tensor


def prepare_balanced(D: Tensor, frequencies: Tensor) -> BalancedRows:
    """Prepare rows for the distribution-balanced loss.

    Parameters
    ----------
    D : Tensor, shape (..., b, c)
        Label distributions.
    frequencies : Tensor
        Label frequencies N.

    Returns
    -------
    BalancedRows
    """
    return BalancedRows(D, *adjustment(D, frequencies), balanced_weights(D, frequencies), torch.xlogy(D, D))


def prepare_focal(D: Tensor, weights: Tensor | float = 1.0) -> BalancedRows:
    """Prepare rows for the focal divergence, which is the distribution-balanced one of logits as they are.

    Parameters
    ----------
    D : Tensor, shape (..., c)
        Label distributions.
    weights : Tensor or float
        Broadcasts against D.

    Returns
    -------
    BalancedRows
    """
    ones = torch.ones_like(D)
    return BalancedRows(D, ones, torch.zeros_like(D), weights * ones, torch.xlogy(D, D))


def prepared_adjusted_logits(z: Tensor, rows: BalancedRows) -> Tensor:
    """Logits of the distribution-balanced loss.

    Parameters
    ----------
    z : Tensor, shape (..., c)
        Logits.
    rows : BalancedRows

    Returns
    -------
    Tensor, shape (..., c)
        As `adjusted_logits`.
    """
    return torch.addcmul(rows.shift, z, rows.scale)


def prepared_balanced_loss(z: Tensor, rows: BalancedRows) -> Tensor:
    """Distribution-balanced focal divergence of prepared rows, focal exponent 2.

    Parameters
    ----------
    z : Tensor, shape (..., c)
        Logits.
    rows : BalancedRows

    Returns
    -------
    Tensor, shape (...)
        As `distribution_balanced_loss`, up to rounding.
    """
    return _Balanced.apply(prepared_adjusted_logits(z, rows), rows.D, rows.weights, rows.entropy)


class _Balanced(Function):
    @staticmethod
    def forward(ctx: Any, z: Tensor, D: Tensor, weights: Tensor, entropy: Tensor) -> Tensor:
        log_p = z - z.logsumexp(-1, keepdim=True)
        p = log_p.exp()
        divergence = torch.addcmul(entropy, D, log_p.clamp(min=LOG_FLOOR), value=-1)
        focus = weights * (1 - p)
        loss = focus * (1 - p)
        slope = -2 * focus * p * divergence - loss * D * (log_p >= LOG_FLOOR)  # with respect to ln p
        slope = torch.addcmul(slope, p, slope.sum(-1, keepdim=True), value=-1) / z.shape[-1]
        ctx.save_for_backward(slope)
        return (loss * divergence).mean(-1)

    @staticmethod
    def backward(ctx: Any, upstream: Tensor) -> tuple[Tensor | None, ...]:
        (slope,) = ctx.saved_tensors
        return upstream.unsqueeze(-1) * slope, None, None, None


class GaussianRows(NamedTuple):
    """Constant label Gaussians, summed up by what alpha Eq. (12) + (1 - alpha) Eq. (13) needs of them.

    With precisions s_k = 1 / sigma_k^2, means b_k and weights w_k of sum 1: sum w_k s_k; sum w_k s_k b_k; and, of each
    row, the sum over dimensions of sum w_k (ln sigma_k^2 + s_k b_k^2) - 1.
    """

    precision: Tensor  # (..., h)
    pull: Tensor  # (..., h)
    offset: Tensor  # (...)


def prepare_gaussians(
    dominant: tuple[Tensor, Tensor], nondominant: tuple[Tensor, Tensor], alpha: float | Tensor
) -> GaussianRows:
    """Sum up the two label Gaussians of each row with weights alpha and 1 - alpha.

    Parameters
    ----------
    dominant, nondominant : pair of Tensor, shape (..., h)
        Mean and logarithm of the variance.
    alpha : float or Tensor
        Broadcasts against the rows (...).

    Returns
    -------
    GaussianRows
    """
    ones = torch.ones_like(dominant[0][..., 0])
    precision, pull = torch.zeros_like(dominant[0]), torch.zeros_like(dominant[0])
    offset = -dominant[0].shape[-1] * ones
    for weight, (mean, logvar) in ((alpha * ones, dominant), ((1 - alpha) * ones, nondominant)):
        s = weight.unsqueeze(-1) * torch.exp(-logvar)
        precision, pull = precision + s, pull + s * mean
        offset = offset + weight * logvar.sum(-1) + (s * mean**2).sum(-1)
    return GaussianRows(precision, pull, offset)


def prepared_alignment(mean: Tensor, logvar: Tensor, rows: GaussianRows) -> Tensor:
    """Both alignments to constant label Gaussians, alpha Eq. (12) + (1 - alpha) Eq. (13), as one quadratic form.

    Parameters
    ----------
    mean, logvar : Tensor, shape (..., h)
        Of the features' Gaussian.
    rows : GaussianRows

    Returns
    -------
    Tensor, shape (...)
        At least 0, up to rounding.
    """
    return _Alignment.apply(mean, logvar, *rows)


class _Alignment(Function):
    @staticmethod
    def forward(ctx: Any, mean: Tensor, logvar: Tensor, precision: Tensor, pull: Tensor, offset: Tensor) -> Tensor:
        v = logvar.exp().mul_(precision)
        slope = torch.addcmul(-pull, precision, mean)
        ctx.save_for_backward(v, slope)
        return 0.5 * (torch.addcmul(v, mean, slope - pull).sub_(logvar).sum(-1) + offset)

    @staticmethod
    def backward(ctx: Any, upstream: Tensor) -> tuple[Tensor | None, ...]:
        v, slope = ctx.saved_tensors
        g = upstream.unsqueeze(-1)
        return g * slope, 0.5 * g * (v - 1), None, None, None
