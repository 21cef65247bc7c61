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
    differs = max(max(row.values()) for row in engine["differences"])
    two = engine["ratio_two_processes"]
    spans = {"{}": engine["ratio"], "{}_two": two, "sweep_{}": sweep["ratio"], "study_{}": study(scaling)["days"]}
    numbers = {
        **{name.format("least"): float(values.min()) for name, values in spans.items()},
        **{name.format("most"): float(values.max()) for name, values in spans.items()},
        "settings": int(sweep["settings"].iloc[0]),
        "epochs": int(engine["epochs"].iloc[0]),
        "folds": int(engine["folds"].iloc[0]),
        "together": int(max(scaling.loc[scaling["along"] == "members", "sizes"].iloc[0])),
        "share": sharing(scaling, "DILDL"),
        "time_end": float(grown["last_exponent_seconds"].max()),
        "clock_minutes": sum(entry["seconds"] for entry in manifest.values()) / 60,
        "trained": sum(entry["trained"] for entry in manifest.values()),
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
        "the gain is largest on Movie": bool((best["data"] == "Movie").all()),
        "the trainer is several times as fast everywhere": bool(
            (engine["ratio"] > 3).all() and (sweep["ratio"] > 3).all()
        ),
        "two processes are faster still": bool((two > engine["ratio"]).all()),
        "results are equal to five decimals": differs < 5e-6,
        "one network among many costs less than half": 0 < numbers["share"] < 1 / 2,
        "time grows no faster than the size, but for a tenth": bool((grown["last_exponent_seconds"] < 1.15).all()),
    }
    return Facts(numbers, checks)
