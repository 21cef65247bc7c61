"""How many times faster is the ensemble trainer than the plain loop? Both in one run, in turn; medians of the rounds.

ildl bench                                   # artificial data
ildl bench --data Movie --epochs 50          # a real data set
"""

from __future__ import annotations

import json
import platform
import time
from statistics import median

import numpy as np
import pytest
import torch

from benchmarks import plain_loop
from ildl.data import load_dataset, make_artificial
from ildl.methods import make_method
from ildl.protocol import make_splits, scale_features
from ildl.training import fit_ensemble

WEIGHTS = {"OFR-DB": (), "RDA": (0.1, 0.1, 0.1), "DILDL": (0.6, 0.1, 0.1, 0.1)}


@pytest.fixture(scope="module")
def settings(request):
    return request.config.option


@pytest.fixture(scope="module")
def figures(settings):
    """Rows of the measurement, written when all methods are through."""
    rows = []
    yield rows
    settings.output.parent.mkdir(parents=True, exist_ok=True)
    settings.output.write_text(json.dumps(rows, indent=1) + "\n")


@pytest.fixture(scope="module")
def folds(settings):
    """Training and validation rows, and test features, of each fold."""
    artificial = settings.data == "Artificial"
    ds = make_artificial(n=170, q=128, c=6) if artificial else load_dataset(settings.data, download_if_missing=False)
    X, D = scale_features(ds.features), ds.labels
    splits = make_splits(ds, n_splits=max(settings.folds, 2))[: settings.folds]
    return [((X[s.train], D[s.train], X[s.valid], D[s.valid]), X[s.test]) for s in splits]


def engine(name, folds, settings):
    members = [
        make_method(name, epochs=settings.epochs, device=settings.device, random_state=fold)
        for fold in range(len(folds))
    ]
    fit_ensemble(members, [rows for rows, _ in folds])
    return members


def loop(name, folds, settings):
    options = {"epochs": settings.epochs, "weights": WEIGHTS[name], "decoupled": plain_loop.decoupled_fast}
    return [plain_loop.fit(name, *rows, draw=plain_loop.draws(fold), **options) for fold, (rows, _) in enumerate(folds)]


def timed(train, *arguments):
    start = time.perf_counter()
    fitted = train(*arguments)
    return time.perf_counter() - start, fitted


@pytest.mark.parametrize("name", list(WEIGHTS))
def test_engine_against_plain_loop(name, folds, settings, figures, record_property, capsys):
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # the networks are tiny: threads inside a product cost more than they give
    try:
        timed(engine, name, folds[:1], settings)  # the first call pays for imports and allocations
        rounds = [
            (timed(engine, name, folds, settings), timed(loop, name, folds, settings)) for _ in range(settings.rounds)
        ]
    finally:
        torch.set_num_threads(threads)
    (_, members), (_, networks) = rounds[-1]
    for member, network, (_, X_test) in zip(members, networks, folds, strict=True):
        difference = np.abs(member.predict(X_test) - network.predict(X_test))
        assert difference.mean() < 1e-3, "engine and loop did not train the same network: the ratio means nothing"
    seconds = {kind: median(pair[i][0] for pair in rounds) for i, kind in enumerate(("engine", "loop"))}
    row = {
        "data": settings.data,
        "method": name,
        "folds": len(folds),
        "epochs": settings.epochs,
        "rounds": settings.rounds,
        "n_features": folds[0][1].shape[1],
        "rows": [len(rows[0]) for rows, _ in folds],
        "engine_seconds": seconds["engine"],
        "loop_seconds": seconds["loop"],
        "ratio": median(pair[1][0] / pair[0][0] for pair in rounds),
        "device": settings.device,
        "torch": torch.__version__,
        "machine": platform.machine(),
    }
    figures.append(row)
    with capsys.disabled():
        print(
            f"\n{name}: engine {seconds['engine']:.2f} s, loop {seconds['loop']:.2f} s, {row['ratio']:.1f} times faster"
        )
