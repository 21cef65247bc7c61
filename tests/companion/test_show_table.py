"""Tables: cells, tabs, headings, files."""

import io
import re

import pandas as pd
import pytest

from companion.show.provenance import provenance_note
from companion.show.shown import FILES, KINDS, Shown
from companion.show.table import Cell, cells_of, number, show_table, text
from tests.companion.drawn import Cells

SCORES = pd.DataFrame({"kl": [0.123456, -0.5, None], "method": ["A & B", "<c>", "_d"]}, index=["one", "two", "<three>"])
COLUMNS = {"method": ("Method", text), "kl": ("KL", number("{:.3f}"))}


@pytest.fixture
def cells():
    return cells_of(SCORES, COLUMNS)


def environments(source):
    """Whether each environment of LaTeX, and each brace, that opens also closes, in order."""
    open_ones = []
    for what, name in re.findall(r"\\(begin|end)\{([^}]*)\}", source):
        if what == "begin":
            open_ones.append(name)
        elif not open_ones or open_ones.pop() != name:
            return False
    plain = re.sub(r"\\[{}]", "", source)
    depths, depth = [], 0
    for character in plain:
        depth += {"{": 1, "}": -1}.get(character, 0)
        depths.append(depth)
    return not open_ones and depth == 0 and min(depths) == 0


def html_of(cell):
    """What a table writes for a cell."""
    return re.findall(r"<td.*</td>", show_table(pd.DataFrame([[cell]]), "t", "T", SCORES).html)[-1]


class TestCell:
    def test_a_number_has_its_format_a_true_minus_and_a_dash_where_it_is_missing(self, cells):
        assert [str(cell) for cell in cells["KL"]] == ["0.123", "−0.500", "–"]
        assert str(number()(2)) == "2.00"

    def test_html_is_escaped_everywhere(self):
        html = html_of(Cell(("<a>", "b & c"), "ours-worse", "<i>detail</i>", "<"))
        assert '<td class="ours-worse" tabindex="0">&lt;a&gt;' in html
        assert '<span class="below-it">b &amp; c</span>' in html
        assert '<span class="detail">&lt;i&gt;detail&lt;/i&gt;</span>' in html
        assert '<span class="sign">&lt;</span>' in html

    def test_only_a_cell_with_a_detail_takes_the_focus(self):
        assert html_of(Cell(("1",))) == "<td>1</td>"
        assert "tabindex" not in html_of(Cell(("1",), "unclear"))

    def test_bold_is_the_first_line_alone(self):
        assert html_of(Cell(("1", "2"), bold=True)) == '<td><b>1</b><span class="below-it">2</span></td>'

    def test_as_text_a_cell_says_its_lines_and_its_sign(self):
        assert str(Cell(("1", "2"), "agrees", "hidden", "=")) == "1 2 ="


class TestTable:
    def test_cells_stand_under_their_headings_and_beside_their_rows(self, cells):
        rows = Cells(show_table(cells, "t", "Scores", SCORES).html).rows
        assert rows == [
            ["", "Method", "KL"],
            ["one", "A & B", "0.123"],
            ["two", "<c>", "−0.500"],
            ["<three>", "_d", "–"],
        ]

    def test_headings_have_scopes_and_the_table_a_name(self, cells):
        html = show_table(cells, "t", "Scores <of> all", SCORES).html
        assert [head["scope"] for head in Cells(html).headers] == ["col", "col", "row", "row", "row"]
        assert '<caption class="visually-hidden">Scores &lt;of&gt; all</caption>' in html
        assert 'aria-label="Scores &lt;of&gt; all"' in html
        assert 'aria-describedby="t-caption"' in html

    def test_groups_of_columns_and_of_rows_stand_above_their_members(self):
        columns = pd.MultiIndex.from_tuples([("Movie", "ours"), ("Movie", "paper"), ("Scene", "ours")])
        index = pd.MultiIndex.from_tuples([("networks", "A"), ("networks", "B"), ("trees", "C")])
        cells = pd.DataFrame([[Cell((f"{i}{j}",)) for j in range(3)] for i in range(3)], index, columns)
        html = show_table(cells, "t", "T", SCORES).html
        parsed = Cells(html)
        assert parsed.rows == [
            ["", "Movie", "Scene"], ["", "ours", "paper", "ours"], ["networks"], ["A", "00", "01", "02"],
            ["B", "10", "11", "12"], ["trees"], ["C", "20", "21", "22"],
        ]  # fmt: skip
        spans = [(head["scope"], head["colspan"]) for head in parsed.headers if "colspan" in head]
        assert spans == [("colgroup", "2"), ("colgroup", "1"), ("rowgroup", "4"), ("rowgroup", "4")]

    def test_tabs_are_radio_buttons_of_one_group_the_first_chosen(self, cells):
        html = show_table({"KL & all": cells, "second": cells.iloc[:1]}, "t", "Scores", SCORES).html
        inputs = re.findall(r"<input([^>]*)>([^<]*)", html)
        assert [label for _, label in inputs] == ["KL &amp; all", "second"]
        assert ["checked" in attributes for attributes, _ in inputs] == [True, False]
        assert {re.search(r'name="([^"]*)"', attributes)[1] for attributes, _ in inputs} == {"t-tab"}
        panels = html.split('<div class="panel" data-title="')[1:]
        assert [panel.partition('"')[0] for panel in panels] == ["KL &amp; all", "second"]
        assert [panel.count('scope="row"') for panel in panels] == [3, 1]
        assert re.findall(r"<caption[^>]*>([^<]*)", html) == ["Scores, KL &amp; all", "Scores, second"]

    def test_one_tab_is_none(self, cells):
        assert "<input" not in show_table({"only": cells}, "t", "Scores", SCORES).html

    def test_the_key_says_what_colours_mean(self, cells):
        html = show_table(cells, "t", "Scores", SCORES, key=[Cell(("inside <the> noise",), "agrees", sign="=")]).html
        assert html.startswith(
            '<p class="key"><span class="agrees">inside &lt;the&gt; noise<span class="sign">=</span></span></p>'
        )

    def test_its_data_are_the_frame(self, cells):
        files = show_table(cells, "t", "Scores", SCORES).files
        pd.testing.assert_frame_equal(pd.read_csv(io.BytesIO(files["csv"])), SCORES.reset_index(drop=True))

    def test_latex_closes_what_it_opens_and_says_every_cell(self, cells):
        source = show_table({"a": cells, "b_c": cells.iloc[:1]}, "t", "Scores & more", SCORES).files["tex"].decode()
        assert environments(source)
        assert source.count(r"\begin{tabular}{lrr}") == 2
        assert r"\caption{Scores \& more, b\_c}" in source
        assert r"two & \textless{}c\textgreater{} & $-$0.500 \\" in source
        body = source[source.index(r"\midrule") : source.index(r"\bottomrule")].splitlines()[1:]
        assert [line.count(" & ") for line in body if line] == [2, 2, 2]
        assert source.isascii()


class TestShown:
    def test_links_lead_to_the_files_in_one_order(self):
        shown = Shown("t", "T", "<p>", {"tex": b"t", "csv": b"c", "png": b"p"})
        assert re.findall(r'href="([^"]*)" download>([^<]*)<', shown.page()) == [
            ("files/t.csv", "data (CSV)"), ("files/t.png", "PNG"), ("files/t.tex", "LaTeX"),
        ]  # fmt: skip
        assert '<div class="shown" id="t">' in shown.page()

    def test_its_origin_stands_below(self):
        origin = provenance_note(pd.DataFrame({"key": ["a"]}))
        assert "1 cell" in Shown("t", "T", "", {}, origin).page()
        assert "details" not in Shown("t", "T", "", {}).page()

    def test_files_travel_as_text_or_base64(self):
        given = Shown("t", "T", "", {suffix: b"\xc3\xa9" for suffix in KINDS})._repr_mimebundle_()[FILES]
        assert given == {
            "name": "t",
            "title": "T",
            "files": {"csv": "é", "png": "w6k=", "svg": "é", "pdf": "w6k=", "tex": "é", "json": "é"},
        }
