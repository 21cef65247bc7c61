"""Experiments: a plan of cells, a runner, a store of results, and the experiments of the companion."""

from ildl.experiments.arms import EXPERIMENTS, PROFILES
from ildl.experiments.evidence import EVIDENCE, load_evidence, write_evidence
from ildl.experiments.paper import load_experiment
from ildl.experiments.plan import Cell, Protocol
from ildl.experiments.reference import changed_methods, read_manifest, read_reference, write_reference
from ildl.experiments.run import CellsFailed, run
from ildl.experiments.store import DamagedRecordWarning, Store
from ildl.experiments.sweep import sweep
from ildl.experiments.verify import verify, verify_reference

__all__ = [
    "EVIDENCE",
    "EXPERIMENTS",
    "PROFILES",
    "Cell",
    "CellsFailed",
    "DamagedRecordWarning",
    "Protocol",
    "Store",
    "changed_methods",
    "load_evidence",
    "load_experiment",
    "read_manifest",
    "read_reference",
    "run",
    "sweep",
    "verify",
    "verify_reference",
    "write_evidence",
    "write_reference",
]
