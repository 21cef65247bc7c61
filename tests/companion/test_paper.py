"""The companion's experiments: their arms, what is trained once, and the shipped reference run."""

import dataclasses
import json
import warnings
from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import pytest

from companion.base import asked, paper
from companion.base.arms import EXPERIMENTS, PROFILES, Arm
from companion.base.asked import Asked
from companion.base.paper import load_experiment
from companion.base.reference import (
    changed_methods,
    read_manifest,
    read_reference,
    write_reference,
)
from ildl.checks import InputError
from ildl.data import Sampling, make_artificial
from ildl.experiments import run
from ildl.experiments.plan import Protocol, parameters
from ildl.experiments.runner import identify
from ildl.methods import METHODS, make_method

TINY = {"epochs": 2, "hidden": 4}
START = datetime.now(UTC)  # before any cell is trained
every_experiment = pytest.mark.parametrize("name", EXPERIMENTS)


def toy_arms(profile):
    yield Arm("Uniform", {}, {"reading": "default"})
    for alpha in (0.1, 0.6):
        for reading in ("one", "other"):  # the same cell under two names
            yield Arm("DILDL", {"alpha": alpha, **TINY}, {"reading": reading, "setting": alpha})
    yield Arm("DILDL", {"alpha": 0.1, **TINY}, {"reading": "fewer rows"}, Protocol(n_valid=0.2), one_seed=True)


@pytest.fixture
def toy(monkeypatch):
    """One experiment on artificial data, in a profile of two folds."""
    ds = make_artificial(n=150, q=6, c=4, seed=3)
    size = dataclasses.replace(PROFILES["quick"], folds=(0, 1), seeds=(0, 1))
    monkeypatch.setattr(paper, "EXPERIMENTS", {"toy": toy_arms})
    monkeypatch.setattr(asked, "PROFILES", {"quick": size, "paper": size})
    monkeypatch.setattr(paper, "_sources", lambda name, size, asked: [(ds, {})])


@every_experiment
@pytest.mark.parametrize("profile", PROFILES.values(), ids=PROFILES)
def test_arms_are_valid_and_no_two_have_the_same_columns(name, profile):
    arms = list(EXPERIMENTS[name](profile))
    for arm in arms:
        parameters(arm.method, arm.params)  # complains where one is unknown or out of range
    labels = [json.dumps([arm.method, arm.columns, dataclasses.asdict(arm.protocol)], sort_keys=True) for arm in arms]
    assert len(set(labels)) == len(labels)


@every_experiment
def test_the_quick_profile_asks_for_nothing_that_the_reference_lacks(name):
    quick, full = ({json.dumps(arm.columns) for arm in EXPERIMENTS[name](PROFILES[p])} for p in ("quick", "paper"))
    assert quick <= full
    for part in ("folds", "seeds", "etas", "criteria", "valid"):
        assert set(getattr(PROFILES["quick"], part)) <= set(getattr(PROFILES["paper"], part))


def test_every_network_of_the_paper_profile_has_three_seeds():
    assert len(PROFILES["paper"].seeds) >= 3


@pytest.mark.filterwarnings("ignore:.*stopped before its tolerance")
def test_an_arm_that_is_spared_further_seeds_in_the_tables_does_not_depend_on_them():
    spared = [arm for arm in EXPERIMENTS["comparison"](PROFILES["paper"]) if arm.one_seed]
    ds = make_artificial(n=40, q=6, c=4, seed=3)
    for arm in spared:
        one, other = (
            make_method(arm.method, **arm.params, random_state=seed, max_iter=3).fit(ds.features, ds.labels)
            for seed in (0, 1)
        )
        np.testing.assert_allclose(one.predict(ds.features), other.predict(ds.features), atol=1e-6)
    assert {arm.method for arm in spared} == {"LDL-LCLR"}


def test_the_multiverse_crosses_readings_and_moves_the_other_choices_one_at_a_time():
    arms = list(EXPERIMENTS["multiverse"](PROFILES["paper"]))
    table = pd.DataFrame([arm.columns | dataclasses.asdict(arm.protocol) for arm in arms])
    usual = (table["code"] == "encoder") & (table["split_folds"] == "kfold") & (table["split_seed"] == 0)
    crossed = table[usual & (table["valid_from"] != "test")]
    readings = crossed.groupby(["dominant", "nondominant", "criterion", "label_gradient"]).size()
    assert set(readings) == {8}  # two epochs; two sets of validation rows, from two sources
    assert len(readings) == 2 * 2 * 6 * 2 - 2 * 4  # no dominant target under two of the criteria
    moved = table[~usual]
    changes = (moved["code"] != "encoder").astype(int) + (moved["split_folds"] != "kfold") + (moved["split_seed"] != 0)
    assert set(changes) == {1}
    assert len(moved) == 6 * 2 * 2 * 5 * 2  # criteria, targets, sources; five choices; two epochs
    bound = table[table["valid_from"] == "test"]
    assert set(bound["epoch_kept"]) == {"test"}
    assert sorted(bound["n_valid"].value_counts().items()) == [(0, 12), (20, 12)]


def test_no_experiment_but_the_multiverse_lets_the_test_rows_choose():
    for name in set(EXPERIMENTS) - {"multiverse"}:
        assert {arm.protocol.valid_from for arm in EXPERIMENTS[name](PROFILES["paper"])} <= {"sampled", "unsampled"}


def test_the_ablation_has_every_row_under_every_criterion():
    table = pd.DataFrame([arm.columns for arm in EXPERIMENTS["ablation"](PROFILES["paper"])])
    assert len(table.drop_duplicates()) == len(table) == 6 * 2 * 2


def test_without_the_decoupled_loss_the_ablation_trains_what_a_criterion_has_besides():
    """The plain divergence, also on RDA's logits; elsewhere RDA's loss alone."""
    found = {
        arm.columns["criterion"]: (arm.params["criterion"], arm.params["decoupled_loss"])
        for arm in EXPERIMENTS["ablation"](PROFILES["paper"])
        if not arm.columns["dld"]
    }
    own = {"kl": ("kl", False), "logit-adjusted": ("logit-adjusted", False)}
    assert found == dict.fromkeys(found, ("rebalanced", True)) | own


def test_cells_that_serve_two_arms_are_trained_once_and_stand_under_both(toy, tmp_path):
    frame = load_experiment("toy", Asked("quick", tmp_path, 1))
    sizes = frame[frame["metric"] == "clark"].groupby(["method", "reading"]).size()
    assert sizes.to_dict() == {("DILDL", "fewer rows"): 2, ("DILDL", "one"): 8, ("DILDL", "other"): 8,
                               ("Uniform", "default"): 2}  # fmt: skip
    assert frame["key"].nunique() == 2 + 8 + 2 == len(list(tmp_path.rglob("*.json")))
    assert set(frame.loc[frame["reading"] == "fewer rows", "n_valid"]) == {0.2}
    one, other = (frame[frame["reading"] == name].drop(columns="reading") for name in ("one", "other"))
    pd.testing.assert_frame_equal(one.reset_index(drop=True), other.reset_index(drop=True))
    assert frame.attrs["experiment"] == "toy"
    assert frame.attrs["command"] == "companion reproduce toy --profile quick"


def test_the_reference_holds_what_was_written(toy, tmp_path):
    frame = load_experiment("toy", Asked("paper", tmp_path / "results", 1))
    path = write_reference(frame, START, tmp_path / "reference")
    again = read_reference("toy", tmp_path / "reference")
    assert again.attrs == frame.attrs | {"profile": "reference"}
    by = ["method", "params", "reading", "n_valid", "fold", "seed", "metric"]
    ours, theirs = (part.sort_values(by).reset_index(drop=True) for part in (frame, again))
    assert list(theirs[by].itertuples(index=False)) == list(ours[by].itertuples(index=False))
    np.testing.assert_allclose(theirs["value"], ours["value"], rtol=1e-5)
    assert (theirs["dataset_sha"] == ours["dataset_sha"]).all()
    assert set(frame.columns) == set(again.columns)
    entry = read_manifest(tmp_path / "reference")["toy"]
    assert entry["cells"] == entry["trained"] == frame["key"].nunique()
    by_cell = frame.groupby("key")["fit_seconds"].first()
    assert entry["training_seconds"] == pytest.approx(by_cell.sum(), abs=0.051)
    assert 0 < entry["seconds"] == pytest.approx((datetime.now(UTC) - START).total_seconds(), abs=60)
    assert changed_methods(tmp_path / "reference") == []
    assert write_reference(frame, START, tmp_path / "second").read_bytes() == path.read_bytes()


def test_cells_that_were_stored_before_do_not_count_as_trained(toy, tmp_path):
    frame = load_experiment("toy", Asked("paper", tmp_path / "r", 1))
    later = datetime.now(UTC) + timedelta(seconds=1)
    write_reference(frame, later, tmp_path)
    assert read_manifest(tmp_path)["toy"]["trained"] == 0


def test_writing_the_reference_anew_keeps_what_its_training_took(toy, tmp_path):
    frame = load_experiment("toy", Asked("paper", tmp_path / "r", 1))
    write_reference(frame, START, tmp_path)
    first = read_manifest(tmp_path)["toy"]
    write_reference(frame, datetime.now(UTC) + timedelta(seconds=1), tmp_path)
    again = read_manifest(tmp_path)["toy"]
    assert (again["trained"], again["seconds"]) == (first["trained"], first["seconds"])


def test_a_method_whose_code_changed_since_the_reference_is_named(toy, tmp_path, monkeypatch):
    write_reference(load_experiment("toy", Asked("paper", tmp_path / "r", 1)), START, tmp_path)
    monkeypatch.setitem(METHODS, "DILDL", METHODS["RDA"])
    assert changed_methods(tmp_path) == ["DILDL"]


def test_only_a_run_of_the_paper_profile_becomes_the_reference(toy, tmp_path):
    with pytest.raises(InputError, match="paper profile"):
        write_reference(load_experiment("toy", Asked("quick", tmp_path, 1)), START, tmp_path)


def test_a_poorer_run_does_not_replace_the_reference(toy, tmp_path):
    frame = load_experiment("toy", Asked("paper", tmp_path / "r", 1))
    path = write_reference(frame, START, tmp_path)
    content = path.read_bytes()
    lacking, elsewhere = frame.copy(), frame.assign(dataset="Other")
    lacking.loc[3, "value"] = np.nan
    fewer = frame[frame["key"] != frame["key"].iloc[0]]
    cells = frame["key"].nunique()
    for poorer, why in (
        (frame[:0], "have no rows"),
        (lacking, f"{lacking.loc[3, 'metric']} is not finite"),
        (elsewhere, "this run has not"),
        (fewer, rf"the reference has {cells} cells \({cells - 1} here\), this run has not.*If less is meant"),
        (frame[frame["metric"] != "clark"], "the reference has clark, this run has not"),
    ):
        poorer.attrs = frame.attrs
        with pytest.raises(InputError, match=why):
            write_reference(poorer, START, tmp_path)
        assert path.read_bytes() == content
        read_reference("toy", tmp_path)


def test_a_damaged_reference_is_named(toy, tmp_path):
    path = write_reference(load_experiment("toy", Asked("paper", tmp_path / "r", 1)), START, tmp_path)
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(InputError, match=r"toy\.csv\.xz is not the file of the manifest"):
        read_reference("toy", tmp_path)
    with pytest.raises(InputError, match="no experiment 'nothing'; it has: toy"):
        read_reference("nothing", tmp_path)
    manifest = tmp_path / "manifest.json"
    sound = json.loads(manifest.read_text())
    entry = sound["toy"]
    for damaged in (
        "{",
        "[]",
        '"toy"',
        json.dumps({"toy": []}),
        json.dumps({"toy": {name: value for name, value in entry.items() if name != "sha256"}}),
        json.dumps({"toy": entry | {"metrics": "clark"}}),
        json.dumps({"toy": entry | {"data": None}}),
    ):
        manifest.write_text(damaged)
        for read in (read_manifest, lambda folder: read_reference("toy", folder), changed_methods):
            with pytest.raises(InputError, match=r"manifest\.json is damaged .*git restore"):
                read(tmp_path)
    with pytest.raises(InputError, match="There is no reference run"):
        read_manifest(tmp_path / "r")


def test_without_data_the_cells_come_from_the_reference(toy, tmp_path, monkeypatch):
    frame = load_experiment("toy", Asked("paper", tmp_path / "r", 1))
    monkeypatch.setattr(paper, "_sources", lambda name, size, asked: [])
    monkeypatch.setattr(paper, "read_reference", lambda name: frame)
    monkeypatch.setitem(asked.PROFILES, "quick", dataclasses.replace(asked.PROFILES["quick"], folds=(1,), seeds=(0,)))
    part = load_experiment("toy", "quick")
    assert part.attrs["command"] == "companion reproduce toy --profile quick"
    assert set(part["fold"]) == {1}
    assert set(part["seed"]) == {0}
    assert set(part["reading"]) == set(frame["reading"])


def test_without_data_the_multiverse_is_of_as_many_data_sets_as_with_them(monkeypatch):
    monkeypatch.setattr(paper, "_benchmark_sets", tuple)
    part = load_experiment("multiverse", "quick")
    assert list(part["dataset"].unique()) == ["Movie"]
    assert set(part["fold"]) == {0, 1}
    assert part.attrs["profile"] == "reference"
    assert part.attrs["command"] == "companion reproduce multiverse --profile quick"
    assert part.attrs["commit"] == read_manifest()["multiverse"]["commit"]


def test_what_lies_beyond_the_benchmark_comes_from_the_reference_where_no_real_data_are_here(monkeypatch):
    monkeypatch.setattr(paper, "available_datasets", lambda **_: {})
    monkeypatch.setattr(paper, "_benchmark_sets", tuple)
    monkeypatch.setattr(paper, "complete", None)  # nothing is trained
    part = load_experiment("further", "quick")
    assert part.attrs["profile"] == "reference"
    assert set(part["fold"]) == {0, 1}
    monkeypatch.setattr(paper, "_benchmark_sets", lambda: ("Movie",))
    assert [source for source, _ in paper._sources("further", PROFILES["quick"], Asked())] == ["Artificial"]
    monkeypatch.setattr(paper, "_benchmark_sets", tuple)
    sets = {"large": make_artificial(n=2000, imbalance=4).resampled(), "small": make_artificial(n=150).resampled()}
    monkeypatch.setattr(paper, "available_datasets", lambda **_: dict.fromkeys(sets))
    monkeypatch.setattr(paper, "load_dataset", lambda name, **_: sets[name])
    assert [source for source, _ in paper._sources("further", PROFILES["quick"], Asked())] == ["large", "Artificial"]


def test_a_threshold_that_leaves_nothing_to_train_on_is_left_out(monkeypatch):
    D = np.random.default_rng(0).dirichlet([3.0, 2.0, 1.0], size=500)
    top = np.sort(D[:, 2])[-30]  # 29 rows exceed it, of which a fold keeps about 26; at 1.25 times, hardly any
    ds = dataclasses.replace(make_artificial(n=500, c=3), labels=D, sampling=Sampling(3, 3 * top, 0, 2))
    monkeypatch.setattr(paper, "_benchmark_sets", lambda: ("some",))
    monkeypatch.setattr(paper, "loaded", lambda name: ds)
    etas = [columns["eta"] for _, columns in paper._sources("imbalance", PROFILES["paper"], Asked())]
    assert etas == [0.5, 0.75, 1.0]


def test_samplings_of_one_data_set_run_together_and_are_told_apart(toy, tmp_path, monkeypatch):
    ds = make_artificial(n=150, q=6, c=4, seed=3)
    moved = dataclasses.replace(ds, sampling=Sampling(4, 0.1, int(ds.labels.sum(0).argmax()), 0))
    monkeypatch.setattr(paper, "_sources", lambda name, size, asked: [(ds, {"eta": 1.0}), (moved, {"eta": 0.5})])
    frame = load_experiment("toy", Asked("quick", tmp_path, 1))
    assert frame.groupby("eta")["dataset_sha"].unique().map(list).to_dict() == {
        1.0: [identify(ds).sha256],
        0.5: [identify(moved).sha256],
    }
    assert (frame.groupby("eta").size() == len(frame) / 2).all()


def test_unknown_experiments_and_profiles_are_named():
    with pytest.raises(InputError, match="comparison"):
        load_experiment("comparisons")
    with pytest.raises(InputError, match="'quick', 'paper', 'reference'"):
        load_experiment("comparison", "full")


def test_fits_that_end_at_their_limit_are_counted_in_one_warning(tmp_path):
    ds = make_artificial(n=150, q=6, c=4, seed=3)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        run([ds], ["Adam-LDL-SCL", "Uniform"], folds=[0, 1], results_dir=tmp_path, n_jobs=1, progress=False)
    [message] = [str(warning.message) for warning in caught if "limit of iterations" in str(warning.message)]
    assert "Adam-LDL-SCL 2 of 2" in message
