"""How two runs beside each other are shown: tables and a figure."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from companion.show.colours import BLUE, GREY, VERMILION
from companion.show.contrast_tables import text_table
from companion.show.styled import ScrollingTable
from companion.show.tables import METRIC_TITLES

N_COLUMNS = 2


def render_manifest(manifest: Mapping[str, Mapping[str, Any]]) -> ScrollingTable:
    """Show how each experiment of the reference run was made."""
    rows = {
        name: {
            "cells": f"{entry['cells']:,}",
            "data sets": ", ".join(sorted(entry["data"])),
            "trained in this run": f"{entry['trained']:,}",
            "took (min)": f"{entry['seconds'] / 60:.1f}",
            "training, one core (min)": f"{entry['training_seconds'] / 60:.1f}",
            "date": str(entry["date"])[:10],
            "commit": str(entry["commit"])[:10],
        }
        for name, entry in manifest.items()
    }
    caption = "The reference run: how each experiment was made."
    return text_table(pd.DataFrame.from_dict(rows, orient="index").map(escape), caption, "reference run")


def say_machine(manifest: Mapping[str, Mapping[str, Any]]) -> str:
    """Say on what and with which versions the reference run was made."""
    machines = [
        ", ".join(
            [
                f"{entry['machine']}, {entry['cores']} cores, {entry['device']}, ildl {entry['version']}",
                *(f"{library} {version}" for library, version in dict(entry["libraries"]).items()),
            ]
        )
        for entry in manifest.values()
    ]
    return "; ".join(dict.fromkeys(machines))


def say_made(manifest: Mapping[str, Mapping[str, Any]], cells: int) -> str:
    """Say whether the reference run was made in one piece."""
    trained = sum(entry["trained"] for entry in manifest.values())
    commits = {entry["commit"] for entry in manifest.values()}
    if trained == cells and len(commits) == 1:
        minutes = sum(entry["seconds"] for entry in manifest.values()) / 60
        return f"The run was made in one piece, at one commit, in {minutes:.0f} minutes on the clock."
    return (
        f"The run was made in parts: {trained:,} of its {cells:,} cells were trained when it was last written, others "
        "read from a store; commit, date and time on the clock are those of the last writing."
    )


def say_changed(methods: Sequence[str]) -> str:
    """Say which methods are not what they were when the reference run was made."""
    what = "since the reference run was made (comments and layout do not count)"
    if not methods:
        return f"The code of no method has changed {what}."
    names = ", ".join(methods)
    return f"The code of {names} has changed {what}: pages made from that run show what the earlier code gave."


def render_agreement(summary: pd.DataFrame) -> ScrollingTable:
    """Show how far two runs agree, metric by metric."""
    text = pd.DataFrame(
        {
            "cells in both runs": summary["cells"].map("{:,}".format),
            "equal": summary["equal"].map("{:.1%}".format),
            "median difference": summary["median"].map("{:.2g}".format),
            "largest": summary["largest"].map("{:.2g}".format),
            "largest, relative": summary["largest_relative"].map("{:.1%}".format),
        }
    )
    text.index = [METRIC_TITLES.get(metric, str(metric).replace("_", " ")).partition(" (")[0] for metric in text.index]
    return text_table(text, "Own run against reference run: absolute differences of values.", "agreement of runs")


def render_differences(rows: pd.DataFrame) -> ScrollingTable:
    """Show the rows in which two runs differ most."""
    numbers = {name: rows[name].map("{:.5g}".format) for name in ("own", "reference", "difference")}
    text = rows.assign(**numbers, same_code=rows["same_code"].map({True: "yes", False: "no"}))
    text = text.astype(str).rename(columns={"same_code": "same code and versions", "n_valid": "validation rows"})
    return text_table(
        text.set_index("dataset"), "Largest differences between own run and reference run.", "differences"
    )


def plot_runs(compared: pd.DataFrame, metrics: tuple[str, ...] = ("kl_divergence", "chebyshev")) -> Figure:
    """Draw one run against the other, one panel a metric; equal values lie on the dashed line."""
    n_rows = math.ceil(len(metrics) / N_COLUMNS)
    figure, axes = plt.subplots(n_rows, N_COLUMNS, figsize=(8, 3.8 * n_rows), squeeze=False, layout="constrained")
    for axis in axes.flat[len(metrics) :]:
        axis.set_visible(False)
    for axis, metric in zip(axes.flat, metrics, strict=False):
        rows = compared[compared["metric"] == metric]
        axis.set_title(METRIC_TITLES.get(metric, metric).partition(" (")[0])
        axis.set_xlabel("reference run")
        axis.set_ylabel("own run")
        if rows.empty:
            axis.text(0.5, 0.5, "no cells in common", ha="center", va="center", transform=axis.transAxes)
            continue
        for equal, colour, marker, name in ((True, BLUE, "o", "equal"), (False, VERMILION, "x", "different")):
            part = rows[rows["equal"] == equal]
            axis.scatter(
                part["reference"], part["own"], s=18, color=colour, marker=marker, label=f"{name} ({len(part)})"
            )
        if (rows[["own", "reference"]] > 0).all(axis=None):
            axis.set_xscale("log")
            axis.set_yscale("log")
        ends = np.array([rows[["own", "reference"]].min(axis=None), rows[["own", "reference"]].max(axis=None)])
        axis.plot(ends, ends, "--", color=GREY, linewidth=1, zorder=0)
        axis.legend(frameon=False, fontsize=9)
    return figure


def say_same_code(compared: pd.DataFrame) -> str:
    """Say how many of the values compared were made by the same code."""
    if compared.empty:
        return "No value was compared."
    share = 100 * compared["same_code"].mean()
    return f"Of the values compared, {share:.0f} % were made by the same code and the same versions of all libraries."
