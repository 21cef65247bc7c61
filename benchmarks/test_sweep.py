"""A sweep as one ensemble: 36 settings of DILDL's weights x folds, against the loop on a sample of them.

ildl bench -k sweep --data Movie
"""

from __future__ import annotations

import itertools
from statistics import median

import numpy as np
from joblib import Parallel, delayed

from benchmarks.work import folds_of, timed, train_one_by_one, train_part

GRID = {"alpha": (0.2, 0.4, 0.6, 0.8), "beta": (0.01, 0.1, 1.0), "gamma": (0.01, 0.1, 1.0)}
CHUNK = 20
SAMPLE = 6


def test_a_sweep_against_the_loop(data, settings, figures, say):
    folds = folds_of(data, settings.folds)
    points = [dict(zip(GRID, values, strict=True)) for values in itertools.product(*GRID.values())]
    jobs = [(point, fold) for point in points for fold in range(len(folds))]

    chunks = [jobs[start : start + CHUNK] for start in range(0, len(jobs), CHUNK)]  # as `ildl sweep` cuts it

    def sweep(processes, chunks=chunks):
        parts = [([fold for _, fold in chunk], [point for point, _ in chunk]) for chunk in chunks]
        train = delayed(train_part)
        return Parallel(n_jobs=processes)(train("DILDL", data, folds, settings, points) for folds, points in parts)

    def loop(chosen):
        for point, fold in chosen:
            weights = (point["alpha"], point["beta"], point["gamma"], 0.1)
            train_one_by_one("DILDL", [folds[fold][0]], [fold], settings, weights)

    rng = np.random.default_rng(0)
    for processes in (1, 2):  # imports, and reading the data
        sweep(processes, [jobs[:1]] * processes)
    rounds = []
    for _ in range(settings.rounds):
        ours, _ = timed(sweep, 1)
        in_two, _ = timed(sweep, 2)
        sample = [jobs[i] for i in rng.choice(len(jobs), min(SAMPLE * len(folds), len(jobs)), replace=False)]
        theirs, _ = timed(loop, sample)
        rounds.append((ours / len(jobs), in_two / len(jobs), theirs / len(sample)))
    ratio, ratio_two = (median(each[2] / each[k] for each in rounds) for k in (0, 1))
    figures.append(
        {
            "data": data,
            "method": "DILDL",
            "settings": len(points),
            "folds": len(folds),
            "epochs": settings.epochs,
            "rounds": settings.rounds,
            "engine_seconds_a_fit": median(ours for ours, _, _ in rounds),
            "loop_seconds_a_fit": median(theirs for _, _, theirs in rounds),
            "ratio": ratio,
            "ratio_two_processes": ratio_two,
        }
    )
    what = f"{data}, sweep of {len(points)} settings x {len(folds)} folds"
    say(f"{what}: {ratio:.1f} times faster than the loop, {ratio_two:.1f} times in two processes")
