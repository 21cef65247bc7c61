"""Equations (6), (7) and (9) to (11) of the paper: gradients of the decoupled loss by the logits.

Notation and readings are those of `ildl.losses.decoupled`.
"""

from __future__ import annotations

import torch
from torch import Tensor

from ildl.losses.decoupled import (
    binary_target,
    dominant_label,
    dominant_target,
    nondominant_part,
    nondominant_target,
    one_hot_dominant,
)


def dominant_loss_gradient_k(D: Tensor, z: Tensor, dominant: str = "degree") -> Tensor:
    """Eq. (6): derivative of Eq. (5) by the dominant label's logit, p_k - b.

    Parameters
    ----------
    D, z : Tensor, shape (..., c)
        Label distributions and logits.
    dominant : {"degree", "one-hot"}
        See the module.

    Returns
    -------
    Tensor, shape (...)
    """
    return _at_dominant(z.softmax(-1), D) - dominant_target(D, dominant)


def dominant_loss_gradient_j(D: Tensor, z: Tensor, dominant: str = "degree") -> Tensor:
    """Eq. (7): derivative of Eq. (5) by the logit of a non-dominant label, (1 - (1 - b) / (1 - p_k)) p_j.

    Parameters
    ----------
    D, z : Tensor, shape (..., c)
        Label distributions and logits.
    dominant : {"degree", "one-hot"}
        See the module.

    Returns
    -------
    Tensor, shape (..., c)
        0 at the dominant label.
    """
    _, rest = binary_target(D, dominant)
    p = nondominant_part(z.softmax(-1), D)
    # p_j / (1 - p_k) comes from a softmax over the others, because 1 - p_k may round to 0
    return p - rest.unsqueeze(-1) * _nondominant_prediction(D, z)


def nondominant_loss_gradient_j(D: Tensor, z: Tensor, nondominant: str = "ratio") -> Tensor:
    """Eq. (9): derivative of Eq. (8) by the logit of a non-dominant label.

    It is p_j / (1 - p_k) minus the target, which under ``ratio`` is the last line of Eq. (9),
    p_j / (1 - p_k) - d_j / (1 - d_k), with the primes of its second term removed.

    Parameters
    ----------
    D, z : Tensor, shape (..., c)
        Label distributions and logits.
    nondominant : {"ratio", "softmax"}
        See the module.

    Returns
    -------
    Tensor, shape (..., c)
        0 at the dominant label; under ``ratio``, everywhere in rows whose dominant degree is 1.
    """
    target = nondominant_target(D, nondominant)
    return target.sum(-1, keepdim=True) * _nondominant_prediction(D, z) - target


def decoupled_loss_gradient_k(D: Tensor, z: Tensor, alpha: float | Tensor = 0.6, dominant: str = "degree") -> Tensor:
    """Eq. (10): derivative of Eq. (4) by the dominant label's logit, alpha times Eq. (6).

    Parameters
    ----------
    D, z : Tensor, shape (..., c)
        Label distributions and logits.
    alpha : float or Tensor
        Weight of the dominant part.
    dominant : {"degree", "one-hot"}
        See the module.

    Returns
    -------
    Tensor, shape (...)
    """
    return alpha * dominant_loss_gradient_k(D, z, dominant)


def decoupled_loss_gradient_j(
    D: Tensor,
    z: Tensor,
    alpha: float = 0.6,
    beta: float | None = None,
    dominant: str = "degree",
    nondominant: str = "ratio",
) -> Tensor:
    """Eq. (11): derivative of Eq. (4) by the logit of a non-dominant label, alpha Eq. (7) + beta Eq. (9).

    Parameters
    ----------
    D, z : Tensor, shape (..., c)
        Label distributions and logits.
    alpha : float
        Weight of the dominant part.
    beta : float, optional
        Weight of the non-dominant part; the paper prints a free beta here, while Eq. (4) and (17) have 1 - alpha (the
        default).
    dominant, nondominant : str
        Readings, see the module.

    Returns
    -------
    Tensor, shape (..., c)
        0 at the dominant label.
    """
    beta = 1 - alpha if beta is None else beta
    return alpha * dominant_loss_gradient_j(D, z, dominant) + beta * nondominant_loss_gradient_j(D, z, nondominant)


def _at_dominant(values: Tensor, D: Tensor) -> Tensor:
    return values.gather(-1, dominant_label(D).unsqueeze(-1)).squeeze(-1)


def _nondominant_prediction(D: Tensor, z: Tensor) -> Tensor:
    return z.masked_fill(one_hot_dominant(D).bool(), -torch.inf).softmax(-1)
