"""Cells of the shipped reference run, trained again."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd

from companion.base.paper import with_threshold
from companion.base.reference import FOLDER, read_manifest, read_reference
from ildl.checks import check_number
from ildl.data import Dataset
from ildl.experiments import Protocol, Store, run
from ildl.experiments.verification import compare_values, obstacle, tell_left_out


def verify_reference(*, sample: int = 5, seed: int = 0, folder: Path = FOLDER) -> pd.DataFrame:
    """Train a random sample of the shipped reference's cells again, and compare every metric."""
    check_number(sample, "sample", 1, integer=True)
    check_number(seed, "seed", 0, integer=True)
    manifest = read_manifest(folder)
    frame = pd.concat([read_reference(name, folder).assign(experiment=name) for name in manifest], ignore_index=True)
    cells = frame.drop_duplicates("key").set_index("key")
    made_from = cells[["method", "dataset", "dataset_sha"]].to_dict("index")
    obstacles = {key: obstacle(cell, None) for key, cell in made_from.items()}
    tell_left_out([why for why in obstacles.values() if why], len(cells), "The reference")
    keys = np.array([key for key, why in obstacles.items() if not why])
    chosen = np.random.default_rng(seed).choice(len(keys), min(sample, len(keys)), replace=False)
    rows = []
    for key in keys[np.sort(chosen)]:
        cell = frame[frame["key"] == key].drop_duplicates("metric")
        first = cell.iloc[0]
        source, protocol = split_by(first)
        with TemporaryDirectory() as store:
            run(
                [source],
                [(first["method"], json.loads(first["params"]))],
                folds=[int(first["fold"])],
                seeds=[int(first["seed"])],
                **protocol.record(),
                results_dir=store,
                n_jobs=1,
                progress=False,
            )
            again = next(Store(store).records())
        made = {
            "metrics": dict(zip(cell["metric"], cell["value"], strict=True)),
            "fit": first.astype(object).where(first.notna(), None),
            "kernel": manifest[first["experiment"]]["kernel"],
        }
        rows += compare_values(first.to_dict(), made, again)
    return pd.DataFrame(rows)


def split_by(row: pd.Series) -> tuple[str | Dataset, Protocol]:
    """Return what a row of the reference was trained on, and how that was split."""
    moved = "eta" in row and pd.notna(row["eta"]) and row["eta"] != 1
    fields = {name: row[name] for name in Protocol.__dataclass_fields__}
    whole = {name: int(value) for name, value in fields.items() if not isinstance(value, str) and value % 1 == 0}
    return with_threshold(row["dataset"], row["eta"]) if moved else row["dataset"], Protocol(**fields | whole)
