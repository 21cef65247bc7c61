"""What training costs, from the files that `ildl bench` writes, and what a large study would cost."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

MEASURED = re.compile(r"^(?!exponent|last).*seconds|^ratio|^peak")
"""Names of what is measured, as opposed to what is fitted to it."""
KINDS = ("engine", "sweep", "methods", "scaling", "race", "limit", "prompt")
RIVALS = ("ours", "JAX", "torch.func", "loop")
"""Who runs in the race, as its file calls them."""
YARDSTICK = {"Emotion6": 8, "Movie": 15}
"""How many times as long as a run from the prompt the loop should take."""
ALONG = {"members": "networks trained together", "n": "training rows", "q": "features", "c": "labels"}
"""What grows (beside processes) -> what it is called."""
BASE = {"n": 150, "q": 100, "c": 6}
"""Sizes that stay while one is varied."""
SIZES = pd.DataFrame(
    {"data": ["small", "medium", "large"], "n": [200, 2_000, 20_000], "q": [100, 500, 1_000], "c": [6, 10, 20]}
)
"""Data sets whose cost is extrapolated."""
FITS = 1_000 * 100 * 100
"""A study of so many data sets, methods and folds."""
CORES, EPOCHS, HOURS = 64, 300, 3600


def load_benchmarks(folder: str | PathLike[str]) -> tuple[dict[str, pd.DataFrame], dict[str, str]]:
    """Read the files of one run of the benchmarks, and the machine that they name.

    The frame "gpu" is of any machine, and empty where no GPU was measured.
    """
    frames, machines = {}, []
    for kind in KINDS:
        frames[kind], machine = _read(Path(folder) / f"{kind}.json")
        machines.append(machine)
    path = Path(folder) / "gpu.json"
    gpu = _read(path)[0] if path.exists() else pd.DataFrame({"device": []})
    frames["gpu"] = gpu if (gpu["device"] != "cpu").any() else gpu.iloc[:0]
    commits = dict.fromkeys(machine.pop("commit")[:7] for machine in machines)
    dates = [machine.pop("date") for machine in machines]
    if any(machine != machines[0] for machine in machines):
        raise ValueError(f"The files in {folder} are of different machines or versions; make them in one run.")
    return frames, machines[0] | {"commit": ", ".join(commits), "date": dates[0]}


def _read(path: Path) -> tuple[pd.DataFrame, dict[str, str]]:
    """One file's rows and machine."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        frame = pd.DataFrame(content["rows"])
        machine = {name: str(value) for name, value in content["machine"].items()}
    except FileNotFoundError as error:
        raise ValueError(f"{path} is missing; make it with: ildl bench --output {path.parent}.") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"{path} is not what `ildl bench` writes ({error!r}); make it again.") from error
    if frame.empty:
        raise ValueError(f"{path} has no rows; make it again with: ildl bench --output {path.parent}.")
    for i, row in enumerate(content["rows"]):
        if wrong := [name for name, value in row.items() if MEASURED.search(name) and not _positive(value)]:
            raise ValueError(f"{path}, row {i}: {', '.join(wrong)} must be positive numbers; make it again.")
    return frame, machine


def _positive(value: Any) -> bool:
    values = value if isinstance(value, list) else [value]
    return bool(values) and all(isinstance(v, int | float) and math.isfinite(v) and v > 0 for v in values)


def seconds_a_fit(scaling: pd.DataFrame, method: str, size: Mapping[str, int]) -> float:
    """Seconds of one training of 300 epochs in a large ensemble, as if the growth along each dimension were apart."""
    own = scaling[scaling["method"] == method].set_index("along")
    together = own.loc["members"]
    seconds = together["seconds"][-1] / together["sizes"][-1] * EPOCHS / together["epochs"]
    for along, value in size.items():
        seconds *= _time_at(own, along, value) / _time_at(own, along, BASE[along])
    return float(seconds)


def _time_at(own: pd.DataFrame, along: str, size: float) -> float:
    """Time at a size: a line through the logarithms of the two nearest measurements."""
    row = own.loc[[along]].iloc[0]
    x, y = np.log(np.array(row["sizes"])), np.log(np.array(row["seconds"]))
    i = int(np.clip(np.searchsorted(x, np.log(size)), 1, len(x) - 1))
    slope = (y[i] - y[i - 1]) / (x[i] - x[i - 1])
    return float(np.exp(y[i] + slope * (np.log(size) - x[i])))


def study(scaling: pd.DataFrame) -> pd.DataFrame:
    """Cost on paper of a large study, were all methods such networks: seconds a fit, core hours, days."""
    rows = SIZES.merge(scaling[["method"]].drop_duplicates(), how="cross")
    fits = [seconds_a_fit(scaling, row["method"], {k: row[k] for k in BASE}) for row in rows.to_dict("records")]
    hours = FITS * np.array(fits) / HOURS
    return rows.assign(seconds_a_fit=fits, core_hours=hours, days=hours / CORES / 24)


def method_costs(methods: pd.DataFrame, comparison: pd.DataFrame) -> pd.DataFrame:
    """Seconds a fold by data set, added_mib (the most), and reference: mean seconds a cell of the reference run."""
    wide = methods.pivot(index="method", columns="data", values="seconds_a_fold")[methods["data"].unique()]
    cells = comparison[comparison["params"] == "{}"].drop_duplicates("key")
    added = methods.groupby("method")["added_mib"].max()
    reference = cells.groupby("method")["fit_seconds"].mean()
    return wide.assign(added_mib=added, reference=reference).reindex(methods["method"].unique())


def sharing(scaling: pd.DataFrame, method: str) -> float:
    """Time of one network among the most, as a share of its time alone."""
    row = scaling[(scaling["along"] == "members") & (scaling["method"] == method)].iloc[0]
    return float(row["seconds"][-1] / row["sizes"][-1] / row["seconds"][0] * row["sizes"][0])


def race_results(race: pd.DataFrame) -> pd.DataFrame:
    """Seconds of each contestant's best setting: a column each; rows by cores, data and method."""
    best = race.groupby(["cores", "data", "method", "who"], sort=False)["seconds"].min().unstack("who")
    return best.reindex(columns=list(RIVALS))


def limit_shares(limit: pd.DataFrame) -> pd.DataFrame:
    """The frame with shares of a step's time: its products at the peak, products as they are, moving its bytes."""
    shares = {
        f"{what}_share": limit[f"{what}_seconds"] / limit["step_seconds"] for what in ("peak", "products", "bytes")
    }
    return limit.assign(**shares)


def gpu_results(gpu: pd.DataFrame) -> pd.DataFrame:
    """Seconds an epoch by method and members: cpu, gpu, and `torch.func` without graphs and with; and memory_mib."""
    on_gpu, trainer = gpu["device"] != "cpu", gpu["who"] == "trainer"
    parts = {
        "cpu": (~on_gpu & trainer, "epoch_seconds"),
        "gpu": (on_gpu & trainer, "epoch_seconds"),
        "eager": (on_gpu & (gpu["who"] == "torch.func"), "epoch_seconds"),
        "graphs": (on_gpu & (gpu["who"] == "torch.func, CUDA graphs"), "epoch_seconds"),
        "memory_mib": (on_gpu & trainer, "memory_mib"),
    }
    keys = ["method", "members"]
    return pd.DataFrame({name: gpu[rows].set_index(keys)[column] for name, (rows, column) in parts.items()})


def crossing(results: pd.DataFrame, method: str) -> float | None:
    """Members from which the GPU is faster than one core, by a line through logarithms; None where it never is."""
    own = results.xs(method)[["cpu", "gpu"]].dropna()
    ahead = np.log(np.array(own["gpu"] / own["cpu"], dtype=float))
    members = np.log(np.array(own.index, dtype=float))
    if not (ahead < 0).any():
        return None
    i = int(np.argmax(ahead < 0))
    if i == 0:
        return float(np.exp(members[0]))
    return float(np.exp(members[i] - ahead[i] * (members[i] - members[i - 1]) / (ahead[i] - ahead[i - 1])))
