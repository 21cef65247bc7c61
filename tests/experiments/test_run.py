"""The runner: results are those of the estimators alone, a killed run resumes, bad requests are errors."""

import os
import re
import signal
import subprocess
import sys
import tempfile
import textwrap
import time
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ildl.checks import InputError
from ildl.data import Dataset, Sampling, load_dataset, make_artificial
from ildl.experiments import CellsFailed, DamagedRecordWarning, Protocol, Store, run, sweep, verify
from ildl.experiments.plan import plan_cells
from ildl.experiments.runner import complete, identify, plan
from ildl.experiments.stored import read_stored
from ildl.methods import METHODS, LDLEstimator, make_method
from ildl.metrics import chebyshev, evaluate, kl_divergence
from ildl.protocol import head_labels, make_splits, scale_features

DS = make_artificial(n=150, q=6, c=4, seed=3)
SAMPLED = replace(DS, sampling=Sampling(4, 0.5, int(DS.labels.sum(0).argmax()), int(DS.labels.sum(0).argmin())))
QUICK = {"epochs": 3, "hidden": 8}
CONTRACT = ["dataset", "feature_set", "method", "params", "fold", "seed", "metric", "value", "fit_seconds", "epoch"]


def values(frame: pd.DataFrame) -> pd.DataFrame:
    columns = [*CONTRACT[:8], "epoch", "key"]
    return frame[columns].sort_values(["key", "metric"]).reset_index(drop=True)


def test_rows_are_tidy_and_equal_the_estimator_alone(tmp_path):
    frame = run([DS], ["Uniform", ("RDA", QUICK)], n_splits=3, results_dir=tmp_path, n_jobs=1, progress=False)
    assert list(frame.columns[:10]) == CONTRACT
    assert {"version", "dataset_sha"} <= set(frame.columns)
    assert not frame.duplicated(["method", "fold", "metric"]).any()
    assert set(zip(frame.method, frame.fold, strict=True)) == {(m, k) for m in ("Uniform", "RDA") for k in range(3)}
    assert frame["value"].notna().all()
    splits = make_splits(DS, 3)
    X, D, split = scale_features(DS.features), DS.labels, splits[2]
    alone = make_method("RDA", random_state=2, device="cpu", **QUICK)
    alone.fit(X[split.train], D[split.train], X[split.valid], D[split.valid])
    expected = evaluate(D[split.test], alone.predict(X[split.test]), head_labels(D, splits))
    found = frame[(frame.method == "RDA") & (frame.fold == 2)].set_index("metric")["value"]
    for metric, value in expected.items():
        assert found[metric] == pytest.approx(value, abs=1e-5)


@pytest.mark.parametrize(
    "protocol",
    [
        Protocol(4, 5, 2, "unsampled"),
        Protocol(4, 5, 1, "sampled", "random"),
        Protocol(4, 0, 0, "test"),
        Protocol(4, 0.2, 0, "unsampled", "random"),
    ],
    ids=str,
)
def test_every_choice_of_protocol_reaches_the_estimator_and_the_rows(protocol, tmp_path):
    frame = run([SAMPLED], [("DILDL", QUICK)], results_dir=tmp_path, n_jobs=1, progress=False, **asdict(protocol))
    split = make_splits(SAMPLED, 4, protocol.split_seed, protocol.n_valid, protocol.valid_from, protocol.split_folds)[3]
    X, D = scale_features(SAMPLED.features), SAMPLED.labels
    alone = make_method("DILDL", random_state=3, device="cpu", **QUICK)
    alone.fit(X[split.train], D[split.train], X[split.valid], D[split.valid])
    untrained = make_method("DILDL", random_state=3, device="cpu", **QUICK | {"epochs": 0})
    untrained.fit(X[split.train], D[split.train])
    found = frame[frame["fold"] == 3].set_index("metric")
    predicted, true = alone.predict(X[split.test]), D[split.test]
    for metric, value in (
        ("kl_divergence", kl_divergence(true, predicted)),
        ("from_start", chebyshev(untrained.predict(X[split.test]), predicted)),
        ("from_uniform", chebyshev(np.full_like(true, 1 / true.shape[1]), predicted)),
    ):
        assert found.loc[metric, "value"] == pytest.approx(value, abs=1e-5)
    row = found.iloc[0]
    assert (row["n_train"], row["n_test"]) == (len(split.train), len(split.test))
    assert row["valid_kl"] == pytest.approx(alone.valid_kl_, abs=1e-5)
    assert {name: row[name] for name in asdict(protocol)} == asdict(protocol)


def test_each_choice_of_protocol_has_cells_of_its_own():
    plain = Protocol()
    others = [
        {"n_splits": 5}, {"n_valid": 10}, {"split_seed": 1}, {"valid_from": "unsampled"}, {"split_folds": "random"},
    ]  # fmt: skip
    keys = [
        next(plan_cells(SAMPLED, ["Uniform"], replace(plain, **other), None, (0,), "cpu")).key
        for other in ({}, *others)
    ]
    assert len(set(keys)) == len(keys)


def test_a_rerun_reads_and_a_wider_run_adds(tmp_path):
    first = run([DS], [("OFR-DB", QUICK)], folds=[0, 1], results_dir=tmp_path, n_jobs=1, progress=False)
    stamps = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.json")}
    second = run([DS], [("OFR-DB", QUICK)], folds=[0, 1, 2], results_dir=tmp_path, n_jobs=1, progress=False)
    assert all(path.stat().st_mtime_ns == stamp for path, stamp in stamps.items())
    pd.testing.assert_frame_equal(values(first), values(second[second.fold < 2]))
    assert set(second.fold) == {0, 1, 2}


def test_processes_give_the_same_numbers(tmp_path):
    methods = ["SA-BFGS", ("OFR-FL", QUICK)]
    one = run([DS], methods, n_splits=3, results_dir=tmp_path / "1", n_jobs=1, progress=False)
    two = run([DS], methods, n_splits=3, results_dir=tmp_path / "2", n_jobs=2, progress=False)
    pd.testing.assert_frame_equal(values(one), values(two), atol=1e-3)


def test_damaged_records_are_computed_again_with_the_same_numbers(tmp_path):
    before = run([DS], ["Train-mean"], n_splits=3, results_dir=tmp_path, n_jobs=1, progress=False)
    victim = sorted(tmp_path.rglob("*.json"))[0]
    victim.write_text(victim.read_text()[:100])
    with pytest.warns(DamagedRecordWarning, match=victim.name):
        after = run([DS], ["Train-mean"], n_splits=3, results_dir=tmp_path, n_jobs=1, progress=False)
    pd.testing.assert_frame_equal(values(before), values(after))
    assert len(list(Store(tmp_path).records())) == 3


def test_a_killed_run_resumes_with_the_same_numbers(tmp_path):
    methods = [("OFR-DB", {"epochs": 30, "hidden": 8, "learning_rate": 0.001 * k}) for k in range(1, 9)]
    options = {"n_splits": 3, "n_jobs": 1, "progress": False}
    script = f"""
from ildl.data import make_artificial
from ildl.experiments import run
run([make_artificial(n=150, q=6, c=4, seed=3)], {methods}, results_dir="killed", **{options})
"""

    def finished() -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in (tmp_path / "killed").rglob("*.json")}

    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    process = subprocess.Popen([sys.executable, "-c", script], cwd=tmp_path, env=environment)
    deadline = time.monotonic() + 120
    while len(finished()) < 3 and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    survivors = finished()
    assert 3 <= len(survivors) <= 24
    for folder in ("killed", "whole"):
        run([DS], methods, results_dir=tmp_path / folder, **options)
    resumed = finished()
    assert len(resumed) == 24
    assert all(resumed[name] == content for name, content in survivors.items())  # not computed again
    by_key = [{r["key"]: r["metrics"] for r in Store(tmp_path / folder).records()} for folder in ("killed", "whole")]
    assert by_key[0] == by_key[1]


class Fails(LDLEstimator):
    """Cannot be fitted to a training set whose first feature sums to an odd number of hundredths."""

    def _fit(self, problem):
        if round(problem.X[:, 0].sum() * 100) % 2:
            raise FloatingPointError("an odd fold")

    def _predict(self, X):
        return np.full((len(X), 4), 0.25)


def test_cells_that_fail_are_named_and_the_others_stored(tmp_path, monkeypatch):
    monkeypatch.setitem(METHODS, "Fails", Fails)
    with pytest.raises(CellsFailed, match="an odd fold") as caught:
        run([DS], ["Fails", "Uniform"], n_splits=10, results_dir=tmp_path, n_jobs=1, progress=False)
    failed = int(str(caught.value).split()[0])
    assert 0 < failed < 10
    assert len(list(Store(tmp_path).records())) == 20 - failed
    assert "the others are stored" in str(caught.value)
    folds = [int(fold) for fold in re.findall(r"fold (\d+)", str(caught.value))]
    with pytest.raises(CellsFailed, match=f"{failed} of {failed} cells failed, there are no others:"):
        run([DS], ["Fails"], n_splits=10, folds=folds, results_dir=tmp_path, n_jobs=1, progress=False)


def test_a_process_that_is_killed_is_said_and_the_others_are_stored(tmp_path, monkeypatch):
    class Killed(LDLEstimator):
        def _fit(self, problem):
            while len(list(tmp_path.rglob("*.json"))) < 2:
                time.sleep(0.05)
            os.kill(os.getpid(), signal.SIGKILL)  # as the system does when memory runs out

    monkeypatch.setitem(METHODS, "Killed", Killed)
    with pytest.raises(CellsFailed, match="ended from outside.*finished cells are stored"):
        run([DS], ["Uniform", "Killed"], n_splits=2, results_dir=tmp_path, n_jobs=2, progress=False)
    assert len(list(Store(tmp_path).records())) == 2


def test_what_cannot_be_written_is_named_and_its_companions_are_stored(tmp_path):
    cell = next(plan_cells(identify(DS), [("OFR-FL", QUICK)], Protocol(n_splits=3), [0], [0], "cpu"))
    (tmp_path / DS.name / "OFR-FL" / f"{cell.key}.json").mkdir(parents=True)  # a folder where the record would be
    with pytest.raises(CellsFailed, match="cannot be written") as caught:
        run([DS], [("OFR-FL", QUICK)], n_splits=3, results_dir=tmp_path, n_jobs=1, progress=False)
    assert cell.key in str(caught.value)
    assert len(list(tmp_path.rglob("*.part"))) == 0
    assert sum(path.is_file() for path in tmp_path.rglob("*.json")) == 2


def test_no_two_cells_of_a_method_draw_the_same_numbers(tmp_path):
    options = {"n_splits": 3, "seeds": (0, 1, 2), "n_jobs": 1, "progress": False}
    frame = run([DS], [("RDA", QUICK)], results_dir=tmp_path, **options)
    assert frame.query("metric == 'kl_divergence'")["value"].nunique() == 9
    cells = plan_cells(identify(DS), [("RDA", QUICK)], Protocol(n_splits=3), None, (0, 1, 2), "cpu")
    assert sorted(cell.random_state for cell in cells) == list(range(9))


def test_protocols_side_by_side_give_what_each_gives_alone(tmp_path):
    ds, specs = identify(SAMPLED), [("OFR-FL", QUICK), "Train-mean"]
    protocols = [Protocol(3, 5, 0, "unsampled"), Protocol(3, 5, 1, "sampled")]
    cells = [cell for protocol in protocols for cell in plan(SAMPLED, ds, specs, protocol, None, (0,))]
    both = complete(cells, Store(tmp_path / "both"), n_jobs=1, progress=False)
    apart = [
        run([SAMPLED], specs, n_splits=3, n_valid=5, split_seed=protocol.split_seed, valid_from=protocol.valid_from,
            results_dir=tmp_path / "apart", n_jobs=1, progress=False)
        for protocol in protocols
    ]  # fmt: skip
    pd.testing.assert_frame_equal(values(both), values(pd.concat(apart)))


def test_two_data_sets_of_one_name_are_kept_apart(tmp_path):
    other = make_artificial(n=140, q=6, c=3, seed=9)
    options = {"n_splits": 2, "n_jobs": 1, "progress": False}
    both = [run([ds], ["Train-mean"], results_dir=tmp_path / "both", **options) for ds in (DS, other)]
    apart = [run([ds], ["Train-mean"], results_dir=tmp_path / str(len(ds.labels)), **options) for ds in (DS, other)]
    pd.testing.assert_frame_equal(values(pd.concat(both)), values(pd.concat(apart)))


def test_two_data_sets_of_one_name_in_one_run_are_refused(tmp_path):
    """Their results would be averaged into one table."""
    other = replace(DS, features=DS.features[:90], labels=DS.labels[:90])
    with pytest.raises(InputError, match="Two data sets are called Artificial.* Give one another name"):
        run([DS, other], ["Uniform"], results_dir=tmp_path)
    assert not list(tmp_path.rglob("*.json"))
    assert len(run([DS, DS], ["Uniform"], n_splits=2, results_dir=tmp_path, n_jobs=1, progress=False))


@pytest.mark.parametrize(
    "change",
    [
        {"features": DS.features[:, ::-1] ** 2},
        {"labels": DS.labels[:, ::-1]},
        {"sampling": Sampling(2.0, 0.1, 0, 1)},
    ],
    ids=["features", "labels", "sampling"],
)
def test_changed_data_are_never_served_another_ones_results(tmp_path, change):
    options = {"results_dir": tmp_path, "n_splits": 2, "n_jobs": 1, "progress": False}
    first = run([DS], ["Train-mean"], **options)
    second = run([replace(DS, **change)], ["Train-mean"], **options)
    assert not set(first.key) & set(second.key)


def test_a_method_that_a_script_registers_reaches_the_workers(tmp_path):
    script = tmp_path / "mine.py"
    script.write_text(
        textwrap.dedent(
            """
            from ildl.data import make_artificial
            from ildl.experiments import run
            from ildl.methods import METHODS
            from ildl.methods.references import Uniform

            class Mine(Uniform):
                pass

            if __name__ == "__main__":
                METHODS["Mine"] = Mine
                frame = run([make_artificial(n=150, q=6, c=4, seed=3)], ["Mine", "Uniform"], n_splits=2,
                            results_dir="results", n_jobs=2, progress=False)
                assert set(frame.method) == {"Mine", "Uniform"}
            """
        )
    )
    done = subprocess.run([sys.executable, str(script)], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_sweep_runs_the_grid(tmp_path):
    frame = sweep(
        DS, "DILDL", {"alpha": [0.2, 0.6], "epochs": [2]}, n_splits=2, results_dir=tmp_path, n_jobs=1, progress=False
    )
    assert set(frame.params) == {'{"alpha":0.2,"epochs":2}', '{"epochs":2}'}  # 0.6 is the default
    assert set(frame.alpha) == {0.2, 0.6}


def test_verify_trains_stored_cells_again(tmp_path):
    run(["Artificial"], ["Train-mean", ("OFR-DB", QUICK)], n_splits=2, results_dir=tmp_path, n_jobs=1, progress=False)
    frame = verify(tmp_path, sample=3, seed=1)
    assert frame["equal"].all()
    assert len(frame.drop_duplicates(["method", "params", "fold"])) == 3
    with pytest.raises(InputError, match="no folder"):
        verify(tmp_path / "empty")
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="holds no results"):
        verify(tmp_path / "empty")


def test_verify_says_what_it_leaves_out(tmp_path, monkeypatch):
    options = {"n_splits": 2, "results_dir": tmp_path, "n_jobs": 1, "progress": False}
    run([replace(DS, name="Mine")], ["Uniform"], **options)
    with pytest.raises(InputError, match=r"no cell that can be trained again: 2 of Mine \(not in the catalogue"):
        verify(tmp_path)
    run(["Artificial"], ["Uniform", "Train-mean"], **options)
    monkeypatch.delitem(METHODS, "Train-mean")
    with pytest.warns(UserWarning, match=r"4 of 6 cells .*: 2 of Train-mean \(no such method here\), 2 of") as caught:
        frame = verify(tmp_path, sample=10)
    assert "2 of Mine (not in the catalogue)" in str(caught[0].message)
    assert set(zip(frame["dataset"], frame["method"], strict=True)) == {("Artificial", "Uniform")}


def test_verify_needs_no_right_to_write(tmp_path, monkeypatch):
    run(["Artificial"], ["Uniform"], n_splits=2, results_dir=tmp_path, n_jobs=1, progress=False)

    def refuse(*_, **__):
        raise PermissionError(13, "read-only")

    monkeypatch.setattr(tempfile, "TemporaryFile", refuse)
    monkeypatch.setattr(Path, "mkdir", refuse)
    assert verify(tmp_path)["equal"].all()
    assert len(read_stored(tmp_path)) == 0  # of two folds
    assert len(list(Store(tmp_path, read_only=True).records())) == 2


def test_verify_finds_a_number_that_training_does_not_give(tmp_path):
    run(["Artificial"], ["Train-mean"], n_splits=2, folds=[0], results_dir=tmp_path, n_jobs=1, progress=False)
    store = Store(tmp_path)
    record = next(store.records())
    path = next(tmp_path.rglob("*.json"))

    class Slot:
        key = record["key"]
        dataset, method = path.parts[-3], path.parts[-2]

    body = {name: value for name, value in record.items() if name != "checksum"}
    body["metrics"]["chebyshev"] += 0.01
    store.write(Slot(), body)  # a forged record with a sound checksum
    frame = verify(tmp_path, sample=1).set_index("metric")
    assert not frame.loc["chebyshev", "equal"]
    assert frame.drop("chebyshev")["equal"].all()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"methods": ["RDB"]}, "Did you mean 'RDA'"),
        ({"methods": [("RDA", {"alpha": 1})]}, "parameter of RDA 'alpha'"),
        ({"methods": [("DILDL", {"criterion": "KL"})]}, "Did you mean 'kl'"),
        ({"methods": [("DILDL", {"alpha": 2})]}, "at most 1"),
        ({"methods": [("RDA", {"random_state": 1})]}, "seeds="),
        ({"methods": "RDA"}, "lists"),
        ({"datasets": ["Movies"]}, "Did you mean 'Movie'"),
        ({"datasets": []}, "nothing to run"),
        ({"methods": []}, "nothing to run"),
        ({"folds": [10]}, "a fold"),
        ({"seeds": []}, "at least one seed"),
        ({"seeds": 3}, "seeds must be a list"),
        ({"folds": 1}, "folds must be a list"),
        ({"n_splits": 1}, "n_splits"),
        ({"n_splits": "5"}, "n_splits"),
        ({"split_seed": 2**32}, "split_seed"),
        ({"n_valid": 0}, "n_valid"),
        ({"valid_from": "train"}, "valid_from"),
        ({"split_folds": "leave one out"}, "split_folds"),
        ({"datasets": [None]}, "a name or an ildl.data.Dataset"),
        ({"datasets": DS}, "lists"),
        ({"datasets": [replace(DS, name="../evil")]}, "cannot name a folder"),
        ({"methods": [("RDA", None)]}, "a name or a pair"),
        ({"methods": [None]}, "a name or a pair"),
        ({"methods": METHODS["RDA"]}, "lists"),
        ({"backend": "dask", "scheduler": "garbage"}, "No Dask scheduler answers"),
        ({"device": "meta"}, "Unknown device"),
        ({"seeds": [-1]}, "a seed"),
        ({"n_jobs": 0}, "n_jobs"),
        ({"backend": "ray"}, "backend"),
        ({"scheduler": "tcp://127.0.0.1:1"}, "backend='dask'"),
        ({"device": "tpu9"}, "device"),
        ({"n_valid": 1000}, "n_valid"),
    ],
)
def test_bad_requests_are_errors_for_people(tmp_path, arguments, message):
    asked = {"datasets": [DS], "methods": ["Uniform"], "results_dir": tmp_path, "n_jobs": 1, "progress": False}
    with pytest.raises((InputError, CellsFailed), match=message):
        run(**asked | arguments)


def test_labels_alone_cannot_be_trained_on(tmp_path):
    labels_only = Dataset(**vars(DS) | {"features": None, "feature_set": "labels only"})
    with pytest.raises(InputError, match="labels only"):
        run([labels_only], ["Uniform"], results_dir=tmp_path, progress=False)


def test_an_unwritable_results_folder_is_an_error_before_any_training(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match="Results cannot be written"):
        run([DS], ["Uniform"], results_dir=Path(tmp_path / "file" / "results"), progress=False)


def test_artificial_is_never_called_real():
    assert load_dataset("Artificial").feature_set == "artificial"
