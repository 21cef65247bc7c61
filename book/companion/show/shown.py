"""What a cell shows: HTML, the files that belong to it, and from which results it was made."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape
from typing import Any

from companion.show.provenance import Provenance

FILES = "application/vnd.ildl.files+json"
"""The output type that carries files; `companion.build.files` writes them beside the page."""
FOLDER = "files"
KINDS = {"csv": "data (CSV)", "png": "PNG", "svg": "SVG", "pdf": "PDF", "tex": "LaTeX", "json": "JSON"}
"""Suffix -> how a link to the file is called."""
TEXT = ("csv", "svg", "tex", "json")


@dataclass(frozen=True)
class Shown:
    """A figure, table or chart, named as its address and files are (suffix -> content), with its origin below it."""

    name: str
    title: str
    html: str = field(repr=False)
    files: Mapping[str, bytes] = field(repr=False)
    origin: Provenance | None = field(default=None, repr=False)

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        files = {
            suffix: content.decode() if suffix in TEXT else b64encode(content).decode()
            for suffix, content in self.files.items()
        }
        shown = {"name": self.name, "title": self.title, "files": files}
        return {"text/html": self.page(), FILES: shown, "text/plain": f"<{self.name}>"}

    def page(self) -> str:
        """Return what the page shows."""
        kinds = [kind for kind in KINDS if kind in self.files]
        links = " · ".join(f'<a href="{FOLDER}/{self.name}.{kind}" download>{KINDS[kind]}</a>' for kind in kinds)
        origin = "" if self.origin is None else self.origin._repr_html_()
        line = f'<div class="below"><span class="links">{links}</span>{origin}</div>'
        return f'<div class="shown" id="{escape(self.name)}">\n{self.html}\n{line}\n</div>'
