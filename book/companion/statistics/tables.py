"""Tables of tests, marks, ranks, probabilities and components."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from companion.base.names import OF_DILDL
from companion.evidence.ablation import component_summary
from companion.show.beside import ABOVE, BELOW, KEY, PAPER_DATASETS, grid
from companion.show.look import METRICS, SHORT, called
from companion.show.provenance import Provenance
from companion.show.shown import Shown
from companion.show.table import NOTHING, Cell, cells_of, crossed, number, show_table
from companion.statistics.figures import CRITERIA
from companion.statistics.frames import ALL, LEFT_OUT, LEFT_OUT_METRICS, SAMPLED, SOURCES, TESTS, rounded
from ildl.compare.bayes import PROBABILITIES, ROPE
from ildl.compare.statistics import BETTER, COMPARABLE, WORSE

VERDICTS = {BETTER: (ABOVE, "▲"), WORSE: (BELOW, "▼")}
TESTED = (Cell(("DILDL better",), ABOVE, sign="▲"), Cell(("DILDL worse",), BELOW, sign="▼"), Cell(("not told apart",)))
ROWS = {SAMPLED: "sampled rows", LEFT_OUT: "left-out rows"}


def against_rows(tests: pd.DataFrame, metric: str, name: str, origin: Provenance) -> Shown:
    """Show DILDL against every other row: the difference with its interval, a tab a reading and source."""
    rows = tests[tests["metric"] == metric]
    cells = rows.assign(cell=pd.Series(map(difference_cell, rows.to_dict("records")), rows.index, object))
    title = f"DILDL against every other row: {METRICS[metric]}"
    return show_table(_tabs(cells), name, title, rounded(rows), origin, TESTED)


def difference_cell(row: Mapping[Any, Any]) -> Cell:
    """The difference, its interval, and what the tests give."""
    look, sign = VERDICTS.get(row["mark_corrected"], ("", ""))
    made = [f"{words}: p = {row[f'p_{test}']:.2g}" for test, words in TESTS.items() if pd.notna(row[f"p_{test}"])]
    made.append(
        f"{row['n_folds']} folds, {row['n_seeds']} seeds"
        + ("" if row["same_sign_over_seeds"] else " that differ in sign")
    )
    lines = (f"{row['difference']:+.3f}", f"{row['low']:+.3f} to {row['high']:+.3f}")
    return Cell(tuple(line.replace("-", "−") for line in lines), look, "; ".join(made), sign)


def against_counts(tests: pd.DataFrame, name: str, origin: Provenance) -> Shown:
    """Show in how many metrics DILDL is better or worse than a row, by the corrected test; every test is downloaded."""
    marks = tests.assign(better=tests["mark_corrected"] == BETTER, worse=tests["mark_corrected"] == WORSE)
    counts = marks.groupby(["source", "reading", "row", "dataset"], sort=False)[["better", "worse"]].sum().reset_index()
    counts["cell"] = (counts["better"].astype(str) + " ▲ " + counts["worse"].astype(str) + " ▼").map(_shown)
    return show_table(_tabs(counts), name, "In how many metrics DILDL is better or worse", rounded(tests), origin)


def _tabs(cells: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """A tab a source and reading of DILDL: a line a row, a column a data set."""
    tabs = {}
    for source in SOURCES:
        for reading in OF_DILDL:
            part = cells[(cells["source"] == source) & (cells["reading"] == reading)]
            if len(part):
                title = f"{called('DILDL', reading).partition(', ')[2]}, {ROWS[source]}"
                tabs[title] = crossed(part, "row", "dataset").rename(columns=PAPER_DATASETS)
    return tabs


def marks_table(found: pd.DataFrame, name: str, origin: Provenance) -> Shown:
    """Show how many printed marks come out, where the features are the benchmark's, and how many are turned round."""
    here = found[found["feature_set"] == COMPARABLE]
    totals = here.groupby(["source", "reading"], sort=False).sum(numeric_only=True)
    totals = totals.rename(lambda reading: called("DILDL", reading), level="reading")
    columns = {"marks": ("in print", number("{:.0f}"))}
    columns |= {f"found_{test}": (words, number("{:.0f}")) for test, words in TESTS.items()}
    columns |= {"worse_corrected": ("turned round", number("{:.0f}"))}
    return show_table(cells_of(totals, columns), name, "Printed marks that come out again", found, origin)


def appendix_table(table: pd.DataFrame, name: str, origin: Provenance) -> Shown:
    """Show ours over the numbers that the appendices print, a tab a metric that the paper leaves out."""
    tabs = {METRICS[metric]: grid(table[table["metric"] == metric]) for metric in LEFT_OUT_METRICS}
    return show_table(tabs, name, "Metrics that the paper leaves out", rounded(table), origin, KEY)


def ranks_table(ranks: pd.DataFrame, name: str, title: str, origin: Provenance | None = None) -> Shown:
    """Show average ranks, a column a metric and one for their mean; the best of a column is bold."""
    cells = ranks.apply(lambda column: [Cell((f"{rank:.2f}",), bold=rank == column.min()) for rank in column])
    data = ranks.rename_axis("label").reset_index()
    return show_table(cells.rename(columns=SHORT | {"all": "mean"}), name, title, data, origin)


def bayes_table(posterior: pd.DataFrame, name: str, origin: Provenance) -> Shown:
    """Show the probabilities with the difference and, where there are several seeds, the range over them."""
    at = posterior[posterior["rope"] == ROPE]
    alone = at[at["seed"] != "mean"].groupby(["dataset", "label"])["p_better"].agg(["min", "max"])
    rows = at[at["seed"] == "mean"].join(alone, on=["dataset", "label"])
    rows = pd.concat([part for _, part in rows.groupby("dataset", sort=False)], ignore_index=True)
    # Over data sets the probabilities are shares of draws: none of them is not never.
    drawn = rows[PROBABILITIES].clip(1e-9, 1 - 1e-9)
    rows[PROBABILITIES] = rows[PROBABILITIES].where(rows["dataset"] != ALL, drawn)
    signed = (100 * rows[["mean", "low", "high"]]).map("{:+.1f}".format).replace("-", "−", regex=True)
    spans = signed["mean"] + " % [" + signed["low"] + ", " + signed["high"] + "]"
    rows["span"] = spans.where(rows["mean"].notna())
    rows["seeds"] = (rows["min"].map(percent) + " to " + rows["max"].map(percent)).where(rows["min"].notna())
    shown = rows[PROBABILITIES].map(percent).assign(span=rows["span"], seeds=rows["seeds"])
    shown.index = pd.MultiIndex.from_arrays([rows["dataset"].str.replace("_", " "), rows["label"]], names=[None, None])
    titles = "difference [95 %]", "better", "equivalent", "worse", "better, seed by seed"
    heads = zip(("span", *PROBABILITIES, "seeds"), titles, strict=True)
    cells = cells_of(shown, {column: (head, _shown) for column, head in heads})
    return show_table(cells, name, "DILDL against RDA: probabilities", at, origin)


def _shown(words: Any) -> Cell:
    return NOTHING if pd.isna(words) else Cell((words,))


def components_table(effects: pd.DataFrame, cells: pd.DataFrame, name: str, origin: Provenance) -> Shown:
    """Show in how many metrics a component helps, and in how many significantly; the means are in the download."""
    tabs = {}
    for source, rows in effects.groupby("source", sort=False):
        summary = component_summary(rows)
        lines = summary["improved"].astype(str) + " of " + summary["metrics"].astype(str)
        signs = summary["better"].astype(str) + " ▲ " + summary["worse"].astype(str) + " ▼"
        summary["cell"] = pd.Series(map(Cell, zip(lines, signs, strict=True)), dtype=object).mask(summary["same_cells"])
        summary["of"] = summary["dataset"] + "/" + summary["criterion"]
        order = [f"{dataset}/{name}" for dataset in summary["dataset"].unique() for name in CRITERIA]
        table = crossed(summary, "of", "contrast")
        table = table.loc[[key for key in order if key in table.index]]
        parts = [str(key).replace("_", " ").partition("/") for key in table.index]
        tabs[str(source)] = table.set_axis(pd.MultiIndex.from_tuples([(d, CRITERIA[c][0]) for d, _, c in parts]))
    on = ["source", "dataset", "criterion", "metric"]
    values = cells[[*on, "row", "ours", "std", "seed_std", "published"]]
    data = effects
    for side in ("with", "without"):
        names = {column: f"{side}_{column}" for column in ("row", "ours", "std", "seed_std", "published")}
        data = data.merge(values.rename(columns=names), how="left", on=[*on, f"{side}_row"])
    return show_table(tabs, name, "What each component does", rounded(data), origin)


def percent(value: float) -> str:
    """Format a probability; what is not certain does not become 0 or 100 %."""
    shown = f"{100 * value:.0f} %"
    if shown == "0 %" and value > 0:
        return "< 1 %"
    return "> 99 %" if shown == "100 %" and value < 1 else shown
