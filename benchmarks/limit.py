"""What a training step needs, counted from its shapes: matrix products, their operations, and bytes that must move.

A product of (m, k) and (k, n) is 2 m k n operations. Products alone are counted: what else a step does is passes over
matrices, whose cost is in the bytes. Counted is the training as the trainer does it, with affine maps in a row composed
and without columns that are zero in all training rows.
"""

from __future__ import annotations

import time

import numpy as np

BATCH, HIDDEN = 50, 100
LARGE = 1024
"""Side of the large product, far above what a core's caches favour or hinder."""


def products(name, b, q, c, h=HIDDEN):
    """Every matrix product of one step -> (m, k, n); b rows, q features, c labels."""
    predicted = {
        "code = x E": (b, q, h),
        "logits = code M": (b, h, c),
        "gradient of M": (h, b, c),
        "gradient of the code, by M": (b, c, h),
        "gradient of E": (q, b, h),
    }
    if name == "OFR-DB":
        return predicted
    return predicted | {
        "feature Gaussian = code H": (b, h, 2 * h),
        "label encoder's two maps in one": (c + 1, h, 2 * h),
        "label Gaussian": (b, c, 2 * h),
        "logits of the label sample": (b, h, c),
        "cosines of the feature samples": (b, h, b),
        "cosines of the label samples": (b, h, b),
        "gradient of the feature samples, by cosines": (b, b, h),
        "gradient of the label samples, by cosines": (b, b, h),
        "gradient of the label samples, by M": (b, c, h),
        "gradient of M, by label samples": (h, b, c),
        "gradient of the label encoder's map": (c, b, 2 * h),
        "gradient of its first part": (c + 1, 2 * h, h),
        "gradient of its second part": (h, c + 1, 2 * h),
        "gradient of H": (h, b, 2 * h),
        "gradient of the code, by H": (b, 2 * h, h),
    }


def parameters(name, q, c, h=HIDDEN):
    """Numbers that are trained."""
    predictor = (q + 1) * h + (h + 1) * c
    return predictor if name == "OFR-DB" else predictor + (h + 1) * 2 * h + (c + 1) * h + (h + 1) * 2 * h


def operations(name, b, q, c):
    """Floating-point operations of one step's products."""
    return sum(2 * m * k * n for m, k, n in products(name, b, q, c).values())


def moved(name, b, q, c, h=HIDDEN):
    """Bytes of one step: the optimiser's state, the rows and the noise, in float32, each read or written once.

    Parameters and three moments are read and written, gradients are written and read: ten numbers a parameter.
    """
    noise = 0 if name == "OFR-DB" else 2 * h
    return 4 * (10 * parameters(name, q, c) + b * (q + c + noise))


def batches(rows):
    """Sizes of an epoch's batches."""
    return [min(BATCH, rows - first) for first in range(0, rows, BATCH)]


def an_epoch(count, name, rows, *sizes):
    """Sum of a count over the batches of an epoch."""
    return sum(count(name, b, *sizes) for b in batches(rows))


def seconds_of_product(m, k, n, spent=0.02):
    """Seconds of one float32 product by NumPy, into memory that is there; the best of some tries."""
    rng = np.random.default_rng(0)
    a, b = rng.random((m, k), np.float32), rng.random((k, n), np.float32)
    out = np.empty((m, n), np.float32)
    np.dot(a, b, out)
    repeats = max(1, int(spent / 5 * 2e10 / (2 * m * k * n)))
    return best_of(lambda: [np.dot(a, b, out) for _ in range(repeats)]) / repeats


def seconds_of_bytes(count):
    """Seconds of copying, which reads and writes so many bytes together."""
    source = np.ones(max(1, count // 8), np.float32)
    target = source.copy()
    return best_of(lambda: [np.copyto(target, source) for _ in range(50)]) / 50


def best_of(do, tries=5):
    """Least seconds: what disturbs only adds."""
    spent = []
    for _ in range(tries):
        start = time.perf_counter()
        do()
        spent.append(time.perf_counter() - start)
    return min(spent)
