"""What the prose of the page on cost rests on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from companion.cost import frames
from companion.cost.frames import CORES, FITS, YARDSTICK
from companion.show.facts import Facts, every
from ildl.compare.tables import counted


def cost_facts(
    benchmarks: Mapping[str, pd.DataFrame], machine: Mapping[str, str], manifest: Mapping[str, Mapping[str, Any]]
) -> Facts:
    """Return the numbers and checks of the page."""
    engine, sweep, scaling = (benchmarks[kind] for kind in ("engine", "sweep", "scaling"))
    grown = scaling[scaling["along"] != "processes"]
    differs = max(max(row.values()) for row in engine["differences"])
    two = engine["ratio_two_processes"]
    spans = {
        "{}": engine["ratio"],
        "{}_two": two,
        "sweep_{}": sweep["ratio"],
        "study_{}": frames.study(scaling)["days"],
    }
    numbers = {
        **{name.format("least"): float(values.min()) for name, values in spans.items()},
        **{name.format("most"): float(values.max()) for name, values in spans.items()},
        "settings": int(sweep["settings"].iloc[0]),
        "epochs": int(engine["epochs"].iloc[0]),
        "folds": int(engine["folds"].iloc[0]),
        "together": int(max(scaling.loc[scaling["along"] == "members", "sizes"].iloc[0])),
        "share": frames.sharing(scaling, "DILDL"),
        "time_end": float(grown["last_exponent_seconds"].max()),
        "clock_minutes": sum(entry["seconds"] for entry in manifest.values()) / 60,
        "reference_cores": max(entry["cores"] for entry in manifest.values()),
        "fits": FITS,
        "cores": CORES,
        **{name: machine[name] for name in ("processor", "system", "python", "torch", "blas", "ildl", "commit")},
        "machine_cores": int(machine["cores"]),
        "date": machine["date"][:10],
    }
    clock, best = numbers["clock_minutes"], engine.loc[engine.groupby("method")["ratio"].idxmax()]
    checks = {
        "the reference run took less than two hours": 0 < clock < 120,
        "the gain is largest on Movie": every(best["data"] == "Movie"),
        "the trainer is several times as fast everywhere": every(pd.concat([engine["ratio"], sweep["ratio"]]) > 3),
        "two processes are faster still": every(two > engine["ratio"]),
        "results are equal to five decimals": differs < 5e-6,
        "one network among many costs less than half": 0 < numbers["share"] < 1 / 2,
        "time grows no faster than the size, but for a tenth": every(grown["last_exponent_seconds"] < 1.15),
    }
    parts = {"race": race_facts, "limit": limit_facts, "prompt": prompt_facts, "gpu": gpu_facts}
    for facts in (facts_of(benchmarks[kind]) for kind, facts_of in parts.items()):
        numbers, checks = numbers | dict(facts.numbers), checks | dict(facts.checks)
    return Facts(numbers, checks)


def race_facts(race: pd.DataFrame) -> Facts:
    """Return who is faster where, by each contestant's best setting."""
    results = frames.race_results(race)
    ratio = results.drop(columns="ours").min(axis=1) / results["ours"]
    lost = [f"{data}, {method}, on {counted(cores, 'core')}" for cores, data, method in ratio[ratio < 1].index]
    first = race.groupby("who")["first_seconds"].max()
    numbers: dict[str, float | int | str | None] = {
        "race_least": float(ratio.min()),
        "race_most": float(ratio.max()),
        "races": len(ratio),
        "lost": len(lost),
        "lost_where": "; ".join(lost) or "nowhere",
        "race_epochs": int(race["epochs"].iloc[0]),
        "race_folds": int(race["folds"].iloc[0]),
        "first_ours": float(first["ours"]),
        "first_jax": None if pd.isna(first.get("JAX")) else float(first["JAX"]),
    }
    checks = {
        "all of the race end where the loop does": bool(race["differs"].max() < 1e-5),
        "nobody in the race is faster": not lost,
        "JAX is in the race": bool(results["JAX"].notna().all()),
        "JAX takes longer to begin": bool("JAX" in first and first["ours"] < first["JAX"]),
    }
    return Facts(numbers, checks)


def limit_facts(limit: pd.DataFrame) -> Facts:
    """Return which share of its time a step would take at a core's peak."""
    peak, products = (frames.limit_shares(limit)[f"{what}_share"] for what in ("peak", "products"))
    numbers = {
        "peak": float(limit["peak_gflops"].max()),
        "limit_least": float(peak.min()),
        "limit_most": float(peak.max()),
        "sized_least": float(products.min()),
        "sized_most": float(products.max()),
        "limit_times": float(1 / products.min()),
    }
    return Facts(numbers, {"no step is faster than its products": every(products < 1)})


def prompt_facts(prompt: pd.DataFrame) -> Facts:
    """Return how many times as long as a run the loop takes, against the yardstick; None where it was not measured."""
    runs = prompt[prompt["what"] == "run"].set_index("data")["ratio"]
    found = {data: float(runs[data]) if data in runs else 0.0 for data in YARDSTICK}
    seconds = prompt.groupby("what")["seconds"]
    numbers: dict[str, float | int | str | None] = {
        **{f"prompt_{data.lower()}": ratio or None for data, ratio in found.items()},
        **{f"yardstick_{data.lower()}": ratio for data, ratio in YARDSTICK.items()},
        "prompt_epochs": int(prompt["epochs"].max()),
        "stored": float(seconds.max()["run, all stored"]),
        "help": float(seconds.max()["ildl --help"]),
    }
    checks = {f"the yardstick is reached on {data}": found[data] >= least for data, least in YARDSTICK.items()}
    return Facts(numbers, checks)


def gpu_facts(gpu: pd.DataFrame) -> Facts:
    """Return where a GPU overtakes one core, and what CUDA graphs would save; None where no GPU was measured."""
    measured = {"a GPU was measured": len(gpu) > 0}
    if gpu.empty:
        return Facts(dict.fromkeys(("gpu_name", "gpu_differs", "gpu_from", "gpu_graphs")), measured)
    results = frames.gpu_results(gpu)
    cross = {method: frames.crossing(results, method) for method in results.index.unique("method")}
    graphs = (results["eager"] / results["graphs"]).max()
    numbers: dict[str, float | int | str | None] = {
        "gpu_name": str(gpu.loc[gpu["device"] != "cpu", "name"].iloc[0]),
        "gpu_differs": float(gpu["differs"].max()),
        "gpu_from": " and ".join(f"{'none' if n is None else f'{n:,.0f}'} of {method}" for method, n in cross.items()),
        "gpu_graphs": "not measured" if pd.isna(graphs) else f"up to {graphs:.1f} times as fast",
    }
    return Facts(numbers, measured)
