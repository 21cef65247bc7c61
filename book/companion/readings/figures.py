"""The specification curve, every combination as a dot; and which choice matters, alone."""

from __future__ import annotations

from typing import Any

import altair as alt
import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.ticker import NullFormatter

from companion.base.names import DATASETS
from companion.readings.choices import ASKED, CHOICES, METRICS_SHOWN, TITLES
from companion.readings.effects import choice_sizes
from companion.readings.frames import Readings, fold_values
from companion.show.chart import INK as OF_THE_PAGE
from companion.show.chart import show_chart
from companion.show.figure import INK, PAPER, name_rows, show_figure, style
from companion.show.look import METRICS, called
from companion.show.provenance import provenance_note
from companion.show.shown import Shown

NAME, KL = "readings-curve", METRICS_SHOWN[0]
COLOURS = ["#1f83c4", "#d55e00", "#009e73", "#b07aa1", "#c99700", "#777777"]
MARKERS = (("o", INK), ("D", PAPER), ("^", INK), ("s", PAPER))
LINE: dict[str, Any] = {"color": OF_THE_PAGE, "aria": False}


def plot_curve(readings: Readings, table: pd.DataFrame, chosen: int) -> Shown:
    """Draw a panel for each comparable data set; signals `chosen`, `by` (a choice) and `metric` are for a script."""
    words = table.drop_duplicates("id").sort_values("id")[[*ASKED, "id"]]
    words = words.assign(**{name: words[name].map(dict(CHOICES[name])) for name in ASKED})
    levels = pd.concat(
        frame.drop_duplicates("dataset").melt("dataset", ["published", "uniform"], "what", "level").assign(metric=name)
        for name, frame in readings.specs.items()
    ).replace({"what": {"uniform": called("Uniform").lower()}})
    means = table[["id", "dataset", "meets", *METRICS_SHOWN]].round(4)
    panels = [_panel(dataset, means, words, levels) for dataset in DATASETS if dataset in set(means["dataset"])]
    signals = {"chosen": chosen, "by": "valid_from", "metric": KL}
    chart = alt.hconcat(*panels, spacing=24).add_params(*(alt.param(name=n, value=v) for n, v in signals.items()))
    label = (
        f"Specification curve: every combination of open choices as a dot, sorted by its {METRICS[KL]}, "
        "beside the published value and equal degrees."
    )
    return show_chart(chart, NAME, label, fold_values(readings), provenance_note(*readings.frames))


def _panel(dataset: str, means: pd.DataFrame, words: pd.DataFrame, levels: pd.DataFrame) -> Any:
    points = (
        alt.Chart(means)
        .transform_filter(alt.datum.dataset == dataset)
        .transform_lookup("id", from_=alt.LookupData(words, "id", list(ASKED)))
        .transform_calculate(value="datum[metric]", option="datum[by]")
        .transform_window(place="row_number()", sort=[alt.SortField("value")])
    )
    x = alt.X("place:Q", title="combinations, best first", axis=alt.Axis(grid=False, tickCount=5))
    y = alt.Y("value:Q", title=None, scale=alt.Scale(type="log", nice=False, padding=10))
    names = [alt.Tooltip(f"{name}:N", title=TITLES[name]) for name in ASKED]
    tips = [alt.Tooltip("value:Q", format=".3f", title="mean"), *names]
    on_top = alt.Legend(orient="top")
    colour = alt.Color("option:N", title=None, scale=alt.Scale(range=COLOURS), legend=on_top)
    near = points.mark_circle(size=140, opacity=0.01, aria=False).encode(x=x, y=y, tooltip=tips)  # for fingers
    dots = points.mark_circle(size=16, opacity=0.85, aria=False).encode(x=x, y=y, color=colour, tooltip=tips)
    met = points.transform_filter("datum.meets").mark_point(
        shape="diamond", size=70, opacity=1, strokeWidth=1.5, **LINE
    )
    here = points.transform_filter("datum.id == chosen")
    dashes = alt.StrokeDash(
        "what:N", title=None, sort=None, legend=alt.Legend(orient="top", symbolStrokeColor=OF_THE_PAGE)
    )
    lines = alt.Chart(levels).transform_filter(f"datum.dataset == '{dataset}' && datum.metric == metric")
    titles = "{" + ", ".join(f"{name}: '{METRICS[name]}'" for name in METRICS_SHOWN) + "}"
    title = alt.ExprRef(f"'{dataset.replace('_', ' ')}: ' + ({titles})[metric]")
    return alt.layer(
        lines.mark_rule(strokeWidth=1.4, **LINE).encode(y="level:Q", strokeDash=dashes),
        near,
        dots,
        met.encode(x=x, y=y, tooltip=tips),
        here.mark_rule(strokeWidth=1, opacity=0.5, **LINE).encode(x="place:Q"),
        here.mark_point(size=260, opacity=1, strokeWidth=3, **LINE).encode(x=x, y=y),
    ).properties(width=330, height=250, title=alt.TitleParams(text=title, anchor="start", fontSize=13))


def plot_sizes(effects: pd.DataFrame, readings: Readings, name: str) -> Shown:
    """Draw a line a choice, the one that moves the divergence most on top, and a marker a data set."""
    sizes = choice_sizes(effects[effects["metric"] == KL])
    order = list(sizes.groupby("choice")["size"].mean().sort_values(ascending=False).index)
    with style():
        figure, axes = plt.subplots(1, 2, figsize=(7.6, 0.3 * len(order) + 1.2), sharey=True)
        for (dataset, rows), (marker, fill) in zip(sizes.groupby("dataset", sort=False), MARKERS, strict=False):
            y = rows["choice"].map(order.index)
            look = {"color": INK, "markerfacecolor": fill, "markersize": 6, "label": str(dataset).replace("_", " ")}
            axes[0].plot(rows["size"], y, marker, **look)
            axes[1].plot(100 * rows["decides"], y, marker, **look)
        axes[0].set_xscale("log")
        axes[0].xaxis.set_major_formatter("{x:g}")
        axes[0].xaxis.set_minor_formatter(NullFormatter())
        axes[0].set_xlabel(f"mean change of the\n{METRICS[KL]}")
        axes[1].set_xlabel("it alone decides whether\nprint is met, % of pairs")
        for axis in axes:
            name_rows(axis, [TITLES[choice] for choice in order], below=0.5, above=0.5)
        figure.legend(*axes[0].get_legend_handles_labels(), loc="outside upper right", ncols=2)
        label = f"How far each open choice moves the {METRICS[KL]}, and how often it alone decides."
        return show_figure(figure, name, label, effects, provenance_note(*readings.frames))
