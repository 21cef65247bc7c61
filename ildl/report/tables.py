"""Tables that show our results beside the published ones: the numbers, and how a page shows them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape
from typing import Any

import numpy as np
import pandas as pd
from pandas.io.formats.style import Styler
from pandas.io.formats.style_render import CSSDict

from ildl.report.statistics import COMPARABLE, REFERENCES, is_better, noise_margin

METRIC_TITLES = {
    "chebyshev": "Chebyshev distance (low is good)",
    "clark": "Clark distance (low is good)",
    "canberra": "Canberra distance (low is good)",
    "kl_divergence": "Kullback-Leibler divergence (low is good)",
    "cosine": "Cosine similarity (high is good)",
    "intersection": "Intersection similarity (high is good)",
    "euclidean_all": "Euclidean distance, all labels (low is good)",
    "euclidean_tail": "Euclidean distance, tail labels (low is good)",
    "euclidean_head": "Euclidean distance, head labels (low is good)",
}
FEATURE_NOTES = {"benchmark": "", "public": "other features", "artificial": "artificial"}
NOT_RUN = "not run"
OURS, PUBLISHED, DIFFERENCE, INSIDE = "ours", "published", "difference", "inside noise?"
DASH = "–"
Readings = Mapping[str, Mapping[str, Mapping[str, Any]]]
"""Method -> name of a reading -> the parameters that give it, as `ildl.methods.READINGS`."""
STYLES: list[CSSDict] = [
    {"selector": "", "props": "border-collapse: collapse; white-space: nowrap; font-variant-numeric: tabular-nums;"},
    {
        "selector": "caption",
        "props": "caption-side: top; text-align: left; white-space: normal; max-width: min(50em, 80vw); "
        "position: sticky; left: 0;",
    },
    {"selector": "th, td", "props": "padding: 0.2em 0.6em; text-align: right;"},
    {"selector": "th.col_heading.level0", "props": "text-align: left; padding-top: 0.6em;"},
    {
        "selector": "th.row_heading",
        "props": "text-align: left; position: sticky; left: 0; white-space: normal; max-width: 11em; "
        "background: var(--pst-color-background, Canvas);",
    },
]


@dataclass(frozen=True)
class ScrollingTable:
    """A styled table in a box of its own, which scrolls where the page is narrower than the table.

    Parameters
    ----------
    styler : Styler
    label : str
        What the box is called by a screen reader.
    """

    styler: Styler = field(repr=False)
    label: str

    def _repr_html_(self) -> str:
        html = re.sub(r'<th class="blank[^>]*>&nbsp;</th>', "<td></td>", self.styler.to_html())
        html = re.sub(r'<th (?=[^>]*class="col_heading level0[^>]*colspan)', '<th scope="colgroup" ', html)
        html = re.sub(r'<th (?=[^>]*class="col_heading)(?![^>]*scope)', '<th scope="col" ', html)
        html = re.sub(r'<th (?=[^>]*class="row_heading)', '<th scope="row" ', html)
        # Long labels may break after an equals sign.
        html = re.sub(r'(class="row_heading[^>]*>)([^<]*)', lambda m: m[1] + m[2].replace("=", "=<wbr>"), html)
        label = escape(self.label, quote=True)
        return f'<div role="region" aria-label="{label}" tabindex="0" style="overflow-x: auto;">\n{html}</div>'


def comparison_table(
    summary: pd.DataFrame | None, published: pd.DataFrame, metric: str, readings: Readings | None = None
) -> pd.DataFrame:
    """Our results beside the published ones, one row a data set and method (reading).

    Every data set and every method of either side is there; what a side lacks is NaN. Methods are in the published
    order with their readings together, then those that are not published, then the references.

    Parameters
    ----------
    summary : DataFrame or None
        As `ildl.report.summarise` returns it; None where nothing could be run.
    published : DataFrame
        As `ildl.report.load_published` returns it.
    metric : str
    readings : mapping, optional
        Names for sets of parameters; the parameters themselves name a row otherwise.

    Returns
    -------
    DataFrame
        Columns: dataset, feature_set ("not run" without results), method, params, label; ours, ours_std, n_folds;
        published, published_std; difference (ours - published), margin (see `noise_margin`), inside_noise (NA where a
        side is missing or the features are not the benchmark's); best (of ours on the data set);
        better_than_uniform, better_than_train_mean, published_better_than_uniform (NA where features are not the
        benchmark's: then the published number may stand for other instances).

    Raises
    ------
    ValueError
        Neither side knows the metric.
    """
    theirs = published.loc[published["metric"] == metric].set_index(["dataset", "method"])
    columns = ["dataset", "feature_set", "method", "params", "metric", "mean", "std", "n_folds"]
    columns += ["better_than_uniform", "better_than_train_mean"]
    ours = pd.DataFrame(columns=columns) if summary is None else summary.loc[summary["metric"] == metric, columns]
    if theirs.empty and ours.empty:
        raise ValueError(f"There is no result for the metric {metric!r}; known: {', '.join(METRIC_TITLES)}.")
    datasets = pd.Index(theirs.index.get_level_values("dataset").append(pd.Index(ours["dataset"])).unique())
    frame = pd.merge(pd.Series(datasets, name="dataset"), _rows(ours, theirs, readings or {}), how="cross")
    frame = frame.merge(ours.drop(columns=["feature_set", "metric"]), how="left", on=["dataset", "method", "params"])
    frame = frame.rename(columns={"mean": "ours", "std": "ours_std"})
    cells = theirs.reindex(pd.MultiIndex.from_frame(frame[["dataset", "method"]]))
    frame["published"], frame["published_std"] = cells["mean"].to_numpy(), cells["std"].to_numpy()
    features = ours.drop_duplicates("dataset").set_index("dataset")["feature_set"]
    frame.insert(1, "feature_set", features.astype(object).reindex(frame["dataset"], fill_value=NOT_RUN).to_numpy())

    numbers = ["ours", "ours_std", "n_folds", "published", "published_std"]
    frame[numbers] = frame[numbers].astype(float)
    frame["difference"] = frame["ours"] - frame["published"]
    frame["margin"] = noise_margin(
        frame["ours_std"], frame["n_folds"], frame["published_std"], cells["mean_half_unit"].to_numpy(dtype=float)
    )
    comparable = frame["feature_set"] == COMPARABLE
    inside = (frame["difference"].abs() <= frame["margin"]).astype("boolean")
    frame["inside_noise"] = inside.where(comparable & frame["margin"].notna() & frame["difference"].notna())
    frame["best"] = _best(frame, metric)
    uniform = frame[frame["method"] == "Uniform"].set_index("dataset")["ours"]
    others = frame["dataset"].map(uniform).astype(float)
    frame["published_better_than_uniform"] = is_better(frame["published"], others, metric).where(comparable)
    return frame


def render_comparison(table: pd.DataFrame, metric: str, caption: str) -> ScrollingTable:
    """Show a comparison table: a column group a data set, a row a method.

    Parameters
    ----------
    table : DataFrame
        As `comparison_table` returns it.
    metric : str
    caption : str
        The title of the metric and how to read the table are added to it.

    Returns
    -------
    ScrollingTable
        Its `styler` is a pandas Styler, for LaTeX or a file.
    """
    text = pd.DataFrame(
        {
            OURS: plus_minus(table["ours"], table["ours_std"]),
            PUBLISHED: plus_minus(table["published"], table["published_std"]),
            DIFFERENCE: [DASH if np.isnan(value) else signed(value) for value in table["difference"]],
            INSIDE: [DASH if pd.isna(value) else ("yes" if value else "no") for value in table["inside_noise"]],
        },
        index=pd.Index(table["label"].to_numpy()),
    )
    best = pd.DataFrame(False, index=text.index, columns=text.columns)
    best[OURS] = table["best"].to_numpy()
    headers = _headers(table)
    wide, bold = (
        pd.concat({header: frame[rows.to_numpy()][_columns_of(header)] for header, rows in headers.items()}, axis=1)
        for frame in (text, best)
    )
    title = METRIC_TITLES.get(metric, metric)
    reading = (
        f"{title}: mean ± standard deviation over folds. Bold: best of ours. {DASH}: no such result. "
        "Inside noise: whether ours and published differ by less than the spread over folds lets expect, judged only "
        "where the features are the benchmark's."
    )
    styler = wide.style.apply(lambda _: np.where(bold, "font-weight: bold", ""), axis=None)
    styler.set_uuid(re.sub(r"\W", "", metric)).set_caption(f"{escape(caption)} {reading}")
    styler.set_table_styles(STYLES)
    return ScrollingTable(styler, f"{caption} {title}")


def signed(value: float) -> str:
    """Format a difference: four decimals, with its sign (a true minus).

    Parameters
    ----------
    value : float

    Returns
    -------
    str
    """
    return f"{value:+.4f}".replace("-", "−")


def method_label(method: str, params: str, several: bool, readings: Readings) -> str:
    """What a row is called: the method, and its reading, by name or by the parameters that differ from the defaults.

    Parameters
    ----------
    method : str
    params : str
        JSON of those parameters.
    several : bool
        Whether the method has several readings, so that the default one must be told apart.
    readings : mapping
        As for `comparison_table`.

    Returns
    -------
    str

    Examples
    --------
    >>> method_label("DILDL", '{"criterion":"added"}', several=True, readings={})
    'DILDL [criterion=added]'
    """
    changed = json.loads(params)
    if not changed:
        return f"{method} [default]" if several else method
    for name, values in readings.get(method, {}).items():
        if values == changed:
            return f"{method} [{name}]"
    return f"{method} [{', '.join(f'{name}={value}' for name, value in changed.items())}]"


def dataset_header(dataset: str, feature_set: str) -> str:
    """What a data set is called in a table: its name, and what its features are where not the benchmark's.

    Parameters
    ----------
    dataset, feature_set : str

    Returns
    -------
    str
    """
    note = FEATURE_NOTES.get(feature_set, feature_set)
    return f"{dataset} ({note})" if note else str(dataset)


def plus_minus(means: pd.Series, stds: pd.Series) -> list[str]:
    """Format means with their spreads, four decimals; a dash where there is none.

    Parameters
    ----------
    means, stds : Series of float

    Returns
    -------
    list of str
    """
    return [
        DASH if np.isnan(mean) else f"{mean:.4f}" + ("" if np.isnan(std) else f" ± {std:.4f}")
        for mean, std in zip(means, stds, strict=True)
    ]


def _rows(ours: pd.DataFrame, theirs: pd.DataFrame, readings: Readings) -> pd.DataFrame:
    """Method, params and label of every row, in order."""
    runs = ours[["method", "params"]].drop_duplicates()
    printed = list(theirs.index.get_level_values("method").unique())
    lacking = [method for method in printed if method not in set(runs["method"])]
    rows = pd.concat([runs, pd.DataFrame({"method": lacking, "params": "{}"})], ignore_index=True)
    order = [*printed, *(method for method in rows["method"].unique() if method not in (*printed, *REFERENCES))]
    order += REFERENCES
    rows["several"] = rows["method"].duplicated(keep=False)
    rows = rows.sort_values("method", key=lambda methods: methods.map(order.index), kind="stable")
    columns = zip(rows["method"], rows["params"], rows["several"], strict=True)
    rows["label"] = [method_label(*row, readings) for row in columns]
    return rows[["method", "params", "label"]].reset_index(drop=True)


def _best(frame: pd.DataFrame, metric: str) -> pd.Series:
    best = pd.Series(False, index=frame.index)
    for _, values in frame.groupby("dataset", sort=False)["ours"]:
        beaten = [is_better(values, pd.Series(value, index=values.index), metric).any() for value in values]
        best[values.index] = values.notna() & ~np.array(beaten)
    return best


def _headers(table: pd.DataFrame) -> dict[str, pd.Series]:
    """What the column group of each data set is called, and its rows."""
    headers = {}
    for dataset in table["dataset"].unique():
        rows = table["dataset"] == dataset
        headers[dataset_header(dataset, table.loc[rows, "feature_set"].iloc[0])] = rows
    return headers


def _columns_of(header: str) -> list[str]:
    return [PUBLISHED] if header.endswith(f"({NOT_RUN})") else [OURS, PUBLISHED, DIFFERENCE, INSIDE]
