"""What the compiled training is given: parameters, optimiser state, rows and the terms of the loss, as NumPy arrays."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pickle import UnpicklingError
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from ildl.checks import Array
from ildl.losses import BalancedRows
from ildl.losses.rebalanced import LOG_FLOOR
from ildl.training.ensemble import Ensemble
from ildl.training.members import CLIP_QUEUE, Objective, Selection

if TYPE_CHECKING:
    from ildl.training import kernels

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
        try:
            from ildl.training import kernels  # imports Numba: not before something is trained
        except RuntimeError as error:
            if "cannot cache" not in str(error):
                raise
            raise OSError(
                "Compiled training cannot be kept, neither beside the library nor in the user's cache folder; set the "
                "environment variable NUMBA_CACHE_DIR to a folder that can be written."
            ) from error
        self.kernels = kernels
        self.ensemble, self.joint, self.terms = ensemble, objective.joint, _terms(objective, ensemble.D)
        draw: Any = ensemble.network.draw if objective.sampled else torch.empty(0)
        self.draw = draw.to(ensemble.dtype).numpy()
        self.selection = ensemble.nothing_selected(torch.float64)

    def train(self) -> Selection:
        """Run all epochs.

        Returns
        -------
        Selection
        """
        e = self.ensemble
        settings = e.settings.batch_size, float(e.settings.learning_rate), float(e.settings.weight_decay)
        for stream in e.streams:
            members = [self._member(m) for m in stream.members]
            count = max(1, BLOCK // stream.n)
            for start in range(0, e.settings.epochs, count):
                epochs = min(count, e.settings.epochs - start)
                order = torch.empty(epochs, stream.n, dtype=torch.int64)
                noise = torch.empty(epochs, stream.n, e.noise_width)
                for drawn in zip(order, noise, strict=True):
                    stream.draw(*drawn)
                block = start, order.numpy(), noise.to(e.dtype).numpy()
                with _without_denormals(), self._kept_code():
                    for member in members:
                        self.kernels.train(*member, *block, settings)
            for m, (state, *_) in zip(stream.members, members, strict=True):
                self._take_over(m, state)
        return self.selection

    @contextmanager
    def _kept_code(self) -> Iterator[None]:
        """Say where the machine code is that Numba could not read, or could not write when it had compiled."""
        try:
            yield
        except (OSError, EOFError, UnpicklingError) as error:
            raise OSError(
                f"The compiled training in {self.kernels.train.stats.cache_path} cannot be read or written ({error}): "
                "make room there and delete its files kernels.*.nb?, or set the environment variable NUMBA_CACHE_DIR "
                "to another folder."
            ) from error

    def _member(self, m: int) -> tuple[kernels.State, kernels.Data, kernels.Terms]:
        """One member's state, data and terms: its parameters, and what is of their size, in flat arrays."""
        e = self.ensemble
        own = self._own(e.parameters, m)
        flat = torch.cat([p.flatten() for p in (*own[::2], *own[1::2])])  # weights, then biases
        p, g, first, second, largest, kept = (
            values.numpy() for values in (flat, *(torch.zeros_like(flat) for _ in range(4)), flat.clone())
        )
        norms = np.zeros(CLIP_QUEUE, p.dtype)
        norms[-1] = np.inf  # as in `MovingClip`
        state = self.kernels.State(
            P=_matrices(p, own),
            G=_matrices(g, own),
            n_weights=sum(weight.numel() for weight in own[::2]),
            p=p,
            g=g,
            first=first,
            second=second,
            largest=largest,
            kept=kept,
            steps=np.zeros(1, np.int64),
            norms=norms,
            epoch=self.selection.epoch[m : m + 1].numpy(),
            kl=self.selection.kl[m : m + 1].numpy(),
            last_kl=self.selection.last_kl[m : m + 1].numpy(),
        )
        train, valid, columns = slice(e.sizes[m]), slice(e.sizes_valid[m]), slice(len(e.columns[m]))
        held_out = e.X_valid[m, valid, columns], e.D_valid[m, valid], e.code_valid[m, valid]
        rows = e.X[m, train, columns], e.D[m, train], *held_out
        data = self.kernels.Data(*(values.contiguous().numpy() for values in rows))
        terms = {name: values[m].numpy() for name, values in self.terms.items()}
        return state, data, self.kernels.Terms(**terms, log_floor=LOG_FLOOR, joint=self.joint, draw=self.draw)

    def _take_over(self, m: int, state: kernels.State) -> None:
        """Copy a trained member's parameters to where all have theirs."""
        for stacked, flat in ((self.ensemble.parameters, state.p), (self.selection.parameters, state.kept)):
            own = self._own(stacked, m)
            for values, trained in zip(own, _matrices(flat, own), strict=True):
                values.copy_(torch.from_numpy(trained))

    def _own(self, stacked: Sequence[Tensor], m: int) -> list[Tensor]:
        """One member's matrices; the first is the encoder's weight, padded to the longest member's columns."""
        return [
            stacked[0][m, : len(self.ensemble.columns[m])].detach(),
            *(values[m].detach() for values in stacked[1:]),
        ]


@contextmanager
def _without_denormals() -> Iterator[None]:
    """Numbers below 1e-38 are 0: moments of units that died end there, and each would cost a hundred cycles a step.

    Nothing of PyTorch may run within: threads that it starts would keep the mode.
    """
    was_on = np.float32(1e-40) * np.float32(1) == 0
    torch.set_flush_denormal(True)
    try:
        yield
    finally:
        torch.set_flush_denormal(bool(was_on))


def _matrices(flat: Array, like: Sequence[Tensor]) -> tuple[Array, ...]:
    """Views of a flat array, which has the weights, then the biases, in the order of the parameters."""
    ends = np.cumsum([values.numel() for values in (*like[::2], *like[1::2])])
    parts = np.split(flat, ends[:-1])
    weights, biases = parts[: len(like) // 2], parts[len(like) // 2 :]
    alternating = itertools.chain.from_iterable(zip(weights, biases, strict=True))
    return tuple(part.reshape(values.shape) for part, values in zip(alternating, like, strict=True))


def _terms(objective: Objective, like: Tensor) -> dict[str, Tensor]:
    """`Objective` as tensors (m, ...); what a loss has not is of size 0."""
    decoupled, focal, gaussians = objective.decoupled, objective.focal, objective.gaussians
    adjusted, encoded = objective.adjusted, objective.encoded
    parted, balanced = decoupled or focal, None
    if objective.balanced:
        balanced = BalancedRows(*(torch.stack(parts, dim=1) for parts in zip(*objective.balanced, strict=True)))

    def or_nothing(part: Tensor | None, ndim: int = 2) -> Tensor:
        return like.new_zeros(len(like), *[0] * ndim) if part is None else part.contiguous()

    def or_zero(weight: Tensor | None) -> Tensor:
        return like.new_zeros(len(like), 1) if weight is None else weight

    return dict(
        recovery=or_zero(objective.recovery),
        alignment=or_zero(objective.alignment),
        similarity=or_zero(objective.similarity),
        weight=or_nothing(decoupled and decoupled.weight),
        rest=or_nothing(decoupled and decoupled.rest),
        # minus infinity for the dominant label, 0 for the others
        dominance=or_nothing(parted and torch.zeros_like(like).masked_fill(parted.is_dominant, -torch.inf)),
        decoupled_scale=or_nothing(adjusted and adjusted.scale),
        decoupled_shift=or_nothing(adjusted and adjusted.shift),
        target=or_nothing(balanced and balanced.D, 3),
        scale=or_nothing(balanced and balanced.scale, 3),
        shift=or_nothing(balanced and balanced.shift, 3),
        balance=or_nothing(balanced and balanced.weights, 3),
        entropy=or_nothing(balanced and balanced.entropy, 3),
        focal_scale=or_nothing(focal and focal.scale),
        focal_shift=or_nothing(focal and focal.shift),
        focal_target=or_nothing(focal and focal.target),
        focal_weight=or_nothing(focal and focal.weights),
        focal_entropy=or_nothing(focal and focal.entropy),
        focal_rest=or_nothing(focal and focal.rest),
        precision=or_nothing(gaussians and gaussians.precision),
        pull=or_nothing(gaussians and gaussians.pull),
        encoded=or_nothing(torch.stack([rows for rows, _ in encoded], dim=1) if encoded else None, 3),
        encoded_weights=or_nothing(torch.cat([weight for _, weight in encoded], dim=1) if encoded else None, 1),
    )
