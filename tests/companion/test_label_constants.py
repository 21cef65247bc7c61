import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.evidence import survey
from companion.evidence.constants import BENCHMARK_SHAPES, constant_scores, label_check
from companion.evidence.evidence import compute
from ildl.data import Dataset, DataUnavailable, make_artificial
from ildl.methods import make_method
from ildl.metrics import kl_divergence
from ildl.protocol import make_splits


def dataset(D, name="d"):
    D = np.asarray(D, dtype=float)
    return Dataset(name, None, D, tuple("abcdefgh"[: D.shape[1]]), "labels only", "", None)


def mean_of(scores, method, metric):
    return scores.query("method == @method and metric == @metric")["value"].mean()


def scores_of(ds, **options):
    return constant_scores(ds, **options)


def test_uniform_on_certain_rows_by_hand():
    """Rows of one label: KL is ln c, Chebyshev 1 - 1/c, the squared error 1 - 1/c."""
    scores = scores_of(dataset(np.tile(np.eye(4), (12, 1))), n_splits=2)
    assert mean_of(scores, "Uniform", "kl_divergence") == pytest.approx(np.log(4))
    assert mean_of(scores, "Uniform", "chebyshev") == pytest.approx(3 / 4)
    assert mean_of(scores, "Uniform", "squared_error") == pytest.approx(3 / 4)


def test_uniform_is_perfect_where_the_labels_are():
    scores = scores_of(dataset(np.full((60, 5), 0.2)), n_splits=2)
    assert mean_of(scores, "Uniform", "kl_divergence") == pytest.approx(0)
    assert mean_of(scores, "Uniform", "cosine") == pytest.approx(1)
    assert mean_of(scores, "Uniform", "entropy") == pytest.approx(1)


def test_constants_are_those_that_the_methods_of_these_names_predict():
    ds = make_artificial(n=120, imbalance=5)
    scores = scores_of(ds, n_splits=3)
    for split in make_splits(ds, 3):
        for name in ("Uniform", "Train-mean"):
            estimator = make_method(name).fit(ds.features[split.train], ds.labels[split.train])
            expected = kl_divergence(ds.labels[split.test], estimator.predict(ds.features[split.test]))
            query = "method == @name and fold == @split.fold and metric == 'kl_divergence'"
            assert scores.query(query)["value"].item() == pytest.approx(expected)


@given(st.integers(0, 2**31 - 1))
def test_no_constant_has_a_lower_divergence_or_squared_error_than_the_mean_of_the_test_labels(seed):
    D = np.random.default_rng(seed).dirichlet([0.5, 1, 2], size=80)
    scores = scores_of(dataset(D), n_splits=2)
    for metric in ("kl_divergence", "squared_error"):
        best = mean_of(scores, "Test-mean", metric)
        assert best <= mean_of(scores, "Uniform", metric) + 1e-12
        assert best <= mean_of(scores, "Train-mean", metric) + 1e-12


def test_a_constant_has_no_spread():
    spread = scores_of(make_artificial(n=80), n_splits=2).query("metric == 'spread'")["value"]
    np.testing.assert_allclose(spread, 0, atol=1e-15)


def test_labels_of_the_benchmarks_shape_count_as_its_own_and_others_do_not():
    shape = BENCHMARK_SHAPES["SCUT-FBP"]
    right = dataset(np.full(shape, 1 / shape[1]), "SCUT-FBP")
    wrong = dataset(np.full((1500, 5), 0.2), "SCUT-FBP")
    for ds, same in ((right, True), (wrong, False)):
        assert (scores_of(ds)["same_labels"] == same).all()
        assert label_check(ds)["same"].item() == same
    assert not scores_of(make_artificial(n=60), n_splits=2)["same_labels"].any()


def test_zeros_bound_canberra_and_clark_of_every_positive_prediction():
    D = [[1, 0, 0, 0], [0.5, 0.5, 0, 0], [0.25, 0.25, 0.25, 0.25]] * 20
    row = label_check(dataset(D, "Movie")).iloc[0]
    assert row["zeros"] == pytest.approx((3 + 2 + 0) / 3)
    assert row["clark_floor"] == pytest.approx((np.sqrt(3) + np.sqrt(2)) / 3)
    scores = scores_of(dataset(D, "Movie"), n_splits=2)
    assert mean_of(scores, "Uniform", "canberra") >= row["zeros"]
    assert mean_of(scores, "Uniform", "clark") >= row["clark_floor"]


def test_a_data_set_without_a_label_file_is_named_and_left_out(monkeypatch):
    def load(name, labels_only):
        if name == "Movie":
            raise DataUnavailable("no file")
        return dataclasses.replace(make_artificial(n=60), name=name)

    monkeypatch.setattr(survey, "load_dataset", load)
    available, missing = survey.load_labels(["Movie", "Emotion6"])
    assert missing == ["Movie"]
    check = compute("label_check", available).set_index("dataset")
    assert check["rows"].to_dict() == {"Emotion6": 60}


@pytest.mark.real_data
@pytest.mark.parametrize(("name", "known"), [("Movie", 0.196), ("Emotion6", 0.700), ("Flickr_LDL", 1.063)])
def test_known_scores_of_the_uniform_distribution(name, known):
    available, missing = survey.load_labels([name])
    if missing:
        pytest.skip(f"labels of {name} are not at hand")
    assert mean_of(constant_scores(available[name]), "Uniform", "kl_divergence") == pytest.approx(known, abs=5e-4)
