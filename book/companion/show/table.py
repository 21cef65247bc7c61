"""Tables whose cells say on hover, focus or tap what they are made of; whole at the width of a page."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from html import escape
from itertools import groupby
from typing import Any

import pandas as pd

from companion.show.provenance import Provenance
from companion.show.shown import Shown
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

    def html(self) -> str:
        """Return the cell as HTML."""
        first, *rest = (escape(line) for line in self.lines)
        first = f"<b>{first}</b>" if self.bold else first
        sign = f'<span class="sign">{escape(self.sign)}</span>' if self.sign else ""
        below = "".join(f'<span class="below-it">{line}</span>' for line in rest)
        look = f' class="{self.look}"' if self.look else ""
        if not self.detail:
            return f"<td{look}>{first}{sign}{below}</td>"
        return f'<td{look} tabindex="0">{first}{sign}{below}<span class="detail">{escape(self.detail)}</span></td>'


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
    legend = f'<p class="key">{" ".join(map(_key, key))}</p>' if key else ""
    parts = {tab: _table(frame, titles[tab], name) for tab, frame in tabs.items()}
    html = legend + (next(iter(parts.values())) if len(parts) == 1 else _tabs(parts, name))
    latex = "\n".join(latex_table(frame.map(str), titles[tab]) for tab, frame in tabs.items())
    return Shown(name, title, html, {"csv": data.to_csv(index=False).encode(), "tex": latex.encode()}, origin)


def _key(cell: Cell) -> str:
    sign = f'<span class="sign">{escape(cell.sign)}</span>'
    return f'<span class="{cell.look}">{escape(" ".join(cell.lines))}{sign}</span>'


def _tabs(parts: Mapping[str, str], name: str) -> str:
    """Tabs without scripts: radio buttons, of which the style sheet shows the chosen one's panel; print shows all."""
    heads, panels, checked = "", "", " checked"
    for tab, html in parts.items():
        heads += f'<label><input type="radio" name="{name}-tab"{checked}>{escape(tab)}</label>'
        panels += f'<div class="panel" data-title="{escape(tab, quote=True)}">{html}</div>'
        checked = ""
    legend = '<legend class="visually-hidden">Show</legend>'
    return f'<div class="tabbed"><fieldset>{legend}{heads}</fieldset>{panels}</div>'


def _table(cells: pd.DataFrame, title: str, name: str) -> str:
    head = "\n".join(_head_row(cells.columns, level) for level in range(cells.columns.nlevels))
    lines, last = [], ""
    for row, values in zip(cells.index, cells.to_numpy(), strict=True):
        group, label = row if isinstance(row, tuple) else ("", row)
        if group and group != last:
            span = cells.shape[1] + 1
            lines.append(f'<tr class="group"><th scope="rowgroup" colspan="{span}">{escape(group)}</th></tr>')
        lines.append(f'<tr><th scope="row">{escape(str(label))}</th>{"".join(cell.html() for cell in values)}</tr>')
        last = group
    rows = "\n".join(lines)
    return (
        f'<div class="scroll" role="region" aria-label="{escape(title, quote=True)}" tabindex="0">'
        f'<table class="figures" aria-describedby="{name}-caption">'
        f'<caption class="visually-hidden">{escape(title)}</caption>'
        f"<thead>{head}</thead><tbody>\n{rows}\n</tbody></table></div>"
    )


def _head_row(columns: pd.Index, level: int) -> str:
    names = columns.get_level_values(level)
    if level == columns.nlevels - 1:
        heads = "".join(f'<th scope="col">{escape(str(name))}</th>' for name in names)
    else:
        spans = ((name, len(list(same))) for name, same in groupby(names))
        heads = "".join(f'<th scope="colgroup" colspan="{n}">{escape(str(name))}</th>' for name, n in spans)
    return f"<tr><td></td>{heads}</tr>"


def marked(cell: Cell, **changes: Any) -> Cell:
    """Return a cell with another look, sign, detail or weight."""
    return replace(cell, **changes)
