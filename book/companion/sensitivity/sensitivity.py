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
"""The paper's choice of each parameter."""
GROUP = ["dataset", "feature_set", "reading"]
KEYS = [*GROUP, "parameter", "setting"]
Settings = Mapping[float, NDArray[np.float64]]
"""Setting -> values, shape (n_seeds, n_folds)."""


def sensitivity_curves(results: pd.DataFrame, metric: str = "chebyshev") -> pd.DataFrame:
    """Mean and uncertainty at every setting of every parameter.

    Parameters
    ----------
    results : DataFrame
        Tidy results of the experiment "sensitivity".
    metric : str

    Returns
    -------
    DataFrame
        One row a setting: dataset, feature_set, reading, parameter, setting; metric; mean; std (population, over folds,
        seeds averaged); seed_std (population, over seeds; NaN with one); lower, upper (95 % interval of the mean over
        folds, with the corrected variance of `ildl.compare.corrected.half_width`); n_folds, n_seeds; paper (whether
        it is the paper's choice).

    Raises
    ------
    ValueError
        As `sensitivity_values`.
    """
    rows = []
    for (*group, parameter), settings in sensitivity_values(results, metric).items():
        for setting, values in settings.items():
            by_fold, by_seed = values.mean(axis=0), values.mean(axis=1)
            half = float(half_width(by_fold))
            rows.append(
                {
                    **dict(zip(GROUP, group, strict=True)),
                    "parameter": parameter,
                    "setting": setting,
                    "metric": metric,
                    "mean": by_fold.mean(),
                    "std": by_fold.std(),
                    "seed_std": by_seed.std() if len(by_seed) > 1 else np.nan,
                    "lower": by_fold.mean() - half,
                    "upper": by_fold.mean() + half,
                    "n_folds": len(by_fold),
                    "n_seeds": len(by_seed),
                    "paper": setting == PAPER[parameter],
                }
            )
    return pd.DataFrame(rows)


def sensitivity_facts(results: pd.DataFrame, metric: str = "chebyshev") -> pd.DataFrame:
    """How much each parameter matters, where it is best, and whether the paper's choice is.

    Parameters
    ----------
    results : DataFrame
        Tidy results of the experiment "sensitivity".
    metric : str

    Returns
    -------
    DataFrame
        One row a data set, reading and parameter: dataset, feature_set, reading, parameter; n_settings;
        best, best_mean, worst, worst_mean; best_of_seeds (the best setting of each seed, as text); range (of the mean
        over the grid), noise (half the 95 % interval of the difference between worst and best, corrected variance),
        ratio (range / noise); spread (standard deviation over the settings, fold by fold, then averaged); friedman,
        p_friedman (over settings, folds as blocks; NaN below three settings or without differences); paper, paper_mean,
        rank (of the paper's choice; 1 is best, ties share the better rank), paper_best; loss (how much worse it is than
        the best); p_paired, p_corrected, p_holm (the paper's choice against the best; the last adjusted for all other
        settings, among which the best was found; NaN where it is the best); within_noise (it is the best, or p_holm >=
        0.05, or the seeds differ in sign); n_folds, n_seeds.

    Raises
    ------
    ValueError
        As `sensitivity_values`; or a grid without the paper's choice.
    """
    rows = []
    for (*group, parameter), settings in sensitivity_values(results, metric).items():
        names = {**dict(zip(GROUP, group, strict=True)), "parameter": parameter}
        if PAPER[parameter] not in settings:
            raise ValueError(f"{' '.join(map(str, names.values()))}: the grid lacks the paper's {PAPER[parameter]}.")
        rows.append(names | _facts(settings, PAPER[parameter], metric))
    return pd.DataFrame(rows)


def compare_sensitivity(results: pd.DataFrame, metric: str = "chebyshev", parameter: str = "alpha") -> pd.DataFrame:
    """Hold the sensitivity of one parameter against that of each other.

    What is compared is the standard deviation over the settings, fold by fold (seeds averaged). The grids differ: alpha
    moves between 0.1 and 0.9, the others over two decades, so that "more sensitive" means: over the grid of the figure.

    Parameters
    ----------
    results : DataFrame
        Tidy results of the experiment "sensitivity".
    metric : str
    parameter : str

    Returns
    -------
    DataFrame
        One row a data set, reading and other parameter: dataset, feature_set, reading, parameter, other; difference (of
        spreads, positive where `parameter` is the more sensitive); p_corrected, p_holm (adjusted for the others of this
        data set and reading); finding ("more", "less", "undecided": by p_holm < 0.05).

    Raises
    ------
    ValueError
        As `sensitivity_values`; or no such parameter.
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
                    "other": name,
                    "difference": mean,
                    "p_corrected": raw,
                    "p_holm": adjusted,
                    "finding": "undecided" if not adjusted < LEVEL else "more" if mean > 0 else "less",
                }
            )
    return pd.DataFrame(rows)


def sensitivity_values(results: pd.DataFrame, metric: str) -> dict[tuple[str, ...], Settings]:
    """Values of every curve.

    Parameters
    ----------
    results : DataFrame
        Tidy results with the columns reading, parameter and setting.
    metric : str

    Returns
    -------
    dict
        (dataset, feature_set, reading, parameter) -> setting, ascending -> values, shape (n_seeds, n_folds). Data sets
        and readings in the order of appearance, parameters in that of Eq. (17).

    Raises
    ------
    ValueError
        A missing column or metric, an unknown parameter, or as `ildl.compare.contrasts.values_by_setting`.
    """
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
    within = tests is None or not (adjusted[best] < LEVEL and tests["same_sign_over_seeds"])
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
        "paper_best": best == paper,
        "loss": costs[paper] - costs[best],
        "p_paired": tests["p_paired"] if tests else np.nan,
        "p_corrected": tests["p_corrected"] if tests else np.nan,
        "p_holm": adjusted[best] if tests else np.nan,
        "within_noise": bool(within),
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
