import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.base.names import DATASETS
from ildl.checks import InputError
from ildl.data import RECORDS, Sampling, generic_sampling, make_artificial
from ildl.data.sampling import ENOUGH, passes, training_rows
from ildl.experiments import run
from ildl.protocol import label_frequencies, make_splits, sample_rows

ETA = st.floats(0, 1)
REAL = list(RECORDS)
BENCHMARK = list(DATASETS)
"""Those of the paper: what the documentation says is said of them."""


def matrix(seed, n=80, c=4, sharpness=1.0):
    rng = np.random.default_rng(seed)
    D = rng.dirichlet(rng.uniform(0.2, 2, c) * sharpness, size=n)
    D[rng.random(n) < 0.1] = np.eye(c)[0]  # exact zeros, and degrees of 1
    return D


def kept_by_hand(D, eta1, eta2):
    totals = [sum(column) for column in D.T]
    suppressed, promoted = totals.index(max(totals)), totals.index(min(totals))
    kept = set()
    for i, row in enumerate(D):
        if row[suppressed] < eta1 - 1e-5 and row[promoted] > eta2 + 1e-5:
            kept.add(i)
    for column in D.T:
        kept.add(list(column).index(max(column)))
    return sorted(kept)


@given(seed=st.integers(0, 10**6), c=st.integers(2, 7), eta1=ETA, eta2=ETA)
def test_the_rule_is_that_of_a_literal_loop(seed, c, eta1, eta2):
    D = load_like(matrix(seed, c=c))
    assert sample_rows(D, generic_sampling(D, eta1, eta2)).tolist() == kept_by_hand(D, eta1, eta2)


@given(seed=st.integers(0, 10**6), low=ETA, high=ETA, other=ETA)
def test_lower_eta1_and_higher_eta2_keep_fewer(seed, low, high, other):
    D = matrix(seed)
    low, high = sorted((low, high))
    few, many = (set(sample_rows(D, generic_sampling(D, eta, other))) for eta in (low, high))
    assert few <= many
    many, few = (set(sample_rows(D, generic_sampling(D, other, eta))) for eta in (low, high))
    assert few <= many


@given(seed=st.integers(0, 10**6), order=st.permutations(range(5)))
def test_permuting_labels_permutes_the_rule(seed, order):
    D = matrix(seed, c=5)
    rule, permuted = generic_sampling(D), generic_sampling(D[:, order])
    assert (order[permuted.suppressed], order[permuted.promoted]) == (rule.suppressed, rule.promoted)
    np.testing.assert_allclose((permuted.a, permuted.b), (rule.a, rule.b), rtol=1e-12)


def test_the_default_is_the_uniform_degree_where_that_keeps_enough():
    D = np.random.default_rng(0).dirichlet([3.0, 2.0, 1.0], size=4000)
    assert generic_sampling(D) == Sampling(1.0, 1.0, suppressed=0, promoted=2)


@given(seed=st.integers(0, 10**6), c=st.integers(2, 9), sharpness=st.sampled_from([0.3, 3.0, 30.0, 300.0]))
def test_else_it_moves_towards_the_mean_degrees_only_as_far_as_it_takes(seed, c, sharpness):
    D = load_like(matrix(seed, 400, c, sharpness))
    rule, means = generic_sampling(D), D.mean(axis=0)
    at = {}
    for tenth in range(11):
        eta1, eta2 = ((1 - tenth / 10) / c + tenth / 10 * mean for mean in (means.max(), means.min()))
        at[tenth] = generic_sampling(D, eta1, eta2)
    enough = [tenth for tenth in at if 0.9 * passes(D, at[tenth]).sum() - 20 >= ENOUGH]
    expected = at[min(enough, default=10)]
    np.testing.assert_allclose((rule.a, rule.b), (expected.a, expected.b), rtol=1e-12)


@given(seed=st.integers(0, 10**6), n_splits=st.sampled_from([2, 4, 10]), n_valid=st.integers(1, 4))
def test_rows_to_train_on_are_the_mean_over_folds_less_those_of_the_highest_degrees(seed, n_splits, n_valid):
    ds = make_artificial(n=200, imbalance=4, seed=seed).resampled()
    rows = training_rows(ds.labels, ds.sampling, n_splits, n_valid)
    mean = np.mean([len(split.train) for split in make_splits(ds, n_splits, n_valid=n_valid)])
    assert rows <= mean + 1e-9
    assert mean <= rows + ds.labels.shape[1] + 1e-9
    unsampled = np.mean([len(split.train) for split in make_splits(make_artificial(n=200), n_splits, n_valid=n_valid)])
    assert training_rows(ds.labels, None, n_splits, n_valid) == pytest.approx(unsampled)


def test_one_threshold_given_leaves_the_other_at_its_default():
    D = matrix(3)
    default = generic_sampling(D)
    assert generic_sampling(D, eta1=0.5) == Sampling(2.0, default.b, default.suppressed, default.promoted)
    assert generic_sampling(D, eta2=0.5) == Sampling(default.a, 2.0, default.suppressed, default.promoted)


@pytest.mark.parametrize(
    ("D", "eta", "complaint"),
    [
        (np.full((9, 3), 1 / 3), (), "same total"),
        (np.eye(3), (), "same total"),
        (matrix(0), (1.1,), "eta1 must be"),
        (matrix(0), (0.5, -0.1), "eta2 must be"),
        (matrix(0), (0.5, np.nan), "eta2 must be"),
        (matrix(0) * 2, (), "sum to 2"),
    ],
)
def test_what_has_no_rule_is_refused(D, eta, complaint):
    with pytest.raises(InputError, match=complaint):
        generic_sampling(D, *eta)


def test_resampled_changes_the_sampling_alone():
    ds = make_artificial(n=200, imbalance=4)
    other = ds.resampled(0.3, 0.1)
    assert ds.sampling is None
    assert other.sampling == generic_sampling(ds.labels, 0.3, 0.1)
    assert other.features is ds.features
    assert other.labels is ds.labels
    assert ds.resampled().sampling == generic_sampling(ds.labels)
    assert other.resampled(0.2, 0.1).sampling != other.sampling


def test_thresholds_that_keep_too_few_rows_are_named():
    ds = make_artificial(n=200).resampled(0.0, 1.0)
    with pytest.raises(
        InputError, match=r"sampling keeps \d rows.*thresholds that keep more or less \(Dataset.resampled\)"
    ):
        make_splits(ds)


def test_results_of_every_sampling_are_kept_apart(tmp_path):
    ds = make_artificial(n=300, q=4, c=3, imbalance=4)
    options = {"results_dir": tmp_path, "n_splits": 2, "n_jobs": 1, "progress": False}
    frames = [run([ds.resampled(eta1, 0.2)], ["Train-mean"], **options) for eta1 in (0.3, 0.5)]
    assert not set(frames[0].key) & set(frames[1].key)
    again = run([ds.resampled(0.3, 0.2)], ["Train-mean"], **options)
    assert set(again.key) == set(frames[0].key)


@pytest.mark.real_data
@pytest.mark.parametrize("name", BENCHMARK)
def test_the_benchmarks_constants_are_a_case_of_the_rule(name, real_dataset):
    ds = real_dataset(name, labels_only=True)
    c = ds.labels.shape[1]
    rule = generic_sampling(ds.labels, ds.sampling.a / c, ds.sampling.b / c)
    assert (rule.suppressed, rule.promoted) == (RECORDS[name].sampling.suppressed, RECORDS[name].sampling.promoted)
    np.testing.assert_array_equal(sample_rows(ds.labels, rule), sample_rows(ds.labels, ds.sampling))


@pytest.mark.real_data
@pytest.mark.parametrize("name", BENCHMARK)
def test_the_default_on_the_benchmarks_data_keeps_what_the_documentation_says(name, real_dataset):
    ds = real_dataset(name, labels_only=True).resampled()
    splits = make_splits(ds)
    sizes = [len(split.train) + len(split.valid) for split in splits]
    assert 126 <= min(sizes)
    assert max(sizes) <= 969
    assert all(106 <= len(split.train) <= 949 for split in splits)
    frequencies = label_frequencies(ds.labels, splits)
    assert 7.9 < frequencies.max() / frequencies.min() < 53.5


def load_like(D):
    """As a loader leaves it: rows divided by their sums."""
    return D / D.sum(axis=1, keepdims=True)
