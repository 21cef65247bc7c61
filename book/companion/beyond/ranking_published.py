"""Ranks of the published numbers, and the average ranks that RDA's appendix prints, recomputed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import pandas as pd

from companion.beyond.entrants import complete
from companion.beyond.ranking import ranks, sorted_by_mean
from ildl.compare.frames import rows_of

_TIES: dict[str, Literal["min", "average"]] = {"from_means": "min", "shared": "average"}


def published_matrix(published: pd.DataFrame, metric: str) -> pd.DataFrame:
    """Return the printed means, in the shape of `score_matrix`.

    Parameters
    ----------
    published : DataFrame
        As `companion.base.published.load_published` returns it.
    metric : str

    Returns
    -------
    DataFrame, shape (N, k)

    Raises
    ------
    ValueError
        Unknown metric, or a cell that is not printed.
    """
    rows = rows_of(published, "metric", metric)
    matrix = rows.set_index(["dataset", "method"])["mean"].unstack("method", sort=False)
    return complete(matrix.rename_axis(columns="label"))


def published_average_ranks(published: pd.DataFrame, metrics: Sequence[str]) -> pd.DataFrame:
    """Average rank over data sets of every published method in several metrics.

    Parameters
    ----------
    published : DataFrame
        As `companion.base.published.load_published` returns it.
    metrics : sequence of str

    Returns
    -------
    DataFrame
        As `average_ranks` returns it.
    """
    return sorted_by_mean(
        pd.DataFrame({metric: ranks(published_matrix(published, metric), metric).mean() for metric in metrics})
    )


def check_average_ranks(published: pd.DataFrame, average: pd.DataFrame) -> pd.DataFrame:
    """Recompute printed average ranks, from the printed ranks and from the printed means of the cells.

    Parameters
    ----------
    published : DataFrame
        As `companion.base.published.load_published("rda_appendix")` returns it.
    average : DataFrame
        As `companion.base.published.load_average_ranks` returns it.

    Returns
    -------
    DataFrame
        One row a method and metric: table, metric, method; printed; from_ranks, the mean over data sets of the printed
        ranks; from_means, that of the ranks of the printed means, where ties share the best of their ranks; shared, the
        same where ties share the mean of theirs; and agrees_with_ranks, agrees_with_means, agrees_with_shared: whether
        the printed average is within half a unit of its last digit.
    """
    printed_ranks = published.assign(rank=published["rank"].astype(float)).groupby(["metric", "method"])["rank"].mean()
    by_metric = {metric: published_matrix(published, metric) for metric in published["metric"].unique()}
    found = {"from_ranks": printed_ranks}
    for column, ties in _TIES.items():
        means = {metric: ranks(matrix, metric, ties).mean() for metric, matrix in by_metric.items()}
        found[column] = pd.concat(means, names=["metric", "method"])
    cells = pd.MultiIndex.from_frame(average[["metric", "method"]])
    frame = average[["table", "metric", "method"]].assign(
        printed=average["value"], **{column: values.reindex(cells).to_numpy() for column, values in found.items()}
    )
    for column in found:
        near = (frame["printed"] - frame[column]).abs() <= average["half_unit"] * (1 + 1e-6)
        frame["agrees_with_" + column.removeprefix("from_")] = near
    return frame
