import dataclasses

import numpy as np
import pytest

from companion.base.paper import too_small
from companion.evidence import survey
from ildl.data import RECORDS, Dataset, DataUnavailable, make_artificial
from ildl.data.sampling import passes
from ildl.protocol import make_splits


def dataset(D):
    D = np.asarray(D, dtype=float)
    return Dataset("d", None, D, tuple("abcdefgh"[: D.shape[1]]), "labels only", "", None)


def test_facts_of_a_small_matrix():
    D = [[0.5, 0.5, 0.0], [1.0, 0.0, 0.0], [0.995, 0.005, 0.0], [0.2, 0.3, 0.5]]
    facts = survey.describe_labels(dataset(D)).iloc[0]
    assert (facts["rows"], facts["labels"]) == (4, 3)
    assert facts["zeros"] == pytest.approx(4 / 12)
    assert facts["tied"] == 1 / 4
    assert facts["certain"] == 1 / 4
    assert facts["near_certain"] == 2 / 4
    assert facts["dominant"] == pytest.approx((0.5 + 0.995) / 2)
    assert facts["ratio"] == pytest.approx((0.5 + 1 + 0.995 + 0.2) / 0.5)


def test_without_sampling_nothing_changes_but_the_test_fold():
    ds = make_artificial(n=100, imbalance=12)
    row = survey.describe_sampling(ds, n_splits=4).iloc[0]
    assert (row["rows"], row["fewest"], row["most"]) == (100, 75, 75)
    assert row["ratio_before"] == pytest.approx(row["ratio_after"])  # every row is in three of four training folds
    assert row["dominant_before"] == pytest.approx(row["dominant_after"])
    assert (row["head"], row["tail"]) == ("0", "1, 2, 3, 4")
    degrees = survey.mean_degrees(ds, n_splits=4)
    np.testing.assert_allclose(degrees["before"], degrees["after"])
    assert degrees["head"].tolist() == [True, False, False, False, False]


def test_sampled_labels_are_those_of_train_and_validation_rows():
    ds = make_artificial(n=100)
    splits = make_splits(ds, n_splits=4)
    rows = np.concatenate([np.sort(np.concatenate([split.train, split.valid])) for split in splits])
    np.testing.assert_array_equal(survey.sampled_labels(ds, splits), ds.labels[rows])
    assert len(rows) == 300
    assert survey.dominant_degrees(ds, n_splits=4)[["before", "after"]].sum().tolist() == [100, 300]


def test_highest_degrees_are_counted_by_percent_and_an_edge_belongs_to_the_bin_below():
    D = [[0.28, 0.72], [0.29, 0.71], [0.285, 0.715], [0.43, 0.57], [1, 0], [0.5, 0.5], [0.5, 0.5], [0.999, 0.001]]
    table = survey.dominant_degrees(dataset(D * 20), n_splits=2).query("before > 0")
    assert dict(zip(table["degree"], table["before"], strict=True)) == {
        0.5: 40, 0.57: 20, 0.71: 20, 0.72: 40, 1.0: 40
    }  # fmt: skip


def test_features_table_has_a_row_for_every_record():
    table = survey.describe_features()
    assert list(table.index) == list(RECORDS)
    assert table.loc["Movie", "features"] == "1869"
    assert table.loc["RAF-ML", "features"] == "not recorded"


def test_what_cannot_be_loaded_is_named(monkeypatch):
    def load(name, labels_only):
        if name == "Movie":
            raise DataUnavailable("no file")
        return dataclasses.replace(make_artificial(n=30), name=name)

    monkeypatch.setattr(survey, "load_dataset", load)
    available, missing = survey.load_labels(["Movie", "Emotion6"])
    assert (list(available), missing) == (["Emotion6"], ["Movie"])
    assert survey.load_labels(["Movie"]) == ({}, ["Movie"])


def test_data_sets_that_leave_a_fold_too_few_rows_are_named_with_the_reason():
    small, large = make_artificial(n=150, imbalance=4), make_artificial(n=2000, imbalance=4)
    reasons = too_small({"small": small.resampled(), "large": large.resampled(), "all rows": small})
    assert list(reasons) == ["small"]
    sampling = small.resampled().sampling
    passing = passes(small.labels, sampling).sum()
    assert reasons["small"].startswith(f"small: of its 150 rows {passing} meet")
    assert f"about {max(0.9 * passing - 20, 0):.0f} to train on" in reasons["small"]
