"""The result store: whole records or none, and no damaged record is ever used."""

import json
import os
import stat

import pytest

from ildl.checks import InputError
from ildl.data import make_artificial
from ildl.experiments import DamagedRecordWarning, Store
from ildl.experiments.plan import Protocol, plan_cells

DS = make_artificial(n=60, q=4, c=3, seed=1)
RECORD = {"metrics": {"chebyshev": 0.1}, "fit": {"epoch": None}}


def cells(methods=("Uniform",), **protocol):
    return list(plan_cells(DS, list(methods), Protocol(**protocol), folds=[0, 1], seeds=[0, 1], device="cpu"))


def test_written_records_are_read_back_to_the_last_digit(tmp_path):
    store, cell = Store(tmp_path), cells()[0]
    value = 0.1 + 0.2
    store.write(cell, {"metrics": {"kl_divergence": value}})
    assert store.read(cell)["metrics"]["kl_divergence"] == value
    assert store.read(cells()[1]) is None
    assert len(list(store.records())) == 1


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda text: text[: len(text) // 2], id="truncated"),
        pytest.param(lambda text: text.replace("0.1", "0.2"), id="edited"),
        pytest.param(lambda text: "", id="empty"),
        pytest.param(lambda text: "[]", id="another JSON value"),
        pytest.param(lambda text: "[" * 200_000, id="deeper than can be read"),
        pytest.param(lambda text: text.replace('"checksum"', '"sum"'), id="no checksum"),
    ],
)
def test_damaged_records_are_named_and_not_used(tmp_path, damage):
    store, cell = Store(tmp_path), cells()[0]
    store.write(cell, RECORD)
    path = store.path(cell)
    path.write_text(damage(path.read_text()))
    with pytest.warns(DamagedRecordWarning, match=path.name):
        assert store.read(cell) is None


def test_a_record_under_another_cells_name_is_not_used(tmp_path):
    store, (first, second) = Store(tmp_path), cells()
    store.write(first, RECORD)
    os.replace(store.path(first), store.path(second))
    with pytest.warns(DamagedRecordWarning, match="key"):
        assert store.read(second) is None


@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_a_failed_write_leaves_nothing(call, tmp_path, monkeypatch):
    store, cell = Store(tmp_path), cells()[0]

    def fail(*_args):
        raise OSError("disk full")

    monkeypatch.setattr(os, call, fail)
    with pytest.raises(OSError, match="disk full"):
        store.write(cell, RECORD)
    assert store.read(cell) is None
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_what_a_killed_process_left_goes_with_the_next_write(tmp_path, monkeypatch):
    store, cell = Store(tmp_path), cells()[0]
    with monkeypatch.context() as killed:
        killed.setattr(os, "replace", lambda *_: None)
        killed.setattr(type(tmp_path), "unlink", lambda *_, **__: None)
        store.write(cell, RECORD)
    assert len(list(tmp_path.rglob("*.part"))) == 1
    store.write(cell, RECORD)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [store.path(cell)]


def test_of_two_that_write_one_record_at_once_both_end_well(tmp_path, monkeypatch):
    store, cell, replace = Store(tmp_path), cells()[0], os.replace

    def overtaken(part, path):
        monkeypatch.setattr(os, "replace", replace)
        store.write(cell, RECORD)  # the other one, which takes our attempt for one of a killed process
        replace(part, path)

    monkeypatch.setattr(os, "replace", overtaken)
    store.write(cell, RECORD)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [store.path(cell)]
    assert store.read(cell)["metrics"] == RECORD["metrics"]


def test_a_file_in_place_of_the_folder_is_an_error_that_names_it(tmp_path):
    (tmp_path / "results").write_text("")
    with pytest.raises(OSError, match="results cannot|Results cannot be written into .*results"):
        Store(tmp_path / "results")


def test_a_folder_of_other_files_is_no_store_and_its_files_no_damaged_records(tmp_path):
    store, cell = Store(tmp_path / "results"), cells()[0]
    (tmp_path / "other" / "a" / "b").mkdir(parents=True)
    (tmp_path / "other" / "a" / "b" / "c.json").write_text("{}")
    with pytest.raises(InputError, match="other is no folder of results"):
        Store(tmp_path / "other", read_only=True)
    store.write(cell, RECORD)
    (tmp_path / "results" / "a" / "b").mkdir(parents=True)
    (tmp_path / "results" / "a" / "b" / "c.json").write_text("{}")
    assert [record["key"] for record in Store(tmp_path / "results", read_only=True).records()] == [cell.key]


def test_a_folder_that_holds_another_store_alone_is_an_empty_one(tmp_path):
    Store(tmp_path / "results" / "your_study").write(cells()[0], RECORD)
    assert list(Store(tmp_path / "results", read_only=True).records()) == []


def test_a_store_that_holds_no_record_yet_is_one(tmp_path):
    """Of a run that was killed early there are folders, and perhaps a part of a record."""
    (tmp_path / "tidy.csv").write_text("")
    (tmp_path / "Movie" / "RDA").mkdir(parents=True)
    Store(tmp_path)
    (tmp_path / "Movie" / "RDA" / "tmp123.part").write_text("")
    Store(tmp_path)
    with pytest.raises(InputError, match="no name"):
        Store("")


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser can write anywhere")
def test_a_read_only_folder_is_an_error_that_names_it(tmp_path):
    tmp_path.chmod(stat.S_IRUSR | stat.S_IXUSR)
    with pytest.raises(OSError, match="Results cannot be written"):
        Store(tmp_path)


def test_keys_hash_all_that_determines_a_result():
    key = cells(["RDA"])[0].key
    others = [
        cells(["RDA"])[1].key,  # fold
        cells(["RDA"])[2].key,  # seed
        cells(["OFR-DB"])[0].key,
        cells([("RDA", {"alignment": 0.2})])[0].key,
        cells(["RDA"], n_valid=10)[0].key,
        cells(["RDA"], n_splits=5)[0].key,
        cells(["RDA"], split_seed=1)[0].key,
        next(plan_cells(make_artificial(n=60, q=4, c=3, seed=2), ["RDA"], Protocol(), [0], [0], "cpu")).key,
        next(plan_cells(DS, ["RDA"], Protocol(), [0], [0], "cuda")).key,
    ]
    assert len({key, *others}) == 1 + len(others)


def test_a_default_given_explicitly_is_the_same_cell():
    assert cells([("RDA", {"alignment": 0.1})])[0] == cells(["RDA"])[0]
    assert json.loads(cells([("RDA", {"alignment": 0.2})])[0].params) == {"alignment": 0.2}
