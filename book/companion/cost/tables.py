"""The table of the page on cost: against a plain loop, each method, growth, and a large study, as tabs."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from companion.cost.frames import ALONG, method_costs, study
from companion.show.look import WORDS
from companion.show.shown import Shown
from companion.show.table import cells_of, number, show_table, text


def cost_table(benchmarks: Mapping[str, pd.DataFrame], comparison: pd.DataFrame, name: str) -> Shown:
    """Draw all measurements; the data hold every row that was measured, extrapolated or read from the reference run."""
    engine, scaling = benchmarks["engine"], benchmarks["scaling"]
    engine = engine.assign(kl_differs=[differences["kl_divergence"] for differences in engine["differences"]])
    costs, paper = method_costs(benchmarks["methods"], comparison), study(scaling)
    grown = scaling[scaling["along"] != "processes"]
    tabs = {
        "Against a plain loop": _loop(engine),
        "Each method": _methods(costs),
        "How it grows": _growth(grown),
        "A thousand data sets": _study(paper),
    }
    parts = {
        **benchmarks,
        "engine": engine.drop(columns="differences"),
        "reference": costs.reset_index(),
        "study": paper,
    }
    data = pd.concat([frame.assign(what=what) for what, frame in parts.items()], ignore_index=True)
    return show_table(tabs, name, "What training costs", data[["what", *data.columns.drop("what")]])


def _loop(engine: pd.DataFrame) -> pd.DataFrame:
    seconds, times = number("{:.2f}"), number("{:.1f}")
    columns = {
        "loop_seconds": ("loop (s)", seconds),
        "engine_seconds": ("trainer (s)", seconds),
        "ratio": ("times as fast", times),
        "ratio_two_processes": ("in two processes", times),
        "kl_differs": ("results differ by", number("{:.0e}")),
    }
    return cells_of(engine.set_index(["data", "method"]), columns)


def _methods(costs: pd.DataFrame) -> pd.DataFrame:
    sets = [str(column) for column in costs if column not in ("added_mib", "reference")]
    columns = {column: (f"{column} (s)", number("{:.3f}")) for column in sets}
    columns |= {
        "reference": ("reference run (s)", number("{:.3f}")),
        "added_mib": ("memory added (MiB)", number("{:.0f}")),
    }
    return cells_of(costs.set_index(costs.index.map(lambda method: WORDS.get(method, method))), columns)


def _growth(grown: pd.DataFrame) -> pd.DataFrame:
    rows = grown.assign(
        along=grown["along"].map(ALONG), range=[f"{sizes[0]:,} to {sizes[-1]:,}" for sizes in grown["sizes"]]
    )
    power = number("{:.2f}")
    columns = {
        "range": ("range", text),
        "exponent_seconds": ("exponent of time", power),
        "last_exponent_seconds": ("at the upper end", power),
        "exponent_memory": ("exponent of memory", power),
    }
    return cells_of(rows.set_index(["method", "along"]), columns)


def _study(paper: pd.DataFrame) -> pd.DataFrame:
    sizes = [f"{n:,} rows, {q:,} features, {c} labels" for n, q, c in paper[["n", "q", "c"]].to_numpy()]
    whole = number("{:,.0f}")
    columns = {
        "seconds_a_fit": ("seconds a training", number("{:.2f}")),
        "core_hours": ("core hours", whole),
        "days": ("days on 64 cores", whole),
    }
    return cells_of(paper.set_index([pd.Index(sizes), pd.Index("as " + paper["method"])]), columns)
