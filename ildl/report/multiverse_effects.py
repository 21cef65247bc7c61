"""What each open choice does to the outcome, and what the specifications say together."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ildl.report.multiverse import CHOICES, interval, outcomes, reference
from ildl.report.names import check_name
from ildl.report.statistics import HIGHER_IS_BETTER

INTERACTIONS = "interactions"
"""The row of the variance that no choice explains by itself."""


def choice_effects(results: pd.DataFrame, metric: str, head_rule: str = "tenfold") -> pd.DataFrame:
    """How much each choice matters: its share of the variance, and what each option changes against the default.

    The share is that of the variance of the outcome over the specifications of a data set, by main effects: the rise of
    R² when the choice enters a linear model, averaged over all orders of entry (Lindeman, Merenda and Gold, 1980). In a
    balanced design this is the share of the analysis of variance; here only `criterion` and `dominant` are not
    orthogonal, since one option of the first leaves the second without effect. The shares, with what is left to
    interactions, sum to 1. The total is what is lost when all choices but this one are known, its interactions with the
    others counted in full (the total index of Homma and Saltelli, 1996); totals overlap. On a full grid the total is
    never below the share. Here it can be, for `criterion` and `dominant` alone: part of what the one explains, the
    other explains as well, the share has its half of that part, and the total, which takes the other as known, none.

    The change is the mean over all pairs of specifications that differ in nothing but this choice, one at the option
    and one at the default (or the first option that was run).

    Parameters
    ----------
    results, metric, head_rule
        As in `ildl.report.multiverse.specifications`.

    Returns
    -------
    DataFrame
        One row a data set, choice and option other than the default, and one for `INTERACTIONS`: dataset, feature_set,
        choice, default, option, share and total (of the choice; 0 for all if the outcome does not vary), n_pairs,
        change, lower, upper (see `ildl.report.multiverse.interval`); from_default, from_default_lower,
        from_default_upper: the one pair in which all other choices are at their default.

    Raises
    ------
    ValueError
        See `ildl.report.multiverse.specifications`.
    """
    values = outcomes(results, metric, head_rule).droplevel(["metric", "params"])
    rows: list[dict[str, object]] = []
    for (dataset, feature_set), of_dataset in values.groupby(level=["dataset", "feature_set"], sort=False):
        cube = of_dataset.droplevel(["dataset", "feature_set"])
        name = {"dataset": dataset, "feature_set": feature_set}
        means = cube.mean(axis=1)
        shares = explained_shares(means)
        for choice in shares.index.drop(INTERACTIONS):
            default, *others = _options(cube, choice)
            for option in others:
                row = {"choice": choice, "default": default, "option": option, "share": shares[choice]}
                row["total"] = total_share(means, choice)
                rows.append(name | row | _change(cube, choice, option, default))
        rows.append(name | {"choice": INTERACTIONS, "default": "", "option": "", "share": shares[INTERACTIONS]})
    return pd.DataFrame(rows)


def explained_shares(means: pd.Series) -> pd.Series:
    """Share of the variance that each choice explains by its main effect; see `choice_effects`.

    Parameters
    ----------
    means : Series of float
        The outcome; index: one level a choice. Choices with one option are left out.

    Returns
    -------
    Series of float
        Choice -> share, at least 0; last, `INTERACTIONS` -> what is left.
    """
    choices = [str(name) for name in means.index.names if means.index.unique(name).size > 1]
    codes = {name: pd.get_dummies(means.index.get_level_values(name), dtype=float).to_numpy() for name in choices}
    y = means.to_numpy() - means.mean()
    if np.allclose(y, 0, atol=1e-15):
        return pd.Series(0.0, index=[*choices, INTERACTIONS])
    explained = {subset: _r_squared(y, [codes[name] for name in subset]) for subset in _subsets(choices)}
    shares = {}
    for choice in choices:
        others = [name for name in choices if name != choice]
        shares[choice] = sum(
            (explained[tuple(name for name in choices if name in {*subset, choice})] - explained[subset])
            / (len(choices) * math.comb(len(others), len(subset)))
            for subset in _subsets(others)
        )
    return pd.Series(shares | {INTERACTIONS: 1 - explained[tuple(choices)]})


def total_share(means: pd.Series, choice: str) -> float:
    """Share of the variance that remains when all choices but one are known; see `choice_effects`.

    Parameters
    ----------
    means : Series of float
        As in `explained_shares`.
    choice : str

    Returns
    -------
    float
        In [0, 1]; 0 if the outcome does not vary.

    Raises
    ------
    ValueError
        A name that is not known or not there (named, with what is).
    """
    check_name(choice, means.index.names, "choice")
    within = means - means.groupby(level=[name for name in means.index.names if name != choice]).transform("mean")
    y = means - means.mean()
    return 0.0 if np.allclose(y, 0, atol=1e-15) else float((within**2).sum() / (y**2).sum())


def joint_test(results: pd.DataFrame, comparison: pd.DataFrame, metric: str) -> pd.DataFrame:
    """All specifications together against our RDA, as in the inference of specification curves.

    After Simonsohn, Simmons and Nelson (2020), the first of their statistics: the median over specifications, held
    against what it would be if nothing but chance told the methods apart. Here chance is a sign for each fold, which
    turns the differences of all specifications in this fold at once; all combinations of signs are tried, so that p is
    exact under this null. It knows nothing of training rows that folds share. Each fold draws a seed of its own: the
    luck of training is part of what the signs turn, and `seeds_agree` shows it by itself.

    Parameters
    ----------
    results, comparison, metric
        As in `ildl.report.multiverse.specifications`.

    Returns
    -------
    DataFrame
        One row a data set: dataset, feature_set, n_specifications; median_difference (over specifications, of the mean
        of DILDL - RDA), p (two-sided), smallest_p (that the number of folds allows); share_better (specifications with
        a better mean than RDA); n_seeds and seeds_agree (seeds in which the median difference has the same sign).

    Raises
    ------
    ValueError
        See `ildl.report.multiverse.specifications`.
    """
    values = outcomes(results, metric)
    direction = -1 if metric in HIGHER_IS_BETTER else 1
    differences = direction * (values - reference(comparison, values, "RDA").to_numpy())
    rows = []
    for (dataset, feature_set), of_dataset in differences.groupby(level=["dataset", "feature_set"], sort=False):
        by_fold, by_seed = (of_dataset.T.groupby(level=name).mean().T for name in ("fold", "seed"))
        k = by_fold.shape[1]
        signs = np.array(list(itertools.product((1.0, -1.0), repeat=k)))
        medians = np.median(by_fold.to_numpy() @ signs.T / k, axis=0)
        rows.append(
            {
                "dataset": dataset,
                "feature_set": feature_set,
                "n_specifications": len(of_dataset),
                "median_difference": direction * medians[0],
                # The first combination is the observed one; sums of the same numbers count as equal.
                "p": (np.abs(medians) >= abs(medians[0]) * (1 - 1e-9)).mean(),
                "smallest_p": 2 / len(signs),
                "share_better": (by_fold.mean(axis=1) < 0).mean(),
                "n_seeds": by_seed.shape[1],
                "seeds_agree": int((np.sign(by_seed.median()) == np.sign(medians[0])).sum()),
            }
        )
    return pd.DataFrame(rows)


def _options(cube: pd.DataFrame, choice: str) -> list[str]:
    return [option for option in CHOICES[choice] if option in cube.index.unique(choice)]


def _change(cube: pd.DataFrame, choice: str, option: str, default: str) -> dict[str, float]:
    changed = cube[cube.index.get_level_values(choice) == option]
    partners = changed.rename(index={option: default}, level=choice).index
    differences = changed - cube.reindex(partners).to_numpy()
    others = [str(name) for name in cube.index.names if name != choice]
    at_default = np.all([changed.index.get_level_values(name) == _options(cube, name)[0] for name in others], axis=0)
    both = pd.concat([differences.mean().to_frame().T, differences[at_default].mean().to_frame().T])
    every, single = interval(both).to_dict("records")
    row: dict[str, float] = {"n_pairs": len(differences), "change": every["mean"]}
    row |= {name: every[name] for name in ("lower", "upper")} | {"from_default": single["mean"]}
    return row | {f"from_default_{name}": single[name] for name in ("lower", "upper")}


def _subsets(names: Sequence[str]) -> list[tuple[str, ...]]:
    return [subset for size in range(len(names) + 1) for subset in itertools.combinations(names, size)]


def _r_squared(y: NDArray[np.float64], codes: list[NDArray[np.float64]]) -> float:
    design = np.hstack([np.ones((len(y), 1)), *codes])
    residual = y - design @ np.linalg.lstsq(design, y)[0]
    return float(1 - residual @ residual / (y @ y))
