"""Prose bound to checks, with numbers filled in; the files that pages show; the line of a page: on a toy book."""

from base64 import b64encode

import nbformat
import pytest
from bs4 import BeautifulSoup
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from sphinx.errors import ExtensionError

from companion.build.files import files_of, write_files
from companion.build.made_from import add_line
from companion.build.sentences import formatted
from companion.build.sources import Record, digest
from companion.show.facts import Facts
from companion.show.shown import FILES, Shown
from ildl.checks import InputError
from tests.toy_checkout import build, copy_of, make_checkout

FACTS = Facts(
    {"kl": 0.61884, "gap": -0.126, "cells": 1234, "few": 3, "share": 0.4, "best": "RDA", "lacking": None},
    {"we win": True, "they win": False, "it rains": True},
)
TOC = "format: jb-book\nroot: intro\nchapters:\n- file: notebooks/01_scores\n- file: notebooks/02_more\n"


def write(root, name, prose, facts=None, profile="reference", shown=()):
    """A notebook and its executed copy."""
    outputs = [new_output("execute_result", data=one._repr_mimebundle_()) for one in (*shown, facts) if one is not None]
    cells = [new_markdown_cell(f"# Title of {name}\n\n{prose}")]
    cells += [new_code_cell("facts", outputs=[output]) for output in outputs]
    cells.append(new_code_cell("profile = 'quick'\nresults_dir = 'results'", metadata={"tags": ["parameters"]}))
    metadata = {"language_info": {"name": "python", "pygments_lexer": "ipython3"}}
    notebook = new_notebook(cells=cells, metadata=metadata)
    nbformat.write(notebook, root / "notebooks" / f"{name}.ipynb")
    if profile:
        Record(profile, {}, digest(root, name, profile, {}), "0123456789abcdef").write(notebook)
        copy_of(root, name).parent.mkdir(exist_ok=True)
        nbformat.write(notebook, copy_of(root, name))


@pytest.fixture
def checkout(tmp_path):
    root = make_checkout(tmp_path)
    (root / "notebooks/page.ipynb").unlink()
    (root / "book/shows.md").unlink()
    (root / "notebooks/profiles.yml").write_text("quick: {}\npaper: {}\nreference: {}\n")
    (root / "book/_toc.yml").write_text(TOC)
    write(root, "02_more", "More.", Facts({"kl": 0.25}, {"they win": False}))
    return root


@pytest.fixture
def page(checkout):
    """A function: prose -> the page of the first notebook, as it is built."""

    def built(prose, facts=FACTS, profile="reference", warnings="", **more):
        write(checkout, "01_scores", prose, facts, profile, **more)
        found = build(checkout)
        assert warnings in found if warnings else found == ""
        html = (checkout / "_build/html/notebooks/01_scores.html").read_text()
        return BeautifulSoup(html, "html.parser").find(attrs={"role": "main"})

    return built


def said(page):
    return " ".join(page.get_text().split())


class TestFormatted:
    @pytest.mark.parametrize(
        ("value", "form", "expected"),
        [
            (0.61884, "", "0.62"), (0.61884, ".3f", "0.619"), (-0.126, "", "−0.13"), (1234, "", "1,234"),
            (0, "w", "none"), (12, "w", "twelve"), (13, "w", "13"), (3.0, "w", "three"), (2.5, "w", "2"),
            (3, "W", "Three"), (-1, "w", "-1"), (1234, "w", "1,234"), (0.4, "%", "40 %"), (-0.05, "%", "−5 %"),
            (None, ".3f", "–"), ("RDA", ".2f", "RDA"), (0.61884, "+.1f", "+0.6"),
        ],
    )  # fmt: skip
    def test_numbers(self, value, form, expected):
        assert formatted(value, form) == expected


class TestNumber:
    def test_numbers_of_this_page_and_of_another(self, page):
        text = "It is {n}`kl:.3f`, {n}`few:w` of {n}`cells`, {n}`share:%`, {n}`best`, there {n}`more.kl`."
        built = page(text)
        assert "It is 0.619, three of 1,234, 40 %, RDA, there 0.25." in said(built)
        assert [number.text for number in built.select("span.number")][:2] == ["0.619", "three"]

    def test_what_a_small_run_lacks_is_a_dash(self, page):
        assert "It is –." in said(page("It is {n}`lacking`.", profile="quick"))

    def test_a_number_that_cannot_be_filled_in_fails_the_build(self, page):
        wrong = {"lacking": "does not have it", "kk": "'kl'", "kl:q": "format", "mor.kl": "'more'", "more.gap": "'gap'"}
        with pytest.raises(ExtensionError, match="01_scores") as error:
            page("\n\n".join(f"It is {{n}}`{text}`." for text in wrong))
        messages = str(error.value).splitlines()[1:]
        assert len(messages) == len(wrong)
        for message, (text, why) in zip(messages, wrong.items(), strict=True):
            assert f"The number '{text}' cannot be filled in" in message
            assert why in message

    def test_a_page_follows_the_numbers_of_another(self, checkout, page):
        assert "There 0.25" in said(page("There {n}`more.kl`"))
        write(checkout, "02_more", "More.", Facts({"kl": 0.75}, {}))
        assert build(checkout) == ""
        assert 'There <span class="number">0.75' in (checkout / "_build/html/notebooks/01_scores.html").read_text()


BOUND = ":::{{holds}} {checks}\nWe *win* by {{n}}`kl`.\n{rest}:::\n"


def bound(checks, rest=""):
    return BOUND.format(checks=checks, rest=rest)


HOLDING = ("we win", "not they win", "we win; it rains", "we win; not they win", "not more: they win")
FAILING = ("they win", "not we win", "we win; they win", "they win; we win", "they win; not more: they win")


class TestHolds:
    def test_what_holds_is_said(self, page):
        built = page("\n".join(map(bound, HOLDING)))
        assert [box.get_text().strip() for box in built.select(".bound")] == ["We win by 0.62."] * len(HOLDING)
        assert not built.select(".not-borne-out")

    def test_a_small_run_marks_what_it_does_not_bear_out(self, page):
        built = page("\n".join(map(bound, FAILING)), profile="quick")
        boxes = built.select(".bound.not-borne-out")
        parts = [[part.get_text() for part in box.select("p")] for box in boxes]
        assert parts == [["Not borne out by this run:", "We win by 0.62."]] * len(FAILING)

    @pytest.mark.parametrize(("checks", "profile"), [("they win", "reference"), ("more: they win; they win", "quick")])
    def test_the_reference_run_must_bear_it_out(self, page, checks, profile):
        with pytest.raises(ExtensionError, match=r"does not bear out: 'We \*win\*"):
            page(bound(checks), profile=profile)

    def test_the_other_outcome_has_its_own_words(self, page):
        rest = "otherwise:\nThey win by {n}`gap`.\n"
        assert "We win by 0.62." in (text := said(page(bound("we win", rest))))
        assert "They win" not in text
        assert "otherwise" not in text
        built = page(bound("they win", rest))
        assert [box.get_text().strip() for box in built.select(".bound")] == ["They win by −0.13."]
        assert "We win" not in said(built)
        assert not built.select(".not-borne-out")

    def test_a_check_that_is_unknown_fails_every_build(self, page):
        unknown = ["we wins", "mor: we win", "not we wins", "it rains; we wins"]
        with pytest.raises(ExtensionError) as error:
            page("\n".join(map(bound, unknown)), profile="quick")
        assert str(error.value).count("cannot be made") == len(unknown)

    def test_a_failed_build_fails_again(self, checkout, page):
        for _ in range(2):
            with pytest.raises(ExtensionError, match="does not bear out"):
                page(bound("they win"))

    def test_numbers_of_the_outcome_that_is_not_shown_are_not_needed(self, page):
        assert "We win" in said(page(bound("we win", "otherwise:\nIt is {n}`lacking`.\n")))


def test_a_caption_can_be_referred_to_and_holds_prose(page):
    built = page(":::{caption} table-1\n**Table 1:** {n}`kl`.\n:::\n\n[See](#table-1-caption)")
    (box,) = built.select("#table-1-caption")
    assert "caption" in box["class"]
    assert box.get_text().strip() == "Table 1: 0.62."
    assert built.select('a[href="#table-1-caption"]')[0].get_text() == "See"


class TestFiles:
    SHOWN = Shown("scores", "Scores", "<p>Scores</p>", {"csv": "é\n1\n".encode(), "png": b"\x89PNG\xff"})

    def test_what_a_page_shows_lies_beside_it(self, checkout, page):
        built = page("Text.", shown=[self.SHOWN])
        here = checkout / "_build/html/notebooks"
        links = [link["href"] for link in built.select(".links a")]
        assert links == ["files/scores.csv", "files/scores.png"]
        assert [(here / link).read_bytes() for link in links] == [*self.SHOWN.files.values()]
        assert "w6k" not in built.decode()
        assert b64encode(self.SHOWN.files["png"]).decode() not in built.decode()
        assert not (checkout / "_build/html/_static/vega.js").exists()

    def test_where_a_chart_is_shown_what_draws_it_is_there(self, checkout, page):
        chart = '<div class="chart" data-chart="c"></div>'
        page("Text.", shown=[Shown("c", "Chart", chart, {"csv": b"1"})])
        assert "window.vegaEmbed" in (checkout / "_build/html/_static/vega.js").read_text()

    def test_files_of_a_notebook(self):
        output = new_output("display_data", data={FILES: self.SHOWN._repr_mimebundle_()[FILES]})
        notebook = new_notebook(cells=[new_code_cell("", outputs=[output, new_output("stream", text="1")])])
        assert dict(files_of(notebook)) == {"scores.csv": "é\n1\n".encode(), "scores.png": b"\x89PNG\xff"}

    def test_a_name_belongs_to_one_page(self, tmp_path):
        output = new_output("display_data", data={FILES: self.SHOWN._repr_mimebundle_()[FILES]})
        notebook = new_notebook(cells=[new_code_cell("", outputs=[output])])
        with pytest.raises(InputError, match=r"one and other both show a file scores\.csv"):
            write_files({"one": notebook, "other": notebook}, tmp_path)


class TestLine:
    def test_the_switch_stands_below_the_title_and_the_run_at_the_end(self, page):
        built = page("The answer.")
        text = said(built)
        parts = ("Title of 01_scores", "Shows the reference run", "Show the code", "The answer.", "Made from")
        places = [text.index(part) for part in parts]
        assert places == sorted(places)
        (switch,) = built.select("label > input#show-code")
        assert switch["type"] == "checkbox"
        assert not switch.has_attr("checked")
        assert "made-from" in built.select("p")[-1]["class"]

    def test_another_run_says_so(self, page):
        assert "Shows another run: see the foot of the page" in said(page("The answer.", profile="paper"))

    def test_a_page_without_results_names_no_run(self):
        notebook = new_notebook(cells=[new_markdown_cell("# Title\nText")])
        add_line(notebook, "the line")
        assert notebook.cells[0].source.startswith('# Title\n\n<div class="page-line"><span></span>')
        assert notebook.cells[0].source.endswith("</div>\n\nText")
        assert "the line" in notebook.cells[-1].source

    def test_a_page_without_a_title_gets_the_switch_first(self):
        notebook = new_notebook(cells=[new_code_cell("1")])
        add_line(notebook, "the line")
        assert ['id="show-code"' in cell.source for cell in notebook.cells] == [True, False, False]
