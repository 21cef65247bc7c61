"""Training of OFR, RDA and DILDL on the CPU, compiled by Numba: member by member, all gradients by hand.

A step of one such network is some fifteen small products and as many passes over small matrices, compiled to run
without an interpreter between them and within the processor's cache, where one member's state stays for many epochs.
`ildl.training.batched` does the same by automatic differentiation, on every device; tests hold both against each other.
"""

from __future__ import annotations

import hashlib
from collections import namedtuple
from pathlib import Path
from typing import Any

import numba
import numpy as np

from ildl.checks import Array
from ildl.training import kernel_layers as layer
from ildl.training import kernel_losses as loss
from ildl.training.kernel_layers import OPTIONS, jit

FILES = (__file__, layer.__file__, loss.__file__)
SOURCES = hashlib.sha256(b"".join(Path(file).read_bytes() for file in FILES)).hexdigest()
State = namedtuple("State", "P G n_weights p g first second largest kept steps norms epoch kl last_kl")
Data = namedtuple("Data", "X D X_valid D_valid code_valid starts")
Terms = namedtuple(
    "Terms",
    "recovery alignment similarity weight rest dominance decoupled_scale decoupled_shift target scale shift balance "
    "entropy focal_scale focal_shift focal_target focal_weight focal_entropy focal_rest log_floor precision pull "
    "encoded encoded_weights joint draw",
)


@numba.njit(cache=True, nogil=True, **OPTIONS)  # once on a machine, for ten to twenty seconds a kind of network
def train(
    state: Any,
    data: Any,
    terms: Any,
    start: int,
    order: Array,
    noise: Array,
    settings: Any,
    sources: str = SOURCES,
) -> None:
    """Train one member for some epochs, in place, and keep its parameters where validation is best.

    Parameters
    ----------
    state, data, terms : State, Data, Terms
        The member's, as `ildl.training.compiled` fills them.
    start : int
        Epochs before these.
    order : ndarray of int, shape (e, n)
        Its rows in the order of each epoch.
    noise : ndarray, shape (e, n, n_noise * h)
        Standard normal.
    settings : tuple of batch size, learning rate, weight decay
    sources : str
        Not to be passed: a default is part of the key under which Numba keeps the machine code, which else would look
        at this file alone.
    """
    batch_size, learning_rate, weight_decay = settings
    P, G, p, g, n = state.P, state.G, state.p, state.g, state.n_weights
    for e in range(len(order)):
        for first in range(0, order.shape[1], batch_size):
            rows = slice(first, first + batch_size)
            _gradients(P, G, data, terms, order[e, rows], noise[e, rows])
            scale = _clip(g, state.norms)
            state.steps[0] += 1
            for part, decay in ((slice(0, n), weight_decay), (slice(n, len(p)), 0.0)):  # biases do not decay
                moments = state.first[part], state.second[part], state.largest[part]
                _adamw(p[part], g[part], moments, scale, state.steps[0], learning_rate, decay)
        decayed = (1 - learning_rate * weight_decay) ** state.steps[0]
        rows = _valid_kl(P, data, terms.draw, data.X.dtype.type(decayed))
        for s in range(len(state.kept)):  # sets of validation rows
            count = data.starts[s + 1] - data.starts[s]
            state.last_kl[s] = kl = rows[data.starts[s] : data.starts[s + 1]].sum() / max(count, 1)
            if kl < state.kl[s] or not count:
                state.epoch[s], state.kl[s], state.kept[s] = start + e + 1, kl, p


@jit
def _valid_kl(P: Any, data: Any, draw: Array, decayed: Any) -> Array:
    """Eq. (1) of each validation row; columns that do not train add the same code, decayed."""
    X, D = data.X_valid, data.D_valid
    code = layer.affine(X, P[0], P[1])
    for i in range(code.shape[0]):
        for j in range(code.shape[1]):
            code[i, j] += decayed * data.code_valid[i, j]
    if draw.size and len(P) > 4:
        code = _decoded_in_prediction(P, code, draw)
    z, rows = layer.affine(np.maximum(code, X.dtype.type(0)), P[2], P[3]), np.zeros(len(X))
    for i in range(z.shape[0]):
        top, mass = z[i].max(), 0.0
        for j in range(z.shape[1]):
            mass += np.exp(z[i, j] - top)
        for j in range(z.shape[1]):
            if D[i, j] > 0:
                rows[i] += D[i, j] * (np.log(D[i, j]) + np.log(mass) + top - z[i, j])
    return rows


@jit
def _decoded_in_prediction(P: Any, code: Array, draw: Array) -> Array:
    """The feature Gaussian's mean, or its sample with this noise."""
    f, h = layer.affine(code, P[4], P[5]), code.shape[1]
    decoded = np.empty_like(code)
    for i in range(len(code)):
        for j in range(h):
            decoded[i, j] = f[i, j] + draw[j] * np.exp(code.dtype.type(0.5) * f[i, h + j])
    return decoded


@jit
def _gradients(P: Any, G: Any, data: Any, terms: Any, rows: Array, noise: Array) -> None:
    """Gradients of the mean loss over these rows: OFR's, RDA's, or Eq. (17)."""
    x, d, zero = layer.take_blocks(data.X, rows, len(P[1][0])), layer.take(data.D, rows), data.X.dtype.type(0)
    code = layer.affine_of_blocks(x, len(rows), P[0], P[1])
    decoded = code
    if terms.draw.size and len(P) > 4:
        decoded, _ = layer.sample(layer.affine(code, P[4], P[5]), noise, 0)
    active = np.maximum(decoded, zero)
    gz = loss.prediction(layer.affine(active, P[2], P[3]), d, terms, rows)
    g = np.dot(gz, P[2].T)  # of what is decoded
    for i in range(g.shape[0]):
        for j in range(g.shape[1]):
            g[i, j] = g[i, j] if decoded[i, j] > 0 else zero
    gcode = np.zeros_like(g) if terms.draw.size else g
    if len(P) == 4:  # OFR: no representations
        layer.through_affine(active, gz, G[2], G[3])
    else:
        r_l, gz_l = _representations(P, G, terms, rows, d, code, noise, g, gcode)
        layer.through_affine(np.vstack((active, r_l)), np.vstack((gz, gz_l)), G[2], G[3])
    layer.through_affine_of_blocks(x, gcode, G[0], G[1])


@jit
def _representations(
    P: Any, G: Any, terms: Any, rows: Array, d: Array, code: Array, noise: Array, gdecoded: Array, gcode: Array
) -> tuple[Array, Array]:
    """Recovery and alignments: the gradients of heads and label encoders are set, that of the code is added.

    Where the sample is decoded, `gdecoded` is the prediction loss's gradient with respect to it.

    Returns the label samples, and the gradient of the logits decoded from them.
    """
    h = code.shape[1]
    f, label = layer.affine(code, P[4], P[5]), layer.encode(d, P, 6)
    r_f, sigma_f = layer.sample(f, noise, 0)
    r_l, sigma_l = layer.sample(label, noise, h)

    gz_l = loss.recovery(layer.affine(r_l, P[2], P[3]), d, terms.recovery[0])
    gr_f, gr_l = loss.similarity(r_f, r_l, terms.similarity[0])
    if terms.draw.size:
        gr_f += gdecoded
    gr_l += np.dot(gz_l, P[2].T)
    gf, gl = layer.through_sample(gr_f, noise, 0, sigma_f), layer.through_sample(gr_l, noise, h, sigma_l)
    weight = terms.alignment[0] / d.dtype.type(len(rows))
    if terms.precision.size:
        loss.align_constant(f, sigma_f, terms.precision, terms.pull, rows, weight, gf)
    elif not terms.encoded.size:
        gl_whole = gl if terms.joint else np.empty_like(gl)
        loss.align(f, sigma_f, label, sigma_l, weight, gf, gl_whole)
    for k in range(len(terms.encoded)):
        read = layer.take(terms.encoded[k], rows)
        part = layer.encode(read, P, 10 + 4 * k)
        _, sigma = layer.sample(part, noise, 0)
        gpart = np.zeros_like(part)
        loss.align(f, sigma_f, part, sigma, weight * terms.encoded_weights[k], gf, gpart)
        layer.through_encoder(read, gpart, P, G, 10 + 4 * k)

    layer.through_encoder(d, gl, P, G, 6)
    layer.through_affine(code, gf, G[4], G[5])
    gcode += np.dot(gf, P[4].T)
    return r_l, gz_l


@jit
def _clip(g: Array, norms: Array) -> Any:
    """RDA's moving clip, `ildl.training.batched.MovingClip`: the factor of the gradients."""
    number, norm, largest = norms.dtype.type, np.sqrt(layer.inner(g, g)), norms.max()
    norms[:-1] = norms[1:].copy()
    norms[-1] = min(norm, number(2) * largest, number(1))
    return min(number(5) * largest / (norm + number(1e-6)), number(1))


@jit
def _adamw(p: Array, g: Array, moments: Any, scale: Any, step: int, learning_rate: float, weight_decay: float) -> None:
    """AdamW with AMSGrad (Loshchilov and Hutter, 2019; Reddi et al., 2018), as in PyTorch."""
    (first, second, largest), number, kept = moments, p.dtype.type, p.dtype.type(1 - learning_rate * weight_decay)
    a, b, zero, least = number(1 - 0.9), number(1 - 0.999), number(0), number(1e-30)
    size, scaled, eps = number(learning_rate / (1 - 0.9**step)), number(1 / np.sqrt(1 - 0.999**step)), number(1e-8)
    for i in range(len(p)):  # values are kept in variables: the compiler reads an array again after each assignment
        gradient = g[i] * scale
        mean = first[i] + (gradient - first[i]) * a
        square = second[i] + (gradient * gradient - second[i]) * b
        # moments of units that died end below what a float32 holds in full, where each step costs a hundred times more
        mean, square = zero if abs(mean) < least else mean, zero if square < least else square
        high = max(largest[i], square)
        first[i], second[i], largest[i] = mean, square, high
        p[i] = p[i] * kept - size * mean / (np.sqrt(high) * scaled + eps)
