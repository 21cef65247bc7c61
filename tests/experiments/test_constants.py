"""Scores of constants come from the labels at hand, else from those that ship."""

import shutil

import pandas as pd
import pytest

from ildl.checks import InputError
from ildl.data import DataUnavailable, survey
from ildl.data.constants import BENCHMARK_SHAPES
from ildl.experiments import constants
from ildl.experiments.constants import CHECKSUMS, FACTS, SCORES, load_constants


@pytest.fixture
def without(monkeypatch):
    """Pretend that the labels of some data sets are not to be had."""
    original = survey.load_dataset

    def hide(*names):
        def load(name, **options):
            if name in names:
                raise DataUnavailable(name)
            return original(name, **options)

        monkeypatch.setattr(survey, "load_dataset", load)

    return hide


def test_without_any_labels_all_data_sets_are_the_reference_runs(without):
    without(*BENCHMARK_SHAPES)
    scores, facts, shipped = load_constants()
    assert shipped == list(BENCHMARK_SHAPES) == facts["dataset"].tolist()
    cells = scores.groupby("dataset")[["fold", "method"]].nunique()
    assert (cells.loc[shipped] == [10, 3]).all(axis=None)
    assert facts.loc[facts["dataset"] != "SCUT-FBP", "same"].all()
    assert scores["value"].notna().all()


def test_a_missing_data_set_is_completed_from_the_reference_run_with_the_same_numbers(without):
    here, _ = survey.load_labels()
    if len(here) < 2:
        pytest.skip("labels of two data sets are not at hand")
    complete, facts, _ = load_constants()
    gone = next(iter(here))
    without(gone)
    scores, other_facts, shipped = load_constants()
    assert gone in shipped
    order = ["dataset", "method", "fold", "metric"]
    columns = [*order, "value", "same_labels"]
    ours, theirs = (frame.sort_values(order, ignore_index=True)[columns] for frame in (scores, complete))
    pd.testing.assert_frame_equal(ours, theirs, rtol=1e-8)
    pd.testing.assert_frame_equal(other_facts, facts, rtol=1e-8)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda f: (f / SCORES).unlink(),
        lambda f: (f / SCORES).write_bytes((f / SCORES).read_bytes()[:500]),
        lambda f: (f / FACTS).write_text("dataset\nMovie\n"),
        lambda f: (f / CHECKSUMS).write_text("nothing\n"),
    ],
)
def test_damaged_scores_are_refused(tmp_path, without, spoil):
    for name in (SCORES, FACTS, CHECKSUMS):
        shutil.copy(constants.FOLDER / name, tmp_path)
    spoil(tmp_path)
    without("Movie")
    with pytest.raises(InputError, match="git restore"):
        load_constants(tmp_path)


def test_nothing_is_written_where_labels_are_missing(tmp_path, without):
    without("Movie")
    with pytest.raises(InputError, match="Movie"):
        constants.write_constants(tmp_path)
    assert not list(tmp_path.iterdir())
