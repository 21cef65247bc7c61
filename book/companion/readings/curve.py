"""The specification curve: every combination as a dot, the best first, and the one that a reader chose."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from companion.base.names import DATASETS
from companion.readings.choices import ASKED, CHOICES, METRICS_SHOWN, TITLES
from companion.readings.frames import Readings, fold_values
from companion.show.chart import INK, show_chart
from companion.show.look import METRICS, called
from companion.show.provenance import provenance_note
from companion.show.shown import Shown

NAME = "readings-curve"
COLOURS = ["#1f83c4", "#d55e00", "#009e73", "#b07aa1", "#c99700", "#777777"]
WIDTH, HEIGHT = 330, 250


def plot_curve(readings: Readings, table: pd.DataFrame, chosen: int) -> Shown:
    """Draw a panel for each comparable data set; signals `chosen`, `by` (a choice) and `metric` are for a script."""
    combinations = table.drop_duplicates("id").sort_values("id")
    words = pd.DataFrame({name: combinations[name].map(dict(CHOICES[name])) for name in ASKED}).assign(
        id=combinations["id"]
    )
    levels = pd.concat(
        frame.drop_duplicates("dataset").melt("dataset", ["published", "uniform"], "what", "level").assign(metric=name)
        for name, frame in readings.specs.items()
    ).replace({"what": {"uniform": called("Uniform").lower()}})
    means = table[["id", "dataset", "meets", *METRICS_SHOWN]].round(4)
    panels = [_panel(dataset, means, words, levels) for dataset in DATASETS if dataset in set(means["dataset"])]
    chart = alt.hconcat(*panels, spacing=24).add_params(
        alt.param(name="chosen", value=chosen),
        alt.param(name="by", value="valid_from"),
        alt.param(name="metric", value=METRICS_SHOWN[0]),
    )
    label = (
        f"Specification curve: every combination of open choices as a dot, sorted by its {METRICS[METRICS_SHOWN[0]]}, "
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
    place = alt.X("place:Q", title="combinations, best first", axis=alt.Axis(grid=False, tickCount=5))
    value = alt.Y("value:Q", title=None, scale=alt.Scale(type="log", nice=False, padding=10))
    tips = [
        alt.Tooltip("value:Q", format=".3f", title="mean"),
        *(alt.Tooltip(f"{n}:N", title=TITLES[n]) for n in ASKED),
    ]
    colour = alt.Color("option:N", title=None, scale=alt.Scale(range=COLOURS), legend=alt.Legend(orient="top"))
    dots = points.mark_circle(size=16, opacity=0.85, aria=False).encode(x=place, y=value, color=colour, tooltip=tips)
    met = points.transform_filter("datum.meets").mark_point(
        shape="diamond", size=70, color=INK, opacity=1, aria=False, strokeWidth=1.5
    )
    here = points.transform_filter("datum.id == chosen")
    lines = (
        alt.Chart(levels)
        .transform_filter(f"datum.dataset == '{dataset}' && datum.metric == metric")
        .mark_rule(strokeWidth=1.4, color=INK, aria=False)
        .encode(
            y="level:Q",
            strokeDash=alt.StrokeDash(
                "what:N", title=None, sort=None, legend=alt.Legend(orient="top", symbolStrokeColor=INK)
            ),
        )
    )
    names = "{" + ", ".join(f"{name}: '{METRICS[name]}'" for name in METRICS_SHOWN) + "}"
    title = alt.TitleParams(
        text=alt.ExprRef(f"'{dataset.replace('_', ' ')}: ' + ({names})[metric]"), anchor="start", fontSize=13
    )
    return alt.layer(
        lines,
        dots,
        met.encode(x=place, y=value, tooltip=tips),
        here.mark_rule(strokeWidth=1, color=INK, opacity=0.5, aria=False).encode(x="place:Q"),
        here.mark_point(size=260, color=INK, opacity=1, aria=False, strokeWidth=3).encode(x=place, y=value),
    ).properties(width=WIDTH, height=HEIGHT, title=title)
