"""How a page shows a table: a box that scrolls, and numbers as text."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape

import numpy as np
import pandas as pd
from pandas.io.formats.style import Styler
from pandas.io.formats.style_render import CSSDict

DASH = "–"
LONG = 30
"""Text with more characters than this may break."""
STYLES: list[CSSDict] = [
    {"selector": "", "props": "border-collapse: collapse; white-space: nowrap; font-variant-numeric: tabular-nums;"},
    {
        "selector": "caption",
        "props": "caption-side: top; text-align: left; white-space: normal; max-width: min(36em, 80vw); "
        "position: sticky; left: 0;",
    },
    {"selector": "th, td", "props": "padding: 0.2em 0.6em; text-align: right;"},
    {"selector": "th.col_heading.level0", "props": "text-align: left; padding-top: 0.6em;"},
    # Headings break where else the table would not fit into the page.
    {"selector": "th.col_heading", "props": "white-space: normal; vertical-align: bottom;"},
    {"selector": "th.col_heading:not([colspan])", "props": "text-align: right;"},
    {
        "selector": "th.row_heading",
        "props": "text-align: left; position: sticky; left: 0; white-space: normal; max-width: 11em; "
        "background: var(--pst-color-background, Canvas);",
    },
    # Only the first of two row headings stays in place where the table scrolls.
    {
        "selector": "th.row_heading.level1",
        "props": "position: static; font-weight: normal; white-space: nowrap; max-width: none;",
    },
    {
        "selector": "tr:has(th.row_heading.level0):has(th.row_heading.level1) > *",
        "props": "border-top: 1px solid var(--pst-color-border, #ccc);",
    },
]


@dataclass(frozen=True)
class ScrollingTable:
    """A styled table in a box of its own, which scrolls where the page is narrower than the table.

    Parameters
    ----------
    styler : Styler
    label : str
        What the box is called by a screen reader.
    """

    styler: Styler = field(repr=False)
    label: str

    def _repr_html_(self) -> str:
        html = re.sub(r'<th class="blank[^>]*>&nbsp;</th>', "<td></td>", self.styler.to_html())
        html = re.sub(r'<th (?=[^>]*class="col_heading level0[^>]*colspan)', '<th scope="colgroup" ', html)
        html = re.sub(r'<th (?=[^>]*class="col_heading)(?![^>]*scope)', '<th scope="col" ', html)
        html = re.sub(r'<th (?=[^>]*class="row_heading)', '<th scope="row" ', html)
        # Long labels may break after an equals sign.
        html = re.sub(r'(class="row_heading[^>]*>)([^<]*)', lambda m: m[1] + m[2].replace("=", "=<wbr>"), html)
        label = escape(self.label, quote=True)
        return f'<div role="region" aria-label="{label}" tabindex="0" style="overflow-x: auto;">\n{html}</div>'


def plain_table(
    frame: pd.DataFrame, caption: str, digits: str = "{:.4g}", titles: Mapping[str, str] | None = None
) -> ScrollingTable:
    """Show a frame as it is: numbers rounded, underscores in names as spaces, columns of long text wrapped.

    Parameters
    ----------
    frame : DataFrame
    caption : str
        Stands above the table, and names it for a screen reader; unique on a page.
    digits : str
        Format of floating-point numbers.
    titles : mapping of str to str, optional
        Column -> what heads it.

    Returns
    -------
    ScrollingTable
    """
    names = dict(titles or {})
    shown = frame.rename(columns=lambda name: names.get(name, str(name).replace("_", " ")))
    shown.index.names, shown.columns.names = [None] * shown.index.nlevels, [None] * shown.columns.nlevels
    floats = [name for name in shown if shown[name].dtype.kind == "f"]
    styler = shown.style.format(escape="html").format(digits, subset=floats)
    styler.format_index(escape="html").set_caption(escape(caption))
    styler.set_uuid(hashlib.sha256(caption.encode()).hexdigest()[:8])
    longest = [shown.iloc[:, i].astype(str).str.len().max() for i in range(shown.shape[1])]
    wrapped: list[CSSDict] = [
        {
            "selector": f"td.col{i}, th.col_heading.col{i}:not([colspan])",
            "props": "white-space: normal; text-align: left; min-width: 14em;",
        }
        for i, length in enumerate(longest)
        if length > LONG
    ]
    styler.set_table_styles([*STYLES, *wrapped])
    return ScrollingTable(styler, caption)


@dataclass(frozen=True)
class Folded:
    """Tables that a page shows when the reader opens them.

    Parameters
    ----------
    title : str
    parts : sequence of ScrollingTable
    """

    title: str
    parts: Sequence[ScrollingTable] = field(repr=False)

    def _repr_html_(self) -> str:
        inside = "\n".join(part._repr_html_() for part in self.parts)
        return f"<details><summary>{escape(self.title)}</summary>\n{inside}\n</details>"


def signed(value: float) -> str:
    """Format a difference: four decimals, with its sign (a true minus).

    Parameters
    ----------
    value : float

    Returns
    -------
    str
    """
    return f"{value:+.4f}".replace("-", "−")


def plus_minus(means: pd.Series, stds: pd.Series, seed_stds: pd.Series | None = None) -> list[str]:
    """Format means with their spreads, four decimals; a dash where there is none.

    Parameters
    ----------
    means, stds : Series of float
    seed_stds : Series of float, optional
        Spreads over seeds, which stand in brackets.

    Returns
    -------
    list of str
    """
    seed_stds = pd.Series(np.nan, index=means.index) if seed_stds is None else seed_stds
    return [
        DASH
        if np.isnan(mean)
        else f"{mean:.4f}" + ("" if np.isnan(std) else f" ± {std:.4f}") + ("" if np.isnan(seed) else f" ({seed:.4f})")
        for mean, std, seed in zip(means, stds, seed_stds, strict=True)
    ]
