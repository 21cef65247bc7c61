import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.model_selection import train_test_split

from ildl.checks import InputError
from ildl.data import Dataset, Sampling, make_artificial
from ildl.protocol import (
    FOLDS,
    HEAD_RULES,
    VALID_FROM,
    head_labels,
    imbalance_ratio,
    label_frequencies,
    make_splits,
    sample_rows,
    scale_features,
)

# The rule applied to the public label matrices; the source states sizes and column sums to one decimal.
REGRESSION = {
    "Movie": (126, (122, 132), [61.6, 35.6, 17.7, 5.9, 5.6], [0], 11.0),
    "SCUT-FBP": (165, (158, 170), [1.5, 7.0, 33.7, 77.8, 45.0], [2, 3, 4], 53),
    "Emotion6": (105, (99, 110), [27.3, 16.3, 30.2, 2.9, 12.4, 5.6, 10.2], [2], 10.5),
    "Flickr_LDL": (220, (219, 225), [32.6, 5.5, 10.5, 11.0, 72.4, 20.5, 56.5, 13.2], [4, 6], 13.2),
    "RAF-ML": (102, (100, 107), [21.1, 64.3, 2.2, 3.1, 8.0, 4.5], [1], 29.9),
    "Natural_Scene": (106, (97, 107), [3.9, 23.8, 6.9, 2.8, 29.9, 9.4, 9.3, 10.9, 5.4], [4], 10.7),
}


@pytest.fixture
def labels_of(real_dataset):
    return lambda name: real_dataset(name, labels_only=True)


@pytest.mark.real_data
@pytest.mark.parametrize("name", REGRESSION)
def test_real_folds_are_those_of_the_benchmark(name, labels_of):
    ds = labels_of(name)
    first, (fewest, most), sums, head, ratio = REGRESSION[name]
    splits = make_splits(ds)
    sizes = [len(split.train) + len(split.valid) for split in splits]
    assert (sizes[0], min(sizes), max(sizes)) == (first, fewest, most)
    frequencies = label_frequencies(ds.labels, splits)
    np.testing.assert_allclose(frequencies, sums, atol=0.06)
    assert head_labels(ds.labels, splits) == head
    assert frequencies.max() / frequencies.min() == pytest.approx(ratio, abs=0.5 if ratio == 53 else 0.06)


@pytest.mark.real_data
@pytest.mark.parametrize("name", REGRESSION)
def test_real_sampled_rows_obey_the_rule(name, labels_of):
    ds = labels_of(name)
    c = ds.labels.shape[1]
    for split in make_splits(ds, n_splits=4, seed=7):
        outside = np.setdiff1d(np.arange(len(ds.labels)), split.test)
        kept = np.sort(np.concatenate([split.train, split.valid]))
        below = ds.labels[outside, ds.sampling.suppressed] < ds.sampling.a / c - 1e-5
        above = ds.labels[outside, ds.sampling.promoted] > ds.sampling.b / c + 1e-5
        tops = {int(outside[ds.labels[outside, j].argmax()]) for j in range(c)}
        assert set(kept) == set(outside[below & above]) | tops


def random_dataset(seed, n, c, sampling=True):
    rng = np.random.default_rng(seed)
    D = rng.dirichlet(np.full(c, 0.7), size=n)
    D[rng.random(n) < 0.1] = np.eye(c)[0]  # ties of the maximum, and exact zeros
    totals = D.sum(axis=0)
    constants = Sampling(1.2, 0.6, int(totals.argmax()), int(totals.argmin())) if sampling else None
    return Dataset("random", None, D, tuple(f"label {j}" for j in range(c)), "labels only", "", constants)


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    n=st.integers(60, 300),
    c=st.integers(2, 8),
    n_splits=st.integers(2, 10),
    sampling=st.booleans(),
)
def test_folds_are_sound(seed, n, c, n_splits, sampling):
    ds = random_dataset(seed, n, c, sampling)
    splits = make_splits(ds, n_splits, seed, n_valid=1)
    assert [split.fold for split in splits] == list(range(n_splits))
    np.testing.assert_array_equal(np.sort(np.concatenate([s.test for s in splits])), np.arange(n))
    for split in splits:
        for rows in (split.train, split.valid, split.test):
            assert np.issubdtype(rows.dtype, np.integer)
            assert (np.diff(rows) > 0).all()
        assert len(split.valid) == 1
        assert not set(split.train) & set(split.valid)
        kept = np.concatenate([split.train, split.valid])
        assert not set(kept) & set(split.test)
        outside = np.setdiff1d(np.arange(n), split.test)
        np.testing.assert_array_equal(ds.labels[kept].max(axis=0), ds.labels[outside].max(axis=0))
        if not sampling:
            np.testing.assert_array_equal(np.sort(kept), outside)


def test_same_seed_same_splits_other_seed_others():
    ds = random_dataset(0, 200, 4)
    first, again, other = make_splits(ds), make_splits(ds), make_splits(ds, seed=1)
    for a, b in zip(first, again, strict=True):
        assert all(np.array_equal(getattr(a, part), getattr(b, part)) for part in ("train", "valid", "test"))
    assert not np.array_equal(first[0].test, other[0].test)


def test_splits_need_no_features():
    ds = make_artificial(n=100)
    bare = dataclasses.replace(ds, features=None)
    for a, b in zip(make_splits(ds), make_splits(bare), strict=True):
        np.testing.assert_array_equal(a.train, b.train)


def test_thresholds_are_strict():
    sampling = Sampling(a=1, b=0.5, suppressed=0, promoted=2)  # c = 4: below 0.25 and above 0.125
    D = np.array(
        [
            [0.9, 0.05, 0.025, 0.025],  # highest degree of label 0
            [0.0, 1.0, 0.0, 0.0],  # of label 1
            [0.0, 0.0, 1.0, 0.0],  # of label 2
            [0.0, 0.0, 0.0, 1.0],  # of label 3
            [0.25, 0.25, 0.25, 0.25],  # suppressed label at its threshold: out
            [0.2, 0.4, 0.125, 0.275],  # promoted label at its threshold: out
            [0.2, 0.4, 0.126, 0.274],  # in
            [0.0, 0.0, 1.0, 0.0],  # in, and ties with row 2, which comes first
        ]
    )
    assert sample_rows(D, sampling).tolist() == [0, 1, 2, 3, 6, 7]
    assert sample_rows(D, None).tolist() == list(range(8))


def test_ties_of_the_highest_degree_take_the_first_row():
    sampling = Sampling(a=0, b=0, suppressed=0, promoted=1)  # no row passes the thresholds
    D = np.tile([0.5, 0.5], (5, 1))
    assert sample_rows(D, sampling).tolist() == [0]


def test_head_labels_exceed_ten_times_the_smallest():
    D = np.tile([0.05, 0.45, 0.5], (40, 1))
    ds = Dataset("d", None, D, ("a", "b", "c"), "labels only", "", None)
    splits = make_splits(ds, n_splits=4, n_valid=5)
    np.testing.assert_allclose(label_frequencies(D, splits), 30 * np.array([0.05, 0.45, 0.5]))
    assert head_labels(D, splits) == []
    D = np.tile([0.04, 0.46, 0.5], (40, 1))
    assert head_labels(D, splits) == [1, 2]
    D = np.tile([0.0625, 0.3125, 0.625], (40, 1))  # exact in binary: the last is ten times the first, and not more
    assert head_labels(D, splits) == []
    D = np.tile([0.25, 0.5, 0.25, 0.0], (40, 1))  # the first and third are the mean, and not more
    assert head_labels(D, splits, "mean") == [1]


def test_other_rules_for_head_labels():
    """Of five labels the two most frequent are the more frequent half; three lie above the mean frequency."""
    D = np.tile(np.array([2, 5, 1, 6, 6]) / 20, (40, 1))
    splits = make_splits(Dataset("d", None, D, tuple("abcde"), "labels only", "", None), n_splits=4, n_valid=5)
    assert [head_labels(D, splits, rule) for rule in HEAD_RULES] == [[], [3, 4], [1, 3, 4]]
    with pytest.raises(InputError, match="'tenfold', 'half', 'mean'"):
        head_labels(D, splits, "thirds")


def test_validation_rows_as_a_share_of_the_kept_rows():
    ds = random_dataset(0, 61, 3, sampling=False)
    for split in make_splits(ds, n_splits=4, n_valid=0.1):
        kept = len(ds.labels) - len(split.test)
        assert len(split.valid) == -(-kept // 10)  # rounded up
        assert len(split.valid) + len(split.train) == kept


@pytest.mark.parametrize("folds", FOLDS)
@given(seed=st.integers(0, 10**6), n=st.integers(100, 200), n_splits=st.integers(2, 10))
def test_where_validation_rows_come_from(folds, seed, n, n_splits):
    ds = random_dataset(seed, n, 4)
    by_source = [make_splits(ds, n_splits, seed, 2, source, folds) for source in VALID_FROM]
    for sampled, unsampled, test in zip(*by_source, strict=True):
        for other in (unsampled, test):  # one partition, one sampling
            np.testing.assert_array_equal(other.test, sampled.test)
            np.testing.assert_array_equal(other.kept, sampled.kept)
        outside = np.setdiff1d(np.arange(n), sampled.test)
        np.testing.assert_array_equal(sampled.kept, outside[sample_rows(ds.labels[outside], ds.sampling)])
        np.testing.assert_array_equal(np.union1d(sampled.train, sampled.valid), sampled.kept)
        np.testing.assert_array_equal(unsampled.train, sampled.kept)
        assert set(unsampled.valid) <= set(outside) - set(sampled.kept)
        np.testing.assert_array_equal(test.train, sampled.train)
        np.testing.assert_array_equal(test.valid, test.test)
        assert len(sampled.valid) == len(unsampled.valid) == 2
    assert head_labels(ds.labels, by_source[0]) == head_labels(ds.labels, by_source[1])


def test_the_test_rows_may_choose_with_every_kept_row_training():
    for split in make_splits(random_dataset(0, 100, 4), n_valid=0, valid_from="test"):
        np.testing.assert_array_equal(split.train, split.kept)


def test_a_share_of_the_rows_that_sampling_drops():
    ds = random_dataset(0, 200, 4)
    for split in make_splits(ds, n_valid=0.1, valid_from="unsampled"):
        dropped = len(ds.labels) - len(split.test) - len(split.kept)
        assert len(split.valid) == -(-dropped // 10)


def test_random_splits_are_independent_and_hold_out_as_many_rows_as_folds():
    ds = random_dataset(0, 100, 4)
    splits = make_splits(ds, n_valid=1, folds="random")
    assert {len(split.test) for split in splits} == {10}
    held_out = np.bincount(np.concatenate([split.test for split in splits]), minlength=100)
    assert (held_out == 0).any()  # of ten folds, each row would be in exactly one
    assert (held_out > 1).any()


def test_the_seed_draws_the_validation_rows_too():
    ds = random_dataset(0, 200, 4, sampling=False)
    for seed in (0, 5):
        for split in make_splits(ds, 4, seed):
            _, expected = train_test_split(split.kept, test_size=20, shuffle=True, random_state=seed)
            np.testing.assert_array_equal(split.valid, np.sort(expected))


def test_too_few_sampled_rows_names_set_fold_and_number():
    ds = dataclasses.replace(random_dataset(0, 60, 3), sampling=Sampling(0, 0, 0, 1))
    with pytest.raises(InputError, match=r"random, fold 0: sampling keeps \d rows; 20 for validation"):
        make_splits(ds)


@pytest.mark.parametrize(
    ("parameters", "complaint"),
    [
        ({"n_splits": 1}, "n_splits must be"),
        ({"n_splits": 2.5}, "n_splits must be"),
        ({"n_splits": 101}, "random has 100 rows: too few for 101 folds"),
        ({"n_valid": 0}, "n_valid must be"),
        ({"seed": -1}, "seed must be"),
        ({"valid_from": "nowhere"}, "valid_from"),
        ({"folds": "tenfold"}, "folds"),
        ({"valid_from": "unsampled"}, "sampling drops 0 rows; 20 for validation"),
        ({"valid_from": "unsampled", "n_valid": 0}, "n_valid must be"),
    ],
)
def test_impossible_splits_are_refused(parameters, complaint):
    with pytest.raises(InputError, match=complaint):
        make_splits(random_dataset(0, 100, 3, sampling=False), **parameters)


def test_head_labels_of_other_data_are_refused():
    splits = make_splits(make_artificial(n=100))
    with pytest.raises(InputError, match="another data set"):
        head_labels(make_artificial(n=50).labels, splits)
    with pytest.raises(InputError, match="no splits"):
        head_labels(make_artificial(n=50).labels, [])


def test_imbalance_ratio():
    assert imbalance_ratio(make_artificial(imbalance=7).labels) == pytest.approx(7, rel=1e-6)
    assert imbalance_ratio([[0.5, 0.5]]) == 1
    assert imbalance_ratio([[1.0, 0.0]]) == float("inf")


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10**6), n=st.integers(1, 40), q=st.integers(1, 6), scale=st.floats(1e-6, 1e6))
def test_scaled_features_fill_the_unit_interval(seed, n, q, scale):
    X = np.random.default_rng(seed).standard_normal((n, q)) * scale
    X[:, 0] = scale  # constant
    scaled = scale_features(X)
    assert scaled.min() >= 0
    assert scaled.max() <= 1
    np.testing.assert_array_equal(scaled[:, 0], 0)
    if n > 1:
        np.testing.assert_allclose(scaled[:, 1:].min(axis=0), 0, atol=1e-12)
        np.testing.assert_allclose(scaled[:, 1:].max(axis=0), 1, atol=1e-12)
        order = np.argsort(X, axis=0)
        assert (np.diff(np.take_along_axis(scaled, order, axis=0), axis=0) >= -1e-12).all()


def test_scaling_leaves_its_input_alone():
    ds = make_artificial(n=30)
    before = ds.features.copy()
    scale_features(ds.features)
    np.testing.assert_array_equal(ds.features, before)
