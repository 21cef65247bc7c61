"""Losses of the compiled training: their gradients by hand.

Matrices are those of one member and one batch: z and d (b, c), `f` and `label` (b, 2h), the mean and log-variance of
the features' and the labels' Gaussian. A name with g before it is the loss's gradient.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ildl.checks import Array
from ildl.training.kernel_layers import inner, jit, softmax


@jit
def align(f: Array, sigma: Array, label: Array, sigma_label: Array, weight: Any, gf: Array, gl: Array) -> None:
    """Eq. (12) or (13): add the gradients with respect to both Gaussians."""
    half, one = f.dtype.type(0.5), f.dtype.type(1)
    b, h = sigma.shape
    for i in range(b):
        for j in range(h):
            precise = one / sigma_label[i, j]
            ratio, difference = sigma[i, j] * precise, f[i, j] - label[i, j]
            slope = weight * difference * (precise * precise)
            to_logvar = half * weight * (ratio * ratio - one)
            gf[i, j] += slope
            gf[i, h + j] += to_logvar
            gl[i, j] -= slope
            gl[i, h + j] -= to_logvar + half * slope * difference


@jit
def align_constant(f: Array, sigma: Array, precision: Array, pull: Array, rows: Array, weight: Any, gf: Array) -> None:
    """Eq. (12) and (13) together, with constant label Gaussians: add the gradient."""
    half, one = f.dtype.type(0.5), f.dtype.type(1)
    b, h = sigma.shape
    for i in range(b):
        row = rows[i]
        for j in range(h):
            gf[i, j] += weight * (precision[row, j] * f[i, j] - pull[row, j])
            gf[i, h + j] += half * weight * (sigma[i, j] * sigma[i, j] * precision[row, j] - one)


@jit
def similarity(r_f: Array, r_l: Array, weight: Any) -> tuple[Array, Array]:
    """Eq. (14): gradients with respect to both samples."""
    number = r_f.dtype.type
    (u_f, norm_f), (u_l, norm_l) = _unit(r_f), _unit(r_l)
    slope, of_labels = np.dot(u_f, u_f.T), np.dot(u_l, u_l.T)
    factor = number(4) * weight / number(len(r_f) ** 2)
    for i in range(len(slope)):
        for j in range(len(slope)):
            slope[i, j] = factor * (slope[i, j] - of_labels[i, j])
    g_f, g_l = np.dot(slope, u_f), np.dot(slope, u_l)
    _through_unit(g_f, u_f, norm_f, number(1))
    _through_unit(g_l, u_l, norm_l, number(-1))
    return g_f, g_l


@jit
def _unit(r: Array) -> tuple[Array, Array]:
    number = r.dtype.type
    u, norm = np.empty_like(r), np.empty(len(r), r.dtype)
    for i in range(len(r)):
        norm[i] = max(np.sqrt(inner(r[i], r[i])), number(1e-12))
        to_unit = number(1) / norm[i]
        for j in range(r.shape[1]):
            u[i, j] = r[i, j] * to_unit
    return u, norm


@jit
def _through_unit(g: Array, u: Array, norm: Array, sign: Any) -> None:
    for i in range(len(g)):
        along, factor = inner(g[i], u[i]), sign / norm[i]
        for j in range(g.shape[1]):
            g[i, j] = factor * (g[i, j] - u[i, j] * along)


@jit
def prediction(z: Array, d: Array, terms: Any, rows: Array) -> Array:
    """Prediction loss, mean over rows: gradient with respect to the logits."""
    gz = np.zeros_like(z)
    if terms.weight.size:
        _decoupled(z, terms, rows, gz)
    for k in range(len(terms.scale)):
        _balanced(z, terms, k, rows, gz)
    if terms.focal_scale.size:
        _focal_decoupled(z, terms, rows, gz)
    return gz


@jit
def _decoupled(z: Array, terms: Any, rows: Array, gz: Array) -> None:
    """Eq. (10) and (11) for every label: `ildl.losses.prepared_decoupled_loss`; add the gradient."""
    is_adjusted, share = terms.decoupled_scale.size > 0, z.dtype.type(1) / z.dtype.type(len(z))
    u = _adjusted(z, terms.decoupled_scale, terms.decoupled_shift, rows) if is_adjusted else z
    masked = np.empty_like(u)
    for i in range(len(rows)):
        for j in range(u.shape[1]):
            masked[i, j] = u[i, j] + terms.dominance[rows[i], j]
    p, others = softmax(u), softmax(masked)
    for i in range(len(rows)):
        rest = terms.rest[rows[i], 0]
        total = rest
        for j in range(u.shape[1]):
            total += terms.weight[rows[i], j]
        for j in range(u.shape[1]):
            slope = total * p[i, j] - terms.weight[rows[i], j] - rest * others[i, j]
            gz[i, j] += share * (slope * terms.decoupled_scale[rows[i], j] if is_adjusted else slope)


@jit
def _balanced(z: Array, terms: Any, k: int, rows: Array, gz: Array) -> None:
    """`ildl.losses.prepared_balanced_loss`, focal exponent 2, of target k: add the gradient."""
    target, scale, balance, entropy = terms.target[k], terms.scale[k], terms.balance[k], terms.entropy[k]
    p, slope, c = softmax(_adjusted(z, scale, terms.shift[k], rows)), np.empty_like(z[0]), z.shape[1]
    number, share = z.dtype.type, z.dtype.type(1) / z.dtype.type(len(z) * c)
    floor, one = number(terms.log_floor), number(1)
    for i in range(len(rows)):
        row, total = rows[i], number(0)
        for j in range(c):
            slope[j] = balance[row, j] * _focal(p[i, j], target[row, j], entropy[row, j], floor, one)
            total += slope[j]
        for j in range(c):
            gz[i, j] += share * scale[row, j] * (slope[j] - p[i, j] * total)


@jit
def _focal(p: Any, target: Any, entropy: Any, floor: Any, one: Any) -> Any:
    """Derivative of (1 - p)^2 (entropy - target ln p) by ln p, which is floored; `one` in the precision of all."""
    log_p, rest = np.log(p), one - p
    divergence = entropy - target * max(log_p, floor)
    pull = rest * target if log_p >= floor else one - one
    return -rest * ((p + p) * divergence + pull)


@jit
def _focal_decoupled(z: Array, terms: Any, rows: Array, gz: Array) -> None:
    """`ildl.losses.prepared_focal_decoupled_loss`, focal exponent 2: add the gradient."""
    number, c = z.dtype.type, z.shape[1]
    floor, one = number(terms.log_floor), number(1)
    u, slope = _adjusted(z, terms.focal_scale, terms.focal_shift, rows), np.empty_like(z[0])
    share = one / number(len(z) * c)
    masked = np.empty_like(u)
    for i in range(len(rows)):
        for j in range(c):
            masked[i, j] = u[i, j] + terms.dominance[rows[i], j]
    p, others = softmax(u), softmax(masked)
    for i in range(len(rows)):
        row, rest, of_others, of_k = rows[i], number(0), number(0), number(0)
        for j in range(c):
            is_other = terms.dominance[row, j] == 0
            own = others[i, j] if is_other else p[i, j]
            slope[j] = _focal(own, terms.focal_target[row, j], terms.focal_entropy[row, j], floor, one)
            slope[j] *= terms.focal_weight[row, j]
            if is_other:
                rest += p[i, j]
                of_others += slope[j]
            else:
                of_k = slope[j]
        of_rest = terms.focal_rest[row, 1] * _focal(
            rest, terms.focal_rest[row, 0], terms.focal_rest[row, 2], floor, one
        )
        for j in range(c):
            g = slope[j] - (of_k + of_rest) * p[i, j]
            if terms.dominance[row, j] == 0:
                g += (of_rest - of_others) * others[i, j]
            gz[i, j] += share * terms.focal_scale[row, j] * g


@jit
def _adjusted(z: Array, scale: Array, shift: Array, rows: Array) -> Array:
    u = np.empty_like(z)
    for i in range(len(rows)):
        for j in range(z.shape[1]):
            u[i, j] = shift[rows[i], j] + z[i, j] * scale[rows[i], j]
    return u


@jit
def recovery(z: Array, d: Array, weight: Any) -> Array:
    """Eq. (16), mean over rows: gradient with respect to the logits."""
    g, share = softmax(z), weight / z.dtype.type(len(z))
    for i in range(z.shape[0]):
        mass = z.dtype.type(0)
        for j in range(z.shape[1]):
            mass += d[i, j]
        for j in range(z.shape[1]):
            g[i, j] = share * (mass * g[i, j] - d[i, j])
    return g
