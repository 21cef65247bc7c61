"""What a notebook may be asked, and what is said where it cannot be shown."""

import re
from pathlib import Path

import nbformat
import pandas as pd
import pytest

from companion.base import asked as module
from companion.base.arms import EXPERIMENTS, PROFILES
from companion.base.asked import ALWAYS, Asked, without_epochs
from companion.base.paper import load_experiment
from ildl.checks import InputError
from ildl.methods import METHODS, NetworkEstimator


def test_a_relative_store_lies_in_the_checkout_whatever_the_working_folder(tmp_path, monkeypatch):
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "_config.yml").touch()
    for folder in (tmp_path, tmp_path / "notebooks"):
        monkeypatch.chdir(folder)
        assert Asked(results_dir="results").store == tmp_path / "results"
    assert Asked(results_dir=tmp_path / "elsewhere").store == tmp_path / "elsewhere"


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"profile": "full"}, "full"),
        ({"datasets": "Movie"}, "give a list"),
        ({"datasets": []}, "give a list"),
        ({"datasets": ["Movies"]}, "Movie"),
        ({"methods": ["RDB"]}, "RDA"),
        ({"folds": [0]}, "two folds"),
        ({"folds": [0, -1]}, "folds"),
        ({"seeds": [0.5]}, "seeds"),
        ({"epochs": 0}, "epochs"),
        ({"profile": "reference", "epochs": 5}, "trains nothing"),
        ({"device": "abacus"}, "abacus"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_trained(changes, says):
    with pytest.raises(InputError, match=says):
        Asked(**changes)


def test_methods_that_are_not_asked_for_are_left_out_but_never_those_that_pages_compare_with():
    arms = list(EXPERIMENTS["comparison"](PROFILES["quick"]))
    kept = {arm.method for arm in Asked(methods=["LDLSF"]).arms(arms)}
    assert kept == {"LDLSF", *ALWAYS}


def test_epochs_go_to_networks_alone_and_leave_the_names_of_readings():
    arms = Asked(epochs=3).arms(list(EXPERIMENTS["comparison"](PROFILES["quick"])))
    for arm in arms:
        assert ("epochs" in arm.params) == issubclass(METHODS[arm.method], NetworkEstimator)
    params = pd.Series(['{"epochs":3}', '{"criterion":"added","epochs":3}', "{}"])
    assert list(without_epochs(params)) == ["{}", '{"criterion":"added"}', "{}"]


def test_the_shipped_run_shows_the_part_that_is_asked_for():
    part = load_experiment(
        "comparison", Asked("reference", datasets=["Movie"], methods=["LDLSF"], folds=[3, 1], seeds=[2, 0])
    )
    assert set(part["dataset"]) == {"Movie"}
    assert set(part["fold"]) == {1, 3}
    assert set(part["seed"]) == {0, 2}
    assert set(part["method"]) == {"LDLSF", *ALWAYS}
    assert part.attrs["experiment"] == "comparison"
    for changes, says in (({"folds": [0, 77]}, "fold 0, 77"), ({"datasets": ["RAF-ML"]}, "no dataset RAF-ML")):
        with pytest.raises(InputError, match=says):
            load_experiment("comparison", Asked("reference", **changes))


def test_folds_and_seeds_beyond_the_profile_are_trained(monkeypatch):
    assert Asked(folds=[4, 7], seeds=[9]).size.folds == (4, 7)
    assert Asked(folds=[4, 7], seeds=[9]).size.seeds == (9,)
    assert Asked().size == module.PROFILES["quick"]


def test_a_data_set_that_cannot_be_had_is_named_with_those_that_can():
    with pytest.raises(InputError, match="None of RAF-ML can be shown here; there are: Movie"):
        Asked(datasets=["RAF-ML"]).chosen(["Movie"], ["Movie"])
    assert Asked(datasets=["Emotion6", "Movie"]).chosen(["Movie", "Emotion6"], ["Movie"]) == ["Movie", "Emotion6"]


@pytest.mark.parametrize(
    "path", sorted((Path(__file__).parents[2] / "notebooks").glob("*.ipynb")), ids=lambda p: p.stem
)
def test_a_notebook_that_trains_takes_a_device_and_hands_it_on(path):
    cells = [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]
    parameters = "".join(cell.source for cell in cells if "parameters" in cell.metadata.get("tags", []))
    handed = re.findall(
        r"\w+", "".join(cell.source for cell in cells if "parameters" not in cell.metadata.get("tags", []))
    )
    if "n_jobs" in parameters:
        assert 'device = "cpu"' in parameters
        assert "device" in handed
    else:
        assert "n_jobs" not in handed
