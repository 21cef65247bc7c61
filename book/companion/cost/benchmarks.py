"""What training costs: tables and sentences from the files that `ildl bench` writes."""

from __future__ import annotations

import json
import math
import re
from os import PathLike
from pathlib import Path
from typing import Any

import pandas as pd

from companion.base.constants_answers import listed
from companion.show.styled import ScrollingTable, plain_table
from ildl.checks import check_option

MEASURED = re.compile(r"^(?!exponent|last).*seconds|^ratio|^peak")
"""Names of what is measured, as opposed to what is fitted to it."""
KINDS = ("engine", "sweep", "methods", "scaling")


def load_benchmarks(folder: str | PathLike[str]) -> tuple[dict[str, pd.DataFrame], dict[str, str]]:
    """Read the files of one run of the benchmarks."""
    frames, machines = {}, []
    for kind in KINDS:
        path = Path(folder) / f"{kind}.json"
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            frames[kind] = pd.DataFrame(content["rows"])
            machines.append({name: str(value) for name, value in content["machine"].items()})
        except FileNotFoundError as error:
            raise ValueError(f"{path} is missing; make it with: ildl bench --output {folder}.") from error
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"{path} is not what `ildl bench` writes ({error!r}); make it again.") from error
        if frames[kind].empty:
            raise ValueError(f"{path} has no rows; make it again with: ildl bench --output {folder}.")
        for i, row in enumerate(content["rows"]):
            if wrong := [name for name, value in row.items() if MEASURED.search(name) and not _positive(value)]:
                raise ValueError(f"{path}, row {i}: {', '.join(wrong)} must be positive numbers; make it again.")
    same = [{name: value for name, value in machine.items() if name not in ("date", "commit")} for machine in machines]
    if any(machine != same[0] for machine in same):
        raise ValueError(f"The files in {folder} are of different machines or versions; make them in one run.")
    commits = dict.fromkeys(machine["commit"][:7] for machine in machines)
    return frames, machines[0] | {"commit": ", ".join(commits)}


def _positive(value: Any) -> bool:
    values = value if isinstance(value, list) else [value]
    return bool(values) and all(isinstance(v, int | float) and math.isfinite(v) and v > 0 for v in values)


def machine_sentence(machine: dict[str, str]) -> str:
    """What the figures were measured on."""
    return (
        f"{machine['processor']}, {machine['cores']} cores, {machine['system']}, Python {machine['python']}, "
        f"PyTorch {machine['torch']}, {machine['blas']}, ildl {machine['ildl']} (commit {machine['commit']}), "
        f"{machine['date'][:10]}"
    )


def engine_table(engine: pd.DataFrame) -> ScrollingTable:
    """Seconds of the loop and of the trainer, and their ratios."""
    titles = {
        "data": "data set",
        "loop_seconds": "loop (s)",
        "engine_seconds": "ildl (s)",
        "ratio": "ratio",
        "engine_seconds_two_processes": "two processes (s)",
        "ratio_two_processes": "ratio, two",
        "kl": "KL differs by",
    }
    rows = engine.assign(kl=[differences["kl_divergence"] for differences in engine["differences"]])
    first = engine.iloc[0]
    caption = (
        f"{first['folds']} folds, {first['epochs']} epochs, medians of {first['rounds']} rounds: the plain loop, all "
        "folds as one ensemble in one process with one thread, and in two such processes; ratios say how many times "
        "faster than the loop. The last column is the largest difference of a fold's test divergence between loop and "
        "ensemble, from equal initial weights, shuffles and noise."
    )
    columns = ["method", *titles]
    return plain_table(rows[columns].set_index(["data", "method"]), caption, "{:.3g}", titles)


def ratio_range(engine: pd.DataFrame, method: str, column: str) -> tuple[float, float]:
    """Smallest and largest ratio of a method over data sets."""
    check_option(method, engine["method"].unique(), "method")
    ratios = engine.loc[engine["method"] == method, column]
    return float(ratios.min()), float(ratios.max())


def sweep_sentence(sweep: pd.DataFrame) -> str:
    """How many times faster a sweep is than the loop."""
    parts = [f"{row.ratio:.1f} ({row.ratio_two_processes:.1f}) times on {row.data}" for row in sweep.itertuples()]
    first = sweep.iloc[0]
    return (
        f"a sweep of {first['settings']} settings x {first['folds']} folds, {first['epochs']} epochs, is faster than "
        f"the loop {listed(parts)}, in one process (in two)"
    )


def methods_table(methods: pd.DataFrame) -> ScrollingTable:
    """Seconds a fold and peak memory of each method."""
    titles = {"seconds_a_fold": "seconds a fold", "peak_mib": "peak memory (MiB)"}
    table = methods.pivot(index="method", columns="data", values=list(titles))
    table = table.reindex(methods["method"].unique()).rename(columns=titles, level=0).swaplevel(axis=1)
    table = table[methods["data"].unique()]
    folds = methods["folds"].iloc[0]
    caption = (
        f"Each method in a process of its own with one thread, {folds} folds: networks as one ensemble, others one "
        "after the other. Peak memory includes that of Python, the libraries and the data set."
    )
    return plain_table(table, caption, "{:.3g}")
