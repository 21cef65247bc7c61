"""The rivals of the trainer's race: they compute what the plain loop computes; and operations are counted rightly."""

from __future__ import annotations

import importlib.util
from functools import partial

import pytest
import torch
from torch.func import grad
from torch.utils.flop_counter import FlopCounterMode

from benchmarks import limit, plain_loop, rivals
from benchmarks.rival_torch import TORCH, train_torch
from ildl.data import make_artificial
from ildl.protocol import scale_features

WEIGHTS = {"OFR-DB": (), "RDA": (0.3, 0.1, 0.2), "DILDL": (0.6, 0.3, 0.1, 0.2)}
SIZES, EPOCHS = (60, 73), 6
"""Rows of two members: two steps an epoch, the second of ten and of 23 rows."""


def problems():
    """Two members; a column of the second is zero in training and not in validation."""
    found = []
    for seed, n in enumerate(SIZES):
        ds = make_artificial(n=n + 15, q=9, c=5, seed=seed)
        X, D = scale_features(ds.features).copy(), ds.labels.copy()
        X[:n, 4] *= 1 - seed
        found.append((X[:n], D[:n], X[n:], D[n:]))
    return found


def loop(name):
    """The plain loop's best divergences."""
    options = {"weights": WEIGHTS[name], "epochs": EPOCHS}
    return [
        plain_loop.fit(name, *rows, draw=plain_loop.draws(seed), **options).valid_kl
        for seed, rows in enumerate(problems())
    ]


@pytest.mark.parametrize("name", WEIGHTS)
@pytest.mark.parametrize("graphs", [False, True], ids=["eager", "rehearsed"])
def test_torch_func_trains_as_the_loop(name, graphs):
    kls = train_torch(name, problems(), [0, 1], EPOCHS, WEIGHTS[name], own_draws=False, graphs=graphs)
    assert kls == pytest.approx(loop(name), abs=1e-5)


@pytest.mark.slow
@pytest.mark.skipif(importlib.util.find_spec("jax") is None, reason="JAX is not installed")
@pytest.mark.parametrize("name", WEIGHTS)
@pytest.mark.parametrize("together", [True, False])
def test_jax_trains_as_the_loop(name, together):
    from benchmarks.rival_jax import train_jax

    kls = train_jax(name, problems(), [0, 1], EPOCHS, WEIGHTS[name], own_draws=False, together=together)
    assert kls == pytest.approx(loop(name), abs=1e-5)


@pytest.mark.parametrize("name", WEIGHTS)
def test_own_draws_train_as_well(name):
    """Other shuffles and noise: another network of the same kind, which has learnt, too."""
    before = train_torch(name, problems(), [0, 1], 1, WEIGHTS[name])
    after = train_torch(name, problems(), [0, 1], 30, WEIGHTS[name])
    assert all(late < early for late, early in zip(after, before, strict=True))


def test_members_of_unequal_steps_are_refused():
    first, second = problems()
    with pytest.raises(ValueError, match="too many values"):
        rivals.gather("RDA", [first, [rows[:40] for rows in second]], [0, 1], WEIGHTS["RDA"])


@pytest.mark.parametrize("name", WEIGHTS)
def test_operations_are_those_that_pytorch_counts(name):
    """Automatic differentiation makes two products of each of two symmetric matrices, where one is enough."""
    b, h = 50, limit.HIDDEN
    members = rivals.gather(name, problems()[:1], [0], WEIGHTS[name])
    put = lambda values: torch.as_tensor(values[0])  # noqa: E731
    rows = {key: put(values)[:b] for key, values in members.rows.items()}
    q, c = rows["x"].shape[1], rows["d"].shape[1]
    gradient = grad(partial(rivals.loss, TORCH, name, WEIGHTS[name], members.shapes))
    with FlopCounterMode(display=False) as counter:
        gradient(tuple(map(put, members.p)), rows, torch.zeros(b, rivals.width(name)), torch.ones(b))
    more = 0 if name == "OFR-DB" else 2 * (2 * b * b * h)
    assert counter.get_total_flops() == limit.operations(name, b, q, c) + more


def test_numbers_of_parameters_are_the_networks():
    """Of DILDL, those that are trained: two of its three label encoders are constants."""
    q, c = 9, 5
    for name in WEIGHTS:
        network = plain_loop.Network(name, q, c, limit.HIDDEN, plain_loop.draws(0))
        constant = [
            network.label_encoders[part] for part in ("dominant", "nondominant") if part in network.label_encoders
        ]
        total, fixed = (sum(p.numel() for p in parameters) for parameters in (
            network.parameters(), (p for encoder in constant for p in encoder.parameters())
        ))  # fmt: skip
        assert limit.parameters(name, q, c) == total - fixed


def test_batches_are_all_rows():
    assert limit.batches(110) == [50, 50, 10]
    assert limit.batches(50) == [50]
