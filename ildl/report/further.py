"""Scores on data sets that the benchmark does not have."""

from __future__ import annotations

import pandas as pd

from ildl.report.comparison import FEATURE_NOTES, METRIC_TITLES
from ildl.report.contrast_tables import text_table
from ildl.report.entrants import scores_in
from ildl.report.statistics import is_better
from ildl.report.styled import ScrollingTable, plus_minus


def further_table(scores: pd.DataFrame, metric: str) -> pd.DataFrame:
    """Scores on data sets that the benchmark does not have.

    Parameters
    ----------
    scores : DataFrame
        Of the experiment "further", as `ildl.report.entrants.entrants` returns it.
    metric : str

    Returns
    -------
    DataFrame
        One row a data set and label: dataset, feature_set, label, mean, std (population, over folds of
        seed-averaged scores), seed_std (over seeds of the mean over folds; NaN with one seed), better_than_uniform (NA
        for itself).

    Raises
    ------
    ValueError
        As `ildl.report.entrants.scores_in`.
    """
    rows = scores_in(scores, metric)
    keys = ["dataset", "feature_set", "label"]
    folds = rows.groupby([*keys, "fold"], sort=False)["value"].mean().groupby(keys, sort=False)
    seeds = rows.groupby([*keys, "seed"], sort=False)["value"].mean().groupby(keys, sort=False)
    table = pd.DataFrame({"mean": folds.mean(), "std": folds.std(ddof=0)})
    table["seed_std"] = seeds.std(ddof=0).where(seeds.size() > 1)
    table = table.reset_index()
    uniform = table["dataset"].map(table[table["label"] == "Uniform"].set_index("dataset")["mean"]).astype(float)
    better = is_better(table["mean"], uniform, metric)
    return table.assign(better_than_uniform=better.mask(table["label"] == "Uniform"))


def render_further(tables: dict[str, pd.DataFrame], caption: str) -> ScrollingTable:
    """Show the scores, a column group a data set, a column a metric, the best of a column in bold.

    Parameters
    ----------
    tables : dict of str to DataFrame
        Metric -> `further_table`.
    caption : str

    Returns
    -------
    ScrollingTable
    """
    columns, bold = {}, {}
    for metric, table in tables.items():
        for (dataset, features), rows in table.groupby(["dataset", "feature_set"], sort=False):
            note = FEATURE_NOTES.get(str(features), str(features))
            header = (f"{dataset} ({note}; beyond the benchmark)", METRIC_TITLES[metric].partition(" (")[0])
            means = rows.set_index("label")["mean"]
            columns[header] = pd.Series(plus_minus(rows["mean"], rows["std"], rows["seed_std"]), index=means.index)
            bold[header] = pd.Series(
                [not is_better(means, means * 0 + value, metric).any() for value in means], means.index
            )
    text = pd.DataFrame(columns)
    return text_table(text, caption, "further data sets", pd.DataFrame(bold).reindex_like(text).to_numpy(dtype=bool))
