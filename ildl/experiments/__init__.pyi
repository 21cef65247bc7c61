from .grid import sweep
from .plan import Cell, Protocol
from .predictions import read_predictions, read_splits, write_splits
from .runner import run
from .store import DamagedRecordWarning, Store
from .verification import verify
from .workers import CellsFailed

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
