"""Training of any network method, on any device: members in batched products, automatic differentiation."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from functools import partial
from operator import itemgetter
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ildl.losses import ldl_loss
from ildl.training.ensemble import Ensemble
from ildl.training.members import CLIP_QUEUE, Batch, Rows, Selection
from ildl.training.threads import one_thread


class BatchedSteps:
    """Training of an ensemble, step by step for all members at once.

    Members are in the order of their steps an epoch, so that those which still have rows are a leading block.

    Parameters
    ----------
    ensemble : Ensemble
        Its parameters are trained in place.
    """

    def __init__(self, ensemble: Ensemble) -> None:
        self.ensemble = e = ensemble
        member, n_labels = e.members[0], e.D.shape[-1]
        self.network = member.build(len(e.members), e.X.shape[-1], n_labels)
        named = dict(self.network.named_parameters())
        with torch.no_grad():
            for name, values in e.parameters.items():
                named[name].copy_(torch.from_numpy(values))
        self.dtype = torch.from_numpy(e.D).dtype
        self.network.to(e.device, self.dtype)
        self.named = {name: p for name, p in self.network.named_parameters() if p.requires_grad}
        self.parameters = [*self.named.values()]
        self.X, self.D, self.X_valid, self.D_valid, self.code_valid = (
            self._tensor(values) for values in (e.X, e.D, e.X_valid, e.D_valid, e.code_valid)
        )
        self.mask = self._tensor(np.arange(max(e.sizes)) < np.array(e.sizes)[:, None])
        self.in_set = self._sets()
        self.hyper = {name: self._tensor(values) for name, values in e.hyper.items()}
        self.rows = each(e.rows, self._tensor)
        self.clip = MovingClip(len(e.members), self.parameters[0])
        steps = e.steps
        starts = [i for i, own in enumerate(steps) if i == 0 or own < steps[i - 1]]
        self.blocks = [slice(*pair) for pair in itertools.pairwise([*starts, len(steps)])]  # of equally many steps
        self.leaves = [[p.data[block] for p in self.parameters] for block in self.blocks]  # views
        is_bias = [name.endswith("bias") for name in self.named]
        groups = [
            {
                "params": [leaf for own in self.leaves for leaf, b in zip(own, is_bias, strict=True) if b == biases],
                "weight_decay": 0.0 if biases else e.settings.weight_decay,
            }
            for biases in (False, True)
        ]
        self.adamw = torch.optim.AdamW(groups, lr=e.settings.learning_rate, amsgrad=True, fused=True)

    def train(self) -> Selection:
        """Run all epochs.

        Returns
        -------
        Selection
        """
        parameters, *divergences = self.ensemble.nothing_selected()
        kept = {name: torch.from_numpy(values).to(self.X.device) for name, values in parameters.items()}
        selected = [torch.from_numpy(values).to(self.X.device) for values in divergences]
        with one_thread():  # PyTorch may have come after the limit that holds
            for epoch in range(1, self.ensemble.settings.epochs + 1):
                self._epoch(*self._draw())
                self._select(kept, selected, epoch)
        for name, p in self.named.items():
            self.ensemble.parameters[name][:] = p.detach().cpu().numpy()
        return Selection(
            {name: p.cpu().numpy() for name, p in kept.items()}, *(values.cpu().numpy() for values in selected)
        )

    def _tensor(self, values: Any) -> Tensor:
        # a copy, which PyTorch aligns: products of unaligned memory would round differently from run to run
        return torch.tensor(values, device=self.ensemble.device, dtype=None if values.dtype == bool else self.dtype)

    def _sets(self) -> Tensor:
        """Which validation rows are of which set, (m, s, v)."""
        e = self.ensemble
        found = np.zeros((len(e.members), max(map(len, e.sets)), e.X_valid.shape[1]))
        for m, sizes in enumerate(e.sets):
            for s, (first, last) in enumerate(itertools.pairwise(np.cumsum([0, *sizes]))):
                found[m, s, first:last] = 1
        return self._tensor(found)

    def _draw(self) -> tuple[Tensor, Tensor]:
        """One epoch's order of each member's rows (m, n), and standard normal noise (m, n, n_noise * h)."""
        e = self.ensemble
        order = np.zeros((len(e.members), max(e.sizes)), np.int64)
        noise = np.zeros((*order.shape, e.noise_width), np.float32)
        for stream in e.streams:
            first, *others = stream.members
            stream.draw(order[first, : stream.n], noise[first, : stream.n])
            for other in others:
                order[other], noise[other] = order[first], noise[first]
        return torch.from_numpy(order).to(e.device), torch.from_numpy(noise).to(e.device, self.dtype)

    def _epoch(self, order: Tensor, noise: Tensor) -> None:
        e = self.ensemble
        X, D, prepared = _take(self.X, order), _take(self.D, order), each(self.rows, partial(_take, order=order))
        for step in range(e.steps[0]):
            rows = slice(step * e.settings.batch_size, (step + 1) * e.settings.batch_size)
            own = each(prepared, itemgetter((slice(None), rows)))
            batch = Batch(X[:, rows], D[:, rows], self.mask[:, rows], noise[:, rows], own, self.hyper)
            loss = e.members[0].loss(self.network, batch).sum()  # the sum, not the mean: members stay apart
            gradients = torch.autograd.grad(loss, self.parameters)
            active = sum(steps > step for steps in e.steps)
            self.clip.apply(gradients, active)
            self._step(gradients, active)

    def _select(self, kept: dict[str, Tensor], selected: Sequence[Tensor], epoch: int) -> None:
        """Keep the parameters of members whose validation divergence is the lowest so far; all, without such rows."""
        e, (chosen, kl, last_kl) = self.ensemble, selected
        decayed = self.code_valid.new_tensor([e.decay ** (epoch * steps) for steps in e.steps]).view(-1, 1, 1)
        with torch.no_grad():
            code = self.network.encoder(self.X_valid) + decayed * self.code_valid
            rows = ldl_loss(self.D_valid, self.network.predict(code)).unsqueeze(1)
        count = self.in_set.sum(-1)
        last_kl.copy_((rows * self.in_set).sum(-1) / count.clamp(min=1))
        better = (last_kl < kl) | (count == 0)
        for name, p in self.named.items():
            for own, is_better in zip(kept[name], better.unbind(1), strict=True):
                own[is_better] = p.detach()[is_better]
        chosen[better] = epoch
        kl[better] = last_kl[better]

    def _step(self, gradients: Sequence[Tensor], active: int) -> None:
        """AdamW; a block without a batch has no gradient and stands still."""
        for block, own in zip(self.blocks, self.leaves, strict=True):
            for leaf, gradient in zip(own, gradients, strict=True):
                leaf.grad = gradient[block] if block.start < active else None
        self.adamw.step()


class MovingClip:
    """RDA's moving clip: norms above five times the largest of the last five recorded norms are scaled down to it."""

    def __init__(self, members: int, like: Tensor) -> None:
        self.queue = like.new_zeros(members, CLIP_QUEUE)
        self.queue[:, -1] = torch.inf  # one infinite entry: the first five steps are never clipped

    def apply(self, gradients: Sequence[Tensor], active: int) -> None:
        """Scale the gradients (m, ...) in place and record the norms of the leading members, which are active."""
        norm = torch.stack([part.flatten(1).norm(dim=1) for part in gradients]).norm(dim=0)
        largest = self.queue.amax(1)
        scale = (5 * largest / (norm + 1e-6)).clamp(max=1)
        if scale.device.type != "cpu" or not bool((scale == 1).all()):  # to look is cheap where no device is waited for
            for part in gradients:
                part *= scale.view(-1, *[1] * (part.ndim - 1))
        entry = torch.minimum(norm, 2 * largest).clamp(max=1)
        rolled = torch.cat([self.queue[:, 1:], entry.unsqueeze(1)], dim=1)
        self.queue = torch.cat([rolled[:active], self.queue[active:]]) if active < len(rolled) else rolled


def each(rows: Rows, change: Callable[[Any], Tensor]) -> Rows:
    """Change every array of prepared rows.

    Parameters
    ----------
    rows : dict
    change : callable

    Returns
    -------
    dict
        Of the same structure.
    """
    return {
        name: type(parts)(*map(change, parts)) if isinstance(parts, tuple) else change(parts)
        for name, parts in rows.items()
    }


def _take(values: Tensor, order: Tensor) -> Tensor:
    """Rows of each member in its own order, (m, n, ...)."""
    first = torch.arange(len(values), device=values.device).unsqueeze(1) * values.shape[1]
    return values.flatten(0, 1).index_select(0, (order + first).flatten()).view(values.shape)
