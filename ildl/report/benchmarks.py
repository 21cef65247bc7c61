"""What training costs: tables and sentences from the files that `ildl bench` writes."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from os import PathLike
from pathlib import Path

import numpy as np
import pandas as pd

from ildl.report.names import check_name
from ildl.report.styled import ScrollingTable, plain_table

KINDS = ("engine", "sweep", "methods", "scaling")
ALONG = {
    "members": "networks trained together",
    "n": "training rows",
    "q": "features",
    "c": "labels",
    "processes": "processes",
}
"""What grows -> what it is called."""
BASE = {"n": 150, "q": 100, "c": 6}
"""Sizes that stay while one is varied, as in `benchmarks/test_scaling.py`."""
SIZES = {
    "small": {"n": 200, "q": 100, "c": 6},
    "medium": {"n": 2_000, "q": 500, "c": 10},
    "large": {"n": 20_000, "q": 1_000, "c": 20},
}
"""Data sets whose cost is extrapolated."""
STUDY = {"data sets": 1_000, "methods": 100, "folds": 100}
HOURS = 3600
EPOCHS = 300


def load_benchmarks(folder: str | PathLike[str]) -> tuple[dict[str, pd.DataFrame], dict[str, str]]:
    """Read the files of one run of the benchmarks.

    Parameters
    ----------
    folder : path
        Where `ildl bench --output` put them.

    Returns
    -------
    frames : dict of str to DataFrame
        Kind (engine, sweep, methods, scaling) -> its rows.
    machine : dict
        What they were measured on.

    Raises
    ------
    ValueError
        A file is missing or damaged, or they are of different machines or versions of the code.
    """
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
    same = [{name: value for name, value in machine.items() if name != "date"} for machine in machines]
    if any(machine != same[0] for machine in same):
        raise ValueError(f"The files in {folder} are of different machines or versions; make them in one run.")
    return frames, machines[0]


def machine_sentence(machine: dict[str, str]) -> str:
    """What the figures were measured on.

    Parameters
    ----------
    machine : dict

    Returns
    -------
    str
    """
    return (
        f"{machine['processor']}, {machine['cores']} cores, {machine['system']}, Python {machine['python']}, "
        f"PyTorch {machine['torch']}, ildl {machine['ildl']} (commit {machine['commit'][:7]}), {machine['date'][:10]}"
    )


def engine_table(engine: pd.DataFrame) -> ScrollingTable:
    """Seconds of the loop and of the trainer, and their ratios.

    Parameters
    ----------
    engine : DataFrame

    Returns
    -------
    ScrollingTable
    """
    titles = {
        "data": "data set",
        "loop_seconds": "loop (s)",
        "engine_seconds": "together (s)",
        "ratio": "times faster",
        "engine_seconds_two_processes": "in two processes (s)",
        "ratio_two_processes": "times faster, two processes",
        "kl": "KL differs by at most",
    }
    rows = engine.assign(kl=[differences["kl_divergence"] for differences in engine["differences"]])
    first = engine.iloc[0]
    caption = (
        f"{first['folds']} folds, {first['epochs']} epochs, medians of {first['rounds']} rounds: the plain loop, all "
        "folds as one ensemble in one process with one thread, and in two such processes. The last column is the "
        "largest difference of a fold's test divergence between loop and ensemble, from equal initial weights, "
        "shuffles and noise."
    )
    columns = ["method", *titles]
    return plain_table(rows[columns].set_index(["data", "method"]), caption, "{:.3g}", titles)


def ratio_range(engine: pd.DataFrame, method: str, column: str) -> tuple[float, float]:
    """Smallest and largest ratio of a method over data sets.

    Parameters
    ----------
    engine : DataFrame
    method : str
    column : str
        "ratio" or "ratio_two_processes".

    Returns
    -------
    pair of float

    Raises
    ------
    ValueError
        The method was not measured.
    """
    check_name(method, engine["method"].unique(), "method")
    ratios = engine.loc[engine["method"] == method, column]
    return float(ratios.min()), float(ratios.max())


def sweep_sentence(sweep: pd.DataFrame) -> str:
    """How many times faster a sweep is than the loop.

    Parameters
    ----------
    sweep : DataFrame

    Returns
    -------
    str
    """
    parts = [f"{row.ratio:.1f} times on {row.data}" for row in sweep.itertuples()]
    first = sweep.iloc[0]
    listed = ", ".join(parts[:-1]) + " and " * (len(parts) > 1) + parts[-1]
    return f"a sweep of {first['settings']} settings x {first['folds']} folds is faster than the loop {listed}"


def methods_table(methods: pd.DataFrame) -> ScrollingTable:
    """Seconds a fold and peak memory of each method.

    Parameters
    ----------
    methods : DataFrame

    Returns
    -------
    ScrollingTable
    """
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


def growth_table(scaling: pd.DataFrame) -> ScrollingTable:
    """Fitted exponents of time and memory.

    Parameters
    ----------
    scaling : DataFrame

    Returns
    -------
    ScrollingTable
    """
    rows = scaling[scaling["along"] != "processes"].copy()
    rows["along"] = rows["along"].map(ALONG)
    rows["range"] = [f"{sizes[0]:,} to {sizes[-1]:,}" for sizes in rows["sizes"]]
    titles = {
        "range": "range",
        "exponent_seconds": "exponent of time",
        "last_exponent_seconds": "at the upper end",
        "exponent_memory": "exponent of memory",
    }
    caption = (
        "Time and memory grow as the size to the power of the exponent, the slope of a line through the logarithms; "
        "below 1 where fixed costs are shared. The upper end is the slope between the two largest sizes."
    )
    return plain_table(rows.set_index(["method", "along"])[list(titles)], caption, "{:.2f}", titles)


def steepest(scaling: pd.DataFrame, column: str) -> float:
    """Return the largest fitted exponent.

    Parameters
    ----------
    scaling : DataFrame
    column : str
        "exponent_seconds" or "exponent_memory".

    Returns
    -------
    float
    """
    return float(scaling.loc[scaling["along"] != "processes", column].max())


def seconds_a_fit(scaling: pd.DataFrame, method: str, size: Mapping[str, int]) -> float:
    """Seconds of one training of 300 epochs within a large ensemble, from the measured growth along each dimension.

    Parameters
    ----------
    scaling : DataFrame
    method : str
    size : mapping
        Rows n, features q, labels c.

    Returns
    -------
    float
        The measured time of one member among the most, times the growth along each dimension as if they were apart.
    """
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


def study_table(scaling: pd.DataFrame, cores: int = 64) -> ScrollingTable:
    """Cost on paper of a study of 1,000 data sets x 100 methods x 100 folds, were all methods such networks.

    Parameters
    ----------
    scaling : DataFrame
    cores : int
        Of the cluster.

    Returns
    -------
    ScrollingTable
    """
    fits = math.prod(STUDY.values())
    rows = []
    for name, size in SIZES.items():
        for method in scaling["method"].unique():
            seconds = seconds_a_fit(scaling, method, size)
            hours = fits * seconds / HOURS
            sizes = f"{size['n']:,} rows, {size['q']:,} features, {size['c']} labels"
            rows.append((name, sizes, method, seconds, hours, hours / cores / 24))
    columns = ["data set", "size", "each method as", "seconds a fit", "core hours", f"days on {cores} cores"]
    listed = " x ".join(f"{number:,} {what}" for what, number in STUDY.items())
    caption = (
        f"Cost on paper of {listed}, {fits:,} fits of {EPOCHS} epochs, if every method cost what the named one does; "
        "extrapolated from the measured growth, so an order of magnitude, not a promise."
    )
    table = pd.DataFrame(rows, columns=columns).set_index(["data set", "each method as"])
    return plain_table(table, caption, "{:,.3g}")
