"""Scores on data sets that the benchmark does not have: who beats equal degrees, and who wins, DILDL or RDA."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from companion.base.comparison import METRIC_TITLES
from companion.show.contrast_tables import p_text, text_table
from companion.show.styled import ScrollingTable, signed
from ildl.compare.scores import score_matrix
from ildl.compare.significance import NONE, compare
from ildl.compare.statistics import BETTER, HIGHER_IS_BETTER, REFERENCES, WORSE

MARKS = {BETTER: " ▲", WORSE: " ▼", NONE: ""}


def real_sets(scores: pd.DataFrame) -> pd.DataFrame:
    """Leave the artificial data set out, unless it is the only one.

    Parameters
    ----------
    scores : DataFrame
        Of the experiment "further".

    Returns
    -------
    DataFrame
    """
    real = scores[scores["feature_set"] != "artificial"]
    return scores if real.empty else real


def further_table(scores: pd.DataFrame, metric: str, against: str = "Uniform") -> pd.DataFrame:
    """Hold every entrant against one method, in its default reading, data set by data set, by the corrected test.

    Parameters
    ----------
    scores : DataFrame
        Of the experiment "further", as `companion.beyond.entrants.entrants` returns it.
    metric : str
    against : str

    Returns
    -------
    DataFrame
        One row a data set and entrant, `against` itself left out: dataset, label, mean; difference (mean - that of
        `against`), p (of the corrected test; NaN without spread); verdict: `BETTER`, `WORSE` or `NONE` (not told
        apart), of the entrant; and among_all, the same after Holm's adjustment for all entrants of the data set.

    Raises
    ------
    ValueError
        As `companion.beyond.entrants.score_matrix` and `ildl.compare.significance.compare`.
    """
    means = score_matrix(scores, metric).stack()
    table = compare(scores[scores["metric"] == metric], against)
    labels = scores.drop_duplicates(["method", "params"]).set_index(["method", "params"])["label"]
    table["label"] = labels.loc[list(zip(table["method"], table["params"], strict=True))].to_numpy()
    table["mean"] = means.loc[list(zip(table["dataset"], table["label"], strict=True))].to_numpy()
    # There, the method that is held against all others is the one that is better or worse.
    turned = {BETTER: WORSE, WORSE: BETTER, NONE: NONE}
    table["verdict"], table["among_all"] = (table[f"mark_{test}"].map(turned) for test in ("corrected", "holm"))
    table = table.assign(difference=-table["difference"], p=table["p_corrected"].astype(float))
    return table[["dataset", "label", "mean", "difference", "p", "verdict", "among_all"]]


def count_verdicts(table: pd.DataFrame) -> pd.DataFrame:
    """Count on how many data sets each entrant is better, not told apart, and worse.

    Parameters
    ----------
    table : DataFrame
        As `further_table` returns it.

    Returns
    -------
    DataFrame
        A row a label, columns `BETTER`, `NONE`, `WORSE`; who is better most often first.
    """
    counts = pd.crosstab(table["label"], table["verdict"]).reindex(columns=[BETTER, NONE, WORSE], fill_value=0)
    return counts.sort_values([BETTER, WORSE], ascending=[False, True], kind="stable").rename_axis(columns=None)


def won_by(table: pd.DataFrame, verdict: str, label: str | None = None) -> list[str]:
    """Data sets with a verdict.

    Parameters
    ----------
    table : DataFrame
        As `further_table` returns it.
    verdict : str
    label : str, optional
        Of this entrant; or else of any that learns (not the training mean), adjusted for there being so many.

    Returns
    -------
    list of str
    """
    if label:
        held = (table["label"] == label) & (table["verdict"] == verdict)
    else:
        held = ~table["label"].isin(REFERENCES) & (table["among_all"] == verdict)
    return list(table.loc[held, "dataset"].unique())


def render_further(scores: pd.DataFrame, metric: str) -> ScrollingTable:
    """Show the scores, a row a data set, a column an entrant, with what was told apart from equal degrees.

    Parameters
    ----------
    scores : DataFrame
        As for `further_table`.
    metric : str

    Returns
    -------
    ScrollingTable
    """
    means = score_matrix(scores, metric)
    verdicts = further_table(scores, metric).pivot(index="dataset", columns="label", values="verdict")
    marks = verdicts.reindex_like(means).map(lambda verdict: MARKS.get(verdict, ""))
    best = means.max(axis=1) if metric in HIGHER_IS_BETTER else means.min(axis=1)
    caption = (
        f"{METRIC_TITLES[metric]}, data sets beyond the benchmark: mean over folds, the best of a row in bold. "
        "▲: better than equal degrees (Uniform), ▼: worse, by the corrected test at 0.05."
    )
    text = means.map("{:.4f}".format) + marks
    return text_table(text, caption, f"further {metric}", means.eq(best, axis=0).to_numpy())


def render_duels(tables: dict[str, pd.DataFrame], labels: Sequence[str], caption: str) -> ScrollingTable:
    """Show how some entrants stand against one method, a row a data set, a column group a metric.

    Parameters
    ----------
    tables : dict of str to DataFrame
        Metric -> `further_table`.
    labels : sequence of str
    caption : str

    Returns
    -------
    ScrollingTable
    """
    columns = {}
    for metric, table in tables.items():
        for label in labels:
            rows = table[table["label"] == label].set_index("dataset")
            cells = [
                f"{signed(difference)}{MARKS[verdict]} (p {p_text(p)})"
                for difference, verdict, p in rows[["difference", "verdict", "p"]].to_numpy()
            ]
            columns[METRIC_TITLES[metric].partition(" (")[0], label] = pd.Series(cells, index=rows.index)
    return text_table(pd.DataFrame(columns), caption, "duels")
