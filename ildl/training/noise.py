"""Standard normal numbers in bulk: NumPy's generator draws the bits, compiled code makes them normal."""

from __future__ import annotations

from typing import Any

import numba
import numpy as np

from ildl.checks import Array
from ildl.training import recompile
from ildl.training.kernel_layers import OPTIONS, jit


def standard_normal(generator: np.random.Generator, out: Any) -> None:
    """Fill an array with standard normal numbers, by the method of Box and Muller (1958).

    NumPy's own `standard_normal` takes them one by one, five times as long. Numbers are single-precision and have
    24 random bits each, so that none is beyond 5.8.

    Parameters
    ----------
    generator : Generator
        Is advanced by half of the numbers, rounded up, in words of 64 bits.
    out : ndarray of float32, C-contiguous
    """
    flat = out.reshape(-1)
    words = generator.bit_generator.random_raw(-(-flat.size // 2))
    recompile.run(_box_muller, words, flat)


@jit
def _logarithm(x: Any) -> Any:
    """Of a normal float32 above 0: of its exponent, and of its mantissa by the series of artanh."""
    bits, one, half = np.float32(x).view(np.int32), np.float32(1), np.float32(0.5)
    third, fifth, seventh, ninth = np.float32(1 / 3), np.float32(1 / 5), np.float32(1 / 7), np.float32(1 / 9)
    e = (bits >> np.int32(23)) - np.int32(127)
    m = np.int32((bits & np.int32(0x7FFFFF)) | np.int32(0x3F800000)).view(np.float32)  # in [1, 2)
    large = m > np.float32(1.4142135)
    m, e = (m * half if large else m), (e + np.int32(1) if large else e)
    s = (m - one) / (m + one)
    q = s * s
    series = one + q * (third + q * (fifth + q * (seventh + q * ninth)))
    return (s + s) * series + np.float32(e) * np.float32(np.log(2))


@jit
def _sine(turns: Any) -> Any:
    """Sine of at most a quarter of a turn to either side, by its series."""
    x, one = turns * np.float32(2 * np.pi), np.float32(1)
    q = x * x
    p = one - q * np.float32(1 / 110)
    p = one - q * np.float32(1 / 72) * p
    p = one - q * np.float32(1 / 42) * p
    p = one - q * np.float32(1 / 20) * p
    return x * (one - q * np.float32(1 / 6) * p)


@numba.njit(cache=True, nogil=True, **OPTIONS)
def _box_muller(words: Array, out: Array) -> None:
    """Half of the numbers are radius times cosine, the other half radius times sine of the same pairs."""
    half, unit, quarter = len(words), np.float32(2.0**-24), np.float32(0.25)
    radius, angle = np.empty(half, np.float32), np.empty(half, np.float32)
    for i in range(half):
        radius[i] = np.float32(np.int32(words[i] >> np.uint64(40)) + np.int32(1)) * unit  # in (0, 1]
        angle[i] = np.float32(np.int32(words[i] & np.uint64(0xFFFFFF)) - np.int32(2**23)) * unit  # half a turn around 0
    for i in range(half):
        radius[i] = np.sqrt(max(np.float32(-2) * _logarithm(radius[i]), np.float32(0)))
    for i in range(half):
        out[i] = radius[i] * _sine(quarter - abs(angle[i]))
    for i in range(len(out) - half):
        folded = quarter - abs(abs(angle[i]) - quarter)
        out[half + i] = radius[i] * _sine(folded if angle[i] > 0 else -folded)
