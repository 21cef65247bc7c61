"""An epoch of RDA and DILDL on the CPU, compiled by Numba: member by member, step by step, with all gradients by hand.

A step of one such network is some fifteen small products and as many passes over small matrices, compiled to run
without an interpreter between them and within the processor's cache. `ildl.training.batched` does the same by automatic
differentiation, on every device; tests hold both against each other.

Matrices are those of one member and one batch: x (b, q), d (b, c), code (b, h), `f` and `l` (b, 2h), the mean and
log-variance of the features' and the labels' Gaussian. A name with g before it is the loss's gradient.
"""

from __future__ import annotations

from collections import namedtuple
from typing import Any

import numba
import numpy as np

from ildl.checks import Array

# Here, not where they are filled: Numba keeps machine code as long as this file stays as it is.
State = namedtuple("State", "parameters gradients first second largest steps norms")
Data = namedtuple("Data", "X D sizes columns")
Terms = namedtuple(
    "Terms",
    "recovery alignment similarity weight rest dominance decoupled_scale decoupled_shift scale shift balance entropy "
    "log_floor precision pull encoded encoded_weights joint",
)
OPTIONS: dict[str, Any] = {"error_model": "numpy", "fastmath": {"reassoc", "contract", "arcp", "nsz"}}
_jit = numba.njit(**OPTIONS)


@numba.njit(cache=True, **OPTIONS)  # once on a machine, for about twenty seconds
def epoch(state: Any, data: Any, terms: Any, order: Array, noise: Array, settings: Any) -> None:
    """Train all members for one epoch, in place.

    Parameters
    ----------
    state, data, terms : State, Data, Terms
        As `ildl.training.compiled` fills them.
    order : ndarray of int, shape (m, n)
        Each member's rows in the order of this epoch.
    noise : ndarray, shape (m, n, 2h)
        Standard normal.
    settings : tuple of batch size, learning rate, weight decay
    """
    batch_size, learning_rate, weight_decay = settings
    for m in range(len(data.sizes)):
        state.gradients[0][data.columns[m] :] = 0  # padding, which the member before may have filled
        for start in range(0, data.sizes[m], batch_size):
            stop = min(start + batch_size, data.sizes[m])
            _gradients(state.parameters, state.gradients, data, terms, m, order[m, start:stop], noise[m, start:stop])
            scale = _clip(state.gradients, state.norms[m])
            state.steps[m] += 1
            for k in range(len(state.parameters)):
                decay = 1 - learning_rate * weight_decay * (k % 2 == 0)
                p, g = state.parameters[k][m].ravel(), state.gradients[k].ravel()
                moments = state.first[k][m].ravel(), state.second[k][m].ravel(), state.largest[k][m].ravel()
                _adamw(p, g, moments, scale, state.steps[m], learning_rate, decay)


@_jit
def _gradients(P: Any, g: Any, data: Any, terms: Any, m: int, rows: Array, noise: Array) -> None:
    """Gradients of one member's mean loss over these rows: Eq. (17), or RDA's objective."""
    number = data.X.dtype.type
    b, q, h = len(rows), data.columns[m], P[0].shape[2]
    x, d = np.empty((b, q), data.X.dtype), data.D[m][rows]
    for i in range(b):
        x[i] = data.X[m, rows[i], :q]
    encoder, decoder, heads = P[0][m, :q], P[2][m], P[4][m]
    code = _affine(x, encoder, P[1][m])
    active = np.maximum(code, number(0))
    z, f = _affine(active, decoder, P[3][m]), _affine(code, heads, P[5][m])
    label = _encode(d, P, 6, m)
    r_f, sigma_f = _sample(f, noise[:, :h])
    r_l, sigma_l = _sample(label, noise[:, h:])
    z_l = _affine(r_l, decoder, P[3][m])

    gz = _prediction(z, d, terms, m, rows)
    gz_l = _recovery(z_l, d, terms.recovery[m, 0] / number(b))
    gr_f, gr_l = _similarity(r_f, r_l, terms.similarity[m, 0])
    gr_l += np.dot(gz_l, decoder.T)
    gf, gl = _through_sample(gr_f, noise[:, :h], sigma_f), _through_sample(gr_l, noise[:, h:], sigma_l)
    weight = terms.alignment[m, 0] / number(b)
    if terms.precision.size:
        _align_constant(f, sigma_f, terms.precision[m][rows], terms.pull[m][rows], weight, gf)
    elif not terms.encoded.size:
        gl_whole = gl if terms.joint else np.empty_like(gl)
        _align(f, sigma_f, label, sigma_l, weight, gf, gl_whole)
    for k in range(len(terms.encoded)):
        read = terms.encoded[k, m][rows]
        part = _encode(read, P, 10 + 4 * k, m)
        sigma, gpart = np.exp(part[:, h:] * number(0.5)), np.zeros_like(part)
        _align(f, sigma_f, part, sigma, weight * terms.encoded_weights[k, m, 0], gf, gpart)
        _through_encoder(read, gpart, P, g, 10 + 4 * k, m)

    _through_encoder(d, gl, P, g, 6, m)
    _through_affine(code, gf, g[4], g[5])
    _through_affine(np.vstack((active, r_l)), np.vstack((gz, gz_l)), g[2], g[3])
    gcode, gactive = np.dot(gf, heads.T), np.dot(gz, decoder.T)
    for i in range(b):
        for j in range(h):
            if code[i, j] > 0:
                gcode[i, j] += gactive[i, j]
    _through_affine(x, gcode, g[0][:q], g[1])


@_jit
def _affine(x: Array, weight: Array, bias: Array) -> Array:
    y = np.dot(x, weight)
    for i in range(y.shape[0]):
        for j in range(y.shape[1]):
            y[i, j] += bias[0, j]
    return y


@_jit
def _through_affine(x: Array, g: Array, gweight: Array, gbias: Array) -> None:
    np.dot(x.T, g, gweight)
    np.dot(np.ones((1, len(g)), g.dtype), g, gbias)


@_jit
def _encode(d: Array, P: Any, k: int, m: int) -> Array:
    """Mean and log-variance, (b, 2h), from the label encoder whose parameters begin at k; its two maps composed."""
    heads = P[k + 2][m]
    return _affine(d, np.dot(P[k][m], heads), np.dot(P[k + 1][m], heads) + P[k + 3][m])


@_jit
def _through_encoder(d: Array, gl: Array, P: Any, g: Any, k: int, m: int) -> None:
    gweight = np.empty((d.shape[1], gl.shape[1]), gl.dtype)
    _through_affine(d, gl, gweight, g[k + 3])
    np.dot(gweight, P[k + 2][m].T, g[k])
    np.dot(g[k + 3], P[k + 2][m].T, g[k + 1])
    np.dot(np.vstack((P[k][m], P[k + 1][m])).T, np.vstack((gweight, g[k + 3])), g[k + 2])


@_jit
def _sample(gaussian: Array, noise: Array) -> tuple[Array, Array]:
    """Reparameterised samples (b, h), section 3.2, and standard deviations."""
    h = noise.shape[1]
    sigma = np.exp(gaussian.dtype.type(0.5) * gaussian[:, h:])
    return gaussian[:, :h] + noise * sigma, sigma


@_jit
def _through_sample(gr: Array, noise: Array, sigma: Array) -> Array:
    return np.hstack((gr, gr.dtype.type(0.5) * gr * noise * sigma))


@_jit
def _align(f: Array, sigma: Array, label: Array, sigma_label: Array, weight: Any, gf: Array, gl: Array) -> None:
    """Eq. (12) or (13): add the gradients with respect to both Gaussians."""
    half, one = f.dtype.type(0.5), f.dtype.type(1)
    b, h = sigma.shape
    for i in range(b):
        for j in range(h):
            ratio, difference = sigma[i, j] / sigma_label[i, j], f[i, j] - label[i, j]
            slope = weight * difference / (sigma_label[i, j] * sigma_label[i, j])
            to_logvar = half * weight * (ratio * ratio - one)
            gf[i, j] += slope
            gf[i, h + j] += to_logvar
            gl[i, j] -= slope
            gl[i, h + j] -= to_logvar + half * slope * difference


@_jit
def _align_constant(f: Array, sigma: Array, precision: Array, pull: Array, weight: Any, gf: Array) -> None:
    """Eq. (12) and (13) together, with constant label Gaussians: add the gradient."""
    half, one = f.dtype.type(0.5), f.dtype.type(1)
    b, h = sigma.shape
    for i in range(b):
        for j in range(h):
            gf[i, j] += weight * (precision[i, j] * f[i, j] - pull[i, j])
            gf[i, h + j] += half * weight * (sigma[i, j] * sigma[i, j] * precision[i, j] - one)


@_jit
def _similarity(r_f: Array, r_l: Array, weight: Any) -> tuple[Array, Array]:
    """Eq. (14): gradients with respect to both samples."""
    number = r_f.dtype.type
    (u_f, norm_f), (u_l, norm_l) = _unit(r_f), _unit(r_l)
    slope = np.dot(u_f, u_f.T) - np.dot(u_l, u_l.T)
    slope *= number(4) * weight / number(len(r_f) ** 2)
    g_f, g_l = np.dot(slope, u_f), np.dot(slope, u_l)
    _through_unit(g_f, u_f, norm_f, number(1))
    _through_unit(g_l, u_l, norm_l, number(-1))
    return g_f, g_l


@_jit
def _unit(r: Array) -> tuple[Array, Array]:
    number = r.dtype.type
    u, norm = np.empty_like(r), np.empty(len(r), r.dtype)
    for i in range(len(r)):
        total = number(0)
        for j in range(r.shape[1]):
            total += r[i, j] * r[i, j]
        norm[i] = max(np.sqrt(total), number(1e-12))
        for j in range(r.shape[1]):
            u[i, j] = r[i, j] / norm[i]
    return u, norm


@_jit
def _through_unit(g: Array, u: Array, norm: Array, sign: Any) -> None:
    for i in range(len(g)):
        along = g.dtype.type(0)
        for j in range(g.shape[1]):
            along += g[i, j] * u[i, j]
        for j in range(g.shape[1]):
            g[i, j] = sign * (g[i, j] - u[i, j] * along) / norm[i]


@_jit
def _prediction(z: Array, d: Array, terms: Any, m: int, rows: Array) -> Array:
    """Prediction loss, mean over rows: gradient with respect to the logits."""
    gz = np.zeros_like(z)
    if terms.weight.size:
        weight, rest, dominance = terms.weight[m][rows], terms.rest[m][rows], terms.dominance[m][rows]
        if terms.decoupled_scale.size:
            scale = terms.decoupled_scale[m][rows]
            gz += scale * _decoupled(terms.decoupled_shift[m][rows] + z * scale, weight, rest, dominance)
        else:
            gz += _decoupled(z, weight, rest, dominance)
    if terms.scale.size:
        scale, u = terms.scale[m][rows], terms.shift[m][rows] + z * terms.scale[m][rows]
        gz += scale * _balanced(u, d, terms.balance[m][rows], terms.entropy[m][rows], terms.log_floor)
    return gz / z.dtype.type(len(z))


@_jit
def _softmax(z: Array) -> Array:
    p = np.empty_like(z)
    for i in range(len(z)):
        top, total = z[i].max(), z.dtype.type(0)
        for j in range(z.shape[1]):
            p[i, j] = np.exp(z[i, j] - top)
            total += p[i, j]
        for j in range(z.shape[1]):
            p[i, j] /= total
    return p


@_jit
def _sums(values: Array) -> Array:
    return np.dot(values, np.ones((values.shape[1], 1), values.dtype))


@_jit
def _decoupled(z: Array, weight: Array, rest: Array, dominance: Array) -> Array:
    """Eq. (10) and (11) for every label: `ildl.losses.prepared_decoupled_loss`."""
    others = _softmax(z + dominance)
    return (_sums(weight) + rest) * _softmax(z) - weight - rest * others


@_jit
def _balanced(z: Array, d: Array, balance: Array, entropy: Array, log_floor: float) -> Array:
    """`ildl.losses.prepared_balanced_loss` of adjusted logits, focal exponent 2."""
    number, p = z.dtype.type, _softmax(z)
    log_p, floor, rest = np.log(p), number(log_floor), number(1) - p
    divergence = entropy - d * np.maximum(log_p, floor)
    slope = -balance * rest * (number(2) * p * divergence + rest * d * (log_p >= floor))
    return (slope - p * _sums(slope)) / number(z.shape[1])


@_jit
def _recovery(z: Array, d: Array, weight: Any) -> Array:
    """Eq. (16): gradient with respect to the logits."""
    return weight * (_sums(d) * _softmax(z) - d)


@_jit
def _clip(g: Any, norms: Array) -> Any:
    """RDA's moving clip, `ildl.training.batched.MovingClip`: the factor of one member's gradients."""
    number, total = norms.dtype.type, norms.dtype.type(0)
    for k in range(len(g)):
        flat = g[k].ravel()
        for i in range(len(flat)):
            total += flat[i] * flat[i]
    norm, largest = np.sqrt(total), norms.max()
    norms[:-1] = norms[1:].copy()
    norms[-1] = min(norm, number(2) * largest, number(1))
    return min(number(5) * largest / (norm + number(1e-6)), number(1))


@_jit
def _adamw(p: Array, g: Array, moments: Any, scale: Any, step: int, learning_rate: float, decay: float) -> None:
    """AdamW with AMSGrad (Loshchilov and Hutter, 2019; Reddi et al., 2018), as in PyTorch."""
    number = p.dtype.type
    (first, second, largest), kept = moments, number(decay)
    a, b = number(1 - 0.9), number(1 - 0.999)
    size, bias, eps = number(learning_rate / (1 - 0.9**step)), number(np.sqrt(1 - 0.999**step)), number(1e-8)
    for i in range(len(p)):
        gradient = g[i] * scale
        first[i] += (gradient - first[i]) * a
        second[i] += (gradient * gradient - second[i]) * b
        largest[i] = max(largest[i], second[i])
        p[i] = p[i] * kept - size * first[i] / (np.sqrt(largest[i]) / bias + eps)
