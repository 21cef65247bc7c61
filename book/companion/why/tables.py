"""The tables of the page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from companion.evidence.constants import TEST_MEAN, TRAIN_MEAN, UNIFORM
from companion.show.look import METRICS, called
from companion.show.provenance import provenance_note
from companion.show.shown import Shown
from companion.show.table import DASH, NOTHING, Cell, cells_of, number, show_table, text
from companion.why.against import DISTANCES, KL, LAST, LEFT_OUT, PUBLISHED, SAMPLED, constant_means
from companion.why.alignment import PAIRS, count_verdicts, epoch_effect
from companion.why.frames import ORIGIN, Evidence, comparable, epochs, in_order, of_the_tables
from ildl.compare.noise import INSIDE
from ildl.compare.significance import NONE
from ildl.compare.statistics import BETTER, REFERENCES, WORSE

LOOKED = {BETTER: ("ours-better", "▲"), WORSE: ("ours-worse", "▼")} | dict.fromkeys((INSIDE, NONE), ("agrees", "="))
"""Verdict against equal degrees -> class of the style sheet, sign."""
KEY = tuple(
    Cell((words,), *LOOKED[verdict][:1], sign=LOOKED[verdict][1])
    for verdict, words in ((BETTER, "better than equal degrees"), (NONE, "not told apart"), (WORSE, "worse"))
)
OTHER = Cell(("other features: not comparable with print",), "other")
NETWORK_ROWS = ("OFR-DB", "RDA", "DILDL, as printed", "DILDL, derived targets", "DILDL, with RDA’s loss")
HOLDS = {
    "Movie": "the benchmark’s features",
    "Natural_Scene": "the benchmark’s features, presumably",
    "Emotion6": "other features",
    "SCUT-FBP": "other rows and features",
    "Flickr_LDL": "labels; its features are not public",
    "RAF-ML": "labels; its features are not public",
}
"""What of each data set is public, and used here."""


def title_of(dataset: str) -> str:
    """Name of a data set in a table: in one line."""
    return dataset.replace("_", "\N{NO-BREAK SPACE}").replace("-", "\N{NON-BREAKING HYPHEN}")


def judged(value: float, verdict: object, detail: str, alike: bool = True, form: str = "{:.2f}") -> Cell:
    """A score whose colour says how it stands against equal degrees; italics where features are others."""
    look, sign = LOOKED.get(str(verdict), ("", ""))
    return Cell((form.format(value),), look if alike else f"{look} other".strip(), detail, sign)


def equal_degrees_table(evidence: Evidence, agreement: pd.DataFrame, name: str) -> Shown:
    """Draw how many results beat equal degrees; evenness (entropy) and the order by it go into the data, too."""
    tabs = {METRICS[metric]: _equal_degrees(evidence, metric) for metric in DISTANCES}
    by = ["dataset", "row", "chosen_by"]
    entropy = evidence.runs.query("metric == 'entropy'").groupby(by)["value"].mean().rename("entropy")
    data = pd.concat([evidence.against.drop(columns="reading").join(entropy, on=by), agreement]).round(6)
    origin = provenance_note(evidence.comparison, evidence.unsampled)
    return show_table(tabs, name, "Equal degrees against everyone", data, origin, (OTHER,))


def _equal_degrees(evidence: Evidence, metric: str) -> pd.DataFrame:
    means = constant_means(evidence.constants, metric).reindex(columns=[UNIFORM, TRAIN_MEAN, TEST_MEAN])
    rows = evidence.against[(evidence.against["metric"] == metric) & (evidence.against["constant"] == UNIFORM)]
    alike = set(comparable(rows[rows["side"] != PUBLISHED])["dataset"])
    lines = {}
    for dataset in in_order(means.index):
        of_set, (uniform, train, oracle) = rows[rows["dataset"] == dataset], means.loc[dataset]
        printed, best = of_set[of_set["side"] == PUBLISHED], NOTHING
        if len(printed):
            best = Cell((f"{printed['value'].min():.2f} {printed.set_index('row')['value'].idxmin()}",))
        told = f"The best constant, the mean of the test rows, scores {oracle:.2f}." if pd.notna(oracle) else ""
        lines[title_of(dataset)] = {
            "equal degrees": Cell((f"{uniform:.2f}",), detail=told),
            "mean of the training rows": Cell((f"{train:.2f}",), detail=told),
            "best published": best,
            "published that are better": _counted(printed),
        } | {
            f"ours, epoch by {by}": _counted(of_the_tables(of_set[of_set["chosen_by"] == by]), dataset in alike)
            for by in (SAMPLED, LEFT_OUT)
        }
    return pd.DataFrame(lines).T


def _counted(rows: pd.DataFrame, alike: bool = True) -> Cell:
    """How many rows are better than equal degrees beyond the noise; which ones stands in the detail."""
    if rows.empty:
        return NOTHING
    beyond = rows["verdict"] == BETTER
    told, more = (
        ", ".join(f"{row} {value:.2f}" for row, value in part[["row", "value"]].to_numpy())
        for part in (rows[beyond], rows[rows["better"] & ~beyond])
    )
    detail = ". ".join(filter(None, (told, f"Inside the noise: {more}" if more else "")))
    return Cell((f"{beyond.sum()} of {len(rows)}",), "" if alike else "other", detail)


def data_table(facts: pd.DataFrame, name: str) -> Shown:
    """Draw what the data sets hold, a row each."""
    rows = facts.loc[in_order(facts.index)]
    columns = {
        "rows": ("rows", number("{:,}")),
        "features": ("features", lambda value: Cell((value if value.isdigit() else DASH,))),
        "labels": ("labels", number("{}")),
        "dominant": ("dominant degree, median", number()),
        "head_names": ("head labels", text),
        "holds": ("public and used here", text),
    }
    cells = cells_of(rows.assign(holds=rows.index.map(HOLDS).fillna("")), columns)
    return show_table(
        cells.rename(index=title_of).rename_axis(None), name, "The six data sets", facts.reset_index(), ORIGIN
    )


def epochs_table(evidence: Evidence, name: str) -> Shown:
    """Draw which epoch is kept and what it scores, for the networks; tests of the last epoch go into the data."""
    verdicts = evidence.against[(evidence.against["metric"] == KL) & (evidence.against["constant"] == UNIFORM)]
    by = ["dataset", "row", "chosen_by"]
    table = epochs(evidence.runs).join(verdicts.set_index(by)[["ratio", "verdict"]], on=by)
    tabs = {}
    for dataset in in_order(table["dataset"].unique()):
        rows = table[table["dataset"] == dataset]
        alike = len(comparable(rows)) > 0
        tabs[title_of(dataset) + ("" if alike else " (other features)")] = _epochs(rows, alike)
    last = epoch_effect(evidence.runs).query("metric == @KL").set_index(by[:2])
    last = last[["improvement", "p_corrected", "verdict"]].set_axis(["last_gains", "p_last", "verdict_last"], axis=1)
    origin = provenance_note(evidence.comparison, evidence.unsampled)
    title = "Which epoch is kept, and what it scores"
    return show_table(tabs, name, title, table.join(last, on=by[:2]), origin, KEY)


def _epochs(table: pd.DataFrame, alike: bool) -> pd.DataFrame:
    """Cells of one data set."""
    found = table.set_index(["row", "chosen_by"]).to_dict("index")
    lines: dict[str, dict[tuple[str, str], Cell]] = {}
    for row in NETWORK_ROWS:
        kept = {by: found[row, by] for by in (SAMPLED, LEFT_OUT, LAST) if (row, by) in found}
        cells = {("epoch kept, median", by): Cell((f"{of['epoch']:.0f}",), detail=f"mean {of['epoch_mean']:.0f}")
                 for by, of in kept.items()}  # fmt: skip
        for by, of in kept.items():
            detail = f"{of['ratio']:.2f} times equal degrees; {of['n_folds']} folds, {of['n_seeds']} seeds"
            cells["divergence", by] = judged(of[KL], of["verdict"], detail, alike)
            cells["moved", by] = number()(of["from_start"])
        if {SAMPLED, LEFT_OUT} <= set(kept):
            told = f"with the epoch by sampled rows: {kept[SAMPLED]['from_start']:.2f}"
            cells["moved", LEFT_OUT] = Cell(cells["moved", LEFT_OUT].lines, detail=told)
        lines[row] = cells
    columns = [("epoch kept, median", SAMPLED), ("epoch kept, median", LEFT_OUT)]
    columns += [("divergence", by) for by in (SAMPLED, LEFT_OUT, LAST)]
    return _two_levels(lines, [*columns, ("moved", LEFT_OUT)])


def _two_levels(lines: Mapping[str, Mapping[tuple[str, str], Cell]], columns: list[tuple[str, str]]) -> pd.DataFrame:
    """Cells by row, with headings of columns in two levels."""
    cells = [[line.get(column, NOTHING) for column in columns] for line in lines.values()]
    return pd.DataFrame(cells, index=list(lines), columns=pd.MultiIndex.from_tuples(columns))


def alignment_table(effects: pd.DataFrame, evidence: Evidence, name: str) -> Shown:
    """Draw how often each addition helps and hurts under each choice of the epoch, over data sets and nine metrics."""
    lines: dict[str, dict[tuple[str, str], Cell]] = {}
    names = {added: f"{added[:1].upper()}{added[1:]}: {before} → {after}" for added, (before, after) in PAIRS.items()}
    for row in count_verdicts(effects).to_dict("records"):
        for what, verdict in (("helps", BETTER), ("hurts", WORSE)):
            look = LOOKED[verdict][0] if row[verdict] > row["n"] / 3 else ""
            cell = Cell((f"{row[verdict]} of {row['n']}",), look, f"{row['sets']} data sets, nine metrics")
            lines.setdefault(names[row["added"]], {})[row["chosen_by"], what] = cell
    columns = [(by, what) for by in (SAMPLED, LEFT_OUT, LAST) for what in ("helps", "hurts")]
    lines = {title: lines[title] for title in names.values() if title in lines}
    origin = provenance_note(evidence.comparison, evidence.unsampled)
    return show_table(_two_levels(lines, columns), name, "How often alignment helps and hurts", effects, origin)


def further_grid(table: pd.DataFrame) -> pd.DataFrame:
    """Cells of the further data sets by divergence: a row each, a column a row of the results."""
    rows = [*map(called, REFERENCES), *NETWORK_ROWS[:2], *NETWORK_ROWS[3:]]
    lines = {}
    for dataset, of_set in table[table["metric"] == KL].groupby("dataset", sort=False):
        form = "{:.2f}" if of_set["mean"].min() > 0.1 else "{:.4f}"
        found = of_set.set_index("row").to_dict("index")
        lines[title_of(str(dataset))] = {row: _further(found[row], form) if row in found else NOTHING for row in rows}
    return pd.DataFrame(lines).T


def _further(row: Mapping[Any, Any], form: str) -> Cell:
    detail = f"{row['mean']:.4f} ± {row['std']:.4f} over {row['n_folds']} folds, {row['n_seeds']} seed"
    return judged(row["mean"], row["verdict_uniform"], detail, form=form)


def further_data_table(table: pd.DataFrame, results: pd.DataFrame, name: str) -> Shown:
    """Draw the further data sets."""
    title = f"Further data sets, {METRICS[KL]}"
    return show_table(further_grid(table), name, title, table, provenance_note(results), KEY)
