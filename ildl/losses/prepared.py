"""The same losses where label distributions stay and logits move: what depends on labels alone is computed once.

Training evaluates Eq. (4), (12), (13) and the distribution-balanced loss hundreds of times on the same rows, which
`ildl.losses.rows` prepares. Each has here a function of the prepared rows and what the network says of them. Gradients
are in closed form; those of Eq. (4) are Eq. (10) and (11) for every label at once.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.autograd import Function

from ildl.losses.rebalanced import LOG_FLOOR
from ildl.losses.rows import BalancedRows, DecoupledRows, GaussianRows


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
