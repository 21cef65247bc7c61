"""Equations (1) to (5) and (8) of the paper: the decoupled loss.

For a row with degrees d, logits z and p = softmax(z), k is the dominant label and j runs over the others. The paper
writes a bar for the dominant part, a hat for the non-dominant part and a prime for predictions; in its gradients the
hat over d_k is the complement 1 - d_k. Two points are printed in two ways, and both ways are offered:

`dominant`
    ``"degree"``: the target of the dominant part is [d_k, 1 - d_k], which Eq. (5) to (7), (10) and (11) presume;
    ``"one-hot"``: it is [1, 0], as Eq. (2) prints.
`nondominant`
    ``"ratio"``: the target of label j is d_j / (1 - d_k), which the last line of Eq. (9) and Eq. (11) presume;
    ``"softmax"``: exp(d_j) / sum over m != k of exp(d_m), as Eq. (3) prints.

With ``degree`` and ``ratio`` the plain divergence splits exactly: KL(d || p) = Eq. (5) + (1 - d_k) Eq. (8).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from ildl.checks import check_option
from ildl.losses.arrays import indices, namespace, xlogx

if TYPE_CHECKING:
    from torch import Tensor

    from ildl.losses.arrays import Labels

DOMINANT = ("degree", "one-hot")
NONDOMINANT = ("ratio", "softmax")


def ldl_loss(D: Tensor, z: Tensor) -> Tensor:
    """Eq. (1), one row of it: the divergence KL(d || p), with 0 ln 0 = 0.

    Parameters
    ----------
    D : Tensor, shape (..., c)
        Label distributions.
    z : Tensor, shape (..., c)
        Logits; p = softmax(z).

    Returns
    -------
    Tensor, shape (...)
        At least 0; the paper's loss is its sum over instances.
    """
    # ln p = z - logsumexp(z); PyTorch's log_softmax is three times slower for a handful of labels
    return (D.xlogy(D) - D * (z - z.logsumexp(-1, keepdim=True))).sum(-1)


def dominant_label(D: Labels) -> Labels:
    """Index of the dominant label y_x, the one of the highest degree; ties take the first.

    Parameters
    ----------
    D : Tensor or ndarray, shape (..., c)
        Label distributions.

    Returns
    -------
    Tensor or ndarray of int64, shape (...)
    """
    return D.argmax(-1)


def is_dominant(D: Labels) -> Labels:
    """Whether a label is the dominant one.

    Parameters
    ----------
    D : Tensor or ndarray, shape (..., c)
        Label distributions.

    Returns
    -------
    Tensor or ndarray of bool, shape (..., c)
    """
    return indices(D) == dominant_label(D)[..., None]


def one_hot_dominant(D: Labels) -> Labels:
    """Eq. (2): 1 for the dominant label, 0 for the others.

    Parameters
    ----------
    D : Tensor or ndarray, shape (..., c)
        Label distributions.

    Returns
    -------
    Tensor or ndarray, shape (..., c), dtype of D
    """
    return namespace(D).astype(is_dominant(D), D.dtype)


def nondominant_target(D: Labels, nondominant: str = "ratio") -> Labels:
    """Eq. (3): the distribution of the non-dominant labels, 0 for the dominant one.

    Parameters
    ----------
    D : Tensor or ndarray, shape (..., c)
        Label distributions.
    nondominant : {"ratio", "softmax"}
        d_j / (1 - d_k), or exp(d_j) / sum over m != k of exp(d_m) as printed.

    Returns
    -------
    Tensor or ndarray, shape (..., c)
        Rows sum to 1; under ``ratio`` a row whose dominant degree is 1 has no such distribution and is all 0.

    Raises
    ------
    InputError
        Unknown reading.
    """
    check_option(nondominant, NONDOMINANT, "nondominant")
    xp = namespace(D)
    others = nondominant_part(xp.exp(D) if nondominant == "softmax" else D, D)
    rest = xp.sum(others, axis=-1, keepdims=True)
    return others / xp.where(rest > 0, rest, xp.ones_like(rest))


def decoupled_loss(
    D: Tensor, z: Tensor, alpha: float | Tensor = 0.6, dominant: str = "degree", nondominant: str = "ratio"
) -> Tensor:
    """Eq. (4), also the first brace of Eq. (17): alpha Eq. (5) + (1 - alpha) Eq. (8).

    Parameters
    ----------
    D : Tensor, shape (..., c)
        Label distributions.
    z : Tensor, shape (..., c)
        Logits.
    alpha : float or Tensor
        Weight of the dominant part, in [0, 1]; a tensor must broadcast against the rows (...).
    dominant, nondominant : str
        Readings, see the module.

    Returns
    -------
    Tensor, shape (...)

    Raises
    ------
    InputError
        Unknown reading.
    """
    return alpha * dominant_loss(D, z, dominant) + (1 - alpha) * nondominant_loss(D, z, nondominant)


def dominant_target(D: Labels, dominant: str = "degree") -> Labels:
    """Degree that the dominant part of the loss asks of the dominant label: d_k, or 1 with Eq. (2) taken literally.

    Parameters
    ----------
    D : Tensor or ndarray, shape (..., c)
        Label distributions.
    dominant : {"degree", "one-hot"}
        See the module.

    Returns
    -------
    Tensor or ndarray, shape (...)
        In (0, 1]; the other half of the binary target is its complement.

    Raises
    ------
    InputError
        Unknown reading.
    """
    check_option(dominant, DOMINANT, "dominant")
    xp = namespace(D)
    highest = xp.max(D, axis=-1)
    return highest if dominant == "degree" else xp.ones_like(highest)


def dominant_loss(D: Tensor, z: Tensor, dominant: str = "degree") -> Tensor:
    """Eq. (5): divergence of the binary distribution "dominant label or not".

    Parameters
    ----------
    D : Tensor, shape (..., c)
        Label distributions.
    z : Tensor, shape (..., c)
        Logits.
    dominant : {"degree", "one-hot"}
        See the module.

    Returns
    -------
    Tensor, shape (...)
        b ln(b / p_k) + (1 - b) ln((1 - b) / (1 - p_k)) with b the target; at least 0.

    Raises
    ------
    InputError
        Unknown reading.
    """
    target, rest = binary_target(D, dominant)
    log_p = z.log_softmax(-1)
    log_k = log_p.gather(-1, dominant_label(D).unsqueeze(-1)).squeeze(-1)
    log_rest = log_p.masked_fill(is_dominant(D), -math.inf).logsumexp(-1)
    return xlogx(target) - target * log_k + xlogx(rest) - rest * log_rest


def nondominant_loss(D: Tensor, z: Tensor, nondominant: str = "ratio") -> Tensor:
    """Eq. (8): divergence of the non-dominant distribution from the prediction p_j / (1 - p_k).

    Parameters
    ----------
    D : Tensor, shape (..., c)
        Label distributions.
    z : Tensor, shape (..., c)
        Logits.
    nondominant : {"ratio", "softmax"}
        See the module.

    Returns
    -------
    Tensor, shape (...)
        At least 0. Rows whose dominant degree is 1 have no non-dominant distribution: under ``ratio`` they give 0
        with zero gradient; under ``softmax``, Eq. (3) gives them a uniform target, and so does this function.

    Raises
    ------
    InputError
        Unknown reading.
    """
    target = nondominant_target(D, nondominant)
    log_sum = z.masked_fill(is_dominant(D), -math.inf).logsumexp(-1, keepdim=True)
    return xlogx(target).sum(-1) - (target * (z - log_sum)).sum(-1)


def nondominant_part(values: Labels, D: Labels) -> Labels:
    """Values (..., c) with those of the dominant label set to 0.

    Parameters
    ----------
    values, D : Tensor or ndarray, shape (..., c)

    Returns
    -------
    Tensor or ndarray, shape (..., c)
    """
    xp = namespace(values)
    return xp.where(is_dominant(D), xp.zeros_like(values), values)


def binary_target(D: Labels, dominant: str) -> tuple[Labels, Labels]:
    """Both halves of the binary target of Eq. (5): the dominant label's, and all others' together.

    Parameters
    ----------
    D : Tensor or ndarray, shape (..., c)
    dominant : {"degree", "one-hot"}

    Returns
    -------
    pair of Tensor or ndarray, shape (...)
    """
    target = dominant_target(D, dominant)
    # the others' sum is exactly 0 where they are all 0; 1 - d_k would leave a rounding error
    rest = nondominant_part(D, D).sum(-1) if dominant == "degree" else namespace(D).zeros_like(target)
    return target, rest
