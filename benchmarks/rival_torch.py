"""The same trainings by `torch.func`: `vmap(grad)` over members, on any device, also compiled or as CUDA graphs."""

from __future__ import annotations

from functools import cache, partial
from types import SimpleNamespace

import torch
from torch.func import grad, vmap

from benchmarks.rivals import BATCH, DECAY, RATE, divergence, gather, loss, width

TORCH = SimpleNamespace(
    exp=torch.exp, relu=torch.relu, clip=torch.clip, logsumexp=torch.logsumexp, constant=torch.Tensor.detach
)


def train_torch(method, problems, seeds, epochs, weights, own_draws=True, compiled=False, graphs=False, device="cpu"):
    """Best validation divergences; `vmap(grad)` over members, one step of one optimiser for all.

    Unless `own_draws`, shuffles and noise are those of the trainer. `graphs` replays each epoch as one CUDA graph.
    """
    members = gather(method, problems, seeds, weights)
    put = partial(torch.as_tensor, device=device)
    rows, valid = ({name: put(values) for name, values in part.items()} for part in (members.rows, members.valid))
    mask, initial = put(members.mask), tuple(map(put, members.p))
    (m, steps, _), n = mask.shape, rows["x"].shape[1]
    p, kept = (tuple(part.clone() for part in initial) for _ in range(2))
    order, noise = torch.zeros(m, n, dtype=torch.int64, device=device), mask.new_zeros(m, n, width(method))
    queue, best, decayed = mask.new_zeros(m, 5), mask.new_zeros(m), mask.new_ones(m)
    groups = [{"params": [part], "weight_decay": decay} for part, decay in zip(p, (DECAY, 0.0), strict=True)]
    adamw = torch.optim.AdamW(groups, lr=RATE, amsgrad=True, fused=True, capturable=mask.is_cuda)
    gradients, validate = torch_program(method, weights, tuple(members.shapes.items()), compiled)

    def reset():
        for now, then in zip((*p, *kept), (*initial, *initial), strict=True):
            now.copy_(then)
        for state in adamw.state.values():
            for values in state.values():
                values.zero_()
        queue.zero_()[:, -1] = torch.inf
        best.fill_(torch.inf)
        decayed.fill_(1)

    def epoch():
        first = torch.arange(m, device=device)[:, None] * n
        taken = {name: values.flatten(0, 1)[(order + first).flatten()] for name, values in rows.items()}
        taken = {name: values.view(m, steps, BATCH, *values.shape[1:]) for name, values in taken.items()}
        for k in range(steps):
            batch = {name: values[:, k] for name, values in taken.items()}
            g = gradients(p, batch, noise[:, k * BATCH : (k + 1) * BATCH], mask[:, k])
            norm, largest = torch.stack([part.norm(dim=1) for part in g]).norm(dim=0), queue.amax(1)
            for part, own in zip(p, g, strict=True):
                part.grad = own * (5 * largest / (norm + 1e-6)).clamp(max=1)[:, None]
            entry = torch.minimum(norm, 2 * largest).clamp(max=1)
            queue.copy_(torch.cat([queue[:, 1:], entry[:, None]], dim=1))
            adamw.step()
        decayed.mul_((1 - RATE * DECAY) ** steps)
        kl = validate(p, valid, decayed)
        for now, then in zip(kept, p, strict=True):
            now.copy_(torch.where((kl < best)[:, None], then, now))
        best.copy_(torch.minimum(best, kl))

    reset()
    run = captured(epoch, reset, device) if graphs else epoch
    beyond = (mask == 0).flatten(1)
    for _ in range(epochs):
        if own_draws:
            order.copy_((torch.rand(m, n, device=device) + beyond).argsort(1))
            noise.normal_()
        else:
            for here, drawn in zip((order, noise), members.drawn(noise.shape[2]), strict=True):
                here.copy_(torch.as_tensor(drawn))
        run()
    return best.tolist()


@cache
def torch_program(method, weights, shapes, compiled):
    """Gradients and validation divergences of stacked members."""
    gradients = vmap(grad(partial(loss, TORCH, method, weights, dict(shapes))))
    validate = vmap(partial(divergence, TORCH, dict(shapes)))
    return (torch.compile(gradients), torch.compile(validate)) if compiled else (gradients, validate)


def captured(epoch, reset, device):
    """The epoch as a CUDA graph; on other devices as it is, after the same rehearsal."""
    if not device.startswith("cuda"):
        epoch()
        reset()
        return epoch
    aside = torch.cuda.Stream()
    aside.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(aside):
        for _ in range(3):  # as PyTorch's manual asks
            epoch()
    torch.cuda.current_stream().wait_stream(aside)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        epoch()
    reset()
    return graph.replay
