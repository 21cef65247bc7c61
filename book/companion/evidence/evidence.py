"""What pages show of labels, one small table a subject: from the labels at hand, or as it ships with the reference run.

The tables hold summaries and counts, never rows of a data set.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

import pandas as pd

from companion.base.arms import PROFILES
from companion.base.paper import REFERENCE
from companion.base.reference import FOLDER
from companion.evidence.constants import constant_scores, label_check
from companion.evidence.fading import fading, gradient_shares
from companion.evidence.survey import (
    describe_labels,
    describe_sampling,
    dominant_degrees,
    load_labels,
    mean_degrees,
)
from ildl.checks import InputError, check_option
from ildl.data import RECORDS, Dataset

EVIDENCE: dict[str, Callable[[Dataset], pd.DataFrame]] = {
    "files": lambda ds: pd.DataFrame([{"sha256": ds.sha256}]),
    "labels": describe_labels,
    "sampling": describe_sampling,
    "mean_degrees": mean_degrees,
    "dominant_degrees": dominant_degrees,
    "fading": fading,
    "gradient_shares": gradient_shares,
    "constants": constant_scores,
    "label_check": label_check,
}
"""Name -> what makes the rows of a data set from its labels."""
TEXT = {"head": str, "tail": str}
"""Columns of "sampling" that hold text, whatever it looks like."""
SHIPPED, CHECKSUMS = FOLDER / "evidence", "sha256.txt"


def load_evidence(name: str, profile: str = "quick", folder: Path = SHIPPED) -> pd.DataFrame:
    """Return one table about the labels, in the order of the catalogue; `attrs["shipped"]` is what was not computed."""
    check_option(name, EVIDENCE, "evidence")
    check_option(profile, (*PROFILES, REFERENCE), "profile")
    datasets, missing = ({}, list(RECORDS)) if profile == REFERENCE else _labels_at_hand()
    parts = []
    if datasets:
        parts.append(compute(name, datasets))
    if missing:
        read = _read(folder, name)
        parts.append(read[read["dataset"].isin(missing)].astype(parts[0].dtypes if parts else {}))
    frame = pd.concat(parts)
    frame = frame.sort_values("dataset", key=lambda ds: ds.map(list(RECORDS).index), kind="stable", ignore_index=True)
    frame.attrs["shipped"] = [name for name in missing if (frame["dataset"] == name).any()]
    return frame


def compute(name: str, datasets: Mapping[str, Dataset]) -> pd.DataFrame:
    """Make one table from labels; its first column is the data set."""
    parts = {dataset: EVIDENCE[name](ds) for dataset, ds in datasets.items()}
    return pd.concat(parts, names=["dataset"]).reset_index("dataset").reset_index(drop=True)


def write_evidence(folder: Path = SHIPPED) -> Path:
    """Write all tables, to be shipped."""
    datasets, missing = load_labels()
    if missing:
        raise InputError(f"Labels of {', '.join(missing)} are not at hand (`ildl fetch --labels-only`).")
    folder.mkdir(parents=True, exist_ok=True)
    files = {folder / f"{name}.csv.xz": compute(name, datasets) for name in EVIDENCE}
    for path, table in files.items():
        table.to_csv(path, index=False, float_format="%.10g")
    (folder / CHECKSUMS).write_text("".join(f"{_line(path)}\n" for path in files))
    return folder


@cache
def _labels_at_hand() -> tuple[dict[str, Dataset], list[str]]:
    """Read (or asked for in vain) once, not for every table."""
    return load_labels()


def _read(folder: Path, name: str) -> pd.DataFrame:
    path = folder / f"{name}.csv.xz"
    try:
        if _line(path) not in (folder / CHECKSUMS).read_text(encoding="utf-8").splitlines():
            raise ValueError("it is not the file that was written")
        if name != "sampling":
            return pd.read_csv(path)
        return pd.read_csv(path, dtype=TEXT).fillna(dict.fromkeys(TEXT, ""))  # a data set may have no head label
    except (OSError, ValueError) as error:
        message = f"{path} is missing or damaged ({error}); restore it with `git restore data/reference`."
        raise InputError(message) from error


def _line(path: Path) -> str:
    return f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}"
