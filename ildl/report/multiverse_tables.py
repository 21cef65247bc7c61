"""Tables of the multiverse: the specifications next to the published value, and the effects of the choices."""

from __future__ import annotations

import pandas as pd
from pandas.io.formats.style_render import CSSDict

from ildl.report.comparison import dataset_header
from ildl.report.multiverse import title_of
from ildl.report.multiverse_answers import against_rda, reading_label
from ildl.report.multiverse_effects import INTERACTIONS
from ildl.report.statistics import COMPARABLE
from ildl.report.styled import DASH, STYLES, ScrollingTable, plus_minus, signed

LONG_LABELS: list[CSSDict] = [{"selector": "th.row_heading.level1", "props": "white-space: normal; min-width: 13em;"}]


def render_closest(specs: pd.DataFrame, n: int = 10) -> ScrollingTable:
    """Show the specifications closest to the published value, and those that are the printed objective.

    Parameters
    ----------
    specs : DataFrame
        As `ildl.report.multiverse.specifications` returns it.
    n : int
        How many of the closest, on data sets with the benchmark's features; of the others, the printed ones alone.

    Returns
    -------
    ScrollingTable
    """
    parts = []
    for _, rows in specs.groupby("dataset", sort=False):
        order = rows["distance"].abs().sort_values(kind="stable").index
        near = order[: n if rows["feature_set"].iloc[0] == COMPARABLE else 0]
        kept = rows.index.isin(near) | (rows["printed"] != "")
        parts.append(rows.loc[order[order.isin(rows.index[kept])]])
    rows = pd.concat(parts)
    text = pd.DataFrame(
        {
            "reading": rows.apply(_label, axis=1),
            "ours": plus_minus(rows["mean"], rows["std"], rows["seed_std"]),
            "published": plus_minus(rows["published"], rows["published_std"]),
            "difference": [DASH if pd.isna(value) else signed(value) for value in rows["distance"]],
            "inside noise?": [DASH if pd.isna(value) else "yes" if value else "no" for value in rows["inside_noise"]],
            "against our RDA": rows.apply(_rda, axis=1),
        }
    )
    headers = [dataset_header(*pair) for pair in zip(rows["dataset"], rows["feature_set"], strict=True)]
    text.index = pd.MultiIndex.from_arrays([headers, text.pop("reading")], names=[None, None])
    metric = rows["metric"].iloc[0]
    caption = (
        f"{title_of(metric)}: the {n} specifications closest to the published value, found after the "
        "fact, and the printed objective; choices that are not named are at their default. Mean ± standard "
        "deviation over folds (over seeds, where there are several); against RDA: mean difference, 95 % interval."
    )
    styler = text.style.set_uuid(f"closest{metric.replace('_', '')}").set_caption(caption)
    label = f"{title_of(metric)}: closest, and the printed objective"
    return ScrollingTable(styler.set_table_styles([*STYLES, *LONG_LABELS]), label)


def render_effects(effects: pd.DataFrame, metric: str) -> ScrollingTable:
    """Show how much each choice matters, a column group a data set.

    Parameters
    ----------
    effects : DataFrame
        As `ildl.report.multiverse_effects.choice_effects` returns it.
    metric : str

    Returns
    -------
    ScrollingTable
    """
    labels = effects["choice"] + (": " + effects["option"]).where(effects["choice"] != INTERACTIONS, "")
    cells = pd.DataFrame(
        {
            "share": effects["share"].map(_percent),
            "with interactions": effects["total"].map(_percent),
            "mean change": effects.apply(_interval, axis=1, args=("change", "")),
            "change at the default": effects.apply(_interval, axis=1, args=("from_default", "from_default_")),
        }
    ).set_index(labels.to_numpy())
    headers = [dataset_header(*pair) for pair in zip(effects["dataset"], effects["feature_set"], strict=True)]
    groups = {header: cells[[name == header for name in headers]] for header in dict.fromkeys(headers)}
    caption = (
        f"{title_of(metric)}: share of the variance over specifications that a choice explains by "
        "itself, and with its interactions (these overlap; below the share only where criterion and dominant explain "
        "the same); mean change of an option against the default over all pairs that differ in nothing else; change of "
        "the default reading alone; both with their 95 % interval."
    )
    styler = pd.concat(groups, axis=1).style.set_uuid(f"effects{metric.replace('_', '')}").set_caption(caption)
    return ScrollingTable(styler.set_table_styles(STYLES), f"{title_of(metric)}: effects of the choices")


def _label(row: pd.Series) -> str:
    label = reading_label(row).replace("=", ": ")
    return f"{label} [printed objective, {row['printed']}]" if row["printed"] else label


def _rda(row: pd.Series) -> str:
    low, high = signed(row["against_rda_lower"]), signed(row["against_rda_upper"])
    return f"{signed(row['against_rda'])} [{low}, {high}], {against_rda(row)} it"


def _percent(share: float) -> str:
    return DASH if pd.isna(share) else f"{100 * share:.1f} %"


def _interval(row: pd.Series, mean: str, prefix: str) -> str:
    if pd.isna(row[mean]):
        return DASH
    return f"{signed(row[mean])} [{signed(row[f'{prefix}lower'])}, {signed(row[f'{prefix}upper'])}]"
