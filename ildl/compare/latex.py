"""Tables of texts as LaTeX."""

from __future__ import annotations

from typing import Any

import pandas as pd

PACKAGES = ("amssymb", "booktabs", "graphicx", "multirow")
SPECIAL = {
    **{character: f"\\{character}" for character in "&%$#_{}"},
    "\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
    "<": r"\textless{}", ">": r"\textgreater{}",
    "[": "{[}", "]": "{]}",  # after the end of a row, a bracket would be read as the height of that row
    "–": "--", "—": "---", "’": "'", "“": "``", "”": "''", "…": r"\ldots{}",
    "−": "$-$", "±": r"$\pm$", "×": r"$\times$", "≈": r"$\approx$", "†": r"$\dagger$", "²": "$^2$",
    "●": r"$\bullet$", "○": r"$\circ$", "■": r"$\blacksquare$", "□": r"$\square$",
    "▲": r"$\blacktriangle$", "△": r"$\vartriangle$", "▼": r"$\blacktriangledown$", "▽": r"$\triangledown$",
    "★": r"$\bigstar$", "✓": r"$\checkmark$", "•": r"$\bullet$", "◦": r"$\circ$", "·": r"$\cdot$",
    "↑": r"$\uparrow$", "↓": r"$\downarrow$", "→": r"$\rightarrow$",
    "α": r"$\alpha$", "β": r"$\beta$", "γ": r"$\gamma$", "λ": r"$\lambda$",
    "\N{NO-BREAK SPACE}": "~", "\N{NON-BREAKING HYPHEN}": "-",
}  # fmt: skip


def latex_table(cells: pd.DataFrame, caption: str) -> str:
    """Write a frame of texts as LaTeX: a float of the width of the text, with the lines of booktabs.

    Parameters
    ----------
    cells : DataFrame of str
    caption : str

    Returns
    -------
    str
        Begins with a comment that names the packages it needs.
    """
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
    return "".join(SPECIAL.get(character, character) for character in " ".join(str(text).splitlines()))
