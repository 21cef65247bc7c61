"""Tables 3 and 4 as a page shows them, and what they say in sentences."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import numpy as np
import pandas as pd

from companion.base.comparison import METRIC_TITLES, NOT_RUN, dataset_header
from companion.show.contrast_tables import p_text, text_table
from companion.show.styled import DASH, ScrollingTable, plus_minus, signed
from companion.tables.ablation import CONTRASTS, METRICS
from ildl.checks import check_option
from ildl.compare.frames import rows_of
from ildl.compare.statistics import BETTER, WORSE

ROW_LABELS = {"neither": "neither", "DRDA": "DRDA alone", "DLD": "DLD alone", "both": "DRDA and DLD"}
FULL = [name for name, (with_row, _) in CONTRASTS.items() if with_row == "both"]
"""Contrasts that hold the full method against a row that lacks something."""
SHORT = {metric: METRIC_TITLES[metric].partition(" (")[0] for metric in METRICS}


def render_ablation(table: pd.DataFrame, dataset: str, caption: str) -> ScrollingTable:
    """Show the ablation of one data set: the published block, then a block of four rows for each criterion.

    Parameters
    ----------
    table : DataFrame
        As `companion.tables.ablation.ablation_table` returns it.
    dataset : str
    caption : str
        How to read the table is added to it.

    Returns
    -------
    ScrollingTable

    Raises
    ------
    ValueError
        The table has no such data set.
    """
    rows = rows_of(table, "dataset", dataset)
    digits = [DASH if np.isnan(value) else f"{value:.3f}" for value in rows["published"]]
    blocks = []
    if rows["published"].notna().any():
        printed = rows.assign(block="published", text=digits, bold=rows["published_best"])
        blocks.append(printed.drop_duplicates(["row", "metric"]))
    feature_set = rows["feature_set"].iloc[0]
    if feature_set != NOT_RUN:
        text = pd.Series(plus_minus(rows["ours"], rows["std"], rows["seed_std"]), index=rows.index)
        text += np.where(rows["inside_noise"].fillna(False), " ≈", "")
        blocks.append(rows.assign(block="ours, " + rows["criterion"], text=text, bold=rows["best"]))
    cells = pd.concat(blocks)
    cells["row"], cells["metric"] = cells["row"].map(ROW_LABELS), cells["metric"].map(SHORT)
    keys = pd.MultiIndex.from_frame(cells[["block", "row"]].drop_duplicates())
    wide, bold = (
        cells.pivot(index=["block", "row"], columns="metric", values=values).loc[keys, list(SHORT.values())]
        for values in ("text", "bold")
    )
    reading = (
        f"{dataset}. Distances and divergence: low is good; similarities: high is good. Bold: best of its four rows. "
        f"{DASH}: not printed."
    )
    if feature_set == NOT_RUN:
        reading += " Its features are not at hand: ours was not run."
    else:
        reading = reading.replace(dataset, dataset_header(dataset, feature_set), 1)
        reading += " Ours: mean ± standard deviation over folds (over seeds, where there are several)."
    if rows["inside_noise"].notna().any():
        reading += (
            " ≈: ours and published differ by no more than the noise, with our spread presumed for the published "
            "number, which has none in print."
        )
    return text_table(wide, f"{caption} {reading}", f"{caption} {dataset}", bold.to_numpy(dtype=bool))


def render_further(table: pd.DataFrame, caption: str) -> list[ScrollingTable]:
    """Show the ablation of every data set that was run and has no published one.

    Parameters
    ----------
    table : DataFrame
        As `companion.tables.ablation.ablation_table` returns it.
    caption : str
        As for `render_ablation`.

    Returns
    -------
    list of ScrollingTable
    """
    printed = set(table.loc[table["published"].notna(), "dataset"])
    return [render_ablation(table, name, caption) for name in table["dataset"].unique() if name not in printed]


def render_tests(tests: pd.DataFrame, metric: str, caption: str) -> ScrollingTable:
    """Show the tests of one metric: a row a data set and criterion, a column group an effect.

    Parameters
    ----------
    tests : DataFrame
        As `companion.tables.ablation.ablation_tests` returns it.
    metric : str
    caption : str
        How to read the table is added to it.

    Returns
    -------
    ScrollingTable

    Raises
    ------
    ValueError
        A name that is not known or not there (named, with what is).
    """
    rows = rows_of(tests, "metric", metric)
    text = pd.DataFrame(
        {
            "change": [_change(row) for row in rows.to_dict("records")],
            "p paired": [p_text(value) for value in rows["p_paired"]],
            "p corrected": [p_text(value) for value in rows["p_corrected"]],
            "p Holm": [p_text(value) for value in rows["p_holm"]],
            "effect": [DASH if np.isnan(value) else f"{value:+.1f}".replace("-", "−") for value in rows["effect_size"]],
            "seeds": rows["seeds_improved"].astype(str) + " of " + rows["n_seeds"].astype(str),
        }
    ).set_index(pd.MultiIndex.from_frame(_labels(rows)))
    blocks = {name: text[(rows["contrast"] == name).to_numpy()] for name in CONTRASTS}
    reading = (
        f"{METRIC_TITLES[metric]}. Change: mean with the component minus mean without it, ± half of its 95 % interval "
        "(corrected variance). ●: the component is significantly better, ○: significantly worse (corrected test, "
        "p < 0.05, and every seed has the sign of the mean). p: paired t-test, corrected resampled t-test, and the "
        "latter adjusted for the five effects by Holm. Effect: Cohen's d of the paired differences, positive where the "
        "component is better. Seeds: how many of them improve. Same cells: the criterion leaves nothing to switch."
    )
    return text_table(pd.concat(blocks, axis=1), f"{caption} {reading}", f"{caption} {metric}")


def render_components(summary: pd.DataFrame, caption: str) -> ScrollingTable:
    """Show in how many metrics each component helps: a row a data set and criterion, a column an effect.

    Parameters
    ----------
    summary : DataFrame
        As `companion.tables.ablation.component_summary` returns it.
    caption : str
        How to read the table is added to it.

    Returns
    -------
    ScrollingTable
    """
    cells = summary.assign(
        text=[
            "same cells" if row["same_cells"]
            else f"{row['improved']} of {row['metrics']} ({row['better']} ●, {row['worse']} ○)"
            for row in summary.to_dict("records")
        ]
    )  # fmt: skip
    labels = _labels(cells)
    keys = pd.MultiIndex.from_frame(labels.drop_duplicates())
    wide = cells.join(labels).pivot(index=list(labels), columns="contrast", values="text").loc[keys, list(CONTRASTS)]
    reading = (
        "In how many of the six metrics the mean improves; in brackets how many improve (●) and worsen (○) "
        "significantly: corrected resampled t-test, p < 0.05, and every seed has the sign of the mean."
    )
    return text_table(wide, f"{caption} {reading}", caption)


def full_against_rest(tests: pd.DataFrame) -> str:
    """Say how often the full method is better than a row that lacks a component, criterion by criterion.

    Parameters
    ----------
    tests : DataFrame
        As `companion.tables.ablation.ablation_tests` returns it.

    Returns
    -------
    str
        "kl: better in mean in 20 of 54 different comparisons, significantly better in 3, worse in 4; ..."
    """
    rows = tests[tests["contrast"].isin(FULL) & ~tests["same_cells"]]
    return "; ".join(f"{criterion}: {_count(cells)}" for criterion, cells in rows.groupby("criterion", sort=False))


def component_sentence(tests: pd.DataFrame, component: str) -> str:
    """Say how often a component helps, the other on or off, over all data sets, criteria and metrics.

    Parameters
    ----------
    tests : DataFrame
        As `companion.tables.ablation.ablation_tests` returns it.
    component : {"DRDA", "DLD"}

    Returns
    -------
    str
        "better in mean in 65 of 108 different comparisons (72 of 126 where criteria that share rows count each), ..."

    Raises
    ------
    ValueError
        A name that is not known or not there (named, with what is).
    """
    check_option(component, ("DRDA", "DLD"), "component")
    return _count(tests[tests["contrast"].str.startswith(f"{component}, ") & ~tests["same_cells"]])


def published_sentence(effects: pd.DataFrame) -> str:
    """Say whether every component improves every metric in print.

    Parameters
    ----------
    effects : DataFrame
        As `companion.tables.ablation.published_effects` returns it.

    Returns
    -------
    str
        "Table 3: 19 of 19 filled pairs improve; Table 4: 29 of 30 (not: DLD, with DRDA, Kullback-Leibler divergence,
        difference +0.0020)"
    """
    parts = []
    for table, rows in effects[effects["improves"].notna()].groupby("table", sort=False):
        improves = rows["improves"].astype(bool)
        gaps = [
            f"{row['contrast']}, {SHORT[row['metric']]}, difference {signed(row['difference'])}"
            for row in rows[~improves].to_dict("records")
        ]
        exceptions = f" (not: {'; '.join(gaps)})" if gaps else ""
        parts.append(f"Table {table}: {improves.sum()} of {len(rows)} filled pairs improve{exceptions}")
    return "; ".join(parts)


def distance_by_criterion(table: pd.DataFrame) -> str:
    """Say how far each criterion's ablation is from the published one, where the two can be compared.

    Parameters
    ----------
    table : DataFrame
        As `companion.tables.ablation.ablation_table` returns it.

    Returns
    -------
    str
        "on Movie, rebalanced is 5.1 % off on average, with 8 of 19 cells inside the noise; ...", the closest first.
    """
    rows = table[table["inside_noise"].notna()]
    rows = rows.assign(off=(rows["difference"] / rows["published"]).abs())
    parts = []
    for dataset, cells in rows.groupby("dataset", sort=False):
        found = cells.groupby("criterion").agg(off=("off", "mean"), inside=("inside_noise", "sum"), n=("off", "size"))
        ranked = [f"{name} is {100 * row.off:.1f} % off on average, with {row.inside:.0f} of {row.n:.0f} cells inside "
                  "the noise" for name, row in found.sort_values("off").iterrows()]  # fmt: skip
        parts.append(f"on {dataset}, {'; '.join(ranked)}")
    return "; ".join(parts) or "no data set at hand on which the two can be compared"


def ablation_headline(tests: pd.DataFrame, effects: pd.DataFrame) -> str:
    """Say in a sentence what the ablation finds, ours and in print.

    Parameters
    ----------
    tests, effects : DataFrame
        As `companion.tables.ablation.ablation_tests` and `published_effects` return them.

    Returns
    -------
    str
    """
    ours = tests[tests["contrast"].isin(FULL) & ~tests["same_cells"]]
    theirs = effects[effects["contrast"].isin(FULL) & effects["improves"].notna()]
    return (
        f"In print the full method is better than a row that lacks a component in {theirs['improves'].sum()} of "
        f"{len(theirs)} comparisons; ours is {_count(ours)}."
    )


def _count(rows: pd.DataFrame) -> str:
    """Each difference of two trained rows once, which criteria may share; and, if they do, once a criterion."""
    pair = ["dataset", "metric", "difference", "lower", "upper"]
    own, rows = rows.drop_duplicates([*pair, "criterion"]), rows.drop_duplicates(pair)
    again = f" ({(own['improvement'] > 0).sum()} of {len(own)} where criteria that share rows count each)"
    text = f"better in mean in {(rows['improvement'] > 0).sum()} of {len(rows)} different comparisons"
    text += again if len(own) > len(rows) else ""
    return f"{text}, significantly better in {(rows['mark'] == BETTER).sum()}, worse in {(rows['mark'] == WORSE).sum()}"


def _change(row: dict[Hashable, Any]) -> str:
    if row["same_cells"]:
        return "same cells"
    symbol = {BETTER: " ●", WORSE: " ○"}.get(str(row["mark"]), "")
    return f"{signed(row['difference'])} ± {(row['upper'] - row['lower']) / 2:.4f}{symbol}"


def _labels(rows: pd.DataFrame) -> pd.DataFrame:
    """Row headings: data set, criterion."""
    headers = [dataset_header(*pair) for pair in zip(rows["dataset"], rows["feature_set"], strict=True)]
    return pd.DataFrame({"header": headers, "name": rows["criterion"].to_numpy()}, index=rows.index)
