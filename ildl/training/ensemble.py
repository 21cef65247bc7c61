"""The ensemble trainer: many small networks of one shape in one batched run, each with the trajectory it has alone.

Members share nothing but the products that they are computed in. Each has its own initial weights, shuffles and noise
(from its own seed), its own last, possibly short batch, its own clipping, its own optimiser state, which stands still
where it has no batch, and its own best epoch.

The trainer is RDA's (Zhao et al., AAAI 2023, public code): AdamW with AMSGrad, batches of 50, reshuffled each epoch, a
moving clip of the gradient norm, and the parameters of the epoch with the lowest validation divergence.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from ildl.checks import Array, Problem, check_option
from ildl.losses import ldl_loss
from ildl.models import initialise
from ildl.training.members import DTYPES, Batch, Member, Trained, Trajectory, resolve_device

CLIP_QUEUE = 5


class Ensemble:
    """State of one batched run."""

    def __init__(self, members: Sequence[Member], problems: Sequence[Problem], seeds: Sequence[int]) -> None:
        self.members, self.problems = members, problems
        self.settings = settings = members[0].settings()
        self.device = resolve_device(settings.device)
        self.dtype = DTYPES[check_option(settings.dtype, DTYPES, "dtype")]
        states = [np.random.SeedSequence(seed).generate_state(3) for seed in seeds]
        init, self.shuffles, self.noises = ([_generator(state[k]) for state in states] for k in range(3))
        n_features, n_labels = problems[0].X.shape[1], problems[0].D.shape[1]

        # A column that is zero in all training rows has zero gradient: only decay moves its weights, in closed form.
        self.columns = [np.flatnonzero(np.vstack([p.X, p.X_valid]).any(0)) for p in problems]
        full = members[0].build(len(members), n_features, n_labels)
        initialise(full, init)
        self.initial_input = full.encoder.weight.detach().clone()
        self.network = members[0].build(len(members), max(len(c) for c in self.columns), n_labels)
        for (name, parameter), source in zip(self.network.named_parameters(), full.parameters(), strict=True):
            if name != "encoder.weight":
                parameter.data.copy_(source)
        for i, columns in enumerate(self.columns):
            self.network.encoder.weight.data[i, : len(columns)] = self.initial_input[i, columns]
        self.network.to(self.device, self.dtype)
        named = [(name, p) for name, p in self.network.named_parameters() if p.requires_grad]
        named.sort(key=lambda pair: pair[0].endswith("bias"))  # weights first: only they decay
        self.parameters = [p for _, p in named]
        self.n_weights = sum(p[0].numel() for name, p in named if name.endswith("weight"))
        self.flat = torch.cat([p.detach().flatten(1) for p in self.parameters], dim=1)  # (m, P)
        self.gradient = torch.zeros_like(self.flat)
        self.views = _split(self.gradient, self.parameters)
        for parameter, view in zip(self.parameters, _split(self.flat, self.parameters), strict=True):
            parameter.data = view

        self.sizes = [len(p.X) for p in problems]
        self.X = self._stack([p.X[:, c] for p, c in zip(problems, self.columns, strict=True)])
        self.D = self._stack([p.D for p in problems])
        self.mask = self._mask(self.sizes)
        self.X_valid = self._stack([p.X_valid[:, c] for p, c in zip(problems, self.columns, strict=True)])
        self.D_valid = self._stack([p.D_valid for p in problems])
        self.mask_valid = self._mask([len(p.X_valid) for p in problems])
        self.frequencies = self.D.sum(1, keepdim=True)  # padding is zero
        hypers = [member.hyper() for member in members]
        self.hyper = {name: self._tensor([[h[name]] for h in hypers]) for name in hypers[0]}

    def train(self) -> list[Trajectory | None]:
        """Run all epochs and return each member's outcome, None for one that diverged."""
        settings, network = self.settings, self.network
        optimiser_step = self._optimiser()
        clip = MovingClip(len(self.members), self.flat)
        no_valid = self.mask_valid.sum(1) == 0
        kept, kept_epoch = self.flat.clone(), torch.zeros(len(self.members), dtype=torch.int64, device=self.device)
        kept_kl = torch.full((len(self.members),), torch.inf, dtype=self.dtype, device=self.device)
        steps = self._steps()
        for epoch in range(1, settings.epochs + 1):
            order, noise = self._draw()
            X, D = _take(self.X, order), _take(self.D, order)
            for rows, active in steps:
                batch = Batch(X[:, rows], D[:, rows], self.mask[:, rows], noise[:, rows], self.frequencies, self.hyper)
                loss = self.members[0].loss(network, batch).sum()  # the sum, not the mean: members stay apart
                for view, gradient in zip(self.views, torch.autograd.grad(loss, self.parameters), strict=True):
                    view.copy_(gradient)
                clip.apply(self.gradient, active)
                optimiser_step(active)
            kl = self._valid_kl()
            better = no_valid | (kl < kept_kl)
            kept[better] = self.flat[better]  # few improve in late epochs: most of the memory is left alone
            kept_epoch = torch.where(better, epoch, kept_epoch)
            kept_kl = torch.where(better, kl, kept_kl)
        finite = (torch.isfinite(kept).all(1) & torch.isfinite(self.flat).all(1) & (kept_epoch > 0)).tolist()
        last = self._outcomes([settings.epochs] * len(self.members), kl.tolist())
        self.flat.copy_(kept)
        best = self._outcomes(kept_epoch.tolist(), kept_kl.tolist())
        return [Trajectory(*pair) if sound else None for *pair, sound in zip(best, last, finite, strict=True)]

    def _optimiser(self) -> Callable[[Sequence[bool]], None]:
        """AdamW over each member's own vector, so that a member without a gradient stands still."""
        cut = self.n_weights
        weights, biases = [row[:cut] for row in self.flat], [row[cut:] for row in self.flat]
        gradients = [row[:cut] for row in self.gradient], [row[cut:] for row in self.gradient]
        groups = [
            {"params": weights, "weight_decay": self.settings.weight_decay},
            {"params": biases, "weight_decay": 0.0},
        ]
        adamw = torch.optim.AdamW(groups, lr=self.settings.learning_rate, amsgrad=True, fused=True)

        def step(active: Sequence[bool]) -> None:
            for part, values in zip((weights, biases), gradients, strict=True):
                for leaf, gradient, moves in zip(part, values, active, strict=True):
                    leaf.grad = gradient if moves else None
            adamw.step()

        return step

    def _steps(self) -> list[tuple[slice, list[bool]]]:
        """Row ranges of an epoch's steps, and which members still have rows there."""
        longest, size = max(self.sizes), self.settings.batch_size
        starts = range(0, longest, size)
        return [(slice(start, min(start + size, longest)), [n > start for n in self.sizes]) for start in starts]

    def _draw(self) -> tuple[Tensor, Tensor]:
        """One epoch's shuffles (m, n) and noise (m, n, n_noise * h), drawn on the CPU: the same on every device."""
        orders = [torch.randperm(n, generator=g) for n, g in zip(self.sizes, self.shuffles, strict=True)]
        width = self.network.n_noise * self.network.encoder.bias.shape[-1]
        noises = [torch.randn(n, width, generator=g) for n, g in zip(self.sizes, self.noises, strict=True)]
        noise = pad_sequence(noises, batch_first=True).to(self.device, self.dtype)
        return pad_sequence(orders, batch_first=True).to(self.device), noise

    def _valid_kl(self) -> Tensor:
        with torch.no_grad():
            rows = ldl_loss(self.D_valid, self.network(self.X_valid))
            return (rows * self.mask_valid).sum(-1) / self.mask_valid.sum(-1).clamp(min=1)

    def _outcomes(self, epochs: list[int], kls: list[float]) -> list[Trained]:
        """Each member's present parameters, which are those of these epochs."""
        state = {name: p.detach().clone() for name, p in self.network.named_parameters()}
        decay = 1 - self.settings.learning_rate * self.settings.weight_decay
        outcomes = []
        for i, columns in enumerate(self.columns):
            own = {name: values[i].clone() for name, values in state.items()}
            steps = epochs[i] * math.ceil(self.sizes[i] / self.settings.batch_size)
            weight = self.initial_input[i].to(self.device, self.dtype) * decay**steps
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


class MovingClip:
    """RDA's moving clip: norms above five times the largest of the last five recorded norms are scaled down to it."""

    def __init__(self, members: int, like: Tensor) -> None:
        self.queue = like.new_zeros(members, CLIP_QUEUE)
        self.queue[:, -1] = torch.inf  # one infinite entry: the first five steps are never clipped

    def apply(self, gradient: Tensor, active: Sequence[bool]) -> None:
        """Scale the active members' gradients (m, P) in place and record their norms."""
        norm = gradient.norm(dim=1)
        largest = self.queue.amax(1)
        gradient *= (5 * largest / (norm + 1e-6)).clamp(max=1).unsqueeze(1)
        entry = torch.minimum(norm, 2 * largest).clamp(max=1)
        rolled = torch.cat([self.queue[:, 1:], entry.unsqueeze(1)], dim=1)
        if all(active):
            self.queue = rolled
        else:
            moves = torch.tensor(active, device=rolled.device).unsqueeze(1)
            self.queue = torch.where(moves, rolled, self.queue)


def _split(flat: Tensor, like: Sequence[Tensor]) -> list[Tensor]:
    """Views of a matrix (m, P), one with the shape of each parameter."""
    parts = flat.split([p[0].numel() for p in like], dim=1)
    return [part.view(p.shape) for part, p in zip(parts, like, strict=True)]


def _take(values: Tensor, order: Tensor) -> Tensor:
    """Rows of each member in its own order, (m, n, k)."""
    return values[torch.arange(len(values), device=values.device).unsqueeze(1), order]


def _generator(seed: np.uint32) -> torch.Generator:
    return torch.Generator().manual_seed(int(seed))
