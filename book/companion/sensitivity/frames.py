"""Fig. 3: how DILDL depends on the weights of its objective, and what the tests say of the paper's choice."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

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


def sensitivity_curves(results: pd.DataFrame, metric: str = "chebyshev") -> pd.DataFrame:
    """Mean and uncertainty at every setting of every weight.

    Columns: dataset, feature_set, reading, parameter, setting, metric; mean (over folds and seeds); lower, upper (95 %
    interval of the mean over folds, with the variance of the corrected test).
    """
    rows = []
    for (*group, parameter), settings in sensitivity_values(results, metric).items():
        for setting, values in settings.items():
            by_fold = values.mean(axis=0)
            mean, half = by_fold.mean(), float(half_width(by_fold))
            names = {**dict(zip(GROUP, group, strict=True)), "parameter": parameter, "setting": setting}
            rows.append(names | {"metric": metric, "mean": mean, "lower": mean - half, "upper": mean + half})
    return pd.DataFrame(rows)


def sensitivity_facts(results: pd.DataFrame, metric: str = "chebyshev") -> pd.DataFrame:
    """How much each weight matters, where it is best, and whether the paper's choice is.

    Columns: dataset, feature_set, reading, parameter, metric; n_settings; best, best_mean, worst, worst_mean;
    best_of_seeds (text); range (of the mean over the grid), noise (half the 95 % interval of the difference between
    worst and best), ratio; spread (standard deviation over the settings, fold by fold, averaged); friedman, p_friedman
    (settings alike, folds as blocks); paper, paper_mean, rank (of the paper's choice), loss (how much worse it is than
    the best); p_paired, p_corrected, p_holm (the paper's choice against the best, the last adjusted for all other
    settings; NaN where it is the best); finding (`BEST`, `WITHIN`, `BEATEN`); n_folds, n_seeds.
    """
    rows = []
    for (*group, parameter), settings in sensitivity_values(results, metric).items():
        names = {**dict(zip(GROUP, group, strict=True)), "parameter": parameter, "metric": metric}
        if PAPER[parameter] not in settings:
            raise ValueError(f"{' '.join(map(str, names.values()))}: the grid lacks the paper's {PAPER[parameter]}.")
        rows.append(names | _facts(settings, PAPER[parameter], metric))
    return pd.DataFrame(rows)


def compare_sensitivity(results: pd.DataFrame, metric: str = "chebyshev", parameter: str = "alpha") -> pd.DataFrame:
    """Hold the spread of one weight over its grid, fold by fold, against that of each other.

    Columns: dataset, feature_set, reading, parameter, metric, other; difference (of spreads, positive where `parameter`
    is the more sensitive); p_corrected, p_holm (adjusted for the others of this data set and reading); finding
    (`MORE`, `LESS`, `UNDECIDED`).
    """
    spreads: dict[tuple[str, ...], dict[str, NDArray[np.float64]]] = {}
    for (*group, name), settings in sensitivity_values(results, metric).items():
        spreads.setdefault(tuple(group), {})[name] = _spreads(settings)
    rows = []
    for names, of_group in spreads.items():
        if parameter not in of_group:
            raise ValueError(f"{' '.join(names)}: no setting of {parameter}; there are {', '.join(of_group)}.")
        differences = {name: of_group[parameter] - spread for name, spread in of_group.items() if name != parameter}
        p = np.array([float(corrected_test(difference)) for difference in differences.values()])
        for (name, difference), raw, adjusted in zip(differences.items(), p, holm(p), strict=True):
            mean = float(difference.mean())
            rows.append(
                {
                    **dict(zip(GROUP, names, strict=True)),
                    "parameter": parameter,
                    "metric": metric,
                    "other": name,
                    "difference": mean,
                    "p_corrected": raw,
                    "p_holm": adjusted,
                    "finding": UNDECIDED if not adjusted < LEVEL else MORE if mean > 0 else LESS,
                }
            )
    return pd.DataFrame(rows)


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


def _facts(settings: Settings, paper: float, metric: str) -> dict[str, object]:
    sign = -1 if metric in HIGHER_IS_BETTER else 1
    means = {setting: float(values.mean()) for setting, values in settings.items()}
    costs = {setting: sign * mean for setting, mean in means.items()}
    # Among equals the paper's choice is the best.
    best = min(costs, key=lambda setting: (costs[setting], setting != paper))
    worst = max(costs, key=lambda setting: costs[setting])
    by_fold = np.array([values.mean(axis=0) for values in settings.values()])
    grid = np.array(list(settings))
    of_seeds = [grid[np.argmin(seed)] for seed in sign * np.array([v.mean(axis=1) for v in settings.values()]).T]
    span = abs(means[worst] - means[best])
    noise = float(half_width(by_fold[list(settings).index(worst)] - by_fold[list(settings).index(best)]))
    friedman = _friedman(by_fold)
    against = {s: contrast(settings[paper] - values, metric) for s, values in settings.items() if s != paper}
    adjusted = dict(zip(against, holm([found["p_corrected"] for found in against.values()]), strict=True))
    tests = against.get(best)
    beaten = tests is not None and adjusted[best] < LEVEL and tests["same_sign_over_seeds"]
    return {
        "n_settings": len(settings),
        "best": best,
        "best_mean": means[best],
        "worst": worst,
        "worst_mean": means[worst],
        "best_of_seeds": ", ".join(f"{setting:g}" for setting in of_seeds),
        "range": span,
        "noise": noise,
        "ratio": span / noise if noise > 0 else np.nan,
        "spread": float(_spreads(settings).mean()),
        "friedman": friedman[0],
        "p_friedman": friedman[1],
        "paper": paper,
        "paper_mean": means[paper],
        "rank": 1 + sum(cost < costs[paper] for cost in costs.values()),
        "loss": costs[paper] - costs[best],
        "p_paired": tests["p_paired"] if tests else np.nan,
        "p_corrected": tests["p_corrected"] if tests else np.nan,
        "p_holm": adjusted[best] if tests else np.nan,
        "finding": BEST if tests is None else BEATEN if beaten else WITHIN,
        "n_folds": by_fold.shape[1],
        "n_seeds": len(of_seeds),
    }


def _spreads(settings: Settings) -> NDArray[np.float64]:
    """Standard deviation over the settings, fold by fold."""
    by_fold = np.array([values.mean(axis=0) for values in settings.values()])
    return by_fold.std(axis=0, ddof=1) if len(by_fold) > 1 else np.zeros(by_fold.shape[1])


def _friedman(by_fold: NDArray[np.float64]) -> tuple[float, float]:
    if len(by_fold) < 3 or not np.ptp(by_fold, axis=0).any():
        return np.nan, np.nan
    found = stats.friedmanchisquare(*by_fold)
    return float(found.statistic), float(found.pvalue)
