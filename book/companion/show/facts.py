"""What the sentences of a page rest on: numbers, which the prose quotes, and checks, which bind it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from html import escape
from numbers import Real
from typing import Any

import numpy as np

MIME = "application/vnd.ildl.facts+json"
"""The output type that carries them; `companion.build.sentences` reads it."""


@dataclass(frozen=True)
class Facts:
    """Numbers and checks of a page; as the last expression of a cell they go into the page.

    Parameters
    ----------
    numbers : mapping of str to float, int, str or None
        Name -> what `{n}` quotes; a string is a name, such as that of the best method. None is what this run does not
        have: a page shows a dash, and a book from the reference run fails.
    checks : mapping of str to bool
        What is checked, in words -> whether these results bear it out. `{holds}` names it.
    """

    numbers: Mapping[str, float | int | str | None]
    checks: Mapping[str, bool]

    def __post_init__(self) -> None:
        """Refuse what no sentence can be bound to."""
        for name, value in self.numbers.items():
            if (
                value is not None
                and not isinstance(value, str)
                and not (isinstance(value, Real) and math.isfinite(value))
            ):
                raise ValueError(
                    f"The number {name!r} of this page is {value!r}; sentences can quote finite ones only."
                )
        for name, value in self.checks.items():
            if not isinstance(value, bool | np.bool_):
                raise ValueError(f"The check {name!r} of this page gave {value!r}, neither true nor false.")

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        numbers = {name: _plain(value) for name, value in self.numbers.items()}
        checks = {name: bool(value) for name, value in self.checks.items()}
        return {
            "text/html": self._html(),
            "text/plain": f"<{len(numbers)} numbers, {len(checks)} checks>",
            MIME: {"numbers": numbers, "checks": checks},
        }

    def _html(self) -> str:
        checks = "".join(
            f"<li>{'✓' if holds else '✗'} {escape(name)}{'' if holds else ' <em>(not in this run)</em>'}</li>"
            for name, holds in self.checks.items()
        )
        numbers = "".join(
            f"<tr><th scope='row'><code>{escape(name)}</code></th><td>{escape(str(_plain(value)))}</td></tr>"
            for name, value in self.numbers.items()
        )
        return (
            '<details class="rests-on"><summary>What the sentences of this page rest on</summary>'
            f"<ul>{checks}</ul><table><tbody>{numbers}</tbody></table></details>"
        )


def every(answers: Iterable[object]) -> bool:
    """Whether there are answers, and all are true."""
    found = list(answers)
    return bool(found) and all(map(bool, found))


def _plain(value: Any) -> float | int | str | None:
    return (
        value
        if value is None or isinstance(value, str)
        else int(value)
        if isinstance(value, int | np.integer)
        else float(value)
    )
