"""The same trainings by `torch.func` over members, and in JAX: network, loss, optimiser, clipping, choice of the epoch.

Both are given what makes the trainer quick, too: what depends on labels alone is prepared once, affine maps in a row
are composed, columns that are zero in all training rows are left out. The loss is written once for both; `xp` holds the
functions that each calls differently. One member's parameters are two vectors, of weights and of biases.
"""

from __future__ import annotations

import math
from functools import cache, partial
from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np
import torch
from scipy.special import xlogy
from torch.func import grad, vmap

from benchmarks import plain_loop
from benchmarks.plain_loop import LABEL_ENCODERS

HIDDEN, BATCH, RATE, DECAY, LOG_FLOOR = 100, 50, 1e-3, 1e-4, math.log(1e-14)
TORCH = SimpleNamespace(
    exp=torch.exp, relu=torch.relu, clip=torch.clip, logsumexp=torch.logsumexp, constant=torch.Tensor.detach
)


class Members(NamedTuple):
    """Stacked members with equally many steps an epoch; rows are padded to whole batches."""

    p: tuple[np.ndarray, np.ndarray]  # (m, weights), (m, biases)
    shapes: dict[str, tuple[int, ...]]
    sizes: np.ndarray  # (m,) rows
    rows: dict[str, np.ndarray]  # (m, n, ...)
    valid: dict[str, np.ndarray]
    draws: list[plain_loop.Draws]

    @property
    def mask(self):
        """1 for rows, 0 for padding (m, steps, b)."""
        padded = np.arange(self.rows["x"].shape[1]) < self.sizes[:, None]
        return padded.reshape(len(self.sizes), -1, BATCH).astype(np.float32)

    def drawn(self, width):
        """One epoch's order (m, n) and noise (m, n, width), from the members' seeds: the trainer's own."""
        order, noise = np.zeros(self.rows["x"].shape[:2], np.int64), np.zeros((*self.rows["x"].shape[:2], width), "f4")
        for m, (draw, n) in enumerate(zip(self.draws, self.sizes.tolist(), strict=True)):
            order[m, :n], noise[m, :n] = draw.order(n), draw.normal(n, width)
        return order, noise


def stacked(arrays, rows=0):
    """Arrays of different sizes in one, zero beyond each, in float32."""
    shape = np.max([array.shape for array in arrays], axis=0)
    whole = np.zeros((len(arrays), max(rows, shape[0]), *shape[1:]), np.float32)
    for out, array in zip(whole, arrays, strict=True):
        out[tuple(map(slice, array.shape))] = array
    return whole


def gather(method, problems, seeds, weights):
    """Prepare members, whose numbers of steps an epoch must be equal."""
    sizes = np.array([len(problem[0]) for problem in problems])
    (steps,) = set((-(-sizes // BATCH)).tolist())
    draws = [plain_loop.draws(seed) for seed in seeds]
    networks = [
        plain_loop.Network(method, problem[0].shape[1], problem[1].shape[1], HIDDEN, draw)
        for problem, draw in zip(problems, draws, strict=True)
    ]
    each = [one_of(method, network, problem, weights) for network, problem in zip(networks, problems, strict=True)]
    parameters = {name: stacked([own[0][name] for own in each]) for name in each[0][0]}
    flat = {name: values.reshape(len(each), -1) for name, values in parameters.items()}
    ends = (False, True)
    return Members(
        p=tuple(np.concatenate([flat[name] for name in flat if name.endswith("_b") == end], axis=1) for end in ends),
        shapes={name: values.shape[1:] for name, values in parameters.items()},
        sizes=sizes,
        rows={name: stacked([own[1][name] for own in each], steps * BATCH) for name in each[0][1]},
        valid={name: stacked([own[2][name] for own in each]) for name in each[0][2]},
        draws=draws,
    )


def one_of(method, network, problem, weights):
    """One member's parameters, prepared rows and validation rows."""
    X, D, X_valid, D_valid = (np.asarray(values, np.float64) for values in problem)
    columns = np.flatnonzero(X.any(0))
    other = np.setdiff1d(np.arange(X.shape[1]), columns)
    P = {"decoder": network.decoder} | ({"heads": network.heads} if LABEL_ENCODERS[method] else {})
    P |= dict(zip(("labels", "label_heads"), network.label_encoders["whole"], strict=True)) if len(P) > 1 else {}
    maps = {name: affine(layer) for name, layer in ({"encoder": network.encoder} | P).items()}
    initial = maps["encoder"][0]
    maps["encoder"] = initial[columns], maps["encoder"][1]
    parameters = {f"{name}{end}": part for name, own in maps.items() for end, part in zip(("", "_b"), own, strict=True)}
    rows = {"x": X[:, columns], "d": D}
    rows |= decoupled_rows(network, D, weights[0]) if method == "DILDL" else balanced_rows(D)
    valid = {"x": X_valid[:, columns], "d": D_valid / len(D_valid), "code": X_valid[:, other] @ initial[other]}
    valid["entropy"] = xlogy(D_valid, D_valid).sum(keepdims=True)[0] / len(D_valid)
    return parameters, rows, valid


def affine(layer):
    """Weight (n_in, n_out) and bias of an affine map, or of two side by side."""
    sides = [layer.mean, layer.logvar] if isinstance(layer, plain_loop.Gaussian) else [layer]
    weight = np.concatenate([side.weight.detach().numpy().T for side in sides], axis=1)
    return weight.astype(np.float64), np.concatenate([side.bias.detach().numpy() for side in sides])


def balanced_rows(D):
    """What `plain_loop.distribution_balanced` needs of the labels."""
    total, N = D.sum(), np.where(D.sum(0) == 0, 1.0, D.sum(0))
    q = (1 / N) / (D / N).sum(1, keepdims=True)
    weight = (0.1 + 1 / (1 + np.exp(-10 * (q - 0.9)))) * ((1 - D) / 2 + D)
    scale = 2 * (1 - D) + D
    shift = scale * -0.05 * np.log(np.maximum(total / N - 1, 1e-12))
    return {"weight": weight, "scale": scale, "shift": shift, "entropy": xlogy(D, D)}


def decoupled_rows(network, D, alpha):
    """What `plain_loop.decoupled` and the two alignments with constant Gaussians need of the labels."""
    hit = np.eye(D.shape[1], dtype=bool)[D.argmax(1)]
    others = np.where(hit, 0, D)
    rest = others.sum(1, keepdims=True)
    others = others / np.where(rest > 0, rest, 1)
    rows = {
        "part": np.where(hit, alpha * D, (1 - alpha) * others),
        "rest": (alpha * rest - (1 - alpha) * others.sum(1, keepdims=True))[:, 0],
        "masked": np.where(hit, -np.inf, 0),
        "precision": np.zeros((len(D), HIDDEN)),
        "pull": np.zeros((len(D), HIDDEN)),
    }
    for share, name, target in ((alpha, "dominant", hit), (1 - alpha, "nondominant", others)):
        (first, bias), (heads, head_bias) = map(affine, network.label_encoders[name])
        mean, logvar = np.split((target @ first + bias) @ heads + head_bias, 2, axis=1)
        rows["precision"] += share * np.exp(-logvar)
        rows["pull"] += share * np.exp(-logvar) * mean
    return rows


def matrices(p, shapes):
    """One member's parameters by name, from its vectors."""
    P, begin = {}, [0, 0]
    for name, shape in shapes.items():
        k, size = name.endswith("_b"), math.prod(shape)
        P[name] = p[k][begin[k] : begin[k] + size].reshape(shape)
        begin[k] += size
    return P


def loss(xp, method, weights, shapes, p, rows, noise, mask):
    """Loss of one member's batch, less what no parameter moves."""
    P, d, count = matrices(p, shapes), rows["d"], mask.sum()
    code = rows["x"] @ P["encoder"] + P["encoder_b"]
    z = xp.relu(code) @ P["decoder"] + P["decoder_b"]
    total = decoupled(xp, z, rows) if method == "DILDL" else balanced(xp, z, rows)
    if method == "OFR-DB":
        return (total * mask).sum() / count
    f = code @ P["heads"] + P["heads_b"]
    label = d @ (P["labels"] @ P["label_heads"]) + (P["labels_b"] @ P["label_heads"] + P["label_heads_b"])
    (a, v), (b, w) = (f[:, :HIDDEN], f[:, HIDDEN:]), (label[:, :HIDDEN], label[:, HIDDEN:])
    r_f, r_l = a + noise[:, :HIDDEN] * xp.exp(v / 2), b + noise[:, HIDDEN:] * xp.exp(w / 2)
    z_l = r_l @ P["decoder"] + P["decoder_b"]
    recovery = xp.logsumexp(z_l, 1) - (d * z_l).sum(1)
    if method == "DILDL":
        align = rows["precision"] * (xp.exp(v) + a * a) - 2 * rows["pull"] * a - v
        _, similar, recover, pull = weights
    else:
        b, w = xp.constant(b), xp.constant(w)
        align = xp.exp(v - w) + (a - b) ** 2 * xp.exp(-w) - v
        recover, pull, similar = weights
    u_f, u_l = (r / (r * r).sum(1)[:, None] ** 0.5 for r in (r_f, r_l))
    apart = (u_f @ u_f.T - u_l @ u_l.T) * mask[:, None] * mask
    total = total + recover * recovery + pull / 2 * align.sum(1)
    return (total * mask).sum() / count + similar * (apart * apart).sum() / count**2


def balanced(xp, z, rows):
    """The distribution-balanced loss of each row; what depends on d ln d is part of it, as its weight is trained."""
    u, d = rows["shift"] + z * rows["scale"], rows["d"]
    log_p = u - xp.logsumexp(u, 1)[:, None]
    divergence = rows["entropy"] - d * xp.clip(log_p, LOG_FLOOR)
    return (rows["weight"] * (1 - xp.exp(log_p)) ** 2 * divergence).mean(1)


def decoupled(xp, z, rows):
    """Eq. (4) of each row, less its entropy."""
    total, others = xp.logsumexp(z, 1), xp.logsumexp(z + rows["masked"], 1)
    return -(rows["part"] * (z - total[:, None])).sum(1) - rows["rest"] * (others - total)


def divergence(xp, shapes, p, valid, decayed):
    """Mean divergence of one member's validation rows; columns that do not train add the same code, decayed."""
    P = matrices(p, shapes)
    code = valid["x"] @ P["encoder"] + P["encoder_b"] + decayed * valid["code"]
    z = xp.relu(code) @ P["decoder"] + P["decoder_b"]
    return valid["entropy"][0] + (valid["d"] * (xp.logsumexp(z, 1)[:, None] - z)).sum()


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


def width(method):
    """Numbers of noise a row."""
    return 2 * HIDDEN if LABEL_ENCODERS[method] else 0


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


def train_jax(method, problems, seeds, epochs, weights, own_draws=True, together=True):
    """Best validation divergences; all steps in one compiled scan, members by `vmap` or one after the other."""
    members = gather(method, problems, seeds, weights)
    if own_draws:
        import jax

        given = jax.random.split(jax.random.key(seeds[0]), (len(seeds), epochs))
    else:
        drawn = [members.drawn(width(method)) for _ in range(epochs)]
        given = tuple(np.stack(parts, axis=1) for parts in zip(*drawn, strict=True))
    program = jax_program(method, weights, tuple(members.shapes.items()), own_draws, together)
    best, _ = program(members.p, members.rows, members.valid, members.mask, given)
    return np.asarray(best).tolist()


@cache
def jax_program(method, weights, shapes, own_draws, together) -> Any:
    """The compiled training of stacked members."""
    import jax
    import jax.numpy as jnp

    xp = SimpleNamespace(
        exp=jnp.exp,
        relu=jax.nn.relu,
        clip=jnp.clip,
        logsumexp=jax.scipy.special.logsumexp,
        constant=jax.lax.stop_gradient,
    )
    shapes, each = dict(shapes), jax.tree_util.tree_map
    gradient = jax.grad(partial(loss, xp, method, weights, shapes))

    def step(state, given):
        p, first, second, largest, queue, t = state
        g = gradient(p, *given)
        norm, top = jnp.sqrt(sum((part * part).sum() for part in g)), queue.max()
        g = each(lambda part: part * jnp.minimum(5 * top / (norm + 1e-6), 1), g)
        queue, t = jnp.append(queue[1:], jnp.minimum(jnp.minimum(norm, 2 * top), 1)), t + 1
        first = each(lambda old, new: old + (new - old) * 0.1, first, g)
        second = each(lambda old, new: old + (new * new - old) * 0.001, second, g)
        largest = each(jnp.maximum, largest, second)
        size, bias = RATE / (1 - 0.9**t), jnp.sqrt(1 - 0.999**t)
        moved = each(lambda p, a, b: size * a / (jnp.sqrt(b) / bias + 1e-8), p, first, largest)
        p = p[0] * (1 - RATE * DECAY) - moved[0], p[1] - moved[1]
        return (p, first, second, largest, queue, t), None

    def member(p, rows, valid, mask, given):
        n = mask.size

        def epoch(state, given):
            (*training, best, kept), (order, noise) = state, given if not own_draws else draw(given)
            batches = each(lambda values: values[order].reshape(*mask.shape, *values.shape[1:]), rows)
            training, _ = jax.lax.scan(step, tuple(training), (batches, noise.reshape(*mask.shape, -1), mask))
            p, t = training[0], training[-1]
            kl = divergence(xp, shapes, p, valid, (1 - RATE * DECAY) ** t)
            kept = each(lambda new, old: jnp.where(kl < best, new, old), p, kept)
            return (*training, jnp.minimum(kl, best), kept), None

        def draw(key):
            for_order, for_noise = jax.random.split(key)
            order = jnp.argsort(jax.random.uniform(for_order, (n,)) + (mask.reshape(-1) == 0))
            return order, jax.random.normal(for_noise, (n, width(method)))

        zeros, queue = each(jnp.zeros_like, p), jnp.zeros(5).at[-1].set(jnp.inf)
        state, _ = jax.lax.scan(epoch, (p, zeros, zeros, zeros, queue, 0.0, jnp.inf, p), given)
        return state[-2:]

    return jax.jit(jax.vmap(member) if together else lambda *given: jax.lax.map(lambda one: member(*one), given))
