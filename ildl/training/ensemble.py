"""What an ensemble is made of: rows, masks, networks and random streams of many small networks of one shape.

Both kinds of steps, `ildl.training.batched` and `ildl.training.compiled`, train it in place.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ildl.checks import Array, Problem, check_option
from ildl.models import initialise
from ildl.training.members import DTYPES, Member, Selection, Stream, resolve_device


class Ensemble:
    """State of one run. Members are kept in the order of their steps an epoch, most first."""

    def __init__(self, members: Sequence[Member], problems: Sequence[Problem], seeds: Sequence[int]) -> None:
        self.settings = settings = members[0].settings()
        steps = [math.ceil(len(problem.X) / settings.batch_size) for problem in problems]
        self.order = sorted(range(len(members)), key=lambda i: -steps[i])  # who still has rows is a leading block
        self.members, self.problems = [members[i] for i in self.order], [problems[i] for i in self.order]
        self.steps = [steps[i] for i in self.order]
        self.device = resolve_device(settings.device)
        self.dtype = DTYPES[check_option(settings.dtype, DTYPES, "dtype")]
        self.sizes = [len(p.X) for p in self.problems]
        self.streams, init = _streams([seeds[i] for i in self.order], self.sizes)

        # A column that is zero in all training rows has zero gradient: only decay moves its weights, in closed form.
        self.columns = [np.flatnonzero(p.X.any(0)) for p in self.problems]
        self.decay = 1 - settings.learning_rate * settings.weight_decay
        self._build(init)
        self.X = self._stack([p.X[:, c] for p, c in zip(self.problems, self.columns, strict=True)])
        self.D = self._stack([p.D for p in self.problems])
        self.mask = self._mask(self.sizes)
        self.X_valid = self._stack([p.X_valid[:, c] for p, c in zip(self.problems, self.columns, strict=True)])
        self.D_valid = self._stack([p.D_valid for p in self.problems])
        self.code_valid = self._stack([self._other_columns(i) for i in range(len(self.problems))])
        self.sizes_valid = [len(p.X_valid) for p in self.problems]
        self.mask_valid = self._mask(self.sizes_valid)
        frequencies = self.D.sum(1, keepdim=True)  # padding is zero
        hypers = [member.hyper() for member in self.members]
        self.hyper = {name: self._tensor([[h[name]] for h in hypers]) for name in hypers[0]}
        with torch.no_grad():
            self.rows = self.members[0].prepare(self.network, self.D, frequencies, self.hyper)

    def _build(self, init: Sequence[torch.Generator]) -> None:
        """Make the network on the columns that are not zero, with the initial weights of the whole one."""
        members, n_features, n_labels = len(self.members), self.problems[0].X.shape[1], self.problems[0].D.shape[1]
        full = self.members[0].build(members, n_features, n_labels)
        initialise(full, init)
        self.initial_input = full.encoder.weight.detach().clone()
        self.network = self.members[0].build(members, max(len(c) for c in self.columns), n_labels)
        for (name, parameter), source in zip(self.network.named_parameters(), full.parameters(), strict=True):
            if name != "encoder.weight":
                parameter.data.copy_(source)
        for i, columns in enumerate(self.columns):
            self.network.encoder.weight.data[i, : len(columns)] = self.initial_input[i, columns]
        self.network.to(self.device, self.dtype)
        self.parameters = [p for p in self.network.parameters() if p.requires_grad]
        self.noise_width = self.network.n_noise * self.network.encoder.bias.shape[-1]

    def _other_columns(self, i: int) -> Array:
        """What the columns that do not train add to the code of member i's validation rows, before any decay."""
        X = self.problems[i].X_valid
        other = np.setdiff1d(np.flatnonzero(X.any(0)), self.columns[i])
        return X[:, other] @ self.initial_input[i, other].double().numpy()

    def nothing_selected(self, dtype: torch.dtype) -> Selection:
        """What steps fill as they train.

        Parameters
        ----------
        dtype : torch.dtype
            Of the divergences.

        Returns
        -------
        Selection
        """
        members = len(self.members)
        kl, last_kl = torch.full((2, members), torch.inf, dtype=dtype, device=self.device)
        epoch = torch.zeros(members, dtype=torch.int64, device=self.device)
        return Selection([p.detach().clone() for p in self.parameters], epoch, kl, last_kl)

    def _tensor(self, values: Any) -> Tensor:
        # a copy, which PyTorch aligns: products of unaligned memory would round differently from run to run
        return torch.tensor(np.asarray(values), dtype=self.dtype, device=self.device)

    def _stack(self, matrices: Sequence[Array]) -> Tensor:
        rows, width = (max(matrix.shape[k] for matrix in matrices) for k in (0, 1))
        stacked = np.zeros((len(matrices), rows, width))
        for i, matrix in enumerate(matrices):
            stacked[i, : matrix.shape[0], : matrix.shape[1]] = matrix
        return self._tensor(stacked)

    def _mask(self, sizes: Sequence[int]) -> Tensor:
        return self._tensor(np.arange(max(sizes)) < np.array(sizes)[:, None])


def _streams(seeds: Sequence[int], sizes: Sequence[int]) -> tuple[list[Stream], list[torch.Generator]]:
    """What each seed draws in training, and one generator a member for its initial weights."""
    streams: dict[tuple[int, int], Stream] = {}
    init = []
    for i, (seed, n) in enumerate(zip(seeds, sizes, strict=True)):
        states = np.random.SeedSequence(seed).generate_state(3)
        own = [torch.Generator().manual_seed(int(state)) for state in states]
        init.append(own[0])
        streams.setdefault((seed, n), Stream([], n, *own[1:])).members.append(i)
    return list(streams.values()), init
