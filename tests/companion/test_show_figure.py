"""Figures and charts: in the page's colours, with ids of their own, the same bytes twice; looks and names."""

import io
import json
import re

import altair as alt
import matplotlib.pyplot as plt
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.lines import Line2D
from PIL import Image

from companion.show.chart import BUNDLE, bundle, show_chart
from companion.show.figure import INK, PAPER, STYLE, name_rows, show_figure, style
from companion.show.look import LOOKS, METRICS, READINGS, WORDS, called, p_text
from ildl.methods import METHODS

DATA = pd.DataFrame({"x": [1.0, 2.5], "y": [3.0, -4.0]})


def test_the_first_row_is_on_top_and_all_are_inside():
    figure, axis = plt.subplots()
    name_rows(axis, ["first", "second", "third"])
    heights = axis.transAxes.inverted().transform(axis.transData.transform([(0, row) for row in range(3)]))[:, 1]
    plt.close(figure)
    assert 1 > heights[0] > heights[1] > heights[2] > 0


def line(name="a-line", label="A line <from> 3 to -4"):
    with style():
        figure, axis = plt.subplots(figsize=(4, 3))
        axis.plot(DATA["x"], DATA["y"], "o", color="#d55e00", markerfacecolor=PAPER)
        axis.set_title("A title")
        axis.text(1, 1, "é & <")
        return show_figure(figure, name, label, DATA)


def ids(html):
    return re.findall(r'\sid="([^"]*)"', html)


def referred(html):
    return re.findall(r'url\(#([^)]+)\)|href="#([^"]+)"', html)


class TestFigure:
    def test_it_takes_the_colours_of_the_page(self):
        html = line().html
        assert "currentColor" in html
        assert "var(--pst-color-background" in html
        assert not {INK, PAPER, "#000000", "#ffffff"} & set(re.findall(r"#[0-9a-f]{6}\b", html))
        assert "#d55e00" in html  # what means something keeps its colour

    def test_the_file_is_black_on_nothing(self):
        svg = line().files["svg"].decode()
        assert INK not in svg
        assert "#000000" in svg
        assert "currentColor" not in svg

    def test_ids_of_two_figures_differ_and_all_references_are_met(self):
        one, other = line("one").html, line("other").html
        assert len(ids(one)) == len(set(ids(one))) > 0
        assert not set(ids(one)) & set(ids(other))
        assert all(identifier.startswith("one-") for identifier in ids(one))
        targets = {first or second for first, second in referred(one)}
        assert targets == set(ids(one))

    def test_the_same_figure_gives_the_same_bytes(self):
        first, second = line(), line()
        assert first.html == second.html
        assert first.files == second.files

    def test_it_is_named_for_those_who_do_not_see_it(self):
        html = line().html
        assert 'role="img" aria-label="A line &lt;from&gt; 3 to -4"' in html
        assert html.startswith('<figure class="drawing" tabindex="0" aria-describedby="a-line-caption">')

    def test_text_stays_text_and_the_width_gives_way(self):
        html = line().html
        assert re.search(r"<text[^>]*>\s*A title\s*</text>|>A title<", html)
        opening = re.search(r"<svg[^>]*>", html)[0]
        assert not re.search(r'\s(width|height)="', opening)
        assert 300 < int(re.search(r"style=\"width: (\d+)px\"", opening)[1]) < 450
        assert "<metadata" not in html
        assert "<?xml" not in html

    def test_its_files_open(self):
        files = line().files
        assert sorted(files) == ["csv", "pdf", "png", "svg"]
        picture = Image.open(io.BytesIO(files["png"]))
        assert picture.width > 500
        assert picture.convert("RGBA").getpixel((0, 0)) == (255, 255, 255, 255)
        assert files["pdf"].startswith(b"%PDF")
        pd.testing.assert_frame_equal(pd.read_csv(io.BytesIO(files["csv"])), DATA)

    def test_it_is_closed_and_the_style_stays_inside(self):
        before, there = (plt.rcParams["text.color"], plt.rcParams["svg.fonttype"]), plt.get_fignums()
        line()
        assert plt.get_fignums() == there
        assert (plt.rcParams["text.color"], plt.rcParams["svg.fonttype"]) == before
        assert before[0] != STYLE["text.color"]


@pytest.fixture(scope="module")
def chart():
    drawn = alt.Chart(DATA).mark_point().encode(x="x:Q", y="y:Q", tooltip=alt.value("</script>"))
    return show_chart(drawn, "c", 'Two "points"', DATA)


class TestChart:
    def spec(self, chart):
        return json.loads(re.search(r'class="spec">(.*?)</script>', chart.html, re.DOTALL)[1])

    def test_the_description_that_scripts_draw_holds_the_data_and_the_books_colours(self, chart):
        spec = self.spec(chart)
        (rows,) = spec["datasets"].values()
        assert rows == DATA.to_dict("records")
        assert spec["config"]["axis"]["labelColor"] == "currentColor"
        assert spec["config"]["background"] is None
        assert spec["description"] == 'Two "points"'

    def test_no_text_of_it_ends_the_script(self, chart):
        assert chart.html.count("</script>") == 1
        assert self.spec(chart)["encoding"]["tooltip"]["value"] == "</script>"

    def test_a_still_picture_stands_in_the_pages_ink_with_ids_of_its_own(self, chart):
        still = chart.html[chart.html.index('<div class="still">') :]
        assert 'role="img" aria-label="Two &quot;points&quot;"' in still
        assert still.count("role=") == still.count("aria-label=") == 1
        assert "currentColor" in still
        assert all(identifier.startswith("c-") for identifier in ids(still))
        assert {first or second for first, second in referred(still)} <= set(ids(still))

    def test_its_files_are_black_on_white_and_hold_the_data(self, chart):
        assert sorted(chart.files) == ["csv", "png", "svg"]
        assert b"currentColor" not in chart.files["svg"]
        assert Image.open(io.BytesIO(chart.files["png"])).convert("RGB").getpixel((0, 0)) == (255, 255, 255)
        pd.testing.assert_frame_equal(pd.read_csv(io.BytesIO(chart.files["csv"])), DATA)

    def test_the_bundle_names_what_the_page_calls(self):
        assert BUNDLE == "vega.js"
        code = bundle()
        assert "window.vegaEmbed" in code
        assert code.startswith("(()") and code.endswith("})();\n")  # noqa: PT018


class TestLook:
    def test_no_two_methods_of_the_paper_look_the_same(self):
        looks = [look for name, look in LOOKS.items() if name not in WORDS]
        assert len({look.colour for look in looks}) == len(looks)
        assert len({look.marker for look in looks}) == len(looks)

    def test_every_method_has_a_look_that_can_be_drawn(self):
        assert set(LOOKS) == set(METHODS)
        assert {look.marker for look in LOOKS.values()} <= set(Line2D.markers)
        assert all(re.fullmatch("#[0-9a-f]{6}", look.colour) for look in LOOKS.values())

    def test_names(self):
        assert called("DILDL") == "DILDL, derived targets"
        assert called("DILDL", "as printed") == "DILDL, as printed"
        assert called("Uniform") == "Equal degrees"
        assert called("RDA") == "RDA"
        assert called("RDA", "of a reader") == "RDA, of a reader"
        assert len(set(READINGS.values())) == len(READINGS)

    def test_every_metric_has_a_name(self):
        assert {"chebyshev", "kl_divergence", "euclidean_tail"} <= set(METRICS)
        assert len(set(METRICS.values())) == len(METRICS)


@given(st.floats(0, 1))
def test_a_p_value_as_text_is_the_value_to_three_digits(p):
    text = p_text(p)
    assert p < 0.001 if text == "< 0.001" else float(text) == pytest.approx(p, abs=5.1e-4)
