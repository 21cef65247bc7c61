"""Tables of results against constants, and of alignment and epoch against published gains."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from companion.base.comparison import METRIC_TITLES, dataset_header
from companion.base.constants import INSIDE, OURS, PUBLISHED, TEST_MEAN, TRAIN_MEAN, UNIFORM
from companion.base.constants_answers import count_better
from companion.constants.alignment import PAIRS, STEPS
from companion.show.contrast_tables import p_text, text_table
from companion.show.styled import DASH, ScrollingTable, signed

CONSTANTS = {UNIFORM: "uniform", TRAIN_MEAN: "mean of training labels", TEST_MEAN: "mean of test labels (oracle)"}


def constants_table(
    constants: pd.DataFrame, against: pd.DataFrame, metrics: tuple[str, ...] = ("kl_divergence", "chebyshev")
) -> ScrollingTable:
    """Show what constants score, beside the best published and the best own number.

    Parameters
    ----------
    constants : DataFrame
        As `companion.evidence.constants.constant_scores` returns it.
    against : DataFrame
        As `companion.base.constants.against_constants` returns it.
    metrics : tuple of str

    Returns
    -------
    ScrollingTable
        Bold: better than the uniform distribution.
    """
    means = constants.groupby(["metric", "dataset", "method"])["value"].mean()
    rows = against[against["constant"] == UNIFORM]
    best = rows.loc[rows.groupby(["metric", "dataset", "side"], sort=False)["gain"].idxmax()]
    best = best.set_index(["metric", "dataset", "side"])
    text, bold = {}, {}
    for metric in metrics:
        title = METRIC_TITLES[metric].partition(" (")[0]
        for dataset in constants["dataset"].unique():
            scores = [means.get((metric, dataset, constant), np.nan) for constant in CONSTANTS]
            cells = [DASH if np.isnan(score) else f"{score:.4f}" for score in scores]
            marks = [False] * len(cells)
            for side in (PUBLISHED, OURS):
                there = (metric, dataset, side) in best.index
                row: Any = best.loc[(metric, dataset, side), :] if there else None
                cells += [DASH, DASH] if row is None else [f"{row['value']:.4f} ({row['label']})", str(row["verdict"])]
                marks += [row is not None and bool(row["better"]), False]
            text[title, dataset], bold[title, dataset] = cells, marks
    columns = [*CONSTANTS.values(), "best published", "than uniform", "best of ours", "than uniform "]
    frame = pd.DataFrame(text.values(), columns=columns, index=pd.MultiIndex.from_tuples(text))
    caption = (
        "Constants on the test folds, means of ten folds, beside the best number of any method. Bold: better than the "
        f"uniform distribution. {INSIDE}: the difference is not larger than chance lets expect. {DASH}: labels not the "
        "benchmark's, or nothing run. Ours are held against the uniform distribution on the folds that were run."
    )
    return text_table(frame, caption, "Constants beside the best methods", np.array(list(bold.values())))


def labels_table(labels: pd.DataFrame) -> ScrollingTable:
    """Show which labels are at hand, and whether they can be the benchmark's.

    Parameters
    ----------
    labels : DataFrame
        As `companion.evidence.constants.label_check` returns it.

    Returns
    -------
    ScrollingTable
    """
    known = labels["rows"].notna()
    text = pd.DataFrame(
        {
            "rows × labels here": labels["rows"].astype(str) + " × " + labels["labels"].astype(str),
            "in the benchmark": labels["benchmark_rows"].astype(str) + " × " + labels["benchmark_labels"].astype(str),
            "same numbers": labels["same"].map({True: "yes", False: "no"}),
            "zeros a row": labels["zeros"].map("{:.3f}".format),
            "entropy / ln c": labels["entropy"].map("{:.3f}".format),
        }
    )
    text.loc[~known, text.columns != "in the benchmark"] = DASH
    text.index = pd.Index(labels["dataset"])
    caption = (
        "Labels at hand beside those of the benchmark, as its paper counts them. Zeros: mean number of labels of a row "
        f"with a degree of exactly 0; entropy: mean over rows. {DASH}: not at hand."
    )
    return text_table(text, caption, "Labels at hand and labels of the benchmark")


def counts_table(
    against: pd.DataFrame, side: str, constant: str = UNIFORM, validation: str | None = None
) -> ScrollingTable:
    """Show how many methods are better than a constant, a row a metric, a column a data set.

    Parameters
    ----------
    against : DataFrame
        As `companion.base.constants.against_constants` returns it.
    side : {"published", "ours"}
    constant : str
    validation : str, optional
        Which validation rows our methods had, where not those of the tables.

    Returns
    -------
    ScrollingTable
    """
    counts = count_better(against, side, constant)
    counts["text"] = [f"{row.better} of {row.n} ({row.beyond_noise})" for row in counts.itertuples()]
    wide = counts.pivot(index="metric", columns="dataset", values="text")
    wide = wide.reindex(index=[metric for metric in METRIC_TITLES if metric in wide.index], columns=_order(counts))
    wide.index = pd.Index([METRIC_TITLES[metric].partition(" (")[0] for metric in wide.index])
    what = "Published numbers" if side == PUBLISHED else "Our methods, readings included,"
    where = f" with validation rows from {validation}," if validation else ""
    caption = f"{what}{where} that are better than the {CONSTANTS[constant]}; in brackets those by more than the noise."
    return text_table(wide.fillna(DASH), caption, f"{side}{where} better than {CONSTANTS[constant]}")


def shares_table(shares: pd.DataFrame) -> ScrollingTable:
    """Show the share of variance explained and the nearness to uniform of each method in its default reading.

    Parameters
    ----------
    shares : DataFrame
        As `companion.base.constants.share_explained` returns it.

    Returns
    -------
    ScrollingTable
    """
    titles = {"entropy": "entropy", "spread": "spread", "of_uniform": "about uniform"}
    titles |= {"of_train_mean": "about training mean", "of_test_mean": "about test mean"}
    shown = shares[(shares["label"] == shares["method"]) | (shares["label"] == "DILDL [rebalanced]")]
    parts = {}
    for dataset, rows in shown.groupby("dataset", sort=False):
        values = rows.set_index("label")[list(titles)].rename(columns=titles)
        header = dataset_header(str(dataset), rows["feature_set"].iloc[0])
        parts[header] = values.map(lambda value: DASH if np.isnan(value) else f"{value:.3f}".replace("-", "−"))
    caption = (
        "Entropy of predictions over ln c (1: uniform), spread of predictions about their mean (0: a constant), and "
        "1 - E / E(constant), the share of the labels' variance about a constant that is explained (negative: worse "
        "than the constant)."
    )
    return text_table(pd.concat(parts, axis=1).fillna(DASH), caption, "Nearness to uniform and share explained")


def nearness_table(nearness: pd.DataFrame) -> ScrollingTable:
    """Show how far nearness to uniform and the order of the methods agree.

    Parameters
    ----------
    nearness : DataFrame
        As `companion.base.constants_answers.nearness_effect` returns it.

    Returns
    -------
    ScrollingTable
    """
    cells = nearness.assign(
        text=[f"{row.rank_correlation:.2f} ({row.r_squared:.2f})".replace("-", "−") for row in nearness.itertuples()]
    )
    wide = cells.pivot(index="metric", columns="dataset", values="text")
    wide = wide.reindex(index=[metric for metric in METRIC_TITLES if metric in wide.index], columns=_order(cells))
    wide.index = pd.Index([METRIC_TITLES[metric].partition(" (")[0] for metric in wide.index])
    caption = (
        f"Rank correlation over {cells['n'].iloc[0]} methods of the entropy of predictions with the quality of the "
        "result (1: the nearer to uniform, the better), and in brackets the share of variance that a straight line "
        "explains."
    )
    return text_table(wide.fillna(DASH), caption, "Rank correlation of nearness and quality")


def alignment_table(effects: pd.DataFrame, metric: str = "kl_divergence") -> ScrollingTable:
    """Show what alignment and decoupling add, with either choice of the epoch.

    Parameters
    ----------
    effects : DataFrame
        As `companion.constants.alignment.alignment_effect` returns it.
    metric : str

    Returns
    -------
    ScrollingTable
    """
    rows = effects[effects["metric"] == metric]
    text = pd.DataFrame(
        {
            "epoch": rows["epoch_kept"],
            "without": rows["without"].map("{:.4f}".format),
            "with": rows["with"].map("{:.4f}".format),
            "improvement": rows["improvement"].map(signed),
            "p": rows["p_corrected"].map(p_text),
            "seeds improved": [f"{row.seeds_improved} of {row.n_seeds}" for row in rows.itertuples()],
            "verdict": rows["verdict"],
        }
    )
    headers = [dataset_header(*names) for names in rows[["dataset", "feature_set"]].to_numpy()]
    names = [f"{added} ({' → '.join(PAIRS[added])})" for added in rows["added"]]
    text.index = pd.MultiIndex.from_arrays([headers, names])
    caption = (
        f"{METRIC_TITLES[metric]}: what is added, from the row without it to the row with it, both with the epoch of "
        "the lowest validation divergence (best) or both with the last one. Positive: better. p: corrected resampled "
        "t-test over folds. RDA has lambda 0.1, unless it is called tuned."
    )
    return text_table(text, caption, f"What alignment adds {metric}")


def steps_table(steps: pd.DataFrame, alignment: pd.DataFrame, metric: str = "kl_divergence") -> ScrollingTable:
    """Show published gains beside our own of the same step, and beside what the choice of the epoch is worth.

    Parameters
    ----------
    steps : DataFrame
        As `companion.constants.alignment.epochs_against_steps` returns it.
    alignment : DataFrame
        As `companion.constants.alignment.alignment_effect` returns it.
    metric : str

    Returns
    -------
    ScrollingTable
    """
    rows = steps[steps["metric"] == metric].sort_values(["step", "dataset"], key=lambda names: names.map(_rank(steps)))
    own = alignment[(alignment["metric"] == metric) & (alignment["epoch_kept"] == "best")]
    gains = own.set_index(["dataset", "added"])["improvement"]
    added = dict(zip(STEPS, ("alignment", "decoupling"), strict=True))
    text = pd.DataFrame(
        {
            "published gain": rows["published_gain"].map(signed),
            "our gain": [signed(gains.loc[row["dataset"], added[row["step"]]]) for row in rows.to_dict("records")],
            "gain by the last epoch": rows["epoch_gain"].map(signed),
            "over published gain": [DASH if np.isnan(share) else f"{share:.0%}" for share in rows["share"]],
        }
    )
    headers = [dataset_header(*names) for names in rows[["dataset", "feature_set"]].to_numpy()]
    text.index = pd.MultiIndex.from_arrays([rows["step"], headers])
    caption = (
        f"{METRIC_TITLES[metric]}: the published gain of a step, ours of the same step (DILDL in its reading "
        "rebalanced, which shares RDA's loss), and what the method before the step gains by its last epoch."
    )
    return text_table(text, caption, f"Published gains and the epoch {metric}")


def _order(frame: pd.DataFrame) -> list[str]:
    return list(frame["dataset"].unique())


def _rank(steps: pd.DataFrame) -> dict[str, int]:
    return {name: place for place, name in enumerate([*STEPS, *_order(steps)])}
