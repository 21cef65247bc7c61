"""The explorer: a control a choice, the dot on the curve, and its numbers beside print, RDA and equal degrees."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from html import escape
from itertools import product
from typing import Any

import pandas as pd

from companion.base.names import DATASETS
from companion.readings.choices import ASKED, CHOICES, METRICS_SHOWN, TITLES, canonical
from companion.readings.curve import NAME, plot_curve
from companion.readings.frames import Readings, as_printed, by_id, closest
from companion.show.look import called
from companion.show.shown import Shown
from companion.show.table import Cell
from ildl.compare.noise import INSIDE
from ildl.compare.statistics import BETTER, WORSE

LOOKS = {
    "=": ("agrees", "inside the noise of print"),
    "▲": ("ours-better", "better than print"),
    "▼": ("ours-worse", "worse than print"),
    "?": ("unclear", "inside, but the noise is too wide to tell"),
}
"""Sign -> class of the style sheet, and what both say of our number beside the published one."""
AGAINST = {BETTER: "▲", WORSE: "▼"}
SHORT = {"kl_divergence": "KL", "chebyshev": "Chebyshev", "euclidean_all": "Euclidean, all",
         "euclidean_tail": "Euclidean, tail", "euclidean_head": "Euclidean, head"}  # fmt: skip


def sign_of(verdict: Any) -> str:
    """Return the sign of a verdict on our number beside the published one."""
    return {INSIDE: "=", BETTER: "▲", WORSE: "▼"}.get(verdict, "?")


def show_explorer(readings: Readings, table: pd.DataFrame) -> Shown:
    """Draw the curve with the controls and the numbers below; without scripts, the numbers are of the first state."""
    state = explorer_data(readings, table)
    first = int(as_printed(table, "printed", "sampled")["id"].iloc[0])
    chart = plot_curve(readings, table, first)
    text = json.dumps(state | {"first": first}, ensure_ascii=False, separators=(",", ":")).replace("</", "<\\/")
    html = (
        '<link rel="stylesheet" href="../_static/readings.css">'
        f'<div class="explorer" data-curve="{NAME}">{chart.html}'
        f'<script type="application/json" class="combinations">{text}</script>{_form(table, state)}'
        '<p class="without-scripts">The controls need scripts. The numbers below are of the objective as printed, with '
        "the epoch chosen on sampled rows; the tables further down have the combinations that matter, the data all.</p>"
        f'<div class="numbers">{"".join(_numbers(dataset, state, first) for dataset in state["datasets"])}</div>'
        f'<p class="key">{_key()}</p></div><script src="../_static/readings.js" defer></script>'
    )
    return replace(chart, html=html)


def explorer_data(readings: Readings, table: pd.DataFrame) -> dict[str, Any]:
    """What the script knows: which options make which combination, its means and verdicts, and what stands beside.

    A key is the place of each option; combinations that are one have several keys, the one that counts first.
    """
    own = table.drop_duplicates("id").sort_values("id")
    ids = {key_of(row): int(row["id"]) for row in own.to_dict("records")}
    every = (dict(zip(ASKED, row, strict=True)) for row in product(*(CHOICES[name] for name in ASKED)))
    runs = {key_of(row): ids[key_of(canonical(row))] for row in every if key_of(canonical(row)) in ids}
    specs = by_id(readings.specs, table)
    datasets: dict[str, Any] = {name: {} for name in DATASETS if name in set(table["dataset"])}
    for dataset, found in datasets.items():
        frames = [specs[metric].loc[dataset] for metric in METRICS_SHOWN]
        found["published"] = [round(float(frame["published"].iloc[0]), 4) for frame in frames]
        for column in ("mean", "rda", "uniform"):
            numbers = pd.concat([frame[column] for frame in frames], axis=1).round(4)
            found[column] = [
                [None if pd.isna(value) else value for value in row] for row in numbers.to_numpy().tolist()
            ]
        found["signs"] = _signs([frame["verdict"].map(sign_of) for frame in frames])
        found["rda_signs"] = _signs(
            [frame["vs_rda"].map(lambda verdict: AGAINST.get(verdict, " ")) for frame in frames]
        )
        for column in ("rda", "uniform"):  # they depend on few choices: say each row of numbers once
            rows = [json.dumps(row) for row in found[column]]
            once = list(dict.fromkeys(rows))
            found[column] = {"rows": [json.loads(row) for row in once], "at": [once.index(row) for row in rows]}
    options = {name: [str(option) for option in CHOICES[name]] for name in ASKED}
    looks = {sign: list(look) for sign, look in LOOKS.items()}
    return {"choices": options, "runs": runs, "n": len(ids), "datasets": datasets, "looks": looks}


def key_of(row: Mapping[Any, Any]) -> str:
    """Return the places of the options of a combination; with hyphens, scripts keep the order of such keys."""
    return "-".join(str(list(CHOICES[name]).index(row[name])) for name in ASKED)


def _signs(columns: list[pd.Series]) -> list[str]:
    return ["".join(row) for row in zip(*columns, strict=True)]


def _form(table: pd.DataFrame, state: Mapping[str, Any]) -> str:
    picks = "".join(
        _select(name, TITLES[name], {str(o): words for o, words in CHOICES[name].items()}) for name in ASKED
    )
    shown = _select("metric", "Curve shows", dict(SHORT)) + _select(
        "by", "Colour shows", {name: TITLES[name] for name in sorted(ASKED, key="valid_from".__ne__)}
    )
    keys = {name: key for key, name in reversed(state["runs"].items())}
    starts = {
        called("DILDL", "as printed"): as_printed(table, "printed", "sampled")["id"],
        called("DILDL", "default"): as_printed(table, "derived", "sampled")["id"],
        "Closest to print": closest(table)["id"],
    }
    buttons = "".join(
        f'<button type="button" data-key="{keys[int(ids.iloc[0])]}">{escape(words)}</button>'
        for words, ids in starts.items()
        if len(ids)
    )
    return (
        '<form class="choices" aria-label="Choose a combination" hidden>'
        f"<fieldset><legend>Choose a combination</legend>{picks}{shown}</fieldset>"
        f'<p class="starts">Start from: {buttons}</p><p class="said" role="status"></p></form>'
    )


def _select(name: str, title: str, options: Mapping[str, str]) -> str:
    items = "".join(f'<option value="{escape(v, quote=True)}">{escape(words)}</option>' for v, words in options.items())
    return f'<label>{escape(title)}<select name="{name}" autocomplete="off">{items}</select></label>'


def _numbers(dataset: str, state: Mapping[str, Any], chosen: int) -> str:
    """The table of one data set in the state `chosen`; the script fills the same cells anew."""
    found, words = state["datasets"][dataset], dataset.replace("_", " ")
    rows = ""
    for i, metric in enumerate(METRICS_SHOWN):
        sign, against = found["signs"][chosen][i], found["rda_signs"][chosen][i].strip()
        rda, uniform = (found[name]["rows"][found[name]["at"][chosen]][i] for name in ("rda", "uniform"))
        cells = [
            Cell((f"{found['mean'][chosen][i]:.3f}",), LOOKS[sign][0], sign=sign),
            Cell((f"{found['published'][i]:.3f}",)),
            Cell((_three(rda),), sign=against),
            Cell((_three(uniform),)),
        ]
        rows += f'<tr><th scope="row">{SHORT[metric]}</th>{"".join(cell.html() for cell in cells)}</tr>'
    heads = "".join(f'<th scope="col">{head}</th>' for head in ("ours", "published", "RDA", called("Uniform").lower()))
    return (
        f'<table class="figures" data-dataset="{dataset}"><caption>{words}</caption>'
        f'<thead><tr><th scope="col">low is good</th>{heads}</tr></thead>'
        f"<tbody>{rows}</tbody></table>"
    )


def _three(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _key() -> str:
    parts = [
        f'<span class="{look}">{words} <span class="sign">{sign}</span></span>' for sign, (look, words) in LOOKS.items()
    ]
    return "".join(parts) + "<span>beside RDA: ▲ ours better, ▼ ours worse, beyond the noise</span>"
