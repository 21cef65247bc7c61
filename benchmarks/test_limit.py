"""How near to what one core can do is a training step? Operations and bytes counted, peaks and steps measured in turn.

ildl bench -k limit --data Movie --data SCUT-FBP --data Emotion6
"""

from __future__ import annotations

from functools import cache

import pytest

from benchmarks import limit
from benchmarks.work import WEIGHTS, folds_of, timed
from ildl.methods import make_method
from ildl.training import fit_ensemble, one_thread


@cache
def product(shape):
    """Each product is timed once, in the same run as all others."""
    return limit.seconds_of_product(*shape)


@pytest.mark.parametrize("name", list(WEIGHTS))
def test_share_of_the_limit(name, data, settings, figures, say):
    X, D = folds_of(data, settings.folds)[0][0][:2]
    n, q, c = len(X), int(X.any(0).sum()), D.shape[1]
    steps = len(limit.batches(n))

    def fit(epochs):
        """Without validation rows: steps alone."""
        return timed(fit_ensemble, [make_method(name, epochs=epochs, device="cpu", random_state=0)], [(X, D)])[0]

    fit(1)
    short, long = 1, 1 + 5 * settings.epochs  # their difference is free of what is paid once
    tries = [(fit(short), fit(long)) for _ in range(settings.rounds)]
    step = (min(last for _, last in tries) - min(first for first, _ in tries)) / (long - short) / steps
    with one_thread():
        large = product((limit.LARGE,) * 3)
        own = sum(product(s) for b in limit.batches(n) for s in limit.products(name, b, q, c).values()) / steps
        copied = limit.seconds_of_bytes(limit.an_epoch(limit.moved, name, n, q, c) // steps)
    operations = limit.an_epoch(limit.operations, name, n, q, c) / steps
    peak = 2 * limit.LARGE**3 / large
    row = {
        "data": data,
        "method": name,
        "training_rows": n,
        "features": q,
        "labels": c,
        "parameters": limit.parameters(name, q, c),
        "products": limit.products(name, limit.BATCH, q, c),
        "operations": operations,
        "bytes": limit.an_epoch(limit.moved, name, n, q, c) / steps,
        "step_seconds": step,
        "peak_seconds": operations / peak,  # were all products as quick as a large one
        "products_seconds": own,  # as they are, of the step's own sizes
        "bytes_seconds": copied,
        "peak_gflops": peak / 1e9,
        "products_gflops": operations / own / 1e9,
    }
    figures.append(row)
    say(
        f"{data}, {name}: {operations / 1e6:.1f} Mflop and {row['bytes'] / 1e6:.1f} MB a step of {step * 1e6:.0f} us; "
        f"at the peak of {peak / 1e9:.0f} Gflop/s {operations / peak / step:.0%} of it, "
        f"products of these sizes {own / step:.0%}, copying the bytes {copied / step:.0%}"
    )
