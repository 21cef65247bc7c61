"""The tables of the page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from companion.evidence.constants import TEST_MEAN, TRAIN_MEAN, UNIFORM
from companion.show.look import METRICS, called
from companion.show.provenance import provenance_note
from companion.show.shown import Shown
from companion.show.table import DASH, NOTHING, Cell, cells_of, show_table, text
from companion.why.against import LAST, LEFT_OUT, PUBLISHED, SAMPLED, constant_means, share_explained
from companion.why.alignment import PAIRS, count_verdicts
from companion.why.data import HOLDS, ORIGIN
from companion.why.frames import Evidence, comparable, epochs, feature_sets, in_order, of_the_tables
from ildl.compare.noise import INSIDE
from ildl.compare.significance import NONE
from ildl.compare.statistics import BETTER, COMPARABLE, REFERENCES, WORSE

KL = "kl_divergence"
LOOKED = {
    BETTER: ("ours-better", "▲"),
    WORSE: ("ours-worse", "▼"),
    INSIDE: ("agrees", "="),
    NONE: ("agrees", "="),
}
"""Verdict against equal degrees -> class of the style sheet, sign."""
KEY = (
    Cell(("better than equal degrees",), "ours-better", sign="▲"),
    Cell(("not told apart",), "agrees", sign="="),
    Cell(("worse",), "ours-worse", sign="▼"),
)
OTHER = Cell(("other features: not comparable with print",), "other")
NETWORK_ROWS = ("OFR-DB", "RDA", "DILDL, as printed", "DILDL, derived targets", "DILDL, with RDA’s loss")


def title_of(dataset: str) -> str:
    """Name of a data set in a table: in one line."""
    return dataset.replace("_", "\N{NO-BREAK SPACE}").replace("-", "\N{NON-BREAKING HYPHEN}")


def judged(value: float, verdict: object, detail: str = "", alike: bool = True, form: str = "{:.2f}") -> Cell:
    """A score whose colour says how it stands against equal degrees; italics where features are others."""
    look, sign = LOOKED.get(str(verdict), ("", ""))
    return Cell((form.format(value),), look if alike else f"{look} other".strip(), detail, sign)


def equal_degrees_table(evidence: Evidence, agreement: pd.DataFrame, name: str) -> Shown:
    """Draw how many published and own numbers are better than equal degrees, a row a data set, a tab a metric.

    The data has, besides, what of the labels each row explains, and `agreement` of nearness and quality.
    """
    tabs = {
        words: _equal_degrees(evidence, metric)
        for metric, words in ((KL, "Kullback–Leibler divergence"), ("chebyshev", "Chebyshev distance"))
    }
    origin = provenance_note(evidence.comparison, evidence.unsampled)
    shares = share_explained(evidence.runs, evidence.constants)
    facts = ["squared_error", "entropy", "spread", "of_uniform", "of_train_mean", "of_test_mean"]
    by = ["dataset", "row", "chosen_by", "metric", "constant"]
    shares = shares[[*by[:3], *facts]].assign(metric=KL, constant=UNIFORM)  # once a row, not for every metric
    data = evidence.against.merge(shares, how="left", on=by).merge(agreement, how="left", on=["dataset", "metric"])
    data = data.drop(columns="reading").round(6)
    return show_table(tabs, name, "Equal degrees against everyone", data, origin, (OTHER,))


def _equal_degrees(evidence: Evidence, metric: str) -> pd.DataFrame:
    means = constant_means(evidence.constants, metric)
    rows = evidence.against[(evidence.against["metric"] == metric) & (evidence.against["constant"] == UNIFORM)]
    features = feature_sets(evidence.against)
    lines = {}
    for dataset in in_order(means.index):
        of_set = rows[rows["dataset"] == dataset]
        printed = of_set[of_set["side"] == PUBLISHED]
        best = printed.sort_values("value", kind="stable").head(1).to_dict("records")
        alike = features.get(dataset) == COMPARABLE
        lines[title_of(dataset)] = {
            "equal degrees": _score(means, dataset, UNIFORM),
            "mean of the training rows": _score(means, dataset, TRAIN_MEAN),
            "best published": Cell((f"{best[0]['value']:.2f} {best[0]['row']}",)) if best else NOTHING,
            "published that are better": _counted(printed),
            "ours, epoch by sampled rows": _counted(of_the_tables(of_set[of_set["chosen_by"] == SAMPLED]), alike),
            "ours, epoch by left-out rows": _counted(of_the_tables(of_set[of_set["chosen_by"] == LEFT_OUT]), alike),
        }
    return pd.DataFrame(lines).T


def _score(means: pd.DataFrame, dataset: str, constant: str) -> Cell:
    """Score of a constant; the best constant there is stands in the detail."""
    value = means[constant].get(dataset) if constant in means else None
    best = means[TEST_MEAN].get(dataset) if TEST_MEAN in means else None
    told = f"The best constant, the mean of the test rows, scores {best:.2f}." if pd.notna(best) else ""
    return NOTHING if value is None or pd.isna(value) else Cell((f"{value:.2f}",), detail=told)


def _counted(rows: pd.DataFrame, alike: bool = True) -> Cell:
    """How many rows are better than equal degrees beyond the noise; which ones stands in the detail."""
    if rows.empty:
        return NOTHING
    beyond = rows[rows["verdict"] == BETTER]
    told = ", ".join(f"{row['row']} {row['value']:.2f}" for row in beyond.to_dict("records"))
    mean = rows[rows["better"] & (rows["verdict"] != BETTER)]
    more = ", ".join(f"{row['row']} {row['value']:.2f}" for row in mean.to_dict("records"))
    detail = ". ".join(filter(None, (told, f"Inside the noise: {more}" if more else "")))
    return Cell((f"{len(beyond)} of {len(rows)}",), "" if alike else "other", detail)


def data_table(facts: pd.DataFrame, name: str) -> Shown:
    """Draw what the data sets hold, a row each."""
    rows = facts.loc[in_order(facts.index)]
    rows = rows.assign(
        size=[f"{n:,}" for n in rows["rows"]],
        degree=[f"{value:.2f}" for value in rows["dominant"]],
        shown=[q if q.isdigit() else DASH for q in rows["features"]],
        holds=[HOLDS.get(str(dataset), "") for dataset in rows.index],
    )
    columns = {
        "size": ("rows", lambda value: Cell((value,))),
        "shown": ("features", lambda value: Cell((value,))),
        "labels": ("labels", lambda value: Cell((str(value),))),
        "degree": ("dominant degree, median", lambda value: Cell((value,))),
        "head_names": ("head labels", text),
        "holds": ("public and used here", text),
    }
    cells = cells_of(rows, columns).set_axis([title_of(str(dataset)) for dataset in rows.index])
    return show_table(cells, name, "The six data sets", facts.reset_index(), ORIGIN)


def epochs_table(evidence: Evidence, effects: pd.DataFrame, name: str) -> Shown:
    """Draw which epoch is kept and what it scores, for the networks; `effects` of the last epoch go into the data."""
    table = epochs(evidence.runs)
    verdicts = evidence.against[(evidence.against["metric"] == KL) & (evidence.against["constant"] == UNIFORM)]
    by = ["dataset", "row", "chosen_by"]
    table = table.merge(verdicts[[*by, "ratio", "verdict"]], how="left", on=by)
    alike = comparable(table)["dataset"].unique()
    tabs = {
        title_of(dataset) + ("" if dataset in alike else " (other features)"): _epochs(rows, dataset in alike)
        for dataset in in_order(table["dataset"].unique())
        if len(rows := table[table["dataset"] == dataset])
    }
    last = effects[effects["metric"] == KL][["dataset", "row", "improvement", "p_corrected", "verdict"]]
    last = last.rename(columns={"improvement": "last_gains", "p_corrected": "p_last", "verdict": "verdict_last"})
    data = table.merge(last, how="left", on=["dataset", "row"])
    origin = provenance_note(evidence.comparison, evidence.unsampled)
    return show_table(tabs, name, "Which epoch is kept, and what it scores", data, origin, KEY)


def _epochs(table: pd.DataFrame, alike: bool) -> pd.DataFrame:
    """Cells of one data set."""
    lines = {}
    cells = {(row["row"], row["chosen_by"]): row for row in table.to_dict("records")}
    for row in NETWORK_ROWS:
        sampled, left_out, last = (cells.get((row, by)) for by in (SAMPLED, LEFT_OUT, LAST))
        lines[row] = {
            ("epoch kept, median", SAMPLED): _epoch(sampled),
            ("epoch kept, median", LEFT_OUT): _epoch(left_out),
            ("divergence", SAMPLED): _divergence(sampled, alike),
            ("divergence", LEFT_OUT): _divergence(left_out, alike),
            ("divergence", LAST): _divergence(last, alike),
            ("moved", LEFT_OUT): _moved(left_out, sampled),
        }
    return _two_levels(lines)


def _two_levels(lines: Mapping[str, Mapping[tuple[str, str], Cell]]) -> pd.DataFrame:
    """Cells by row, with headings of columns in two levels."""
    columns = next(iter(lines.values()), {})
    cells = [list(line.values()) for line in lines.values()]
    return pd.DataFrame(cells, index=list(lines), columns=pd.MultiIndex.from_tuples(list(columns)))


def _epoch(row: Mapping[Any, Any] | None) -> Cell:
    return NOTHING if row is None else Cell((f"{row['epoch']:.0f}",), detail=f"mean {row['epoch_mean']:.0f}")


def _divergence(row: Mapping[Any, Any] | None, alike: bool) -> Cell:
    if row is None:
        return NOTHING
    seeds = f"{row['n_folds']} folds, {row['n_seeds']} seeds"
    return judged(row[KL], row["verdict"], f"{row['ratio']:.2f} times equal degrees; {seeds}", alike)


def _moved(row: Mapping[Any, Any] | None, sampled: Mapping[Any, Any] | None) -> Cell:
    """Mean Chebyshev distance of predictions from those of the untrained network."""
    if row is None or pd.isna(row["from_start"]):
        return NOTHING
    told = "" if sampled is None else f"with the epoch by sampled rows: {sampled['from_start']:.2f}"
    return Cell((f"{row['from_start']:.2f}",), detail=told)


def alignment_table(effects: pd.DataFrame, evidence: Evidence, name: str) -> Shown:
    """Draw how often each addition helps and hurts under each choice of the epoch, over data sets and nine metrics."""
    counts = {(row["added"], row["chosen_by"]): row for row in count_verdicts(effects).to_dict("records")}
    lines = {}
    for added, (without, with_) in PAIRS.items():
        if added not in set(effects["added"]):
            continue
        cells = {}
        for by in (SAMPLED, LEFT_OUT, LAST):
            found = counts.get((added, by))
            for what, verdict in (("helps", BETTER), ("hurts", WORSE)):
                cells[by, what] = NOTHING if found is None else _share(found, verdict)
        lines[f"{added[:1].upper()}{added[1:]}: {without} → {with_}"] = cells
    origin = provenance_note(evidence.comparison, evidence.unsampled)
    return show_table(_two_levels(lines), name, "How often alignment helps and hurts", effects, origin)


def _share(found: Mapping[Any, Any], verdict: str) -> Cell:
    often = found[verdict] > found["n"] / 3
    look = LOOKED[verdict][0] if often else ""
    return Cell((f"{found[verdict]} of {found['n']}",), look, f"{found['n_datasets']} data sets, nine metrics")


def further_grid(table: pd.DataFrame) -> pd.DataFrame:
    """Cells of the further data sets by divergence: a row each, a column a row of the results."""
    rows = [*map(called, REFERENCES), *NETWORK_ROWS[:2], *NETWORK_ROWS[3:]]
    of_metric = table[table["metric"] == KL]
    lines = {}
    for dataset, of_set in of_metric.groupby("dataset", sort=False):
        best = of_set["mean"].min()
        form = "{:.2f}" if best > 0.02 else "{:.4f}"
        cells = {row["row"]: row for row in of_set.to_dict("records")}
        lines[title_of(str(dataset))] = {row: _further(cells[row], form) if row in cells else NOTHING for row in rows}
    return pd.DataFrame(lines).T


def _further(row: Mapping[Any, Any], form: str) -> Cell:
    detail = f"{row['mean']:.4f} ± {row['std']:.4f} over {row['n_folds']:.0f} folds, {row['n_seeds']:.0f} seed"
    return judged(row["mean"], row["verdict_uniform"], detail, form=form)


def further_data_table(table: pd.DataFrame, results: pd.DataFrame, name: str) -> Shown:
    """Draw the further data sets."""
    title = f"Further data sets, {METRICS[KL]}"
    return show_table(further_grid(table), name, title, table, provenance_note(results), KEY)
