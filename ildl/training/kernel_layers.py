"""Layers of the compiled training, forward and back.

Matrices are those of one member and one batch: X (n, q), d (b, c), a Gaussian (b, 2h), mean and log-variance. A name
with g before it is the loss's gradient. Loops stand where array expressions would do: the compiler makes vector
instructions of them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba
import numpy as np
from numba.extending import overload

from ildl.checks import Array

OPTIONS: dict[str, Any] = {"error_model": "numpy"}
"""Rounding as written. Where arrays lie close to each other in memory, a loop takes numbers one by one, not in vectors:
what a compiler may round otherwise in the two would hang on where a run's arrays come to lie."""
SMALL = 10**6
"""Multiplications up to which a matrix product takes OpenBLAS's small kernels; a larger one is half as fast."""
jit = numba.njit(**OPTIONS)


@numba.njit(**OPTIONS, fastmath={"reassoc"})
def inner(a: Array, b: Array) -> Any:
    """Inner product of two rows, in an order that suits vectors: nothing is stored, so that it is always the same."""
    total = a.dtype.type(0)
    for i in range(len(a)):
        total += a[i] * b[i]
    return total


def exponential(x: Any) -> Any:
    """Exponential of a number; to be called in compiled code.

    The library's is called number by number; this polynomial, for single precision, takes eight numbers at once.
    Relative error below 4e-7; values below 1e-38 become 1e-38, values above 2e38 infinite.
    """
    return np.exp(x)


@overload(exponential, jit_options=OPTIONS)  # type: ignore[arg-type]
def _exponential(x: Any) -> Callable[[Any], Any]:
    one, two, three, four, five, six, seven = 1 / np.arange(1, 8, dtype=np.float32)  # of the series x ** k / k!
    low, high, log2e = np.float32(-87.3), np.float32(88.8), np.float32(1 / np.log(2))
    ln2 = np.float32(0.693359375)  # exact in nine bits, so that n * ln2 is exact, too
    ln2_rest = np.float32(np.log(2) - 0.693359375)

    def single(x: Any) -> Any:
        x = min(max(x, low), high)
        n = np.rint(x * log2e)
        r = x - n * ln2 - n * ln2_rest
        p = one + r * six * (one + r * seven)
        p = one + r * three * (one + r * four * (one + r * five * p))
        p = one + r * (one + r * two * p)
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
def softmax(z: Array) -> Array:
    """Softmax of each row."""
    p = np.empty_like(z)
    for i in range(z.shape[0]):
        top, total = z[i, 0], z.dtype.type(0)
        for j in range(1, z.shape[1]):
            top = max(top, z[i, j])
        for j in range(z.shape[1]):
            p[i, j] = exponential(z[i, j] - top)
        for j in range(z.shape[1]):
            total += p[i, j]
        share = z.dtype.type(1) / total
        for j in range(z.shape[1]):
            p[i, j] *= share
    return p
