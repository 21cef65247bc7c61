"""Ranks of the published numbers, and the average ranks that RDA's appendix prints, recomputed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import pandas as pd

from ildl.compare.frames import rows_of
from ildl.compare.ranking import ranks, sorted_by_mean
from ildl.compare.scores import complete

_TIES: dict[str, Literal["min", "average"]] = {"from_means": "min", "shared": "average"}


def published_matrix(published: pd.DataFrame, metric: str) -> pd.DataFrame:
    """Return the printed means: a row a data set, a column a method."""
    rows = rows_of(published, "metric", metric)
    matrix = rows.set_index(["dataset", "method"])["mean"].unstack("method", sort=False)
    return complete(matrix.rename_axis(columns="label"))


def published_average_ranks(published: pd.DataFrame, metrics: Sequence[str]) -> pd.DataFrame:
    """Average rank of every published method, as `ildl.compare.ranking.average_ranks` has them."""
    return sorted_by_mean(
        pd.DataFrame({metric: ranks(published_matrix(published, metric), metric).mean() for metric in metrics})
    )


def check_average_ranks(published: pd.DataFrame, average: pd.DataFrame) -> pd.DataFrame:
    """Recompute printed average ranks, from the printed ranks and from the printed means of the cells.

    Columns: table, metric, method; printed; from_ranks, from_means (ties share the best of their ranks), shared (ties
    share the mean of theirs); agrees_with_ranks, agrees_with_means, agrees_with_shared.
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
