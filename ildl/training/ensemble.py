"""The ensemble trainer: many small networks of one shape in one run, each with the trajectory it has alone.

Training is compiled where the loss has a compiled form and the device is a CPU (`ildl.training.compiled`);
else all members take a step at once (`ildl.training.batched`). Members share nothing: each has its own initial weights,
shuffles and noise (from its own seed), its own last, possibly short batch, its own clipping, its own optimiser state,
which stands still where it has no batch, and its own best epoch.

The trainer is RDA's (Zhao et al., AAAI 2023, public code): AdamW with AMSGrad, batches of 50, reshuffled each epoch, a
moving clip of the gradient norm, and the parameters of the epoch with the lowest validation divergence.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ildl.checks import Array, Problem, check_option
from ildl.models import AlignedPredictor, Predictor, initialise
from ildl.training.batched import BatchedSteps
from ildl.training.compiled import CompiledSteps
from ildl.training.members import DTYPES, Member, Selection, Stream, Trained, Trajectory, resolve_device


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

    def train(self) -> list[Trajectory | None]:
        """Run all epochs and return each member's outcome, None for one that diverged."""
        selection, members = self._steps().train(), len(self.members)
        finite = [torch.isfinite(p).flatten(1).all(1) for p in (*selection.parameters, *self.parameters)]
        is_chosen = (selection.epoch > 0) | (self.settings.epochs == 0)
        is_sound = (torch.stack(finite).all(0) & is_chosen).tolist()
        last = self._outcomes([self.settings.epochs] * members, selection.last_kl.tolist())
        for p, kept in zip(self.parameters, selection.parameters, strict=True):
            p.data.copy_(kept)
        best = self._outcomes(selection.epoch.tolist(), selection.kl.tolist())
        outcomes = zip(self.order, best, last, is_sound, strict=True)
        of = {i: Trajectory(*pair) if sound else None for i, *pair, sound in outcomes}
        return [of[i] for i in range(members)]

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

    def _steps(self) -> BatchedSteps | CompiledSteps:
        """Compiled, where there is a compiled form of the loss and a CPU to run it."""
        member, objective = self.members[0], None
        its_own = "objective" in vars(type(member)) and type(self.network) in (Predictor, AlignedPredictor)
        if self.device.type == "cpu" and its_own:  # a subclass may have another loss, or another network
            with torch.no_grad():
                objective = member.objective(self.D, self.rows, self.hyper)
        return CompiledSteps(self, objective) if objective else BatchedSteps(self)

    def _outcomes(self, epochs: list[int], kls: list[float]) -> list[Trained]:
        """Each member's present parameters, which are those of these epochs."""
        state = {name: p.detach().clone() for name, p in self.network.named_parameters()}
        outcomes = []
        for i, columns in enumerate(self.columns):
            own = {name: values[i].clone() for name, values in state.items()}
            with np.errstate(over="ignore"):  # of a member that diverged
                decayed = float(np.float64(self.decay) ** (epochs[i] * self.steps[i]))
            weight = self.initial_input[i].to(self.device, self.dtype) * decayed
            weight[columns] = own["encoder.weight"][: len(columns)]
            own["encoder.weight"] = weight
            outcomes.append(Trained(own, epochs[i], kls[i]))
        return outcomes

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
