import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import scipy.io

from companion.base.paper import too_small
from companion.evidence.survey import describe_features
from ildl.checks import InputError
from ildl.data import (
    EXTRA_RECORDS,
    RECORDS,
    DataUnavailable,
    SourceFile,
    available_datasets,
    fetch,
    generic_sampling,
    get_record,
    list_datasets,
    load_dataset,
)
from ildl.data.integrity import git_blob_id
from ildl.data.sampling import ENOUGH
from ildl.protocol import make_splits

NAMES = list(EXTRA_RECORDS)


def test_they_are_listed_only_if_asked_for():
    assert list_datasets(extra=True) == [*RECORDS, *EXTRA_RECORDS, "Artificial"]
    assert not set(EXTRA_RECORDS) & {*list_datasets()}
    assert {"s-JAFFE", "SBU-3DFE", "M2B", "fbp5500"} <= set(EXTRA_RECORDS)
    assert sum(name.startswith("Yeast-") for name in EXTRA_RECORDS) == 10


@pytest.mark.parametrize("name", NAMES)
def test_records_say_where_the_file_is_and_what_it_is(name):
    record = get_record(name)
    assert record.name == name
    assert len(record.label_names) == record.c == len(set(record.label_names))
    assert record.label_order.startswith("not established: ")
    assert record.citation.endswith(".")
    assert record.sampling is None
    file = record.features
    (url,) = file.urls
    assert url == RECORDS["Movie"].features.urls[0].replace("Movie.mat", file.path)
    assert re.fullmatch(r"[0-9a-f]{40}", file.blob)


def test_no_file_is_listed_twice():
    files = [record.features for record in (*RECORDS.values(), *EXTRA_RECORDS.values())]
    for listed in ([file.path for file in files], [file.blob for file in files]):
        assert len(set(listed)) == len(files)


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
        file = record.features
        assert f"| {record.name} | `{file.path}` | `{file.blob}` | {record.n} × {record.q}, {record.c} |" in readme


def test_they_are_at_hand_only_if_asked_for_and_sampled_by_the_generic_rule(tmp_path, monkeypatch, cache):
    X, D = np.ones((300, 2)), np.random.default_rng(1).dirichlet([3.0, 2.0, 1.0], size=300)
    scipy.io.savemat(tmp_path / "tiny.mat", {"features": X, "labels": D})
    file = SourceFile("tiny.mat", ("none",), git_blob_id((tmp_path / "tiny.mat").read_bytes()))
    record = replace(get_record("M2B"), name="Tiny", features=file, n=300, q=2, c=3, label_names=("a", "b", "c"))
    monkeypatch.setitem(EXTRA_RECORDS, "Tiny", record)
    monkeypatch.setenv("ILDL_DATA_HOME", str(tmp_path))
    assert available_datasets() == {}
    assert available_datasets(extra=True) == {"Tiny": tmp_path / "tiny.mat"}
    ds = load_dataset("Tiny")
    np.testing.assert_array_equal(ds.features, X)
    np.testing.assert_allclose(ds.labels, D, rtol=1e-15)
    assert ds.sampling == generic_sampling(ds.labels)
    assert load_dataset("Tiny", labels_only=True).sampling == ds.sampling


@pytest.mark.real_data
@pytest.mark.parametrize("name", NAMES)
def test_real_files_are_those_of_the_catalogue(name, real_dataset):
    ds, record = real_dataset(name), get_record(name)
    assert ds.features.shape == (record.n, record.q)
    assert ds.labels.shape == (record.n, record.c)
    np.testing.assert_allclose(ds.labels.sum(axis=1), 1, atol=1e-15)
    assert ds.sampling == generic_sampling(ds.labels)


@pytest.mark.real_data
@pytest.mark.parametrize("name", NAMES)
def test_folds_of_real_files_train_on_enough_rows_or_are_said_not_to(name, real_dataset):
    ds = real_dataset(name, labels_only=True)
    fewest = min(len(split.train) for split in make_splits(ds))
    assert (fewest < ENOUGH) == (name in too_small({name: ds})) == (name == "s-JAFFE")
