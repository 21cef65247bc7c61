"""What the tables of the ablation and of the sensitivity share."""

from __future__ import annotations

import re
from html import escape

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from companion.show.styled import DASH, STYLES, ScrollingTable


def text_table(text: pd.DataFrame, caption: str, label: str, bold: NDArray[np.bool_] | None = None) -> ScrollingTable:
    """Show a frame of text.

    Parameters
    ----------
    text : DataFrame
    caption : str
        Stands above the table.
    label : str
        Names the table for a screen reader, and its cells; unique on a page.
    bold : ndarray of bool, optional
        Of the shape of `text`.

    Returns
    -------
    ScrollingTable
    """
    shown = text.copy()
    shown.index.names, shown.columns.names = [None] * text.index.nlevels, [None] * text.columns.nlevels
    styler = shown.style
    if bold is not None:
        styler.apply(lambda _: np.where(bold, "font-weight: bold", ""), axis=None)
    styler.set_uuid(re.sub(r"\W", "", label)).set_caption(escape(caption)).set_table_styles(STYLES)
    return ScrollingTable(styler, label)


def p_text(value: float) -> str:
    """Format a p-value; a dash where a test had nothing to judge.

    Parameters
    ----------
    value : float

    Returns
    -------
    str

    Examples
    --------
    >>> p_text(0.00004), p_text(0.0312), p_text(float("nan"))
    ('< 0.001', '0.031', '–')
    """
    return DASH if np.isnan(value) else "< 0.001" if value < 0.001 else f"{value:.3f}"
