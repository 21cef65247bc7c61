"""Which test gives the significance marks that a table prints, recomputed from means and standard deviations.

Every printed number stands for the interval of its last digit, so a test gives a range of p-values for a mark, not one
number. A mark is *possible* under a test if some number in the intervals gives it, *certain* if all do. What is not
printed is free: any standard deviation from 0 on, any correlation of fold values in a paired test.
"""

from __future__ import annotations

from itertools import product

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from ildl.compare.noise import N_PUBLISHED as N
from ildl.compare.statistics import HIGHER_IS_BETTER

Array = NDArray[np.float64]
ALPHA = 0.05
TESTS = ("pooled", "Welch", "paired")
DEVIATIONS = {"population": 0, "sample": 1}
"""How the printed standard deviation may have been made -> its delta degrees of freedom."""
CELL = ["source", "table", "dataset", "method", "metric"]


def collect_marks(cells: pd.DataFrame, own: str = "DILDL", stds: pd.DataFrame | None = None) -> pd.DataFrame:
    """Gather, for every mark of a paper's tables, advantage and standard deviations as intervals of rounding."""
    keys = ["dataset", "metric"]
    own_rows = cells[cells["method"] == own].set_index(keys)
    marks = cells[cells["marker"].isin(["better", "worse", "none"]) & (cells["method"] != own)].reset_index(drop=True)
    if own_rows.empty or marks.empty:
        raise ValueError(f"There are {len(own_rows)} cells of {own} and {len(marks)} marks; both are needed.")
    mine = own_rows.reindex(pd.MultiIndex.from_frame(marks[keys])).reset_index(drop=True)
    if stds is not None:
        others = stds.set_index([*keys, "method"])[["std", "std_half_unit"]]
        there = others.reindex(pd.MultiIndex.from_frame(marks[[*keys, "method"]])).reset_index(drop=True)
        marks = marks.fillna({name: there[name] for name in there})
    advantage = np.where(marks["metric"].isin(HIGHER_IS_BETTER), 1.0, -1.0) * (mine["mean"] - marks["mean"])
    slack = mine["mean_half_unit"] + marks["mean_half_unit"]
    frame = marks[[*CELL, "marker"]].assign(
        advantage=advantage, advantage_low=advantage - slack, advantage_high=advantage + slack
    )
    for prefix, rows in (("", marks), ("own_", mine)):
        frame[f"{prefix}std_low"] = (rows["std"] - rows["std_half_unit"]).clip(lower=0).fillna(0.0)
        frame[f"{prefix}std_high"] = (rows["std"] + rows["std_half_unit"]).fillna(np.inf)
    return frame


def judge_marks(marks: pd.DataFrame) -> pd.DataFrame:
    """Hold every mark against t-tests (pooled, Welch, paired; either deviation): all p-values lie in between."""
    low, high = _towards_mark(marks)
    none = (marks["marker"] == "none").to_numpy()
    frames = []
    for test, (deviation, ddof) in product(TESTS, DEVIATIONS.items()):
        root = np.sqrt(N - 1 + ddof)
        small, large = _spread(marks, paired=test == "paired")
        least, most = _freedom(marks, test)
        p_low, p_high = _p_value(high, small / root, most), _p_value(low, large / root, least)
        judged = marks[[*CELL, "marker"]].assign(test=test, deviation=deviation, p_low=p_low, p_high=p_high)
        judged["possible"] = np.where(none, p_high >= ALPHA, p_low < ALPHA)
        judged["certain"] = np.where(none, p_low >= ALPHA, p_high < ALPHA)
        frames.append(judged)
    return pd.concat(frames, ignore_index=True)


def summarise_marks(tests: pd.DataFrame) -> pd.DataFrame:
    """Count the marks that each candidate gives: test, deviation, marks, certain, possible, impossible."""
    groups = tests.groupby(["test", "deviation"], sort=False)
    counts = groups.agg(marks=("marker", "size"), certain=("certain", "sum"), possible=("possible", "sum"))
    return counts.assign(impossible=counts["marks"] - counts["possible"]).reset_index()


def find_mark_tests(summary: pd.DataFrame) -> pd.DataFrame:
    """Return the candidates that give most marks whatever the rounding, and, of these, rule out fewest."""
    best = summary[summary["certain"] == summary["certain"].max()]
    return best[best["impossible"] == best["impossible"].min()].reset_index(drop=True)


def describe_tests(found: pd.DataFrame) -> str:
    """Name the candidates that give most marks."""
    parts = [
        f"{' or '.join(rows['test'])} t-test with {deviation} standard deviations"
        for deviation, rows in found.groupby("deviation", sort=False)
    ]
    return f"the two-tailed {' or '.join(parts)} ({found['certain'].max()} of {found['marks'].max()} marks)"


def paired_correlations(marks: pd.DataFrame, deviation: str = "population") -> pd.DataFrame:
    """Bound the correlation of the two methods' fold values with which a paired t-test gives each mark.

    With standard deviations a, b and correlation r the differences have the variance a^2 + b^2 - 2 r a b. The mark
    tells on which side of D^2 it lies, D = advantage sqrt(k) / t(1 - alpha/2; n - 1), with k = n - 1 (population) or
    n. An empty interval (low above high) means that no paired test gives the mark, under any rounding.
    """
    low, high = _towards_mark(marks)
    scale = np.sqrt(N - 1 + DEVIATIONS[deviation]) / stats.t.ppf(1 - ALPHA / 2, N - 1)
    none = (marks["marker"] == "none").to_numpy()
    D = scale * np.where(none, low, high)
    a, b = _interval(marks, "std"), _interval(marks, "own_std")
    corners = [_correlation(x, y, D) for x in a for y in b]
    inner = [_correlation(x[0], _inside(x[0], D, y), D) for x, y in ((a, b), (b, a))]
    least = np.fmin.reduce([*corners, *inner])
    frame = marks[[*CELL, "marker"]].copy()
    frame["correlation_low"] = np.where(none, -1.0, np.maximum(least, -1.0))
    frame["correlation_high"] = np.where(none, np.minimum(np.fmax.reduce(corners), 1.0), 1.0)
    impossible = ~none & (high <= 0)
    frame.loc[impossible, "correlation_low"] = np.inf
    return frame


def _interval(marks: pd.DataFrame, name: str) -> tuple[Array, Array]:
    return marks[f"{name}_low"].to_numpy(dtype=float), marks[f"{name}_high"].to_numpy(dtype=float)


def _towards_mark(marks: pd.DataFrame) -> tuple[Array, Array]:
    """Bounds of the difference in the mark's direction (at least 0); of its size where there is no mark."""
    low, high = _interval(marks, "advantage")
    worse, none = ((marks["marker"] == name).to_numpy() for name in ("worse", "none"))
    low, high = np.where(worse, -high, low), np.where(worse, -low, high)
    size_low, size_high = np.maximum(0.0, np.maximum(low, -high)), np.maximum(np.abs(low), np.abs(high))
    return np.where(none, size_low, np.maximum(low, 0.0)), np.where(none, size_high, np.maximum(high, 0.0))


def _spread(marks: pd.DataFrame, paired: bool) -> tuple[Array, Array]:
    """Bounds of sqrt(a^2 + b^2), or of the standard deviation of differences under every correlation."""
    (a, A), (b, B) = _interval(marks, "std"), _interval(marks, "own_std")
    if not paired:
        return np.hypot(a, b), np.hypot(A, B)
    return np.maximum(0.0, np.maximum(a - B, b - A)), A + B


def _freedom(marks: pd.DataFrame, test: str) -> tuple[Array, Array]:
    """Bounds of the degrees of freedom; Welch's are (n - 1)(1 + r^2)^2 / (1 + r^4), most for r = b/a = 1."""
    if test != "Welch":
        freedom = np.full(len(marks), float(N - 1 if test == "paired" else 2 * (N - 1)))
        return freedom, freedom
    (a, A), (b, B) = _interval(marks, "std"), _interval(marks, "own_std")
    with np.errstate(divide="ignore", invalid="ignore"):
        ratios = np.stack([np.nan_to_num(b / A), np.nan_to_num(B / a, nan=np.inf)])
        q = np.minimum(ratios, 1 / ratios) ** 2  # r and 1/r give the same
    values = (N - 1) * (1 + q) ** 2 / (1 + q**2)
    around_one = (ratios[0] <= 1) & (ratios[1] >= 1)
    return values.min(axis=0), np.where(around_one, 2.0 * (N - 1), values.max(axis=0))


def _p_value(difference: Array, error: Array, freedom: Array) -> Array:
    with np.errstate(divide="ignore", invalid="ignore"):
        t = np.where(difference == 0, 0.0, difference / error)
    return np.asarray(2 * stats.t.sf(t, freedom))


def _correlation(a: Array, b: Array, D: Array) -> Array:
    with np.errstate(divide="ignore", invalid="ignore"):
        value = np.where(np.isinf(a) | np.isinf(b), np.inf, (a**2 + b**2 - D**2) / (2 * a * b))
    return np.asarray(value)


def _inside(a: Array, D: Array, interval: tuple[Array, Array]) -> Array:
    """The b at which the correlation is least for this a, NaN where it lies outside the interval."""
    b = np.sqrt(np.maximum(a**2 - D**2, 0.0))
    return np.where((b > 0) & (interval[0] <= b) & (b <= interval[1]), b, np.nan)
