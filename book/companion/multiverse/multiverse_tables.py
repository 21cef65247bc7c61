"""Tables of the multiverse."""

from __future__ import annotations

import numpy as np
import pandas as pd

from companion.base.comparison import METRIC_TITLES, dataset_header
from companion.multiverse.multiverse_choices import PRINTED, reading_label, title_of
from companion.multiverse.multiverse_effects import AS_IT_IS
from companion.show.contrast_tables import text_table
from companion.show.styled import DASH, ScrollingTable, plus_minus, signed
from ildl.compare.noise import margin_text
from ildl.compare.statistics import BETTER, COMPARABLE, WORSE

SHORT = {metric: title.partition(" (")[0] for metric, title in METRIC_TITLES.items()}
AGAINST = {"vs_rda": "against RDA, same source", "vs_rda_default": "against RDA of the tables"}


def render_one_change(changes: pd.DataFrame) -> ScrollingTable:
    """Show the printed objective in its four ways, and with one choice changed, a column group a data set.

    Parameters
    ----------
    changes : DataFrame
        As `companion.multiverse.multiverse_effects.one_change` returns it.

    Returns
    -------
    ScrollingTable
    """
    rows = changes[changes["feature_set"] == COMPARABLE]
    marks = rows["inside_noise"].map({True: " ✓"}).fillna("") + rows["vs_rda"].map({BETTER: " ▲", WORSE: " ▼"}).fillna(
        ""
    )
    text = rows.assign(cell=rows["mean"].map("{:.3f}".format) + marks)
    text["row"] = [AS_IT_IS if row.choice == AS_IT_IS else f"{row.choice}: {row.option}" for row in text.itertuples()]
    columns = ["dataset", "targets", "base_valid_from"]
    wide = text.pivot(index="row", columns=columns, values="cell").reindex(
        index=text["row"].unique(), columns=pd.MultiIndex.from_frame(text[columns].drop_duplicates())
    )
    metric = rows["metric"].iloc[0]
    first = rows.drop_duplicates("dataset")
    published = "; ".join(f"{name} {value:.3f}" for name, value in first[["dataset", "published"]].to_numpy())
    caption = (
        f"{title_of(metric)} of the printed objective, and of what it becomes when one choice alone is changed. "
        "Columns: targets, source of the validation rows. ✓: inside the noise around the published value "
        f"({published}); ▲: better than RDA with validation rows from the same source, ▼: worse."
    )
    return text_table(wide.fillna(DASH), caption, f"one change {metric}")


def render_effects(effects: pd.DataFrame, metric: str) -> ScrollingTable:
    """Show what each option changes, a column group a data set.

    Parameters
    ----------
    effects : DataFrame
        As `companion.multiverse.multiverse_effects.choice_effects` returns it.
    metric : str

    Returns
    -------
    ScrollingTable
    """
    cells = pd.DataFrame(
        {
            "mean change": [f"{signed(c)} [{signed(a)}, {signed(b)}]" for c, a, b in _columns(effects)],
            "mean size": effects["size"].map("{:.4f}".format),
            "better, worse": [f"{a}, {b} of {n}" for a, b, n in effects[["better", "worse", "n_pairs"]].to_numpy()],
            "met only with, only without": [
                DASH if pd.isna(a) else f"{a}, {b}" for a, b in effects[["gained", "lost"]].to_numpy()
            ],
        }
    ).set_index((effects["choice"] + ": " + effects["option"].map(str)).to_numpy())
    headers = [dataset_header(*pair) for pair in zip(effects["dataset"], effects["feature_set"], strict=True)]
    groups = {header: cells[[name == header for name in headers]] for header in dict.fromkeys(headers)}
    caption = (
        f"{title_of(metric)}: what an option changes against the default, over the pairs of specifications that differ "
        "in nothing else. Mean change with its 95 % interval over folds; mean size of the change, whichever its "
        "direction; pairs in which the option is better, and worse; pairs in which only the one with the option, or "
        "only the one without it, is inside the noise around the published value."
    )
    return text_table(pd.concat(groups, axis=1).fillna(DASH), caption, f"effects of the choices {metric}")


def render_closest(specs: pd.DataFrame, n: int = 10) -> ScrollingTable:
    """Show the specifications closest to the published value, and those that are the printed objective.

    Parameters
    ----------
    specs : DataFrame
        As `companion.multiverse.multiverse.specifications` returns it.
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
            "ours": plus_minus(rows["mean"], rows["std"]),
            "published": plus_minus(rows["published"], rows["published_std"]),
            "difference": [DASH if pd.isna(value) else signed(value) for value in rows["distance"]],
            "margin": [
                DASH if pd.isna(margin) else margin_text(margin, df, partitions)
                for margin, df, partitions in rows[["margin", "df", "var_partitions"]].to_numpy()
            ],
            "verdict": rows["verdict"].fillna(DASH),
            **{title: rows[column].fillna(DASH) for column, title in AGAINST.items()},
        }
    )
    headers = [dataset_header(*pair) for pair in zip(rows["dataset"], rows["feature_set"], strict=True)]
    text.index = pd.MultiIndex.from_arrays([headers, text.pop("reading")])
    metric = rows["metric"].iloc[0]
    caption = (
        f"{title_of(metric)}: the {n} specifications closest to the published value, found after the fact, and the "
        "printed objective; choices that are not named are at their default. Mean ± standard deviation over "
        f"{rows['n_folds'].iloc[0]} folds, where the comparison may have more; margin: the noise, and "
        "its degrees of freedom (†: without the spread over partitions); "
        "against RDA, with validation rows from the same source and as in the tables, by the 95 % interval of the "
        "difference."
    )
    return text_table(text, caption, f"closest {metric}")


def render_meeting(meeting: pd.DataFrame) -> ScrollingTable:
    """Show how many specifications meet the published values.

    Parameters
    ----------
    meeting : DataFrame
        As `companion.multiverse.multiverse_answers.count_meeting` returns it.

    Returns
    -------
    ScrollingTable
    """
    titles = {"n": "specifications", **SHORT, "all": "all five",
              "all_decoupled": "all five, with a decoupled loss", "all_told": "all five, and told apart",
              "all_and_better": "all five, and better than RDA",
              "within_std": "within the printed standard deviations"}  # fmt: skip
    text = meeting.set_index(["dataset", "valid_from"]).rename(columns=titles).map(str)
    caption = (
        "Specifications inside the noise around the published value, by the source of the validation rows: in each "
        "metric; in all five at once; of these, those that have a decoupled loss; those whose margin tells the "
        "published value from that of RDA and from equal degrees; and those that are better than RDA. Last column: "
        "within the printed standard deviation in both metrics that have one, Chebyshev and Kullback-Leibler. "
        "Another seed of the split is no other reading, and not counted."
    )
    return text_table(text, caption, "specifications that meet the published values")


def render_statements(statements: pd.DataFrame) -> ScrollingTable:
    """Show under how many specifications each statement holds.

    Parameters
    ----------
    statements : DataFrame
        As `companion.multiverse.multiverse_statements.evaluate_statements` returns it.

    Returns
    -------
    ScrollingTable
    """
    cells = statements.apply(_count, axis=1)
    wide = statements.assign(cell=cells, metric=statements["metric"].map(SHORT))
    wide = wide.pivot(index="statement", columns=["dataset", "metric"], values="cell")
    order = statements.assign(metric=statements["metric"].map(SHORT))[["dataset", "metric"]].drop_duplicates()
    order = order.sort_values("dataset", key=lambda names: pd.factorize(names)[0], kind="stable")
    wide = wide.reindex(index=statements["statement"].unique(), columns=pd.MultiIndex.from_frame(order))
    caption = (
        "Under how many specifications a statement about DILDL holds, of those under which it can be judged. In "
        "brackets: what the exceptions have in common."
    )
    bold = np.array([[str(cell).startswith("all ") for cell in row] for row in wide.to_numpy()])
    return text_table(wide.fillna(DASH), caption, "statements", bold)


def render_learned(learned: pd.DataFrame, metric: str) -> ScrollingTable:
    """Show what the kept networks are like.

    Parameters
    ----------
    learned : DataFrame
        As `companion.multiverse.multiverse_answers.learned_by_rule` returns it.
    metric : str

    Returns
    -------
    ScrollingTable
    """
    headers = [dataset_header(*pair) for pair in zip(learned["dataset"], learned["feature_set"], strict=True)]
    rules = "validation rows " + learned["valid_from"] + ", epoch " + learned["epoch_kept"]
    text = pd.DataFrame(
        {
            "specifications": learned["n"].map(str),
            "kept epoch, median": learned["epoch"].map(lambda value: DASH if pd.isna(value) else f"{value:.0f}"),
            "among the first five": learned["early"].map("{:.0%}".format),
            "distance from equal degrees": learned["from_uniform"].map("{:.3f}".format),
            "distance from its own start": learned["from_start"].map("{:.3f}".format),
            SHORT[metric]: learned[metric].map("{:.3f}".format),
            "rank correlation": learned["rank_correlation"].map("{:.2f}".format).str.replace("-", "−"),
        }
    )
    text.index = pd.MultiIndex.from_arrays([headers, rules])
    caption = (
        "What the kept networks are like. Distances: mean Chebyshev distance of a prediction on the test rows from "
        "equal degrees, and from the prediction of the same network before training. Rank correlation: of the distance "
        "from equal degrees and the divergence, over specifications."
    )
    return text_table(text, caption, "what was learned")


def render_bound(bound: pd.DataFrame) -> ScrollingTable:
    """Show what the epoch that is best on the test rows would give.

    Parameters
    ----------
    bound : DataFrame
        As `companion.multiverse.multiverse_answers.epoch_bound` returns it.

    Returns
    -------
    ScrollingTable
    """
    titles = {"best": "best criterion", "allowed": "best that is allowed", "rda_default": "RDA of the tables",
              "uniform": "equal degrees"}  # fmt: skip
    numbers = bound[[*PRINTED, "best", "allowed", "rda_default", "uniform", "published"]]
    text = numbers.map(lambda value: DASH if pd.isna(value) else f"{value:.4f}").rename(columns=titles)
    text["best criterion"] += " (" + bound["criterion"] + ")"
    text.index = pd.MultiIndex.from_arrays([bound["dataset"], bound["metric"].map(SHORT) + ", " + bound["valid_from"]])
    caption = (
        "Not allowed, a bound: the epoch with the lowest Kullback-Leibler divergence on the test rows, where the same "
        "rows train as with validation rows from this source. First three columns: the printed objective in its two "
        "ways, and the best criterion, under this bound."
    )
    return text_table(text, caption, "bound of the epoch")


def _count(row: pd.Series) -> str:
    if row["n"] == 0:
        return DASH
    where = f" (not: {row['exceptions']})" if row["exceptions"] else ""
    return f"all {row['n']}" if row["everywhere"] else f"{row['holds']} of {row['n']}{where}"


def _label(row: pd.Series) -> str:
    label = reading_label(row).replace("=", ": ")
    return f"{label} [printed objective, {row['printed']}]" if row["printed"] else label


def _columns(effects: pd.DataFrame) -> list[tuple[float, float, float]]:
    return list(effects[["change", "lower", "upper"]].itertuples(index=False, name=None))
