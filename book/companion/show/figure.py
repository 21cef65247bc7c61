"""A figure of matplotlib as a page shows it: a drawing that takes the page's colours, with its data and print files."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from contextlib import AbstractContextManager
from html import escape
from io import BytesIO
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from companion.show.provenance import Provenance
from companion.show.shown import Shown

INK, PAPER = "#010101", "#fefefe"
"""What becomes the page's own colour of text and of background; drawn in no other meaning."""
_INKED = ("text.color", "axes.labelcolor", "axes.edgecolor", "xtick.color", "ytick.color", "legend.labelcolor")
STYLE: Any = {
    **dict.fromkeys(_INKED, INK),
    **dict.fromkeys(("axes.facecolor", "figure.facecolor", "savefig.facecolor"), "none"),
    **dict.fromkeys(("legend.frameon", "axes.spines.top", "axes.spines.right"), False),
    "font.family": "sans-serif",
    "font.size": 10,
    "axes.titlesize": 11,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "svg.fonttype": "none",
    "figure.constrained_layout.use": True,
}
"""For `matplotlib.rc_context`, around whatever draws."""
DPI = 144


def style() -> AbstractContextManager[None]:
    """Return the context in which figures of the book are drawn."""
    return mpl.rc_context(STYLE)


def name_rows(axis: Axes, names: Collection[str], below: float = 0.4, above: float = 0.6) -> None:
    """Name the rows of a drawing, the first on top, with faint lines to follow them by."""
    axis.set_yticks(range(len(names)), list(names))
    axis.set_ylim(len(names) - below, -above)
    axis.grid(axis="y", alpha=0.15)
    axis.tick_params(axis="y", length=0)


def add_legend(figure: Figure, looks: Mapping[str, Mapping[str, Any]], side: str = "center", **layout: Any) -> None:
    """Say above a figure what its lines and markers are: words -> how they look."""
    layout |= {"loc": f"outside upper {side}"}
    figure.legend(handles=[Line2D([], [], label=words, **look) for words, look in looks.items()], **layout)


def show_figure(figure: Figure, name: str, label: str, data: pd.DataFrame, origin: Provenance | None = None) -> Shown:
    """Draw a figure into the page, and keep it as PNG, SVG and PDF with its data; close it."""
    with mpl.rc_context({**STYLE, "svg.hashsalt": name}):
        svg = _saved(figure, "svg", {"Date": None})
        with mpl.rc_context({"savefig.facecolor": "white"}):
            files = {
                "png": _saved(figure, "png", {"Software": None}),
                "pdf": _saved(figure, "pdf", {"CreationDate": None, "Creator": None}),
            }
    plt.close(figure)
    drawing = _for_page(svg.decode(), name, label)
    files |= {"svg": svg.replace(INK.encode(), b"#000000"), "csv": data.to_csv(index=False).encode()}
    html = f'<figure class="drawing" tabindex="0" aria-describedby="{name}-caption">{drawing}</figure>'
    return Shown(name, label, html, files, origin)


def _saved(figure: Figure, kind: str, metadata: dict[str, None]) -> bytes:
    buffer = BytesIO()
    figure.savefig(buffer, format=kind, dpi=DPI, bbox_inches="tight", metadata=metadata)
    return buffer.getvalue()


def _for_page(svg: str, name: str, label: str) -> str:
    """Take the page's colours, keep only the ids that the drawing itself refers to, and give it a label."""
    svg = svg[svg.index("<svg") :].replace(INK, "currentColor").replace(PAPER, "var(--pst-color-background, #fff)")
    svg = re.sub(r"\s*<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    used = set(re.findall(r'(?:url\(#|href="#)([^)"]+)', svg))
    svg = re.sub(r' id="([^"]+)"', lambda m: m[0] if m[1] in used else "", svg)
    svg = with_own_ids(svg, used, name)
    width = re.search(r'width="([\d.]+)pt"', svg)
    size = f' style="width: {float(width[1]) * 4 / 3:.0f}px"' if width else ""
    svg = re.sub(r'(<svg[^>]*?) height="[^"]*"', r"\1", svg, count=1)
    svg = re.sub(r'(<svg[^>]*?) width="[^"]*"', r"\1", svg, count=1)
    return svg.replace("<svg", f'<svg role="img" aria-label="{escape(label, quote=True)}"{size}', 1)


def with_own_ids(svg: str, used: set[str], name: str) -> str:
    """Keep the ids of a picture apart from those of other pictures."""
    for identifier in used:
        svg = svg.replace(f'"{identifier}"', f'"{name}-{identifier}"')
        svg = re.sub(rf"#{re.escape(identifier)}(?![\w-])", f"#{name}-{identifier}", svg)
    return svg
