"""The benchmark's protocol: scaling, folds, imbalance sampling, validation rows, head labels.

As in the scripts of the imbalanced-LDL benchmark (AAAI 2023). Where its appendix and its code disagree, the code is
followed: it is fully determined. Two details of the code depend on the interpreter (an unstable sort, the order of a
set); here ties take the first row and the sampled rows are ascending.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ildl.checks import InputError, check_distributions, check_features, check_number, check_option
from ildl.data import Dataset
from ildl.splits import Split, draw_rows, own_splits, sample_rows, splits_hash

Array = NDArray[np.float64]

HEAD_FACTOR = 10.0
HEAD_RULES = ("tenfold", "half", "mean")
VALID_FROM = ("sampled", "unsampled", "test")
FOLDS = ("kfold", "random")

__all__ = [
    "FOLDS", "HEAD_RULES", "VALID_FROM", "Split", "check_n_valid", "head_labels", "imbalance_ratio",
    "label_frequencies", "make_splits", "own_splits", "sample_rows", "scale_features", "splits_hash",
]  # fmt: skip


def make_splits(
    ds: Dataset,
    n_splits: int = 10,
    seed: int = 0,
    n_valid: int | float = 20,
    valid_from: str = "sampled",
    folds: str = "kfold",
) -> list[Split]:
    """Return the folds of the benchmark's protocol, or of another reading of section 4.1.

    The paper splits "each dataset 10 times", tests on a tenth, and subdivides the rest, without saying how. The
    benchmark's scripts have ten folds, sample each training fold (`sample_rows`) and draw the validation rows from what
    is kept: the defaults. Needs no features.

    Parameters
    ----------
    ds : Dataset
    n_splits : int
        Folds, at least 2.
    seed : int
        Non-negative; of the folds and of the validation rows.
    n_valid : int or float
        Validation rows in each fold, at least 1; or, below 1, the share of those from which they are drawn (rounded
        up). With ``valid_from="test"``, the kept rows that are put aside; may be 0.
    valid_from : {"sampled", "unsampled", "test"}
        Validation rows are drawn from the rows that sampling keeps, so that they share its imbalance; or from those
        that it drops, so that they look like the test rows, and all kept rows train. Or they are the test rows
        themselves, which no method may do: results then bound what any choice of the epoch can give. As many kept rows
        as under "sampled" are then put aside, so that the same rows train.
    folds : {"kfold", "random"}
        ``KFold(n_splits, shuffle=True, random_state=seed)``, as in the benchmark's scripts; or independent splits that
        hold out as many rows each, as "randomly split 10 times" can be read.

    Returns
    -------
    list of Split

    Raises
    ------
    InputError
        An unknown option, more folds than rows, or a fold with too few rows.
    """
    from sklearn.model_selection import KFold, ShuffleSplit  # takes a second, which reading results need not spend

    n = len(ds.labels)
    check_number(n_splits, "n_splits", 2, integer=True)
    check_number(seed, "seed", 0, integer=True)
    check_option(folds, FOLDS, "folds")
    check_n_valid(n_valid, valid_from)
    if n_splits > n:
        raise InputError(f"{ds.name} has {n} rows: too few for {n_splits} folds.")
    splitter = (
        KFold(n_splits, shuffle=True, random_state=seed)
        if folds == "kfold"
        else ShuffleSplit(n_splits, test_size=1 / n_splits, random_state=seed)
    )
    splits = []
    for fold, parts in enumerate(splitter.split(ds.labels)):
        outside, test = (np.sort(part) for part in parts)
        kept = outside[sample_rows(ds.labels[outside], ds.sampling)]
        source = np.setdiff1d(outside, kept) if valid_from == "unsampled" else kept
        drawn = draw_rows(source, n_valid, seed, f"{ds.name}, fold {fold}: sampling", valid_from)
        train = kept if valid_from == "unsampled" else np.setdiff1d(kept, drawn)
        splits.append(Split(fold, train, test if valid_from == "test" else drawn, test, kept))
    return splits


def check_n_valid(n_valid: int | float, valid_from: str = "sampled") -> None:
    """Hold a number, or share, of validation rows, and where they come from, against what these may be.

    Parameters
    ----------
    n_valid : int or float
    valid_from : str

    Raises
    ------
    InputError
        Neither a whole number from 1 (with the test rows, from 0) nor a share between 0 and 1; an unknown source.
    """
    check_option(valid_from, VALID_FROM, "valid_from")
    if isinstance(n_valid, float) and n_valid < 1:
        check_number(n_valid, "n_valid", 0, open_low=True)
    else:
        check_number(n_valid, "n_valid", 0 if valid_from == "test" else 1, integer=True)


def label_frequencies(D: ArrayLike, splits: Sequence[Split]) -> Array:
    """Return the column sums of the labels that sampling keeps, averaged over folds.

    Parameters
    ----------
    D : array-like, shape (n, c)
    splits : sequence of Split

    Returns
    -------
    ndarray, shape (c,)

    Raises
    ------
    InputError
        No splits, or splits of another data set.
    """
    D = check_distributions(D)
    if not splits:
        raise InputError("There are no splits: take those of make_splits.")
    if max(int(split.test.max()) for split in splits) >= len(D):
        raise InputError(f"D has {len(D)} rows, but the splits point beyond: they belong to another data set.")
    return np.mean([D[split.kept].sum(axis=0) for split in splits], axis=0)


def head_labels(D: ArrayLike, splits: Sequence[Split], rule: str = "tenfold") -> list[int]:
    """Return the head labels, those of a high frequency in training. All others are tail labels.

    Parameters
    ----------
    D : array-like, shape (n, c)
    splits : sequence of Split
    rule : {"tenfold", "half", "mean"}
        Frequencies above ten times the smallest (the benchmark's); the more frequent half of the labels, without the
        middle one (as later repositories have it); or frequencies above their mean.

    Returns
    -------
    list of int, ascending

    Raises
    ------
    InputError
        As `label_frequencies`, or an unknown rule.
    """
    check_option(rule, HEAD_RULES, "rule")
    frequencies = label_frequencies(D, splits)
    if rule == "half":
        first = np.argsort(-frequencies, kind="stable")[: len(frequencies) // 2]
        return sorted(int(j) for j in first)
    threshold = HEAD_FACTOR * frequencies.min() if rule == "tenfold" else frequencies.mean()
    return [int(j) for j in np.flatnonzero(frequencies > threshold)]


def imbalance_ratio(D: ArrayLike) -> float:
    """Return the largest mean degree over the smallest; infinite if a label is never used.

    Parameters
    ----------
    D : array-like, shape (n, c)

    Returns
    -------
    float, at least 1
    """
    means = check_distributions(D).mean(axis=0)
    return float(means.max() / means.min()) if means.min() > 0 else float("inf")


def scale_features(X: ArrayLike) -> Array:
    """Scale every feature to [0, 1] over the whole data set; constant features become 0.

    The protocol scales before it splits, so the range of the test rows is known in training. It is kept as it is:
    the published results were obtained so.

    Parameters
    ----------
    X : array-like, shape (n, q)

    Returns
    -------
    ndarray, shape (n, q), float64

    Raises
    ------
    InputError
        As `ildl.checks.check_features`.
    """
    from sklearn.preprocessing import MinMaxScaler

    return MinMaxScaler(clip=True).fit_transform(check_features(X))
