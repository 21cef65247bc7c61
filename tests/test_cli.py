"""The command line: what it prints, what it exits with, and that mistakes are told without a traceback."""

import io
import re
import socket
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner

from companion.cli import main as companion
from ildl.cli import main
from ildl.cli_options import parse_value, with_references
from ildl.data import EXTRA_RECORDS, RECORDS, make_artificial
from ildl.data.integrity import git_blob_id, write

ROOT = Path(__file__).parents[1]
QUICK = ["--n-splits", "2", "--jobs", "1", "-d", "Artificial"]


@pytest.fixture
def ildl(tmp_path, monkeypatch):
    """Run the command in an empty folder without any data."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ILDL_DATA_HOME", str(tmp_path / "data"))
    module = sys.modules["ildl.data.fetch"]  # the package has a function of this name
    monkeypatch.setattr(module, "_cache_folder", lambda: tmp_path / "cache")
    monkeypatch.setattr(module, "WAITS", (0.0,))

    def no_network(url, label):
        raise OSError("no network in tests")

    monkeypatch.setattr(module, "_get", no_network)
    return lambda *arguments: CliRunner().invoke(main, [str(argument) for argument in arguments])


def test_help_is_quick_for_it_imports_nothing_heavy():
    code = "import sys, ildl.cli; print([m for m in ('torch', 'pandas', 'sklearn', 'papermill') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_help_names_every_command(ildl):
    result = ildl("--help")
    assert result.exit_code == 0
    for command in ("datasets", "fetch", "run", "sweep", "compare", "splits", "bench", "verify"):
        assert command in result.output
        assert ildl(command, "--help").exit_code == 0


class TestData:
    def test_datasets_lists_the_catalogue(self, ildl):
        lines = ildl("datasets").output.splitlines()
        for name, record in RECORDS.items():
            (line,) = [line for line in lines if line.split()[0] == name]
            assert str(record.n) in line
            assert " no" in line

    def test_what_is_here_is_said_of_further_data_sets_too(self, ildl, tmp_path, monkeypatch):
        record = EXTRA_RECORDS["s-JAFFE"]
        file = replace(record.features, blob=git_blob_id(b"the file"))
        monkeypatch.setitem(EXTRA_RECORDS, "s-JAFFE", replace(record, features=file))
        write(tmp_path / "data" / file.path, b"the file")
        output = ildl("datasets", "--extra").output
        (line,) = [line for line in output.splitlines() if line.split()[0] == "s-JAFFE"]
        assert line.split()[-2:] == ["yes", str(tmp_path / "data" / file.path)]
        for every in (*RECORDS.values(), *EXTRA_RECORDS.values()):
            assert every.name in output
            assert f": {every.feature_note}." in output

    def test_a_damaged_file_is_called_so(self, ildl, tmp_path):
        (tmp_path / "data").mkdir()
        (tmp_path / "data" / RECORDS["Movie"].features.path).write_bytes(b"not it")
        assert "damaged" in ildl("datasets").output

    def test_fetch_goes_on_after_a_failure_and_says_so(self, ildl):
        result = ildl("fetch", "Movie", "Emotion6")
        assert result.exit_code == 1
        assert "Movie: " in result.output
        assert "Emotion6: " in result.output
        assert "Traceback" not in result.output

    def test_without_a_network_it_is_said_once_and_the_files_that_are_here_are_found(self, ildl, tmp_path, monkeypatch):
        asked = []

        def offline(*arguments, **_):
            asked.append(arguments)
            raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

        monkeypatch.undo()
        monkeypatch.setenv("ILDL_DATA_HOME", str(tmp_path))
        monkeypatch.setattr(sys.modules["ildl.data.fetch"], "_cache_folder", lambda: tmp_path / "cache")
        monkeypatch.setattr(socket, "getaddrinfo", offline)
        for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.delenv(name, raising=False)
        file = replace(RECORDS["Emotion6"].features, blob=git_blob_id(b"the file"))
        monkeypatch.setitem(RECORDS, "Emotion6", replace(RECORDS["Emotion6"], features=file))
        write(tmp_path / file.path, b"the file")
        result = ildl("fetch")
        assert result.exit_code == 1
        assert result.output.count("offline") == 1
        assert len(asked) == 1
        assert f"Emotion6: {tmp_path / file.path}" in result.stdout
        assert "not tried: SCUT-FBP, Flickr_LDL, RAF-ML, Natural_Scene." in result.stderr

    def test_fetch_of_an_unknown_name(self, ildl):
        result = ildl("fetch", "Moovie")
        assert result.exit_code == 2
        assert "Did you mean 'Movie'?" in result.output


class TestRun:
    def test_table_store_and_csv_agree(self, ildl, tmp_path):
        result = ildl("run", *QUICK, "-m", "Uniform", "-m", "Train-mean", "--csv", "tidy.csv")
        assert result.exit_code == 0, result.output
        frame = pd.read_csv(tmp_path / "tidy.csv")
        assert set(frame["method"]) == {"Uniform", "Train-mean"}
        values = frame.query("method == 'Uniform' and metric == 'kl_divergence'")["value"].to_numpy()
        assert f"{values.mean():.4f}±{values.std(ddof=0):.4f}" in result.output
        assert sorted(path.name for path in tmp_path.iterdir()) == ["results", "tidy.csv"]

    def test_parameters_reach_the_method(self, ildl, tmp_path):
        result = ildl("run", *QUICK, "-m", "DILDL", "--param", "DILDL.epochs=1", "--param", "DILDL.criterion=added",
                      "--csv", "tidy.csv")  # fmt: skip
        assert result.exit_code == 0, result.output
        assert set(pd.read_csv(tmp_path / "tidy.csv")["params"]) == {'{"criterion":"added","epochs":1}'}

    def test_sweep_spans_the_grid(self, ildl, tmp_path):
        result = ildl("sweep", *QUICK, "-m", "DILDL", "--over", "alpha=0.1,0.2", "--over", "epochs=1,2",
                      "--csv", "tidy.csv")  # fmt: skip
        assert result.exit_code == 0, result.output
        assert len(set(pd.read_csv(tmp_path / "tidy.csv")["params"])) == 4

    def test_what_is_printed_is_whole_and_has_the_papers_metrics_first(self, ildl):
        methods = [word for name in ("Uniform", "Train-mean", "SA-BFGS") for word in ("-m", name)]
        limit = ["--param", "SA-BFGS.max_iter=2"]
        result = ildl("run", *QUICK, *methods, *limit)
        assert "entropy" not in result.stdout
        assert "Warning: Fits that ended at their limit of iterations: SA-BFGS 2 of 2" in result.stderr
        assert not re.search(r"\.py|Warning: .*Warning|warn\(", result.stderr)
        assert "entropy" in ildl("run", *QUICK, *methods, *limit, "--all-metrics").stdout
        table = ildl("run", *QUICK, *methods, *limit, "--format", "csv").stdout
        assert set(pd.read_csv(io.StringIO(table))["label"]) == {"Uniform", "Train-mean", "SA-BFGS (max_iter=2)"}

    def test_a_sweep_has_a_column_a_setting(self, ildl):
        result = ildl("sweep", *QUICK, "-m", "SA-BFGS", "--over", "max_iter=1,2", "--format", "markdown")
        assert r"| max\_iter=1 | max\_iter=2 |" in result.stdout

    def test_own_data_bring_the_guesses_along(self, capsys):
        own = replace(make_artificial(20), feature_set="own")
        assert with_references(["RDA"], ["Movie", make_artificial(20)]) == ["RDA"]
        assert with_references(["RDA"], ["Movie", own]) == ["RDA", "Uniform", "Train-mean"]
        assert with_references([("Uniform", {}), "RDA"], [own]) == [("Uniform", {}), "RDA", "Train-mean"]
        assert "Train-mean run" in capsys.readouterr().err

    def test_verify_trains_again(self, ildl, tmp_path):
        assert ildl("run", *QUICK, "-m", "Train-mean").exit_code == 0
        result = ildl("verify", "results", "--sample", "1")
        assert result.exit_code == 0, result.output
        assert "Train-mean" in result.output
        assert "True" in result.output

    @pytest.mark.parametrize(
        ("arguments", "code", "words"),
        [
            (["run", *QUICK, "-m", "DILD"], 2, "Did you mean 'DILDL'?"),
            (["run", *QUICK, "-m", "DILDL", "--param", "DILDL.alpha=2"], 2, "alpha"),
            (["run", *QUICK, "-m", "DILDL", "--param", "DILDL.alhpa=0.2"], 2, "'alpha'"),
            (["run", *QUICK, "-m", "DILDL", "--param", "RDA.alpha=2"], 2, "RDA.alpha"),
            (["run", *QUICK, "-m", "DILDL", "--param", "alpha"], 2, "NAME=VALUE"),
            (["run", *QUICK, "-m", "Uniform", "--csv", "nowhere/tidy.csv"], 2, "nowhere"),
            (["run", *QUICK, "-m", "Uniform", "--backend", "slurm"], 2, "slurm"),
            (["run", "-d", "Movie", "-m", "Uniform"], 1, "By hand"),
            (["sweep", *QUICK, "-m", "DILDL", "--over", "alhpa=1"], 2, "'alpha'"),
            (["verify", "nothing-here"], 2, "nothing-here"),
        ],
    )
    def test_mistakes_are_told_in_plain_words(self, ildl, arguments, code, words):
        result = ildl(*arguments)
        assert result.exit_code == code, result.output
        assert words in result.output
        assert sum(line.startswith("Error: ") for line in result.output.splitlines()) == 1
        assert "Traceback" not in result.output

    @pytest.mark.parametrize("command", ["run", "sweep", "compare", "splits"])
    @pytest.mark.parametrize(
        ("output", "words"),
        [
            ("", "it is empty"),
            ("folder.npz", "is a directory"),
            ("nowhere/x.npz", "there is no folder 'nowhere'"),
            ("x" * 300, "cannot be written (File name too long)"),
        ],
    )
    def test_what_cannot_be_written_is_told_before_anything_is_trained(self, ildl, tmp_path, command, output, words):
        (tmp_path / "folder.npz").mkdir()
        (tmp_path / "old").mkdir()
        arguments = {
            "run": [*QUICK, "-m", "Uniform", "--csv", output],
            "sweep": [*QUICK, "-m", "DILDL", "--over", "alpha=0.1", "--csv", output],
            "compare": ["old", "-o", output],
            "splits": ["-d", "Artificial", "-o", output],
        }
        result = ildl(command, *arguments[command])
        assert result.exit_code == 2
        assert words in result.output
        assert "Traceback" not in result.output
        assert sorted(path.name for path in tmp_path.iterdir()) == ["folder.npz", "old"]

    def test_what_is_asked_of_a_file_leaves_it_as_it_is(self, ildl, tmp_path):
        (tmp_path / "old.csv").write_text("old")
        (tmp_path / "link.csv").symlink_to("new.csv")
        for name in ("old.csv", "link.csv", "other.csv"):
            assert ildl("run", *QUICK, "-m", "Nonsense", "--csv", name).exit_code == 2
        assert (tmp_path / "old.csv").read_text() == "old"
        assert sorted(path.name for path in tmp_path.glob("*.csv")) == ["link.csv", "old.csv"]

    @pytest.mark.parametrize("command", ["verify", "compare"])
    def test_a_folder_of_other_files_is_no_folder_of_results(self, ildl, tmp_path, command):
        write(tmp_path / "other" / "a" / "b" / "c.json", b"{}")
        result = ildl(command, "other")
        assert result.exit_code == 2
        assert "other is no folder of results" in result.output
        assert "damaged" not in result.output

    def test_a_results_folder_that_cannot_be_written(self, ildl, tmp_path):
        (tmp_path / "results").write_text("a file, not a folder")
        result = ildl("run", *QUICK, "-m", "Uniform")
        assert result.exit_code == 1
        assert "results" in result.output
        assert "Traceback" not in result.output


class TestCompare:
    @pytest.fixture
    def results(self, ildl):
        assert ildl("run", *QUICK, "-m", "Uniform", "-m", "Train-mean", "--csv", "tidy.csv").exit_code == 0

    def test_a_store_and_its_csv_give_one_page(self, ildl, results, tmp_path):
        for source in ("results", "tidy.csv"):
            result = ildl("compare", source, "-o", f"{source}.html", "--reference", "Uniform")
            assert result.exit_code == 0, result.output
            assert "Artificial: Train-mean is best by all six metrics" in result.output
        pages = [(tmp_path / f"{source}.html").read_text(encoding="utf-8") for source in ("results", "tidy.csv")]
        first, second = (sorted(page.partition("<h2>Data and provenance")[0].splitlines()) for page in pages)
        assert first == second  # a store has its own order of methods

    @pytest.mark.parametrize(
        ("arguments", "words"),
        [
            (["nothing"], "nothing"),
            (["empty"], "holds no results"),
            (["data.npz"], "--splits"),
            (["text.csv"], "lacks the column(s) dataset"),
            (["results", "--only", "fold=9"], "there are: 0, 1"),
            (["results", "--reference", "RDA"], "Known: 'Train-mean', 'Uniform'"),
            (["results", "-o", "nowhere/page.html"], "nowhere"),
            (["results", "--published", "text.csv"], "lack dataset"),
        ],
    )
    def test_mistakes_are_told_in_plain_words(self, ildl, results, tmp_path, arguments, words):
        (tmp_path / "empty").mkdir()
        (tmp_path / "data.npz").write_bytes(b"")
        (tmp_path / "text.csv").write_text("a,b\n1,2\n")
        result = ildl("compare", *arguments)
        assert result.exit_code == 2
        assert words in result.output
        assert "Traceback" not in result.output

    @pytest.mark.parametrize("value", ["", "NA", "?", "n/a"])
    def test_what_a_csv_lacks_is_named_by_line_and_column(self, ildl, results, tmp_path, value):
        frame = pd.read_csv(tmp_path / "tidy.csv", dtype=str)
        frame.loc[3, "value"] = value
        frame.to_csv(tmp_path / "gap.csv", index=False)
        (tmp_path / "printed.csv").write_text(
            f"dataset,method,metric,mean,std\nMovie,RDA,clark,1,0\nMovie,RDA,kl,{value},x\n"
        )
        result = ildl("compare", "gap.csv")
        assert result.exit_code == 2
        assert "gap.csv: " in result.output
        assert "'value' in line 5." in result.output
        result = ildl("compare", "results", "--published", "printed.csv")
        assert result.exit_code == 2
        assert "'std' in line 3." in result.output

    def test_other_folds_are_refused_and_can_be_chosen(self, ildl, results):
        assert ildl("run", "--n-splits", "3", "--jobs", "1", "-d", "Artificial", "-m", "Uniform").exit_code == 0
        result = ildl("compare", "results")
        assert result.exit_code == 2
        assert "--only n_splits=" in result.output
        assert ildl("compare", "results", "--only", "n_splits=2").exit_code == 0


@pytest.mark.parametrize(
    ("text", "value"),
    [(".5", 0.5), ("0.5", 0.5), ("1.", 1.0), ("true", True), ("True", True), ("None", None), ("added", "added")],
)
def test_values_are_read_as_people_write_them(text, value):
    assert parse_value(text) == value
    assert type(parse_value(text)) is type(value)


class TestCheckout:
    def test_outside_a_checkout(self, ildl):
        for result in (ildl("bench"), CliRunner().invoke(companion, ["notebooks"])):
            assert result.exit_code == 2
            assert "checkout" in result.output

    def test_an_unknown_profile_names_the_known(self, monkeypatch):
        monkeypatch.chdir(ROOT)
        result = CliRunner().invoke(companion, ["notebooks", "--profile", "papr"])
        assert result.exit_code == 2
        assert "'paper'" in result.output
