"""What the data sets hold: from what ships with the reference run, whatever lies on the machine."""

from __future__ import annotations

import pandas as pd

from companion.evidence.evidence import load_evidence
from companion.evidence.survey import describe_features
from companion.show.provenance import Provenance
from ildl.data import RECORDS

SUPPRESSED, PROMOTED, OTHERS = "common label, suppressed", "rare label, promoted", "other label"
ORIGIN = Provenance("the public label files", ({"tables": "data/reference/evidence", "made by": "ildl evidence"},))
HOLDS = {
    "Movie": "the benchmark’s features",
    "Natural_Scene": "the benchmark’s features, presumably",
    "Emotion6": "other features",
    "SCUT-FBP": "other rows and features",
    "Flickr_LDL": "labels; its features are not public",
    "RAF-ML": "labels; its features are not public",
}
"""What of each data set is public, and used here."""

RENAMED = {"label_check": {"zeros": "zeros_a_row"}}
"""Columns of evidence tables that are called as another table calls something else."""


def degrees(profile: str) -> pd.DataFrame:
    """Mean degrees before and after the sampling: dataset, label, name, before, after, head, part (what befalls it)."""
    frame = load_evidence("mean_degrees", profile)
    frame["part"] = OTHERS
    for name, rows in frame.groupby("dataset"):
        sampling = RECORDS[str(name)].sampling
        if sampling is not None:
            frame.loc[rows.index[rows["label"] == sampling.suppressed], "part"] = SUPPRESSED
            frame.loc[rows.index[rows["label"] == sampling.promoted], "part"] = PROMOTED
    return frame


def facts(profile: str) -> pd.DataFrame:
    """Everything that is known of each data set, a row each; index: dataset.

    Columns of the evidence tables "labels", "sampling", "label_check" and "files"; head_names (of labels), features,
    feature_set, note, label_order.
    """
    frame = load_evidence("labels", profile).set_index("dataset")
    for name in ("sampling", "label_check", "files"):
        more = load_evidence(name, profile).set_index("dataset").rename(columns=RENAMED.get(name, {}))
        frame = frame.join(more[[column for column in more if column not in frame]])
    mean = load_evidence("mean_degrees", profile)
    heads = mean[mean["head"].astype(bool)].groupby("dataset")["name"].agg(", ".join)
    catalogue = describe_features()[["features", "feature_set", "note", "label_order"]]
    return frame.assign(head_names=heads).join(catalogue)
