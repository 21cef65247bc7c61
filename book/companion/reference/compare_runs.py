"""One run of the experiments beside another: the reader's and the one that ships with the repository."""

from __future__ import annotations

import pandas as pd

PROTOCOL = ["n_valid", "valid_from", "split_seed", "split_folds"]
CELL = ["dataset", "dataset_sha", "method", "params", "fold", "seed", *PROTOCOL]
"""What tells cells apart, besides the code that computed them."""
TOLERANCE = 1e-3
"""Training in float32 rounds otherwise on another machine."""


def compare_runs(own: pd.DataFrame, reference: pd.DataFrame, tolerance: float = TOLERANCE) -> pd.DataFrame:
    """Hold the cells that two runs share against each other, metric by metric."""
    lacking = [name for name in (*CELL, "metric", "value", "key") if name not in reference]
    if lacking:
        raise ValueError(f"The reference lacks the column(s) {', '.join(lacking)}.")
    left = _cells(own if len(own) else reference.iloc[:0], "own")
    both = left.merge(_cells(reference, "reference"), on=[*CELL, "metric"], how="inner", validate="1:1")
    both["difference"] = both["own"] - both["reference"]
    both["equal"] = both["difference"].abs() <= tolerance
    both["same_code"] = [
        a.startswith(b) or b.startswith(a) for a, b in zip(both["own_key"], both["reference_key"], strict=True)
    ]
    return both.drop(columns=["own_key", "reference_key"])


def summarise_runs(compared: pd.DataFrame) -> pd.DataFrame:
    """How far two runs agree, metric by metric."""
    distance = compared["difference"].abs()
    scale = compared[["own", "reference"]].abs().max(axis=1)
    rows = compared.assign(distance=distance, relative=(distance / scale.where(scale > 0)).fillna(0.0))
    return rows.groupby("metric", sort=False).agg(
        cells=("distance", "size"),
        equal=("equal", "mean"),
        median=("distance", "median"),
        largest=("distance", "max"),
        largest_relative=("relative", "max"),
    )


def largest_differences(compared: pd.DataFrame, n: int = 10) -> pd.DataFrame:
    """Return the rows in which two runs differ most."""
    order = compared["difference"].abs().sort_values(ascending=False, kind="stable").index
    return compared.loc[order[:n]].drop(columns=["dataset_sha", "equal"]).reset_index(drop=True)


def say_agreement(compared: pd.DataFrame, own_cells: int) -> str:
    """Say in one sentence how far two runs agree."""
    if not own_cells:
        return "there is no run of your own here yet, so there is nothing to compare"
    if compared.empty:
        return f"none of the {own_cells} cells of your own run is one of the reference run"
    shared = len(compared.drop_duplicates(CELL))
    return (
        f"your own run has {own_cells} cells, the reference run has {shared} of them too; of their "
        f"{len(compared)} values {100 * compared['equal'].mean():.1f} % are equal, the largest difference is "
        f"{compared['difference'].abs().max():.2g}"
    )


def _cells(run: pd.DataFrame, name: str) -> pd.DataFrame:
    rows = run[run["eta"].fillna(1) == 1] if "eta" in run else run
    rows = rows.sort_values("date", kind="stable") if "date" in rows else rows
    rows = rows.astype({"n_valid": "float64", "fold": "int64", "seed": "int64"})
    rows = rows.drop_duplicates([*CELL, "metric"], keep="last")
    rows = rows.rename(columns={"value": name, "key": f"{name}_key"})
    return rows[[*CELL, "metric", name, f"{name}_key"]].astype({f"{name}_key": str})
