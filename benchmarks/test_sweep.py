"""A sweep as one ensemble: 36 settings of DILDL's weights x folds, against the loop on a sample of them.

ildl bench -k sweep --data Movie
"""

from __future__ import annotations

import itertools
from statistics import median

import numpy as np

from benchmarks.work import folds_of, timed, train_one_by_one
from ildl.methods import make_method
from ildl.training import fit_ensemble

GRID = {"alpha": (0.2, 0.4, 0.6, 0.8), "beta": (0.01, 0.1, 1.0), "gamma": (0.01, 0.1, 1.0)}
CHUNK = 20
SAMPLE = 6


def test_a_sweep_against_the_loop(data, settings, figures, say):
    folds = folds_of(data, settings.folds)
    points = [dict(zip(GRID, values, strict=True)) for values in itertools.product(*GRID.values())]
    jobs = [(point, fold) for point in points for fold in range(len(folds))]

    def sweep():
        fixed = {"epochs": settings.epochs, "device": settings.device}
        members = [make_method("DILDL", **point, random_state=fold, **fixed) for point, fold in jobs]
        for start in range(0, len(jobs), CHUNK):  # as `ildl sweep` cuts it
            part = slice(start, start + CHUNK)
            fit_ensemble(members[part], [folds[fold][0] for _, fold in jobs[part]])
        return members

    def loop(chosen):
        for point, fold in chosen:
            weights = (point["alpha"], point["beta"], point["gamma"], 0.1)
            train_one_by_one("DILDL", [folds[fold][0]], [fold], settings, weights)

    rng = np.random.default_rng(0)
    rounds = []
    for _ in range(settings.rounds):
        ours, _ = timed(sweep)
        sample = [jobs[i] for i in rng.choice(len(jobs), min(SAMPLE * len(folds), len(jobs)), replace=False)]
        theirs, _ = timed(loop, sample)
        rounds.append((ours / len(jobs), theirs / len(sample)))
    ratio = median(theirs / ours for ours, theirs in rounds)
    figures.append(
        {
            "data": data,
            "method": "DILDL",
            "settings": len(points),
            "folds": len(folds),
            "epochs": settings.epochs,
            "rounds": settings.rounds,
            "engine_seconds_a_fit": median(ours for ours, _ in rounds),
            "loop_seconds_a_fit": median(theirs for _, theirs in rounds),
            "ratio": ratio,
        }
    )
    say(f"{data}, sweep of {len(points)} settings x {len(folds)} folds: {ratio:.1f} times faster than the loop")
