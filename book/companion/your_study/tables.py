"""What was found in a study, and its tables."""

from __future__ import annotations

from html import escape

import pandas as pd

from companion.show.provenance import provenance_note
from companion.show.shown import Shown
from companion.show.table import Cell, show_table
from ildl.compare.cells import Cell as PageCell
from ildl.compare.cells import Table, means_table, named, tests_table
from ildl.compare.study import Study, findings
from ildl.compare.tables import metrics_of

LOOKS = {"best": "agrees", "better": "ours-better", "worse": "ours-worse"}
"""Class of the study's page -> class of the book's."""
KEY = (Cell(("best mean",), "agrees", sign="★"), Cell(("not told from it",), sign="≈"),
       Cell(("no better than a guess",), sign="▽"))  # fmt: skip


class Findings:
    """Sentences on what was found, a data set each."""

    def __init__(self, study: Study) -> None:
        self.said = {dataset: findings(study, dataset) for dataset in dict.fromkeys(study.means["dataset"])}
        self.notes = study.notes

    def __repr__(self) -> str:
        return "\n".join([*(f"{dataset}: {said}" for dataset, said in self.said.items()), *self.notes])

    def _repr_html_(self) -> str:
        said = [f"<p><strong>{escape(dataset)}.</strong> {escape(text)}</p>" for dataset, text in self.said.items()]
        return f'<div class="page-part">{"".join([*said, *(f"<p>{escape(note)}</p>" for note in self.notes)])}</div>'


def show_means(study: Study, name: str) -> Shown:
    """Draw mean and standard deviation of every method by the paper's six metrics, a tab a data set."""
    tables = {
        str(dataset): means_table(found, metrics_of(found, every=False), str(dataset))
        for dataset, found in study.means.groupby("dataset", sort=False)
    }
    return _shown(study, tables, name, "Means and standard deviations", study.results, KEY)


def show_tests(study: Study, name: str) -> Shown:
    """Draw the reference against every other row, a tab a data set and metric."""
    tests = study.tests[study.tests["metric"].isin(metrics_of(study.means, every=False))]
    several = tests["dataset"].nunique() > 1
    tables = {
        f"{dataset} · {named(str(metric))}" if several else named(str(metric)): tests_table(study, part, str(metric))
        for (dataset, metric), part in tests.groupby(["dataset", "metric"], sort=False)
    }
    return _shown(study, tables, name, f"{study.reference} against every other row", study.tests)


def _shown(
    study: Study, tables: dict[str, Table], name: str, title: str, data: pd.DataFrame, key: tuple[Cell, ...] = ()
) -> Shown:
    cells = {tab: table.cells.map(_cell) for tab, table in tables.items()}
    return show_table(cells, name, title, data, provenance_note(study.results), key)


def _cell(cell: PageCell) -> Cell:
    look = LOOKS.get(cell.look.split(" ")[0], "")
    return Cell((cell.text, cell.below) if cell.below else (cell.text,), look, sign=cell.sign)
