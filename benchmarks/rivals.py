"""What `benchmarks.rival_torch` and `benchmarks.rival_jax` share: members, network, loss and validation.

They train what the trainer and the plain loop train, and are given what makes the trainer quick: what depends on labels
alone is prepared once, affine maps in a row are composed, columns that are zero in all training rows are left out. The
loss is written once for both; `xp` holds the functions that each calls differently. One member's parameters are two
vectors, of weights and of biases.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from scipy.special import xlogy

from benchmarks import plain_loop
from benchmarks.plain_loop import LABEL_ENCODERS

HIDDEN, BATCH, RATE, DECAY, LOG_FLOOR = 100, 50, 1e-3, 1e-4, math.log(1e-14)


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


def width(method):
    """Numbers of noise a row."""
    return 2 * HIDDEN if LABEL_ENCODERS[method] else 0


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
