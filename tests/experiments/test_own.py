"""Own methods and own splits in the runner: they reach the workers, have their own cells, and can be verified."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import RandomForestRegressor
from sklearn.linear_model import Lasso, Ridge
from sklearn.model_selection import KFold, ShuffleSplit
from sklearn.neighbors import KNeighborsRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, MinMaxScaler

from ildl.checks import InputError
from ildl.compare.corrected import test_shares as shares_of
from ildl.data import Sampling, make_artificial
from ildl.experiments import CellsFailed, Protocol, Store, run, sweep, verify
from ildl.experiments.digest import method_digest
from ildl.experiments.own import resolve
from ildl.experiments.plan import parameters, plan_cells
from ildl.experiments.protocols import protocols_of
from ildl.experiments.runner import identify
from ildl.methods import METHODS, Regressor, make_method
from ildl.metrics import evaluate
from ildl.protocol import make_splits, own_splits, scale_features, splits_hash

DS = replace(make_artificial(n=150, q=6, c=4, seed=3), name="mine", feature_set="own")
SAMPLED = replace(DS, sampling=Sampling(4, 0.5, int(DS.labels.sum(0).argmax()), int(DS.labels.sum(0).argmin())))
GROUPS = np.arange(150) % 3
ONE = {"n_jobs": 1, "progress": False}


def value(frame, **where):
    chosen = frame[frame["metric"] == "kl_divergence"]
    for name, wanted in where.items():
        chosen = chosen[chosen[name] == wanted]
    return chosen["value"].to_numpy()


class TestMethods:
    def test_a_class_of_a_file_reaches_the_worker_processes(self, file, tmp_path):
        methods = [f"{file}:Mean", (f"{file}:Mean", {"shift": 1.0}), f"{file}:ridge", "Train-mean", "Uniform"]
        frame = run([DS], methods, n_splits=3, results_dir=tmp_path / "r", n_jobs=2, progress=False)
        assert set(frame["method"]) == {"Mean", "ridge", "Train-mean", "Uniform"}
        assert set(frame.loc[frame["method"] == "Mean", "params"]) == {"{}", '{"shift":1.0}'}
        np.testing.assert_allclose(value(frame, method="Mean", params="{}"), value(frame, method="Train-mean"))

    def test_every_way_to_name_a_regressor_gives_what_it_gives_alone(self, tmp_path):
        ways = ["sklearn.linear_model:Ridge", Ridge, Ridge(), (Ridge, {"alpha": 1.0}), Regressor(regressor=Ridge())]
        names = [(f"way {k}", way) for k, way in enumerate(ways)]
        frame = run([DS], names, n_splits=3, folds=[1], results_dir=tmp_path, **ONE)
        split, X = make_splits(DS, 3)[1], scale_features(DS.features)
        alone = Regressor(regressor=Ridge()).fit(X[split.train], DS.labels[split.train])
        expected = evaluate(DS.labels[split.test], alone.predict(X[split.test]))["kl_divergence"]
        for k in range(len(ways)):
            assert value(frame, method=f"way {k}") == pytest.approx(expected, abs=0)

    def test_a_forest_has_the_seed_of_its_cell(self, tmp_path):
        forest = make_pipeline(MinMaxScaler(), RandomForestRegressor(3, random_state=77))
        frame = run([DS], [forest], n_splits=3, seeds=(0, 1), results_dir=tmp_path, **ONE)
        split, X = make_splits(DS, 3)[2], scale_features(DS.features)
        alone = Regressor(regressor=make_pipeline(MinMaxScaler(), RandomForestRegressor(3, random_state=1 * 3 + 2)))
        alone.fit(X[split.train], DS.labels[split.train])
        expected = evaluate(DS.labels[split.test], alone.predict(X[split.test]))["kl_divergence"]
        assert value(frame, fold=2, seed=1) == pytest.approx(expected, abs=0)
        assert len(set(value(frame))) == 6

    def test_an_instance_of_the_package_is_the_method_with_its_parameters(self, tmp_path):
        given = make_method("DILDL", epochs=2, hidden=4, random_state=5)
        frame = run([DS], [given], n_splits=2, results_dir=tmp_path, **ONE)
        again = run([DS], [("DILDL", {"epochs": 2, "hidden": 4})], n_splits=2, results_dir=tmp_path, **ONE)
        pd.testing.assert_frame_equal(frame, again)  # read, not trained

    def test_a_change_of_the_file_or_of_what_it_imports_makes_other_cells(self, file):
        before = method_digest(resolve(f"{file}:Mean").prototype)
        assert method_digest(resolve(f"{file}:Mean").prototype) == before
        as_it_was = file.read_text()
        file.write_text(as_it_was + "\n# a comment\n")
        assert method_digest(resolve(f"{file}:Mean").prototype) == before
        (file.parent / "helper.py").write_text("def mean(D):\n    return D.max(axis=0)\n")
        helped = method_digest(resolve(f"{file}:Mean").prototype)
        file.write_text(as_it_was.replace("+ self.shift", "- self.shift"))
        changed = resolve(f"{file}:Mean").prototype
        assert len({before, helped, method_digest(changed)}) == 3
        changed.set_params(shift=-1.0)
        assert changed.fit(DS.features, DS.labels).mean_.min() > 1  # the new code is what runs

    def test_a_moved_file_keeps_its_results(self, file, tmp_path):
        (tmp_path / "elsewhere").mkdir()
        for name in ("theirs.py", "helper.py"):
            (tmp_path / "elsewhere" / name).write_text((tmp_path / name).read_text())
        keys = [
            next(plan_cells(DS, [f"{path}:Mean"], Protocol(3), None, (0,), "cpu")).key
            for path in (file, tmp_path / "elsewhere" / "theirs.py")
        ]
        assert keys[0] == keys[1]

    def test_what_is_nested_is_in_the_digest(self):
        one, other = (
            Regressor(regressor=make_pipeline(FunctionTransformer(step), Ridge())) for step in (first_step, second_step)
        )
        assert parameters(one)[1] != parameters(other)[1]
        (apart,) = (Regressor(regressor=FunctionTransformer(np.log)),)
        assert method_digest(one) != method_digest(apart)
        assert method_digest(Regressor(regressor=Ridge())) != method_digest(Regressor(regressor=Lasso()))
        assert parameters(one)[0] == (
            '{"functiontransformer__func":"first_step","steps":'
            '[["functiontransformer","FunctionTransformer"],["ridge","Ridge"]]}'
        )

    def test_sweep_takes_them(self, file, tmp_path):
        options = {"n_splits": 2, "results_dir": tmp_path / "r"} | ONE
        frame = sweep(DS, KNeighborsRegressor, {"n_neighbors": [1, 5]}, **options)
        assert set(frame["n_neighbors"]) == {1, 5}
        assert set(frame["params"]) == {"{}", '{"n_neighbors":1}'}
        assert set(sweep(DS, f"{file}:Mean", {"shift": [0.0, 2.0]}, **options)["shift"]) == {0.0, 2.0}

    @pytest.mark.parametrize(
        ("spec", "message"),
        [
            (("RDA", Ridge()), "RDA is the name of another method"),
            (("RDA", "DILDL"), "RDA is the name of another method"),
            (type("DILDL", (Ridge,), {}), "DILDL is the name of another method"),
            (("../up", Ridge()), "cannot name a folder"),
            ((Ridge, {"alfa": 1}), "parameter of Ridge 'alfa'. Did you mean 'alpha'"),
            ((RandomForestRegressor, {"random_state": 1}), "seeds="),
            (("DILDL", {"device": "cpu"}), "device="),
            ("nothing.py:Here", "no file nothing.py"),
            ("theirs.py", "theirs.py:Class"),
            ("no_such_module:Here", "No module named"),
            ("sklearn.linear_model:", "path/to/file.py:Class"),
            (object(), "object has no fit"),
            ((Ridge, {"alpha": 1}, 3), "a name or a pair"),
        ],
    )
    def test_what_cannot_be_meant(self, spec, message):
        with pytest.raises(InputError, match=message):
            resolve(spec)

    def test_two_methods_of_one_name_are_refused(self, tmp_path):
        with pytest.raises(InputError, match="Two methods are called mine"):
            run([DS], [("mine", Ridge()), ("mine", Lasso())], results_dir=tmp_path, **ONE)
        with pytest.raises(InputError, match="lists"):
            run([DS], Ridge(), results_dir=tmp_path, **ONE)

    def test_a_file_that_cannot_be_run_is_told_with_its_line(self, file):
        with pytest.raises(InputError, match=r"theirs.py 'Maen'. Did you mean 'Mean'\? Known: 'Mean'"):
            resolve(f"{file}:Maen")
        file.write_text("import json\n\nx = json.loads('{')\n")
        with pytest.raises(InputError, match=r"theirs.py cannot be run: JSONDecodeError.*, line 3"):
            resolve(f"{file}:Mean")
        file.write_text("def f(:\n")
        with pytest.raises(InputError, match="cannot be run: SyntaxError"):
            resolve(f"{file}:Mean")


def first_step(X):
    return X


def second_step(X):
    return X + 1


class TestSplits:
    def test_what_is_given_is_trained_and_tested_on(self, tmp_path):
        pairs = list(KFold(3).split(DS.labels))
        frame = run([SAMPLED], [("DILDL", {"epochs": 2, "hidden": 4})], splits=pairs, n_valid=5,
                    results_dir=tmp_path, **ONE)  # fmt: skip
        made = own_splits(SAMPLED, pairs, n_valid=5)
        X, D, split = scale_features(DS.features), DS.labels, made[2]
        alone = make_method("DILDL", epochs=2, hidden=4, random_state=2, device="cpu")
        alone.fit(X[split.train], D[split.train], X[split.valid], D[split.valid])
        expected = evaluate(D[split.test], alone.predict(X[split.test]))["kl_divergence"]
        assert value(frame, fold=2) == pytest.approx(expected, abs=1e-5)
        assert set(frame["splits"]) == {splits_hash(identify(SAMPLED), made)}
        assert set(frame["split_folds"]) == {"own partition"}
        assert set(frame["n_splits"]) == {3}

    def test_the_benchmarks_own_splits_given_give_the_same_numbers_and_the_same_hash(self, tmp_path):
        usual = run([SAMPLED], ["Train-mean"], n_splits=3, n_valid=5, results_dir=tmp_path, **ONE)
        given = run([SAMPLED], ["Train-mean"], splits=make_splits(SAMPLED, 3, 0, 5), results_dir=tmp_path, **ONE)
        np.testing.assert_array_equal(usual["value"], given["value"])
        assert set(usual["splits"]) == set(given["splits"])
        assert not set(usual["key"]) & set(given["key"])
        assert shares_of(usual) == shares_of(given)

    def test_splits_that_do_not_test_each_row_once_have_the_share_of_the_rows_trained_on(self, tmp_path):
        pairs = list(ShuffleSplit(4, test_size=50, random_state=0).split(DS.labels))
        frame = run([DS], ["Train-mean"], splits=pairs, n_valid=20, results_dir=tmp_path, **ONE)
        assert set(frame["split_folds"]) == {"own"}
        assert shares_of(frame) == (pytest.approx(50 / 80), pytest.approx(50 / 80))

    def test_other_splits_are_other_cells_and_the_same_are_read(self, tmp_path):
        one = run([DS], ["Uniform"], splits=GROUPS, results_dir=tmp_path, **ONE)
        again = run([DS], ["Uniform"], splits=GROUPS.astype(str), results_dir=tmp_path, **ONE)
        pd.testing.assert_frame_equal(one, again)
        other = run([DS], ["Uniform"], splits=(GROUPS + 1) // 2, results_dir=tmp_path, **ONE)
        assert not set(one["key"]) & set(other["key"])

    def test_one_train_test_split_is_one_fold(self, tmp_path):
        frame = run([DS], ["Uniform", "Train-mean"], splits=np.arange(150) < 120, results_dir=tmp_path, **ONE)
        assert set(frame["fold"]) == {0}
        assert set(frame["n_test"]) == {30}
        assert set(frame["split_folds"]) == {"own"}

    def test_splits_of_several_data_sets_are_by_name_and_reach_the_workers(self, tmp_path):
        other = replace(make_artificial(n=60, q=4, c=3, seed=1), name="other")
        frame = run([DS, other], ["Train-mean"], splits={"mine": GROUPS}, n_splits=4, results_dir=tmp_path,
                    n_jobs=2, progress=False)  # fmt: skip
        assert frame.groupby("dataset")["fold"].nunique().to_dict() == {"mine": 3, "other": 4}

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ({"splits": {"mime": GROUPS}}, "Did you mean 'mine'"),
            ({"splits": GROUPS, "datasets": [DS, DS]}, "splits are of one data set, here are 2"),
            ({"splits": GROUPS, "valid_from": "unsampled"}, "valid_from is of the benchmark's folds"),
            ({"splits": GROUPS, "split_folds": "random"}, "split_folds is of the benchmark's folds"),
            ({"splits": GROUPS, "folds": [3]}, "a fold"),
            ({"splits": GROUPS[:9]}, "splits has 9 values"),
        ],
    )
    def test_what_does_not_fit_is_told(self, options, message, tmp_path):
        asked = {"datasets": [DS], "methods": ["Uniform"], "results_dir": tmp_path} | ONE | options
        with pytest.raises(InputError, match=message):
            run(**asked)

    def test_records_hold_no_row_numbers(self, tmp_path):
        run([DS], [Ridge()], splits=GROUPS, results_dir=tmp_path, **ONE)
        record = next(Store(tmp_path).records())
        wanted = protocols_of([identify(DS)], GROUPS, Protocol())["mine"]
        assert record["cell"]["protocol"] == wanted.record()
        assert record["splits"] == wanted.own
        assert "prototype" not in record["cell"]


class TestVerify:
    @pytest.fixture
    def store(self, file, tmp_path):
        methods = [f"{file}:Mean", (f"{file}:Mean", {"shift": 0.5}), ("near", KNeighborsRegressor(3)), "Uniform"]
        run([DS], methods, splits=GROUPS, results_dir=tmp_path / "r", **ONE)
        return tmp_path / "r"

    def test_own_data_methods_and_splits_passed_again_give_what_is_stored(self, store, file):
        methods = [f"{file}:Mean", ("near", KNeighborsRegressor)]
        frame = verify(store, sample=100, datasets=[DS], methods=methods, splits=GROUPS)
        assert frame["equal"].all()
        assert frame["stored"].equals(frame["again"])
        assert len(frame.drop_duplicates(["method", "params", "fold"])) == 12

    @pytest.mark.parametrize(
        ("given", "message"),
        [
            ({}, r"3 of mine .*pass them again \(-d, -m and --splits"),
            ({"datasets": [DS]}, r"own splits"),
            ({"datasets": [DS], "splits": (GROUPS + np.arange(150) // 75) % 3, "methods": []}, r"other splits"),
            ({"datasets": [replace(DS, labels=DS.labels[::-1].copy())], "splits": GROUPS}, "other values"),
        ],
        ids=["nothing", "no splits", "other splits", "other data"],
    )
    def test_what_is_lacking_or_another_is_told(self, store, given, message):
        with pytest.raises(InputError, match=message):
            verify(store, **given)

    def test_other_parameters_are_told(self, store):
        with pytest.warns(UserWarning, match=r"6 of 12 cells .* 6 of Mean \(no such method here\)"):
            frame = verify(store, datasets=[DS], methods=[("near", KNeighborsRegressor(9))], splits=GROUPS, sample=99)
        assert set(frame["method"]) == {"near", "Uniform"}
        with pytest.warns(UserWarning, match=r"3 of near \(its parameters were"):
            verify(store, datasets=[DS], methods=[("near", Ridge())], splits=GROUPS)

    def test_a_forged_number_is_found(self, store):
        path = next(path for path in store.rglob("*.json") if "Uniform" in str(path))
        record = next(record for record in Store(store).records() if record["key"] == path.stem)
        record.pop("checksum")
        record["metrics"]["clark"] += 0.1

        class Slot:
            key, dataset, method = path.stem, "mine", "Uniform"

        Store(store).write(Slot(), record)
        with pytest.warns(UserWarning, match="left out"):
            frame = verify(store, sample=99, datasets=[DS], splits=GROUPS)
        assert set(frame.loc[~frame["equal"], "metric"]) == {"clark"}


def test_the_registry_is_untouched(file, tmp_path):
    before = dict(METHODS)
    run([DS], [f"{file}:Mean", Ridge()], n_splits=2, results_dir=tmp_path / "r", **ONE)
    assert before == METHODS


def test_a_regressor_that_fails_is_named_and_the_others_are_stored(tmp_path):
    with pytest.raises(CellsFailed, match=r"Ridge .*alpha"):
        run([DS], [Ridge(alpha=-1), "Uniform"], n_splits=2, results_dir=tmp_path, **ONE)
    assert len(list(Store(tmp_path).records())) == 2


def test_a_misspelt_class_of_a_package_is_guessed():
    with pytest.raises(InputError, match="Did you mean 'Ridge'"):
        resolve("sklearn.linear_model:Rigde")
