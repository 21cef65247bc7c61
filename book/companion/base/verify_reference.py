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
from ildl.experiments import Protocol, Store, run
from ildl.experiments.verification import TOLERANCE, compare_values, obstacle, tell_left_out


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
        moved = "eta" in first and pd.notna(first["eta"]) and first["eta"] != 1
        fields = {name: first[name] for name in Protocol.__dataclass_fields__}
        whole = {name: int(value) for name, value in fields.items() if not isinstance(value, str) and value % 1 == 0}
        with TemporaryDirectory() as store:
            run(
                [with_threshold(first["dataset"], first["eta"]) if moved else first["dataset"]],
                [(first["method"], json.loads(first["params"]))],
                folds=[int(first["fold"])],
                seeds=[int(first["seed"])],
                **fields | whole,
                results_dir=store,
                n_jobs=1,
                progress=False,
            )
            again = next(Store(store).records())
        fit = first.astype(object).where(first.notna(), None)
        made = {
            "metrics": dict(zip(cell["metric"], cell["value"], strict=True)),
            "fit": fit,
            "kernel": manifest[first["experiment"]]["kernel"],
        }
        rows += compare_values(first.to_dict(), made, again, TOLERANCE)
    return pd.DataFrame(rows)
