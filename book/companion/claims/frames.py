"""The evidence behind the verdicts: loaded, put side by side, and named by the hashes of what it was read from."""

from __future__ import annotations

import hashlib
import inspect
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from companion.audit.frames import run_audit
from companion.audit.printed import load_tables
from companion.base.asked import Asked
from companion.base.equations import check_equations, summarise_equations
from companion.base.names import RIVALS
from companion.base.paper import REFERENCE, load_experiment
from companion.base.published import find_published
from companion.base.reference import FOLDER
from companion.claims.verdicts import DEFAULT, Evidence
from companion.evidence.evidence import SHIPPED, load_evidence
from ildl.data import RECORDS
from ildl.losses import total_loss
from ildl.methods import READINGS, make_method
from ildl.protocol import make_splits

EXPERIMENTS = {
    "comparison": ("comparison", "unsampled", "partitions"),
    "ablation": ("ablation", "unsampled_ablation"),
    "sensitivity": ("sensitivity",),
    "multiverse": ("multiverse",),
    "imbalance": ("imbalance",),
}
"""Part of the evidence -> the experiments that it is read from."""
HALF = 0.5
"""Gradients on real labels are shown where the dominant degree is above this, as in labels whose degree is set."""
Hashes = Mapping[str, Mapping[str, str]]


def load_all(asked: Asked) -> tuple[Evidence, dict[str, pd.DataFrame], Hashes]:
    """Load the evidence, the frames of the runs by experiment, and for each part where it is from with its SHA-256."""
    runs = {name: load_experiment(name, asked) for names in EXPERIMENTS.values() for name in names}
    frames = {part: pd.concat([runs[name] for name in names]) for part, names in EXPERIMENTS.items()}
    comparison = frames["comparison"].fillna({"epoch_kept": "best"})
    once = ["key", "metric", "reading", "epoch_kept"]  # the tables' own partition is among all partitions, too
    frames["comparison"] = comparison.drop_duplicates(once, ignore_index=True)
    labels, fading = (load_evidence(name, asked.profile) for name in ("labels", "fading"))
    equations, tables, settings = summarise_equations(check_equations()), load_tables(), library_settings()
    evidence = Evidence(
        **frames,
        published=tables,
        audit=run_audit({name: record.c for name, record in RECORDS.items()}, equations, tables),
        equations=equations,
        labels=labels.set_index("dataset"),
        fading=fading[fading["degree"] >= HALF],
        settings=settings,
    )
    computed = {"labels": labels, "fading": fading, "equations": equations}
    return evidence, runs, _hashes(asked.profile, runs, computed, settings)


def library_settings() -> dict[str, dict[str, Any]]:
    """What the library does by default, under each reading of DILDL and with independent splits."""
    readings = {DEFAULT: {}, **READINGS["DILDL"]}
    estimators = {reading: make_method("DILDL", **params) for reading, params in readings.items()}
    splits = {name: parameter.default for name, parameter in inspect.signature(make_splits).parameters.items()}
    common = {
        "n_splits": splits["n_splits"],
        "test_share": 1 / splits["n_splits"],
        "folds": splits["folds"],
        "alignment_losses": sum(name.startswith("align") for name in inspect.signature(total_loss).parameters),
        "prediction_reads": list(inspect.signature(estimators[DEFAULT].predict).parameters),
        "rivals": list(RIVALS),
    }
    settings = {}
    for reading, estimator in estimators.items():
        network = estimator.architecture()
        encoders = len(network.label_encoders)
        own = {"label_encoders": encoders, "trained_label_encoders": encoders - len(network.frozen)}
        settings[reading] = estimator.get_params() | common | own
    return settings | {"independent splits": settings[DEFAULT] | {"folds": "random"}}


def _hashes(
    profile: str, runs: Mapping[str, pd.DataFrame], computed: Mapping[str, pd.DataFrame], settings: Mapping[str, Any]
) -> Hashes:
    """Of files where the shipped run was read, else of the frames as CSV."""

    def of(kind: str, name: str, folder: Path, frames: Mapping[str, pd.DataFrame]) -> tuple[str, str]:
        return (
            _of_file(folder / f"{name}.csv.xz") if profile == REFERENCE else (f"{kind} {name}", _of_frame(frames[name]))
        )

    printed = dict(map(_of_file, sorted(find_published("dildl_results.csv").parent.glob("*.csv"))))
    return {
        **{part: dict(of("experiment", name, FOLDER, runs) for name in names) for part, names in EXPERIMENTS.items()},
        **{name: dict([of("evidence", name, SHIPPED, computed)]) for name in ("labels", "fading")},
        "equations": {"equations checked by computer algebra": _of_frame(computed["equations"])},
        "settings": {"settings of the library": _sha(json.dumps(settings, default=str, sort_keys=True).encode())},
        "published": printed,
        "audit": printed,
    }


def _of_file(path: Path) -> tuple[str, str]:
    return path.relative_to(FOLDER.parents[1]).as_posix(), _sha(path.read_bytes())


def _of_frame(frame: pd.DataFrame) -> str:
    return _sha(frame.to_csv(index=False).encode())


def _sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
