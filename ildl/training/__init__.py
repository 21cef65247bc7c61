"""The ensemble trainer: `fit_ensemble` trains many small networks of one shape in one run."""

from __future__ import annotations

from ildl.training.fit import fit_ensemble
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
