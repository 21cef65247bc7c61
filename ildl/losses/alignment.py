"""Equations (12) to (17) of the paper: alignment of feature and label representations, and the whole objective.

Training spends most of its time here. The divergence of Gaussians and the similarity therefore carry their gradients in
closed form: automatic differentiation would make three times as many passes over the representations.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.autograd import Function

from ildl.losses.decoupled import ldl_loss


def gaussian_alignment(
    mean_feature: Tensor, logvar_feature: Tensor, mean_label: Tensor, logvar_label: Tensor
) -> Tensor:
    """Eq. (12) with the dominant label encoder's Gaussian, Eq. (13) with the non-dominant one's.

    With v the ratio of variances and tau the squared distance of means over the label variance, -1/2 sum of
    (log v - v - tau + 1) is KL(N_feature || N_label) between diagonal Gaussians. (The paper prints index k for i in the
    denominator of tau.)

    Parameters
    ----------
    mean_feature, logvar_feature, mean_label, logvar_label : Tensor, shape (..., h)
        Means and logarithms of variances.

    Returns
    -------
    Tensor, shape (...)
        At least 0, and 0 only where both Gaussians are equal.
    """
    return _Alignment.apply(mean_feature, logvar_feature, mean_label, logvar_label)


class _Alignment(Function):
    """Eq. (12), with its gradient in closed form."""

    @staticmethod
    def forward(ctx: Any, mean: Tensor, logvar: Tensor, mean_label: Tensor, logvar_label: Tensor) -> Tensor:
        log_v = logvar - logvar_label
        v = log_v.exp()
        difference = mean - mean_label
        slope = difference * torch.exp(-logvar_label)
        ctx.save_for_backward(difference, slope, v)
        return 0.5 * torch.addcmul(v, difference, slope).sub_(log_v).sub_(1).sum(-1)

    @staticmethod
    def backward(ctx: Any, upstream: Tensor) -> tuple[Tensor | None, ...]:
        difference, slope, v = ctx.saved_tensors
        g = upstream.unsqueeze(-1)
        to_mean = g * slope
        to_logvar = 0.5 * g * (v - 1)
        if not any(ctx.needs_input_grad[2:]):
            return to_mean, to_logvar, None, None
        return to_mean, to_logvar, -to_mean, -to_logvar - 0.5 * to_mean * difference


def reparameterise(mean: Tensor, logvar: Tensor, noise: Tensor) -> Tensor:
    """Sample r = mu + sigma * delta (section 3.2; Rezende et al., 2014).

    Parameters
    ----------
    mean, logvar : Tensor, shape (..., h)
        Mean and logarithm of the variance.
    noise : Tensor, shape (..., h)
        Standard normal delta.

    Returns
    -------
    Tensor, shape (..., h)
    """
    return torch.addcmul(mean, noise, torch.exp(0.5 * logvar))


def cosine_matrix(r: Tensor) -> Tensor:
    """Eq. (15): cosine similarity of every pair of rows.

    Parameters
    ----------
    r : Tensor, shape (..., b, h)
        Representations; norms are floored at 1e-12.

    Returns
    -------
    Tensor, shape (..., b, b)
        In [-1, 1].
    """
    unit, _ = _unit(r)
    return unit @ unit.mT


def similarity_alignment(r_feature: Tensor, r_label: Tensor, mask: Tensor | None = None) -> Tensor:
    """Eq. (14): mean squared difference of the two similarity matrices, over all pairs of a batch.

    (The paper prints N for M as the upper bound of the second sum.)

    Parameters
    ----------
    r_feature, r_label : Tensor, shape (..., b, h)
        Representations of features and of label distributions.
    mask : Tensor, shape (..., b), optional
        1 for rows of the batch, 0 for padding.

    Returns
    -------
    Tensor, shape (...)
        In [0, 4].
    """
    if mask is None:
        mask = r_feature.new_ones(r_feature.shape[:-1])
    return _Similarity.apply(r_feature, r_label, mask)


class _Similarity(Function):
    """Eq. (14), with its gradient in closed form: half of the products, as similarity matrices are symmetric."""

    @staticmethod
    def forward(ctx: Any, r_feature: Tensor, r_label: Tensor, mask: Tensor) -> Tensor:
        (feature, feature_norm), (label, label_norm) = _unit(r_feature), _unit(r_label)
        difference = feature @ feature.mT - label @ label.mT
        difference *= mask.unsqueeze(-1)
        difference *= mask.unsqueeze(-2)
        pairs = mask.sum(-1).clamp(min=1) ** 2
        ctx.save_for_backward(feature, feature_norm, label, label_norm, difference, pairs)
        return difference.square().sum((-2, -1)) / pairs

    @staticmethod
    def backward(ctx: Any, upstream: Tensor) -> tuple[Tensor | None, ...]:
        feature, feature_norm, label, label_norm, difference, pairs = ctx.saved_tensors
        slope = difference * (4 * upstream / pairs)[..., None, None]
        to_label = -_through_unit(slope @ label, label, label_norm)
        return _through_unit(slope @ feature, feature, feature_norm), to_label, None


def _unit(r: Tensor) -> tuple[Tensor, Tensor]:
    """Rows of length 1, and their norms."""
    norm = r.norm(dim=-1, keepdim=True).clamp(min=1e-12)
    return r / norm, norm


def _through_unit(gradient: Tensor, unit: Tensor, norm: Tensor) -> Tensor:
    """Gradient with respect to r of what depends on r / |r|: the part along r falls away."""
    along = (gradient * unit).sum(-1, keepdim=True)
    return torch.addcmul(gradient, unit, along, value=-1).div_(norm)


def recovery_loss(D: Tensor, z_label: Tensor) -> Tensor:
    """Eq. (16): KL(d || softmax of the logits decoded from the label representation).

    RDA uses the cross-entropy in its place, which differs by the entropy of d, a constant.

    Parameters
    ----------
    D : Tensor, shape (..., c)
        Label distributions.
    z_label : Tensor, shape (..., c)
        Logits decoded from r_labelDis.

    Returns
    -------
    Tensor, shape (...)
        At least 0.
    """
    return ldl_loss(D, z_label)


def total_loss(
    prediction: Tensor,
    align_1: Tensor,
    align_2: Tensor,
    align_3: Tensor,
    align_4: Tensor,
    alpha: float | Tensor = 0.6,
    beta: float | Tensor = 0.1,
    gamma: float | Tensor = 0.1,
    lam: float | Tensor = 0.1,
) -> Tensor:
    """Eq. (17): prediction loss plus weighted alignments.

    Parameters
    ----------
    prediction : Tensor
        The first brace: Eq. (4), or what a reading of the paper puts in its place.
    align_1, align_2, align_3, align_4 : Tensor
        Eq. (12), (13), (14) and (16).
    alpha, beta, gamma, lam : float or Tensor
        Balance parameters; 0.6, 0.1, 0.1 and 0.1 in the paper.

    Returns
    -------
    Tensor
    """
    return prediction + lam * (alpha * align_1 + (1 - alpha) * align_2) + beta * align_3 + gamma * align_4
