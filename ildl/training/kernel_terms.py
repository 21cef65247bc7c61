"""Parts of the compiled training: layers, losses, and the gradients of both by hand.

Matrices are those of one member and one batch: x (b, q), d (b, c), `f` and `label` (b, 2h), the mean and log-variance
of the features' and the labels' Gaussian. A name with g before it is the loss's gradient. Loops stand where array
expressions would do: the compiler makes vector instructions of them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba
import numpy as np
from numba.extending import overload

from ildl.checks import Array

OPTIONS: dict[str, Any] = {"error_model": "numpy", "fastmath": {"reassoc", "contract", "arcp", "nsz"}}
SMALL = 10**6
"""Multiplications up to which a matrix product takes OpenBLAS's small kernels; a larger one is half as fast."""
jit = numba.njit(**OPTIONS)


def exponential(x: Any) -> Any:
    """Exponential of a number; to be called in compiled code.

    The library's is called number by number; this polynomial, for single precision, takes eight numbers at once.
    Relative error below 2e-7; values below 1e-38 become 1e-38.
    """
    return np.exp(x)


@overload(exponential, jit_options=OPTIONS)  # type: ignore[arg-type]
def _exponential(x: Any) -> Callable[[Any], Any]:
    one, two = np.float32(1), np.float32(2)
    low, high, log2e = np.float32(-87.3), np.float32(88.8), np.float32(1 / np.log(2))
    ln2 = np.float32(0.693359375)  # exact in nine bits, so that n * ln2 is exact, too
    ln2_rest = np.float32(np.log(2) - 0.693359375)

    def single(x: Any) -> Any:
        x = min(max(x, low), high)
        n = np.rint(x * log2e)
        r = x - n * ln2 - n * ln2_rest
        p = one + r / np.float32(5) * (one + r / np.float32(6))
        p = one + r * (one + r / two * (one + r / np.float32(3) * (one + r / np.float32(4) * p)))
        return p * np.int32((np.int32(n) + np.int32(127)) << np.int32(23)).view(np.float32)  # 2 ** n, by its bits

    def double(x: Any) -> Any:
        return np.exp(x)

    return single if x == numba.float32 else double


@jit
def affine(x: Array, weight: Array, bias: Array) -> Array:
    """Affine map of rows."""
    y = np.dot(x, weight)
    for i in range(y.shape[0]):
        for j in range(y.shape[1]):
            y[i, j] += bias[0, j]
    return y


@jit
def through_affine(x: Array, g: Array, gweight: Array, gbias: Array) -> None:
    """Set the gradients of an affine map's weights and biases, from those of its outputs."""
    np.dot(x.T, g, gweight)
    np.dot(np.ones((1, len(g)), g.dtype), g, gbias)


@jit
def take(values: Array, rows: Array) -> Array:
    """These rows, in this order."""
    taken = np.empty((len(rows), values.shape[1]), values.dtype)
    for i in range(len(rows)):
        for j in range(values.shape[1]):
            taken[i, j] = values[rows[i], j]
    return taken


@jit
def take_blocks(X: Array, rows: Array, h: int) -> Array:
    """These rows, columns block by block, in one flat array."""
    (_, q), b = X.shape, len(rows)
    width, flat = _block_width(b, q, h), np.empty(b * q, X.dtype)
    for begin in range(0, q, width):
        size = min(width, q - begin)
        for i in range(b):
            to = b * begin + size * i
            flat[to : to + size] = X[rows[i], begin : begin + size]
    return flat


@jit
def affine_of_blocks(flat: Array, b: int, weight: Array, bias: Array) -> Array:
    """Affine map of b rows in blocks of columns."""
    q, h = weight.shape
    width = _block_width(b, q, h)
    y = affine(flat[: b * min(width, q)].reshape(b, min(width, q)), weight[:width], bias)
    for begin in range(width, q, width):
        end = min(begin + width, q)
        y += np.dot(flat[b * begin : b * end].reshape(b, end - begin), weight[begin:end])
    return y


@jit
def through_affine_of_blocks(flat: Array, g: Array, gweight: Array, gbias: Array) -> None:
    """Set the gradients of that map's weights and biases, from those of its outputs."""
    (b, h), q = g.shape, len(gweight)
    width = _block_width(b, q, h)
    for begin in range(0, q, width):
        end = min(begin + width, q)
        np.dot(flat[b * begin : b * end].reshape(b, end - begin).T, g, gweight[begin:end])
    np.dot(np.ones((1, b), g.dtype), g, gbias)


@jit
def _block_width(b: int, q: int, h: int) -> int:
    blocks = max(1, -(-q * b * h // SMALL))
    return max(1, -(-q // blocks))


@jit
def encode(d: Array, P: Any, k: int) -> Array:
    """Mean and log-variance, (b, 2h), from the label encoder whose parameters begin at k; its two maps composed."""
    return affine(d, np.dot(P[k], P[k + 2]), np.dot(P[k + 1], P[k + 2]) + P[k + 3])


@jit
def through_encoder(d: Array, gl: Array, P: Any, G: Any, k: int) -> None:
    """Set the gradients of that label encoder's parameters."""
    gweight = np.empty((d.shape[1], gl.shape[1]), gl.dtype)
    through_affine(d, gl, gweight, G[k + 3])
    np.dot(gweight, P[k + 2].T, G[k])
    np.dot(G[k + 3], P[k + 2].T, G[k + 1])
    np.dot(np.vstack((P[k], P[k + 1])).T, np.vstack((gweight, G[k + 3])), G[k + 2])


@jit
def sample(gaussian: Array, noise: Array, first: int) -> tuple[Array, Array]:
    """Reparameterised samples (b, h), section 3.2, and standard deviations; the noise is in the columns from first."""
    (b, h), half = (len(gaussian), gaussian.shape[1] // 2), gaussian.dtype.type(0.5)
    r, sigma = np.empty((b, h), gaussian.dtype), np.empty((b, h), gaussian.dtype)
    for i in range(b):
        for j in range(h):
            sigma[i, j] = exponential(half * gaussian[i, h + j])
            r[i, j] = gaussian[i, j] + noise[i, first + j] * sigma[i, j]
    return r, sigma


@jit
def through_sample(gr: Array, noise: Array, first: int, sigma: Array) -> Array:
    """Gradient of mean and log-variance, from that of the samples."""
    (b, h), half = gr.shape, gr.dtype.type(0.5)
    g = np.empty((b, 2 * h), gr.dtype)
    for i in range(b):
        for j in range(h):
            g[i, j] = gr[i, j]
            g[i, h + j] = half * gr[i, j] * noise[i, first + j] * sigma[i, j]
    return g


@jit
def align(f: Array, sigma: Array, label: Array, sigma_label: Array, weight: Any, gf: Array, gl: Array) -> None:
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
        total = number(0)
        for j in range(r.shape[1]):
            total += r[i, j] * r[i, j]
        norm[i] = max(np.sqrt(total), number(1e-12))
        for j in range(r.shape[1]):
            u[i, j] = r[i, j] / norm[i]
    return u, norm


@jit
def _through_unit(g: Array, u: Array, norm: Array, sign: Any) -> None:
    for i in range(len(g)):
        along = g.dtype.type(0)
        for j in range(g.shape[1]):
            along += g[i, j] * u[i, j]
        for j in range(g.shape[1]):
            g[i, j] = sign * (g[i, j] - u[i, j] * along) / norm[i]


@jit
def prediction(z: Array, d: Array, terms: Any, rows: Array) -> Array:
    """Prediction loss, mean over rows: gradient with respect to the logits."""
    gz = np.zeros_like(z)
    if terms.weight.size:
        _decoupled(z, terms, rows, gz)
    if terms.scale.size:
        _balanced(z, d, terms, rows, gz)
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
def _balanced(z: Array, d: Array, terms: Any, rows: Array, gz: Array) -> None:
    """`ildl.losses.prepared_balanced_loss`, focal exponent 2: add the gradient."""
    number, floor, c = z.dtype.type, z.dtype.type(terms.log_floor), z.shape[1]
    p, slope, share = softmax(_adjusted(z, terms.scale, terms.shift, rows)), np.empty_like(z[0]), number(len(z) * c)
    for i in range(len(rows)):
        total = number(0)
        for j in range(c):
            log_p, rest = np.log(p[i, j]), number(1) - p[i, j]
            divergence = terms.entropy[rows[i], j] - d[i, j] * max(log_p, floor)
            pull = rest * d[i, j] if log_p >= floor else number(0)
            slope[j] = -terms.balance[rows[i], j] * rest * (number(2) * p[i, j] * divergence + pull)
            total += slope[j]
        for j in range(c):
            gz[i, j] += terms.scale[rows[i], j] * (slope[j] - p[i, j] * total) / share


@jit
def _adjusted(z: Array, scale: Array, shift: Array, rows: Array) -> Array:
    u = np.empty_like(z)
    for i in range(len(rows)):
        for j in range(z.shape[1]):
            u[i, j] = shift[rows[i], j] + z[i, j] * scale[rows[i], j]
    return u


@jit
def softmax(z: Array) -> Array:
    """Softmax of each row."""
    p = np.empty_like(z)
    for i in range(z.shape[0]):
        top, total = z[i, 0], z.dtype.type(0)
        for j in range(1, z.shape[1]):
            top = max(top, z[i, j])
        for j in range(z.shape[1]):
            p[i, j] = exponential(z[i, j] - top)
            total += p[i, j]
        for j in range(z.shape[1]):
            p[i, j] /= total
    return p


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
