"""A table of a page as LaTeX."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from html import escape, unescape
from typing import Any

import pandas as pd

from companion.show.styled import ScrollingTable

PACKAGES = ("amssymb", "booktabs", "graphicx", "multirow")
SPECIAL = {
    **{character: f"\\{character}" for character in "&%$#_{}"},
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    # A bracket after the end of a row would be read as the height of that row.
    "[": "{[}",
    "]": "{]}",
    "–": "--",
    "—": "---",
    "’": "'",
    "“": "``",
    "”": "''",
    "…": r"\ldots{}",
    "−": "$-$",
    "±": r"$\pm$",
    "×": r"$\times$",
    "≈": r"$\approx$",
    "†": r"$\dagger$",
    "²": "$^2$",
    "●": r"$\bullet$",
    "○": r"$\circ$",
    "■": r"$\blacksquare$",
    "□": r"$\square$",
    "▲": r"$\blacktriangle$",
    "△": r"$\vartriangle$",
}


@dataclass(frozen=True)
class LatexBlock:
    """LaTeX source that a page shows folded; the page's copy button is put on it.

    Parameters
    ----------
    source : str
    """

    source: str = field(repr=False)

    def _repr_html_(self) -> str:
        return (
            f'<details><summary>LaTeX source of this table</summary><div class="highlight"><pre>{escape(self.source)}'
            "</pre></div></details>"
        )


def latex_of(table: ScrollingTable) -> str:
    """Write a table as LaTeX: a float of the width of the text, with the lines of booktabs.

    Parameters
    ----------
    table : ScrollingTable

    Returns
    -------
    str
        ASCII where the table has no letters beyond it; its first line names the packages that it needs.
    """
    styler: Any = copy.deepcopy(table.styler)  # some of its attributes have no types
    caption = latex_text(unescape(styler.caption or table.label))
    styler.caption, styler.table_styles = None, None  # the latter are for browsers
    styler.format(latex_text).format_index(latex_text, axis=0).format_index(latex_text, axis=1)
    columns = "l" * styler.data.index.nlevels + "r" * styler.data.shape[1]
    tabular = styler.to_latex(hrules=True, convert_css=True, multicol_align="c", column_format=columns)
    return (
        f"% \\usepackage{{{','.join(PACKAGES)}}}\n"
        "\\begin{table*}\n\\centering\n"
        f"\\caption{{{caption}}}\n"
        f"\\resizebox{{\\textwidth}}{{!}}{{%\n{tabular}}}\n"
        "\\end{table*}\n"
    )


def latex_table(cells: pd.DataFrame, caption: str) -> str:
    """Write a frame of texts as LaTeX: a float of the width of the text, with the lines of booktabs."""
    styler: Any = cells.style.format(latex_text).format_index(latex_text, axis=0).format_index(latex_text, axis=1)
    columns = "l" * cells.index.nlevels + "r" * cells.shape[1]
    tabular = styler.to_latex(hrules=True, multicol_align="c", column_format=columns)
    return (
        f"% \\usepackage{{{','.join(PACKAGES)}}}\n"
        "\\begin{table*}\n\\centering\n"
        f"\\caption{{{latex_text(caption)}}}\n"
        f"\\resizebox{{\\textwidth}}{{!}}{{%\n{tabular}}}\n"
        "\\end{table*}\n"
    )


def latex_text(text: object) -> str:
    r"""Escape text for LaTeX.

    Parameters
    ----------
    text : object

    Returns
    -------
    str

    Examples
    --------
    >>> latex_text("50 % ± 1")
    '50 \\% $\\pm$ 1'
    """
    return "".join(SPECIAL.get(character, character) for character in str(text))
