"""Figures and tables of the audit's page."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.figure import Figure
from pandas.io.formats.style_render import CSSDict

from companion.audit.audit_bounds import INEQUALITIES
from companion.base.marks import ALPHA, CELL
from companion.base.published import find_published
from companion.show.colours import BLUE, GREY, VERMILION
from companion.show.tables import METRIC_TITLES, STYLES, ScrollingTable

FILES = (
    "dildl_results.csv",
    "ablations.csv",
    "rda_appendix_results.csv",
    "rda_appendix_avg_rank.csv",
    "amema_appendix_results.csv",
)
NEAR = 1e-3
"""Marks with smaller p-values are far from the level whatever the test."""
LEAST = 1e-5
DRAWN = (("population", BLUE, "o", -0.16), ("sample", VERMILION, "s", 0.16))
PRINTED = {"better": "marked •", "worse": "marked ◦", "none": "no mark"}


def plot_marks(tests: pd.DataFrame, alpha: float = ALPHA) -> Figure:
    """Draw the p-values of marks near the level of significance, or on its wrong side, under the pooled t-test."""
    pooled = tests[tests["test"] == "pooled"]
    known = pooled[(pooled["p_high"] < 1) & (pooled["p_high"] > NEAR)]
    impossible = pooled[~pooled["possible"]]
    cells = pd.concat([known, impossible])[[*CELL, "marker"]].drop_duplicates()
    figure, axis = plt.subplots(figsize=(7.5, 1.6 + 0.34 * len(cells)), layout="constrained")
    for deviation, colour, marker, shift in DRAWN:
        rows = cells.merge(pooled[pooled["deviation"] == deviation], on=[*CELL, "marker"], how="left")
        y = [position + shift for position in range(len(rows))]
        low, high = rows["p_low"].clip(lower=LEAST), rows["p_high"].clip(lower=LEAST)
        axis.hlines(y, low, high, color=colour, linewidth=2)
        axis.plot(low, y, marker, color=colour, markersize=5, label=f"{deviation} standard deviation")
        axis.plot(high, y, marker, color=colour, markersize=5)
    axis.axvline(alpha, color=GREY, linestyle="--", linewidth=1.2, label=f"level {alpha:g}")
    axis.set_xscale("log")
    axis.set_yticks(range(len(cells)), [_row_label(row) for row in cells.to_dict("records")], fontsize=9)
    axis.set_ylim(len(cells) - 0.5, -0.5)
    axis.set_xlabel("p-value of the two-tailed pooled t-test (all roundings)")
    axis.grid(axis="y", color="#dddddd", linewidth=0.6)
    axis.set_axisbelow(True)
    axis.spines[["top", "right"]].set_visible(False)
    figure.legend(loc="outside upper center", ncols=3, frameon=False, fontsize=9)
    return figure


def render_table(table: pd.DataFrame, caption: str, columns: Sequence[str] | None = None) -> ScrollingTable:
    """Show a table of the audit: its first column labels the rows, the second is the widest, text is wrapped."""
    shown = table[list(columns or table.columns)]
    shown = shown.set_index(shown.columns[0])
    shown.columns = shown.columns.str.replace("_", " ")
    shown.index.name = None
    floats = [name for name in shown if shown[name].dtype.kind == "f"]
    styler = shown.style.format(escape="html").format("{:.4g}", subset=floats, na_rep="–")
    styler.set_uuid(hashlib.sha256(caption.encode()).hexdigest()[:8]).set_caption(escape(caption))
    wrapped: list[CSSDict] = [
        {"selector": "td", "props": "white-space: normal; text-align: left; vertical-align: top; min-width: 4em;"},
        {"selector": "th.col_heading:not([colspan])", "props": "text-align: left;"},
        {"selector": "td.col0", "props": "min-width: 15em;"},
        {"selector": "th.row_heading", "props": "vertical-align: top;"},
    ]
    styler.set_table_styles([*STYLES, *wrapped])
    return ScrollingTable(styler, caption)


def render_findings(findings: pd.DataFrame, kind: str, caption: str) -> ScrollingTable:
    """Show the findings of one kind, with what each presumes (in the caption where all presume the same), and doubts."""
    rows = findings[findings["kind"] == kind].replace({"doubt": {"": "–"}})
    columns = ["id", "text", "failure", "printed", "should_be"]
    presumed = rows["presumes"].unique()
    if len(presumed) == 1:
        caption = f"{caption.removesuffix('.')}; presumed is {presumed[0]}."
    columns += ["presumes"] if len(presumed) > 1 else []
    columns += ["doubt"] if (rows["doubt"] != "–").any() else []
    return render_table(rows, caption, columns)


def inequality_table() -> pd.DataFrame:
    """List the inequalities that means are held against."""
    return pd.DataFrame({"inequality": [i.statement for i in INEQUALITIES], "proof": [i.proof for i in INEQUALITIES]})


def published_files() -> pd.DataFrame:
    """List the files with printed tables that the audit reads."""
    rows = []
    for name in FILES:
        content = find_published(name).read_bytes().replace(b"\r\n", b"\n")
        rows.append({"file": name, "cells": content.count(b"\n") - 1, "sha256": hashlib.sha256(content).hexdigest()})
    return pd.DataFrame(rows)


def _row_label(row: Mapping[Any, Any]) -> str:
    metric = METRIC_TITLES[row["metric"]].partition(" (")[0].replace(" distance", "").replace(" divergence", "")
    return f"Table {row['table']}, {row['dataset']}, {row['method']}\n{metric}, {PRINTED[row['marker']]}"
