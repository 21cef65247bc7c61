"""What a store remembers of the package's own methods, so that results are read without importing any."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ildl.checks import InputError
from ildl.experiments.digest import digest_of_name
from ildl.experiments.plan import Described, canonical
from ildl.experiments.store import write_whole
from ildl.methods import METHODS

if TYPE_CHECKING:
    from ildl.experiments.own import MethodSpec


class Remembered:
    """Methods that were planned before, by name, given parameters and code.

    It is used to read results alone, under keys that hash all that they depend on; what is trained is planned anew.

    Parameters
    ----------
    folder : Path
        The store's.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / ".methods"
        try:
            self.known: dict[str, Any] = dict(json.loads(self.path.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError, RecursionError):
            self.known = {}

    def find(self, specs: Sequence[MethodSpec]) -> list[Described]:
        """Describe methods as `ildl.experiments.plan.describe` does.

        Parameters
        ----------
        specs : sequence
            As for `ildl.experiments.run`.

        Returns
        -------
        list of Described
            Empty where one of them is not known.
        """
        try:
            return [Described(*self.known[key]) for key in map(_key, specs)]
        except (KeyError, TypeError):
            return []

    def add(self, specs: Sequence[MethodSpec], described: Sequence[Described]) -> None:
        """Remember methods, where they are the package's; a folder that cannot be written stays as it is.

        Parameters
        ----------
        specs : sequence
        described : sequence of Described
            The same.
        """
        found = {key: list(one[:-1]) for spec, one in zip(specs, described, strict=True) if (key := _key(spec))}
        if not found.items() <= self.known.items():
            self.known |= found
            with suppress(OSError):
                write_whole(self.path, json.dumps(self.known).encode())


def _key(spec: MethodSpec) -> str:
    """Empty for own methods."""
    name, given = spec if isinstance(spec, tuple) and len(spec) == 2 else (spec, {})
    if not isinstance(name, str) or name not in METHODS or not isinstance(given, Mapping):
        return ""
    try:
        return canonical([name, dict(given), digest_of_name(name)])
    except InputError:
        return ""
