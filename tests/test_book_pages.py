"""The Sphinx hook, on toy books: which run a page shows, what it adds, and what fails a build."""

import json
import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output
from sphinx.errors import ExtensionError

from companion.build import execute
from companion.build.extension import escape_bars
from companion.build.files import write_files
from companion.build.made_from import add_line, made_from
from companion.build.sources import Record
from companion.show.shown import Shown
from ildl.checks import InputError
from tests.toy_checkout import (
    build,
    copy_of,
    make_checkout,
    manifest_entry,
    outputs,
    pretend_executed,
    ship_reference,
    text_of,
    write_notebook,
)

RESULTS = "profile = 'quick'\nn = 1\nresults_dir = '../results'"
READS = """from pathlib import Path
Path('../data/reference/comparison.csv').read_text().split()[1] if profile == 'reference' else profile"""


@pytest.fixture
def checkout(tmp_path):
    root = make_checkout(tmp_path)
    (root / "notebooks/profiles.yml").write_text("quick: {}\npaper:\n  page: {n: 7}\nreference: {}\n")
    return root


@pytest.fixture
def alone(checkout):
    """The checkout, its only other page without numbers of the notebook."""
    (checkout / "book/shows.md").write_text("# Nothing\n")
    return checkout


class TestWhichRun:
    def test_stored_outputs_are_shown_with_a_note(self, alone):
        write_notebook(alone / "notebooks/page.ipynb", "1", parameters=RESULTS, title="# A page\n\nIts text.")
        assert build(alone) == ""
        page = text_of(alone, "notebooks/page")
        assert (
            page.index("<h1>A page")
            < page.index("another run")
            < page.index("Its text.")
            < page.index("of the quick profile")
        )

    def test_a_page_without_results_is_executed_and_says_that_no_run_enters_it(self, alone):
        ship_reference(alone)
        write_notebook(alone / "notebooks/page.ipynb", "profile", title="# A page")
        assert build(alone) == ""
        assert outputs(copy_of(alone))[-1]["data"]["text/plain"] == "'reference'"
        assert "no stored run" in text_of(alone, "notebooks/page")

    @pytest.mark.parametrize(("profile", "labels"), [("paper", True), ("reference", False)])
    def test_a_page_without_results_names_the_labels_at_hand_unless_it_shows_the_reference(self, profile, labels):
        notebook = new_notebook(cells=[new_code_cell("n = 1", metadata={"tags": ["parameters"]})])
        Record(profile, {}, "digest", "0123456789abcdef").write(notebook)
        line = made_from(Path(), notebook)
        assert "no stored run" in line
        assert ("labels at hand" in line) == labels

    @pytest.mark.parametrize(("parameters", "shown"), [
        ("profile = 'reference'\nresults_dir = 'results'", "Shows the reference run"),
        ("results_dir = 'results'", "Shows another run"),
    ])  # fmt: skip
    def test_a_page_that_follows_no_profile_never_says_that_it_shows_the_reference(self, parameters, shown):
        notebook = new_notebook(cells=[new_code_cell(parameters, metadata={"tags": ["parameters"]})])
        Record("reference", {}, "digest", "0123456789abcdef").write(notebook)
        add_line(notebook, "its line")
        assert shown in notebook.cells[0].source

    def test_a_page_is_made_from_the_reference_run_and_says_so(self, alone):
        ship_reference(alone, "0.5077")
        write_notebook(alone / "notebooks/page.ipynb", READS, parameters=RESULTS)
        assert build(alone) == ""
        page = text_of(alone, "notebooks/page")
        assert "0.5077" in page
        assert page.index("<h1>A page") < page.index("Shows the reference run") < page.index("0.5077")
        assert page.index("0.5077") < page.index("the shipped reference run")
        assert "2025-01-02" in page
        assert "fedcba9876" in page
        # The next build keeps it; another reference makes it stale; an own run takes its place and stays.
        before = copy_of(alone).read_bytes()
        assert build(alone) == ""
        assert copy_of(alone).read_bytes() == before
        ship_reference(alone, "0.6")
        assert "stale" in build(alone)
        assert copy_of(alone).read_bytes() == before
        assert [o.status for o in execute(profile="paper", root=alone)] == ["executed"]
        assert build(alone) == ""
        assert outputs(copy_of(alone))[-1]["data"]["text/plain"] == "'paper'"
        assert "a run of its own: profile <code" in text_of(alone, "notebooks/page")

    def test_a_reference_of_several_days_is_named_from_its_first_day_to_its_last(self, tmp_path):
        (tmp_path / "data/reference").mkdir(parents=True)
        days = {"a": "2025-03-04T10:00:00", "b": "2025-01-02T09:00:00", "c": "2025-02-03T08:00:00"}
        entries = {name: manifest_entry(date=day) for name, day in days.items()}
        (tmp_path / "data/reference/manifest.json").write_text(json.dumps(entries))
        notebook = new_notebook(cells=[new_code_cell(RESULTS, metadata={"tags": ["parameters"]})])
        Record("reference", {}, "digest", "0123456789abcdef").write(notebook)
        line = made_from(tmp_path, notebook)
        assert "profile `paper`, 2025-01-02 to 2025-03-04, commit `fedcba9876`" in line

    def test_a_page_that_fails_falls_back_with_a_warning(self, alone):
        ship_reference(alone)
        write_notebook(alone / "notebooks/page.ipynb", "assert profile != 'reference'", parameters=RESULTS)
        warnings = build(alone)
        assert "page cannot be made from the reference run" in warnings
        assert "AssertionError" in warnings
        assert "of the quick profile" in text_of(alone, "notebooks/page")

    @pytest.mark.parametrize(("file", "content"), [
        ("data/reference/manifest.json", '{"comparison": '),
        ("data/reference/manifest.json", '["comparison"]'),
        ("data/reference/manifest.json", '{"comparison": "2025"}'),
        ("notebooks/profiles.yml", "quick: {}"),
    ])  # fmt: skip
    def test_a_reference_that_cannot_be_used_is_a_warning(self, alone, file, content):
        ship_reference(alone)
        (alone / file).write_text(content)
        write_notebook(alone / "notebooks/page.ipynb", "1", parameters=RESULTS)
        assert "No page can be made from the reference run" in build(alone)
        assert "of the quick profile" in text_of(alone, "notebooks/page")

    def test_an_own_run_is_shown_with_its_profile_date_and_commit(self, checkout):
        pretend_executed(checkout)
        before = copy_of(checkout).read_bytes()
        assert build(checkout) == ""
        page = text_of(checkout, "notebooks/page")
        assert all(words in page for words in ("profile <code", "2025-02-03", "0123456789</span></code> with edits"))
        assert copy_of(checkout).read_bytes() == before

    def test_a_stale_copy_is_kept_with_a_warning(self, checkout):
        pretend_executed(checkout)
        before = copy_of(checkout).read_bytes()
        (checkout / "data/table.csv").write_text("a\n2\n")
        warnings = build(checkout)
        assert "page.ipynb" in warnings
        assert "stale" in warnings
        assert copy_of(checkout).read_bytes() == before

    def test_a_damaged_copy_is_replaced_with_a_warning(self, alone):
        copy_of(alone).parent.mkdir()
        copy_of(alone).write_text('{"cells": [')
        assert "not a Jupyter notebook" in build(alone)
        assert "committed with the notebook" in text_of(alone, "notebooks/page")

    def test_orphans_are_removed(self, checkout):
        pretend_executed(checkout)
        copy_of(checkout, "gone").write_bytes(copy_of(checkout).read_bytes())
        assert build(checkout) == ""
        assert not copy_of(checkout, "gone").exists()

    def test_stored_outputs_follow_the_committed_notebook(self, alone):
        build(alone)
        first = copy_of(alone).stat().st_mtime_ns
        build(alone)
        assert copy_of(alone).stat().st_mtime_ns == first
        write_notebook(alone / "notebooks/page.ipynb", "1", title="# Another title")
        build(alone)
        assert "Another title" in text_of(alone, "notebooks/page")


class TestNumbers:
    def test_a_new_copy_is_read_again_also_where_its_values_are_shown(self, checkout):
        pretend_executed(checkout, "111")
        assert build(checkout) == ""
        assert "111.0" in text_of(checkout, "shows")
        pretend_executed(checkout, "222")
        assert build(checkout) == ""
        assert "222" in text_of(checkout, "notebooks/page")
        assert "222.0" in text_of(checkout, "shows")

    @pytest.mark.parametrize(
        "text",
        [
            "{n}`page.m:.1f`",  # no such number
            "{n}`pge.n:.1f`",  # no such page
            "{n}`page.n:q`",  # not in this format
            "{n}`n:.1f`",  # of no notebook
        ],
    )
    def test_a_missing_number_fails_this_build_and_the_next(self, checkout, text):
        pretend_executed(checkout)
        (checkout / "book/shows.md").write_text(f"# Elsewhere\n\nIt is {text}.\n")
        for _ in range(2):
            with pytest.raises(ExtensionError, match=r"shows\.md:3: "):
                build(checkout)

    def test_the_exit_code_tells(self, checkout):
        pretend_executed(checkout)
        (checkout / "_config.yml").write_text(
            "only_build_toc_files: true\nexecute: {execute_notebooks: 'off'}\n"
            "sphinx: {extra_extensions: [companion.build.extension, companion.build.sentences]}\n"
        )
        command = [Path(sys.executable).parent / "jupyter-book", "build", "book/"]
        (checkout / "book/shows.md").write_text("# Elsewhere\n\nIt is {n}`page.m:.1f`.\n")
        done = subprocess.run(command, cwd=checkout, capture_output=True, text=True, env=os.environ, check=False)
        assert done.returncode != 0
        assert "What pages say is not there" in done.stdout + done.stderr


@pytest.fixture
def pictured(checkout):
    """A notebook with a figure and a table, and the page that gathers them."""
    figure = Shown("line", "A line & more", "<svg></svg>", {"png": b"\x89PNG", "csv": b"x,y\n1,2\n"})
    table = Shown("scores", "Scores", "<table></table>", {"csv": b"a\n1\n", "tex": b"tabular"})
    path = checkout / "notebooks/page.ipynb"
    notebook = nbformat.read(path, 4)
    notebook.cells[-1:-1] = [
        new_code_cell("it", outputs=[new_output("display_data", data=shown._repr_mimebundle_())])
        for shown in (figure, table)
    ]
    nbformat.write(notebook, path)
    (checkout / "book/shows.md").write_text("# Gathered\n\n<!-- figures and tables -->\n")
    return checkout


class TestNamed:
    def test_a_page_that_quotes_says_at_its_foot_from_which_run(self, checkout):
        pretend_executed(checkout)
        assert build(checkout) == ""
        page = text_of(checkout, "shows")
        assert page.index("<h1>Elsewhere") < page.index("It is") < page.index("a run of its own: profile <code")
        assert "made from" not in text_of(checkout, "intro").lower()

    def test_so_does_one_whose_sentences_are_bound_to_checks(self, checkout):
        pretend_executed(checkout)
        page = "# Bound\n\n:::{holds} page: all is well\nIt is.\notherwise:\nIt is not.\n:::\n"
        (checkout / "book/shows.md").write_text(page)
        with pytest.raises(ExtensionError, match="all is well"):
            build(checkout)
        assert "a run of its own: profile <code" in text_of(checkout, "shows")


class TestGallery:
    def test_a_page_gathers_figures_and_tables_with_their_files(self, pictured):
        pretend_executed(pictured)
        assert build(pictured) == ""
        page = text_of(pictured, "shows")
        assert page.index("<h1>Gathered") < page.index("page.html#line") < page.index("page.html#scores")
        assert "A line &amp; more" in page
        assert '<img src="notebooks/files/line.png"' in page
        assert "files/scores.png" not in page
        assert "a run of its own: profile <code" in page
        folder = pictured / "_build/html/notebooks/files"
        assert {path.name for path in folder.iterdir()} == {"line.png", "line.csv", "scores.csv", "scores.tex"}
        assert (folder / "line.png").read_bytes() == b"\x89PNG"
        assert (folder / "line.csv").read_text() == "x,y\n1,2\n"
        for name in ("line.png", "line.csv", "scores.csv", "scores.tex"):
            assert f'href="notebooks/files/{name}"' in page
            assert f'href="files/{name}"' in text_of(pictured, "notebooks/page")

    def test_the_page_follows_the_notebook(self, pictured):
        pretend_executed(pictured)
        assert build(pictured) == ""
        path = pictured / "notebooks/page.ipynb"
        path.write_text(path.read_text().replace("A line", "A curve"))
        pretend_executed(pictured)
        assert build(pictured) == ""
        assert "A curve &amp; more" in text_of(pictured, "shows")

    def test_two_pages_with_one_name_for_a_file_are_refused(self, pictured):
        pretend_executed(pictured)
        notebook = nbformat.read(copy_of(pictured), 4)
        with pytest.raises(InputError, match=r"one and two both show a file line\.csv"):
            write_files({"one": notebook, "two": notebook}, pictured)


def test_bars_in_docstrings_are_no_substitutions():
    lines = ["max_j |t_j - p_j|, as in `|x|`", "plain"]
    escape_bars(None, "function", "name", None, None, lines)
    assert lines == [r"max_j \|t_j - p_j\|, as in `|x|`", "plain"]
