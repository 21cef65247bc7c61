"""Tables about the labels of data sets, before and after the protocol's sampling. Nothing here needs features."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pandas as pd

from ildl.data.catalogue import RECORDS, get_record
from ildl.data.dataset import Array, Dataset
from ildl.data.fetch import DataUnavailable
from ildl.data.load import load_dataset
from ildl.protocol import Split, head_labels, imbalance_ratio, label_frequencies, make_splits

NEAR_CERTAIN = 0.99
"""A row with a degree above it leaves (nearly) nothing to the other labels."""


def load_labels(names: Iterable[str] = tuple(RECORDS)) -> tuple[dict[str, Dataset], list[str]]:
    """Load the labels of data sets, going on where one is not to be had."""
    available, missing = {}, []
    for name in names:
        try:
            available[name] = load_dataset(name, labels_only=True)
        except DataUnavailable:
            missing.append(name)
    return available, missing


def describe_features(names: Iterable[str] = tuple(RECORDS)) -> pd.DataFrame:
    """Return what the catalogue says of the features, one row a data set.

    Index: data set. Columns: rows, features, labels, feature_set, note, label_order.
    """
    rows = [
        {
            "data set": record.name,
            "rows": record.n,
            "features": "not recorded" if record.q is None else str(record.q),
            "labels": record.c,
            "feature_set": record.feature_set,
            "note": record.feature_note,
            "label_order": record.label_order,
        }
        for record in map(get_record, names)
    ]
    return pd.DataFrame(rows).set_index("data set")


def describe_labels(datasets: Mapping[str, Dataset]) -> pd.DataFrame:
    """Return facts about label distributions, one row a data set.

    Columns: dataset; rows; labels; zeros (share of degrees that are exactly 0); tied (share of rows in which several
    labels share the highest degree); certain (share of rows with a degree of 1); near_certain (share of rows with a
    degree above `NEAR_CERTAIN`); above_half (share of rows with a degree above one half); dominant (median of the
    highest degree); ratio (largest over smallest mean degree).
    """
    return pd.DataFrame([{"dataset": name, **_facts(ds.labels)} for name, ds in datasets.items()])


def describe_sampling(datasets: Mapping[str, Dataset], n_splits: int = 10, seed: int = 0) -> pd.DataFrame:
    """Return what imbalance sampling does, one row a data set.

    Columns: dataset; rows; fewest and most (sampled rows of a fold, validation included); ratio_before and ratio_after
    (largest over smallest mean degree); dominant_before and dominant_after (median of the highest degree); head and
    tail (label indices).
    """
    rows = []
    for name, ds in datasets.items():
        splits = make_splits(ds, n_splits, seed)
        sizes = [len(rows_of) for rows_of in sampled_rows(splits)]
        frequencies = label_frequencies(ds.labels, splits)
        head = head_labels(ds.labels, splits)
        row = {
            "dataset": name,
            "rows": len(ds.labels),
            "fewest": min(sizes),
            "most": max(sizes),
            "ratio_before": imbalance_ratio(ds.labels),
            "ratio_after": float(frequencies.max() / frequencies.min()),
            "dominant_before": float(np.median(ds.labels.max(axis=1))),
            "dominant_after": float(np.median(sampled_labels(ds, splits).max(axis=1))),
            "head": ", ".join(map(str, head)),
            "tail": ", ".join(str(j) for j in range(len(frequencies)) if j not in head),
        }
        rows.append(row)
    return pd.DataFrame(rows)


def mean_degrees(datasets: Mapping[str, Dataset], n_splits: int = 10, seed: int = 0) -> pd.DataFrame:
    """Return the mean degree of every label before and after sampling, in long form.

    Columns: dataset, label (index), name, before, after, head. ``after`` is the label's share of the sampled column
    sums, averaged over folds.
    """
    parts = []
    for name, ds in datasets.items():
        splits = make_splits(ds, n_splits, seed)
        frequencies = label_frequencies(ds.labels, splits)
        head = head_labels(ds.labels, splits)
        parts.append(
            pd.DataFrame(
                {
                    "dataset": name,
                    "label": range(len(frequencies)),
                    "name": ds.label_names,
                    "before": ds.labels.mean(axis=0),
                    "after": frequencies / frequencies.sum(),
                    "head": [j in head for j in range(len(frequencies))],
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def dominant_degrees(datasets: Mapping[str, Dataset], n_splits: int = 10, seed: int = 0) -> pd.DataFrame:
    """Count rows by their highest degree, over all rows and over the sampled rows of all folds.

    Columns: dataset; degree (0, 0.01, ..., 1: upper edge of a bin, which contains it); before and after (rows).
    """
    parts = []
    for name, ds in datasets.items():
        sampled = sampled_labels(ds, make_splits(ds, n_splits, seed))
        counts = {"before": _count_by_percent(ds.labels), "after": _count_by_percent(sampled)}
        parts.append(pd.DataFrame({"dataset": name, "degree": np.arange(101) / 100, **counts}))
    return pd.concat(parts, ignore_index=True)


def describe_files(datasets: Mapping[str, Dataset]) -> pd.DataFrame:
    """Return the checksums of the files, one row a data set."""
    return pd.DataFrame([{"dataset": name, "sha256": ds.sha256} for name, ds in datasets.items()])


def sampled_rows(splits: Sequence[Split]) -> list[np.ndarray]:
    """Return the sampled rows (training and validation) of each fold, ascending."""
    return [np.sort(np.concatenate([split.train, split.valid])) for split in splits]


def sampled_labels(ds: Dataset, splits: Sequence[Split]) -> Array:
    """Return the label distributions of the sampled rows of all folds, one below the other."""
    return ds.labels[np.concatenate(sampled_rows(splits))]


def _facts(D: Array) -> dict[str, float]:
    highest = D.max(axis=1, keepdims=True)
    return {
        "rows": D.shape[0],
        "labels": D.shape[1],
        "zeros": float((D == 0).mean()),
        "tied": float(((D == highest).sum(axis=1) > 1).mean()),
        "certain": float((highest == 1).mean()),
        "near_certain": float((highest > NEAR_CERTAIN).mean()),
        "above_half": float((highest > 0.5).mean()),
        "dominant": float(np.median(highest)),
        "ratio": imbalance_ratio(D),
    }


def _count_by_percent(D: Array) -> np.ndarray:
    percent = np.ceil(np.round(100 * D.max(axis=1), 6)).astype(int)  # 0.28 is at most 28 %, 100 * 0.28 is not
    return np.bincount(percent, minlength=101)
