"""One run of the experiments beside another: the reader's and the one that ships with the repository."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from companion.show.provenance import Provenance, provenance_note

PROTOCOL = ["n_valid", "valid_from", "split_seed", "split_folds"]
CELL = ["dataset", "dataset_sha", "method", "params", "fold", "seed", *PROTOCOL]
"""What tells cells apart, besides the code that computed them."""
TOLERANCE = 1e-3
"""Training in float32 rounds otherwise on another machine."""


def compare_runs(own: pd.DataFrame, reference: pd.DataFrame, tolerance: float = TOLERANCE) -> pd.DataFrame:
    """Hold the cells that two runs share against each other; of a cell that is there several times, the latest.

    Rows under another imbalance threshold (`eta` other than 1) are left out: the other columns do not tell which
    threshold they are of. Columns: those of `CELL`, metric, own, reference, difference (own less reference), equal,
    relative (the difference by the larger value), same_code (whether the keys, which hash code and versions, agree).
    """
    lacking = [name for name in (*CELL, "metric", "value", "key") if name not in reference]
    if lacking:
        raise ValueError(f"The reference lacks the column(s) {', '.join(lacking)}.")
    left = _cells(own if len(own) else reference.iloc[:0], "own")
    both = left.merge(_cells(reference, "reference"), on=[*CELL, "metric"], how="inner", validate="1:1")
    keys = list(zip(both.pop("own_key"), both.pop("reference_key"), strict=True))
    difference = both["own"] - both["reference"]
    scale = both[["own", "reference"]].abs().max(axis=1)
    return both.assign(
        difference=difference,
        equal=difference.abs() <= tolerance,
        relative=(difference.abs() / scale.where(scale > 0)).fillna(0.0),
        same_code=pd.Series([a.startswith(b) or b.startswith(a) for a, b in keys], dtype=bool),
    )


def _cells(run: pd.DataFrame, name: str) -> pd.DataFrame:
    rows = run[run["eta"].fillna(1) == 1] if "eta" in run else run
    rows = rows.sort_values("date", kind="stable") if "date" in rows else rows
    rows = rows.astype({"n_valid": "float64", "fold": "int64", "seed": "int64"})
    rows = rows.drop_duplicates([*CELL, "metric"], keep="last")
    rows = rows.rename(columns={"value": name, "key": f"{name}_key"})
    return rows[[*CELL, "metric", name, f"{name}_key"]].astype({f"{name}_key": str})


def summarise_runs(compared: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """How far two runs agree: columns of `by`; values, outside (the tolerance), median, largest, largest_relative."""
    rows = compared.assign(outside=~compared["equal"], distance=compared["difference"].abs())
    grouped = rows.groupby(by, sort=False).agg(
        values=("distance", "size"),
        outside=("outside", "sum"),
        median=("distance", "median"),
        largest=("distance", "max"),
        largest_relative=("relative", "max"),
    )
    return grouped.reset_index()


def how_made(manifest: Mapping[str, Mapping[str, Any]]) -> pd.DataFrame:
    """List the experiments of the shipped run, from its manifest.

    Columns: experiment, datasets, cells, trained (in the run that wrote them), training_minutes (of one core), minutes
    (on the clock), date, commit, machine, cores, device, version, libraries.
    """
    rows = [
        {
            "experiment": name,
            "datasets": len(entry["data"]),
            **{column: entry[column] for column in ("cells", "trained")},
            "training_minutes": entry["training_seconds"] / 60,
            "minutes": entry["seconds"] / 60,
            "date": str(entry["date"])[:10],
            **{column: entry[column] for column in ("commit", "machine", "cores", "device", "version")},
            "libraries": ", ".join(f"{library} {version}" for library, version in entry["libraries"].items()),
        }
        for name, entry in manifest.items()
    ]
    return pd.DataFrame(rows).sort_values("training_minutes", ascending=False, ignore_index=True)


def origin(own: pd.DataFrame) -> Provenance:
    """Say from which results of the reader a table or picture was made."""
    named = own.copy()
    named.attrs |= {"experiment": "of yours", "profile": "as stored"}
    return provenance_note(named)
