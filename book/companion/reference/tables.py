"""The tables of the page on the reference run: how it was made, and how far another run is from it."""

from __future__ import annotations

import pandas as pd

from companion.reference.frames import origin, summarise_runs
from companion.show.look import METRICS
from companion.show.shown import Shown
from companion.show.table import cells_of, number, show_table


def made_table(made: pd.DataFrame, name: str) -> Shown:
    """Draw how each experiment of the shipped run was made."""
    columns = {
        "datasets": ("data sets", number("{:,.0f}")),
        "cells": ("cells", number("{:,.0f}")),
        "training_minutes": ("minutes of training", number("{:.1f}")),
        "minutes": ("minutes on the clock", number("{:.1f}")),
    }
    return show_table(
        cells_of(made.set_index("purpose"), columns), name, "The reference run, experiment by experiment", made
    )


def agreement_table(compared: pd.DataFrame, own: pd.DataFrame, name: str) -> Shown | None:
    """Draw how far two runs are apart, metric by metric; None where they share nothing."""
    if compared.empty:
        return None
    parts = summarise_runs(compared, ["dataset", "method", "metric"])
    rows = summarise_runs(compared, ["metric"])
    columns = {
        "values": ("values", number("{:,.0f}")),
        "outside": ("outside the tolerance", number("{:,.0f}")),
        "largest": ("largest difference", number("{:.6f}")),
        "largest_relative": ("as a share of the value", number("{:.2%}")),
    }
    rows = rows.set_index(rows["metric"].map(lambda metric: METRICS.get(metric, metric.replace("_", " "))))
    return show_table(cells_of(rows, columns), name, "Your run and the reference run", parts, origin(own))
