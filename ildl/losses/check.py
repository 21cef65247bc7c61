"""The equations held against each other numerically: printed gradients against autograd and finite differences."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import product
from typing import NamedTuple

import torch
from torch import Tensor

from ildl.losses import (
    DOMINANT,
    NONDOMINANT,
    decoupled_loss,
    decoupled_loss_gradient_j,
    decoupled_loss_gradient_k,
    dominant_loss,
    dominant_loss_gradient_j,
    dominant_loss_gradient_k,
    ldl_loss,
    nondominant_loss,
    nondominant_loss_gradient_j,
    one_hot_dominant,
)

Loss = Callable[[Tensor, Tensor], Tensor]


class GradientCheck(NamedTuple):
    """Largest deviations of one equation from the derivative of its loss, over all rows and the labels it is for."""

    equation: int
    reading: str
    autograd: float
    finite_differences: float


def gradient(loss: Loss, D: Tensor, z: Tensor) -> Tensor:
    """Derivative of each row's loss by its logits, from autograd.

    Parameters
    ----------
    loss : callable of (D, z)
        One value a row.
    D, z : Tensor, shape (..., c)
        Label distributions and logits; they broadcast against each other.

    Returns
    -------
    Tensor, shape (..., c)
    """
    z = torch.broadcast_to(z, torch.broadcast_shapes(D.shape, z.shape)).detach().clone().requires_grad_()
    (derivative,) = torch.autograd.grad(loss(D, z).sum(), z)
    return derivative


def finite_difference(loss: Loss, D: Tensor, z: Tensor, step: float = 1e-5) -> Tensor:
    """Derivative of each row's loss by its logits, from central differences.

    Parameters
    ----------
    loss : callable of (D, z)
        One value a row.
    D, z : Tensor, shape (..., c)
        Label distributions and logits.
    step : float
        Half the width of the difference.

    Returns
    -------
    Tensor, shape (..., c)
    """
    shifts = step * torch.eye(z.shape[-1], dtype=z.dtype)
    columns = [(loss(D, z + shift) - loss(D, z - shift)) / (2 * step) for shift in shifts]
    return torch.stack(columns, dim=-1)


def nondominant_norm(gradients: Tensor, D: Tensor) -> Tensor:
    """Euclidean norm of a gradient over the logits of the non-dominant labels.

    Parameters
    ----------
    gradients, D : Tensor, shape (..., c)
        Derivatives by the logits, and label distributions; they broadcast against each other.

    Returns
    -------
    Tensor, shape (...)
    """
    return (gradients * (1 - one_hot_dominant(D))).norm(dim=-1)


def dominant_right(D: Tensor) -> Tensor:
    """Logits of the prediction that has the dominant degree right and spreads the rest evenly.

    Parameters
    ----------
    D : Tensor, shape (..., c)
        Label distributions with degrees below 1.

    Returns
    -------
    Tensor, shape (..., c)
    """
    top = one_hot_dominant(D)
    return (D * top + (1 - top) * (1 - D.amax(-1, keepdim=True)) / (D.shape[-1] - 1)).log()


def nondominant_norms(
    D: Tensor,
    z: Tensor,
    alphas: Sequence[float] = (0.2, 0.6, 0.9),
    dominant: str = "degree",
    nondominant: str = "ratio",
) -> dict[str, Tensor]:
    """Norm of the gradient over the non-dominant logits, under the plain divergence and under the decoupled loss.

    Parameters
    ----------
    D, z : Tensor, shape (n, c)
        Label distributions and logits.
    alphas : sequence of float
        Weights of the dominant part in the decoupled loss, one curve each.
    dominant, nondominant : str
        Readings of its targets, see `ildl.losses.decoupled`.

    Returns
    -------
    dict of str to Tensor, shape (n,)
        "plain KL", then the decoupled loss for each alpha.
    """
    losses: dict[str, Loss] = {"plain KL": ldl_loss}
    decoupled = partial(decoupled_loss, dominant=dominant, nondominant=nondominant)
    losses |= {f"decoupled, \u03b1 = {alpha:g}": partial(decoupled, alpha=alpha) for alpha in alphas}
    return {name: nondominant_norm(gradient(loss, D, z), D) for name, loss in losses.items()}


def nondominant_share(D: Tensor) -> Tensor:
    """Share of the plain divergence's gradient that the non-dominant logits receive at the uniform prediction.

    Parameters
    ----------
    D : Tensor, shape (..., c)
        Label distributions.

    Returns
    -------
    Tensor, shape (...)
        In absolute values; at least 1/2, as the derivatives of a row sum to 0.
    """
    sizes = gradient(ldl_loss, D, torch.zeros_like(D)).abs()
    return (sizes * (1 - one_hot_dominant(D))).sum(-1) / sizes.sum(-1)


def gradients_at_truth(D: Tensor, alpha: float = 0.6) -> dict[tuple[str, str], float]:
    """Largest gradient norm of the decoupled loss where the prediction is right, for each reading.

    Parameters
    ----------
    D : Tensor, shape (n, c)
        Label distributions with positive degrees.
    alpha : float
        Weight of the dominant part.

    Returns
    -------
    dict of (dominant, nondominant) to float
        0 where the truth is a minimum of the loss.
    """
    readings = product(DOMINANT, NONDOMINANT)
    losses = {(a, b): partial(decoupled_loss, alpha=alpha, dominant=a, nondominant=b) for a, b in readings}
    return {reading: float(gradient(loss, D, D.log()).norm(dim=-1).max()) for reading, loss in losses.items()}


def check_gradients(D: Tensor, z: Tensor, alpha: float = 0.6) -> list[GradientCheck]:
    """Compare Eq. (6), (7), (9), (10) and (11), and the derivative p - d of Eq. (1), with their losses' derivatives.

    Parameters
    ----------
    D, z : Tensor, shape (n, c), float64
        Label distributions and logits.
    alpha : float
        Weight of the dominant part.

    Returns
    -------
    list of GradientCheck
        One an equation and reading that concerns it, in the paper's order.

    Examples
    --------
    >>> z = torch.tensor([[0.3, -1.0, 0.5]], dtype=torch.float64)
    >>> D = torch.tensor([[0.6, 0.3, 0.1]], dtype=torch.float64)
    >>> max(check.finite_differences for check in check_gradients(D, z)) < 1e-8
    True
    """
    top = one_hot_dominant(D)
    rows = sorted(_comparisons(D, z, alpha, top), key=lambda row: row[0])
    return [
        GradientCheck(
            equation,
            reading,
            float(((gradient(loss, D, z) - formula) * labels).abs().max()),
            float(((finite_difference(loss, D, z) - formula) * labels).abs().max()),
        )
        for equation, reading, loss, formula, labels in rows
    ]


def _comparisons(D: Tensor, z: Tensor, alpha: float, top: Tensor) -> Iterator[tuple[int, str, Loss, Tensor, Tensor]]:
    """Yield equation, reading, loss, the equation's value, and 1 for the labels whose derivative it gives."""
    yield 1, "", ldl_loss, z.softmax(-1) - D, torch.ones_like(D)
    for a in DOMINANT:
        loss = partial(dominant_loss, dominant=a)
        yield 6, a, loss, dominant_loss_gradient_k(D, z, a).unsqueeze(-1), top
        yield 7, a, loss, dominant_loss_gradient_j(D, z, a), 1 - top
    for b in NONDOMINANT:
        loss = partial(nondominant_loss, nondominant=b)
        yield 9, b, loss, nondominant_loss_gradient_j(D, z, b), torch.ones_like(D)
    for a, b in product(DOMINANT, NONDOMINANT):
        loss = partial(decoupled_loss, alpha=alpha, dominant=a, nondominant=b)
        if b == NONDOMINANT[0]:
            yield 10, a, loss, decoupled_loss_gradient_k(D, z, alpha, a).unsqueeze(-1), top
        yield 11, f"{a}, {b}", loss, decoupled_loss_gradient_j(D, z, alpha, None, a, b), 1 - top
