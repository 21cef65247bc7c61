"""Who takes part in a comparison, and their scores block by block."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product

import numpy as np
import pandas as pd

from companion.base.comparison import shown_reading
from companion.show.closest import AS_PRINTED
from ildl.checks import check_option
from ildl.compare.frames import rows_of

BLOCKS = {"dataset": ["dataset"], "fold": ["dataset", "fold"]}
"""What a block is, inside which methods are ranked: a data set, or one fold of one."""


def entrants(results: pd.DataFrame, readings: Mapping[str, Sequence[str]] | None = None) -> pd.DataFrame:
    """Choose what takes part in a ranking: every method as it is by default, and named readings of some.

    Parameters
    ----------
    results : DataFrame
        Of an experiment: dataset, feature_set, method, params, fold, seed, metric, value, and, where there are several
        readings or choices of the epoch, reading and epoch_kept ("best" takes part).
    readings : mapping of str to sequence of str, optional
        Method -> readings that take part besides "default".

    Returns
    -------
    DataFrame
        The rows that take part, with a column label: the method, or "method [reading]" where several take part.

    Raises
    ------
    ValueError
        A reading that the results do not have, or nothing left.
    """
    wanted = dict(readings or {})
    frame = results[results["epoch_kept"] == "best"] if "epoch_kept" in results else results
    reading = frame["reading"] if "reading" in frame else pd.Series("default", index=frame.index)
    there = set(zip(frame["method"], reading, strict=True))
    for method, names in wanted.items():
        unknown = [name for name in names if (method, name) not in there]
        if unknown:
            raise ValueError(f"The results have no reading {unknown[0]!r} of {method}; run it, or leave it out.")
    pairs = {(method, name) for method, name in there if name in ("default", *wanted.get(method, ()))}
    taken = pd.Series([pair in pairs for pair in zip(frame["method"], reading, strict=True)], index=frame.index)
    if not taken.any():
        raise ValueError("No results are left to rank; run something first.")
    labels = {
        (method, name): f"{method} [{shown_reading(name)}]" if wanted.get(method) else str(method)
        for method, name in pairs
    }
    frame, reading = frame[taken], reading[taken]
    return frame.assign(label=[labels[pair] for pair in zip(frame["method"], reading, strict=True)])


def dildl_readings(results: pd.DataFrame, closest: str | None) -> list[str]:
    """Readings of DILDL beside the default one: that with the printed targets, and that closest to the published ones.

    Parameters
    ----------
    results : DataFrame
        With columns method, params and reading.
    closest : str or None
        Parameters as `companion.show.closest.closest_params` returns them.

    Returns
    -------
    list of str
        Without repetition, and without the default.
    """
    rows = results[(results["method"] == "DILDL") & (results["params"] == closest)]
    names = dict.fromkeys([AS_PRINTED, *rows["reading"].unique()])
    return [name for name in names if name != "default"]


def label_of(scores: pd.DataFrame, params: str | None, method: str = "DILDL") -> str:
    """What a reading is called among the entrants.

    Parameters
    ----------
    scores : DataFrame
        As `entrants` returns it.
    params : str or None
        JSON; None stands for the default reading.
    method : str

    Returns
    -------
    str

    Raises
    ------
    ValueError
        It does not take part.
    """
    rows = scores[(scores["method"] == method) & (scores["params"] == (params or "{}"))]
    if rows.empty:
        raise ValueError(f"{method} with {params} does not take part; name its reading among the entrants.")
    return str(rows["label"].iloc[0])


def score_matrix(scores: pd.DataFrame, metric: str, by: str = "dataset") -> pd.DataFrame:
    """Mean score of every entrant in every block; seeds are averaged, and over data sets the folds, too.

    Parameters
    ----------
    scores : DataFrame
        As `entrants` returns it.
    metric : str
    by : {"dataset", "fold"}
        What a block is.

    Returns
    -------
    DataFrame, shape (N, k)
        A row a block, a column a label, in the order of the results.

    Raises
    ------
    ValueError
        Unknown metric or block, an entrant that lacks a block (named), or as `scores_in`.
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
        As `entrants` returns it.
    metric : str
    point : sequence of str
        Columns beside the label for whose values there are scores; the first is dataset.

    Returns
    -------
    DataFrame

    Raises
    ------
    ValueError
        Unknown metric; a value that is not finite; or an entrant that lacks a fold or a seed that others have on the
        data set (named). One seed for all folds is enough, since methods without randomness run once.
    """
    rows = rows_of(scores, "metric", metric)
    bad = rows[~np.isfinite(rows["value"].to_numpy(dtype=np.float64))]
    if len(bad):
        raise ValueError(f"{_where(bad.iloc[0], point)}: the {metric} is not finite.")
    for _, of_dataset in rows.groupby("dataset", sort=False):
        folds, seeds = set(of_dataset["fold"]), set(of_dataset["seed"])
        for _, own in of_dataset.groupby([*point, "label"], sort=False):
            wanted = product(folds, seeds if own["seed"].nunique() > 1 else set(own["seed"]))
            gaps = sorted(set(wanted) - set(zip(own["fold"], own["seed"], strict=True)))
            if gaps:
                listed = ", ".join(f"fold {fold} of seed {seed}" for fold, seed in gaps[:3])
                more = f" and {len(gaps) - 3} more" if len(gaps) > 3 else ""
                raise ValueError(
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
    ValueError
        Names the first gap.
    """
    gaps = matrix.isna().to_numpy()
    if gaps.any():
        row, column = np.argwhere(gaps)[0]
        block, label = matrix.index[int(row)], matrix.columns[int(column)]
        where = f"{block[0]}, fold {block[1]}" if isinstance(block, tuple) else block
        raise ValueError(f"{label} has no result on {where}; a ranking needs every method in every block.")
    return matrix
