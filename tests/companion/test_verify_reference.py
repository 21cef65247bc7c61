"""`companion verify` and `companion reproduce`: a sample of the shipped cells is trained again and must agree."""

import dataclasses
import sys
from datetime import UTC, datetime

import pytest
from click.testing import CliRunner

from companion import cli
from companion.base import asked, paper, reference
from companion.base.arms import PROFILES, Arm
from companion.base.asked import Asked
from companion.base.paper import load_experiment
from companion.base.verify_reference import verify_reference
from ildl.checks import InputError
from ildl.experiments import verify
from ildl.experiments.plan import Protocol
from ildl.methods import METHODS

verify_module = sys.modules[verify.__module__]  # the package's attribute of that name is the function
TINY = {"epochs": 2, "hidden": 4}
START = datetime.now(UTC)  # before any cell is trained


def arms(profile):
    yield Arm("Uniform", {}, {"reading": "default"})
    yield Arm("DILDL", TINY, {"reading": "default"})
    yield Arm("DILDL", TINY, {"reading": "fewer rows"}, Protocol(n_valid=0.2))


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The folder of a reference run of one experiment on the artificial data set."""
    size = dataclasses.replace(PROFILES["paper"], folds=(0, 1), seeds=(0,))
    monkeypatch.setattr(asked, "PROFILES", {"quick": size, "paper": size})
    monkeypatch.setattr(paper, "EXPERIMENTS", {"toy": arms})
    monkeypatch.setattr(paper, "_sources", lambda name, size, asked: [("Artificial", {})])
    frame = load_experiment("toy", Asked("paper", tmp_path / "results", 1))
    reference.write_reference(frame, START, tmp_path / "reference")
    return tmp_path / "reference"


def test_every_cell_of_the_reference_can_be_trained_again(folder):
    frame = verify_reference(sample=100, folder=folder)
    assert frame["equal"].all()
    assert (frame["again"] - frame["stored"]).abs().max() < 1e-5  # six digits are written
    assert len(frame.drop_duplicates(["method", "params", "fold"])) == 4
    assert set(frame["experiment"]) == {"toy"}


def test_a_value_that_does_not_come_out_is_found(folder, monkeypatch):
    def edited(name, folder):
        frame = reference.read_reference(name, folder)
        frame.loc[(frame["method"] == "DILDL") & (frame["metric"] == "clark"), "value"] += 0.01
        return frame

    monkeypatch.setattr(sys.modules[verify_reference.__module__], "read_reference", edited)
    frame = verify_reference(sample=100, folder=folder)
    assert set(frame.loc[~frame["equal"], "method"]) == {"DILDL"}
    assert set(frame.loc[~frame["equal"], "metric"]) == {"clark"}


def test_a_reference_of_data_that_are_not_here_is_an_error(folder, monkeypatch):
    monkeypatch.setattr(verify_module, "_sha", lambda name, home: None)
    with pytest.raises(InputError, match=r"no cell that can be trained again: 6 of Artificial \(not here"):
        verify_reference(folder=folder)


def test_cells_of_a_method_that_is_no_more_are_left_out_with_a_warning(folder, monkeypatch):
    monkeypatch.delitem(METHODS, "DILDL")
    with pytest.warns(UserWarning, match=r"4 of 6 cells .* left out: 4 of DILDL \(no such method here\)"):
        frame = verify_reference(sample=100, folder=folder)
    assert set(frame["method"]) == {"Uniform"}


def test_the_commands(folder, tmp_path, monkeypatch):
    monkeypatch.setattr("companion.base.arms.EXPERIMENTS", {"toy": arms})
    monkeypatch.setattr(
        "companion.base.verify_reference.verify_reference", lambda **options: verify_reference(folder=folder, **options)
    )
    invoke = CliRunner().invoke
    made = invoke(
        cli.main, ["reproduce", "toy", "--profile", "quick", "--results-dir", str(tmp_path / "r"), "--jobs", "1"]
    )
    assert made.exit_code == 0, made.output
    assert "toy: 6 cells, " in made.output
    wrong = invoke(cli.main, ["reproduce", "tables"])
    assert wrong.exit_code == 2
    assert "Unknown experiment 'tables'. Known: 'toy'" in wrong.output
    refused = invoke(cli.main, ["reproduce", "toy", "--reference", "--results-dir", str(tmp_path / "r")])
    assert refused.exit_code == 2
    assert "Only a run of the paper profile can become the reference" in refused.output
    verified = invoke(cli.main, ["verify", "--sample", "2"])
    assert verified.exit_code == 0, verified.output
    assert verified.output.count("toy") == 2


def test_reproduce_says_when_it_trained_nothing(folder, tmp_path, monkeypatch):
    monkeypatch.setattr("companion.base.arms.EXPERIMENTS", {"toy": arms})
    monkeypatch.setattr(paper, "_sources", lambda name, size, asked: [])
    monkeypatch.setattr(paper, "read_reference", lambda name: reference.read_reference(name, folder))
    said = CliRunner().invoke(cli.main, ["reproduce", "toy", "--results-dir", str(tmp_path / "none")])
    assert said.exit_code == 0, said.output
    assert "of the shipped reference, none trained" in said.output
    assert not (tmp_path / "none").exists()
