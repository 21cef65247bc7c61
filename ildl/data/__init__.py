"""Data sets: `load_dataset`, `list_datasets`, generators, own data, and the catalogue behind them."""

from ildl.data.artificial import make_artificial, make_geng, make_geng_manifold
from ildl.data.catalogue import ARTIFICIAL, RECORDS, get_record, list_datasets
from ildl.data.dataset import Dataset
from ildl.data.extra import EXTRA_RECORDS
from ildl.data.fetch import DamagedFile, DataUnavailable, available_datasets, fetch
from ildl.data.load import load_dataset
from ildl.data.opened import is_path, kept_rows, open_dataset
from ildl.data.record import Record, SourceFile
from ildl.data.sampling import DataWarning, Sampling, generic_sampling

__all__ = [
    "ARTIFICIAL",
    "EXTRA_RECORDS",
    "RECORDS",
    "DamagedFile",
    "DataUnavailable",
    "DataWarning",
    "Dataset",
    "Record",
    "Sampling",
    "SourceFile",
    "available_datasets",
    "fetch",
    "generic_sampling",
    "get_record",
    "is_path",
    "kept_rows",
    "list_datasets",
    "load_dataset",
    "make_artificial",
    "make_geng",
    "make_geng_manifold",
    "open_dataset",
]
