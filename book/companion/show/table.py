"""Tables whose cells say on hover, focus or tap what they are made of; whole at the width of a page."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import pandas as pd

from companion.show.provenance import Provenance
from companion.show.shown import Shown
from companion.show.template import filled
from ildl.compare.latex import latex_table

DASH = "–"


@dataclass(frozen=True)
class Cell:
    """What stands in a cell: lines, a class of the style sheet, a detail on hover or tap, and a sign like the class."""

    lines: tuple[str, ...]
    look: str = ""
    detail: str = ""
    sign: str = ""
    bold: bool = False

    def __str__(self) -> str:
        return " ".join((*self.lines, self.sign)).strip()


NOTHING = Cell((DASH,))


def number(pattern: str = "{:.2f}") -> Callable[[Any], Cell]:
    """Return a format for numbers: a true minus, a dash for what is missing."""
    return lambda value: NOTHING if pd.isna(value) else Cell((pattern.format(value).replace("-", "−"),))


def text(value: Any) -> Cell:
    """Show a value as it is; text is set to the left."""
    return Cell((str(value),), "text")


def cells_of(frame: pd.DataFrame, columns: Mapping[str, tuple[str, Callable[[Any], Cell]]]) -> pd.DataFrame:
    """Declare a table: source column -> title and format; the index of the frame heads the rows."""
    return pd.DataFrame(
        {title: [form(value) for value in frame[source]] for source, (title, form) in columns.items()},
        index=frame.index,
    )


def crossed(frame: pd.DataFrame, rows: str, columns: str) -> pd.DataFrame:
    """Lay the cells of a frame (its column `cell`) out by two other columns, in the order in which these stand."""
    table = frame.pivot(index=rows, columns=columns, values="cell")
    table = table.reindex(index=frame[rows].unique(), columns=frame[columns].unique())
    return table.map(lambda cell: cell if isinstance(cell, Cell) else NOTHING).rename_axis(index=None, columns=None)


def show_table(
    cells: pd.DataFrame | Mapping[str, pd.DataFrame],
    name: str,
    title: str,
    data: pd.DataFrame,
    origin: Provenance | None = None,
    key: Sequence[Cell] = (),
) -> Shown:
    """Draw a table, or several as tabs, with its data and LaTeX."""
    tabs = {"": cells} if isinstance(cells, pd.DataFrame) else dict(cells)
    titles = {tab: f"{title}, {tab}" if tab else title for tab in tabs}
    parts = [{"tab": tab, "title": titles[tab], **_laid_out(frame)} for tab, frame in tabs.items()]
    html = filled("show/table.html.jinja", name=name, key=key, parts=parts)
    latex = "\n".join(latex_table(frame.map(str), titles[tab]) for tab, frame in tabs.items())
    return Shown(name, title, html, {"csv": data.to_csv(index=False).encode(), "tex": latex.encode()}, origin)


def _laid_out(cells: pd.DataFrame) -> dict[str, Any]:
    """What the template takes: heads, rows of (name, span) above them, and rows as (group, label, cells)."""
    *above, heads = (cells.columns.get_level_values(level) for level in range(cells.columns.nlevels))
    groups = [[(name, len(list(same))) for name, same in groupby(names)] for names in above]
    labels = [row if isinstance(row, tuple) else ("", row) for row in cells.index]
    rows = [(*label, values) for label, values in zip(labels, cells.to_numpy(), strict=True)]
    return {"groups": groups, "heads": heads, "rows": rows}
