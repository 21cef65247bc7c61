"""Effect sizes of paired differences over folds."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import optimize, special

from ildl.checks import check_option
from ildl.compare.corrected import ROUNDING, fold_share, test_shares
from ildl.compare.frames import rows_of
from ildl.compare.statistics import HIGHER_IS_BETTER


def effect_sizes(scores: pd.DataFrame, metric: str, labels: Sequence[str], against: Sequence[str]) -> pd.DataFrame:
    """How large the difference between two entrants is, in units of its own spread and as a chance to win.

    Parameters
    ----------
    scores : DataFrame
        Scores by fold: dataset, label, metric, fold, seed, value.
    metric : str
    labels, against : sequence of str
        Every one of `labels` is held against every one of `against`, except against itself.

    Returns
    -------
    DataFrame
        One row a data set and pair: dataset, feature_set, label, against, n_folds; difference, the mean over folds of
        the seed-averaged difference, positive where `label` is better; relative, the same over the mean of `against`;
        d_z, Cohen's d of paired differences, and d_z_low, d_z_high (see `effect_interval`); g_z, after Hedges; and
        superiority, see `superiority`.

    Raises
    ------
    ValueError
        An entrant that is not there, fewer than two folds, or folds that only one of two has.
    """
    rows = rows_of(scores, "metric", metric)
    for dataset in rows["dataset"].unique():
        for label in (*labels, *against):
            check_option(
                label, rows.loc[rows["dataset"] == dataset, "label"].unique(), f"label in the {metric} on {dataset}"
            )
    sign = 1 if metric in HIGHER_IS_BETTER else -1
    table = []
    for (dataset, features), of_dataset in rows.groupby(["dataset", "feature_set"], sort=False):
        geometry, _ = test_shares(of_dataset)
        values = {label: sign * _seeds_by_fold(cell) for label, cell in of_dataset.groupby("label", sort=False)}
        for label in labels:
            for other in against:
                if label != other:
                    cell = {"dataset": dataset, "feature_set": features, "label": label, "against": other}
                    names = f"{label} and {other} on {dataset}"
                    table.append(cell | _effect(values[label], values[other], names, geometry))
    return pd.DataFrame(table)


def paired_d(differences: ArrayLike) -> tuple[float, float]:
    """Cohen's d_z, the mean difference over the standard deviation of the differences, and Hedges' g_z.

    Parameters
    ----------
    differences : array-like, shape (n,)
        At least 2.

    Returns
    -------
    d_z, g_z : float
        g_z = J d_z, with the exact factor J = Γ(m/2) / (sqrt(m/2) Γ((m - 1)/2)), m = n - 1, that removes the bias of
        small samples (Hedges 1981); it is 0 for n = 2, where d_z has no mean. NaN where all differences are equal.

    Raises
    ------
    ValueError
        Fewer than two differences.
    """
    values = np.asarray(differences, dtype=np.float64)
    if values.ndim != 1 or len(values) < 2:
        raise ValueError(f"An effect size needs at least two differences in a row; the shape is {values.shape}.")
    spread = values.std(ddof=1)
    if spread <= ROUNDING * np.abs(values).max():
        return math.nan, math.nan
    d = float(values.mean() / spread)
    m = len(values) - 1
    if m == 1:
        return d, 0.0
    return d, d * math.exp(math.lgamma(m / 2) - math.lgamma((m - 1) / 2)) / math.sqrt(m / 2)


def effect_interval(d_z: float, n: int, test_share: float | None = None, level: float = 0.95) -> tuple[float, float]:
    """Interval for d_z over folds that share training rows.

    The noncentral t interval: t = d_z / sqrt(1/n + test_share), with n - 1 degrees of freedom, is inverted. With a
    share of 0 it is the exact one of independent differences; with n_test / n_train the variance is that of Nadeau
    and Bengio (2003), a correction that makes the interval wider and is itself a rule of thumb.

    Parameters
    ----------
    d_z : float
    n : int
        Differences, at least 2.
    test_share : float, optional
        As for `ildl.compare.corrected.corrected_test`: by default, that of n folds.
    level : float

    Returns
    -------
    low, high : float
        NaN where d_z is.
    """
    if math.isnan(d_z):
        return math.nan, math.nan
    if d_z < 0:
        low, high = effect_interval(-d_z, n, test_share, level)
        return -high, -low
    scale = math.sqrt(1 / n + (fold_share(n) if test_share is None else test_share))
    t = d_z / scale
    reach = 10 + 10 * t

    def bound(probability: float) -> float:
        root = optimize.brentq(lambda ncp: noncentral_t_cdf(t, n - 1, ncp) - probability, -reach, t + reach)
        return scale * float(root)

    return bound((1 + level) / 2), bound((1 - level) / 2)


def noncentral_t_cdf(t: float, freedom: int, ncp: float) -> float:
    """Distribution function of the noncentral t distribution, by quadrature over the normal part.

    P(T <= t) = E[P(chi² >= m ((Z + ncp) / t)²)] for t > 0, m degrees of freedom and standard normal Z. SciPy's function
    is NaN for the large parameters that a handful of folds with nearly equal differences lead to.

    Parameters
    ----------
    t : float
        Not negative.
    freedom : int
    ncp : float

    Returns
    -------
    float
        In [0, 1].
    """
    if t < 1e-9:
        return float(special.ndtr(-ncp))
    z = np.linspace(-8.5, 8.5, 1701)
    weights = np.exp(-(z**2) / 2)
    inside = special.gammaincc(freedom / 2, freedom * (np.maximum(z + ncp, 0) / t) ** 2 / 2)
    return float(inside @ weights / weights.sum())


def superiority(ours: ArrayLike, theirs: ArrayLike) -> float:
    """How often one is better than the other on the same fold, each with a seed of its own; ties count half.

    Parameters
    ----------
    ours, theirs : array-like, shapes (n, s) and (n, s')
        Scores by fold and seed, high is good.

    Returns
    -------
    float
        In [0, 1].
    """
    gap = np.asarray(ours, dtype=np.float64)[:, :, None] - np.asarray(theirs, dtype=np.float64)[:, None, :]
    return float((np.sign(gap) / 2 + 0.5).mean())


def _seeds_by_fold(cell: pd.DataFrame) -> pd.DataFrame:
    return cell.pivot(index="fold", columns="seed", values="value").sort_index()


def _effect(ours: pd.DataFrame, theirs: pd.DataFrame, names: str, test_share: float) -> dict[str, float]:
    if not ours.index.equals(theirs.index) or ours.isna().any(axis=None) or theirs.isna().any(axis=None):
        raise ValueError(f"{names} were not run on the same folds with all their seeds; pairs need both.")
    differences: NDArray[np.float64] = (ours.mean(axis=1) - theirs.mean(axis=1)).to_numpy()
    d_z, g_z = paired_d(differences)
    low, high = effect_interval(d_z, len(differences), test_share)
    return {
        "n_folds": len(differences),
        "difference": float(differences.mean()),
        "relative": float(differences.mean() / abs(theirs.to_numpy().mean())),
        "d_z": d_z,
        "d_z_low": low,
        "d_z_high": high,
        "g_z": g_z,
        "superiority": superiority(ours.to_numpy(), theirs.to_numpy()),
    }
