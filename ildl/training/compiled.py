"""What the compiled epoch is given: parameters, optimiser state, rows and the terms of the loss, as NumPy arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch
from threadpoolctl import ThreadpoolController
from torch import Tensor

from ildl.checks import Array
from ildl.losses.rebalanced import LOG_FLOOR
from ildl.training.members import CLIP_QUEUE, Objective

if TYPE_CHECKING:
    from ildl.training.ensemble import Ensemble


class State(NamedTuple):
    """What training changes; parameters in the network's order, weights and biases in turn, m members."""

    parameters: tuple[Array, ...]  # (m, n_in, n_out) or (m, 1, n_out)
    gradients: tuple[Array, ...]  # one member's
    first: tuple[Array, ...]  # AdamW's moments, and the largest second one
    second: tuple[Array, ...]
    largest: tuple[Array, ...]
    steps: Array  # (m,)
    norms: Array  # (m, CLIP_QUEUE)


class Data(NamedTuple):
    """Training rows, padded to the longest member."""

    X: Array  # (m, n, q)
    D: Array  # (m, n, c)
    sizes: Array  # (m,) rows of each member
    columns: Array  # (m,) columns of each member


class Terms(NamedTuple):
    """`Objective` as arrays; what a loss has not is of size 0."""

    recovery: Array  # (m, 1), as are the other weights
    alignment: Array
    similarity: Array
    weight: Array  # (m, n, c), Eq. (4)
    rest: Array
    dominance: Array  # minus infinity for the dominant label, 0 for the others
    decoupled_scale: Array  # of the logits on which Eq. (4) stands
    decoupled_shift: Array
    scale: Array  # (m, n, c), the distribution-balanced loss
    shift: Array
    balance: Array
    entropy: Array
    log_floor: float
    precision: Array  # (m, n, h), Eq. (12) and (13) with constant label Gaussians
    pull: Array
    encoded: Array  # (2, m, n, c), with trained ones: what their encoders read
    encoded_weights: Array  # (2, m, 1)
    joint: bool


class CompiledSteps:
    """Epochs of members whose loss is an `Objective`, on the CPU.

    Parameters
    ----------
    ensemble : Ensemble
        Its network is trained in place.
    objective : Objective
    """

    def __init__(self, ensemble: Ensemble, objective: Objective) -> None:
        X, D, settings, members = ensemble.X.numpy(), ensemble.D.numpy(), ensemble.settings, len(ensemble.members)
        parameters = tuple(p.detach().numpy() for p in ensemble.network.parameters() if p.requires_grad)
        first, second, largest = (tuple(np.zeros_like(p) for p in parameters) for _ in range(3))
        norms = np.zeros((members, CLIP_QUEUE), X.dtype)
        norms[:, -1] = np.inf  # as in `MovingClip`
        gradients = tuple(np.zeros_like(p[0]) for p in parameters)
        self.state = State(parameters, gradients, first, second, largest, np.zeros(members, np.int64), norms)
        columns = [len(own) for own in ensemble.columns]
        self.data = Data(X, D, np.array(ensemble.sizes), np.array(columns))
        self.terms = _terms(objective, D.dtype)
        self.pools = ThreadpoolController()
        self.settings = settings.batch_size, settings.learning_rate, settings.weight_decay

    def epoch(self, order: Tensor, noise: Tensor) -> None:
        """Train for one epoch.

        Parameters
        ----------
        order : Tensor of int, shape (m, n)
            Each member's rows in the order of this epoch.
        noise : Tensor, shape (m, n, 2h)
            Standard normal.
        """
        from ildl.training.kernels import epoch  # imports Numba: not before something is trained

        with self.pools.limit(limits=1, user_api="blas"):  # rounding must not depend on the number of threads
            epoch(self.state, self.data, self.terms, order.numpy(), noise.numpy(), self.settings)


def _terms(objective: Objective, dtype: np.dtype) -> Terms:
    decoupled, balanced, gaussians = objective.decoupled, objective.balanced, objective.gaussians
    adjusted, encoded = objective.adjusted, objective.encoded

    def array(part: Tensor | None, ndim: int = 3) -> Array:
        return np.zeros([0] * ndim, dtype) if part is None else np.ascontiguousarray(part.numpy())

    return Terms(
        recovery=array(objective.recovery),
        alignment=array(objective.alignment),
        similarity=array(objective.similarity),
        weight=array(decoupled and decoupled.weight),
        rest=array(decoupled and decoupled.rest),
        dominance=np.where(array(decoupled and decoupled.is_dominant), dtype.type(-np.inf), dtype.type(0)),
        decoupled_scale=array(adjusted and adjusted.scale),
        decoupled_shift=array(adjusted and adjusted.shift),
        scale=array(balanced and balanced.scale),
        shift=array(balanced and balanced.shift),
        balance=array(balanced and balanced.weights),
        entropy=array(balanced and balanced.entropy),
        log_floor=LOG_FLOOR,
        precision=array(gaussians and gaussians.precision),
        pull=array(gaussians and gaussians.pull),
        encoded=array(torch.stack([rows for rows, _ in encoded]) if encoded else None, 4),
        encoded_weights=array(torch.stack([weight for _, weight in encoded]) if encoded else None),
        joint=objective.joint,
    )
