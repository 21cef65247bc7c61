from .fit import fit_ensemble
from .members import DTYPES, Batch, Hyper, Member, Objective, Rows, Settings, Trained, Trajectory, resolve_device
from .threads import one_thread

__all__ = [
    "DTYPES",
    "Batch",
    "Hyper",
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
