"""Fetching, against a server on this machine: what arrives is verified, what is damaged is named."""

import hashlib
import os
import socket
import subprocess
import sys
from dataclasses import replace

import pytest

from ildl.checks import InputError
from ildl.data import (
    DamagedFile,
    DataUnavailable,
    Record,
    Sampling,
    SourceFile,
    available_datasets,
    catalogue,
    fetch,
    load_dataset,
)
from ildl.data.fetch import locate
from ildl.data.integrity import git_blob_id, write

module = sys.modules["ildl.data.fetch"]  # the package's attribute of that name is the function
CONTENT = b"features and labels" * 1000
LABELS = b"labels" * 100


def record(url, mirrors=()):
    urls = (f"{url}/tiny.mat", *(f"{url}/{mirror}" for mirror in mirrors))
    return Record(
        name="Tiny",
        features=SourceFile("tiny.mat", urls, git_blob_id(CONTENT)),
        labels=SourceFile("labels/tiny.npy", (f"{url}/tiny.npy",), git_blob_id(LABELS)),
        n=4,
        q=2,
        c=3,
        label_names=("a", "b", "c"),
        label_order="established: made here",
        feature_set="public",
        feature_note="none",
        sampling=Sampling(1, 1, 0, 2),
        citation="none",
    )


@pytest.fixture
def tiny(server, cache, monkeypatch):
    monkeypatch.setitem(catalogue.RECORDS, "Tiny", record(server.url))
    server.serve("/tiny.mat", (200, CONTENT, None))
    server.serve("/tiny.npy", (200, LABELS, None))
    return server


def files(folder):
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file())


def test_blob_id_is_that_of_git(tmp_path):
    assert git_blob_id(b"") == "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391"  # git's well-known empty blob
    (tmp_path / "file").write_bytes(CONTENT)
    try:
        said = subprocess.run(["git", "hash-object", "file"], cwd=tmp_path, capture_output=True, text=True, check=True)
    except FileNotFoundError:
        pytest.skip("git is not installed")
    assert git_blob_id(CONTENT) == said.stdout.strip()


def test_downloads_once_then_reads_the_cache(tiny, cache):
    assert fetch("Tiny") == cache / "tiny.mat"
    assert (cache / "tiny.mat").read_bytes() == CONTENT
    assert fetch("Tiny") == cache / "tiny.mat"
    assert tiny.requests == ["/tiny.mat"]
    assert files(cache) == ["tiny.mat"]


def test_data_home_named_by_the_environment_comes_first(tiny, cache, tmp_path, monkeypatch):
    monkeypatch.setenv("ILDL_DATA_HOME", str(tmp_path / "home"))
    assert fetch("Tiny") == tmp_path / "home" / "tiny.mat"
    assert not cache.exists()


def test_a_file_in_the_cache_serves_when_the_named_folder_lacks_it(tiny, cache, tmp_path, monkeypatch):
    fetch("Tiny")
    monkeypatch.setenv("ILDL_DATA_HOME", str(tmp_path / "home"))
    assert fetch("Tiny") == cache / "tiny.mat"


def test_an_explicit_folder_is_the_only_one(tiny, cache, tmp_path):
    fetch("Tiny")
    assert fetch("Tiny", tmp_path / "mine") == tmp_path / "mine" / "tiny.mat"


def test_labels_only_takes_the_features_file_if_it_is_here_else_the_small_one(tiny, cache):
    assert fetch("Tiny", labels_only=True) == cache / "labels" / "tiny.npy"
    fetch("Tiny")
    assert fetch("Tiny", labels_only=True) == cache / "tiny.mat"
    assert tiny.requests == ["/tiny.npy", "/tiny.mat"]


def test_a_read_only_folder_is_enough_for_reading(tiny, tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    (home / "tiny.mat").write_bytes(CONTENT)
    home.chmod(0o555)
    try:
        assert fetch("Tiny", home).read_bytes() == CONTENT
        assert files(home) == ["tiny.mat"]
    finally:
        home.chmod(0o755)


def test_a_failure_that_passes_is_tried_again(tiny, cache):
    tiny.serve("/tiny.mat", (503, b"", None), (200, CONTENT, None))
    assert fetch("Tiny").read_bytes() == CONTENT
    assert len(tiny.requests) == 2


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param((200, CONTENT[:-1], len(CONTENT)), id="connection lost"),
        pytest.param((200, CONTENT[:-1], None), id="truncated at the source"),
        pytest.param((200, b"<html>sign in</html>", None), id="another content"),
    ],
)
def test_what_is_not_the_published_file_is_never_kept(tiny, cache, answer):
    tiny.serve("/tiny.mat", answer)
    with pytest.raises(DataUnavailable, match="Tiny: tiny.mat") as caught:
        fetch("Tiny")
    assert not cache.exists() or files(cache) == []
    assert len(tiny.requests) == 3
    if answer[2] is None:
        assert git_blob_id(answer[1]) in str(caught.value)
        assert git_blob_id(CONTENT) in str(caught.value)


@pytest.mark.parametrize(
    ("limits", "message"),
    [({"MOST": 1000}, "more than 1,000 bytes"), ({"TIMEOUTS": (9, 1e-9), "SLOWEST": 10**18}, "fewer than|timed out")],
)
def test_what_does_not_end_is_broken_off(tiny, cache, monkeypatch, limits, message):
    for name, value in limits.items():
        monkeypatch.setattr(module, name, value)
    with pytest.raises(DataUnavailable, match=message):
        fetch("Tiny")
    assert not cache.exists()


def test_a_damaged_download_is_followed_by_a_good_one(tiny, cache):
    tiny.serve("/tiny.mat", (200, CONTENT[:-1], len(CONTENT)), (200, CONTENT, None))
    assert fetch("Tiny").read_bytes() == CONTENT


def test_the_next_address_serves_where_the_first_is_gone(tiny, cache, monkeypatch):
    monkeypatch.setitem(catalogue.RECORDS, "Tiny", record(tiny.url, ["other", "mirror"]))
    tiny.serve("/tiny.mat", (404, b"", None))
    tiny.serve("/other", (200, b"not it", None))
    tiny.serve("/mirror", (200, CONTENT, None))
    assert fetch("Tiny").read_bytes() == CONTENT


def test_an_address_that_does_not_exist_is_asked_once(tiny, cache):
    tiny.serve("/tiny.mat", (404, b"", None))
    with pytest.raises(DataUnavailable, match="404"):
        fetch("Tiny")
    assert tiny.requests == ["/tiny.mat"]


def test_without_a_network_the_error_says_what_where_and_what_else(cache, monkeypatch):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    monkeypatch.setitem(catalogue.RECORDS, "Tiny", record(url))
    with pytest.raises(DataUnavailable) as caught:
        fetch("Tiny")
    message = str(caught.value)
    assert f"{url}/tiny.mat" in message
    assert str(cache / "tiny.mat") in message
    assert "load_dataset('Tiny', labels_only=True)" in message
    assert "load_dataset('Artificial')" in message
    assert "no connection: " in message
    assert "refused" in message
    assert "offline?" in message


def test_not_to_be_downloaded(tiny, cache):
    with pytest.raises(DataUnavailable, match="downloading was not allowed"):
        load_dataset("Tiny", download_if_missing=False)
    assert tiny.requests == []


def test_a_crash_while_writing_leaves_neither_file_nor_scraps(tiny, cache, monkeypatch):
    def crash(*args):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", crash)
    with pytest.raises(KeyboardInterrupt):
        fetch("Tiny")
    assert files(cache) == []


def test_a_folder_that_cannot_be_written_is_named(tiny, tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    with pytest.raises(DataUnavailable, match="cannot be written"):
        fetch("Tiny", blocked / "home")


def test_a_damaged_file_of_the_users_is_named_and_left_alone(tiny, tmp_path):
    path = tmp_path / "tiny.mat"
    path.write_bytes(CONTENT[:-1])
    with pytest.raises(DamagedFile) as caught:
        fetch("Tiny", tmp_path)
    message = str(caught.value)
    assert str(path) in message
    assert git_blob_id(CONTENT) in message
    assert git_blob_id(CONTENT[:-1]) in message
    assert "Delete it" in message
    assert path.read_bytes() == CONTENT[:-1]


def test_a_damaged_file_in_the_cache_is_replaced(tiny, cache):
    cache.mkdir()
    (cache / "tiny.mat").write_bytes(b"")
    with pytest.warns(UserWarning, match=r"tiny\.mat is damaged.*fetched anew"):
        path = fetch("Tiny")
    assert path.read_bytes() == CONTENT


def test_a_file_with_the_right_length_and_one_wrong_byte_is_damaged(tiny, tmp_path):
    flipped = bytearray(CONTENT)
    flipped[7] ^= 1
    (tmp_path / "tiny.mat").write_bytes(flipped)
    assert hashlib.sha1(flipped).digest() != hashlib.sha1(CONTENT).digest()
    with pytest.raises(DamagedFile):
        fetch("Tiny", tmp_path)


@pytest.fixture
def rounded(tiny, monkeypatch):
    """The features are a rounded copy, known by two names: both files are needed."""
    at_source = record(tiny.url)
    file = replace(at_source.features, aliases=("public.mat", "folder/public.mat"))
    monkeypatch.setitem(catalogue.RECORDS, "Tiny", replace(at_source, features=file, rounded=True))
    return tiny


@pytest.mark.parametrize("place", ["tiny.mat", "public.mat", "folder/public.mat"])
def test_a_file_is_found_under_each_of_its_names(rounded, tmp_path, place):
    write(tmp_path / "labels" / "tiny.npy", LABELS)
    write(tmp_path / place, CONTENT)
    assert fetch("Tiny", tmp_path) == tmp_path / place
    assert rounded.requests == []


def test_the_content_decides_between_the_names(rounded, tmp_path):
    write(tmp_path / "labels" / "tiny.npy", LABELS)
    write(tmp_path / "tiny.mat", b"another version")
    write(tmp_path / "public.mat", CONTENT)
    assert fetch("Tiny", tmp_path) == tmp_path / "public.mat"
    (tmp_path / "public.mat").unlink()
    with pytest.raises(DamagedFile, match=r"tiny\.mat is damaged or another version"):
        fetch("Tiny", tmp_path)


def test_of_a_rounded_copy_both_files_are_fetched(rounded, cache):
    assert fetch("Tiny") == cache / "tiny.mat"
    assert files(cache) == ["labels/tiny.npy", "tiny.mat"]
    assert fetch("Tiny", labels_only=True) == cache / "labels" / "tiny.npy"


def test_a_rounded_copy_without_the_labels_is_not_at_hand(rounded, cache, tmp_path):
    write(tmp_path / "tiny.mat", CONTENT)
    with pytest.raises(DataUnavailable, match=r"labels/tiny\.npy is not in"):
        fetch("Tiny", tmp_path, download=False)


def test_how_far_the_files_are_here(tiny, cache, tmp_path, monkeypatch):
    def states():
        return [locate(replace(record(tiny.url), rounded=flag))[0] for flag in (False, True)]

    monkeypatch.setenv("ILDL_DATA_HOME", str(tmp_path))
    features, labels = tmp_path / "tiny.mat", tmp_path / "labels" / "tiny.npy"
    assert states() == ["no", "no"]
    write(features, CONTENT)
    assert states() == ["yes", "without labels"]
    write(labels, LABELS)
    assert states() == ["yes", "yes"]
    assert locate(record(tiny.url))[1] == str(features)
    features.unlink()
    assert states() == ["labels only", "labels only"]
    assert locate(record(tiny.url))[1] == str(labels)
    write(features, b"not it")
    assert states() == ["damaged", "damaged"]
    assert tiny.requests == []


def test_the_artificial_set_has_no_file():
    with pytest.raises(InputError, match="has no file"):
        fetch("Artificial")


def test_available_data_sets_are_those_whose_files_are_here(tmp_path, monkeypatch, cache):
    monkeypatch.setenv("ILDL_DATA_HOME", str(tmp_path))
    assert available_datasets() == {}
    with pytest.raises(DataUnavailable):
        fetch("Movie", download=False)


def test_where_nothing_can_be_reached_it_is_tried_once(cache, monkeypatch):
    """A machine without internet must not wait for every data set."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        closed = record(f"http://127.0.0.1:{unused.getsockname()[1]}")
    tried = []
    monkeypatch.setattr(module, "_get", lambda url, label, get=module._get: (tried.append(url), get(url, label)))
    monkeypatch.setattr(module, "RECORDS", {"Tiny": closed, "Other": closed})
    monkeypatch.setattr(module, "get_record", {"Tiny": closed, "Other": closed}.get)
    assert available_datasets(download=True) == {}
    assert len(tried) == 1


def test_a_name_that_is_not_resolved_is_asked_once_and_the_next_address_as_well(tiny, cache, monkeypatch):
    urls = ("http://nowhere.invalid/tiny.mat", f"{tiny.url}/tiny.mat")
    at_source = record(tiny.url)
    monkeypatch.setitem(catalogue.RECORDS, "Tiny", replace(at_source, features=replace(at_source.features, urls=urls)))
    asked = []
    resolve = socket.getaddrinfo

    def offline(host, *arguments, **options):
        if host != "nowhere.invalid":
            return resolve(host, *arguments, **options)
        asked.append(host)
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

    monkeypatch.setattr(socket, "getaddrinfo", offline)
    assert fetch("Tiny").read_bytes() == CONTENT
    assert asked == ["nowhere.invalid"]
    monkeypatch.setitem(
        catalogue.RECORDS, "Tiny", replace(at_source, features=replace(at_source.features, urls=urls[:1]))
    )
    (cache / "tiny.mat").unlink()
    with pytest.raises(DataUnavailable, match="Failed to resolve 'nowhere.invalid'.*offline"):
        fetch("Tiny")
    assert len(asked) == 2


def test_a_file_that_its_server_lacks_does_not_keep_the_next_from_being_tried(tiny, cache, monkeypatch):
    records = {"Lacking": replace(record(f"{tiny.url}/nowhere"), name="Lacking"), "Tiny": record(tiny.url)}
    monkeypatch.setattr(module, "RECORDS", records)
    monkeypatch.setattr(module, "get_record", records.get)
    assert list(available_datasets(download=True)) == ["Tiny"]
