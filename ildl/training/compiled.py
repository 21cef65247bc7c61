"""What the compiled training is given: parameters, optimiser state, rows and the terms of the loss."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ildl.architecture import Floats
from ildl.losses.rebalanced import LOG_FLOOR
from ildl.losses.rows import BalancedRows
from ildl.training import machine_code, recompile
from ildl.training.ensemble import ENCODER, Ensemble
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
        Its parameters are trained in place.
    """

    def __init__(self, ensemble: Ensemble) -> None:
        self.kernels, self.ensemble = machine_code.load_kernels(), ensemble
        objective = ensemble.objective
        assert objective is not None
        self.joint, self.terms = objective.joint, _terms(objective, ensemble.D)
        draw = ensemble.members[0].architecture().draw() if objective.sampled else np.empty(0)
        self.draw = draw.astype(ensemble.dtype)
        self.selection = ensemble.nothing_selected()

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
            count = min(max(1, BLOCK // stream.n), e.settings.epochs)
            order = np.empty((count, stream.n), np.int64)
            noise = np.empty((count, stream.n, e.noise_width), np.float32)
            for start in range(0, e.settings.epochs, max(count, 1)):
                now = slice(min(count, e.settings.epochs - start))
                for drawn in zip(order[now], noise[now], strict=True):
                    stream.draw(*drawn)
                own_noise = noise[now].astype(e.dtype, copy=False)
                for member in members:
                    recompile.run(self.kernels.train, *member, start, order[now], own_noise, settings)
            for m, (state, *_) in zip(stream.members, members, strict=True):
                self._take_over(m, state)
        return self.selection

    def _member(self, m: int) -> tuple[kernels.State, kernels.Data, kernels.Terms]:
        """One member's state, data and terms: its parameters, and what is of their size, in flat arrays."""
        e = self.ensemble
        own, sets = self._own(e.parameters, m), e.sets[m]
        p = np.concatenate([values.ravel() for values in (*own[::2], *own[1::2])])  # weights, then biases
        g, first, second, largest = np.zeros((4, p.size), p.dtype)
        norms = np.zeros(CLIP_QUEUE, p.dtype)
        norms[-1] = np.inf  # as in `MovingClip`
        state = self.kernels.State(
            P=_matrices(p, own),
            G=_matrices(g, own),
            n_weights=sum(weight.size for weight in own[::2]),
            p=p,
            g=g,
            first=first,
            second=second,
            largest=largest,
            kept=np.repeat(p[None], len(sets), axis=0),
            steps=np.zeros(1, np.int64),
            norms=norms,
            epoch=self.selection.epoch[m, : len(sets)],
            kl=self.selection.kl[m, : len(sets)],
            last_kl=self.selection.last_kl[m, : len(sets)],
        )
        train, valid, columns = slice(e.sizes[m]), slice(sum(sets)), slice(len(e.columns[m]))
        held_out = e.X_valid[m, valid, columns], e.D_valid[m, valid], e.code_valid[m, valid]
        rows = (np.ascontiguousarray(part) for part in (e.X[m, train, columns], e.D[m, train], *held_out))
        data = self.kernels.Data(*rows, *[np.cumsum([0, *sets])])
        terms = {name: values[m] for name, values in self.terms.items()}
        return state, data, self.kernels.Terms(**terms, log_floor=LOG_FLOOR, joint=self.joint, draw=self.draw)

    def _take_over(self, m: int, state: kernels.State) -> None:
        """Copy a trained member's parameters to where all have theirs."""
        places = [(self.ensemble.parameters, state.p)]
        for s, kept in enumerate(state.kept):
            places.append(({name: values[s] for name, values in self.selection.parameters.items()}, kept))
        for stacked, flat in places:
            own = self._own(stacked, m)
            for values, trained in zip(own, _matrices(flat, own), strict=True):
                values[:] = trained

    def _own(self, stacked: dict[str, Floats], m: int) -> list[Floats]:
        """One member's matrices; the encoder's weight is padded to the longest member's columns."""
        own = {name: stacked[name][m] for name in self.ensemble.trained}
        own[ENCODER] = own[ENCODER][: len(self.ensemble.columns[m])]
        return list(own.values())


def _matrices(flat: Floats, like: Sequence[Floats]) -> tuple[Floats, ...]:
    """Views of a flat array, which has the weights, then the biases, in the order of the parameters."""
    ends = np.cumsum([values.size for values in (*like[::2], *like[1::2])])
    parts = np.split(flat, ends[:-1])
    weights, biases = parts[: len(like) // 2], parts[len(like) // 2 :]
    alternating = itertools.chain.from_iterable(zip(weights, biases, strict=True))
    return tuple(part.reshape(values.shape) for part, values in zip(alternating, like, strict=True))


def _terms(objective: Objective, like: Floats) -> dict[str, Floats]:
    """`Objective` as arrays (m, ...) of the type of the labels; what a loss has not is of size 0."""
    decoupled, focal, gaussians = objective.decoupled, objective.focal, objective.gaussians
    adjusted, encoded = objective.adjusted, objective.encoded
    parted, balanced = decoupled or focal, None
    if objective.balanced:
        balanced = BalancedRows(*(np.stack(parts, axis=1) for parts in zip(*objective.balanced, strict=True)))

    def or_nothing(part: Any, ndim: int = 2) -> Floats:
        return (
            np.zeros((len(like), *[0] * ndim), like.dtype) if part is None else np.ascontiguousarray(part, like.dtype)
        )

    def or_zero(weight: Floats | None) -> Floats:
        return or_nothing(np.zeros((len(like), 1)) if weight is None else weight)

    return dict(
        recovery=or_zero(objective.recovery),
        alignment=or_zero(objective.alignment),
        similarity=or_zero(objective.similarity),
        weight=or_nothing(decoupled and decoupled.weight),
        rest=or_nothing(decoupled and decoupled.rest),
        # minus infinity for the dominant label, 0 for the others
        dominance=or_nothing(parted and np.where(parted.is_dominant, -np.inf, 0)),
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
        encoded=or_nothing(np.stack([rows for rows, _ in encoded], axis=1) if encoded else None, 3),
        encoded_weights=or_nothing(np.concatenate([weight for _, weight in encoded], axis=1) if encoded else None, 1),
    )
