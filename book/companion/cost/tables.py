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
    engine = engine.assign(kl_differs=engine["differences"].map(lambda of: of["kl_divergence"])).drop(
        columns="differences"
    )
    costs, paper = method_costs(benchmarks["methods"], comparison), study(scaling)
    grown = scaling[scaling["along"] != "processes"]
    grown = grown.assign(along=grown["along"].map(ALONG), range=[f"{s[0]:,} to {s[-1]:,}" for s in grown["sizes"]])
    sizes = [f"{n:,} rows, {q:,} features, {c} labels" for n, q, c in paper[["n", "q", "c"]].to_numpy()]
    whole, one, two, three = (number(f"{{:{form}}}") for form in (",.0f", ".1f", ".2f", ".3f"))
    tabs = {
        "Against a plain loop": cells_of(
            engine.set_index(["data", "method"]),
            {
                "loop_seconds": ("loop (s)", two),
                "engine_seconds": ("trainer (s)", two),
                "ratio": ("times as fast", one),
                "ratio_two_processes": ("in two processes", one),
                "kl_differs": ("results differ by", number("{:.0e}")),
            },
        ),
        "Each method": cells_of(
            costs.rename(index=WORDS),
            {column: (f"{column} (s)", three) for column in costs.columns.drop(["added_mib", "reference"])}
            | {"reference": ("reference run (s)", three), "added_mib": ("memory added (MiB)", whole)},
        ),
        "How it grows": cells_of(
            grown.set_index(["method", "along"]),
            {
                "range": ("range", text),
                "exponent_seconds": ("exponent of time", two),
                "last_exponent_seconds": ("at the upper end", two),
                "exponent_memory": ("exponent of memory", two),
            },
        ),
        "A thousand data sets": cells_of(
            paper.set_index([pd.Index(sizes), "as " + paper["method"]]),
            {
                "seconds_a_fit": ("seconds a training", two),
                "core_hours": ("core hours", whole),
                "days": ("days on 64 cores", whole),
            },
        ),
    }
    parts = {**benchmarks, "engine": engine, "reference": costs.reset_index(), "study": paper}
    data = pd.concat([frame.assign(what=what) for what, frame in parts.items()], ignore_index=True)
    return show_table(tabs, name, "What training costs", data[["what", *data.columns.drop("what")]])
