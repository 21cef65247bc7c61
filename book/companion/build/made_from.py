"""From which run a page was made: a line at the foot of notebooks' pages, and of others that quote their numbers."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell

from companion.build.sources import (
    PAGES,
    REFERENCE,
    Record,
    follows_profiles,
    read_notebook,
    shipped_reference,
    short,
    uses_results,
)

UNKNOWN = "unknown"
HEAD = (
    '<div class="page-line"><span>{run}</span>'
    '<label class="code-switch"><input type="checkbox" id="show-code"> Show the code</label></div>'
)
COMMITTED = "the outputs that are committed with the notebook"
RENEW = "`make book` makes it from your own run."
QUOTED = re.compile(r"\{n\}`(\w+)\.|(?:\{holds\}|;) *(?:not )?(\w+): ")
"""A number, or a check, of another page."""


def made_from(root: Path, notebook: NotebookNode) -> str:
    """Say from which run a page was made."""
    record, trained = Record.read(notebook), uses_results(notebook)
    if record is None:
        profile = ", of the quick profile" if follows_profiles(notebook) else ""
        return f"**Made from** {COMMITTED}{f'{profile}. {RENEW}' if trained else '; no stored run enters this page.'}"
    end = notebook.metadata.get("papermill", {}).get("end_time")
    executed = f"executed {_day(end)}, commit {_short(record.commit)}"
    if not trained:
        labels = "" if record.profile == REFERENCE else ", and the labels at hand where it needs any"
        return f"**Made from** the library and the repository's files{labels}, no stored run; {executed}."
    if not follows_profiles(notebook):
        return f"**Made from** a run of its own, with the parameters shown; {executed}."
    if record.profile != REFERENCE:
        lacking = "profile reference: " in str([cell.get("outputs") for cell in notebook.cells])
        run = "cells of the shipped reference run, for want of data:" if lacking else "a run of its own:"
        return f"**Made from** {run} profile `{record.profile}`, {executed}."
    entries = shipped_reference(root).values()
    days = sorted({_day(entry["date"]) for entry in entries}) or [UNKNOWN]
    commits = sorted({_short(entry["commit"]) for entry in entries}) or [UNKNOWN]
    shipped = f"profile `paper`, {' to '.join(dict.fromkeys([days[0], days[-1]]))}, commit {', '.join(commits)}"
    return f"**Made from** the shipped reference run ({shipped}); {executed}. {RENEW}"


def add_line(notebook: NotebookNode, line: str) -> None:
    """Put the switch of the code and the name of the run below the title of a page, and the whole line at its end."""
    record = Record.read(notebook)
    shipped = record and record.profile == REFERENCE and follows_profiles(notebook)
    run = "the reference run" if shipped else "another run: see the foot of the page"
    head = HEAD.format(run=f"Shows {run}" if uses_results(notebook) else "")
    cells = notebook.cells
    if cells and cells[0].cell_type == "markdown" and cells[0].source.startswith("# "):
        title, _, rest = cells[0].source.partition("\n")
        cells[0].source = f"{title}\n\n{head}\n\n{rest}"
    else:
        cells.insert(0, new_markdown_cell(head, id="page-line"))
    cells.append(new_markdown_cell(_styled(line), id="made-from"))


def quoted_in(text: str, names: Iterable[str]) -> list[str]:
    """Return the notebooks, of these, that a page takes numbers or checks from."""
    shorts = {short(name): name for name in names}
    return list(dict.fromkeys(shorts[page] for pair in QUOTED.findall(text) for page in pair if page in shorts))


def line_of_others(root: Path, copies: Iterable[Path]) -> str:
    """What stands at the foot of a page that quotes these executed notebooks."""
    lines: dict[str, list[str]] = {}
    for copy in copies:
        lines.setdefault(made_from(root, read_notebook(copy)), []).append(f"[](/{PAGES}/{copy.name})")
    if not lines:
        return ""
    told = [f"{', '.join(pages)}: {line}" for line, pages in lines.items()] if len(lines) > 1 else [*lines]
    return f"\n\n{_styled(' '.join(told))}\n"


def _styled(line: str) -> str:
    return f":::{{rst-class}} made-from\n{line}\n:::"


def _day(date: object) -> str:
    return str(date)[:10] if date else UNKNOWN


def _short(commit: object) -> str:
    """First digits of a commit, and whether the tree differed from it."""
    head, _, dirty = str(commit or UNKNOWN).partition("-")
    return f"`{head[:10]}`" + (" with edits" if dirty else "")
