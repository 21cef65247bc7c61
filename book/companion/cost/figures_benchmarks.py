"""How the cost of training grows, as a picture."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from companion.benchmark.growth import ALONG
from companion.show.colours import BLUE, GREY, VERMILION

STYLE = ((BLUE, "o", "-"), (VERMILION, "s", "--"))


def plot_growth(scaling: pd.DataFrame) -> Figure:
    """Draw seconds against size on logarithmic axes: a panel a dimension, a line a method; dotted, linear growth."""
    dimensions = [along for along in scaling["along"].unique() if along != "processes"]
    with plt.rc_context({"font.size": 11}):
        figure, axes = plt.subplots(2, 2, figsize=(9, 7), squeeze=False, layout="constrained")
        for axis, along in zip(axes.flat, dimensions, strict=True):
            rows = scaling[scaling["along"] == along]
            for row, (colour, marker, line) in zip(rows.itertuples(), STYLE, strict=False):
                axis.plot(row.sizes, row.seconds, marker=marker, linestyle=line, color=colour, label=row.method)
            sizes, last = np.array(rows.iloc[0]["sizes"], dtype=float), rows.iloc[0]["seconds"][-1]
            axis.plot(sizes, last * sizes / sizes[-1], ":", color=GREY, label="linear")
            axis.set(xscale="log", yscale="log", xlabel=ALONG[along], ylabel="time (s)")
            axis.set_ylim(bottom=min(min(seconds) for seconds in rows["seconds"]) / 2)
            axis.grid(alpha=0.3)
        axes[0, 0].legend(frameon=False)
    return figure
