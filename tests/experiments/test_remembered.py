"""What a store remembers of methods is a hint to read by, never what is trained by."""

from __future__ import annotations

import json

import pytest

from ildl.data import make_artificial
from ildl.experiments import remembered, run
from ildl.experiments.plan import describe
from ildl.experiments.remembered import Remembered
from ildl.methods import TrainMean

DS = make_artificial(n=60, q=4, c=3, imbalance=5.0, seed=2)
SPECS = ["Uniform", ("OFR-DB", {"epochs": 2, "hidden": 4})]


def ran(folder, specs=SPECS):
    return run([DS], specs, n_splits=2, n_valid=2, results_dir=folder, n_jobs=1, progress=False)


def test_what_is_remembered_is_what_planning_says(tmp_path):
    ran(tmp_path)
    expected = [describe(spec)._replace(prototype=None) for spec in SPECS]
    assert Remembered(tmp_path).find(SPECS) == expected
    assert Remembered(tmp_path).find([("OFR-DB", {"hidden": 4, "epochs": 2})]) == expected[1:]
    assert Remembered(tmp_path).find(["OFR-DB"]) == []


def test_results_read_by_it_are_those_that_were_trained(tmp_path, monkeypatch):
    trained = ran(tmp_path)
    monkeypatch.setattr("ildl.experiments.runner.describe", None)  # nothing is planned anew
    assert ran(tmp_path).equals(trained)


def test_of_other_code_nothing_is_known(tmp_path, monkeypatch):
    ran(tmp_path)
    monkeypatch.setattr(remembered, "digest_of_name", lambda name: "other")
    assert Remembered(tmp_path).find(SPECS) == []


def test_own_methods_are_not_remembered(tmp_path):
    class Mine(TrainMean):
        pass

    specs = [*SPECS, Mine, ("Named", TrainMean)]
    ran(tmp_path, specs)
    known = Remembered(tmp_path)
    assert len(known.known) == 2
    assert known.find(specs) == []


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b'"text"', b"\xff\xfe", b'{"a": 1}'])
def test_a_damaged_file_is_passed_by_and_written_anew(content, tmp_path):
    expected = ran(tmp_path)
    (tmp_path / ".methods").write_bytes(content)
    assert ran(tmp_path).equals(expected)
    assert Remembered(tmp_path).find(SPECS)


def test_a_wrong_entry_leads_to_no_wrong_result(tmp_path):
    expected, path = ran(tmp_path), tmp_path / ".methods"
    wrong = {
        key: [*values[:3], values[3].replace("4", "5"), *values[4:]]
        for key, values in json.loads(path.read_text()).items()
    }
    path.write_text(json.dumps(wrong))
    again = ran(tmp_path)
    assert again.equals(expected)
    assert set(again["key"]) == set(expected["key"])
