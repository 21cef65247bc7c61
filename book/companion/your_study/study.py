"""A study of the reader's own: what is asked for is run, and what is stored is read."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ildl.checkout import find_root
from ildl.compare.frames import labelled
from ildl.compare.statistics import REFERENCES
from ildl.compare.study import Study, study_of
from ildl.experiments import run


def run_study(
    datasets: Sequence[Any],
    methods: Sequence[Any],
    seeds: Sequence[int],
    n_splits: int,
    folds: Sequence[int] | None,
    results_dir: str,
    n_jobs: int | None,
    device: str = "cpu",
) -> Study:
    """Run methods on data sets, with the two guesses that learn nothing; the first method is held against all others.

    A method with parameters is a pair, ["DILDL", {"epochs": 50}]. A relative `results_dir` lies in the checkout.
    """
    chosen = [tuple(method) if isinstance(method, list) else method for method in methods]
    chosen += [name for name in REFERENCES if name not in chosen]
    store = Path(results_dir)
    results = run(
        list(datasets), chosen, n_splits=n_splits, folds=folds, seeds=seeds, n_jobs=n_jobs, progress=False,
        device=device, results_dir=store if store.is_absolute() else find_root() / store,
    )  # fmt: skip
    results.attrs |= {"experiment": "your study", "profile": "none", "command": "ildl run"}
    return study_of(results, labelled(results)["label"].iloc[0])
