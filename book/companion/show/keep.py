"""A figure as a page shows it (bitmap) and as a reader may want to have it (vector)."""

from __future__ import annotations

from dataclasses import dataclass, field
from io import BytesIO

import matplotlib.pyplot as plt
from matplotlib.figure import Figure

DPI = 120


@dataclass(frozen=True)
class KeptFigure:
    """A figure as a bitmap and as a vector; notebooks show the first, the book offers both.

    Parameters
    ----------
    png, pdf : bytes
    """

    png: bytes = field(repr=False)
    pdf: bytes = field(repr=False)

    def _repr_png_(self) -> bytes:
        return self.png

    def _repr_pdf_(self) -> bytes:
        return self.pdf


def keep(figure: Figure) -> KeptFigure:
    """Draw a figure as PNG and PDF, and close it; as the last expression of a cell it is what the cell shows.

    The same figure gives the same bytes: no date is written into the files.

    Parameters
    ----------
    figure : Figure

    Returns
    -------
    KeptFigure
    """
    files = {}
    for kind, metadata in (("png", {"Software": None}), ("pdf", {"CreationDate": None, "Creator": None})):
        buffer = BytesIO()
        figure.savefig(buffer, format=kind, dpi=DPI, bbox_inches="tight", metadata=metadata)
        files[kind] = buffer.getvalue()
    plt.close(figure)
    return KeptFigure(**files)
