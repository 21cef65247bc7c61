"""Equations (12) to (17) of the paper: alignment of feature and label representations, and the whole objective."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import normalize

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
    log_v = logvar_feature - logvar_label
    tau = (mean_feature - mean_label) ** 2 * torch.exp(-logvar_label)
    return -0.5 * (log_v - log_v.exp() - tau + 1).sum(-1)


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
    return mean + noise * torch.exp(0.5 * logvar)


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
    unit = normalize(r, dim=-1, eps=1e-12)
    return unit @ unit.transpose(-1, -2)


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
    squared = (cosine_matrix(r_feature) - cosine_matrix(r_label)) ** 2
    if mask is None:
        return squared.mean((-2, -1))
    pairs = mask.unsqueeze(-1) * mask.unsqueeze(-2)
    return (squared * pairs).sum((-2, -1)) / mask.sum(-1).clamp(min=1) ** 2


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
