"""What pages show of labels comes from the labels at hand, else, and always under the profile reference, as shipped."""

import shutil
import sys

import pandas as pd
import pytest

from companion.base.names import DATASETS
from companion.evidence import evidence, survey
from companion.evidence.evidence import EVIDENCE, compute, load_evidence, write_evidence
from ildl.checks import InputError
from ildl.data import RECORDS, DataUnavailable


@pytest.fixture(autouse=True)
def _read_anew():
    evidence._labels_at_hand.cache_clear()
    yield
    evidence._labels_at_hand.cache_clear()


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


@pytest.fixture
def all_labels(real_dataset):
    return {name: real_dataset(name, labels_only=True) for name in RECORDS}


@pytest.fixture(scope="module")
def made():
    return {}


@pytest.fixture
def computed(made, all_labels):
    """A function that gives a table as the labels have it; each is made once for all tests."""

    def of(name):
        if name not in made:
            made[name] = compute(name, all_labels)
        return made[name]

    return of


def assert_same(frame, other):
    pd.testing.assert_frame_equal(frame, other, rtol=1e-9, atol=1e-12, check_dtype=False)


@pytest.mark.parametrize("name", EVIDENCE)
class TestEveryTable:
    def test_is_read_from_what_is_shipped_under_the_profile_reference_whatever_is_at_hand(self, name, monkeypatch):
        def refuse(*args, **options):
            raise AssertionError("data is touched")

        monkeypatch.setattr(survey, "load_dataset", refuse)
        monkeypatch.setattr(sys.modules["ildl.data.fetch"], "find", refuse)  # the package has a function of this name
        frame = load_evidence(name, "reference")
        assert frame["dataset"].unique().tolist() == frame.attrs["shipped"] == list(DATASETS)
        assert frame.notna().all(axis=None)

    def test_without_any_labels_is_what_is_shipped(self, name, without):
        without(*RECORDS)
        frame = load_evidence(name, "quick")
        pd.testing.assert_frame_equal(frame, load_evidence(name, "reference"))
        assert frame.attrs["shipped"] == list(DATASETS)

    @pytest.mark.real_data
    def test_that_is_shipped_is_that_of_the_labels(self, name, computed):
        assert_same(load_evidence(name, "reference"), computed(name))

    @pytest.mark.real_data
    def test_is_completed_where_labels_are_missing(self, name, computed, without):
        without("SCUT-FBP", "Natural_Scene")
        frame = load_evidence(name, "quick")
        assert frame.attrs["shipped"] == ["SCUT-FBP", "Natural_Scene"]
        assert_same(frame, computed(name))

    def test_holds_summaries_and_no_rows(self, name):
        frame = load_evidence(name, "reference")
        smallest = min(record.n for record in RECORDS.values())
        subjects = ["loss", "method", "metric", "fold", "labels", "prediction", "targets"]
        by = ["dataset", *(column for column in subjects if column in frame)]
        assert frame.groupby(by).size().max() <= 101 < smallest


@pytest.mark.parametrize(
    "spoil",
    [
        lambda path: path.unlink(),
        lambda path: path.write_bytes(path.read_bytes()[:200]),
        lambda path: pd.read_csv(path).assign(value=0).to_csv(path, index=False),
        lambda path: (path.parent / evidence.CHECKSUMS).unlink(),
        lambda path: (path.parent / evidence.CHECKSUMS).write_text("nothing\n"),
    ],
)
def test_damaged_tables_are_refused(tmp_path, spoil):
    folder = tmp_path / "evidence"
    shutil.copytree(evidence.SHIPPED, folder)
    spoil(folder / "constants.csv.xz")
    with pytest.raises(InputError, match="git restore"):
        load_evidence("constants", "reference", folder)


def test_what_there_is_not_is_refused_by_name():
    with pytest.raises(InputError, match="fading"):
        load_evidence("fade")
    with pytest.raises(InputError, match="reference"):
        load_evidence("fading", "shipped")


def test_nothing_is_written_where_labels_are_missing(tmp_path, without):
    without("Movie")
    with pytest.raises(InputError, match="Movie"):
        write_evidence(tmp_path / "evidence")
    assert not list(tmp_path.iterdir())


@pytest.mark.real_data
def test_what_is_written_can_be_read(tmp_path, computed):
    write_evidence(tmp_path)
    for name in EVIDENCE:
        assert_same(load_evidence(name, "reference", tmp_path), computed(name))
