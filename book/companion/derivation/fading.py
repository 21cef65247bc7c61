"""How the gradient of the non-dominant labels depends on the dominant degree: a chart to play with, and real labels."""

from __future__ import annotations

from typing import Any

import altair as alt
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import torch

from companion.show.chart import show_chart
from companion.show.figure import INK, add_legend, show_figure, style
from companion.show.look import BLUE, LOOKS
from companion.show.shown import Shown
from ildl.losses import check

SHARES = (0.55, 0.25, 0.15, 0.05)
"""Of the four non-dominant labels in the chart, whatever the dominant degree."""
GRID = tuple(round(0.4 + 0.01 * step, 2) for step in range(59))
"""From where the dominant label holds more than the largest share of the rest."""
RIGHT, EQUAL = "dominant degree right, rest equal", "all labels equal"
ALPHAS = (0.2, 0.4, 0.6, 0.8)
PLAIN, DECOUPLED = "plain divergence", "decoupled loss"
COLOURS = {PLAIN: BLUE, DECOUPLED: LOOKS["DILDL"].colour}
CALLED = {
    "dominant degree right": RIGHT,
    "uniform": EQUAL,
    "plain KL": PLAIN,
    "decoupled, \u03b1 = 0.6": DECOUPLED,
}
"""Prediction or loss as the evidence calls it -> as the page does."""


def fading_grid() -> pd.DataFrame:
    """Norms by autograd for rows with the same shares: prediction, degree, alpha, plain, decoupled."""
    degrees = torch.tensor(GRID, dtype=torch.float64)[:, None]
    D = torch.cat([degrees, (1 - degrees) * torch.tensor(SHARES, dtype=torch.float64)], dim=1)
    parts = []
    for name, z in ((RIGHT, check.dominant_right(D)), (EQUAL, torch.zeros_like(D))):
        plain, *decoupled = check.nondominant_norms(D, z, ALPHAS).values()
        parts += [
            pd.DataFrame({"prediction": name, "degree": GRID, "alpha": alpha, "plain": plain, "decoupled": norms})
            for alpha, norms in zip(ALPHAS, decoupled, strict=True)
        ]
    return pd.concat(parts, ignore_index=True)


def play(name: str, degree: float = 0.9, alpha: float = 0.6, prediction: str = RIGHT) -> Shown:
    """Draw the norm over the dominant degree, and each label's gradient at one degree, with sliders for both."""
    slide = alt.binding_range
    controls = [
        alt.param("degree", value=degree, bind=slide(min=0.4, max=0.98, step=0.01, name="dominant degree ")),
        alt.param("alpha", value=alpha, bind=slide(min=0, max=1, step=0.05, name="α ")),
        alt.param("prediction", value=prediction, bind=alt.binding_radio(options=[RIGHT, EQUAL], name="prediction: ")),
    ]
    spread = float(np.linalg.norm(0.25 - np.array(SHARES)))
    curves = _by_loss(
        alt.Chart(pd.DataFrame({"d": GRID})).transform_calculate(
            level=f"prediction == '{RIGHT}' ? 0 : (datum.d - 0.2) / 2"
        ),
        plain=f"sqrt(pow(datum.level, 2) + pow((1 - datum.d) * {spread}, 2))",
        decoupled=f"sqrt(pow(alpha * datum.level, 2) + pow((1 - alpha) * {spread}, 2))",
    )
    labels = alt.Chart(pd.DataFrame({"label": [f"label {j}" for j in range(2, 6)], "share": SHARES}))
    labels = _by_loss(
        labels.transform_calculate(
            level=f"prediction == '{RIGHT}' ? 0 : (degree - 0.2) / 4", shape="0.25 - datum.share"
        ),
        plain="datum.level + (1 - degree) * datum.shape",
        decoupled="alpha * datum.level + (1 - alpha) * datum.shape",
    )
    colour = alt.Color("loss:N", title=None).scale(domain=list(COLOURS), range=list(COLOURS.values()))
    dash = alt.StrokeDash("loss:N", legend=None).scale(domain=list(COLOURS), range=[[7, 4], [1, 0]])
    degrees = alt.X("d:Q", title="dominant degree").scale(domain=[0.4, 1]).axis(format=".1f", tickCount=6)
    norm = alt.Y("value:Q", title="size of the gradient").scale(domain=[0, 0.5])
    legend = colour.legend(orient="top", symbolType="stroke", symbolStrokeWidth=3, symbolSize=500)
    ink = alt.value("currentColor")
    at = curves.transform_filter("abs(datum.d - degree) < 0.005").encode(x="d:Q", y=norm, color=colour.legend(None))
    value = alt.Text("value:Q", format=".2f")
    above = (
        curves.mark_line(strokeWidth=2.5).encode(x=degrees, y=norm, color=legend, strokeDash=dash)
        + at.mark_rule(strokeWidth=1, opacity=0.5).encode(x="d:Q", y=alt.Y(), color=ink)
        + at.mark_point(filled=True, size=70, opacity=1)
        + at.mark_text(align="left", dx=8, dy=-9, fontSize=13).encode(text=value, color=ink)
    )  # fmt: skip
    title = "gradient of each logit; below 0 the label is raised"
    below = labels.mark_bar().encode(
        y=alt.Y("label:N", title=None),
        yOffset=alt.YOffset("loss:N").scale(domain=list(COLOURS)),
        x=alt.X("value:Q", title=title).scale(domain=[-0.3, 0.3]),
        color=colour.legend(None),
        tooltip=["label:N", "loss:N", alt.Tooltip("value:Q", format=".3f")],
    )
    chart = alt.vconcat(above.properties(width=400, height=150), below.properties(width=400, height=95))
    label = (
        "Size of the gradient of the non-dominant labels over the dominant degree, under the plain divergence and "
        f"under the decoupled loss with α = {alpha:g}; prediction: {prediction}."
    )
    return show_chart(chart.add_params(*controls), name, label, fading_grid())


def _by_loss(chart: alt.Chart, **gradients: str) -> alt.Chart:
    """Compute the gradient under each loss, a row a loss."""
    folded = chart.transform_calculate(**gradients).transform_fold(list(gradients), as_=["key", "value"])
    return folded.transform_calculate(loss=f"datum.key == 'plain' ? '{PLAIN}' : '{DECOUPLED}'")


def real_rows(evidence: pd.DataFrame) -> pd.DataFrame:
    """Keep the labels as they are and the derived targets; predictions and losses are called as on the page."""
    rows = evidence[(evidence["labels"] == "real") & (evidence["targets"] == "derived")]
    words = {name: rows[name].map(CALLED) for name in ("prediction", "loss")}
    return rows.assign(degree=rows["degree"].round(2), **words)


def plot_real(rows: pd.DataFrame, evidence: pd.DataFrame, shares: pd.DataFrame, name: str) -> Shown:
    """Draw medians by the dominant degree, a panel a data set; the download holds all of the evidence."""
    data = evidence.merge(shares.rename(columns={"rows": "rows_of_all_bins"}), on="dataset", how="left")
    with style():
        figure, axes = plt.subplots(2, 3, figsize=(7.6, 3.3), sharex=True, sharey=True)
        for axis, (dataset, here) in zip(axes.flat, rows.groupby("dataset", sort=False), strict=False):
            for (loss, prediction), part in here.groupby(["loss", "prediction"], sort=False):
                colour, line = COLOURS[str(loss)], "-o" if prediction == RIGHT else ":"
                axis.plot(part["degree"], part["median"], line, color=colour, markersize=4)
                if prediction == RIGHT:
                    edges = part["lower"], part["upper"]
                    axis.fill_between(part["degree"], *edges, color=colour, alpha=0.15, linewidth=0)
            axis.grid(alpha=0.15)
            axis.set_title(str(dataset).replace("_", " "))
        axes[0, 0].set(ylim=(0, 0.5), xlim=(0.2, 1))
        figure.supxlabel("dominant degree", fontsize=10)
        figure.supylabel("size of the gradient", fontsize=10)
        looks: dict[str, dict[str, Any]] = {loss: {"color": colour, "linewidth": 2} for loss, colour in COLOURS.items()}
        looks["dominant degree right"] = {"color": INK, "marker": "o", "markersize": 4}
        looks["all labels equal"] = {"color": INK, "linestyle": ":"}
        add_legend(figure, looks, ncols=4, fontsize=9, columnspacing=1.2)
        n = rows["dataset"].nunique()
        label = f"Median gradient of the non-dominant labels by the dominant degree, on {n} data sets."
        return show_figure(figure, name, label, data)
