"""The ensemble trainer: many small networks of one shape in one run, each with the trajectory it has alone.

Training is compiled where the loss has a compiled form and the device is a CPU (`ildl.training.compiled`);
else all members take a step at once (`ildl.training.batched`). Members share nothing: each has its own initial weights,
shuffles and noise (from its own seed), its own last, possibly short batch, its own clipping, its own optimiser state,
which stands still where it has no batch, and its own best epoch.

The trainer is RDA's (Zhao et al., AAAI 2023, public code): AdamW with AMSGrad, batches of 50, reshuffled each epoch, a
moving clip of the gradient norm, and the parameters of the epoch with the lowest validation divergence.
"""

from __future__ import annotations

import hashlib
from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ildl.checks import InputError, Problem, check_problem
from ildl.training.compiled import CompiledSteps
from ildl.training.ensemble import ENCODER, Ensemble
from ildl.training.members import Course, Member, Trained, Trajectory
from ildl.training.threads import one_thread

if TYPE_CHECKING:
    from ildl.training.batched import BatchedSteps

LARGE, HIGH = 10.0, 0.1
"""Where training diverged, features above the one, learning rates and decays a step above the other are named."""


def fit_ensemble(estimators: Sequence[Member], problems: Sequence[Sequence[Any]]) -> Sequence[Member]:
    """Fit estimators, each on its own problem, those of one network shape in one run.

    The result of each is what `fit` gives it alone, whatever its companions and their order, up to rounding. Estimators
    that differ in nothing but the epoch that they keep, or in the validation rows that choose it, are trained once.

    Parameters
    ----------
    estimators : sequence of network estimators
        OFR, RDA or DILDL of any parameters; estimators whose networks differ in shape are trained group by group.
    problems : sequence of (X, D) or (X, D, X_valid, D_valid)
        One an estimator; X (n, q), D (n, c), rows of D on the simplex. Without validation rows, passed or set aside by
        `validation_fraction`, the last epoch is kept.

    Returns
    -------
    sequence of estimators
        Those passed in, fitted.

    Raises
    ------
    InputError
        Unequal numbers of estimators and problems, one estimator twice, or a problem that cannot be used.
    RuntimeError
        Parameters became infinite or NaN; names the members where there are several, and the cause where it shows. All
        others are fitted.
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
    # what trains together -> what is one trajectory -> which validation rows -> members
    together: dict[Hashable, dict[Hashable, dict[bytes, list[int]]]] = {}
    seeds = [estimator.seed() for estimator in estimators]
    checked = [one.hold_out(problem, seed) for one, problem, seed in zip(estimators, checked, seeds, strict=True)]
    for i, (estimator, problem) in enumerate(zip(estimators, checked, strict=True)):
        width = (problem.X.shape[1], problem.D.shape[1])
        trajectories = together.setdefault((estimator.settings(), estimator.structure(), width), {})
        own = (seeds[i], tuple(estimator.hyper().items()), _digest(problem[:2]))
        trajectories.setdefault(own, {}).setdefault(_digest(problem[2:]), []).append(i)
    diverged: list[int] = []
    for trajectories in together.values():
        sets = [list(own.values()) for own in trajectories.values()]
        first = [twins[0][0] for twins in sets]
        courses = [
            Course(*checked[i][:2], tuple(checked[twin[0]][2:] for twin in twins))
            for i, twins in zip(first, sets, strict=True)
        ]
        with one_thread():
            outcomes = _train(Ensemble([estimators[i] for i in first], courses, [seeds[i] for i in first]))
        for twins, outcome in zip(sets, outcomes, strict=True):
            for same, trajectory in zip(twins, outcome, strict=True):
                for i in same:
                    if trajectory is None:
                        diverged.append(i)
                    else:
                        kept = trajectory.last if estimators[i].epoch == "last" else trajectory.best
                        estimators[i].adopt(kept, checked[i].X.shape[1], checked[i].D.shape[1])
    if diverged:
        members = f" (member {sorted(diverged)})" if len(estimators) > 1 else ""
        causes = dict.fromkeys(_cause(estimators[i], checked[i]) for i in sorted(diverged))  # each once
        raise RuntimeError(f"Training diverged{members}: {'; '.join(causes)}.")
    return estimators


def _cause(member: Member, problem: Problem) -> str:
    """Say why training diverged, as far as large features, learning rate or decay tell, and what to do."""
    size, settings = np.abs(problem.X).max(axis=0), member.settings()
    rate, decay = settings.learning_rate, settings.weight_decay
    worst, causes = int(size.argmax()), []
    if size[worst] > LARGE:
        names = getattr(member, "feature_names_in_", range(len(size)))
        causes.append(f"features reach {size[worst]:.3g} (column {names[worst]!r}), scale X to [0, 1]")
    if rate > HIGH:
        causes.append(f"learning_rate={rate:g} is high, lower it (the benchmark's is 0.001)")
    if rate * decay > HIGH:
        causes.append(f"weight_decay={decay:g} is high, lower it (the benchmark's is 0.0001)")
    return ", and ".join(causes) or "lower learning_rate or the weights of the loss, or scale X to [0, 1]"


def _train(ensemble: Ensemble) -> list[list[Trajectory | None]]:
    """Run all epochs and return each member's outcomes, one a set of validation rows; None where it diverged."""
    selection, epochs = _steps(ensemble).train(), ensemble.settings.epochs
    outcomes: dict[int, list[Trajectory | None]] = {}
    for m, i in enumerate(ensemble.order):
        outcomes[i] = []
        for s in range(len(ensemble.sets[m])):
            kept = {name: values[s, m] for name, values in selection.parameters.items()}
            last = {name: ensemble.parameters[name][m] for name in ensemble.trained}
            is_finite = all(np.isfinite(p).all() for p in (*kept.values(), *last.values()))
            if not is_finite or not (selection.epoch[m, s] or epochs == 0):
                outcomes[i].append(None)
                continue
            best = _trained(ensemble, m, kept, int(selection.epoch[m, s]), float(selection.kl[m, s]))
            outcomes[i].append(Trajectory(best, _trained(ensemble, m, last, epochs, float(selection.last_kl[m, s]))))
    return [outcomes[i] for i in range(len(ensemble.members))]


def _steps(ensemble: Ensemble) -> CompiledSteps | BatchedSteps:
    if ensemble.objective is not None:
        return CompiledSteps(ensemble)
    from ildl.training.batched import BatchedSteps  # imports PyTorch

    return BatchedSteps(ensemble)


def _trained(ensemble: Ensemble, m: int, moved: dict[str, Any], epoch: int, kl: float) -> Trained:
    """One member's whole network: what training moved, what it did not, and columns that decayed."""
    parameters = {name: moved.get(name, values[m]).copy() for name, values in ensemble.parameters.items()}
    columns = ensemble.columns[m]
    with np.errstate(over="ignore"):
        decayed = np.float64(ensemble.decay) ** (epoch * ensemble.steps[m])
    weight = ensemble.initial_input[m].astype(ensemble.dtype) * decayed.astype(ensemble.dtype)
    weight[columns] = parameters[ENCODER][: len(columns)]
    return Trained(parameters | {ENCODER: weight}, epoch, kl)


def _digest(tables: Sequence[Any]) -> bytes:
    """Of all rows: equal problems have equal digests, whichever objects hold them."""
    total = hashlib.sha256()
    for rows in tables:
        total.update(repr(rows.shape).encode())
        total.update(rows.tobytes())
    return total.digest()
