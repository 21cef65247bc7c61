"""Tables about the labels of data sets, before and after the protocol's sampling. Nothing here needs features."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

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
    """Return what the catalogue says of the features, one row a data set."""
    columns = {"name": "data set", "n": "rows", "q": "features", "c": "labels", "feature_note": "note"}
    kept = ("name", "n", "q", "c", "feature_set", "feature_note", "label_order")
    rows = pd.DataFrame({name: getattr(record, name) for name in kept} for record in map(get_record, names))
    rows["q"] = ["not recorded" if pd.isna(q) else f"{q:.0f}" for q in rows["q"]]
    return rows.rename(columns=columns).set_index("data set")


def describe_labels(ds: Dataset) -> pd.DataFrame:
    """Return facts about label distributions: shares of rows, the median highest degree, a ratio.

    `zeros` is a share of degrees; `tied`: several labels share the highest degree; `certain`: a degree of 1.
    """
    D, highest = ds.labels, ds.labels.max(axis=1, keepdims=True)
    shares = {
        "zeros": D == 0,
        "tied": (D == highest).sum(axis=1) > 1,
        "certain": highest == 1,
        "near_certain": highest > NEAR_CERTAIN,
        "above_half": highest > 0.5,
    }
    row = {"rows": D.shape[0], "labels": D.shape[1]} | {share: float(hit.mean()) for share, hit in shares.items()}
    return pd.DataFrame([row | {"dominant": float(np.median(highest)), "ratio": imbalance_ratio(D)}])


def describe_sampling(ds: Dataset, n_splits: int = 10) -> pd.DataFrame:
    """Return what imbalance sampling does; `fewest` and `most` are the sampled rows of a fold."""
    splits = make_splits(ds, n_splits)
    sizes = [len(split.kept) for split in splits]
    frequencies, head = label_frequencies(ds.labels, splits), head_labels(ds.labels, splits)
    row = {
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
    return pd.DataFrame([row])


def mean_degrees(ds: Dataset, n_splits: int = 10) -> pd.DataFrame:
    """Return the mean degree of every label before the sampling, and its share of all degrees after it."""
    splits = make_splits(ds, n_splits)
    frequencies, labels = label_frequencies(ds.labels, splits), np.arange(ds.labels.shape[1])
    columns = {"label": labels, "name": ds.label_names, "before": ds.labels.mean(axis=0)}
    columns |= {"after": frequencies / frequencies.sum(), "head": np.isin(labels, head_labels(ds.labels, splits))}
    return pd.DataFrame(columns)


def dominant_degrees(ds: Dataset, n_splits: int = 10) -> pd.DataFrame:
    """Count rows by their highest degree (upper edge of a bin of 0.01), before and after sampling, over all folds."""
    sampled = sampled_labels(ds, make_splits(ds, n_splits))
    counts = {"before": _count_by_percent(ds.labels), "after": _count_by_percent(sampled)}
    return pd.DataFrame({"degree": np.arange(101) / 100, **counts})


def sampled_labels(ds: Dataset, splits: Sequence[Split]) -> Array:
    """Return the label distributions of the sampled rows of all folds, one below the other."""
    return ds.labels[np.concatenate([split.kept for split in splits])]


def _count_by_percent(D: Array) -> np.ndarray:
    percent = np.ceil(np.round(100 * D.max(axis=1), 6)).astype(int)  # 0.28 is at most 28 %, 100 * 0.28 is not
    return np.bincount(percent, minlength=101)
