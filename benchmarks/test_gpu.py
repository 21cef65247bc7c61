"""Members on a GPU and on one core of a CPU: equal results, seconds an epoch, memory; what CUDA graphs would save.

ildl bench -k gpu --device cuda                         # eight minutes at most, from a fresh checkout; no downloads
ildl bench -k gpu --device cpu --largest 0.01           # the same code without a GPU: measures nothing of use

It writes gpu.json into --output. The trainer has no CUDA graphs: `torch.func`, with and without, says what they give.
"""

from __future__ import annotations

import time
from functools import partial

import pytest
import torch

from benchmarks.rival_torch import train_torch
from benchmarks.work import WEIGHTS, peak_memory, timed
from ildl.data import make_artificial
from ildl.methods import make_method
from ildl.protocol import scale_features
from ildl.training import fit_ensemble

MEMBERS = (1, 10, 100, 400, 1_000, 4_000)
SIZE = {"n": 170, "q": 100, "c": 6}
VALID = 20
EPOCHS, EQUAL = 10, 1e-3
"""Epochs of the comparison, and by how much divergences may differ after them."""
LIMITS = {"cpu": 100, "device": 60, "rival": 35}
"""Seconds of all sizes; what would take longer is not begun. Twice the first two, four times the last: 460 at most."""
METHODS = ("RDA", "DILDL")
GRAPHS = {"torch.func": False, "torch.func, CUDA graphs": True}


def problems_of(members):
    """The same rows for each member, whose seeds differ."""
    ds = make_artificial(**SIZE)
    X, D = scale_features(ds.features), ds.labels
    return [(X[VALID:], D[VALID:], X[:VALID], D[:VALID])] * members


def trained(name, members, epochs, device):
    """The trainer's best validation divergences."""
    estimators = [make_method(name, epochs=epochs, device=device, random_state=seed) for seed in range(members)]
    return [member.valid_kl_ for member in fit_ensemble(estimators, problems_of(members))]


def trained_by_rival(name, members, epochs, device, graphs, own_draws=True):
    """Those of `torch.func`."""
    return train_torch(
        name, problems_of(members), list(range(members)), epochs, WEIGHTS[name], own_draws, graphs=graphs, device=device
    )


def measured(train, members, device):
    """Seconds of setting up with the first epoch, seconds of each further one, and memory in MiB."""
    if device.startswith("cuda"):
        torch.cuda.reset_peak_memory_stats()
    epochs = timed_epochs(members)
    first, whole = timed(train, 1)[0], timed(train, 1 + epochs)[0]
    memory = torch.cuda.max_memory_allocated() / 2**20 if device.startswith("cuda") else peak_memory()
    return {"members": members, "first_seconds": first, "epoch_seconds": (whole - first) / epochs, "memory_mib": memory}


def timed_epochs(members):
    """More for few members, whose epochs take less."""
    return max(EPOCHS, 300 // members)


def sizes(settings, limit):
    """Numbers of members, smallest first, as long as there is time for one more, were it to cost as its steps say."""
    begun, last = time.perf_counter(), None
    for members in MEMBERS:
        work, now = members * timed_epochs(members), time.perf_counter()
        expected = (now - last[0]) * work / last[1] if last else 0
        if members <= max(settings.largest * MEMBERS[-1], MEMBERS[1]) and now - begun + expected < limit:
            last = now, work
            yield members


def named(device):
    """What the device is called."""
    return torch.cuda.get_device_name(device) if device.startswith("cuda") else device


def report(figures, say, **row):
    """Keep a row and print it."""
    figures.append(row)
    seconds, memory = f"{row['epoch_seconds']:.4f} s an epoch", f"{row['memory_mib']:.0f} MiB"
    say(f"{row['method']}, {row['who']}, {row['device']}, {row['members']:,} members: {seconds}, {memory}")


@pytest.mark.parametrize("name", METHODS)
def test_members(name, settings, figures, say):
    here, there = (trained(name, 10, EPOCHS, device) for device in ("cpu", settings.device))
    differs = max(abs(a - b) for a, b in zip(here, there, strict=True))
    assert differs < EQUAL, f"not the same training on {settings.device}: {differs}"
    for device in dict.fromkeys(("cpu", settings.device)):
        what = {"method": name, "who": "trainer", "device": device, "name": named(device), "differs": differs}
        for members in sizes(settings, LIMITS["cpu" if device == "cpu" else "device"]):
            report(figures, say, **what, **measured(partial(trained, name, members, device=device), members, device))


@pytest.mark.parametrize("who", GRAPHS)
@pytest.mark.parametrize("name", METHODS)
def test_graphs(name, who, settings, figures, say):
    device, graphs = settings.device, GRAPHS[who]
    what = {"method": name, "who": who, "device": device, "name": named(device)}
    try:
        kls = trained_by_rival(name, 10, EPOCHS, device, graphs, own_draws=False)
    except RuntimeError as error:  # a capture that this version refuses: the figures say so
        figures.append(what | {"members": 10, "failed": str(error).splitlines()[0]})
        return
    differs = max(abs(a - b) for a, b in zip(kls, trained(name, 10, EPOCHS, "cpu"), strict=True))
    assert differs < EQUAL, f"not the same training by {who} on {device}: {differs}"
    for members in sizes(settings, LIMITS["rival"]):
        train = partial(trained_by_rival, name, members, device=device, graphs=graphs)
        report(figures, say, **what, differs=differs, **measured(train, members, device))
