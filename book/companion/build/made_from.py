"""One line under a page's title: from which run it was made."""

from __future__ import annotations

from pathlib import Path

from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell

from companion.build.sources import REFERENCE, Record, follows_profiles, shipped_reference, uses_results

UNKNOWN = "unknown"
STYLE = "made-from"
"""The class of the line in HTML."""
HEAD = (
    '<div class="page-line"><span>{run}</span>'
    '<label class="code-switch"><input type="checkbox" id="show-code"> Show the code</label></div>'
)
RENEW = "`make book` makes it from your own run."


def made_from(root: Path, notebook: NotebookNode) -> str:
    """Say from which run a page was made."""
    record = Record.read(notebook)
    if record is None and not uses_results(notebook):
        return "**Made from** the outputs that are committed with the notebook; no stored run enters this page."
    if record is None:
        profile = ", of the quick profile" if follows_profiles(notebook) else ""
        return f"**Made from** the outputs that are committed with the notebook{profile}. {RENEW}"
    end = notebook.metadata.get("papermill", {}).get("end_time")
    executed = f"executed {_day(end)}, commit {_short(record.commit)}"
    if not uses_results(notebook):
        files = "the library and the repository's files"
        files = files if record.profile == REFERENCE else f"{files}, and the labels at hand where it needs any"
        return f"**Made from** {files}, no stored run; {executed}."
    if not follows_profiles(notebook):
        return f"**Made from** a run of its own, with the parameters shown; {executed}."
    if record.profile != REFERENCE and "profile reference: " in str([cell.get("outputs") for cell in notebook.cells]):
        why = f"for want of data: profile `{record.profile}`"
        return f"**Made from** cells of the shipped reference run, {why}, {executed}."
    if record.profile != REFERENCE:
        return f"**Made from** a run of its own: profile `{record.profile}`, {executed}."
    entries = shipped_reference(root).values()
    days = sorted({_day(entry.get("date")) for entry in entries}) or [UNKNOWN]
    commits = sorted({_short(entry.get("commit")) for entry in entries}) or [UNKNOWN]
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
    cells.append(new_markdown_cell(styled(line), id="made-from"))


def styled(line: str) -> str:
    """Wrap a line so that the book's style sheet knows it."""
    return f":::{{rst-class}} {STYLE}\n{line}\n:::"


def _day(date: object) -> str:
    return str(date)[:10] if date else UNKNOWN


def _short(commit: object) -> str:
    """First digits of a commit, and whether the tree differed from it."""
    head, _, dirty = str(commit or UNKNOWN).partition("-")
    return f"`{head[:10]}`" + (" with changes" if dirty else "")
