"""A race of the same trainings: the plain loop, `torch.func` over members, JAX, and ours, on one core and on two.

ildl bench -k race                                      # artificial data
ildl bench -k race --data Movie --epochs 100

Each is timed in every setting that may be its best. JAX is optional (pip install jax), and so is the C++ compiler that
`torch.compile` calls; what is not there has a row that says so.
"""

from __future__ import annotations

import importlib.util
import shutil
from collections import defaultdict
from statistics import mean, median
from types import SimpleNamespace

import pytest

from benchmarks import rival_torch
from benchmarks.work import WEIGHTS, Workers, folds_of, timed, train_one_by_one, train_together

TORCH, JAX, OURS, LOOP = "torch.func", "JAX", "ours", "loop"
WAYS = {"one core": 1, "two threads": 2, "two processes": 2}
ONE_THREAD = "one core", "two processes"
SETTINGS = {
    (OURS, "one by one"): ONE_THREAD,
    (JAX, "together"): tuple(WAYS),
    (JAX, "one by one"): ONE_THREAD,
    (TORCH, "together"): tuple(WAYS),
    (TORCH, "together, compiled"): ONE_THREAD,
    (LOOP, "one by one"): ONE_THREAD,
}
"""Contestant and how it takes the members -> how two cores may be used."""
CHECKED = 5
"""Epochs from the same numbers, after which all must be where the loop is: rounding has not grown yet."""


def lacking(who, how):
    """What is not installed here, or nothing."""
    if who == JAX and importlib.util.find_spec("jax") is None:
        return "not installed"
    return "no C++ compiler" if "compiled" in how and not (shutil.which("g++") or shutil.which("clang++")) else ""


def train(who, how, name, data, folds, chosen, epochs, own_draws=True):
    """Best validation divergences of the chosen folds; the loop and ours have the same numbers in any case."""
    problems = [folds_of(data, folds)[fold][0] for fold in chosen]
    settings = SimpleNamespace(epochs=epochs, device="cpu")
    if who in (OURS, LOOP):
        members = (train_together if who == OURS else train_one_by_one)(name, problems, chosen, settings)
        return [member.valid_kl_ if who == OURS else member.valid_kl for member in members]
    arguments = name, problems, chosen, epochs, WEIGHTS[name], own_draws
    if who == TORCH:
        return rival_torch.train_torch(*arguments, compiled="compiled" in how)
    from benchmarks import rival_jax

    return rival_jax.train_jax(*arguments, together=how == "together")


@pytest.fixture(scope="module")
def workers():
    with Workers() as workers:
        yield workers


@pytest.mark.parametrize("name", ["RDA", "DILDL"])
def test_race(name, data, settings, figures, workers, say):
    every = list(range(settings.folds))
    row = {"data": data, "method": name, "folds": settings.folds, "epochs": settings.epochs, "rounds": settings.rounds}
    here = {pair: ways for pair, ways in SETTINGS.items() if not lacking(*pair)}
    figures.extend(row | {"who": who, "how": how, "lacking": lacking(who, how)} for who, how in SETTINGS.keys() - here)

    workers.run(
        "one core", train, LOOP, "one by one", name, data, settings.folds, every, 1
    )  # starts, and reads the data
    check = name, data, settings.folds, every, CHECKED, False
    firsts = {pair: timed(workers.run, "one core", train, *pair, *check) for pair in here}
    end = firsts[LOOP, "one by one"][1]
    away = {pair: max(abs(a - b) for a, b in zip(kls, end, strict=True)) for pair, (_, kls) in firsts.items()}
    assert max(away.values()) < 1e-4, f"not the same training: {away}"

    seconds, reached = defaultdict(list), {}
    for _ in range(settings.rounds + 1):  # the first pays for compiling in these shapes
        for pair, ways in here.items():
            for way in ways:
                spent, kls = timed(workers.run, way, train, *pair, name, data, settings.folds, every, settings.epochs)
                seconds[pair, way].append(spent)
                reached[pair, way] = mean(kls)
    for (pair, way), (_, *spent) in seconds.items():
        who, how = pair
        entry = {"who": who, "how": how, "way": way, "cores": WAYS[way], "seconds": median(spent)}
        entry |= {"first_seconds": firsts[pair][0], "valid_kl": reached[pair, way], "differs": away[pair]}
        figures.append(row | entry)
        first = f"{CHECKED} epochs at first {firsts[pair][0]:.1f} s"
        say(f"{data}, {name}, {who} {how}, {way}: {median(spent):.2f} s; {first}")
