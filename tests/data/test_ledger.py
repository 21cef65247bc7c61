"""Files whose blob ids the catalogue does not record: learned once from a list, remembered beside the data."""

import io
import json
import socket

import numpy as np
import pytest
import scipy.io

from ildl.data import (
    EXTRA_RECORDS,
    DamagedFile,
    DataUnavailable,
    Record,
    SourceFile,
    available_datasets,
    fetch,
    generic_sampling,
    load_dataset,
)
from ildl.data.integrity import git_blob_id, read_ledger

X = np.random.default_rng(0).standard_normal((300, 2))
D = np.random.default_rng(1).dirichlet([3.0, 2.0, 1.0], size=300)


def mat(**fields):
    buffer = io.BytesIO()
    scipy.io.savemat(buffer, {"features": X, "labels": D, **fields})
    return buffer.getvalue()


CONTENT = mat()


def listing(blob=None, path="datasets/tiny.mat"):
    items = [{"path": "README.md", "sha": "0" * 40}, {"path": path, "sha": blob or git_blob_id(CONTENT)}]
    return json.dumps({"tree": items}).encode()


@pytest.fixture
def enter(monkeypatch):
    """Enter a data set named Tiny, without a blob id, into the further ones."""

    def at(url):
        file = SourceFile("tiny.mat", (f"{url}/tiny.mat",), None, (f"{url}/list", "datasets/tiny.mat"))
        names = ("label 1", "label 2", "label 3")
        record = Record("Tiny", file, None, 300, 2, 3, names, "not established: made here", "public", "", None, "")
        monkeypatch.setitem(EXTRA_RECORDS, "Tiny", record)

    return at


@pytest.fixture
def tiny(server, cache, enter):
    enter(server.url)
    server.serve("/tiny.mat", (200, CONTENT, None))
    server.serve("/list", (200, listing(), None))
    return server


def test_the_id_is_learned_from_the_list_and_remembered_beside_the_file(tiny, cache):
    assert fetch("Tiny").read_bytes() == CONTENT
    assert json.loads((cache / "blobs.json").read_bytes()) == {"tiny.mat": git_blob_id(CONTENT)}
    assert fetch("Tiny", download=False) == cache / "tiny.mat"
    assert tiny.requests == ["/list", "/tiny.mat"]


def test_the_ledger_keeps_what_it_has(tiny, cache):
    cache.mkdir()
    (cache / "blobs.json").write_text('{"other.mat": "1"}')
    fetch("Tiny")
    assert read_ledger(cache) == {"other.mat": "1", "tiny.mat": git_blob_id(CONTENT)}


def test_later_damage_is_found_without_a_network(tiny, tmp_path):
    path = fetch("Tiny", tmp_path)
    path.write_bytes(CONTENT[:-1])
    tiny.close()
    with pytest.raises(DamagedFile, match=git_blob_id(CONTENT)):
        fetch("Tiny", tmp_path)
    with pytest.raises(DamagedFile):
        fetch("Tiny", tmp_path, download=False)


def test_damage_in_the_cache_is_mended_by_the_listed_file(tiny, cache):
    fetch("Tiny").write_bytes(b"")
    with pytest.warns(UserWarning, match=r"tiny\.mat is damaged.*fetched anew"):
        assert fetch("Tiny").read_bytes() == CONTENT


def test_what_differs_from_the_list_is_not_kept(tiny, cache):
    tiny.serve("/list", (200, listing("f" * 40), None))
    with pytest.raises(DataUnavailable, match=f"{git_blob_id(CONTENT)}, expected {'f' * 40}"):
        fetch("Tiny")
    assert not cache.exists()


@pytest.mark.parametrize(
    ("answer", "complaint"),
    [
        pytest.param((200, listing(path="datasets/tony.mat"), None), "does not list datasets/tiny.mat", id="no entry"),
        pytest.param((200, b"<html>", None), "delivered no list of files", id="not JSON"),
        pytest.param((200, b'{"message": "later"}', None), "delivered no list of files", id="other JSON"),
        pytest.param((403, b"", None), "403", id="refused"),
        pytest.param((503, b"", None), "503", id="out of order"),
    ],
)
def test_without_a_list_nothing_is_downloaded(tiny, cache, answer, complaint):
    tiny.serve("/list", answer)
    with pytest.raises(DataUnavailable, match=complaint) as caught:
        fetch("Tiny")
    assert "/tiny.mat" not in tiny.requests
    assert not cache.exists()
    for part in (f"{tiny.url}/tiny.mat", f"{tiny.url}/list", str(cache / "blobs.json")):
        assert part in str(caught.value)


def test_a_list_is_asked_for_again_after_a_failure_but_not_after_a_success(tiny, cache, tmp_path):
    tiny.serve("/list", (503, b"", None), (200, listing(), None))
    fetch("Tiny", tmp_path / "one")
    fetch("Tiny", tmp_path / "two")
    assert tiny.requests == ["/list", "/list", "/tiny.mat", "/tiny.mat"]


def test_a_file_put_there_by_hand_is_compared_with_the_list(tiny, tmp_path):
    (tmp_path / "tiny.mat").write_bytes(CONTENT)
    assert fetch("Tiny", tmp_path) == tmp_path / "tiny.mat"
    assert read_ledger(tmp_path) == {"tiny.mat": git_blob_id(CONTENT)}
    (tmp_path / "blobs.json").unlink()
    (tmp_path / "tiny.mat").write_bytes(b"another")
    with pytest.raises(DamagedFile, match=git_blob_id(CONTENT)):
        fetch("Tiny", tmp_path)
    assert "/tiny.mat" not in tiny.requests
    assert read_ledger(tmp_path) == {}


def test_a_folder_that_cannot_be_written_is_enough_for_reading(tiny, tmp_path, monkeypatch):
    (tmp_path / "tiny.mat").write_bytes(CONTENT)

    def read_only(*args):
        raise PermissionError

    monkeypatch.setattr("ildl.data.integrity.write", read_only)
    assert fetch("Tiny", tmp_path).read_bytes() == CONTENT
    assert read_ledger(tmp_path) == {}


def test_without_a_network_an_unknown_file_is_not_used_until_its_id_is_entered(cache, enter, tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        enter(f"http://127.0.0.1:{free.getsockname()[1]}")
    (tmp_path / "tiny.mat").write_bytes(CONTENT)
    for download, why in ((True, "ConnectionError"), (False, "was not allowed")):
        with pytest.raises(DataUnavailable, match=why) as caught:
            load_dataset("Tiny", data_home=tmp_path, download_if_missing=download)
    entry = json.dumps({"tiny.mat": git_blob_id(CONTENT)})
    assert f"enter {entry} into {tmp_path / 'blobs.json'}" in str(caught.value)
    (tmp_path / "blobs.json").write_text(entry)
    assert fetch("Tiny", tmp_path) == tmp_path / "tiny.mat"


@pytest.mark.parametrize("ledger", ["", "[]", '{"tiny.mat": 1}', "{"])
def test_a_damaged_ledger_is_named(tiny, tmp_path, ledger):
    (tmp_path / "tiny.mat").write_bytes(CONTENT)
    (tmp_path / "blobs.json").write_text(ledger)
    with pytest.raises(DamagedFile, match=r"blobs\.json is .*Delete it"):
        fetch("Tiny", tmp_path)


def test_further_data_sets_are_at_hand_only_if_asked_for(tiny, cache):
    fetch("Tiny")
    assert available_datasets() == {}
    assert available_datasets(extra=True) == {"Tiny": cache / "tiny.mat"}


def test_loaded_by_the_same_code_and_sampled_by_the_generic_rule(tiny, cache):
    ds = load_dataset("Tiny")
    np.testing.assert_array_equal(ds.features, X)
    np.testing.assert_allclose(ds.labels, D, rtol=1e-15)
    assert ds.label_names == ("label 1", "label 2", "label 3")
    assert ds.sampling == generic_sampling(ds.labels)
    assert load_dataset("Tiny", labels_only=True).sampling == ds.sampling
