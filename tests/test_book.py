"""The notebook runner and the Sphinx hook, on toy checkouts."""

import io
import re
import sys
from pathlib import Path

import nbformat
import pytest
from myst_nb.ext.glue.crossref import read_glue_cache
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from sphinx.testing.util import SphinxTestApp

from ildl.book import execute
from ildl.book.extension import escape_bars
from ildl.book.sources import Record, declared_parameters, digest, find_root, load_profiles, parameters_for
from ildl.checks import InputError


def write_notebook(path, *code, parameters="profile = 'quick'\nn = 1", title="# A page"):
    cells = [new_markdown_cell(title), new_code_cell(parameters, metadata={"tags": ["parameters"]})]
    metadata = {"language_info": {"name": "python", "pygments_lexer": "ipython3"}}
    nbformat.write(new_notebook(cells=cells + [new_code_cell(source) for source in code], metadata=metadata), path)


@pytest.fixture
def checkout(tmp_path):
    """A small checkout: one notebook that glues its parameter, a page that shows it."""
    for folder in ("notebooks", "book", "ildl", "data"):
        (tmp_path / folder).mkdir()
    (tmp_path / "_config.yml").touch()
    (tmp_path / "requirements.lock").write_text("a==1\n")
    (tmp_path / "ildl/loss.py").write_text("a = 1\n")
    (tmp_path / "data/table.csv").write_text("a\n1\n")
    (tmp_path / "notebooks/profiles.yml").write_text("quick: {}\npaper:\n  page: {n: 7}\n")
    code = "from myst_nb import glue\nglue('n', float(n), display=False)\nn * 111"
    write_notebook(tmp_path / "notebooks/page.ipynb", code)
    toc = "format: jb-book\nroot: intro\nchapters:\n- file: notebooks/page\n- file: shows\n"
    (tmp_path / "book/_toc.yml").write_text(toc)
    (tmp_path / "book/intro.md").write_text("# Title\n")
    (tmp_path / "book/shows.md").write_text("# Elsewhere\n\nIt is {glue:text}`notebooks/page.ipynb::n:.1f`.\n")
    return tmp_path


def copy_of(root, name="page"):
    return root / "book/notebooks" / f"{name}.ipynb"


def outputs(path):
    return [output for cell in nbformat.read(path, 4).cells for output in cell.get("outputs", [])]


def pretend_executed(root, result="111"):
    """Put an up-to-date executed copy in place without starting a kernel."""
    notebook = nbformat.read(root / "notebooks/page.ipynb", 4)
    prefix = "application/papermill.record/"
    glue = {"scrapbook": {"name": "n", "mime_prefix": prefix}}
    notebook.cells[-1].outputs = [
        nbformat.v4.new_output("display_data", data={f"{prefix}text/plain": f"{result}.0"}, metadata=glue),
        nbformat.v4.new_output("execute_result", data={"text/plain": result}, execution_count=1),
    ]
    Record("quick", {}, digest(root, "page", "quick", {}), "unknown").write(notebook)
    copy_of(root).parent.mkdir(exist_ok=True)
    nbformat.write(notebook, copy_of(root))


def build(root):
    """Build the toy book; return its warnings."""
    (root / "book/conf.py").touch()
    overrides = {
        "extensions": ["sphinx_external_toc", "myst_nb", "ildl.book.extension"],
        "external_toc_path": "_toc.yml",
        "external_toc_exclude_missing": True,
        "nb_execution_mode": "off",
        "myst_enable_extensions": ["colon_fence"],
    }
    app = SphinxTestApp("html", root / "book", confoverrides=overrides, builddir=root / "_build", warning=io.StringIO())
    try:
        app.build()
        return re.sub(r"\x1b\[[0-9;]*m", "", app.warning.getvalue())
    finally:
        app.cleanup()


def text_of(root, page):
    return (root / "_build/html" / f"{page}.html").read_text()


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

    def test_data_that_came_since_makes_a_copy_outdated(self, checkout, monkeypatch):
        module = sys.modules["ildl.book.execute"]  # the package has a function of this name
        pretend_executed(checkout)
        monkeypatch.setattr(module, "data_at_hand", dict)
        assert [o.status for o in execute(root=checkout)] == ["fresh"]
        monkeypatch.setattr(module, "data_at_hand", lambda: {"Movie": "Movie.mat"})
        assert [o.status for o in execute(root=checkout)] == ["executed"]

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
    @pytest.mark.parametrize("file", ["ildl/loss.py", "data/table.csv", "requirements.lock", "ildl/new.py"])
    def test_digest_sees_every_input(self, checkout, file):
        before = digest(checkout, "page", "quick", {})
        (checkout / file).write_text("changed")
        assert digest(checkout, "page", "quick", {}) != before

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

    @pytest.mark.parametrize("text", ["", "quick: 1", "quick: {page: 3}", "quick: {pge: {}}", "a: [b", "- 1"])
    def test_bad_profiles_are_refused(self, checkout, text):
        (checkout / "notebooks/profiles.yml").write_text(text)
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


class TestExtension:
    def test_stored_outputs_are_shown_with_a_note(self, checkout):
        write_notebook(checkout / "notebooks/page.ipynb", "1", title="# A page\n\nIts text.")
        (checkout / "book/shows.md").write_text("# Nothing\n")
        assert build(checkout) == ""
        page = text_of(checkout, "notebooks/page")
        assert page.index("<h1>A page") < page.index("Stored outputs of the quick profile") < page.index("Its text.")

    def test_a_fresh_copy_is_shown_without_a_note(self, checkout):
        pretend_executed(checkout)
        before = copy_of(checkout).read_bytes()
        assert build(checkout) == ""
        assert "Stored outputs" not in text_of(checkout, "notebooks/page")
        assert copy_of(checkout).read_bytes() == before

    def test_a_stale_copy_is_kept_with_a_warning(self, checkout):
        pretend_executed(checkout)
        before = copy_of(checkout).read_bytes()
        (checkout / "ildl/loss.py").write_text("a = 2\n")
        warnings = build(checkout)
        assert "page.ipynb" in warnings
        assert "stale" in warnings
        assert copy_of(checkout).read_bytes() == before

    def test_a_damaged_copy_is_replaced_with_a_warning(self, checkout):
        (checkout / "book/shows.md").write_text("# Nothing\n")
        copy_of(checkout).parent.mkdir()
        copy_of(checkout).write_text('{"cells": [')
        assert "not a Jupyter notebook" in build(checkout)
        assert "Stored outputs" in text_of(checkout, "notebooks/page")

    def test_orphans_are_removed(self, checkout):
        pretend_executed(checkout)
        copy_of(checkout, "gone").write_bytes(copy_of(checkout).read_bytes())
        assert build(checkout) == ""
        assert not copy_of(checkout, "gone").exists()

    def test_a_new_copy_is_read_again_also_where_its_values_are_shown(self, checkout):
        pretend_executed(checkout, "111")
        assert build(checkout) == ""
        assert "111.0" in text_of(checkout, "shows")
        pretend_executed(checkout, "222")
        read_glue_cache.cache_clear()  # of this process
        assert build(checkout) == ""
        assert "222" in text_of(checkout, "notebooks/page")
        assert "222.0" in text_of(checkout, "shows")

    def test_stored_outputs_follow_the_committed_notebook(self, checkout):
        (checkout / "book/shows.md").write_text("# Nothing\n")
        build(checkout)
        first = copy_of(checkout).stat().st_mtime_ns
        build(checkout)
        assert copy_of(checkout).stat().st_mtime_ns == first
        write_notebook(checkout / "notebooks/page.ipynb", "1", title="# Another title")
        build(checkout)
        assert "Another title" in text_of(checkout, "notebooks/page")

    def test_bars_in_docstrings_are_no_substitutions(self):
        lines = ["max_j |t_j - p_j|, as in `|x|`", "plain"]
        escape_bars(None, "function", "name", None, None, lines)
        assert lines == [r"max_j \|t_j - p_j\|, as in `|x|`", "plain"]
