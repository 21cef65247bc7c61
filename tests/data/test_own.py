"""Own data: what comes in by any road is the same data set, and every fault is named with its places."""

import warnings

import numpy as np
import pandas as pd
import pytest
import scipy.sparse
import torch
from hypothesis import given
from hypothesis import strategies as st

from ildl.checks import InputError
from ildl.data import Dataset, DataWarning, Sampling, generic_sampling, kept_rows, make_artificial
from ildl.experiments.runner import identify
from ildl.protocol import imbalance_ratio, make_splits
from tests.strategies import simplex

RNG = np.random.default_rng(0)
X = RNG.normal(size=(40, 3))
VOTES = RNG.multinomial(9, [0.6, 0.3, 0.1], 40)
D = VOTES / VOTES.sum(axis=1, keepdims=True)
FRAME = pd.DataFrame(np.hstack([X, VOTES]), columns=["x1", "x2", "x3", "vote_a", "vote_b", "vote_c"])
ASKED = {"name": "mine", "sampling": "none"}


def from_frame(frame=FRAME, **options):
    return Dataset.from_frame(frame, **{"labels": "vote_", **ASKED, **options})


@pytest.mark.parametrize(
    "convert",
    [
        lambda A: A.tolist(),
        pd.DataFrame,
        scipy.sparse.csr_matrix,
        scipy.sparse.csc_array,
        lambda A: pd.DataFrame(A).astype(pd.SparseDtype(A.dtype)),
        lambda A: np.ma.MaskedArray(A, np.zeros(A.shape, bool)),
        lambda A: pd.DataFrame(A.astype(str)),
        np.asfortranarray,
    ],
)
def test_containers_do_not_matter(convert):
    ds, plain = (Dataset.from_arrays(x, d, **ASKED) for x, d in ((convert(X), convert(VOTES)), (X, VOTES)))
    np.testing.assert_array_equal(ds.features, X)
    np.testing.assert_allclose(ds.labels, D, rtol=1e-15)
    assert ds.sha256 == plain.sha256


@pytest.mark.parametrize("dtype", [np.int8, np.uint16, np.float32, bool])
def test_types_of_numbers_do_not_matter(dtype):
    x = (X > 0).astype(dtype)
    d = np.eye(3)[VOTES.argmax(axis=1)].astype(dtype)
    ds = Dataset.from_arrays(x, d, **ASKED)
    assert ds.features.dtype == ds.labels.dtype == np.float64
    np.testing.assert_array_equal(ds.features, x.astype(float))
    np.testing.assert_array_equal(ds.labels, d.astype(float))


def test_the_callers_arrays_stay_his():
    x, d = X.copy(), D.copy()
    ds = Dataset.from_arrays(x, d, **ASKED)
    direct = Dataset("mine", x, d, ("a", "b", "c"), "own", "")
    x[:], d[:] = 7, 7
    for made in (ds, direct):
        np.testing.assert_array_equal(made.features, X)
        np.testing.assert_allclose(made.labels, D, rtol=1e-15)
        with pytest.raises(ValueError, match="read-only"):
            made.features[0, 0] = 1


def test_the_frame_is_not_changed():
    before = FRAME.copy()
    from_frame()
    pd.testing.assert_frame_equal(FRAME, before)


def test_the_checksum_is_that_of_the_runner_and_says_what_is_in_it():
    ds = from_frame()
    assert identify(ds).sha256 == ds.sha256
    assert from_frame(FRAME.iloc[::-1]).sha256 != ds.sha256
    assert from_frame(sampling=Sampling(1, 1, 0, 2)).sha256 != ds.sha256
    assert ds.feature_set == "own"


class TestSums:
    @given(D=simplex(max_rows=8), percent=st.booleans())
    def test_percentages_are_the_same_data(self, D, percent):
        x = np.arange(len(D))[:, None] + 0.5
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ds = Dataset.from_arrays(x, 100 * D if percent else D, **ASKED)
        np.testing.assert_allclose(ds.labels, D, atol=1e-12)
        assert any("percentages" in note for note in ds.notes) == percent

    def test_votes_are_said(self):
        assert "votes (whole numbers, 9 a row)" in " ".join(from_frame().notes)

    def test_near_sums_within_the_tolerance(self):
        off = D * np.linspace(0.995, 1.005, len(D))[:, None]
        ds = Dataset.from_arrays(X, off, **ASKED)
        np.testing.assert_allclose(ds.labels, D, rtol=1e-12)
        assert "1 within the tolerance 0.01" in " ".join(ds.notes)
        with pytest.raises(InputError, match="sums of rows are from 0.995 to 1.005"):
            Dataset.from_arrays(X, off, tolerance=0.001, **ASKED)

    def test_rows_whose_sum_is_wrong_are_all_named(self):
        off = D.copy()
        off[[3, 4, 5, 20]] *= 0.7
        with pytest.raises(InputError, match=r"not 1 in rows 3 to 5, 20\."):
            Dataset.from_arrays(X, off, **ASKED)
        np.testing.assert_allclose(Dataset.from_arrays(X, off, normalise="always", **ASKED).labels, D, rtol=1e-12)

    def test_one_row_that_is_no_percentage_is_named(self):
        off = 100 * D
        off[[3, 20]] *= 0.7
        with pytest.raises(InputError, match=r"from 70 to 100, not 100 in rows 3, 20\."):
            Dataset.from_arrays(X, off, **ASKED)

    def test_never_divides_only_rounding_away(self):
        with pytest.raises(InputError, match="not 1 in rows 0 to 39"):
            from_frame(normalise="never")

    def test_negative_labels(self):
        bad = D.copy()
        bad[7, 1] = -0.1
        with pytest.raises(InputError, match="Labels are negative: 'label 2' in row 7"):
            Dataset.from_arrays(X, bad, **ASKED)


class TestGaps:
    def test_all_faults_at_once_with_all_their_places(self):
        frame = FRAME.astype(object)
        frame.loc[[4, 5, 9], "x2"] = None
        frame.loc[11, "vote_b"] = np.inf
        frame.loc[12, "x1"] = "12a"
        frame.loc[13, ["vote_a", "vote_b", "vote_c"]] = 0
        frame.insert(0, "city", "Rome")
        with pytest.raises(InputError) as error:
            from_frame(frame)
        for words in ("4 values are missing or infinite: 'x2' in rows 4 to 5, 9; 'vote_b' in row 11",
                      "'x1' holds '12a', which is not a number: row 12", "'city' holds text, as 'Rome' in row 0",
                      "all labels 0: row 13"):  # fmt: skip
            assert words in str(error.value)

    def test_rows_are_called_as_in_the_frame(self):
        frame = FRAME.set_axis(pd.Index([f"p{k}" for k in range(40)], name="patient"))
        frame.iloc[[2, 3], 0] = np.nan
        with pytest.raises(InputError, match="'x1' in patients p2, p3"):
            from_frame(frame)

    def test_drop(self):
        frame = FRAME.copy()
        frame.loc[4, "x2"] = np.nan
        frame.loc[6, ["vote_a", "vote_b", "vote_c"]] = 0
        ds = from_frame(frame, missing="drop", empty="drop")
        np.testing.assert_array_equal(ds.features, np.delete(X, [4, 6], axis=0))
        assert "missing values: row 4." in " ".join(ds.notes)
        assert "Left out for want of votes: row 6." in ds.notes

    def test_a_row_without_one_label_is_dropped_as_one_without_a_feature_is(self):
        for gap in (np.nan, np.inf, None):
            frame = FRAME.astype(object)
            frame.loc[4, "x2"] = frame.loc[[7, 8], "vote_b"] = gap
            ds = from_frame(frame, missing="drop")
            np.testing.assert_array_equal(ds.features, np.delete(X, [4, 7, 8], axis=0))
            np.testing.assert_allclose(ds.labels, np.delete(D, [4, 7, 8], axis=0), rtol=1e-15)
            assert "Left out for missing values: rows 4, 7 to 8." in ds.notes

    def test_fill(self):
        frame = FRAME.copy()
        frame.loc[4, "x2"] = np.nan
        frame.loc[5, "vote_a"] = np.nan
        frame.loc[6, ["vote_a", "vote_b", "vote_c"]] = 0
        ds = from_frame(frame, missing="fill", empty="fill")
        assert ds.features[4, 1] == np.median(np.delete(X[:, 1], 4))
        rest = VOTES[5, 1:]
        np.testing.assert_allclose(ds.labels[5], [0, *(rest / rest.sum())])
        np.testing.assert_allclose(ds.labels[6], 1 / 3)
        assert "Equal degrees for want of votes: row 6." in ds.notes


class TestColumns:
    @pytest.mark.parametrize(
        "labels",
        ["vote_", "vote_*", "*_?", "vote_a:vote_c", "vote_a:", "4:6", "-3:", "4+5+6", "vote_a+vote_b+vote_c",
         ["vote_a", "5:6"], slice(3, None), [4, 5, 6]],
    )  # fmt: skip
    def test_labels_can_be_said_in_many_ways(self, labels):
        ds = from_frame(labels=labels)
        assert ds.label_names == ("vote_a", "vote_b", "vote_c")
        np.testing.assert_array_equal(ds.features, X)

    def test_what_is_left_out_is_named(self):
        frame = FRAME.assign(id=np.arange(40), rater="r")
        ds = from_frame(frame, drop=["id", "rater"])
        np.testing.assert_array_equal(ds.features, X)
        assert "Left out as asked: id, rater." in ds.notes
        ds = from_frame(frame, features="x1+x3")
        np.testing.assert_array_equal(ds.features, X[:, [0, 2]])
        assert "Left out, neither features nor labels: x2, id, rater." in ds.notes

    @pytest.mark.parametrize(
        ("options", "complaint"),
        [
            ({"labels": None}, "Its columns: 1 'x1', 2 'x2'"),
            ({"labels": "votes_"}, "no column 'votes_'. Did you mean 'vote_"),
            ({"labels": "6:4"}, "runs backwards"),
            ({"labels": "0:2"}, "no column '0'"),
            ({"labels": "vote_a"}, "item=COLUMN"),
            ({"features": "3:4"}, "vote_a of mine would be features and labels at once"),
            ({"drop": "x1+x2+x3"}, "no features"),
            ({"weight": "x1"}, "weight goes with item"),
            ({"sampling": None}, "Say how mine is sampled"),
            ({"sampling": "some"}, "not 'some'"),
            ({"missing": "ignore"}, "Unknown missing 'ignore'"),
            ({"normalize": "always"}, "Did you mean 'normalise'"),
            ({"name": "a/b"}, "cannot name a folder"),
            ({"label_names": ["a", "b"]}, "3 labels, but 2 names"),
            ({"label_names": ["a", "b", "a"]}, "different names"),
        ],
    )
    def test_mistakes(self, options, complaint):
        with pytest.raises(InputError, match=complaint):
            from_frame(**options)

    def test_columns_of_one_name(self):
        frame = pd.concat([FRAME, FRAME[["x2"]]], axis=1)
        with pytest.raises(InputError, match=r"columns 2 and 7 are all called 'x2'.*drop=7"):
            from_frame(frame)
        np.testing.assert_array_equal(from_frame(frame, drop=7).features, X)

    def test_frames_in_another_order_are_not_paired_by_position(self):
        x, d = pd.DataFrame(X, index=[f"p{k}" for k in range(40)]), pd.DataFrame(D)
        with pytest.raises(InputError, match=r"D\.loc\[X\.index\]"):
            Dataset.from_arrays(x, d.set_axis(x.index)[::-1], **ASKED)


class TestLongVotes:
    LONG = pd.DataFrame(
        [(f"i{i}", *X[i], "abc"[j]) for i in range(40) for j in range(3) for _ in range(VOTES[i, j])],
        columns=["image", "x1", "x2", "x3", "vote"],
    )

    @given(seed=st.integers(0, 1000))
    def test_they_are_counted(self, seed):
        shuffled = self.LONG.sample(frac=1, random_state=seed)
        ds = Dataset.from_frame(shuffled, labels="vote", item="image", **ASKED)
        order = [int(text[1:]) for text in shuffled["image"].unique()]
        assert ds.label_names == ("a", "b", "c")
        np.testing.assert_array_equal(ds.features, X[order])
        np.testing.assert_allclose(ds.labels, D[order], rtol=1e-15)

    def test_a_row_may_stand_for_several_votes(self):
        many = self.LONG.groupby([*self.LONG], sort=False).size().rename("count").reset_index()
        with pytest.raises(InputError, match=r"no features: count\..*weight=count"):
            Dataset.from_frame(many, labels="vote", item="image", **ASKED)
        ds = Dataset.from_frame(many, labels="vote", item="image", weight="count", **ASKED)
        np.testing.assert_allclose(ds.labels, D, rtol=1e-15)

    def test_grades_are_in_the_order_of_numbers(self):
        grades = self.LONG.assign(vote=self.LONG["vote"].map({"a": "10", "b": "9", "c": "2"}))
        assert Dataset.from_frame(grades, labels="vote", item="image", **ASKED).label_names == ("2", "9", "10")


class TestSuspicions:
    @pytest.mark.parametrize(
        ("change", "complaint"),
        [
            ({"image_id": RNG.permutation(40) * 3}, "'image_id' looks like an id"),
            ({"k": np.arange(100, 140)}, "'k' looks like an id"),
            ({"flat": 2.5}, "constant, so of no use: flat"),
            ({"vote_d": 0}, "labels that no row uses: vote_d"),
        ],
    )
    def test_what_looks_wrong(self, change, complaint):
        with pytest.warns(DataWarning, match=complaint):
            from_frame(FRAME.assign(**change))

    def test_the_number_of_votes_is_no_feature(self):
        votes = VOTES.copy()
        votes[::2, 0] += 3
        with pytest.warns(DataWarning, match="'x0' is the sum of the labels"):
            Dataset.from_arrays(votes.sum(axis=1, keepdims=True), votes, **ASKED)

    def test_rows_that_are_there_again(self):
        """One of its copies is trained on where another is tested."""
        with pytest.warns(DataWarning, match="6 of 46 rows repeat another one, labels too"):
            from_frame(pd.concat([FRAME, FRAME.iloc[:6]], ignore_index=True))

    @pytest.mark.parametrize("name", ["Movie", "movie", "SCUT FBP", "Yeast_alpha"])
    def test_a_published_name(self, name):
        with pytest.warns(DataWarning, match="published numbers do not stand beside your own"):
            assert from_frame(name=name).feature_set == "own"

    def test_ordinary_data_raise_none(self):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            from_frame()


class TestDataset:
    @pytest.mark.parametrize(
        ("change", "complaint"),
        [
            ({"features": pd.DataFrame(X)}, "must be a NumPy array, not DataFrame: Dataset.from_arrays"),
            ({"labels": D.tolist()}, "not list"),
            ({"labels": D * 2}, "degrees sum to 2"),
            ({"features": X[:5]}, "5 rows of features, but 40 of labels"),
            ({"label_names": ("a", "b")}, "3 labels, but 2 names"),
            ({"feature_set": "publik"}, "Did you mean 'public'"),
        ],
    )
    def test_it_checks_itself(self, change, complaint):
        sound = {"features": X, "labels": D, "label_names": ("a", "b", "c"), "feature_set": "own", "sha256": ""}
        with pytest.raises(InputError, match=complaint):
            Dataset("mine", **sound | change)


class TestSampling:
    def test_almost_nothing_to_train_on_is_said(self):
        D = np.random.default_rng(1).dirichlet([8.0, 4.0, 1.0], size=60)
        with pytest.warns(DataWarning, match=r"leaves a fold about \d+ of 60 rows to train on"):
            generic_sampling(D)

    def test_thresholds_in_the_text_are_those_of_the_rule(self):
        ds = make_artificial(n=400, imbalance=4)
        own = Dataset.from_arrays(ds.features, ds.labels, name="mine", sampling="generic:0.4:0.1")
        assert own.sampling == generic_sampling(own.labels, 0.4, 0.1)

    def test_what_is_kept_is_what_the_protocol_keeps(self):
        ds = make_artificial(n=400, imbalance=4).resampled()
        splits = make_splits(ds, n_splits=4)
        frame = kept_rows(ds, splits)
        for split, row in zip(splits, frame.itertuples(), strict=True):
            assert (row.fold, row.n_train, row.n_valid, row.n_test) == (split.fold, len(split.train), 20, 100)
            assert row.kept == row.n_train + row.n_valid
            assert row.imbalance == pytest.approx(imbalance_ratio(ds.labels[split.train]))


def test_sums_off_by_just_the_tolerance_are_within_it():
    rounded = np.array([[0.5, 0.3, 0.19], [0.5, 0.3, 0.21], [0.2, 0.3, 0.5]])  # |0.99 - 1| > 0.01 in binary
    ds = Dataset.from_arrays(X[:3], rounded, **ASKED)
    np.testing.assert_allclose(ds.labels, rounded / rounded.sum(axis=1, keepdims=True), rtol=1e-15)
    assert "percentages" in " ".join(Dataset.from_arrays(X[:3], rounded * 100, **ASKED).notes)
    with pytest.raises(InputError, match="tolerance="):
        Dataset.from_arrays(X[:3], rounded, **ASKED, tolerance=0.009)


def test_votes_that_name_no_label_are_not_lost_in_silence():
    long = pd.DataFrame({"who": list("aabbcc"), "x": [1.0, 1, 2, 2, 3, 3], "mood": ["u", "v", "u", None, " ", "v"]})
    options = {"labels": "mood", "item": "who"}
    message = "'mood', the label of a vote, is missing: rows 3 to 4."
    with pytest.raises(InputError, match=f"{message} missing=drop leaves them out"):
        from_frame(long, **options)
    ds = from_frame(long, **options, missing="drop")
    assert any(note.startswith("4 votes are counted for 3 instances") for note in ds.notes)
    assert any(message in note for note in ds.notes)
    np.testing.assert_array_equal(ds.labels, [[0.5, 0.5], [1, 0], [0, 1]])


@pytest.mark.parametrize("missing", [None, np.nan, pd.NA, "", " ", "?", "NA", "n/a"])
@pytest.mark.parametrize("column", ["who", "mood", "times"])
def test_what_a_vote_lacks_is_named_by_row_and_column(column, missing):
    long = {"who": list("aabb"), "mood": list("uvuv"), "times": [1, 2, 3, 1], "x": [1, 1, 2, 2]}
    long[column][2] = missing
    with pytest.raises(InputError, match=f"'{column}'.*: row 2"):
        from_frame(pd.DataFrame(long), labels="mood", item="who", weight="times")


@pytest.mark.parametrize("kind", [float, str, object])
def test_masked_values_and_nan_in_tensors_are_named_by_row_and_column(kind):
    lacking = np.zeros(X.shape, dtype=bool)
    lacking[2, 1] = True
    gaps = torch.tensor(np.where(lacking, np.nan, X), requires_grad=True)
    for table in (np.ma.array(X.astype(kind), mask=lacking), gaps):
        with pytest.raises(InputError, match="'x1' in row 2"):
            Dataset.from_arrays(table, D, **ASKED)


def test_a_label_that_is_the_sum_of_the_others_is_suspected():
    total = FRAME.assign(vote_all=FRAME[["vote_a", "vote_b", "vote_c"]].sum(axis=1))
    with pytest.warns(DataWarning, match="label 'vote_all' is the sum of the others"):
        from_frame(total)


@pytest.mark.parametrize(("x", "d", "which"), [(X.T, VOTES, "X"), (X, VOTES.T, "D")])
def test_a_matrix_that_lies_on_its_side_is_told(x, d, which):
    with pytest.raises(InputError, match=f"columns of {which}: transpose"):
        Dataset.from_arrays(x, d, **ASKED)


def test_rows_are_not_paired_by_place_where_frames_say_otherwise():
    features, votes = pd.DataFrame(X), pd.DataFrame(VOTES)
    with pytest.raises(InputError, match="another order"):
        Dataset.from_arrays(features, votes.iloc[::-1], **ASKED)
    np.testing.assert_allclose(Dataset.from_arrays(X, votes.iloc[::-1], **ASKED).labels, D[::-1])  # no names to go by


def test_all_names_that_stand_twice_are_said_at_once():
    twice = pd.concat([FRAME, FRAME[["x1", "vote_a"]]], axis=1)
    with pytest.raises(InputError, match=r"'x1'.*'vote_a'"):
        from_frame(twice)
