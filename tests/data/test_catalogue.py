import re
from pathlib import Path

import pytest

from ildl.checks import InputError
from ildl.data import ARTIFICIAL, RECORDS, get_record, list_datasets

PAPER = ["Movie", "SCUT-FBP", "Emotion6", "Flickr_LDL", "RAF-ML", "Natural_Scene"]
NAMES = list(RECORDS)


def test_the_papers_six_and_the_artificial_one():
    assert list_datasets() == [*NAMES, ARTIFICIAL]
    assert [name for name in NAMES if name in PAPER] == PAPER


@pytest.mark.parametrize("name", NAMES)
def test_records_are_complete(name):
    record = get_record(name)
    assert record.name == name
    assert len(record.label_names) == record.c == len(set(record.label_names))
    assert record.feature_set in ("benchmark", "public")
    assert record.citation
    assert record.feature_note


@pytest.mark.parametrize("name", NAMES)
def test_label_order_says_how_far_it_can_be_trusted(name):
    assert re.match(r"(established|presumed|not established): ", get_record(name).label_order)


@pytest.mark.parametrize("name", NAMES)
def test_sources_are_pinned_and_verifiable(name):
    record = get_record(name)
    for source in filter(None, (record.features, record.labels)):
        assert re.fullmatch(r"[0-9a-f]{40}", source.blob)
        for url in source.urls:
            assert re.match(r"https://raw\.githubusercontent\.com/[^/]+/[^/]+/[0-9a-f]{40}/", url)


@pytest.mark.parametrize("name", NAMES)
def test_thresholds_name_labels_and_leave_rows_possible(name):
    record = get_record(name)
    sampling = record.sampling
    assert sampling.suppressed != sampling.promoted
    assert {sampling.suppressed, sampling.promoted} <= set(range(record.c))
    assert 0 < sampling.a / record.c
    assert 0 <= sampling.b / record.c < 1


def test_blobs_are_distinct():
    blobs = [source.blob for r in RECORDS.values() for source in filter(None, (r.features, r.labels))]
    assert len(set(blobs)) == len(blobs)


def test_unknown_name_suggests_the_nearest():
    with pytest.raises(InputError, match=r"Did you mean 'Movie'\?"):
        get_record("Movies")


def test_the_readme_of_the_data_folder_states_the_catalogues_facts():
    readme = (Path(__file__).parents[2] / "data" / "README.md").read_text(encoding="utf-8")
    for record in RECORDS.values():
        q = "?" if record.q is None else record.q
        assert f"| {record.n} × {q}, {record.c} |" in readme
        for source in filter(None, (record.features, record.labels)):
            assert f"`{source.path}` | `{source.blob}`" in readme
