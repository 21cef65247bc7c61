"""Training of any network method, on any device: members in batched products, automatic differentiation."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from functools import partial
from operator import itemgetter

import torch
from torch import Tensor

from ildl.losses import ldl_loss
from ildl.training.ensemble import Ensemble
from ildl.training.members import CLIP_QUEUE, Batch, Rows, Selection


class BatchedSteps:
    """Training of an ensemble, step by step for all members at once.

    Members are in the order of their steps an epoch, so that those which still have rows are a leading block.

    Parameters
    ----------
    ensemble : Ensemble
        Its network is trained in place.
    """

    def __init__(self, ensemble: Ensemble) -> None:
        self.ensemble = ensemble
        self.parameters = ensemble.parameters
        self.clip = MovingClip(len(ensemble.members), self.parameters[0])
        steps = ensemble.steps
        starts = [i for i, own in enumerate(steps) if i == 0 or own < steps[i - 1]]
        self.blocks = [slice(*pair) for pair in itertools.pairwise([*starts, len(steps)])]  # of equally many steps
        self.leaves = [[p.data[block] for p in self.parameters] for block in self.blocks]  # views
        is_bias = [name.endswith("bias") for name, p in ensemble.network.named_parameters() if p.requires_grad]
        groups = [
            {
                "params": [leaf for own in self.leaves for leaf, b in zip(own, is_bias, strict=True) if b == biases],
                "weight_decay": 0.0 if biases else ensemble.settings.weight_decay,
            }
            for biases in (False, True)
        ]
        self.adamw = torch.optim.AdamW(groups, lr=ensemble.settings.learning_rate, amsgrad=True, fused=True)

    def train(self) -> Selection:
        """Run all epochs.

        Returns
        -------
        Selection
        """
        selection = self.ensemble.nothing_selected(self.ensemble.dtype)
        for epoch in range(1, self.ensemble.settings.epochs + 1):
            self._epoch(*self._draw())
            self._select(selection, epoch)
        return selection

    def _draw(self) -> tuple[Tensor, Tensor]:
        """One epoch's order of each member's rows (m, n), and standard normal noise (m, n, n_noise * h)."""
        e = self.ensemble
        order = torch.zeros(e.mask.shape, dtype=torch.int64)
        noise = torch.zeros(*e.mask.shape, e.noise_width)
        for stream in e.streams:
            first, *others = stream.members
            stream.draw(order[first, : stream.n], noise[first, : stream.n])
            for other in others:
                order[other], noise[other] = order[first], noise[first]
        return order.to(e.device), noise.to(e.device, e.dtype)

    def _epoch(self, order: Tensor, noise: Tensor) -> None:
        e = self.ensemble
        X, D, prepared = _take(e.X, order), _take(e.D, order), _each(e.rows, partial(_take, order=order))
        for step in range(e.steps[0]):
            rows = slice(step * e.settings.batch_size, (step + 1) * e.settings.batch_size)
            own = _each(prepared, itemgetter((slice(None), rows)))
            batch = Batch(X[:, rows], D[:, rows], e.mask[:, rows], noise[:, rows], own, e.hyper)
            loss = e.members[0].loss(e.network, batch).sum()  # the sum, not the mean: members stay apart
            gradients = torch.autograd.grad(loss, self.parameters)
            active = sum(steps > step for steps in e.steps)
            self.clip.apply(gradients, active)
            self._step(gradients, active)

    def _select(self, selection: Selection, epoch: int) -> None:
        """Keep the parameters of members whose validation divergence is the lowest so far; all, without such rows."""
        e = self.ensemble
        decayed = e.code_valid.new_tensor([e.decay ** (epoch * steps) for steps in e.steps]).view(-1, 1, 1)
        with torch.no_grad():
            code = e.network.encoder(e.X_valid) + decayed * e.code_valid
            rows = ldl_loss(e.D_valid, e.network.predict(code))
        count = e.mask_valid.sum(-1)
        selection.last_kl.copy_((rows * e.mask_valid).sum(-1) / count.clamp(min=1))
        better = (selection.last_kl < selection.kl) | (count == 0)
        for kept, p in zip(selection.parameters, self.parameters, strict=True):
            kept[better] = p.detach()[better]
        selection.epoch[better] = epoch
        selection.kl[better] = selection.last_kl[better]

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


def _each(rows: Rows, change: Callable[[Tensor], Tensor]) -> Rows:
    """Prepared rows, every tensor changed."""
    return {
        name: change(parts) if isinstance(parts, Tensor) else type(parts)(*map(change, parts))
        for name, parts in rows.items()
    }


def _take(values: Tensor, order: Tensor) -> Tensor:
    """Rows of each member in its own order, (m, n, ...)."""
    first = torch.arange(len(values), device=values.device).unsqueeze(1) * values.shape[1]
    return values.flatten(0, 1).index_select(0, (order + first).flatten()).view(values.shape)
