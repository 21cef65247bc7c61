"""Sphinx extension: pages that quote numbers of notebooks say from which run these are.

A notebook's own page gets its line from `companion.build.extension`; other pages (the first one, the list of figures
and tables) get theirs here, at their foot.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

from companion.build.gallery import PLACE
from companion.build.made_from import made_from, styled
from companion.build.sentences import short
from companion.build.sources import executed_copy, find_notebooks, read_notebook

FOLDER = "notebooks"
QUOTED = re.compile(r"\{n\}`(\w+)\.|(?:\{holds\}|;) *(?:not )?(\w+): ")
"""A number, or a check, of another page."""
BEFORE = 400
"""Priority of the event before that of `companion.build.extension`, which is Sphinx's default."""


def setup(app: Sphinx) -> dict[str, Any]:
    """Connect to Sphinx, when pages are read."""
    app.connect("source-read", say_what_it_is_made_from, priority=BEFORE)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def say_what_it_is_made_from(app: Sphinx, docname: str, content: list[str]) -> None:
    """Say at the foot of a page that quotes notebooks from which run these were made."""
    if docname.startswith(f"{FOLDER}/"):
        return
    root = Path(app.srcdir).parent
    names = {short(name): name for name in find_notebooks(root)}
    quoted = [names[page] for pair in QUOTED.findall(content[0]) for page in pair if page in names]
    wanted = list(names.values()) if PLACE in content[0] else list(dict.fromkeys(quoted))
    lines: dict[str, list[str]] = {}
    for name in wanted:
        copy = executed_copy(root, name)
        if copy.exists():
            app.env.note_dependency(str(copy))
            lines.setdefault(made_from(root, read_notebook(copy)), []).append(f"[](/{FOLDER}/{name}.ipynb)")
    if len(lines) == 1:
        content[0] += f"\n\n{styled(next(iter(lines)))}\n"
    elif lines:
        said = " ".join(f"{', '.join(pages)}: {line}" for line, pages in lines.items())
        content[0] += f"\n\n{styled(said)}\n"
