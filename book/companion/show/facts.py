"""What the sentences of a page rest on: numbers, which the prose quotes, and checks, which bind it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from numbers import Real
from typing import Any

import numpy as np
import pandas as pd

from companion.show.template import filled

MIME = "application/vnd.ildl.facts+json"
"""The output type that carries them; `companion.build.sentences` reads it."""


@dataclass(frozen=True)
class Facts:
    """Numbers that `{n}` quotes (None is what this run does not have) and checks, in words, that `{holds}` names."""

    numbers: Mapping[str, float | int | str | None]
    checks: Mapping[str, bool]

    def __post_init__(self) -> None:
        """Refuse what no sentence can be bound to."""
        for name, value in self.numbers.items():
            plain = value is None or isinstance(value, str) or (isinstance(value, Real) and math.isfinite(value))
            if not plain:
                raise ValueError(f"The number {name!r} of this page is {value!r}; sentences quote finite ones only.")
        for name, value in self.checks.items():
            if not isinstance(value, bool | np.bool_):
                raise ValueError(f"The check {name!r} of this page gave {value!r}, neither true nor false.")

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        numbers = {
            name: value.item() if isinstance(value, np.generic) else value for name, value in self.numbers.items()
        }
        checks = {name: bool(value) for name, value in self.checks.items()}
        html = filled("show/facts.html.jinja", numbers=numbers, checks=checks)
        text = f"<{len(numbers)} numbers, {len(checks)} checks>"
        return {"text/html": html, "text/plain": text, MIME: {"numbers": numbers, "checks": checks}}


def every(answers: Iterable[object]) -> bool:
    """Whether there are answers, and all are true."""
    found = list(answers)
    return bool(found) and all(map(bool, found))


def holding(
    checks: Mapping[str, Iterable[tuple[str, str, str, int]]], frames: Mapping[str, pd.DataFrame], names: dict[str, Any]
) -> dict[str, bool]:
    """Whether checks hold: parts name a frame, which rows, what is true of each of these, and their least number."""

    def hold(frame: str, where: str, what: str, least: int) -> bool:
        rows = frames[frame].query(where, local_dict=names) if where else frames[frame]
        return len(rows) >= least and len(rows.query(what, local_dict=names)) == len(rows)

    return {name: all(hold(*part) for part in parts) for name, parts in checks.items()}
