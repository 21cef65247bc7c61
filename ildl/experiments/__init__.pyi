from .execute import CellsFailed
from .plan import Cell, Protocol
from .predictions import read_predictions, read_splits, write_splits
from .run import run
from .store import DamagedRecordWarning, Store
from .sweep import sweep
from .verify import verify

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
