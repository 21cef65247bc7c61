"""The choices that the paper leaves open, as columns of the multiverse, and what a combination of them is called."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from companion.base.comparison import METRIC_TITLES

CHOICES: Mapping[str, tuple[Any, ...]] = {
    "criterion": ("kl", "rebalanced", "logit-adjusted", "added", "rebalanced parts", "rebalanced divergences"),
    "dominant": ("degree", "one-hot"),
    "nondominant": ("ratio", "softmax"),
    "label_gradient": ("stopped", "joint"),
    "code": ("encoder", "sampled in training", "sampled"),
    "valid_from": ("sampled", "unsampled"),
    "valid": ("20 rows", "10 %"),
    "epoch_kept": ("best", "last"),
    "split_folds": ("kfold", "random"),
    "split_seed": (0, 1, 2),
    "head_rule": ("tenfold", "half", "mean"),
}
"""Every choice with its options, the default first."""
WITHOUT_DOMINANT = ("rebalanced", "rebalanced parts")
"""Criteria that the dominant target does not enter: specifications that differ only there are one, listed as degree."""
HEAD_SUFFIXES = {"tenfold": "", "half": "_half", "mean": "_mean"}
"""Rule for the head labels -> how the metric's name ends."""
WITH_HEAD = ("euclidean_tail", "euclidean_head")
PRINTED = {
    "derived targets": {"dominant": "degree", "nondominant": "ratio"},
    "printed targets": {"dominant": "one-hot", "nondominant": "softmax"},
}
"""Two ways to take the printed objective: with the targets that its derivation needs, or those of Eq. (2), (3)."""
SPLIT = ["split_folds", "split_seed"]
ON_TEST_ROWS = "test"
"""The epoch that is best on the test rows: not allowed, a bound, and no specification."""


def redundant(specs: pd.DataFrame) -> pd.Series:
    """Whether a specification differs from another one only in a choice without effect.

    Parameters
    ----------
    specs : DataFrame
        With a column for every choice.

    Returns
    -------
    Series of bool
        True where the criterion has no dominant target, and this is not the degree; and where validation rows that are
        no training rows choose no epoch, and are not 20.
    """
    no_target = specs["criterion"].isin(WITHOUT_DOMINANT) & (specs["dominant"] != CHOICES["dominant"][0])
    no_choice = (specs["valid_from"] == "unsampled") & (specs["epoch_kept"] == "last")
    return no_target | (no_choice & (specs["valid"] != CHOICES["valid"][0]))


def on_default_split(specs: pd.DataFrame) -> pd.DataFrame:
    """Specifications whose test rows are those of the tables.

    Parameters
    ----------
    specs : DataFrame
        As `specifications` returns it.

    Returns
    -------
    DataFrame
    """
    return specs[(specs[SPLIT] == [CHOICES[name][0] for name in SPLIT]).all(axis=1)]


def base_metric(metric: str) -> str:
    """Name of a metric without the rule for the head labels.

    Parameters
    ----------
    metric : str

    Returns
    -------
    str
    """
    return metric.removesuffix("_half").removesuffix("_mean")


def title_of(metric: str) -> str:
    """What a metric is called, whichever rule for the head labels its name has.

    Parameters
    ----------
    metric : str

    Returns
    -------
    str

    Examples
    --------
    >>> title_of("euclidean_tail_half")
    'Euclidean distance, tail labels (low is good)'
    """
    return METRIC_TITLES[base_metric(metric)]


def reading_label(row: pd.Series) -> str:
    """What a specification is called: the choices that are not at their default.

    Parameters
    ----------
    row : Series
        With the choices among its names.

    Returns
    -------
    str

    Examples
    --------
    >>> reading_label(pd.Series({"criterion": "added", "dominant": "degree", "epoch_kept": "last"}))
    'criterion=added, epoch_kept=last'
    """
    changed = [f"{name}={row[name]}" for name, options in CHOICES.items() if name in row and row[name] != options[0]]
    return ", ".join(changed) or "default"
