"""Experiments: a plan of cells, a runner, a store of results."""

from ildl.experiments.plan import Cell, Protocol
from ildl.experiments.predictions import read_predictions, read_splits, write_splits
from ildl.experiments.run import CellsFailed, run
from ildl.experiments.store import DamagedRecordWarning, Store
from ildl.experiments.sweep import sweep
from ildl.experiments.verify import verify

__all__ = [
    "Cell",
    "CellsFailed",
    "DamagedRecordWarning",
    "Protocol",
    "Store",
    "read_predictions",
    "read_splits",
    "run",
    "sweep",
    "verify",
    "write_splits",
]
