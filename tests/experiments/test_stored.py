"""What a store holds is read back; nothing is trained."""

import pandas as pd

from ildl.data import make_artificial
from ildl.experiments import run
from ildl.experiments.stored import read_stored

DATA = make_artificial(n=200, q=4, c=4, imbalance=8.0, seed=1)


def test_all_of_a_store_comes_back(tmp_path):
    made = run([DATA], ["Uniform", "Train-mean"], folds=[0, 1], results_dir=tmp_path, n_jobs=1, progress=False)
    order = ["method", "fold", "metric"]
    read = read_stored(tmp_path).sort_values(order).reset_index(drop=True)
    pd.testing.assert_frame_equal(read, made.sort_values(order).reset_index(drop=True))


def test_other_numbers_of_folds_are_left_out(tmp_path):
    run([DATA], ["Uniform"], n_splits=3, results_dir=tmp_path, n_jobs=1, progress=False)
    assert read_stored(tmp_path).empty


def test_no_store_is_an_empty_one(tmp_path):
    assert read_stored(tmp_path / "nowhere").empty
    assert not (tmp_path / "nowhere").exists()
