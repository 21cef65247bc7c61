"""The table of the page on cost: what each method and a large study cost; its data hold all measurements."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from companion.cost.frames import method_costs, study
from companion.show.look import WORDS
from companion.show.shown import Shown
from companion.show.table import cells_of, number, show_table


def cost_table(benchmarks: Mapping[str, pd.DataFrame], comparison: pd.DataFrame, name: str) -> Shown:
    """Draw what no picture shows; the data hold all that was measured, extrapolated or read from the reference run."""
    costs, paper = method_costs(benchmarks["methods"], comparison), study(benchmarks["scaling"])
    sizes = [f"{n:,} rows, {q:,} features, {c} labels" for n, q, c in paper[["n", "q", "c"]].to_numpy()]
    whole, seconds, hundredths = number("{:,.0f}"), number("{:.3f}"), number("{:.2f}")
    tabs = {
        "Each method": cells_of(
            costs.rename(index=WORDS),
            {column: (f"{column} (s)", seconds) for column in costs.columns.drop(["added_mib", "reference"])}
            | {"reference": ("reference run (s)", seconds), "added_mib": ("memory added (MiB)", whole)},
        ),
        "A thousand data sets": cells_of(
            paper.set_index([pd.Index(sizes), "as " + paper["method"]]),
            {
                "seconds_a_fit": ("seconds a training", hundredths),
                "core_hours": ("core hours", whole),
                "days": ("days on 64 cores", whole),
            },
        ),
    }
    engine = benchmarks["engine"]
    engine = engine.assign(kl_differs=engine["differences"].map(lambda of: of["kl_divergence"]))
    parts = {
        **benchmarks,
        "engine": engine.drop(columns="differences"),
        "reference": costs.reset_index(),
        "study": paper,
    }
    data = pd.concat([frame.assign(what=what) for what, frame in parts.items()], ignore_index=True)
    return show_table(tabs, name, "What training costs", data[["what", *data.columns.drop("what")]])
