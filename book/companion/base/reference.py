"""The reference run: results of the paper profile that ship with the checkout, a file an experiment, and a manifest."""

from __future__ import annotations

import hashlib
import io
import itertools
import json
import os
import platform
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ildl.checks import InputError
from ildl.experiments.digest import kernel, library_versions, method_digest
from ildl.experiments.store import write_whole
from ildl.experiments.stored import DTYPES
from ildl.methods import METHODS

FOLDER = Path(__file__).parents[3] / "data" / "reference"
MANIFEST = "manifest.json"
KEY_DIGITS = 16
ENTRY: dict[str, type | tuple[type, ...]] = {
    "file": str, "sha256": str, "metrics": list, "cells": int, "trained": int, "seconds": (int, float),
    "training_seconds": (int, float), "commit": str, "date": str, "version": str, "device": str, "machine": str,
    "kernel": str, "cores": int, "libraries": dict, "data": dict, "code": dict,
}  # fmt: skip
"""What the manifest says of an experiment, and as what."""
SHARED_COLUMNS = ["version", "dataset_sha", "device", "date"]
"""Columns of a tidy frame that the manifest holds once: one value an experiment, checksums one a data set."""


def read_manifest(folder: Path = FOLDER) -> dict[str, Any]:
    """Return how the reference was made, experiment -> `ENTRY`; `trained` and `seconds` are of its last run alone."""
    path = folder / MANIFEST
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(manifest, dict):
            raise ValueError("it does not map experiments to how they were made")
        for experiment, name in itertools.product(manifest, ENTRY):
            entry = manifest[experiment]
            if not isinstance(entry, dict) or not isinstance(entry.get(name), ENTRY[name]):
                raise ValueError(f"{experiment}: {name} is missing, or not of the kind that it should be")
    except FileNotFoundError as error:
        raise InputError(
            f"There is no reference run in {folder}; it is part of a checkout. "
            "Make one with: companion reproduce --profile paper --reference."
        ) from error
    except (ValueError, OSError, RecursionError) as error:
        raise InputError(f"{path} is damaged ({error}); restore it with `git restore data/reference`.") from error
    return manifest


def read_reference(experiment: str, folder: Path = FOLDER) -> pd.DataFrame:
    """Return the shipped results of one experiment, as `load_experiment` does: one row a cell and metric."""
    manifest = read_manifest(folder)
    if experiment not in manifest:
        raise InputError(f"The reference has no experiment {experiment!r}; it has: {', '.join(manifest)}.")
    entry = manifest[experiment]
    path = folder / entry["file"]
    content = path.read_bytes() if path.is_file() else b""
    if hashlib.sha256(content).hexdigest() != entry["sha256"]:
        raise InputError(f"{path} is not the file of the manifest; restore it with `git restore data/reference`.")
    wide = pd.read_csv(io.BytesIO(content), compression="xz", dtype={"key": str, "params": str}, keep_default_na=True)
    wide = wide.astype({name: kind for name, kind in DTYPES.items() if name in wide})
    metrics = entry["metrics"]
    frame = wide.melt([name for name in wide if name not in metrics], metrics, "metric", "value")
    shared = {name: entry[name] for name in ("version", "device", "date")}
    frame = frame.dropna(subset="value").assign(**shared, dataset_sha=frame["dataset"].map(entry["data"]))
    command = f"companion reproduce {experiment} --profile paper"
    frame = frame.reset_index(drop=True)
    frame.attrs |= {"experiment": experiment, "profile": "reference", "commit": entry["commit"], "command": command}
    return frame


def write_reference(frame: pd.DataFrame, start: datetime, folder: Path = FOLDER, seconds: float | None = None) -> Path:
    """Write the results of one experiment into the reference, unless it holds what this run lacks.

    `seconds` is what it took on the clock, by default since `start`.
    """
    if frame.attrs.get("profile") != "paper":
        raise InputError("Only a run of the paper profile can become the reference.")
    if frame.empty:
        raise InputError("The results have no rows; the reference is left as it was.")
    if len(bad := frame[~np.isfinite(frame["value"].to_numpy(dtype=float))]):
        where = "{method} {params} on {dataset}, fold {fold}, seed {seed}: {metric}".format(**bad.iloc[0])
        raise InputError(f"{where} is not finite; the reference is left as it was.")
    experiment, metrics = frame.attrs["experiment"], list(frame["metric"].unique())
    first = [name for name in frame if name not in ("metric", "value", *SHARED_COLUMNS)]
    values = frame.drop_duplicates(["key", "metric"]).pivot(index="key", columns="metric", values="value")
    wide = frame[first].drop_duplicates().join(values, on="key")
    wide = wide.assign(key=wide["key"].str[:KEY_DIGITS], fit_seconds=wide["fit_seconds"].round(3))
    buffer = io.BytesIO()
    wide[[*first, *metrics]].to_csv(buffer, index=False, float_format="%.6g", compression="xz")
    path = folder / f"{experiment}.csv.xz"
    cells = frame.drop_duplicates("key")
    unmoved = cells[cells["eta"] == 1] if "eta" in cells else cells  # another sampling has another checksum
    entry = {
        "file": path.name,
        "sha256": hashlib.sha256(buffer.getvalue()).hexdigest(),
        "metrics": metrics,
        "cells": len(cells),
        "commit": frame.attrs["commit"],
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        **{name: ", ".join(sorted(cells[name].unique())) for name in ("version", "device")},
        "machine": processor(),
        "kernel": kernel(),
        "cores": os.cpu_count(),
        "libraries": library_versions(),
        "trained": int((cells["date"] >= start.astimezone(UTC).isoformat(timespec="seconds")).sum()),
        "seconds": round((datetime.now(UTC) - start).total_seconds() if seconds is None else seconds, 1),
        "training_seconds": round(float(cells["fit_seconds"].sum()), 1),
        "data": dict(zip(unmoved["dataset"], unmoved["dataset_sha"], strict=True)),
        "code": {method: method_digest(METHODS[method]) for method in cells["method"].unique()},
    }
    manifest = read_manifest(folder) if (folder / MANIFEST).exists() else {}
    before = manifest.get(experiment, {"data": (), "metrics": (), "cells": 0})
    lost = [*(set(before["data"]) - set(frame["dataset"])), *(set(before["metrics"]) - set(metrics))]
    if len(cells) < before["cells"]:
        lost.append(f"{before['cells']} cells ({len(cells)} here)")
    if lost:
        raise InputError(
            f"{experiment}: the reference has {', '.join(lost)}, this run has not; it is left as it was. If less is "
            f"meant, remove its entry from {folder / MANIFEST} first."
        )
    if entry["trained"] < len(cells) == before["cells"]:  # only written anew, or some methods trained again
        entry |= {
            "trained": before["trained"],
            "seconds": before["seconds"] + bool(entry["trained"]) * entry["seconds"],
        }
    text = json.dumps(manifest | {experiment: entry}, indent=1, sort_keys=True) + "\n"
    write_whole(path, buffer.getvalue())
    write_whole(folder / MANIFEST, text.encode())
    return path


def changed_methods(folder: Path = FOLDER) -> list[str]:
    """Return the methods whose code is no longer that of the reference run."""
    made = {pair for entry in read_manifest(folder).values() for pair in entry["code"].items()}
    return sorted({method for method, code in made if method not in METHODS or method_digest(METHODS[method]) != code})


def processor() -> str:
    """Return the processor's model, where the system tells."""
    info = Path("/proc/cpuinfo")
    text = info.read_text(encoding="utf-8", errors="replace") if info.exists() else ""
    found = re.search(r"^model name\s*:\s*(.*?)\s*$", text, re.MULTILINE)
    return found[1] if found else platform.processor() or platform.machine()
