"""Predictions made elsewhere: the same predictions give the same table, to the last digit."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from ildl.checks import InputError
from ildl.cli import main
from ildl.data import Sampling, make_artificial
from ildl.experiments import read_predictions, read_splits, run, write_splits
from ildl.methods import make_method

DS = make_artificial(n=150, q=6, c=4, seed=3)
TOTALS = DS.labels.sum(axis=0)
SAMPLED = replace(
    DS, name="mine", feature_set="own", sampling=Sampling(4, 0.5, int(TOTALS.argmax()), int(TOTALS.argmin()))
)
ONE = {"n_jobs": 1, "progress": False}


@pytest.fixture
def splits(tmp_path):
    write_splits(SAMPLED, tmp_path / "splits.npz", n_splits=3, n_valid=5)
    return tmp_path / "splits.npz"


def predict(splits, path, method="SA-BFGS", name="elsewhere", **changes):
    """What a script elsewhere does: nothing but NumPy and the file."""
    file = np.load(splits)
    made = {"hash": file["hash"], "method": name}
    for k in range(3):
        train, test = file[f"train_{k}"], file[f"test_{k}"]
        made[f"fold_{k}"] = make_method(method).fit(file["X"][train], file["D"][train]).predict(file["X"][test])
    made |= changes
    np.savez(path, **{key: value for key, value in made.items() if value is not None})
    return path


def test_the_same_predictions_give_the_same_table_to_the_last_digit(splits, tmp_path):
    theirs = read_predictions(predict(splits, tmp_path / "p.npz"), splits)
    ours = run([SAMPLED], ["SA-BFGS"], n_splits=3, n_valid=5, results_dir=tmp_path / "r", **ONE)
    assert list(theirs.columns) == list(ours.columns)
    assert (theirs.dtypes == ours.dtypes).all()
    same = ["dataset", "feature_set", "fold", "seed", "metric", "value", "n_train", "n_test", "version", "dataset_sha",
            "n_splits", "n_valid", "split_seed", "valid_from", "split_folds", "splits"]  # fmt: skip
    key = ["fold", "metric"]
    pd.testing.assert_frame_equal(*(f.sort_values(key)[same].reset_index(drop=True) for f in (theirs, ours)),
                                  check_exact=True)  # fmt: skip
    assert set(pd.concat([theirs, ours])["method"]) == {"elsewhere", "SA-BFGS"}
    assert not set(theirs["key"]) & set(ours["key"])


def test_the_file_of_splits_gives_the_same_hash_when_it_is_run_on(splits, tmp_path):
    frame = run([SAMPLED], ["Uniform"], splits=read_splits(splits), results_dir=tmp_path / "r", **ONE)
    assert set(frame["splits"]) == {str(np.load(splits)["hash"])}


def test_own_splits_go_out_and_come_back(tmp_path):
    groups = np.arange(150) % 3
    write_splits(SAMPLED, tmp_path / "s.npz", groups, n_valid=5)
    theirs = read_predictions(predict(tmp_path / "s.npz", tmp_path / "p.npz", "Train-mean"), tmp_path / "s.npz")
    ours = run([SAMPLED], ["Train-mean"], splits=groups, n_valid=5, results_dir=tmp_path / "r", **ONE)
    assert set(theirs["splits"]) == set(ours["splits"])
    np.testing.assert_array_equal(theirs["value"], ours["value"])


def test_splits_with_one_row_of_test_and_one_of_validation_go_out_and_come_back(tmp_path):
    """A number by itself is how other languages write one number: rows stay rows."""
    pairs = [(np.setdiff1d(np.arange(150), [row]), [row]) for row in (7, 0, 149)]
    write_splits(SAMPLED, tmp_path / "s.npz", pairs, n_valid=1)
    back = read_splits(tmp_path / "s.npz")
    assert [list(split.test) for split in back] == [[7], [0], [149]]
    assert all(len(split.valid) == 1 and split.valid[0] not in split.train for split in back)
    theirs = read_predictions(predict(tmp_path / "s.npz", tmp_path / "p.npz", "Train-mean"), tmp_path / "s.npz")
    ours = run([SAMPLED], ["Train-mean"], splits=pairs, n_valid=1, results_dir=tmp_path / "r", **ONE)
    np.testing.assert_array_equal(theirs["value"], ours["value"])


def test_the_file_needs_no_pickle_and_holds_what_it_says(splits):
    file = np.load(splits, allow_pickle=False)
    assert str(file["dataset"]) == "mine"
    assert file["X"].min() == 0
    assert file["X"].max() == 1
    np.testing.assert_array_equal(file["D"], SAMPLED.labels)
    assert tuple(file["label_names"]) == SAMPLED.label_names
    assert json.loads(str(file["protocol"]))["n_splits"] == 3
    assert np.array_equal(np.sort(np.concatenate([file[f"test_{k}"] for k in range(3)])), np.arange(150))


def test_what_other_languages_write_is_read(splits, tmp_path):
    wanted = read_predictions(predict(splits, tmp_path / "p.npz"), splits)
    text = str(np.load(splits)["hash"])
    for given in (np.array([text]), np.array(text.encode()), np.array([text.encode()])):
        path = predict(splits, tmp_path / "q.npz", name=np.array([b"elsewhere"]), hash=given, seed=np.array([0.0]))
        got = read_predictions(path, splits)
        np.testing.assert_array_equal(got["value"], wanted["value"])
        assert set(got["method"]) == {"elsewhere"}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"hash": "0" * 32}, "was made on other splits"),
        ({"hash": None}, "lacks hash"),
        ({"name": "DILDL"}, "DILDL is a method of the package"),
        ({"name": "a/b"}, "use letters"),
        ({"fold_1": np.full((3, 4), 0.25)}, "fold_1 of .*p.npz has 3 rows, but there are 50"),
        ({"fold_1": np.full((50, 3), 1 / 3)}, "has 3 labels where 4 were expected"),
        ({"fold_1": np.full((50, 4), 0.5)}, "fold_1 of .*row 0 .*degrees sum to 2"),
        ({"fold_1": np.full((50, 4), np.nan)}, "is not a finite number"),
        ({"fold_3": np.full((50, 4), 0.25)}, "there is no split 3"),
        ({"fold_0": None, "fold_1": None, "fold_2": None}, "holds no fold_0"),
        ({"seed": 0.5}, "seed of .* must be a whole number"),
    ],
    ids=str,
)
def test_predictions_that_do_not_fit_are_refused(splits, tmp_path, changes, message):
    path = predict(splits, tmp_path / "p.npz", "Uniform", **changes)
    with pytest.raises(InputError, match=message):
        read_predictions(path, splits)


def test_missing_folds_are_said_and_the_others_judged(splits, tmp_path):
    path = predict(splits, tmp_path / "p.npz", "Uniform", fold_1=None, seed=4)
    with pytest.warns(UserWarning, match="lacks predictions of fold 1"):
        frame = read_predictions(path, splits)
    assert set(frame["fold"]) == {0, 2}
    assert set(frame["seed"]) == {4}


def test_files_that_are_none_are_told(splits, tmp_path):
    (tmp_path / "text.npz").write_text("no zip")
    np.save(tmp_path / "array.npy", np.eye(2))
    np.savez(tmp_path / "objects.npz", hash=np.array([object()]), method="m")
    for name, message in (("text.npz", "cannot be read"), ("array.npy", "cannot be read"), ("no.npz", "no file"),
                          ("objects.npz", "cannot be read")):  # fmt: skip
        with pytest.raises(InputError, match=message):
            read_predictions(tmp_path / name, splits)
    with pytest.raises(InputError, match="lacks test_0"):
        read_splits(predict(splits, tmp_path / "p.npz", "Uniform"))
    with pytest.raises(InputError, match="call it s.npz"):
        write_splits(SAMPLED, tmp_path / "s.csv")


@pytest.mark.parametrize("name", ["s.csv", "s.npy", "s.txt"])
def test_a_column_in_a_file_says_the_split(name, tmp_path):
    parts = np.where(np.arange(150) < 100, "train", "test")
    if name == "s.npy":
        np.save(tmp_path / name, parts)
    else:
        (tmp_path / name).write_text("part\n" + "\n".join(parts))
    assert list(read_splits(tmp_path / name)) == list(parts)
    (tmp_path / "two.csv").write_text("a,b\n1,2\n")
    with pytest.raises(InputError, match="one value a row"):
        read_splits(tmp_path / "two.csv")


def test_the_command_line_from_splits_to_a_table(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    invoke = CliRunner().invoke
    made = invoke(main, ["splits", "-d", "Artificial", "--n-splits", "3", "-o", "splits.npz"])
    assert made.exit_code == 0, made.output
    assert str(np.load("splits.npz")["hash"]) in made.output
    ran = invoke(main, ["run", "-d", "Artificial", "-m", "Uniform", "-m", "sklearn.linear_model:Ridge", "--param",
                        "Ridge.alpha=2", "--splits", "splits.npz", "--jobs", "1", "--csv", "tidy.csv"])  # fmt: skip
    assert ran.exit_code == 0, ran.output
    tidy = pd.read_csv("tidy.csv")
    assert set(tidy["splits"]) == {str(np.load("splits.npz")["hash"])}
    assert set(tidy["params"]) == {"{}", '{"alpha":2}'}
    again = ["verify", "results", "-d", "Artificial", "-m", "sklearn.linear_model:Ridge", "--splits", "splits.npz"]
    verified = invoke(main, again)
    assert verified.exit_code == 0, verified.output
    wrong = invoke(main, ["splits", "-d", "Artificial", "-o", "splits.csv"])
    assert wrong.exit_code == 2
    assert "call it splits.npz" in wrong.output
