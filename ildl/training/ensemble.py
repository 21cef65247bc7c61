"""What an ensemble is made of: rows, masks, parameters and random streams of many small networks of one shape.

Both kinds of steps, `ildl.training.batched` and `ildl.training.compiled`, train it in place.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ildl.architecture import Floats, Parameters, initial_weights
from ildl.checks import Array, check_option
from ildl.training.members import DTYPES, Course, Member, Selection, Stream, resolve_device

ENCODER = "encoder.weight"


class Ensemble:
    """State of one run. Members are kept in the order of their steps an epoch, most first."""

    def __init__(self, members: Sequence[Member], courses: Sequence[Course], seeds: Sequence[int]) -> None:
        self.settings = settings = members[0].settings()
        steps = [math.ceil(len(course.X) / settings.batch_size) for course in courses]
        self.order = sorted(range(len(members)), key=lambda i: -steps[i])  # who still has rows is a leading block
        self.members, self.courses = [members[i] for i in self.order], [courses[i] for i in self.order]
        self.steps = [steps[i] for i in self.order]
        self.device = resolve_device(settings.device)
        self.dtype = np.dtype(check_option(settings.dtype, DTYPES, "dtype"))
        self.sizes = [len(course.X) for course in self.courses]
        self.streams, init = _streams([seeds[i] for i in self.order], self.sizes)

        # A column that is zero in all training rows has zero gradient: only decay moves its weights, in closed form.
        self.columns = [np.flatnonzero(course.X.any(0)) for course in self.courses]
        self.decay = 1 - settings.learning_rate * settings.weight_decay
        self._start(init)
        self.X = self._stack([c.X[:, columns] for c, columns in zip(self.courses, self.columns, strict=True)])
        D = _stacked([course.D for course in self.courses])
        self.D = D.astype(self.dtype)
        self.sets = [[len(X) for X, _ in course.held_out] for course in self.courses]
        held_out = [tuple(np.concatenate(parts) for parts in zip(*c.held_out, strict=True)) for c in self.courses]
        self.X_valid = self._stack([X[:, columns] for (X, _), columns in zip(held_out, self.columns, strict=True)])
        self.D_valid = self._stack([D for _, D in held_out])
        self.code_valid = self._stack([self._other_columns(i, X) for i, (X, _) in enumerate(held_out)])
        hypers = [member.hyper() for member in self.members]
        self.hyper = {name: np.array([[h[name]] for h in hypers]) for name in hypers[0]}
        frequencies = D.sum(1, keepdims=True)  # padding is zero
        self.rows = self.members[0].prepare(self.parameters, D, frequencies, self.hyper)
        self.objective = self.members[0].objective(D, self.rows, self.hyper) if self.members[0].is_compiled() else None

    def _start(self, init: Sequence[np.random.Generator]) -> None:
        """Draw initial weights of the whole network, and keep those of the columns that are not zero."""
        member, n_features, n_labels = self.members[0], self.courses[0].X.shape[1], self.courses[0].D.shape[1]
        if member.builds_its_own:
            network = member.build(1, n_features, n_labels)
            named = dict(network.named_parameters())
            shapes = {name: tuple(p.shape[1:]) for name, p in named.items()}
            self.trained = [name for name, p in named.items() if p.requires_grad]
            self.noise_width = network.n_noise * named["encoder.bias"].shape[-1]
        else:
            architecture = member.architecture()
            shapes = architecture.shapes(n_features, n_labels)
            self.trained, self.noise_width = [*filter(architecture.is_trained, shapes)], architecture.noise_width
        drawn = initial_weights(shapes, init)
        self.initial_input = drawn[ENCODER]
        own_rows = [weight[columns] for weight, columns in zip(self.initial_input, self.columns, strict=True)]
        self.parameters: Parameters = {name: p.astype(self.dtype) for name, p in drawn.items()}
        self.parameters[ENCODER] = self._stack(own_rows)

    def _other_columns(self, i: int, X: Array) -> Array:
        """What the columns that do not train add to the code of member i's validation rows, before any decay."""
        other = np.setdiff1d(np.flatnonzero(X.any(0)), self.columns[i])
        return X[:, other] @ self.initial_input[i, other].astype(np.float64)

    def nothing_selected(self) -> Selection:
        """What steps fill as they train.

        Returns
        -------
        Selection
        """
        shape = len(self.members), max(map(len, self.sets))
        kept = {name: np.repeat(self.parameters[name][None], shape[1], axis=0) for name in self.trained}
        return Selection(kept, np.zeros(shape, np.int64), *np.full((2, *shape), np.inf))

    def _stack(self, matrices: Sequence[Any]) -> Floats:
        with np.errstate(over="ignore"):  # training will diverge, and say so
            return _stacked(matrices).astype(self.dtype)


def _stacked(matrices: Sequence[Any]) -> Array:
    rows, width = (max(matrix.shape[k] for matrix in matrices) for k in (0, 1))
    stacked = np.zeros((len(matrices), rows, width))
    for i, matrix in enumerate(matrices):
        stacked[i, : matrix.shape[0], : matrix.shape[1]] = matrix
    return stacked


def _streams(seeds: Sequence[int], sizes: Sequence[int]) -> tuple[list[Stream], list[np.random.Generator]]:
    """What each seed draws in training, and one generator a member for its initial weights."""
    streams: dict[tuple[int, int], Stream] = {}
    init = []
    for i, (seed, n) in enumerate(zip(seeds, sizes, strict=True)):
        weights, *others = (np.random.Generator(np.random.SFC64(s)) for s in np.random.SeedSequence(seed).spawn(3))
        init.append(weights)
        streams.setdefault((seed, n), Stream([], n, *others)).members.append(i)
    return list(streams.values()), init
