"""The notebook runner, on toy checkouts."""

import sys
from dataclasses import replace
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from companion.build import execute
from companion.build.sources import Record, declared_parameters, digest, load_profiles, parameters_for, read_notebook
from companion.show.provenance import NOTEBOOK_VARIABLE
from ildl.checkout import find_root
from ildl.checks import InputError
from tests.toy_checkout import copy_of, make_checkout, outputs, pretend_executed, write_notebook


@pytest.fixture
def checkout(tmp_path):
    return make_checkout(tmp_path)


class TestExecute:
    def test_profile_reaches_the_copy_and_the_source_stays(self, checkout):
        source = (checkout / "notebooks/page.ipynb").read_bytes()
        (outcome,) = execute(profile="paper", root=checkout)
        assert (outcome.name, outcome.status) == ("page", "executed"), outcome.message
        assert outputs(copy_of(checkout))[-1]["data"]["text/plain"] == "777"
        assert (checkout / "notebooks/page.ipynb").read_bytes() == source
        assert str(checkout) not in copy_of(checkout).read_text()
        record = Record.read(nbformat.read(copy_of(checkout), 4))
        assert record.profile == "paper"
        assert record.digest == digest(checkout, "page", "paper", {})
        # What is up to date is left alone, another parameter is not, and force is force.
        assert [o.status for o in execute(profile="paper", root=checkout)] == ["fresh"]
        assert [o.status for o in execute(["page.ipynb"], "paper", parameters={"n": 2}, root=checkout)] == ["executed"]
        assert outputs(copy_of(checkout))[-1]["data"]["text/plain"] == "222"

    def test_a_notebook_can_say_its_name(self, checkout):
        assert sys.modules["companion.build.execute"].NOTEBOOK_VARIABLE == NOTEBOOK_VARIABLE
        write_notebook(checkout / "notebooks/page.ipynb", f"import os\nos.environ['{NOTEBOOK_VARIABLE}']")
        (outcome,) = execute(root=checkout)
        assert outcome.status == "executed", outcome.message
        assert outputs(copy_of(checkout))[-1]["data"]["text/plain"] == "'notebooks/page.ipynb'"

    def test_data_that_came_since_makes_a_copy_outdated(self, checkout, monkeypatch):
        module = sys.modules["companion.build.execute"]  # the package has a function of this name
        pretend_executed(checkout)
        monkeypatch.setattr(module, "data_at_hand", dict)
        assert [o.status for o in execute(root=checkout)] == ["fresh"]
        monkeypatch.setattr(module, "data_at_hand", lambda: {"Movie": "Movie.mat"})
        assert [o.status for o in execute(root=checkout)] == ["executed"]

    @pytest.mark.parametrize(("file", "status"), [("labels.mat", "fresh"), ("Movie.mat", "executed")])
    def test_features_that_came_after_the_labels_make_a_copy_outdated(self, checkout, monkeypatch, file, status):
        pretend_executed(checkout)
        copy = read_notebook(copy_of(checkout))
        replace(Record.read(copy), data={"Movie": "labels.mat"}).write(copy)
        nbformat.write(copy, copy_of(checkout))
        monkeypatch.setattr(sys.modules["companion.build.execute"], "data_at_hand", lambda: {"Movie": file})
        assert [o.status for o in execute(root=checkout)] == [status]

    def test_a_copy_of_the_reference_knows_nothing_of_the_data_that_is_here(self, checkout, monkeypatch):
        (checkout / "notebooks/profiles.yml").write_text("reference: {}\n")
        pretend_executed(checkout, profile="reference")
        here = {"Movie": "Movie.mat"}
        monkeypatch.setattr(sys.modules["companion.build.execute"], "data_at_hand", lambda: here)
        assert [o.status for o in execute(profile="reference", root=checkout)] == ["fresh"]

    def test_a_notebook_that_shows_the_store_comes_after_those_that_fill_it(self, checkout):
        # Its name is the first, what it shows is made by the last.
        given = "results_dir = 'results'"
        reads = "from pathlib import Path\nread_stored = Path.exists\nread_stored(Path('..', results_dir))"
        write_notebook(checkout / "notebooks/all.ipynb", reads, parameters=given)
        makes = "from pathlib import Path\nPath('../results/Movie/RDA').mkdir(parents=True)\n"
        makes += "Path('../results/Movie/RDA/key.json').touch()"
        write_notebook(checkout / "notebooks/page.ipynb", makes)
        assert {o.name: o.status for o in execute(root=checkout)} == {"page": "executed", "all": "executed"}
        assert outputs(copy_of(checkout, "all"))[-1]["data"]["text/plain"] == "True"
        assert {o.status for o in execute(root=checkout)} == {"fresh"}
        (checkout / "results/Movie/RDA/other.json").touch()
        assert {o.name: o.status for o in execute(root=checkout)} == {"page": "fresh", "all": "executed"}

    def test_a_failing_notebook_is_named_and_the_others_go_on(self, checkout):
        write_notebook(checkout / "notebooks/bad.ipynb", "first = 1", "wrong = n / 0\nafter = 2")
        copy_of(checkout).parent.mkdir()
        copy_of(checkout, "bad").write_text("the copy of an earlier run")
        outcomes = {outcome.name: outcome for outcome in execute(root=checkout)}
        assert outcomes["page"].status == "executed"
        assert outcomes["bad"].status == "failed"
        assert "cell [3] `wrong = n / 0`" in outcomes["bad"].message
        assert "ZeroDivisionError" in outcomes["bad"].message
        assert copy_of(checkout, "bad").read_text() == "the copy of an earlier run"

    def test_a_dead_kernel_is_an_outcome(self, checkout):
        write_notebook(checkout / "notebooks/page.ipynb", "import os\nos._exit(1)")
        (outcome,) = execute(root=checkout)
        assert outcome.status == "failed"
        assert "died" in outcome.message
        assert not copy_of(checkout).exists()

    @pytest.mark.parametrize(
        ("arguments", "words"),
        [
            ({"parameters": {"m": 1}}, ["'m'", "page.ipynb", "'n'"]),
            ({"profile": "papr"}, ["'papr'", "'paper'"]),
            ({"notebooks": ["pge"]}, ["'pge'", "'page'"]),
            ({"jobs": 0}, ["jobs", "0"]),
        ],
    )
    def test_what_is_unknown_is_refused_before_anything_runs(self, checkout, arguments, words):
        with pytest.raises(InputError) as error:
            execute(root=checkout, **arguments)
        assert all(word in str(error.value) for word in words)
        assert not (checkout / "book/notebooks").exists()


class TestSources:
    @pytest.mark.parametrize("file", ["ildl/loss.py", "data/table.csv", "requirements.lock", "book/companion/a/b.yml"])
    def test_digest_sees_every_input(self, checkout, file):
        write_notebook(checkout / "notebooks/page.ipynb", "from ildl.loss import a")
        before = digest(checkout, "page", "quick", {})
        (checkout / file).parent.mkdir(parents=True, exist_ok=True)
        (checkout / file).write_text("changed")
        assert digest(checkout, "page", "quick", {}) != before

    def test_code_that_a_page_does_not_import_leaves_it_alone(self, checkout):
        write_notebook(checkout / "notebooks/page.ipynb", "from ildl.loss import a")
        before = digest(checkout, "page", "quick", {})
        (checkout / "ildl/other.py").write_text("b = 1")
        (checkout / "ildl/loss.py").write_text("# why\na = 1\n")
        assert digest(checkout, "page", "quick", {}) == before

    def test_a_cell_that_is_not_python_is_named(self, checkout):
        write_notebook(checkout / "notebooks/page.ipynb", "!ls")
        with pytest.raises(InputError, match="page.ipynb is not plain Python"):
            digest(checkout, "page", "quick", {})

    def test_digest_sees_the_store_where_a_notebook_shows_whatever_is_there(self, checkout):
        def digests():
            return {name: digest(checkout, name, "quick", {}) for name in ("page", "shows", "asks")}

        given = "results_dir = 'results'"
        write_notebook(checkout / "notebooks/shows.ipynb", "read_stored(results_dir)", parameters=given)
        write_notebook(checkout / "notebooks/asks.ipynb", "load_experiment('comparison')", parameters=given)
        before = digests()
        folder = checkout / "results/Movie/RDA"
        folder.mkdir(parents=True)
        (folder / "key.json").write_text("{}")
        after = digests()
        assert {name for name in before if before[name] != after[name]} == {"shows"}
        assert digests() == after
        elsewhere = digest(checkout, "shows", "quick", {"results_dir": "others"})
        (folder / "other.json").write_text("{}")
        assert digest(checkout, "shows", "quick", {"results_dir": "others"}) == elsewhere

    def test_digest_sees_parameters_and_code_but_not_outputs(self, checkout):
        path = checkout / "notebooks/page.ipynb"
        before = digest(checkout, "page", "quick", {})
        notebook = nbformat.read(path, 4)
        notebook.cells[-1].outputs = [nbformat.v4.new_output("stream", text="1")]
        nbformat.write(notebook, path)
        assert digest(checkout, "page", "quick", {}) == before
        assert digest(checkout, "page", "quick", {"n": 2}) != before
        assert digest(checkout, "page", "paper", {}) != before
        notebook.cells[-1].source += "\n1"
        nbformat.write(notebook, path)
        assert digest(checkout, "page", "quick", {}) != before

    def test_declared_parameters(self):
        cell = new_code_cell("a = 1\nb: int = 2\nc = [\n    3,\n]\nd['x'] = 4", metadata={"tags": ["parameters"]})
        notebook = new_notebook(cells=[new_code_cell("z = 0"), cell])
        assert declared_parameters(notebook) == {"a": "1", "b": "2", "c": "[3]"}
        assert declared_parameters(new_notebook(cells=[new_code_cell("z = 0")])) == {}

    def test_only_what_differs_is_passed(self, checkout):
        assert parameters_for(checkout, "page", "quick", {"n": 1}) == {}
        assert parameters_for(checkout, "page", "quick", {"n": 1.0}) == {"n": 1.0}
        assert parameters_for(checkout, "page", "paper", {}) == {"profile": "paper", "n": 7}

    def test_a_notebook_without_parameters_takes_none(self, checkout):
        nbformat.write(new_notebook(cells=[new_code_cell("n = 1")]), checkout / "notebooks/page.ipynb")
        assert parameters_for(checkout, "page", "quick", {}) == {}
        with pytest.raises(InputError, match="tagged `parameters`"):
            parameters_for(checkout, "page", "paper", {})

    @pytest.mark.parametrize(
        "text",
        [
            b"", b"quick: 1", b"quick: {page: 3}", b"quick: {pge: {}}", b"a: [b", b"- 1", b"quick: {}\nquick: {}",
            b"quick: {page: {n: 1, n: 2}}", b"quick: {page: {n: caf\xe9}}",
        ],
    )  # fmt: skip
    def test_bad_profiles_are_refused(self, checkout, text):
        (checkout / "notebooks/profiles.yml").write_bytes(text)
        with pytest.raises(InputError, match=r"profiles\.yml"):
            load_profiles(checkout)

    def test_the_checkout_is_found_from_inside_only(self, checkout, tmp_path_factory):
        assert find_root(checkout / "book") == checkout
        with pytest.raises(InputError, match="checkout"):
            find_root(tmp_path_factory.mktemp("elsewhere"))

    def test_the_profiles_of_this_repository_fit_its_notebooks(self):
        root = find_root(Path(__file__).parent)
        for profile, notebooks in load_profiles(root).items():
            for name in notebooks:
                parameters_for(root, name, profile, {})
