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
from typing import Any

import numpy as np
import torch

from ildl.checks import InputError, Problem, check_problem
from ildl.models import AlignedPredictor, Predictor
from ildl.training.batched import BatchedSteps
from ildl.training.compiled import CompiledSteps
from ildl.training.ensemble import Ensemble
from ildl.training.members import Member, Trained, Trajectory
from ildl.training.threads import one_thread

LARGE, HIGH = 10.0, 0.1
"""Features and learning rates above these are named as the cause where training diverged."""


def fit_ensemble(estimators: Sequence[Member], problems: Sequence[Sequence[Any]]) -> Sequence[Member]:
    """Fit estimators, each on its own problem, those of one network shape in one run.

    The result of each is what `fit` gives it alone, whatever its companions and their order, up to rounding. Estimators
    that differ in nothing but the epoch that they keep are trained once.

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
    trajectories: dict[Hashable, dict[Hashable, list[int]]] = {}  # what trains together -> what is one trajectory
    seeds = [estimator.seed() for estimator in estimators]
    checked = [one.hold_out(problem, seed) for one, problem, seed in zip(estimators, checked, seeds, strict=True)]
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
            outcomes = _train(ensemble)
        for twins, outcome in zip(together.values(), outcomes, strict=True):
            for i in twins:
                if outcome is None:
                    diverged.append(i)
                else:
                    kept = outcome.last if estimators[i].epoch == "last" else outcome.best
                    estimators[i].adopt(kept, checked[i].X.shape[1], checked[i].D.shape[1])
    if diverged:
        members = f" (member {sorted(diverged)})" if len(estimators) > 1 else ""
        causes = dict.fromkeys(_cause(estimators[i], checked[i]) for i in sorted(diverged))  # each once
        raise RuntimeError(f"Training diverged{members}: {'; '.join(causes)}.")
    return estimators


def _cause(member: Member, problem: Problem) -> str:
    """Say why training diverged, as far as large features or a large learning rate tell, and what to do."""
    size, rate = np.abs(problem.X).max(axis=0), member.settings().learning_rate
    worst, causes = int(size.argmax()), []
    if size[worst] > LARGE:
        names = getattr(member, "feature_names_in_", range(len(size)))
        causes.append(f"features reach {size[worst]:.3g} (column {names[worst]!r}), scale X to [0, 1]")
    if rate > HIGH:
        causes.append(f"learning_rate={rate:g} is high, lower it (the benchmark's is 0.001)")
    return ", and ".join(causes) or "lower learning_rate or the weights of the loss, or scale X to [0, 1]"


def _train(ensemble: Ensemble) -> list[Trajectory | None]:
    """Run all epochs and return each member's outcome, None for one that diverged."""
    selection, members = _steps(ensemble).train(), len(ensemble.members)
    finite = [torch.isfinite(p).flatten(1).all(1) for p in (*selection.parameters, *ensemble.parameters)]
    is_chosen = (selection.epoch > 0) | (ensemble.settings.epochs == 0)
    is_sound = (torch.stack(finite).all(0) & is_chosen).tolist()
    last = _outcomes(ensemble, [ensemble.settings.epochs] * members, selection.last_kl.tolist())
    for p, kept in zip(ensemble.parameters, selection.parameters, strict=True):
        p.data.copy_(kept)
    best = _outcomes(ensemble, selection.epoch.tolist(), selection.kl.tolist())
    outcomes = zip(ensemble.order, best, last, is_sound, strict=True)
    of = {i: Trajectory(*pair) if sound else None for i, *pair, sound in outcomes}
    return [of[i] for i in range(members)]


def _steps(ensemble: Ensemble) -> BatchedSteps | CompiledSteps:
    """Compiled, where there is a compiled form of the loss and a CPU to run it."""
    member, objective = ensemble.members[0], None
    its_own = "objective" in vars(type(member)) and type(ensemble.network) in (Predictor, AlignedPredictor)
    if ensemble.device.type == "cpu" and its_own:  # a subclass may have another loss, or another network
        with torch.no_grad():
            objective = member.objective(ensemble.D, ensemble.rows, ensemble.hyper)
    return CompiledSteps(ensemble, objective) if objective else BatchedSteps(ensemble)


def _outcomes(ensemble: Ensemble, epochs: list[int], kls: list[float]) -> list[Trained]:
    """Each member's present parameters, which are those of these epochs."""
    state = {name: p.detach().clone() for name, p in ensemble.network.named_parameters()}
    outcomes = []
    for i, columns in enumerate(ensemble.columns):
        own = {name: values[i].clone() for name, values in state.items()}
        with np.errstate(over="ignore"):  # of a member that diverged
            decayed = float(np.float64(ensemble.decay) ** (epochs[i] * ensemble.steps[i]))
        weight = ensemble.initial_input[i].to(ensemble.device, ensemble.dtype) * decayed
        weight[columns] = own["encoder.weight"][: len(columns)]
        own["encoder.weight"] = weight
        outcomes.append(Trained(own, epochs[i], kls[i]))
    return outcomes


def _digest(problem: Problem) -> bytes:
    """Of all rows: equal problems have equal digests, whichever objects hold them."""
    total = hashlib.sha256()
    for rows in problem:
        total.update(repr(rows.shape).encode())
        total.update(rows.tobytes())
    return total.digest()
