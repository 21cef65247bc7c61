"""Tables of tests, marks, ranks, effect sizes, probabilities and components."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from companion.base.names import OF_DILDL
from companion.evidence.ablation import CONTRASTS, component_summary
from companion.show.beside import ABOVE, BELOW, KEY, PAPER_DATASETS, grid
from companion.show.look import METRICS, SHORT, called
from companion.show.provenance import Provenance
from companion.show.shown import Shown
from companion.show.table import DASH, NOTHING, Cell, cells_of, number, show_table, text
from companion.statistics.figures import ALL, panels_of
from companion.statistics.figures_effects import CRITERIA
from companion.statistics.frames import LEFT_OUT, LEFT_OUT_METRICS, SAMPLED, SOURCES
from companion.statistics.marks import TESTS
from ildl.compare.bayes import PROBABILITIES, ROPE
from ildl.compare.statistics import BETTER, COMPARABLE, WORSE

VERDICTS = {BETTER: (ABOVE, "▲"), WORSE: (BELOW, "▼")}
TESTED = (Cell(("DILDL better",), ABOVE, sign="▲"), Cell(("DILDL worse",), BELOW, sign="▼"), Cell(("not told apart",)))
ROWS = {SAMPLED: "sampled rows", LEFT_OUT: "left-out rows"}


def against_rows(tests: pd.DataFrame, metric: str, name: str, origin: Provenance) -> Shown:
    """Show DILDL against every other row: the difference with its interval, a tab a reading and source."""
    rows = tests[tests["metric"] == metric]
    tabs = {}
    for source in SOURCES:
        for reading in OF_DILDL:
            part = rows[(rows["source"] == source) & (rows["reading"] == reading)]
            if len(part):
                tabs[f"{called('DILDL', reading).partition(', ')[2]}, {ROWS[source]}"] = _against_grid(part)
    return show_table(tabs, name, f"DILDL against every other row: {METRICS[metric]}", rows, origin, TESTED)


def _against_grid(tests: pd.DataFrame) -> pd.DataFrame:
    cells = {(row["row"], row["dataset"]): difference_cell(row) for row in tests.to_dict("records")}
    datasets, labels = (list(dict.fromkeys(tests[column])) for column in ("dataset", "row"))
    return pd.DataFrame(
        [[cells.get((label, dataset), NOTHING) for dataset in datasets] for label in labels],
        index=labels,
        columns=[PAPER_DATASETS.get(dataset, dataset) for dataset in datasets],
    )


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
    tabs = {}
    for (source, reading), part in tests.groupby(["source", "reading"], sort=False):
        marks = {key: list(rows) for key, rows in part.groupby(["row", "dataset"], sort=False)["mark_corrected"]}
        datasets, labels = (list(dict.fromkeys(part[column])) for column in ("dataset", "row"))
        tab = f"{called('DILDL', str(reading)).partition(', ')[2]}, {ROWS[str(source)]}"
        tabs[tab] = pd.DataFrame(
            [[_counts(marks.get((label, dataset), [])) for dataset in datasets] for label in labels],
            index=labels,
            columns=[PAPER_DATASETS.get(dataset, dataset) for dataset in datasets],
        )
    return show_table(tabs, name, "In how many metrics DILDL is better or worse", tests, origin)


def _counts(marks: Sequence[str]) -> Cell:
    return Cell((f"{marks.count(BETTER)} ▲ {marks.count(WORSE)} ▼",)) if marks else NOTHING


def marks_table(found: pd.DataFrame, name: str, origin: Provenance) -> Shown:
    """Show how many printed marks come out, where the features are the benchmark's, and how many are turned round."""
    here = found[found["feature_set"] == COMPARABLE]
    totals = here.groupby(["source", "reading"], sort=False).sum(numeric_only=True).reset_index()
    totals.index = pd.MultiIndex.from_arrays(
        [totals["source"], [called("DILDL", reading) for reading in totals["reading"]]]
    )
    count = number("{:.0f}")
    columns = {"marks": ("in print", count)}
    columns |= {f"found_{test}": (words, count) for test, words in TESTS.items()}
    columns |= {"worse_corrected": ("turned round", count)}
    return show_table(cells_of(totals, columns), name, "Printed marks that come out again", found, origin)


def appendix_table(table: pd.DataFrame, name: str, origin: Provenance) -> Shown:
    """Show ours over the numbers that the appendices print, a tab a metric that the paper leaves out."""
    tabs = {METRICS[metric]: grid(table[table["metric"] == metric]) for metric in LEFT_OUT_METRICS}
    return show_table(tabs, name, "Metrics that the paper leaves out", table, origin, KEY)


def ranks_table(ranks: pd.DataFrame, name: str, title: str, data: pd.DataFrame, origin: Provenance | None) -> Shown:
    """Show average ranks, a column a metric and one for their mean; the best of a column is bold."""
    lines = [
        [Cell((f"{value:.2f}",), bold=value == least) for value, least in zip(row, ranks.min(), strict=True)]
        for row in ranks.to_numpy()
    ]
    cells = pd.DataFrame(lines, index=ranks.index, columns=ranks.columns)
    return show_table(cells.rename(columns=SHORT | {"all": "mean"}), name, title, data, origin)


def limits_table(limits: pd.DataFrame, name: str) -> Shown:
    """Show what comparisons over so many blocks can find at most."""
    tiny = {
        column: (title, lambda p: Cell(("< 0.001" if p < 0.001 else f"{p:.3f}",)))
        for column, title in (
            ("smallest_p_all", "least p, all methods"),
            ("smallest_p_pair", "least p, one pair"),
            ("smallest_p_pair_adjusted", "the same among all pairs"),
        )
    }
    columns = {"n_blocks": ("blocks", number("{:.0f}")), **tiny}
    columns |= {"critical_difference": ("critical difference", number("{:.1f}"))}
    columns |= {"largest_difference": ("largest possible", number("{:.0f}"))}
    return show_table(cells_of(limits, columns), name, "What such a comparison can find", limits)


def averages_table(averages: pd.DataFrame, name: str) -> Shown:
    """Show how many of the average ranks that RDA's appendix prints follow from its cells."""
    ways = {
        "from the printed ranks": "agrees_with_ranks",
        "from the printed means, ties share the best rank": "agrees_with_means",
        "from the printed means, ties share the mean rank": "agrees_with_shared",
    }
    counts = [[Cell((str(int(averages[column].sum())),)), Cell((str(len(averages)),))] for column in ways.values()]
    cells = pd.DataFrame(counts, index=list(ways), columns=["agree", "averages"])
    return show_table(cells, name, "Average ranks of RDA’s appendix, recomputed", averages)


def effects_table(effects: pd.DataFrame, name: str, origin: Provenance) -> Shown:
    """Show effect sizes of DILDL against RDA; the download has every rival."""
    rows = effects[effects["against"] == "RDA"].copy()
    rows.index = pd.MultiIndex.from_arrays([rows["dataset"].str.replace("_", " "), rows["label"]])
    rows["interval"] = [
        DASH if pd.isna(d) else f"{d:.2f} [{low:.2f}, {high:.2f}]".replace("-", "−")
        for d, low, high in rows[["d_z", "d_z_low", "d_z_high"]].to_numpy()
    ]
    columns = {
        "relative": ("difference", _share),
        "interval": ("Cohen’s d [95 %]", text),
        "g_z": ("Hedges’ g", number()),
        "superiority": ("better on", lambda share: Cell((f"{100 * share:.0f} %",))),
    }
    return show_table(cells_of(rows, columns), name, "DILDL against RDA: effect sizes", effects, origin)


def bayes_table(posterior: pd.DataFrame, signed: pd.DataFrame, name: str, origin: Provenance) -> Shown:
    """Show the probabilities with the difference and, where there are several seeds, the range over them."""
    at = posterior[posterior["rope"] == ROPE]
    alone = at[at["seed"] != "mean"].groupby(["dataset", "label"])["p_better"].agg(["min", "max"])
    ends = dict(zip(alone.index, alone.to_numpy(), strict=True))
    lines, names = [], []
    for title, rows in panels_of(at, signed[signed["rope"] == ROPE]).items():
        for row in rows.to_dict("records"):
            # Over data sets the probabilities are shares of draws: none of them is not never.
            p = [min(max(row[name], 1e-9), 1 - 1e-9) if title == ALL else row[name] for name in PROBABILITIES]
            span = [_signed(row[name]) for name in ("mean", "low", "high")] if "mean" in row else None
            seeds = [percent(end) for end in ends.get((title, row["label"]), ())]
            lines.append(
                [
                    Cell((f"{span[0]} % [{span[1]}, {span[2]}]",)) if span else NOTHING,
                    *(Cell((percent(value),)) for value in p),
                    Cell((" to ".join(seeds),)) if seeds else NOTHING,
                ]
            )
            names.append((title.replace("_", " "), row["label"]))
    heads = ["difference [95 %]", "better", "equivalent", "worse", "better, seed by seed"]
    cells = pd.DataFrame(lines, index=pd.MultiIndex.from_tuples(names), columns=heads)
    data = pd.concat([at, signed[signed["rope"] == ROPE].assign(dataset=ALL, seed="mean")])
    return show_table(cells, name, "DILDL against RDA: probabilities", data, origin)


def components_table(effects: pd.DataFrame, cells: pd.DataFrame, name: str, origin: Provenance) -> Shown:
    """Show in how many metrics a component helps, and in how many significantly; the means are in the download."""
    tabs = {}
    for source, rows in effects.groupby("source", sort=False):
        summary = component_summary(rows)
        found = {
            (row["dataset"], row["criterion"], row["contrast"]): NOTHING
            if row["same_cells"]
            else Cell((f"{row['improved']} of {row['metrics']}", f"{row['better']} ▲ {row['worse']} ▼"))
            for row in summary.to_dict("records")
        }
        keys = [
            (dataset, criterion)
            for dataset in dict.fromkeys(summary["dataset"])
            for criterion in CRITERIA
            if (dataset, criterion, next(iter(CONTRASTS))) in found
        ]
        tabs[str(source)] = pd.DataFrame(
            [[found[*key, contrast] for contrast in CONTRASTS] for key in keys],
            index=pd.MultiIndex.from_tuples([(d.replace("_", " "), CRITERIA[c][0]) for d, c in keys]),
            columns=list(CONTRASTS),
        )
    on = ["source", "dataset", "criterion", "metric"]
    values = cells[[*on, "row", "ours", "std", "seed_std", "published"]]
    data = effects
    for side in ("with", "without"):
        names = {column: f"{side}_{column}" for column in ("row", "ours", "std", "seed_std", "published")}
        data = data.merge(values.rename(columns=names), how="left", on=[*on, f"{side}_row"])
    return show_table(tabs, name, "What each component does", data, origin)


def _signed(share: float) -> str:
    return f"{100 * share:+.1f}".replace("-", "−")


def _share(value: float) -> Cell:
    return Cell((f"{_signed(value)} %",))


def percent(value: float) -> str:
    """Format a probability; what is not certain does not become 0 or 100 %."""
    shown = f"{100 * value:.0f} %"
    if shown == "0 %" and value > 0:
        return "< 1 %"
    return "> 99 %" if shown == "100 %" and value < 1 else shown
