"""Tests between methods: of the type that papers mark tables by, paired, and corrected for shared training rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from ildl.checks import InputError
from ildl.compare.corrected import LEVEL, ROUNDING, corrected_test, half_width, paired_test, test_shares
from ildl.compare.frames import meaning
from ildl.compare.statistics import BETTER, HIGHER_IS_BETTER, WORSE, check_results

TESTS = ("published_test", "paired", "corrected")
NONE = "none"


def published_test(
    mean: ArrayLike,
    std: ArrayLike,
    n: ArrayLike,
    other_mean: ArrayLike,
    other_std: ArrayLike,
    other_n: ArrayLike,
    *,
    equal_variance: bool = True,
    ddof: int = 1,
) -> NDArray[np.float64]:
    """Two-tailed t-test from means and standard deviations, as if the two rows of a table were independent.

    Papers mark their tables so, DILDL's among them, and rarely say which variant they took.

    Parameters
    ----------
    mean, std, n, other_mean, other_std, other_n : array-like
        Mean, standard deviation and number of values of the two sides; broadcast against each other.
    equal_variance : bool
        Pooled variance (Student), or not (Welch).
    ddof : {0, 1}
        What the standard deviations are: 1 sample, 0 population ones.

    Returns
    -------
    ndarray, float64
        p-values; NaN where neither side has a spread, or a number is missing.

    Raises
    ------
    InputError
        A side has fewer than two values, or a standard deviation is negative.
    """
    arrays = np.broadcast_arrays(*(np.asarray(x, float) for x in (mean, std, n, other_mean, other_std, other_n)))
    mean, std, n, other_mean, other_std, other_n = arrays
    if (n < 2).any() or (other_n < 2).any():
        raise InputError("A t-test needs at least two values on each side.")
    if (std < 0).any() or (other_std < 0).any():
        raise InputError("A standard deviation is negative.")
    if ddof == 0:
        std, other_std = std * np.sqrt(n / (n - 1)), other_std * np.sqrt(other_n / (other_n - 1))
    spread = np.maximum(std, other_std) > ROUNDING * np.maximum(np.abs(mean), np.abs(other_mean))
    with np.errstate(divide="ignore", invalid="ignore"):
        found = stats.ttest_ind_from_stats(mean, std, n, other_mean, other_std, other_n, equal_variance)
    return np.where(spread, found.pvalue, np.nan)


def holm(p: ArrayLike) -> NDArray[np.float64]:
    """Holm's step-down adjustment of a family of p-values.

    Source: Holm, "A simple sequentially rejective multiple test procedure", Scandinavian Journal of Statistics 6, 1979.

    Parameters
    ----------
    p : array-like, shape (m,)
        NaN stays NaN and does not count.

    Returns
    -------
    ndarray, shape (m,)
    """
    values = np.array(p, dtype=np.float64)
    order = np.argsort(values)[: np.isfinite(values).sum()]
    steps = values[order] * np.arange(len(order), 0, -1)
    values[order] = np.minimum(np.maximum.accumulate(steps), 1.0)
    return values


def compare(
    results: pd.DataFrame,
    reference_method: str = "DILDL",
    reference_params: str = "{}",
    equal_variance: bool = True,
) -> pd.DataFrame:
    """Hold one method, in one reading, against every other row, data set by data set and metric by metric.

    Fold values are averaged over seeds before they are tested; a method with one seed (a deterministic one) is held
    against each seed of the other.

    Parameters
    ----------
    results : DataFrame
        As for `ildl.compare.statistics.summarise`; n_splits, n_train and n_test are used where they are there (see
        `test_shares`).
    reference_method, reference_params : str
        Which row; its params as JSON, in any spelling. Metrics that it lacks on a data set are left out.
    equal_variance : bool
        For `published_test`.

    Returns
    -------
    DataFrame
        One row a data set, metric and other row: dataset, feature_set, method, params, metric; difference (reference -
        other) of means, and low, high, its 95 % interval by the corrected test (equal to it where nothing has a
        spread); p_published_test, p_paired, p_corrected (NA where nothing has a spread), p_holm (p_corrected adjusted
        for the other rows of this data set and metric), p_trained (as p_corrected, under trained_share); df of the
        paired and corrected tests, test_share and trained_share, see `test_shares`; seed_std, the population standard
        deviation of the difference over seeds (NA with one seed); same_sign_over_seeds; n_folds, n_seeds; and
        mark_published_test, mark_paired, mark_corrected, mark_holm, mark_trained: "better" or "worse" (the
        reference) where p < 0.05 and the difference has the same sign for every seed, else "none".

    Raises
    ------
    InputError
        As `ildl.compare.statistics.summarise`, a data set without the reference row, or two rows whose seeds cannot be
        paired.
    """
    results = check_results(results)
    same = (text for text in results["params"].unique() if meaning(text) == meaning(reference_params))
    reference = (reference_method, next(same, reference_params))
    of_reference = results[(results["method"] == reference[0]) & (results["params"] == reference[1])]
    for dataset in results["dataset"].unique():
        if dataset not in set(of_reference["dataset"]):
            raise InputError(f"{' '.join(reference)} was not run on {dataset}; nothing to compare with.")
    there = set(zip(of_reference["dataset"], of_reference["metric"], strict=True))
    groups = results.groupby(["dataset", "feature_set", "metric"], sort=False)
    rows = [
        {"dataset": dataset, "feature_set": feature_set, "metric": metric, **row}
        for (dataset, feature_set, metric), cells in groups
        if (dataset, metric) in there
        for row in _against(cells, reference, equal_variance)
    ]
    if not rows:
        raise InputError(f"The results hold no row besides {reference_method} {reference_params}.")
    frame = pd.DataFrame(rows)
    frame["p_holm"] = frame.groupby(["dataset", "metric"], sort=False)["p_corrected"].transform(lambda p: holm(p))
    higher = frame["metric"].isin(HIGHER_IS_BETTER)
    reference_better = np.where(higher, frame["difference"] > 0, frame["difference"] < 0)
    for test in (*TESTS, "holm", "trained"):
        # A comparison with NaN is False: no spread, no mark.
        found = (frame[f"p_{test}"] < LEVEL) & frame["same_sign_over_seeds"]
        frame[f"mark_{test}"] = np.where(found, np.where(reference_better, BETTER, WORSE), NONE)
    columns = ["seed_std", *(f"p_{test}" for test in (*TESTS, "holm", "trained")), "trained_share"]
    frame[columns] = frame[columns].astype("Float64")
    front = ["dataset", "feature_set", "method", "params", "metric", "difference", "low", "high"]
    return frame[[*front, *columns[1:], *[c for c in frame.columns if c not in (*front, *columns[1:])]]]


def _against(cells: pd.DataFrame, reference: tuple[str, str], equal_variance: bool) -> Iterator[dict[str, object]]:
    values = cells.pivot(index=["method", "params", "seed"], columns="fold", values="value")
    matrix = values.to_numpy()
    runs: dict[tuple[str, str], dict[int, NDArray[np.float64]]] = {}
    for at, (method, params, seed) in enumerate(values.index):
        runs.setdefault((method, params), {})[seed] = matrix[at]
    runs = {run: _by_seed(known) for run, known in runs.items()}
    mine = runs.pop(reference)
    if not runs:
        return
    geometry, trained = test_shares(cells)
    differences = [_paired(mine, other, f"{' '.join(reference)} and {' '.join(run)}") for run, other in runs.items()]
    by_fold, k = np.array([run.mean(axis=0) for run in differences]), values.shape[1]
    of_mine, of_other = (
        np.array([np.array([*side.values()]).mean(axis=0) for side in sides]) for sides in ([mine], runs.values())
    )
    sides = [numbers for side in (of_mine, of_other) for numbers in (side.mean(axis=-1), side.std(axis=-1, ddof=1), k)]
    means, halves = by_fold.mean(axis=-1), half_width(by_fold, geometry)
    tests = {
        "p_published_test": published_test(*sides, equal_variance=equal_variance),
        "p_paired": paired_test(by_fold),
        "p_corrected": corrected_test(by_fold, geometry),
        "p_trained": np.full(len(runs), np.nan) if np.isnan(trained) else corrected_test(by_fold, trained),
    }
    for at, (method, params) in enumerate(runs):
        mean, half, by_seed = float(means[at]), float(halves[at]), differences[at].mean(axis=1)
        yield {
            "method": method,
            "params": params,
            "difference": mean,
            "low": mean - half,
            "high": mean + half,
            **{name: float(p[at]) for name, p in tests.items()},
            "df": k - 1,
            "test_share": geometry,
            "trained_share": trained,
            "seed_std": float(by_seed.std()) if len(by_seed) > 1 else np.nan,
            "same_sign_over_seeds": bool(len(np.unique(np.sign(by_seed))) == 1),
            "n_folds": k,
            "n_seeds": len(by_seed),
        }


def _by_seed(known: dict[int, NDArray[np.float64]]) -> dict[int, NDArray[np.float64]]:
    """Values by seed; the first alone where all are the same: a row without randomness may be stored under several."""
    (seed, first), *others = known.items()
    return {seed: first} if all(np.array_equal(first, other) for _, other in others) else known


def _paired(
    mine: Mapping[int, NDArray[np.float64]], other: Mapping[int, NDArray[np.float64]], names: str
) -> NDArray[np.float64]:
    """Differences, shape (seeds, folds), of values over folds by seed; one seed is held against all."""
    if len(mine) > 1 and len(other) > 1 and [*mine] != [*other]:
        seeds = " and ".join(", ".join(map(str, side)) for side in (mine, other))
        raise InputError(f"{names} were run with other seeds ({seeds}); run both with the same ones.")
    return np.array([*mine.values()]) - np.array([*other.values()])
