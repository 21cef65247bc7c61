import re
from pathlib import Path

import pytest

from ildl.checks import InputError
from ildl.data import EXTRA_RECORDS, RECORDS, DataUnavailable, fetch, get_record, list_datasets, load_dataset
from ildl.data.survey import describe_features

NAMES = list(EXTRA_RECORDS)


def test_they_are_listed_only_if_asked_for():
    assert list_datasets(extra=True) == [*RECORDS, *EXTRA_RECORDS, "Artificial"]
    assert not set(EXTRA_RECORDS) & {*list_datasets()}
    assert {"s-JAFFE", "SBU-3DFE", "M2B", "fbp5500"} <= set(EXTRA_RECORDS)
    assert sum(name.startswith("Yeast-") for name in EXTRA_RECORDS) == 10


@pytest.mark.parametrize("name", NAMES)
def test_records_say_where_the_file_is_and_who_tells_its_id(name):
    record = get_record(name)
    assert record.name == name
    assert len(record.label_names) == record.c == len(set(record.label_names))
    assert record.label_order.startswith("not established: ")
    assert record.citation.endswith(".")
    assert record.sampling is None
    file = record.features
    (url,) = file.urls
    address, place = file.listing
    commit = re.fullmatch(r"https://raw\.githubusercontent\.com/([^/]+/[^/]+)/([0-9a-f]{40})/(.+)", url)
    assert address == f"https://api.github.com/repos/{commit[1]}/git/trees/{commit[2]}?recursive=1"
    assert place == commit[3] == f"datasets/{file.path}"
    assert url == RECORDS["Movie"].features.urls[0].replace("Movie.mat", file.path)
    assert file.blob is None or re.fullmatch(r"[0-9a-f]{40}", file.blob)


def test_no_file_is_listed_twice():
    files = [record.features.path for record in (*RECORDS.values(), *EXTRA_RECORDS.values())]
    assert len(set(files)) == len(files)


def test_every_function_knows_them(tmp_path):
    with pytest.raises(DataUnavailable, match=r"s-JAFFE: SJAFFE\.mat is not in"):
        fetch("s-JAFFE", tmp_path, download=False)
    with pytest.raises(DataUnavailable, match=r"s-JAFFE: SJAFFE\.mat is not in"):
        load_dataset("s-JAFFE", data_home=tmp_path, download_if_missing=False)
    with pytest.raises(InputError, match="Did you mean 's-JAFFE'"):
        load_dataset("SJAFFE")
    assert describe_features(["Movie", "M2B"]).loc["M2B", "features"] == "250"


def test_the_readme_of_the_data_folder_states_the_records():
    readme = (Path(__file__).parents[2] / "data" / "README.md").read_text(encoding="utf-8")
    for record in EXTRA_RECORDS.values():
        assert f"| {record.name} | `{record.features.path}` | {record.n} × {record.q}, {record.c} |" in readme
