"""Data sets: `load_dataset`, `list_datasets`, generators, and the catalogue behind them."""

from ildl.data.artificial import make_artificial, make_geng, make_geng_manifold
from ildl.data.catalogue import RECORDS, Record, SourceFile, get_record, list_datasets
from ildl.data.dataset import Dataset, Sampling
from ildl.data.fetch import DamagedFile, DataUnavailable, available_datasets, fetch
from ildl.data.load import load_dataset

__all__ = [
    "RECORDS",
    "DamagedFile",
    "DataUnavailable",
    "Dataset",
    "Record",
    "Sampling",
    "SourceFile",
    "available_datasets",
    "fetch",
    "get_record",
    "list_datasets",
    "load_dataset",
    "make_artificial",
    "make_geng",
    "make_geng_manifold",
]
