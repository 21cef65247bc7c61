"""Scores of several methods block by block, with nothing missing: what ranks and probabilities are computed from."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import numpy as np
import pandas as pd

from ildl.checks import InputError, check_option
from ildl.compare.frames import labelled, rows_of

BLOCKS = {"dataset": ["dataset"], "fold": ["dataset", "fold"]}
"""What a block is, inside which methods are ranked: a data set, or one fold of one."""


def score_matrix(scores: pd.DataFrame, metric: str, by: str = "dataset") -> pd.DataFrame:
    """Mean score of every label in every block; seeds are averaged, and over data sets the folds, too.

    Parameters
    ----------
    scores : DataFrame
        Scores by fold: dataset, label (what a method is called), metric, fold, seed, value. A frame of
        `ildl.experiments.run` is one: without labels, rows are called by method and parameters. What has no value in
        this metric anywhere has no column.
    metric : str
    by : {"dataset", "fold"}
        What a block is.

    Returns
    -------
    DataFrame, shape (N, k)
        A row a block, a column a label, in the order of the results.

    Raises
    ------
    InputError
        Unknown metric or block, a label that lacks a block (named), or as `scores_in`.
    """
    check_option(by, BLOCKS, "block")
    rows = scores_in(scores, metric)
    means = rows.groupby(["dataset", "fold", "label"], sort=False)["value"].mean()
    means = means.groupby([*BLOCKS[by], "label"], sort=False).mean()
    return complete(means.unstack("label", sort=False))


def scores_in(scores: pd.DataFrame, metric: str, point: Sequence[str] = ("dataset",)) -> pd.DataFrame:
    """Choose the rows of one metric, and refuse what must not be averaged: means of other folds or seeds are not alike.

    Parameters
    ----------
    scores : DataFrame
        As for `score_matrix`.
    metric : str
    point : sequence of str
        Columns beside the label for whose values there are scores; the first is dataset.

    Returns
    -------
    DataFrame

    Raises
    ------
    InputError
        Unknown metric; a value that is not finite; or a label that lacks a fold or a seed that others have on the
        data set (named). One seed for all folds is enough, since methods without randomness run once.
    """
    rows = rows_of(labelled(scores), "metric", metric)
    bad = rows[~np.isfinite(rows["value"].to_numpy(dtype=np.float64))]
    if len(bad):
        raise InputError(f"{_where(bad.iloc[0], point)}: the {metric} is not finite.")
    for _, of_dataset in rows.groupby("dataset", sort=False):
        folds, seeds = set(of_dataset["fold"]), set(of_dataset["seed"])
        for _, own in of_dataset.groupby([*point, "label"], sort=False):
            wanted = product(folds, seeds if own["seed"].nunique() > 1 else set(own["seed"]))
            gaps = sorted(set(wanted) - set(zip(own["fold"], own["seed"], strict=True)))
            if gaps:
                listed = ", ".join(f"fold {fold} of seed {seed}" for fold, seed in gaps[:3])
                more = f" and {len(gaps) - 3} more" if len(gaps) > 3 else ""
                raise InputError(
                    f"{_where(own.iloc[0], point)} has no result on {listed}{more}, which others have; means over "
                    "other folds or seeds are not compared. Finish the run, or leave these folds out for all."
                )
    return rows


def _where(row: pd.Series, point: Sequence[str]) -> str:
    dataset, *more = point
    return ", ".join([f"{row['label']} on {row[dataset]}", *(f"{name} {row[name]}" for name in more)])


def complete(matrix: pd.DataFrame) -> pd.DataFrame:
    """Refuse a matrix with gaps.

    Parameters
    ----------
    matrix : DataFrame, shape (N, k)

    Returns
    -------
    DataFrame
        The same.

    Raises
    ------
    InputError
        Names the first gap.
    """
    gaps = matrix.isna().to_numpy()
    if gaps.any():
        row, column = np.argwhere(gaps)[0]
        block, label = matrix.index[int(row)], matrix.columns[int(column)]
        where = f"{block[0]}, fold {block[1]}" if isinstance(block, tuple) else block
        raise InputError(f"{label} has no result on {where}; a ranking needs every method in every block.")
    return matrix
