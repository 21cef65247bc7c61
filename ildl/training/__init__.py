"""The ensemble trainer: `fit_ensemble` trains many small networks of one shape in one run."""

from __future__ import annotations

import hashlib
from collections.abc import Hashable, Sequence
from typing import Any

from ildl.checks import InputError, Problem, check_problem
from ildl.training.ensemble import Ensemble
from ildl.training.members import DTYPES, Batch, Member, Objective, Rows, Settings, Trained, Trajectory, resolve_device
from ildl.training.threads import one_thread

__all__ = [
    "DTYPES",
    "Batch",
    "Member",
    "Objective",
    "Rows",
    "Settings",
    "Trained",
    "Trajectory",
    "fit_ensemble",
    "one_thread",
    "resolve_device",
]


def fit_ensemble(estimators: Sequence[Member], problems: Sequence[Sequence[Any]]) -> Sequence[Member]:
    """Fit estimators, each on its own problem, those of one network shape in one run.

    The result of each is what `fit` gives it alone, whatever its companions and their order, up to rounding. Estimators
    that differ in nothing but the epoch that they keep are trained once.

    Parameters
    ----------
    estimators : sequence of network estimators
        OFR, RDA or DILDL of any parameters; estimators whose networks differ in shape are trained group by group.
    problems : sequence of (X, D) or (X, D, X_valid, D_valid)
        One an estimator; X (n, q), D (n, c), rows of D on the simplex. Without validation rows the last epoch is kept.

    Returns
    -------
    sequence of estimators
        Those passed in, fitted.

    Raises
    ------
    InputError
        Unequal numbers of estimators and problems, one estimator twice, or a problem that cannot be used.
    RuntimeError
        Parameters became infinite or NaN; names the members. All others are fitted.
    """
    for i, estimator in enumerate(estimators):
        if not hasattr(estimator, "structure"):
            raise InputError(f"estimators[{i}] is {estimator!r}; only network methods train together, use fit instead.")
    for i, problem in enumerate(problems):
        if len(problem) not in (2, 4):
            raise InputError(f"problems[{i}] must be (X, D) or (X, D, X_valid, D_valid), not {len(problem)} items.")
    if len(estimators) != len(problems):
        raise InputError(f"{len(estimators)} estimators, but {len(problems)} problems; there must be one problem each.")
    if len({id(estimator) for estimator in estimators}) < len(estimators):
        raise InputError("The same estimator object occurs twice; pass a clone for each problem.")
    checked = [check_problem(*problem) for problem in problems]
    trajectories: dict[Hashable, dict[Hashable, list[int]]] = {}  # what trains together -> what is one trajectory
    seeds = [estimator.seed() for estimator in estimators]
    for i, (estimator, problem) in enumerate(zip(estimators, checked, strict=True)):
        width = (problem.X.shape[1], problem.D.shape[1])
        together = trajectories.setdefault((estimator.settings(), estimator.structure(), width), {})
        own = (seeds[i], tuple(estimator.hyper().items()), _digest(problem))
        together.setdefault(own, []).append(i)
    diverged: list[int] = []
    for together in trajectories.values():
        first = [twins[0] for twins in together.values()]
        with one_thread():
            ensemble = Ensemble([estimators[i] for i in first], [checked[i] for i in first], [seeds[i] for i in first])
            outcomes = ensemble.train()
        for twins, outcome in zip(together.values(), outcomes, strict=True):
            for i in twins:
                if outcome is None:
                    diverged.append(i)
                else:
                    kept = outcome.last if estimators[i].epoch == "last" else outcome.best
                    estimators[i].adopt(kept, checked[i].X.shape[1], checked[i].D.shape[1])
    if diverged:
        raise RuntimeError(f"Training diverged (member {sorted(diverged)}); lower learning_rate, or scale X to [0, 1].")
    return estimators


def _digest(problem: Problem) -> bytes:
    """Of all rows: equal problems have equal digests, whichever objects hold them."""
    total = hashlib.sha256()
    for rows in problem:
        total.update(repr(rows.shape).encode())
        total.update(rows.tobytes())
    return total.digest()
