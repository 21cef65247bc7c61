"""How the cost of training grows, from the files that `ildl bench` writes, and what a large study would cost."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import pandas as pd

from companion.show.styled import ScrollingTable, plain_table

ALONG = {
    "members": "networks trained together",
    "n": "training rows",
    "q": "features",
    "c": "labels",
    "processes": "processes",
}
"""What grows -> what it is called."""
BASE = {"n": 150, "q": 100, "c": 6}
"""Sizes that stay while one is varied."""
SIZES = {
    "small": {"n": 200, "q": 100, "c": 6},
    "medium": {"n": 2_000, "q": 500, "c": 10},
    "large": {"n": 20_000, "q": 1_000, "c": 20},
}
"""Data sets whose cost is extrapolated."""
STUDY = {"data sets": 1_000, "methods": 100, "folds": 100}
HOURS = 3600
ALMOST = 1.1
"""Times of one network within this factor of the least count as no longer falling."""
EPOCHS = 300


def growth_table(scaling: pd.DataFrame) -> ScrollingTable:
    """Fitted exponents of time and memory."""
    rows = scaling[scaling["along"] != "processes"].copy()
    rows["along"] = rows["along"].map(ALONG)
    rows["range"] = [f"{sizes[0]:,} to {sizes[-1]:,}" for sizes in rows["sizes"]]
    titles = {
        "range": "range",
        "exponent_seconds": "exponent of time",
        "last_exponent_seconds": "at the upper end",
        "exponent_memory": "exponent of memory",
    }
    caption = (
        "Time and memory grow as the size to the power of the exponent, the slope of a line through the logarithms; "
        "below 1 where fixed costs are shared. The upper end is the slope between the two largest sizes. Memory counts "
        "from 10 MiB beyond what the process has held before; 0 where fewer than two sizes need that."
    )
    return plain_table(rows.set_index(["method", "along"])[list(titles)], caption, "{:.2f}", titles)


def steepest(scaling: pd.DataFrame, column: str) -> float:
    """Return the largest fitted exponent."""
    return float(scaling.loc[scaling["along"] != "processes", column].max())


def sharing_sentence(scaling: pd.DataFrame) -> str:
    """How much less a network costs among others than alone, and with how many most of that is gained."""
    parts = []
    for row in scaling[scaling["along"] == "members"].to_dict("records"):
        sizes = np.array(row["sizes"])
        each = np.array(row["seconds"]) / sizes
        enough = sizes[np.argmax(each <= ALMOST * each.min())]
        share = f"{100 * each[-1] / each[0]:.0f} % of its time alone"
        parts.append(
            f"among {sizes[-1]} {row['method']} networks one takes {share}, and with {enough} it is within a tenth of "
            "the least"
        )
    return "; ".join(parts)


def seconds_a_fit(scaling: pd.DataFrame, method: str, size: Mapping[str, int]) -> float:
    """Seconds of one training of 300 epochs within a large ensemble, from the measured growth along each dimension."""
    own = scaling[scaling["method"] == method].set_index("along")
    together = own.loc["members"]
    seconds = together["seconds"][-1] / together["sizes"][-1] * EPOCHS / together["epochs"]
    for along, value in size.items():
        seconds *= _time_at(own, along, value) / _time_at(own, along, BASE[along])
    return float(seconds)


def _time_at(own: pd.DataFrame, along: str, size: float) -> float:
    """Time at a size: a line through the logarithms of the two nearest measurements."""
    row = own.loc[[along]].iloc[0]
    x, y = np.log(np.array(row["sizes"])), np.log(np.array(row["seconds"]))
    i = int(np.clip(np.searchsorted(x, np.log(size)), 1, len(x) - 1))
    slope = (y[i] - y[i - 1]) / (x[i] - x[i - 1])
    return float(np.exp(y[i] + slope * (np.log(size) - x[i])))


def study_table(scaling: pd.DataFrame, cores: int = 64) -> ScrollingTable:
    """Cost on paper of a study of 1,000 data sets x 100 methods x 100 folds, were all methods such networks."""
    fits = math.prod(STUDY.values())
    rows = []
    for name, size in SIZES.items():
        for method in scaling["method"].unique():
            seconds = seconds_a_fit(scaling, method, size)
            hours = fits * seconds / HOURS
            sizes = f"{size['n']:,} rows, {size['q']:,} features, {size['c']} labels"
            rows.append((name, sizes, method, seconds, hours, hours / cores / 24))
    columns = ["data set", "size", "each method as", "seconds a fit", "core hours", f"days on {cores} cores"]
    listed = " x ".join(f"{number:,} {what}" for what, number in STUDY.items())
    caption = (
        f"Cost on paper of {listed}, {fits:,} fits of {EPOCHS} epochs, if every method cost what the named one does; "
        "extrapolated from the measured growth, so an order of magnitude, not a promise."
    )
    table = pd.DataFrame(rows, columns=columns).set_index(["data set", "each method as"])
    return plain_table(table, caption, "{:,.3g}")
