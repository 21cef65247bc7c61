"""What the compiled epoch is given: parameters, optimiser state, rows and the terms of the loss, as NumPy arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from threadpoolctl import ThreadpoolController
from torch import Tensor

from ildl.checks import Array
from ildl.losses.rebalanced import LOG_FLOOR
from ildl.training.members import CLIP_QUEUE, Objective

if TYPE_CHECKING:
    from ildl.training.ensemble import Ensemble


class CompiledSteps:
    """Epochs of members whose loss is an `Objective`, on the CPU.

    Parameters
    ----------
    ensemble : Ensemble
        Its network is trained in place.
    objective : Objective
    """

    def __init__(self, ensemble: Ensemble, objective: Objective) -> None:
        from ildl.training import kernels  # imports Numba: not before something is trained

        X, D, settings, members = ensemble.X.numpy(), ensemble.D.numpy(), ensemble.settings, len(ensemble.members)
        parameters = tuple(p.detach().numpy() for p in ensemble.parameters)
        first, second, largest = (tuple(np.zeros_like(p) for p in parameters) for _ in range(3))
        norms = np.zeros((members, CLIP_QUEUE), X.dtype)
        norms[:, -1] = np.inf  # as in `MovingClip`
        gradients = tuple(np.zeros_like(p[0]) for p in parameters)
        self.state = kernels.State(parameters, gradients, first, second, largest, np.zeros(members, np.int64), norms)
        columns = [len(own) for own in ensemble.columns]
        self.data = kernels.Data(X, D, np.array(ensemble.sizes), np.array(columns))
        self.terms = kernels.Terms(**_terms(objective, D.dtype))
        self.train = kernels.epoch
        self.pools = ThreadpoolController()
        self.settings = settings.batch_size, float(settings.learning_rate), float(settings.weight_decay)

    def epoch(self, order: Tensor, noise: Tensor) -> None:
        """Train for one epoch.

        Parameters
        ----------
        order : Tensor of int, shape (m, n)
            Each member's rows in the order of this epoch.
        noise : Tensor, shape (m, n, 2h)
            Standard normal.
        """
        with self.pools.limit(limits=1, user_api="blas"):  # rounding must not depend on the number of threads
            self.train(self.state, self.data, self.terms, order.numpy(), noise.numpy(), self.settings)


def _terms(objective: Objective, dtype: np.dtype) -> dict[str, Any]:
    """`Objective` as arrays; what a loss has not is of size 0."""
    decoupled, balanced, gaussians = objective.decoupled, objective.balanced, objective.gaussians
    adjusted, encoded = objective.adjusted, objective.encoded

    def array(part: Tensor | None, ndim: int = 3) -> Array:
        return np.zeros([0] * ndim, dtype) if part is None else np.ascontiguousarray(part.numpy())

    return dict(
        recovery=array(objective.recovery),
        alignment=array(objective.alignment),
        similarity=array(objective.similarity),
        weight=array(decoupled and decoupled.weight),
        rest=array(decoupled and decoupled.rest),
        # minus infinity for the dominant label, 0 for the others
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
