"""One run of the experiments beside another: the reader's and the one that ships with the repository."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from companion.show.provenance import Provenance, provenance_note
from ildl.experiments.verification import TOLERANCE

CELL = ["dataset", "dataset_sha", "method", "params", "fold", "seed", "n_valid", "valid_from", "split_seed",
        "split_folds"]  # fmt: skip
"""What tells cells apart, besides the code that computed them."""
EXPERIMENTS = {
    "comparison": "Tables 1, 2 and 5",
    "unsampled": "Tables 1, 2 and 5, other validation rows",
    "partitions": "other partitions into folds",
    "ablation": "Tables 3 and 4",
    "unsampled_ablation": "Tables 3 and 4, other validation rows",
    "sensitivity": "Figure 3",
    "multiverse": "all readings of the method",
    "imbalance": "other strengths of imbalance",
    "further": "further data sets",
}
"""Experiment -> what it is for."""


def compare_runs(own: pd.DataFrame, reference: pd.DataFrame, tolerance: float = TOLERANCE) -> pd.DataFrame:
    """Hold the cells that two runs share against each other; of a cell that is there several times, the latest."""
    lacking = [name for name in (*CELL, "metric", "value", "key") if name not in reference]
    if lacking:
        raise ValueError(f"The reference lacks the column(s) {', '.join(lacking)}.")
    left, right = (_cells(run) for run in (own if len(own) else reference.iloc[:0], reference))
    both = left.merge(right, on=[*CELL, "metric"], suffixes=("_own", "_reference"), validate="1:1")
    keys = list(zip(both.pop("key_own"), both.pop("key_reference"), strict=True))
    both = both.rename(columns={"value_own": "own", "value_reference": "reference"})
    difference, scale = both["own"] - both["reference"], both[["own", "reference"]].abs().max(axis=1)
    return both.assign(
        difference=difference,
        equal=difference.abs() <= tolerance,
        relative=(difference.abs() / scale.where(scale > 0)).fillna(0.0),
        same_code=pd.Series([a.startswith(b) or b.startswith(a) for a, b in keys], dtype=bool),
    )


def _cells(run: pd.DataFrame) -> pd.DataFrame:
    # Other imbalance thresholds are left out: the columns do not tell which threshold a row is of.
    rows = run[run["eta"].fillna(1) == 1] if "eta" in run else run
    rows = rows.sort_values("date", kind="stable") if "date" in rows else rows
    rows = rows.astype({"n_valid": "float64", "fold": "int64", "seed": "int64", "key": str})
    return rows.drop_duplicates([*CELL, "metric"], keep="last")[[*CELL, "metric", "value", "key"]]


def summarise_runs(compared: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """How far two runs agree: columns of `by`; values, outside (the tolerance), median, largest, largest_relative."""
    rows = compared.assign(outside=~compared["equal"], distance=compared["difference"].abs())
    return rows.groupby(by, sort=False).agg(
        values=("distance", "size"), outside=("outside", "sum"), median=("distance", "median"),
        largest=("distance", "max"), largest_relative=("relative", "max"),
    ).reset_index()  # fmt: skip


def how_made(manifest: Mapping[str, Mapping[str, Any]]) -> pd.DataFrame:
    """List the experiments of the shipped run, from its manifest, the longest first."""
    kept = ("cells", "trained", "commit", "machine", "kernel", "cores", "device", "version")
    rows = [
        {"experiment": name, "purpose": EXPERIMENTS.get(name, name), "datasets": len(entry["data"])}
        | {column: entry[column] for column in kept}
        | {"training_minutes": entry["training_seconds"] / 60, "minutes": entry["seconds"] / 60}
        | {"date": str(entry["date"])[:10], "libraries": ", ".join(map(" ".join, entry["libraries"].items()))}
        for name, entry in manifest.items()
    ]
    return pd.DataFrame(rows).sort_values("training_minutes", ascending=False, ignore_index=True)


def origin(own: pd.DataFrame) -> Provenance:
    """Say from which results of the reader a table or picture was made."""
    named = own.copy()
    named.attrs |= {"experiment": "of yours", "profile": "as stored"}
    return provenance_note(named)
