"""From which results a page, a table or a figure was made."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from companion.show.template import filled

NOTEBOOK_VARIABLE = "ILDL_NOTEBOOK"
"""Environment variable in which whoever executes a notebook leaves its name; a kernel cannot know it."""
UNKNOWN = "unknown"
SHOWN_KEYS = 3
LONG_LIST = 8
"""More values than this are counted, or shown as a range, not listed."""


@dataclass(frozen=True)
class Provenance:
    """What is known of results: one line, and for each frame a mapping of names to texts, the experiment first."""

    summary: str
    parts: tuple[dict[str, str], ...]

    def __str__(self) -> str:
        items = (f"  {name}: {text}" for part in self.parts for name, text in part.items())
        return "\n".join([f"From {self.summary}", *items])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return filled("show/provenance.html.jinja", note=self)


def provenance_note(frame: pd.DataFrame, *more: pd.DataFrame) -> Provenance:
    """Say from which results a table or figure was made; what a frame does not say is unknown."""
    frames = (frame, *more)
    parts = tuple(_part(one) for one in frames)
    cells = sum(one["key"].nunique() if "key" in one else 0 for one in frames)
    names = ", ".join(dict.fromkeys(part["experiment"] for part in parts))
    profiles = ", ".join(dict.fromkeys(part["profile"] for part in parts))
    trained = _span(sorted({date for one in frames for date in _dates(one)}))
    plural = "cell" if cells == 1 else "cells"
    return Provenance(f"experiment {names}, profile {profiles}: {cells:,} {plural}, trained {trained}", parts)


def _part(frame: pd.DataFrame) -> dict[str, str]:
    attrs = frame.attrs
    seconds = float(frame.drop_duplicates("key")["fit_seconds"].sum()) if {"key", "fit_seconds"} <= {*frame} else None
    return {
        "experiment": str(attrs.get("experiment", UNKNOWN)),
        "notebook": os.environ.get(NOTEBOOK_VARIABLE, "the one of this page"),
        "profile": str(attrs.get("profile", UNKNOWN)),
        "parameters": "; ".join(
            f"{title} {_listed(frame, column)}"
            for title, column in (("folds", "fold"), ("seeds", "seed"), ("validation rows", "n_valid"))
        ),
        "results": _keys(frame),
        "data (SHA-256)": _checksums(frame),
        "code": f"ildl {_listed(frame, 'version')}, commit {attrs.get('commit', UNKNOWN)}",
        "device": _listed(frame, "device"),
        "trained": _span(_dates(frame)),
        "time of training": UNKNOWN if seconds is None else f"{seconds:,.0f} s of one core",
        "to make it again": str(attrs.get("command", UNKNOWN)),
    }


def _values(frame: pd.DataFrame, column: str) -> list[Any]:
    return sorted(frame[column].dropna().unique()) if column in frame else []


def _listed(frame: pd.DataFrame, column: str) -> str:
    values = [f"{value:g}" if isinstance(value, float) else str(value) for value in _values(frame, column)]
    if len(values) > LONG_LIST:
        return f"{values[0]} to {values[-1]} ({len(values)} values)"
    return ", ".join(values) or UNKNOWN


def _dates(frame: pd.DataFrame) -> list[str]:
    return sorted({str(date)[:10] for date in _values(frame, "date")})


def _span(values: Sequence[str]) -> str:
    return " to ".join(dict.fromkeys([values[0], values[-1]])) if values else UNKNOWN


def _keys(frame: pd.DataFrame) -> str:
    keys = [str(key) for key in _values(frame, "key")]
    if not keys:
        return UNKNOWN
    digest = hashlib.sha256("\n".join(keys).encode()).hexdigest()[:16]
    rest = ", ..." if len(keys) > SHOWN_KEYS else ""
    return f"{len(keys):,} keys, digest {digest}: {', '.join(keys[:SHOWN_KEYS])}{rest}"


def _checksums(frame: pd.DataFrame) -> str:
    if not {"dataset", "dataset_sha"} <= {*frame}:
        return UNKNOWN
    files = frame[["dataset", "dataset_sha"]].drop_duplicates()
    pairs = [f"{name} {str(sha)[:12]}" for name, sha in zip(files["dataset"], files["dataset_sha"], strict=True)]
    rest = f" and {len(pairs) - LONG_LIST} more" if len(pairs) > LONG_LIST else ""
    return ", ".join(pairs[:LONG_LIST]) + rest or UNKNOWN
