"""Fig. 3: how DILDL depends on the weights of its objective, and what the tests say of the paper's choice."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ildl.compare.contrasts import contrast, values_by_setting
from ildl.compare.corrected import LEVEL, corrected_test, half_width
from ildl.compare.frames import rows_of
from ildl.compare.significance import holm
from ildl.compare.statistics import HIGHER_IS_BETTER

PAPER = {"alpha": 0.6, "beta": 0.1, "gamma": 0.1, "lam": 0.1}
"""The paper's choice of each weight."""
SYMBOLS = {"alpha": "α", "beta": "β", "gamma": "γ", "lam": "λ"}
CLAIMS = {
    "alpha": "α is more sensitive than the other three",
    **{f"{name} best": f"{SYMBOLS[name]} = {setting:g} is best" for name, setting in PAPER.items()},
}
"""Key -> the claim, for one data set. The paper says "in most cases" of α = 0.6, and "better performances" of 0.1."""
BEST, WITHIN, BEATEN = "best", "within the noise", "beaten"
"""What tests say of the paper's choice: nothing is better, or not beyond the noise, or something is."""
MORE, LESS, UNDECIDED = "more", "less", "undecided"
"""What tests say of one weight's sensitivity against another's."""
GROUP = ["dataset", "feature_set", "reading"]
KEYS = [*GROUP, "parameter", "setting"]
Settings = Mapping[float, NDArray[np.float64]]
"""Setting -> values, shape (n_seeds, n_folds)."""


def sensitivity_values(results: pd.DataFrame, metric: str) -> dict[tuple[str, ...], Settings]:
    """Values of every curve, by (data set, feature set, reading, weight), settings ascending."""
    absent = [name for name in ("reading", "parameter", "setting", "metric") if name not in results.columns]
    if absent:
        raise ValueError(f"The results lack the column(s) {', '.join(absent)}; load the experiment `sensitivity`.")
    unknown = set(results["parameter"]) - set(PAPER)
    if unknown:
        raise ValueError(f"Unknown parameter(s) {', '.join(sorted(unknown))}; known: {', '.join(PAPER)}.")
    curves: dict[tuple[str, ...], dict[float, NDArray[np.float64]]] = {}
    for _, rows in rows_of(results, "metric", metric).groupby("reading", sort=False):  # each may have its own seeds
        for (*curve, setting), matrix in values_by_setting(rows, KEYS).items():
            curves.setdefault(tuple(curve), {})[float(setting)] = matrix
    datasets, _, readings, _ = (list(dict.fromkeys(names)) for names in zip(*curves, strict=True))
    ordered = sorted(curves, key=lambda c: (datasets.index(c[0]), readings.index(c[2]), list(PAPER).index(c[3])))
    return {curve: dict(sorted(curves[curve].items())) for curve in ordered}


def equal_degrees(comparison: pd.DataFrame, metric: str) -> pd.Series:
    """What equal degrees score, by data set."""
    return comparison.query("method == 'Uniform' and metric == @metric").groupby("dataset")["value"].mean()


def sensitivity_curves(results: pd.DataFrame, metric: str = "chebyshev") -> pd.DataFrame:
    """Each setting's mean over folds and seeds, lower, upper (95 % interval over folds), by `KEYS` and metric."""
    rows = []
    for curve, settings in sensitivity_values(results, metric).items():
        for setting, values in settings.items():
            mean, half = values.mean(), float(half_width(values.mean(axis=0)))
            rows.append((*curve, setting, metric, mean, mean - half, mean + half))
    return pd.DataFrame(rows, columns=[*KEYS, "metric", "mean", "lower", "upper"])


def sensitivity_facts(results: pd.DataFrame, metric: str = "chebyshev") -> pd.DataFrame:
    """How far each weight moves the mean (range, noise), and the paper's choice against the best (p_holm, finding)."""
    rows = []
    for curve, settings in sensitivity_values(results, metric).items():
        names, paper = dict(zip(KEYS, curve, strict=False)) | {"metric": metric}, PAPER[curve[-1]]
        if paper not in settings:
            raise ValueError(f"{' '.join(names.values())}: the grid lacks the paper's {paper}.")
        rows.append(names | _facts(settings, paper, metric))
    return pd.DataFrame(rows)


def _facts(settings: Settings, paper: float, metric: str) -> dict[str, object]:
    means = {setting: float(values.mean()) for setting, values in settings.items()}
    costs = {setting: mean * (-1 if metric in HIGHER_IS_BETTER else 1) for setting, mean in means.items()}
    best = min(costs, key=lambda setting: (costs[setting], setting != paper))  # among equals, the paper's choice
    worst = max(costs, key=lambda setting: costs[setting])
    against = {s: contrast(settings[paper] - values, metric) for s, values in settings.items() if s != paper}
    adjusted = dict(zip(against, holm([found["p_corrected"] for found in against.values()]), strict=True))
    beaten = best != paper and adjusted[best] < LEVEL and against[best]["same_sign_over_seeds"]
    chosen = {"best": best, "worst": worst, "paper": paper}
    return {
        "n_settings": len(settings),
        **chosen,
        **{f"{name}_mean": means[setting] for name, setting in chosen.items()},
        "range": abs(means[worst] - means[best]),
        "noise": float(half_width((settings[worst] - settings[best]).mean(axis=0))),
        "rank": 1 + sum(cost < costs[paper] for cost in costs.values()),
        "loss": costs[paper] - costs[best],
        "p_corrected": np.nan if best == paper else against[best]["p_corrected"],
        "p_holm": np.nan if best == paper else adjusted[best],
        "finding": BEST if best == paper else BEATEN if beaten else WITHIN,
        "n_folds": settings[paper].shape[1],
        "n_seeds": settings[paper].shape[0],
    }


def compare_sensitivity(results: pd.DataFrame, metric: str = "chebyshev", parameter: str = "alpha") -> pd.DataFrame:
    """Hold the standard deviation over one weight's grid, fold by fold, against that of each other weight."""
    spreads: dict[tuple[str, ...], dict[str, NDArray[np.float64]]] = {}
    for (*group, name), settings in sensitivity_values(results, metric).items():
        by_fold = np.array([values.mean(axis=0) for values in settings.values()])
        spread = by_fold.std(axis=0, ddof=1) if len(by_fold) > 1 else np.zeros(by_fold.shape[1])
        spreads.setdefault(tuple(group), {})[name] = spread
    frames = []
    for names, of_group in spreads.items():
        if parameter not in of_group:
            raise ValueError(f"{' '.join(names)}: no setting of {parameter}; there are {', '.join(of_group)}.")
        gaps = {name: of_group[parameter] - spread for name, spread in of_group.items() if name != parameter}
        rows = [(*names, parameter, metric, name, float(gap.mean())) for name, gap in gaps.items()]
        frame = pd.DataFrame(rows, columns=[*GROUP, "parameter", "metric", "other", "difference"])
        frame["p_corrected"] = [float(corrected_test(gap)) for gap in gaps.values()]
        frame["p_holm"] = holm(frame["p_corrected"])
        told = [~(frame["p_holm"] < LEVEL), frame["difference"] > 0]
        frames.append(frame.assign(finding=np.select(told, [UNDECIDED, MORE], LESS)))
    return pd.concat(frames, ignore_index=True)
