"""Splits of the user's own: what is given is what is tested on, sampling touches training rows alone."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.model_selection import GroupKFold, KFold, LeaveOneGroupOut

from ildl.checks import InputError
from ildl.data import Sampling, make_artificial
from ildl.protocol import VALID_FROM, make_splits, own_splits, sample_rows, splits_hash

DS = make_artificial(n=120, q=5, c=4, seed=3)
SAMPLED = replace(DS, sampling=Sampling(4, 0.5, int(DS.labels.sum(0).argmax()), int(DS.labels.sum(0).argmin())))
ROWS = np.arange(120)
GROUPS = ROWS % 5


def same(one, other):
    names = ("fold", "train", "valid", "test", "kept")
    return len(one) == len(other) and all(
        np.array_equal(getattr(a, name), getattr(b, name)) for a, b in zip(one, other, strict=True) for name in names
    )


def test_pairs_masks_generators_and_groups_say_the_same():
    pairs = list(GroupKFold(5).split(ROWS, groups=GROUPS))
    masks = [(np.isin(ROWS, train), np.isin(ROWS, test)) for train, test in pairs]
    wanted = own_splits(DS, pairs)
    for given_ in (masks, GroupKFold(5).split(ROWS, groups=GROUPS), GROUPS, GROUPS.astype(str), pd.Series(GROUPS),
                   [(train[::-1].tolist(), test.astype(float)) for train, test in pairs], wanted):  # fmt: skip
        assert same(own_splits(DS, given_), wanted)
    for split, (train, test) in zip(wanted, pairs, strict=True):
        assert np.array_equal(split.test, test)
        assert np.array_equal(np.sort(np.concatenate([split.train, split.valid])), train)
        assert len(split.valid) == 20


def test_no_group_is_on_both_sides():
    for split in own_splits(SAMPLED, GROUPS, n_valid=3, n_splits=3):
        assert not set(GROUPS[split.test]) & set(GROUPS[np.concatenate([split.train, split.valid])])
    assert len(own_splits(DS, GROUPS, n_splits=3)) == 3
    assert len(own_splits(DS, GROUPS, n_splits=10)) == 5  # one a group
    each = own_splits(DS, LeaveOneGroupOut().split(ROWS, groups=GROUPS))
    assert [set(GROUPS[split.test]) for split in each] == [{k} for k in range(5)]


@pytest.mark.parametrize(
    "column",
    [np.where(ROWS < 90, "train", "test"), np.where(ROWS < 90, "Train", "TEST").tolist(), ROWS < 90],
    ids=["words", "other case", "mask"],
)
def test_one_given_split(column):
    (split,) = own_splits(DS, column)
    assert np.array_equal(split.test, ROWS[90:])
    assert same([split], own_splits(DS, (ROWS[:90], ROWS[90:])))


def test_given_validation_rows_are_kept_whole_and_rows_in_no_part_are_not_used():
    words = np.select([ROWS < 60, ROWS < 90, ROWS < 100], ["train", "val", "test"], "train")
    words = np.where(ROWS >= 110, "test", words)
    (split,) = own_splits(SAMPLED, words)
    assert np.array_equal(split.valid, np.arange(60, 90))
    assert np.array_equal(split.test, np.r_[90:100, 110:120])
    (few,) = own_splits(DS, [(ROWS[:50], ROWS[50:60], ROWS[60:80])])
    assert max(few.train.max(), few.valid.max(), few.test.max()) == 79


def test_sampling_is_that_of_the_protocol_and_touches_training_rows_alone():
    pairs = list(KFold(4, shuffle=True, random_state=0).split(ROWS))
    assert same(own_splits(SAMPLED, pairs, n_valid=5, seed=0), make_splits(SAMPLED, 4, 0, 5))
    for split, (train, test) in zip(own_splits(SAMPLED, pairs, n_valid=0.2), pairs, strict=True):
        assert np.array_equal(split.kept, train[sample_rows(DS.labels[train], SAMPLED.sampling)])
        assert np.array_equal(split.test, test)


@pytest.mark.parametrize("valid_from", VALID_FROM)
def test_splits_of_the_protocol_are_taken_as_they_are(valid_from):
    made = make_splits(SAMPLED, 3, 1, 5, valid_from)
    assert same(own_splits(SAMPLED, made), made)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**16), st.integers(0, 119), st.integers(0, 3))
def test_the_hash_tells_apart_what_differs_in_one_row(seed, row, part):
    made = make_splits(SAMPLED, 3, 1, 5)
    assert splits_hash(SAMPLED, made) == splits_hash(SAMPLED, make_splits(SAMPLED, 3, 1, 5))
    name = ("train", "valid", "test", "kept")[part]
    rows = getattr(made[seed % 3], name)
    other = np.union1d(rows, [row]) if row not in rows else np.setdiff1d(rows, [row])
    changed = [replace(split, **{name: other}) if split.fold == seed % 3 else split for split in made]
    assert splits_hash(SAMPLED, changed) != splits_hash(SAMPLED, made)
    assert splits_hash(replace(SAMPLED, sha256="other"), made) != splits_hash(SAMPLED, made)


@pytest.mark.parametrize(
    ("splits", "message"),
    [
        ([(ROWS[:90], ROWS[80:])], r"own split 0: row 80 is in train and in test \(10 such rows\)"),
        ([(ROWS[:50], ROWS[40:60], ROWS[60:])], "row 40 is in train and in valid"),
        ([(ROWS[:90], [118, 119, 120])], "no row 120; the 120 rows are counted from 0 to 119"),
        ([(ROWS[:90], [-1])], "no row -1"),
        ([([1, 1, *range(2, 60)], [119])], "row 1 is there twice"),
        ([(ROWS[:90], [])], "test: there are no rows"),
        ([(ROWS[:90] < 100, ROWS[90:])], "the mask has 90 values, but there are 120"),
        ([([0.5, 1.0], [2])], "row numbers from 0, or a mask"),
        ([(["a", "b"], [2])], "row numbers from 0, or a mask"),
        ([(ROWS[:90],)], r"must be \(train, test\)"),
        ([], "no splits"),
        (GROUPS[:100], "splits has 100 values, but Artificial has 120 rows"),
        (np.where(ROWS < 3, None, "a"), "row 0: the value is missing"),
        (np.full(120, np.nan), "row 0: the value is missing"),
        (np.where(ROWS == 7, "", "a"), "row 7: the value is missing"),
        (np.ma.array(GROUPS, mask=ROWS == 9), "splits, row 9: the value is masked"),
        ([(np.ma.array(ROWS < 90, mask=ROWS == 3), ROWS[90:])], "train, row 3: the value is masked"),
        (["all"] * 120, "one value only, 'all'"),
        (7, "cannot be read"),
        ([(ROWS[:15], ROWS[15:])], "keeps 15 rows; 20 for validation"),
    ],
)
def test_faults_are_told(splits, message):
    with pytest.raises(InputError, match=message):
        own_splits(replace(DS, name="Artificial"), splits)
