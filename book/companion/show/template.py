"""Templates of HTML, which lie beside the code that fills them."""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parents[1]), undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
)
_TEMPLATES.filters["e"] = lambda value: escape(str(value))  # quotes as stored outputs have them


def filled(template: str, **values: Any) -> str:
    """Fill a template, named as seen from the package; it escapes texts by `| e`."""
    return _TEMPLATES.get_template(template).render(values)
