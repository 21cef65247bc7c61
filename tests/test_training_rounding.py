"""Compiled loops round every operation as it is written, as Python does number by number.

Compilers may be allowed to fuse or approximate operations, and do so in vectors and not number by number, or the
reverse. Which of the two a loop takes hangs on how close its arrays lie in memory: a network's numbers would hang on
what its process allocated before.
"""

from __future__ import annotations

from collections import namedtuple

import numpy as np
import pytest

from ildl.training import kernel_losses, kernels, noise

ROWS = 47
Terms = namedtuple(
    "Terms",
    "target scale shift balance entropy log_floor weight rest dominance decoupled_scale decoupled_shift",
)


def numbers(rng, *shape):
    return rng.normal(size=shape).astype(np.float32)


def positive(rng, *shape):
    return np.exp(numbers(rng, *shape))


def terms(rng, c):
    balanced, decoupled = [positive(rng, 1, ROWS, c) for _ in range(5)], [positive(rng, ROWS, k) for k in (c, 1, c)]
    return Terms(*balanced, -18.0, *decoupled, *np.zeros((2, 0, 0), np.float32))


LOOPS = {
    "align": (
        kernel_losses.align,
        lambda rng, c: [
            *(make(rng, ROWS, k * c) for make, k in [(numbers, 2), (positive, 1)] * 2),
            np.float32(0.1), *(numbers(rng, ROWS, 2 * c) for _ in range(2)),
        ],
    ),
    "unit": (
        kernel_losses._through_unit,
        lambda rng, c: [numbers(rng, ROWS, c), numbers(rng, ROWS, c), positive(rng, ROWS), np.float32(1)],
    ),
    "balanced": (
        kernel_losses._balanced,
        lambda rng, c: [numbers(rng, ROWS, c), terms(rng, c), 0, rng.permutation(ROWS), numbers(rng, ROWS, c)],
    ),
    "decoupled": (
        kernel_losses._decoupled,
        lambda rng, c: [numbers(rng, ROWS, c), terms(rng, c), rng.permutation(ROWS), numbers(rng, ROWS, c)],
    ),
    "recovery": (
        kernel_losses.recovery,
        lambda rng, c: [numbers(rng, ROWS, c), positive(rng, ROWS, c), np.float32(0.3)],
    ),
    "adjusted": (
        kernel_losses._adjusted,
        lambda rng, c: [*(numbers(rng, ROWS, c) for _ in range(3)), rng.permutation(ROWS)],
    ),
    "adamw": (
        kernels._adamw,
        lambda rng, c: [*(numbers(rng, ROWS * c) for _ in range(2)),
                        tuple(make(rng, ROWS * c) for make in (numbers, positive, positive)),
                        np.float32(0.7), 3, 1e-3, 1e-4],
    ),
    "noise": (
        noise._box_muller,
        lambda rng, c: [rng.integers(0, 2**63, ROWS * c).astype(np.uint64), np.empty(2 * ROWS * c, np.float32)],
    ),
}  # fmt: skip


@pytest.mark.parametrize("labels", [5, 9, 40])
@pytest.mark.parametrize("loop", LOOPS)
def test_compiled_loops_round_as_they_are_written(loop, labels):
    function, arguments = LOOPS[loop]
    found = []
    for run in (function, function.py_func):
        given = arguments(np.random.default_rng(labels), labels)
        with np.errstate(all="ignore"):  # integers that wrap around, in Python alone
            found.append((run(*given), given))
    np.testing.assert_equal(*found)
