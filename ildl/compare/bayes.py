"""Bayesian comparison of two methods: on one data set, and over data sets.

After A. Benavoli, G. Corani, J. Demšar and M. Zaffalon, Time for a change: a tutorial for comparing multiple
classifiers through Bayesian analysis, JMLR 18(77):1-36, 2017. Differences are relative: a share of the reference's mean
score on the data set, so that one region of practical equivalence serves data sets of different difficulty.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from ildl.checks import check_option
from ildl.compare.corrected import fold_share, test_shares
from ildl.compare.scores import score_matrix
from ildl.compare.statistics import HIGHER_IS_BETTER

ROPE = 0.01
"""Relative difference below which two methods are called equivalent."""
PROBABILITIES = ["p_better", "p_equivalent", "p_worse"]


@dataclass(frozen=True)
class Posterior:
    """Student's t posterior of a mean difference.

    Parameters
    ----------
    mean, scale : float
        Location, and scale (not standard deviation); a scale of 0 is a point.
    freedom : int
        Degrees of freedom.
    """

    mean: float
    scale: float
    freedom: int

    def probabilities(self, rope: float = 0.0) -> tuple[float, float, float]:
        """Probabilities of a difference above rope, within -rope ... rope, and below -rope.

        Parameters
        ----------
        rope : float
            Half width, at least 0.

        Returns
        -------
        p_better, p_equivalent, p_worse : float
            They sum to 1. Without a rope, p_equivalent is 0, unless the posterior is a point at 0.

        Raises
        ------
        ValueError
            A negative rope.
        """
        if not rope >= 0:
            raise ValueError(f"The rope's half width must not be negative; it is {rope}.")
        if self.scale == 0:
            better, worse = float(self.mean > rope), float(self.mean < -rope)
        else:
            better = float(stats.t.sf(rope, self.freedom, self.mean, self.scale))
            worse = float(stats.t.cdf(-rope, self.freedom, self.mean, self.scale))
        return better, max(0.0, 1.0 - better - worse), worse

    def interval(self, level: float = 0.95) -> tuple[float, float]:
        """Central credible interval.

        Parameters
        ----------
        level : float

        Returns
        -------
        low, high : float
        """
        half = float(stats.t.ppf((1 + level) / 2, self.freedom)) * self.scale
        return self.mean - half, self.mean + half


def correlated_t(differences: ArrayLike, test_share: float | None = None) -> Posterior:
    """Posterior of the mean difference over folds whose scores are correlated.

    With a flat prior on the mean and on the logarithm of the variance, the posterior is Student's t with n - 1 degrees
    of freedom around the mean and with squared scale s² (1/n + test_share), s² the sample variance (Corani and Benavoli
    2015, whose correlation rho of two folds gives test_share = rho / (1 - rho)), as in the corrected test of Nadeau and
    Bengio.

    Parameters
    ----------
    differences : array-like, shape (n,)
        At least 2.
    test_share : float, optional
        As for `ildl.compare.corrected.corrected_test`: by default, the folds are taken for all of the partition.

    Returns
    -------
    Posterior

    Raises
    ------
    ValueError
        Fewer than two differences, or a negative share.
    """
    values = np.asarray(differences, dtype=np.float64)
    if values.ndim != 1 or len(values) < 2:
        raise ValueError(f"The test needs at least two differences in a row; the shape is {values.shape}.")
    share = fold_share(len(values)) if test_share is None else test_share
    if share < 0:
        raise ValueError(f"Test rows over training rows cannot be {share}.")
    variance = values.var(ddof=1) * (1 / len(values) + share)
    return Posterior(float(values.mean()), math.sqrt(variance), len(values) - 1)


def relative_differences(scores: pd.DataFrame, metric: str, label: str, against: str) -> pd.DataFrame:
    """Differences fold by fold over the mean score of the reference on the data set, positive where `label` is better.

    Parameters
    ----------
    scores : DataFrame
        As for `ildl.compare.scores.score_matrix`.
    metric, label, against : str

    Returns
    -------
    DataFrame
        Columns dataset, fold, difference; seeds are averaged first.

    Raises
    ------
    ValueError
        A name that is not known or not there (named, with what is).
    """
    _check_labels(scores, [label, against])
    matrix = score_matrix(scores[scores["label"].isin([label, against])], metric, by="fold")[[label, against]]
    sign = 1 if metric in HIGHER_IS_BETTER else -1
    reference = matrix[against].groupby("dataset", sort=False).transform("mean")
    return (sign * (matrix[label] - matrix[against]) / reference).rename("difference").reset_index()


def bayes_table(
    scores: pd.DataFrame, metric: str, labels: Sequence[str], against: str, ropes: Sequence[float] = (ROPE,)
) -> pd.DataFrame:
    """Probabilities that a method is better than, equivalent to, or worse than another, data set by data set.

    Parameters
    ----------
    scores : DataFrame
        As for `ildl.compare.scores.score_matrix`.
    metric : str
    labels : sequence of str
    against : str
    ropes : sequence of float
        Half widths of the region of practical equivalence, relative.

    Returns
    -------
    DataFrame
        One row a data set, label, seed and rope: dataset, label, against, seed ("mean": averaged over seeds first; or,
        where both have several in common, one of them), n_folds, mean, low, high (of the relative difference, 95 %
        credible), rope, p_better, p_equivalent, p_worse.

    Raises
    ------
    ValueError
        A name that is not known or not there (named, with what is).
    """
    _check_labels(scores, [*labels, against])
    table = []
    for label in labels:
        for seed, part in _by_seed(scores[scores["label"].isin([label, against])]):
            differences = relative_differences(part, metric, label, against)
            for dataset, rows in differences.groupby("dataset", sort=False):
                geometry, _ = test_shares(part[part["dataset"] == dataset])
                posterior = correlated_t(rows["difference"], geometry)
                low, high = posterior.interval()
                cell = {"dataset": dataset, "label": label, "against": against, "seed": seed, "n_folds": len(rows)}
                cell |= {"mean": posterior.mean, "low": low, "high": high}
                table += [
                    cell | {"rope": rope} | dict(zip(PROBABILITIES, posterior.probabilities(rope), strict=True))
                    for rope in ropes
                ]
    return pd.DataFrame(table)


def signed_rank_table(
    scores: pd.DataFrame,
    metric: str,
    labels: Sequence[str],
    against: str,
    ropes: Sequence[float] = (ROPE,),
    n_samples: int = 5000,
) -> pd.DataFrame:
    """Bayesian signed-rank test over data sets (Benavoli et al. 2014).

    A Dirichlet process with a pseudo-observation of strength 1/2 at a difference of 0. With few data sets the prior
    weighs much: all three data sets won still leave it one seventh of the weight.

    Parameters
    ----------
    scores : DataFrame
        As for `ildl.compare.scores.score_matrix`.
    metric : str
    labels : sequence of str
    against : str
    ropes : sequence of float
        As for `bayes_table`.
    n_samples : int
        Draws from the posterior; its generator is fixed.

    Returns
    -------
    DataFrame
        One row a label and rope: label, against, n_datasets, rope; p_better, p_equivalent, p_worse: the share of draws
        in which that outcome has most weight; and weight_better, weight_equivalent, weight_worse, their mean weights.

    Raises
    ------
    ValueError
        A name that is not known or not there (named, with what is).
    """
    table = []
    for label in labels:
        differences = relative_differences(scores, metric, label, against)
        means = differences.groupby("dataset", sort=False)["difference"].mean().to_numpy()
        for rope in ropes:
            sample = _signed_rank_sample(means, rope, n_samples)
            winners = np.bincount(sample.argmax(axis=1), minlength=3) / n_samples
            cell = {"label": label, "against": against, "n_datasets": len(means), "rope": rope}
            cell |= dict(zip(PROBABILITIES, map(float, winners), strict=True))
            weights = [name.replace("p_", "weight_") for name in PROBABILITIES]
            table.append(cell | dict(zip(weights, map(float, sample.mean(axis=0)), strict=True)))
    return pd.DataFrame(table)


def _check_labels(scores: pd.DataFrame, labels: Sequence[str]) -> None:
    for label in labels:
        check_option(label, scores["label"].unique(), "label")


def _signed_rank_sample(means: NDArray[np.float64], rope: float, n_samples: int) -> NDArray[np.float64]:
    """Weights of better, equivalent and worse, shape (n_samples, 3); half a pair that lies on the border counts."""
    values = np.concatenate([[0.0], means])
    sums = values[:, None] + values[None, :]
    weights = np.random.RandomState(0).dirichlet([0.5, *np.ones(len(means))], n_samples)
    better, worse = (
        np.einsum("si,ij,sj->s", weights, (side > 2 * rope) + (side == 2 * rope) / 2, weights) for side in (sums, -sums)
    )
    return np.stack([better, 1 - better - worse, worse], axis=1)


def _by_seed(scores: pd.DataFrame) -> list[tuple[str, pd.DataFrame]]:
    """All rows, then those of each seed that both have, where there are several."""
    common = set.intersection(*(set(rows["seed"]) for _, rows in scores.groupby("label")))
    seeds = sorted(common) if len(common) > 1 else []
    return [("mean", scores), *((str(seed), scores[scores["seed"] == seed]) for seed in seeds)]
