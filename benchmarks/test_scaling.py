"""How cost grows with members, rows, features, labels and processes: seconds, memory, and fitted exponents.

ildl bench -k scaling                  # a tenth of the ranges
ildl bench -k scaling --largest 1
"""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.work import cost, folds_of, in_own_process, timed, train_in_processes, train_together
from companion.cost import frames

BASE = {"members": 1, **frames.BASE}
RANGES = {
    "members": (1, 3, 10, 30, 100, 360),
    "n": (100, 1_000, 10_000, 100_000),
    "q": (10, 100, 1_000, 10_000),
    "c": (3, 10, 30, 100, 200),
}
METHODS = ("RDA", "DILDL")
SEEN_MIB = 10
"""Less memory than that may be what the process has held before and given back."""


@pytest.mark.parametrize("along", list(RANGES))
@pytest.mark.parametrize("name", METHODS)
def test_growth(name, along, settings, figures, say):
    sizes = [size for size in RANGES[along] if size <= max(settings.largest * RANGES[along][-1], RANGES[along][1])]
    epochs = 2 if along == "n" else 5
    points = []
    for size in sizes:
        at = BASE | {along: size}
        rounds = 1 if size == RANGES[along][-1] else settings.rounds
        points.append(in_own_process(cost, name, at["members"], at["n"], at["q"], at["c"], epochs, rounds))
    seconds, memory = (np.array(values) for values in zip(*points, strict=True))
    row = {
        "method": name,
        "along": along,
        "sizes": sizes,
        "epochs": epochs,
        "seconds": seconds.tolist(),
        "added_mib": memory.tolist(),
        "exponent_seconds": exponent(sizes, seconds),
        "exponent_memory": memory_exponent(sizes, memory),
        "last_exponent_seconds": exponent(sizes[-2:], seconds[-2:]),
    }
    figures.append(row)
    say(
        f"{name} along {along} {sizes}: seconds ~ size^{row['exponent_seconds']:.2f} "
        f"(last step {row['last_exponent_seconds']:.2f}), memory ~ size^{row['exponent_memory']:.2f}"
    )


@pytest.mark.parametrize("name", METHODS)
def test_processes(name, settings, figures, say):
    folds = [rows for rows, _ in folds_of("Artificial", settings.folds)]
    seeds = list(range(len(folds)))
    train_in_processes(name, "Artificial", settings, 2)  # the first calls pay for processes and compiled steps
    train_together(name, folds[:1], seeds[:1], settings)
    one = min(timed(train_together, name, folds, seeds, settings)[0] for _ in range(settings.rounds))
    two = min(timed(train_in_processes, name, "Artificial", settings, 2)[0] for _ in range(settings.rounds))
    row = {"method": name, "along": "processes", "sizes": [1, 2], "epochs": settings.epochs, "seconds": [one, two]}
    figures.append(row | {"exponent_seconds": exponent([1, 2], [one, two])})
    say(f"{name}: two processes are {one / two:.2f} times as fast as one")


def memory_exponent(sizes, memory):
    """Exponent over the sizes whose memory is seen, 0 where no two are."""
    seen = [(size, mib) for size, mib in zip(sizes, memory, strict=True) if mib >= SEEN_MIB]
    return exponent(*zip(*seen, strict=True)) if len(seen) > 1 else 0.0


def exponent(sizes, values):
    """Slope of a line through the logarithms."""
    return float(np.polyfit(np.log(sizes), np.log(values), 1)[0])
