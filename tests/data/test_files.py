"""Own files as people have them: each is read as the same data set, or refused with what mends it."""

import importlib
import json

import h5py
import numpy as np
import pandas as pd
import pytest
import scipy.io
import scipy.sparse
from click.testing import CliRunner

from ildl.checks import InputError
from ildl.cli import main
from ildl.data import RECORDS, DamagedFile, Dataset, DataWarning, load_dataset, open_dataset
from ildl.experiments import run

RNG = np.random.default_rng(0)
X = RNG.normal(size=(60, 3)).round(3)
VOTES = RNG.multinomial(10, [0.5, 0.3, 0.2], 60)
D = VOTES / 10
NAMES = ["happy", "sad", "calm"]
FEATURES = pd.DataFrame(X, columns=["x1", "x2", "x3"])
PLAIN = pd.concat([FEATURES, pd.DataFrame(VOTES, columns=[f"vote_{name}" for name in NAMES])], axis=1)
CELLS = np.array([NAMES], dtype=object)
GAP = np.where(np.arange(180).reshape(60, 3) == 7, np.nan, X)
TEXT = PLAIN.to_csv(index=False)


def as_matlab_73(path, **matrices):
    """As MATLAB writes it: matrices transposed, names as references to characters."""
    with h5py.File(path, "w", userblock_size=512) as file:
        for key, matrix in matrices.items():
            file.create_dataset(key, data=np.asarray(matrix).T).attrs["MATLAB_class"] = np.bytes_("double")
        sparse = file.create_group("unused")
        sparse.attrs["MATLAB_sparse"] = 4
        for key, values in {"data": [1.0], "ir": [2], "jc": [0, 1, 1]}.items():
            sparse.create_dataset(key, data=values)
        references = []
        for k, name in enumerate(NAMES):
            text = file.create_dataset(f"#refs#/{k}", data=np.array([[ord(c)] for c in name], dtype=np.uint16))
            text.attrs["MATLAB_class"] = np.bytes_("char")
            references.append([text.ref])
        cell = file.create_dataset("emotions", data=np.array(references, dtype=h5py.ref_dtype))
        cell.attrs["MATLAB_class"] = np.bytes_("cell")


def written(change):
    return lambda path: path.write_bytes(change if isinstance(change, bytes) else change.encode())


def frame(table, **how):
    return lambda path: table.to_csv(path, **{"index": False, **how})


LONG = PLAIN.melt(["x1", "x2", "x3"], ignore_index=False).rename_axis("image").reset_index()
LONG = LONG.loc[LONG.index.repeat(LONG.pop("value"))].sort_values("image", kind="stable").assign(rater=range(600))
PERCENT = pd.concat([FEATURES, pd.DataFrame(100 * D, columns=NAMES).map("{:.1f}".format)], axis=1)
READ = {
    "votes with an id": ("a.csv", frame(PLAIN.assign(id=range(60))), "labels=vote_,drop=id"),
    "percentages with decimal comma and semicolons": (
        "a.csv", frame(PERCENT.astype(float), sep=";", decimal=","), "labels=happy:calm"),
    "decimal commas in quotation marks": (
        "a.csv", written(FEATURES.assign(**dict(zip(NAMES, D.T, strict=True))).astype(str).map(
            lambda cell: cell.replace(".", ",")).to_csv(index=False, quoting=1)), "labels=4:6"),
    "commas in some columns": ("a.csv", frame(PLAIN.astype({"x2": str}), sep=";", decimal=","), "labels=vote_"),
    "percent signs": ("a.csv", frame(PERCENT.assign(**{n: PERCENT[n] + " %" for n in NAMES})), "labels=happy+sad+calm"),
    "long votes": ("a.csv", frame(LONG), "labels=variable,item=image,drop=rater"),
    "a byte order mark": ("a.csv", written(b"\xef\xbb\xbf" + PLAIN[[*PLAIN][::-1]].to_csv(index=False).encode()),
                          "labels=vote_happy+vote_sad+vote_calm,features=x1+x2+x3"),
    "UTF-16 with tabs": ("a.txt", frame(PLAIN, sep="\t", encoding="utf-16"), "labels=vote_"),
    "an empty last column and empty lines": (
        "a.csv", written("".join(f"{line},\r\n" for line in [*TEXT.splitlines(), ",,,,,", "", ",,,,,"])), "labels=-3:"),
    "an index": ("a.csv", frame(PLAIN, index=True), "labels=vote_"),
    "a hint for Excel": ("a.csv", written("sep=|\n" + PLAIN.to_csv(index=False, sep="|")), "labels=vote_"),
    "no names": ("a.csv", frame(PLAIN, header=False), "labels=4:6"),
    "spaces": ("a.txt", lambda path: np.savetxt(path, np.hstack([X, D]), fmt="%7.3f"), "labels=4:6"),
    "degrees off by 0.001": (
        "a.tsv", frame(FEATURES.join(pd.DataFrame(D * 1.001, columns=NAMES)), sep="\t"), "labels=4:6"),
    "parquet": ("a.parquet", PLAIN.astype({"vote_sad": "Int64"}).to_parquet, "labels=vote_"),
    "cell arrays": ("a.mat", lambda path: scipy.io.savemat(path, {"fea": X, "gnd": D, "emotions": CELLS}), ""),
    "a structure, sparse": ("a.mat", lambda path: scipy.io.savemat(
        path, {"set": {"X": scipy.sparse.csc_matrix(X), "Y": VOTES, "names": CELLS}}), ""),
    "one matrix": ("a.mat", lambda path: scipy.io.savemat(path, {"all": np.hstack([X, D])}), "labels=4:6"),
    "MATLAB 7.3": ("a.mat", lambda path: as_matlab_73(path, features=X, labels=D), "features=features,labels=labels"),
    "MATLAB 7.3, instances in columns": (
        "a.mat", lambda path: as_matlab_73(path, features=X.T, labels=D.T), "features=features,labels=labels"),
    "odd keys, a pickle": ("a.npz", lambda path: np.savez(
        path, arr_0=X, train=D, meta=np.array([{}], dtype=object)), "features=arr_0,labels=train"),
    "a pair": ("a.npy", lambda path: (np.save(path, X), np.save(path.with_name("d.npy"), VOTES)), "labels=d.npy"),
    "a pair of tables": ("a.csv", lambda path: (
        FEATURES.assign(id=range(60)).to_csv(path, index=False),
        pd.DataFrame(D, columns=NAMES).assign(id=range(60)).to_csv(path.with_name("d.csv"), index=False)),
        "labels=d.csv,drop=id"),
}  # fmt: skip


@pytest.mark.parametrize("case", READ)
def test_it_is_the_same_data_set(case, tmp_path):
    file, write, options = READ[case]
    write(tmp_path / file)
    ds = open_dataset(f"{tmp_path / file},sampling=none,{options}")
    order = [sorted(range(3), key=lambda k: f"vote_{NAMES[k]}"), range(3)][case != "long votes"]
    np.testing.assert_array_equal(ds.features, X)
    np.testing.assert_allclose(ds.labels, D[:, order], atol=1e-12)
    assert (ds.name, ds.feature_set) == ("a", "own")
    if case not in ("no names", "spaces", "one matrix", "odd keys, a pickle", "a pair"):
        assert [name.removeprefix("vote_") for name in ds.label_names] == [NAMES[k] for k in order]


REFUSED = {
    "nothing said": ("a.csv", frame(PLAIN), "", r"labels=NAME\+NAME.*4 'vote_happy'"),
    "sampling not said": ("a.csv", frame(PLAIN), "labels=vote_", "sampling=none trains on all rows"),
    "rows of zeros": ("a.csv", frame(PLAIN.assign(vote_happy=0, vote_sad=0, vote_calm=[0] * 3 + [1] * 57)),
                      "labels=vote_,sampling=none", "lines 2 to 4. empty=drop"),
    "gaps": ("a.csv", written(TEXT.replace(f"\n{X[2, 0]}", "\nNA", 1)), "labels=vote_,sampling=none",
             "1 value is missing or infinite: 'x1' in line 4. missing=drop"),
    "gaps below a hint at the separator": (
        "a.csv", written("sep=,\n" + TEXT.replace(f"\n{X[2, 0]}", "\nNA", 1)), "labels=vote_,sampling=none",
        "'x1' in line 5"),
    "gaps, counted from 1 as MATLAB does": ("a.mat", lambda path: as_matlab_73(path, x=GAP, d=D), "sampling=none",
                                            "'x2' in row 3"),
    "gaps, counted from 0 as NumPy does": ("a.npz", lambda path: np.savez(path, x=GAP, d=D), "sampling=none",
                                           "'x2' in row 2"),
    "a column of text": ("a.csv", frame(PLAIN.assign(city="Rome")), "labels=vote_,sampling=none",
                         r"'city' holds text, as 'Rome' in line 2; leave it out \(drop=city\)"),
    "names that are there twice": ("a.csv", written(TEXT.replace("x3", "x1", 1)), "labels=vote_,sampling=none",
                                   r"columns 1 and 3 are all called 'x1'.*drop=3"),
    "lines of another length": ("a.csv", written(TEXT.replace(f"\n{X[2, 0]}", f"\n9,{X[2, 0]}", 1)), "labels=vote_",
                                r"6 columns \(separator ','\), but line 4 has 7"),
    "commas as thousands": ("a.csv", frame(FEATURES.assign(p="1,200", a=0.5, b=0.5)), "labels=a+b,sampling=none",
                            "decimal=comma; if it parts thousands"),
    "long votes, not said": ("a.csv", frame(LONG), "labels=variable,sampling=none", "labels=variable,item=COLUMN"),
    "long votes with a rater": ("a.csv", frame(LONG), "labels=variable,item=image,sampling=none", r"drop=rater"),
    "odd keys": ("a.npz", lambda path: np.savez(path, one=X, two=D), "sampling=none", r"It holds: one \(60, 3\); two"),
    "no common side": ("a.npz", lambda path: np.savez(path, x=X, y=D[:50]), "sampling=none", "no side in common"),
    "a pair in two orders": ("a.csv", lambda path: (
        FEATURES.assign(id=range(60)).to_csv(path, index=False),
        pd.DataFrame(D).assign(id=range(59, -1, -1)).to_csv(path.with_name("d.csv"), index=False)),
        "labels=d.csv,drop=id,sampling=none", "'id' differs between the rows of a.csv and d.csv"),
    "no such file": ("b.csv", written(TEXT), "labels=vote_", "There is no file .*a.csv. Did you mean .*b.csv"),
    "a title": ("a.csv", written("My study,,,,,\n" + TEXT), "labels=vote_", "if that is a title, delete"),
    "another case": ("a.csv", written(TEXT.upper()), "labels=vote_", "Did you mean 'VOTE_HAPPY'"),
    "an empty file": ("a.csv", written(""), "labels=vote_", "is empty"),
    "another kind of file": ("a.xlsx", written("PK"), "labels=vote_", "Save a sheet of Excel as CSV"),
    "a broken file": ("a.mat", written("no MATLAB file at all" * 9), "", "cannot be read as .mat"),
    "a comma between columns": ("a.csv", frame(PLAIN), "labels=vote_sad,vote_calm", r"joined by '\+'"),
    "an option twice": ("a.csv", frame(PLAIN), "drop=x1,drop=x2", r"drop=a\+b"),
    "an unknown option": ("a.csv", frame(PLAIN), "lables=vote_", "Did you mean 'labels'"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_the_message_says_what_to_do(case, tmp_path):
    file, write, options, complaint = REFUSED[case]
    write(tmp_path / file)
    asked = tmp_path / (file if file.startswith("a") else "a.csv")
    with pytest.raises(InputError, match=complaint):
        open_dataset(f"{asked},{options}" if options else str(asked))


@pytest.mark.parametrize("suffix", [".parquet", ".mat"])
def test_a_reader_that_is_not_installed_is_named(suffix, tmp_path, monkeypatch):
    path = tmp_path / f"a{suffix}"
    PLAIN.to_parquet(path) if suffix == ".parquet" else as_matlab_73(path, features=X, labels=D)
    real = importlib.import_module

    def missing(name, *rest):
        if name in ("h5py", "pyarrow"):
            raise ImportError(name)
        return real(name, *rest)

    monkeypatch.setattr(importlib, "import_module", missing)
    with pytest.raises(InputError, match=r"(h5py|pyarrow), which is not installed: pip install \1,"):
        Dataset.from_file(path, labels="vote_", sampling="none")


class TestNames:
    def test_a_name_of_the_catalogue_stays_one(self):
        assert open_dataset("Artificial").sha256 == load_dataset("Artificial").sha256
        with pytest.raises(InputError, match="options are for files"):
            open_dataset("Artificial,sampling=none")
        with pytest.raises(InputError, match="Did you mean 'Movie'"):
            open_dataset("Moovie")

    def test_a_file_of_a_published_name_is_own_data(self, tmp_path, monkeypatch):
        file = RECORDS["Movie"].features.path
        scipy.io.savemat(tmp_path / file, {"features": X, "labels": D})
        monkeypatch.chdir(tmp_path)
        with pytest.warns(DataWarning, match="published"):
            ds = open_dataset(f"{file},name=Movie,sampling=none")
        assert (ds.name, ds.feature_set) == ("Movie", "own")
        with pytest.raises(DamagedFile):
            load_dataset("Movie", data_home=tmp_path)

    def test_commas_in_a_path(self, tmp_path):
        PLAIN.to_csv(tmp_path / "a,b,labels=c.csv", index=False)
        ds = open_dataset(f"{tmp_path / 'a,b,labels=c.csv'},labels=vote_,sampling=none")
        assert ds.name == "a_b_labels_c"


class TestCommands:
    def test_run_prints_what_was_done_and_what_is_kept(self, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        PLAIN.assign(id=range(60)).to_csv("a.csv", index=False)
        source = "a.csv,labels=vote_,drop=id,sampling=none"
        options = ["-d", source, "-m", "Uniform", "--n-splits", "3", "--n-valid", "5", "--jobs", "1", "--csv", "t.csv"]
        result = CliRunner().invoke(main, ["run", *options])
        assert result.exit_code == 0, result.output
        for words in ("60 rows, 3 features, 3 labels", "Left out as asked: id.", "Labels are votes"):
            assert words in result.output
        rows = [line.split() for line in result.output.splitlines()]
        assert [row[:5] for row in rows if row[1:5] == ["35", "5", "20", "40"]] == [
            [k, *"35 5 20 40".split()] for k in "012"
        ]
        shown = pd.read_csv("t.csv")
        python = run(
            [source], ["Uniform", "Train-mean"], n_splits=3, n_valid=5, n_jobs=1, results_dir="other", progress=False
        )
        assert set(shown["feature_set"]) == {"own"}
        assert list(shown["key"]) == list(python["key"])
        np.testing.assert_allclose(shown["value"], python["value"], rtol=1e-12)

    def test_sweep(self, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        PLAIN.to_csv("a.csv", index=False)
        options = ["-d", "a.csv,labels=vote_,sampling=none", "-m", "DILDL", "--over", "epochs=0,1"]
        result = CliRunner().invoke(
            main, ["sweep", *options, "--n-splits", "2", "--n-valid", "5", "--jobs", "1", "--csv", "t.csv"]
        )
        assert result.exit_code == 0, result.output
        assert {json.loads(text)["epochs"] for text in pd.read_csv("t.csv")["params"]} == {0, 1}

    def test_a_file_that_cannot_be_used_ends_in_one_message(self, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        PLAIN.assign(city="Rome").to_csv("a.csv", index=False)
        result = CliRunner().invoke(main, ["run", "-d", "a.csv,labels=vote_,sampling=none", "-m", "Uniform"])
        assert result.exit_code == 2
        assert "drop=city" in result.output
        assert "Traceback" not in result.output


def test_a_line_of_numbers_may_be_names(tmp_path):
    path = tmp_path / "numbered.csv"
    path.write_text(PLAIN.set_axis([2001, 2002, 2003, 1, 2, 3], axis=1).to_csv(index=False))
    options = {"labels": "-3:", "sampling": "none"}
    ds = Dataset.from_file(path, **options, header="yes")
    np.testing.assert_array_equal(ds.features, X)
    assert ds.label_names == ("1", "2", "3")
    assert any("header=yes" in note for note in Dataset.from_file(path, **options).notes)
    assert len(Dataset.from_file(path, **options).labels) == 61


def test_a_title_above_the_names_is_recognised(tmp_path):
    path = tmp_path / "titled.csv"
    path.write_text("Ratings of 2025\n" + TEXT)
    with pytest.raises(InputError, match="if that is a title, delete"):
        Dataset.from_file(path, labels="vote_", sampling="none")


@pytest.mark.parametrize("text", ["sheet.xlsx,labels=a", "sheet.csv.gz,labels=a", "unknown,labels=a"])
def test_what_has_options_is_taken_for_a_file(text):
    with pytest.raises(InputError, match="not of a kind that is read"):
        open_dataset(text)


def test_a_name_with_options_is_a_name():
    with pytest.raises(InputError, match="Movie is a name of the catalogue"):
        open_dataset("Movie,labels=a")


def test_objects_in_a_file_of_arrays_are_said_to_be_left_out(tmp_path):
    np.savez(tmp_path / "a.npz", X=X, D=VOTES, names=np.array(NAMES, dtype=object))
    notes = Dataset.from_file(tmp_path / "a.npz", sampling="none").notes
    assert any("names of a.npz holds Python objects" in note for note in notes)
