"""How many times faster is the ensemble trainer than the plain loop? Both in one run, in turn; medians of the rounds.

ildl bench -k engine                                    # artificial data
ildl bench -k engine --data Movie --epochs 300 --rounds 5
"""

from __future__ import annotations

from statistics import median

import pytest

from benchmarks.work import WEIGHTS, folds_of, timed, train_in_processes, train_one_by_one, train_together
from ildl.metrics import evaluate


@pytest.mark.parametrize("name", list(WEIGHTS))
def test_engine_against_plain_loop(name, data, settings, figures, say):
    folds = folds_of(data, settings.folds)
    problems, seeds = [rows for rows, _ in folds], list(range(len(folds)))
    arguments = name, problems, seeds, settings
    train_in_processes(name, data, settings, 2)  # the first call pays for imports, processes and reading the data
    for train in (train_together, train_one_by_one):
        train(name, problems[:1], seeds[:1], settings)
    rounds = []
    for _ in range(settings.rounds):
        together, members = timed(train_together, *arguments)
        in_two, _ = timed(train_in_processes, name, data, settings, processes=2)
        one_by_one, networks = timed(train_one_by_one, *arguments)
        rounds.append((together, in_two, one_by_one))
    differences = {}
    for member, network, (_, (X, D)) in zip(members, networks, folds, strict=True):
        ours, theirs = evaluate(D, member.predict(X)), evaluate(D, network.predict(X))
        for metric in ours:
            differences[metric] = max(differences.get(metric, 0.0), abs(ours[metric] - theirs[metric]))
    ratio, ratio_two = (median(round_[2] / round_[k] for round_ in rounds) for k in (0, 1))
    together, in_two, one_by_one = (median(seconds) for seconds in zip(*rounds, strict=True))
    figures.append(
        {
            "data": data,
            "method": name,
            "folds": len(folds),
            "epochs": settings.epochs,
            "rounds": settings.rounds,
            "features": problems[0][0].shape[1],
            "training_rows": [len(rows[0]) for rows in problems],
            "engine_seconds": together,
            "engine_seconds_two_processes": in_two,
            "loop_seconds": one_by_one,
            "ratio": ratio,
            "ratio_two_processes": ratio_two,
            "differences": differences,
            "device": settings.device,
        }
    )
    worst = max(differences, key=differences.get)
    say(
        f"{data}, {name}: loop {one_by_one:.2f} s; engine {together:.2f} s, {ratio:.1f} times faster; "
        f"in two processes {in_two:.2f} s, {ratio_two:.1f} times; {worst} differs by {differences[worst]:.1e}"
    )
    # short trainings agree to rounding; in long ones, float32 rounding grows, and the figures say how far
    assert settings.epochs > 30 or differences["kl_divergence"] < 1e-3, "not the same network: the ratio means nothing"
