"""Words of sentences that older pages still put together; it goes with the last of them."""

from __future__ import annotations

from collections.abc import Iterable


def listed(names: Iterable[str]) -> str:
    """Join names as a sentence does: "Movie, Emotion6 and RAF-ML"."""
    *first, last = list(names) or [""]
    return f"{', '.join(first)} and {last}" if first else str(last)
