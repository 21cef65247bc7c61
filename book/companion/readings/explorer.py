"""The explorer: a control a choice, the dot on the curve, and its numbers beside print, RDA and equal degrees."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from itertools import product
from typing import Any

import pandas as pd

from companion.base.names import DATASETS
from companion.readings.choices import ASKED, CHOICES, METRICS_SHOWN, TITLES, canonical
from companion.readings.figures import NAME, plot_curve
from companion.readings.frames import Readings, as_printed, by_id, closest
from companion.show.look import called
from companion.show.shown import Shown
from companion.show.table import Cell, number
from companion.show.template import filled
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
    """The sign of a verdict on our number beside the published one."""
    return ({INSIDE: "="} | AGAINST).get(verdict, "?")


def show_explorer(readings: Readings, table: pd.DataFrame) -> Shown:
    """Draw the curve with the controls and the numbers below; without scripts, the numbers are of the first state."""
    state = explorer_data(readings, table)
    first = int(as_printed(table, "printed", "sampled")["id"].iloc[0])
    chart = plot_curve(readings, table, first)
    text = json.dumps(state | {"first": first}, ensure_ascii=False, separators=(",", ":")).replace("</", "<\\/")
    keys = {name: key for key, name in reversed(state["runs"].items())}
    starts = {
        called("DILDL", "as printed"): as_printed(table, "printed", "sampled")["id"],
        called("DILDL", "default"): as_printed(table, "derived", "sampled")["id"],
        "Closest to print": closest(table).index,
    }
    html = filled(
        "readings/explorer.html.jinja",
        curve=NAME,
        chart=chart.html,
        data=text,
        choices={name: CHOICES[name] for name in ASKED},
        titles=TITLES,
        metrics=SHORT,
        colours={name: TITLES[name] for name in sorted(ASKED, key="valid_from".__ne__)},
        starts={words: keys[ids[0]] for words, found in starts.items() if len(ids := list(found))},
        numbers={dataset: _numbers(found, first) for dataset, found in state["datasets"].items()},
        heads=("ours", "published", "RDA", called("Uniform").lower()),
        looks=LOOKS,
    )
    return replace(chart, html=html)


def explorer_data(readings: Readings, table: pd.DataFrame) -> dict[str, Any]:
    """What the script knows: key (places of options) -> combination; means, verdicts, and what stands beside."""
    every = pd.DataFrame(list(product(*(CHOICES[name] for name in ASKED))), columns=list(ASKED))
    ids = canonical(every).merge(table.drop_duplicates("id")[[*ASKED, "id"]], how="left", on=list(ASKED))["id"]
    runs = {key_of(row): int(one) for row, one in zip(every.to_dict("records"), ids, strict=True) if pd.notna(one)}
    specs = by_id(readings.specs, table)
    datasets: dict[str, Any] = {}
    for dataset in (name for name in DATASETS if name in set(table["dataset"])):

        def of(column: str, dataset: str = dataset) -> pd.DataFrame:
            return pd.DataFrame({metric: specs[metric].loc[dataset][column] for metric in METRICS_SHOWN})

        datasets[dataset] = {"published": _lists(of("published"))[0], "mean": _lists(of("mean"))}
        for column in ("rda", "uniform"):  # they depend on few choices: say each row of numbers once
            rows = [tuple(row) for row in _lists(of(column))]
            once = list(dict.fromkeys(rows))
            datasets[dataset][column] = {"rows": once, "at": [once.index(row) for row in rows]}
        for name, signs in {
            "signs": of("verdict").map(sign_of),
            "rda_signs": of("vs_rda").map(lambda verdict: AGAINST.get(verdict, " ")),
        }.items():
            datasets[dataset][name] = ["".join(row) for row in signs.to_numpy()]
    options = {name: [str(option) for option in CHOICES[name]] for name in ASKED}
    looks = {sign: list(look) for sign, look in LOOKS.items()}
    return {"choices": options, "runs": runs, "n": table["id"].nunique(), "datasets": datasets, "looks": looks}


def _lists(frame: pd.DataFrame) -> list[list[float | None]]:
    return [[None if pd.isna(value) else value for value in row] for row in frame.round(4).to_numpy().tolist()]


def key_of(row: Mapping[Any, Any]) -> str:
    """The places of the options of a combination; with hyphens, scripts keep the order of such keys."""
    return "-".join(str(list(CHOICES[name]).index(row[name])) for name in ASKED)


def _numbers(found: Mapping[str, Any], chosen: int) -> dict[str, list[Cell]]:
    """Cells of one data set in the state `chosen`, by metric."""
    three, rows = number("{:.3f}"), {}
    for i, metric in enumerate(METRICS_SHOWN):
        sign, against = found["signs"][chosen][i], found["rda_signs"][chosen][i].strip()
        rda, uniform = (three(found[name]["rows"][found[name]["at"][chosen]][i]) for name in ("rda", "uniform"))
        ours = replace(three(found["mean"][chosen][i]), look=LOOKS[sign][0], sign=sign)
        rows[SHORT[metric]] = [ours, three(found["published"][i]), replace(rda, sign=against), uniform]
    return rows
