"""What the page is made of: our runs by the rule that chose their epoch, published numbers, constants, data sets."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd

from companion.base.asked import Asked
from companion.base.names import DATASETS, OF_DILDL, RIVALS
from companion.base.paper import load_experiment
from companion.base.published import load_first_hand
from companion.base.tuned import with_tuned
from companion.evidence.evidence import load_evidence
from companion.evidence.survey import describe_features
from companion.show.look import rows_called
from companion.show.provenance import Provenance
from companion.why.against import LAST, LEFT_OUT, SAMPLED, against_constants
from ildl.compare.statistics import COMPARABLE, REFERENCES
from ildl.data import RECORDS

SUPPRESSED, PROMOTED, OTHERS = "common label, suppressed", "rare label, promoted", "other label"
ORIGIN = Provenance("the public label files", ({"tables": "data/reference/evidence", "made by": "ildl evidence"},))


@dataclass(frozen=True, repr=False)
class Evidence:
    """All that the page shows of the benchmark's data sets: two experiments as loaded, and what is made of them."""

    comparison: pd.DataFrame
    unsampled: pd.DataFrame
    runs: pd.DataFrame
    """Both, with `chosen_by` and `row` (what a page calls the row); a tuned RDA stands for its grid."""
    constants: pd.DataFrame
    published: pd.DataFrame
    against: pd.DataFrame


def load_all(asked: Asked) -> Evidence:
    """Load both experiments, and hold them and what is published against constants."""
    comparison, unsampled = (load_experiment(name, asked) for name in ("comparison", "unsampled"))
    kept = with_tuned(comparison)
    kept = kept.assign(chosen_by=kept["epoch_kept"].map({"best": SAMPLED, "last": LAST}))
    runs = pd.concat([kept, with_tuned(unsampled).assign(chosen_by=LEFT_OUT)], ignore_index=True)
    runs = runs.assign(row=rows_called(runs))
    constants, published = load_evidence("constants", asked.profile), load_first_hand()
    added = runs[runs["method"].isin(REFERENCES) & ~runs["dataset"].isin(constants["dataset"])]  # of other data sets
    added = added.assign(same_labels=added["feature_set"] == COMPARABLE)
    constants = pd.concat([constants, added[constants.columns]], ignore_index=True) if len(added) else constants
    return Evidence(comparison, unsampled, runs, constants, published, against_constants(constants, published, runs))


def of_the_tables(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows that stand in the paper's tables: its ten rivals, and DILDL in three readings; no references."""
    own = (rows["method"] == "DILDL") & rows["reading"].isin(OF_DILDL)
    return rows[own | (rows["method"].isin(RIVALS) & (rows["reading"] == "default"))]


def in_order(datasets: Iterable[object]) -> list[str]:
    """Data sets that can be compared first, then the others; each as the paper orders them."""
    order = list(dict.fromkeys(("Movie", "Natural_Scene", *DATASETS)))
    names = dict.fromkeys(map(str, datasets))
    return sorted(names, key=lambda name: order.index(name) if name in order else len(order))


def epochs(runs: pd.DataFrame) -> pd.DataFrame:
    """What networks do under each choice of the epoch: median and mean epoch, and means of some metrics."""
    by, metrics = ["dataset", "feature_set", "row", "chosen_by"], ["kl_divergence", "chebyshev", "from_start"]
    rows = runs[runs["epoch"].notna()]
    means = rows.pivot_table(index=by, columns="metric", values="value").reindex(columns=metrics)
    facts = {"n_seeds": ("seed", "nunique"), "n_folds": ("fold", "nunique")}
    facts |= {"epoch": ("epoch", "median"), "epoch_mean": ("epoch", "mean")}
    cells = rows.drop_duplicates([*by, "fold", "seed"]).groupby(by, sort=False)
    return cells.agg(**facts).join(means).reset_index()


def comparable(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows on data sets with the benchmark's features."""
    return rows[rows["feature_set"] == COMPARABLE]


def mean_degrees(profile: str) -> pd.DataFrame:
    """Mean degrees before and after the sampling: dataset, label, name, before, after, head, part (what befalls it)."""
    frame = load_evidence("mean_degrees", profile)
    sampling = frame["dataset"].map({name: record.sampling for name, record in RECORDS.items()})
    parts = [
        OTHERS if rule is None else {rule.suppressed: SUPPRESSED, rule.promoted: PROMOTED}.get(label, OTHERS)
        for rule, label in zip(sampling, frame["label"], strict=True)
    ]
    return frame.assign(part=parts)


def describe_sets(profile: str) -> pd.DataFrame:
    """All that is known of each data set: columns of evidence tables and the catalogue, head_names; index: dataset."""
    frame = load_evidence("labels", profile).set_index("dataset")
    for name in ("sampling", "label_check", "files"):
        more = load_evidence(name, profile).set_index("dataset")
        more = more.rename(columns={"zeros": "zeros_a_row"})  # "labels" has their share
        frame = frame.join(more[more.columns.difference(frame.columns, sort=False)])
    mean = load_evidence("mean_degrees", profile)
    heads = mean[mean["head"].astype(bool)].groupby("dataset")["name"].agg(", ".join)
    return frame.assign(head_names=heads).join(describe_features()[["features", "feature_set", "note", "label_order"]])
