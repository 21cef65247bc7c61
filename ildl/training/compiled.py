"""What the compiled training is given: parameters, optimiser state, rows and the terms of the loss, as NumPy arrays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import torch
from threadpoolctl import ThreadpoolController
from torch import Tensor

from ildl.checks import Array
from ildl.losses.rebalanced import LOG_FLOOR
from ildl.training.members import CLIP_QUEUE, Objective, Selection

if TYPE_CHECKING:
    from ildl.training.ensemble import Ensemble

BLOCK = 4096
"""Rows of noise drawn at once, in whole epochs: so long a member stays in the processor's cache."""


class CompiledSteps:
    """Training of members whose loss is an `Objective`, on the CPU, one after the other.

    Parameters
    ----------
    ensemble : Ensemble
        Its network is trained in place.
    objective : Objective
    """

    def __init__(self, ensemble: Ensemble, objective: Objective) -> None:
        from ildl.training import kernels  # imports Numba: not before something is trained

        e = self.ensemble = ensemble
        self.kernel, self.selection = kernels.train, e.nothing_selected(torch.float64)
        first, second, largest = ([torch.zeros_like(p) for p in e.parameters] for _ in range(3))
        gradients = [torch.zeros_like(p[:1]) for p in e.parameters]  # one member's: they take turns
        norms = e.X.new_zeros(len(e.members), CLIP_QUEUE)
        norms[:, -1] = torch.inf  # as in `MovingClip`
        terms = _terms(objective, e.D)
        self.members = []
        for m, columns in enumerate(e.columns):
            own = slice(len(columns))  # of the features, padded to the longest member
            state = kernels.State(
                parameters=_views(e.parameters, m, own),
                gradients=_views(gradients, 0, own),
                first=_views(first, m, own),
                second=_views(second, m, own),
                largest=_views(largest, m, own),
                steps=np.zeros(1, np.int64),
                norms=norms[m].numpy(),
                kept=_views(self.selection.parameters, m, own),
                epoch=self.selection.epoch[m : m + 1].numpy(),
                kl=self.selection.kl[m : m + 1].numpy(),
                last_kl=self.selection.last_kl[m : m + 1].numpy(),
            )
            train, valid = slice(e.sizes[m]), slice(e.sizes_valid[m])
            rows = e.X[m, train, own], e.D[m, train], e.X_valid[m, valid, own], e.D_valid[m, valid]
            data = kernels.Data(*(values.contiguous().numpy() for values in rows))
            mine = {name: values[m].numpy() for name, values in terms.items()}
            self.members.append((state, data, kernels.Terms(**mine, log_floor=LOG_FLOOR, joint=objective.joint)))

    def train(self) -> Selection:
        """Run all epochs.

        Returns
        -------
        Selection
        """
        e = self.ensemble
        settings = e.settings.batch_size, float(e.settings.learning_rate), float(e.settings.weight_decay)
        with ThreadpoolController().limit(limits=1, user_api="blas"):  # else their number would change the rounding
            for stream in e.streams:
                count = max(1, BLOCK // stream.n)
                for start in range(0, e.settings.epochs, count):
                    epochs = min(count, e.settings.epochs - start)
                    order = torch.empty(epochs, stream.n, dtype=torch.int64)
                    noise = torch.empty(epochs, stream.n, e.noise_width)
                    for drawn in zip(order, noise, strict=True):
                        stream.draw(*drawn)
                    block = start, order.numpy(), noise.to(e.dtype).numpy()
                    for m in stream.members:
                        self.kernel(*self.members[m], *block, settings)
        return self.selection


def _views(stacked: Sequence[Tensor], m: int, columns: slice) -> tuple[Array, ...]:
    """One member's part of all parameters, of which the first is the encoder's weight."""
    return stacked[0][m, columns].detach().numpy(), *(values[m].detach().numpy() for values in stacked[1:])


def _terms(objective: Objective, like: Tensor) -> dict[str, Tensor]:
    """`Objective` as tensors (m, ...); what a loss has not is of size 0."""
    decoupled, balanced, gaussians = objective.decoupled, objective.balanced, objective.gaussians
    adjusted, encoded = objective.adjusted, objective.encoded

    def or_nothing(part: Tensor | None, ndim: int = 2) -> Tensor:
        return like.new_zeros(len(like), *[0] * ndim) if part is None else part.contiguous()

    return dict(
        recovery=or_nothing(objective.recovery, 1),
        alignment=or_nothing(objective.alignment, 1),
        similarity=or_nothing(objective.similarity, 1),
        weight=or_nothing(decoupled and decoupled.weight),
        rest=or_nothing(decoupled and decoupled.rest),
        # minus infinity for the dominant label, 0 for the others
        dominance=or_nothing(decoupled and torch.zeros_like(like).masked_fill(decoupled.is_dominant, -torch.inf)),
        decoupled_scale=or_nothing(adjusted and adjusted.scale),
        decoupled_shift=or_nothing(adjusted and adjusted.shift),
        scale=or_nothing(balanced and balanced.scale),
        shift=or_nothing(balanced and balanced.shift),
        balance=or_nothing(balanced and balanced.weights),
        entropy=or_nothing(balanced and balanced.entropy),
        precision=or_nothing(gaussians and gaussians.precision),
        pull=or_nothing(gaussians and gaussians.pull),
        encoded=or_nothing(torch.stack([rows for rows, _ in encoded], dim=1) if encoded else None, 3),
        encoded_weights=or_nothing(torch.cat([weight for _, weight in encoded], dim=1) if encoded else None, 1),
    )
