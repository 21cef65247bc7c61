"""What the prose of the page on cost rests on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from companion.cost.frames import CORES, FITS, sharing, study
from companion.show.facts import Facts


def cost_facts(
    benchmarks: Mapping[str, pd.DataFrame], machine: Mapping[str, str], manifest: Mapping[str, Mapping[str, Any]]
) -> Facts:
    """Return the numbers and checks of the page."""
    engine, sweep, scaling = (benchmarks[kind] for kind in ("engine", "sweep", "scaling"))
    grown = scaling[scaling["along"] != "processes"]
    paper = study(scaling)
    differs = max(max(row.values()) for row in engine["differences"])
    numbers = {
        "least": float(engine["ratio"].min()),
        "most": float(engine["ratio"].max()),
        "least_two": float(engine["ratio_two_processes"].min()),
        "most_two": float(engine["ratio_two_processes"].max()),
        "sweep_least": float(sweep["ratio"].min()),
        "sweep_most": float(sweep["ratio"].max()),
        "settings": int(sweep["settings"].iloc[0]),
        "epochs": int(engine["epochs"].iloc[0]),
        "folds": int(engine["folds"].iloc[0]),
        "together": int(max(scaling.loc[scaling["along"] == "members", "sizes"].iloc[0])),
        "share": sharing(scaling, "DILDL"),
        "time": float(grown["exponent_seconds"].max()),
        "time_end": float(grown["last_exponent_seconds"].max()),
        "memory": float(grown["exponent_memory"].max()),
        "clock_minutes": sum(entry["seconds"] for entry in manifest.values()) / 60,
        "trained": sum(entry["trained"] for entry in manifest.values()),
        "reference_cores": max(entry["cores"] for entry in manifest.values()),
        "fits": FITS,
        "cores": CORES,
        "study_least": float(paper["days"].min()),
        "study_most": float(paper["days"].max()),
        **{name: machine[name] for name in ("processor", "system", "python", "torch", "blas", "ildl")},
        "machine_cores": int(machine["cores"]),
        "date": machine["date"][:10],
        "commit": machine["commit"],
    }
    clock, best = numbers["clock_minutes"], engine.loc[engine.groupby("method")["ratio"].idxmax()]
    checks = {
        "the reference run took less than two hours": 0 < clock < 120,
        "the gain is largest on Movie": bool((best["data"] == "Movie").all()),
        "the trainer is several times as fast everywhere": bool(
            (engine["ratio"] > 3).all() and (sweep["ratio"] > 3).all()
        ),
        "two processes are faster still": bool((engine["ratio_two_processes"] > engine["ratio"]).all()),
        "results are equal to five decimals": differs < 5e-6,
        "one network among many costs less than half": 0 < numbers["share"] < 1 / 2,
        "time grows no faster than the size, but for a tenth": bool((grown["last_exponent_seconds"] < 1.15).all()),
    }
    return Facts(numbers, checks)
