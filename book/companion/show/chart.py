"""A chart to play with: Vega without a kernel and without the network, and a still picture where scripts are off."""

from __future__ import annotations

import json
import re
from html import escape
from typing import Any

import altair as alt
import pandas as pd
import vl_convert

from companion.show.figure import with_own_ids
from companion.show.provenance import Provenance
from companion.show.shown import Shown

BUNDLE = "vega.js"
"""Vega as one script; `companion.build.files` writes it among the static files of the built book."""
VERSION = ".".join(alt.SCHEMA_VERSION.split(".")[:2])
INK = "currentColor"
CONFIG: dict[str, Any] = {
    "background": None,
    "font": "sans-serif",
    "view": {"stroke": None},
    "axis": {
        "labelColor": INK, "titleColor": INK, "domainColor": INK, "tickColor": INK, "gridColor": INK,
        "gridOpacity": 0.12, "labelFontSize": 12, "titleFontSize": 12, "titleFontWeight": "normal",
    },
    "legend": {"labelColor": INK, "titleColor": INK, "labelFontSize": 12, "titleFontSize": 12},
    "header": {"labelColor": INK, "titleColor": INK, "labelFontSize": 13, "labelFontWeight": "bold"},
    **{name: {"color": INK} for name in ("title", "text", "rule")},
}  # fmt: skip


def show_chart(
    chart: alt.TopLevelMixin, name: str, label: str, data: pd.DataFrame, origin: Provenance | None = None
) -> Shown:
    """Put a chart into the page, with a still picture of its first state, and its data."""
    spec = chart.to_dict() | {"config": CONFIG, "description": label}
    still = vl_convert.vegalite_to_svg(spec, vl_version=VERSION)
    black = json.loads(json.dumps(spec | {"background": "white"}).replace(INK, "#000000"))
    files = {
        "csv": data.to_csv(index=False).encode(),
        "svg": still.replace(INK, "#000000").encode(),
        "png": vl_convert.vegalite_to_png(black, vl_version=VERSION, scale=2),
    }
    text = json.dumps(spec, ensure_ascii=True).replace("</", "<\\/")
    html = (
        f'<div class="chart" data-chart="{name}" tabindex="0" aria-describedby="{name}-caption">'
        f'<script type="application/json" class="spec">{text}</script>'
        f'<div class="still">{_still(still, name, label)}</div></div>'
    )
    return Shown(name, label, html, files, origin)


def bundle() -> str:
    """Return the script that draws charts, as the converter brings it along; it sets `vegaEmbed`."""
    code = vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;", vl_version=VERSION)
    return f"(() => {{\n{code}\n}})();\n"


def _still(svg: str, name: str, label: str) -> str:
    """Keep ids of the still picture apart from those of other pictures, and give it a label."""
    svg = with_own_ids(svg, set(re.findall(r' id="([^"]+)"', svg)), name)
    svg = re.sub(r'\srole="[^"]*"|\saria-[a-z]+="[^"]*"', "", svg)
    return svg.replace("<svg", f'<svg role="img" aria-label="{escape(label, quote=True)}"', 1)
