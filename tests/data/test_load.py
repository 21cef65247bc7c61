import hashlib
from dataclasses import replace

import numpy as np
import pytest
import scipy.io

from ildl.checks import InputError
from ildl.data import RECORDS, Record, Sampling, SourceFile, catalogue, load_dataset
from ildl.data.integrity import git_blob_id

REAL = ["Movie", "SCUT-FBP", "Emotion6", "Flickr_LDL", "RAF-ML", "Natural_Scene"]
X = np.array([[0.0, 2.0], [1.0, 3.0], [5.0, 4.0], [9.0, 9.0]])
ADVICE = r"tiny\.mat is as published: to use its other rows"
D = np.array([[0.5, 0.3, 0.2], [0.6, 0.4, 0.0], [0.4, 0.3, 0.3], [1.0, 0.0, 0.0]])


@pytest.fixture
def save(tmp_path, monkeypatch):
    """Write a data set named Tiny into a folder of its own and return the folder."""

    def write(labels=D, q=2, exact=None, changes=None, **fields):
        path = tmp_path / "tiny.mat"
        named = (changes or {}).get("labels_field", "labels")
        scipy.io.savemat(path, {"features": X, named: labels, **fields})
        np.save(tmp_path / "tiny.npy", labels if exact is None else exact)
        sources = [SourceFile(p.name, ("none",), git_blob_id(p.read_bytes())) for p in (path, tmp_path / "tiny.npy")]
        record = Record(
            "Tiny", *sources, 4, q, 3, ("a", "b", "c"), "established", "public", "", Sampling(1, 1, 0, 2), ""
        )
        monkeypatch.setitem(catalogue.RECORDS, "Tiny", replace(record, **(changes or {})))
        return tmp_path

    return write


def test_what_was_saved_is_loaded(save):
    home = save()
    ds = load_dataset("Tiny", data_home=home)
    assert (ds.name, ds.label_names, ds.feature_set) == ("Tiny", ("a", "b", "c"), "public")
    assert ds.sampling == Sampling(1, 1, 0, 2)
    np.testing.assert_array_equal(ds.features, X)
    np.testing.assert_allclose(ds.labels, D, rtol=1e-15)
    assert ds.sha256 == hashlib.sha256((home / "tiny.mat").read_bytes()).hexdigest()
    assert ds.frame is None


def test_return_X_y(save):
    features, labels = load_dataset("Tiny", data_home=save(), return_X_y=True)
    np.testing.assert_array_equal(features, X)
    np.testing.assert_allclose(labels, D, rtol=1e-15)


def test_as_frame(save):
    home = save()
    frame = load_dataset("Tiny", data_home=home, as_frame=True).frame
    assert list(frame.columns) == ["x0", "x1", "a", "b", "c"]
    np.testing.assert_allclose(frame.to_numpy(), np.hstack([X, D]), rtol=1e-15)
    features, labels = load_dataset("Tiny", data_home=home, as_frame=True, return_X_y=True)
    assert list(features.columns) == ["x0", "x1"]
    assert list(labels.columns) == ["a", "b", "c"]
    only = load_dataset("Tiny", data_home=home, as_frame=True, labels_only=True).frame
    assert list(only.columns) == ["a", "b", "c"]


def test_labels_only_gives_the_same_labels_from_either_file(save):
    home = save()
    from_features = load_dataset("Tiny", data_home=home, labels_only=True)
    (home / "tiny.mat").unlink()
    from_labels = load_dataset("Tiny", data_home=home, labels_only=True)
    for ds in (from_features, from_labels):
        assert ds.features is None
        assert ds.feature_set == "labels only"
    np.testing.assert_array_equal(from_features.labels, from_labels.labels)


def test_labels_only_has_no_X(save):
    with pytest.raises(InputError, match="return_X_y needs features"):
        load_dataset("Tiny", data_home=save(), labels_only=True, return_X_y=True)


def test_rows_are_renormalised_in_float64(save):
    off = D * np.array([[1 + 3e-6], [1 - 3e-6], [1.0], [1.0]])
    ds = load_dataset("Tiny", data_home=save(labels=off.astype(np.float32)))
    assert ds.labels.dtype == ds.features.dtype == np.float64
    np.testing.assert_allclose(ds.labels.sum(axis=1), 1, atol=4e-16)


def test_rows_that_do_not_sum_to_1_are_divided_by_their_sums_with_a_note(save):
    home = save(labels=D * np.array([[0.57], [0.8], [1.0], [1 + 3e-6]]))
    note = r"labels of Tiny \(tiny\.\w+\): 2 of 4 rows do not sum to 1 \(sums from 0\.57 to 1\); every row is divided"
    for labels_only in (False, True):
        with pytest.warns(UserWarning, match=note):
            ds = load_dataset("Tiny", data_home=home, labels_only=labels_only)
        np.testing.assert_allclose(ds.labels, D, rtol=1e-14)
        (home / "tiny.mat").unlink(missing_ok=labels_only)  # then from the labels file


def test_near_sums_are_no_news(save, recwarn):
    load_dataset("Tiny", data_home=save(labels=D * (1 + 9e-5)))
    assert not recwarn.list


def test_of_a_rounded_copy_the_labels_come_from_the_labels_file(save):
    exact = D * (1 + np.array([[1e-9], [-1e-9], [0], [0]])) + np.array([3e-8, -3e-8, 0])
    exact = np.abs(exact) / np.abs(exact).sum(axis=1, keepdims=True)
    given = {"labels_field": "label_distribution", "rounded": True}
    home = save(labels=D.astype(np.float32), exact=exact, changes=given)
    for labels_only in (False, True):
        ds = load_dataset("Tiny", data_home=home, labels_only=labels_only)
        np.testing.assert_allclose(ds.labels, exact, rtol=1e-15)
    assert np.abs(D.astype(np.float32) - exact).max() > 1e-8  # so that the test can tell
    np.testing.assert_array_equal(load_dataset("Tiny", data_home=home).features, X)


@pytest.mark.filterwarnings("ignore:Tiny. this file orders its labels differently")
@pytest.mark.parametrize("exact", [D[::-1], D[:, ::-1], D + np.array([2e-6, -2e-6, 0])])
def test_a_rounded_copy_whose_labels_are_others_is_refused(save, exact):
    home = save(exact=np.abs(exact), changes={"rounded": True})
    with pytest.raises(InputError, match=r"rows differ by more than 1e-06, the first is row 0.*report it"):
        load_dataset("Tiny", data_home=home)
    load_dataset("Tiny", data_home=home, labels_only=True)


def test_arrays_are_read_only(save):
    ds = load_dataset("Tiny", data_home=save())
    for array in (ds.features, ds.labels):
        with pytest.raises(ValueError, match="read-only"):
            array[0, 0] = 1


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ({"labels": np.where(D == 1, np.nan, D)}, f"labels of Tiny .*row 3, column 0.*{ADVICE}"),
        ({"labels": np.where(D == 1, 0, D)}, f"labels of Tiny .*row 3: its degrees sum to 0, .*{ADVICE}"),
        ({"labels": np.where(D == 1, -1, D)}, f"labels of Tiny .*row 3: its degrees sum to -1, .*{ADVICE}"),
        ({"labels": D - 0.1}, f"labels of Tiny .*row 1, column 2.* -0.1.* is negative.*{ADVICE}"),
        ({"labels": D[:3]}, r"labels of Tiny .* shape \(3, 3\), but the catalogue states \(4, 3\)"),
        ({"labels": D[:, :2]}, r"labels of Tiny .* shape \(4, 2\), but the catalogue states \(4, 3\)"),
        ({"features": X[:3]}, r"features of Tiny .* shape \(3, 2\), but the catalogue states \(4, 2\)"),
        ({"features": X[:, :1]}, r"features of Tiny .* shape \(4, 1\), but the catalogue states \(4, 2\)"),
        ({"features": np.where(X == 9, np.inf, X)}, "features of Tiny .*row 3, column 0"),
    ],
)
def test_a_file_that_contradicts_the_catalogue_is_refused(save, fields, complaint):
    with pytest.raises(InputError, match=complaint):
        load_dataset("Tiny", data_home=save(**fields))


def test_an_unrecorded_number_of_features_is_not_checked(save):
    assert load_dataset("Tiny", data_home=save(q=None)).features.shape == X.shape


def test_a_file_without_the_fields_is_refused_with_those_that_it_has(save, tmp_path):
    save()
    scipy.io.savemat(tmp_path / "tiny.mat", {"features": X, "raw_data": D})
    blob = git_blob_id((tmp_path / "tiny.mat").read_bytes())
    record = catalogue.RECORDS["Tiny"]
    catalogue.RECORDS["Tiny"] = replace(record, features=replace(record.features, blob=blob))
    with pytest.raises(InputError, match=r"Tiny \(tiny.mat\) has no field labels; it holds features, raw_data"):
        load_dataset("Tiny", data_home=tmp_path)


def test_another_order_of_labels_keeps_the_sampling_rule_and_drops_the_names(save):
    home = save(labels=D[:, ::-1])
    with pytest.warns(UserWarning, match="orders its labels differently"):
        ds = load_dataset("Tiny", data_home=home)
    assert ds.sampling == Sampling(1, 1, suppressed=2, promoted=0)
    assert ds.label_names == ("label 1", "label 2", "label 3")


def test_unknown_name_suggests_the_nearest():
    with pytest.raises(InputError, match=r"Did you mean 'Natural_Scene'\?"):
        load_dataset("Natural Scene")


def test_artificial_needs_no_file(tmp_path):
    ds = load_dataset("Artificial", data_home=tmp_path)
    assert ds.feature_set == "artificial"
    assert load_dataset("Artificial", labels_only=True).features is None
    features, labels = load_dataset("Artificial", return_X_y=True)
    np.testing.assert_array_equal(features, ds.features)
    np.testing.assert_array_equal(labels, ds.labels)


@pytest.mark.real_data
@pytest.mark.parametrize("name", REAL)
def test_real_labels_match_the_catalogue(name, real_dataset):
    ds, record = real_dataset(name, labels_only=True), RECORDS[name]
    assert ds.labels.shape == (record.n, record.c)
    assert ds.label_names == record.label_names
    np.testing.assert_allclose(ds.labels.sum(axis=1), 1, atol=1e-15)
    assert ds.labels.min() >= 0
    totals = ds.labels.sum(axis=0)
    assert (totals.argmax(), totals.argmin()) == (ds.sampling.suppressed, ds.sampling.promoted)


@pytest.mark.real_data
@pytest.mark.parametrize("name", REAL)
def test_real_features_match_the_catalogue(name, real_dataset):
    ds, record = real_dataset(name), RECORDS[name]
    assert ds.features.shape[0] == record.n
    assert record.q in (None, ds.features.shape[1])
    assert ds.feature_set == record.feature_set


@pytest.mark.real_data
def test_checksums_of_the_real_files(real_dataset):
    known = {
        "Movie": "5c8629905fdf18640410d43b30f1a84c17473df38e48f279f5a2af11019a1bac",
        "SCUT-FBP": "2851c11a0b98ad84483784230b597eca81108583b60ed3cc8674816ab48c03de",
        "Emotion6": "2cc3b82d142b5eb27509105540390a8a7de2d6780b898d8e69c29a12a2e409a5",
    }
    assert {name: real_dataset(name).sha256 for name in known} == known


@pytest.mark.real_data
def test_the_two_files_of_natural_scene_are_one_data_set(real_dataset):
    """Features of the rounded copy, labels of the labels file: alike, and with the digits of double precision."""
    ds, labels = real_dataset("Natural_Scene"), real_dataset("Natural_Scene", labels_only=True).labels
    np.testing.assert_array_equal(ds.labels, labels)
    assert (ds.labels != ds.labels.astype(np.float32)).mean() > 0.9
    np.testing.assert_array_equal(ds.features, ds.features.astype(np.float32))
    assert ds.feature_set == "benchmark"


@pytest.mark.real_data
def test_labels_of_natural_scene_are_relevant_as_often_as_the_raters_file_says(real_dataset):
    """A label that is not relevant has the lowest degree of its row."""
    labels = real_dataset("Natural_Scene", labels_only=True).labels
    relevant = labels > labels.min(axis=1, keepdims=True) + 1e-9
    counts = dict(zip(RECORDS["Natural_Scene"].label_names, relevant.sum(axis=0).tolist(), strict=True))
    assert counts == {
        "plant": 997,
        "sky": 1474,
        "cloud": 666,
        "snow": 420,
        "building": 233,
        "desert": 406,
        "mountain": 967,
        "water": 980,
        "sun": 369,
    }
    assert len(np.unique(relevant, axis=0)) == 189


@pytest.mark.real_data
def test_first_row_of_emotion6_is_the_example_of_its_readme(real_dataset):
    expected = [0.133333, 0.7, 0, 0.0666667, 0.1, 0, 0]
    np.testing.assert_allclose(real_dataset("Emotion6", labels_only=True).labels[0], expected, atol=1e-6)
