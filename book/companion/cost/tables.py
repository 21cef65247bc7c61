"""The tables of the page on cost: what each method and a large study cost, and what the trainer is held against."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from companion.cost.frames import RIVALS, gpu_results, limit_shares, method_costs, race_results, study
from companion.show.look import WORDS
from companion.show.shown import Shown
from companion.show.table import Cell, cells_of, number, show_table


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
        **{what: benchmarks[what] for what in ("sweep", "methods", "scaling")},
        "engine": engine.drop(columns="differences"),
        "reference": costs.reset_index(),
        "study": paper,
    }
    data = pd.concat(parts, names=["what"]).reset_index("what")
    return show_table(tabs, name, "What training costs", data)


def held_against_table(benchmarks: Mapping[str, pd.DataFrame], name: str) -> Shown:
    """Draw the race, the limit, the prompt and the GPU; the data hold every setting that was measured."""
    two, micro, share = number("{:.2f}"), number("{:,.0f}"), number("{:.0%}")
    limit = limit_shares(benchmarks["limit"])
    limit = limit.assign(
        mflop=limit["operations"] / 1e6, mb=limit["bytes"] / 1e6, microseconds=limit["step_seconds"] * 1e6
    )
    prompt = benchmarks["prompt"]
    tabs = {
        "A race": _race_cells(benchmarks["race"]),
        "The limit": cells_of(
            limit.set_index([limit["data"], limit["method"]]),
            {
                "mflop": ("Mflop a step", number("{:.1f}")),
                "mb": ("MB a step", number("{:.1f}")),
                "microseconds": ("µs a step", micro),
                "peak_share": ("products at the peak", share),
                "products_share": ("products as they are", share),
                "bytes_share": ("moving the bytes", share),
            },
        ),
        "From the prompt": cells_of(
            prompt.set_index([prompt["data"].fillna("the start alone"), prompt["what"]]),
            {"seconds": ("seconds", two), "ratio": ("the loop takes, times", number("{:.1f}"))},
        ),
        "A GPU": _gpu_cells(benchmarks["gpu"]),
    }
    parts = {"race": benchmarks["race"], "limit": limit.drop(columns="products"), "gpu": benchmarks["gpu"]}
    parts["prompt"] = prompt.rename(columns={"what": "command"})
    data = pd.concat({what: frame for what, frame in parts.items() if len(frame)}, names=["what"]).reset_index("what")
    return show_table(tabs, name, "What the trainer is held against", data)


def _race_cells(race: pd.DataFrame) -> pd.DataFrame:
    """Seconds of each contestant's best setting, or why there are none."""
    results = race_results(race)
    lacking = {row["who"]: row["lacking"] for row in race.to_dict("records") if isinstance(row.get("lacking"), str)}
    groups = [{1: "on one core", 2: "on two cores"}[cores] for cores, *_ in results.index]
    rows = [f"{data}, {method}" for _, data, method in results.index]
    results.index = pd.MultiIndex.from_arrays([groups, rows])
    cells = cells_of(results, {who: (f"{who} (s)", number("{:.2f}")) for who in RIVALS})
    for who in RIVALS:
        if who in lacking and results[who].isna().all():
            cells[f"{who} (s)"] = pd.Series([Cell((lacking[who],))] * len(cells), cells.index)
    return cells


def _gpu_cells(gpu: pd.DataFrame) -> pd.DataFrame:
    """Milliseconds an epoch by members, or that none were measured."""
    if gpu.empty:
        return pd.DataFrame({"": [Cell(("not measured",), "text")]}, index=["A GPU"])
    results = gpu_results(gpu)
    titles = {"cpu": "one core", "gpu": "GPU", "eager": "torch.func", "graphs": "with CUDA graphs"}
    shown = results.assign(**{name: results[name] * 1e3 for name in titles})
    shown.index = pd.MultiIndex.from_tuples([(method, f"{members:,}") for method, members in results.index])
    formats = {name: (f"{title} (ms)", number("{:,.1f}")) for name, title in titles.items()}
    return cells_of(shown, formats | {"memory_mib": ("GPU memory (MiB)", number("{:,.0f}"))})
