"""Tables of the page of a study: what stands in their cells, and with which sign."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from ildl.checks import InputError
from ildl.compare.latex import latex_table
from ildl.compare.significance import NONE
from ildl.compare.statistics import BETTER, COMPARABLE, HIGHER_IS_BETTER, WORSE
from ildl.compare.study import DESCRIBING, TITLES, Study
from ildl.compare.tables import mean_and_spread, metrics_of

PUBLISHABLE = (COMPARABLE, "public")
"""Feature sets of the catalogue; beside other data no published number stands."""
PUBLISHED_COLUMNS = ["dataset", "method", "metric", "mean", "std"]
SIGNS = {BETTER: "▲ better", WORSE: "▼ worse", NONE: "not told apart"}


@dataclass(frozen=True)
class Cell:
    """What stands in a cell: a line, perhaps a second one, a sign, and a class of the style sheet."""

    text: str = "–"
    below: str = ""
    sign: str = ""
    look: str = ""

    def __str__(self) -> str:
        return " ".join(filter(None, (self.text, self.below, self.sign)))


@dataclass(frozen=True)
class Table:
    """A table of the page, as cells and as LaTeX."""

    title: str
    cells: pd.DataFrame = field(repr=False)

    @property
    def latex(self) -> str:
        """The table as LaTeX."""
        return latex_table(self.cells.map(str), self.title)


def named(metric: str) -> str:
    """A metric in words.

    Parameters
    ----------
    metric : str

    Returns
    -------
    str
    """
    return TITLES.get(metric, metric.replace("_", " "))


def p_text(value: Any, equals: str = "") -> str:
    """A p-value as text; a dash where nothing has a spread.

    Parameters
    ----------
    value : float or NA
    equals : str
        Stands before it, but not before "<".

    Returns
    -------
    str
    """
    return "–" if pd.isna(value) else "< 0.0001" if value < 1e-4 else f"{equals}{value:.4f}"


def means_table(found: pd.DataFrame, metrics: Sequence[str], title: str) -> Table:
    """A row a method, a column a metric: mean, standard deviation, and what the signs of the page say.

    Parameters
    ----------
    found : DataFrame
        Rows of `Study.means` of one data set.
    metrics : sequence of str
    title : str

    Returns
    -------
    Table
    """
    return _wide(found[found["metric"].isin(metrics)], metrics, _mean, title, found["label"])


def tests_table(study: Study, tests: pd.DataFrame, title: str) -> Table:
    """The reference against every other row, in one metric.

    Parameters
    ----------
    study : Study
    tests : DataFrame
        Rows of `Study.tests` of one data set and metric.
    title : str

    Returns
    -------
    Table
    """
    rows = {
        row["label"]: {
            f"{study.reference} is": Cell(SIGNS[row["mark_corrected"]], look=row["mark_corrected"]),
            "Difference": Cell(_signed(row["difference"]), f"[{_signed(row['low'])}, {_signed(row['high'])}]"),
            "p, paired": Cell(p_text(row["p_paired"])),
            "p, corrected": Cell(p_text(row["p_corrected"])),
            "p, Holm": Cell(p_text(row["p_holm"])),
        }
        for row in tests.to_dict("records")
    }
    order = [label for label in dict.fromkeys(study.means["label"]) if label in rows]
    return Table(title, pd.DataFrame([rows[label] for label in order], order))


def published_tables(study: Study, published: pd.DataFrame | None) -> tuple[dict[str, Table], list[str]]:
    """Ours over printed numbers, on data sets of the catalogue.

    Parameters
    ----------
    study : Study
    published : DataFrame or None
        dataset, method, metric, mean, std.

    Returns
    -------
    tables : dict of str to Table
        By data set.
    notes : list of str
        Which printed numbers are not shown.

    Raises
    ------
    InputError
        A column is missing, or holds no numbers.
    """
    tables: dict[str, Table] = {}
    notes: list[str] = []
    if published is None:
        return tables, notes
    if missing := [name for name in PUBLISHED_COLUMNS if name not in published]:
        raise InputError(f"The published numbers lack {', '.join(missing)} of {', '.join(PUBLISHED_COLUMNS)}.")
    try:
        theirs = published[PUBLISHED_COLUMNS].astype({"mean": float, "std": float})
    except ValueError as error:
        raise InputError(f"Of the published numbers, mean and std must be numbers: {error}.") from error
    theirs = theirs.rename(columns={"mean": "printed_mean", "std": "printed_std"})
    kinds = study.results.drop_duplicates("dataset").set_index("dataset")["feature_set"].astype(str)
    for dataset, kind in ((str(name), kind) for name, kind in kinds.items() if name in set(theirs["dataset"])):
        if kind not in PUBLISHABLE:
            notes.append(f"{dataset} is {kind} data here: published numbers of that name do not stand beside it.")
            continue
        found = study.means[study.means["dataset"] == dataset]
        both = found.merge(theirs, on=["dataset", "method", "metric"])
        caution = "" if kind == COMPARABLE else ", which were made with other features and must not be compared"
        if len(both):
            title = f"{dataset}: ours over published numbers{caution}"
            tables[dataset] = _wide(both, metrics_of(both), _beside, title, both["label"])
    return tables, notes


def _wide(rows: pd.DataFrame, metrics: Sequence[str], draw: Any, title: str, labels: pd.Series) -> Table:
    cells = {(row["label"], row["metric"]): draw(row) for row in rows.to_dict("records")}
    order = list(dict.fromkeys(labels))
    columns = {_head(metric): [cells.get((label, metric), Cell()) for label in order] for metric in metrics}
    return Table(title, pd.DataFrame(columns, order))


def _head(metric: str) -> str:
    return named(metric) + ("" if metric in DESCRIBING else " ↑" if metric in HIGHER_IS_BETTER else " ↓")


def _mean(row: dict[str, Any]) -> Cell:
    mean, std = mean_and_spread(row["mean"], row["std"])
    sign, look = "", ""
    if row["label"] == row["best"]:
        sign, look = "★", "best"
    elif pd.notna(row["apart"]) and not row["apart"]:
        sign, look = "≈", "near"
    if pd.notna(row["beaten"]) and row["beaten"]:
        sign, look = f"{sign}▽", f"{look} beaten"
    return Cell(mean.replace("-", "−"), f"± {std}", sign, look)


def _beside(row: dict[str, Any]) -> Cell:
    printed = (f"{value:g}" for value in (row["printed_mean"], row["printed_std"]) if not math.isnan(value))
    return Cell(" ± ".join(mean_and_spread(row["mean"], row["std"])), "published " + " ± ".join(printed))


def _signed(value: float) -> str:
    return f"{value:+.4f}".replace("-", "−")
