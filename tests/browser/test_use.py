"""What a reader does with a page: tabs, details of cells, the code, charts, the dark, paper.

Parts of a single page (filters of claims, explorers) are tested beside this file, in `test_<page>.py`, with the
fixture `open_page`.
"""

from __future__ import annotations

import pytest

from tests.browser.book import CHROMIUM, HTML, MAIN, pages


def having(what: str) -> list[str]:
    """The pages whose HTML has a text; one placeholder where there are none."""
    return [page for page in pages() if what in (HTML / f"{page}.html").read_text(encoding="utf-8")] or [""]


def some_page(page: str, what: str) -> str:
    """Skip by name where no page has it."""
    return page or pytest.skip(f"no page of this book has {what}")


@pytest.mark.parametrize("name", having('class="tabbed"'))
def test_one_tab_is_shown_at_a_time(open_page, name):
    tab = open_page(some_page(name, "tabs"))
    shown = "boxes => boxes.map(box => [...box.querySelectorAll('.panel')].map(panel => panel.checkVisibility()))"
    for box in tab.query_selector_all(".tabbed"):
        panels = "box => [...box.querySelectorAll('.panel')].map(panel => panel.checkVisibility())"
        inputs = box.query_selector_all("input")
        for at, choice in enumerate(inputs):
            choice.check()
            assert box.evaluate(panels) == [other == at for other in range(len(inputs))]
    # Arrow keys change the tab of one box and leave the others alone.
    first = tab.query_selector(".tabbed input:checked")
    before = tab.eval_on_selector_all(".tabbed", shown)
    first.focus()
    tab.keyboard.press("ArrowUp")
    after = tab.eval_on_selector_all(".tabbed", shown)
    assert sum(one != other for one, other in zip(before, after, strict=True)) == 1


@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("name", having('class="detail"'))
def test_a_cell_says_what_it_is_made_of(open_page, name, width):
    tab = open_page(some_page(name, "cells with details"), width=width)
    seen = "cell => cell.querySelector('.detail').checkVisibility()"
    cell = next(cell for cell in tab.query_selector_all("td[tabindex]") if cell.is_visible())
    cell.scroll_into_view_if_needed()
    assert not cell.evaluate(seen)
    cell.focus()
    assert cell.evaluate(seen)
    box = cell.query_selector(".detail").bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= width
    assert box["y"] + box["height"] <= 900
    cell.evaluate("cell => cell.blur()")
    assert not cell.evaluate(seen)
    cell.hover()
    assert cell.evaluate(seen)
    tab.mouse.move(1, 1)
    assert not cell.evaluate(seen)


@pytest.mark.parametrize("name", having('id="show-code"'))
def test_the_code_is_hidden_until_it_is_asked_for(open_page, name):
    tab = open_page(some_page(name, "code"))
    cells = "[...document.querySelectorAll('.cell_input')].map(cell => cell.checkVisibility())"
    hidden = tab.evaluate(cells)
    assert not any(hidden)
    switch = tab.get_by_label("Show the code")
    switch.check()
    shown = tab.evaluate(cells)
    assert len(shown) == len(hidden)
    assert all(shown)
    switch.uncheck()
    assert not any(tab.evaluate(cells))


@pytest.mark.parametrize("name", having('class="chart"'))
class TestCharts:
    def test_they_are_drawn_without_a_network(self, open_page, name):
        tab = open_page(some_page(name, "charts"))
        asked = []
        tab.on("request", lambda request: asked.append(request.url))
        for chart in tab.query_selector_all(".chart"):
            chart.scroll_into_view_if_needed()
            tab.wait_for_function("chart => chart.view && chart.querySelector('.vega-embed svg')", arg=chart)
            assert chart.query_selector(".still") is None
            assert chart.evaluate("chart => chart.querySelectorAll('.vega-embed svg path').length") > 3
        assert [url for url in asked if not url.startswith(("file:", "data:", "blob:"))] == []
        assert tab.evaluate("document.documentElement.scrollWidth") == 1440

    def test_without_scripts_a_picture_stays(self, open_page, name):
        tab = open_page(some_page(name, "charts"), java_script_enabled=False)
        stills = tab.query_selector_all(".chart .still svg")
        assert len(stills) == len(tab.query_selector_all(".chart")) > 0
        assert all(still.is_visible() and still.get_attribute("aria-label") for still in stills)


@pytest.mark.parametrize("name", having('class="shown"')[:1])
def test_drawings_take_the_colours_of_the_page(open_page, name):
    tab = open_page(some_page(name, "drawings"), scheme="dark")
    tab.wait_for_function("document.documentElement.dataset.theme === 'dark'")
    inks = tab.evaluate(
        "[...document.querySelectorAll('figure.drawing svg, .chart svg')].map(svg => getComputedStyle(svg).color)"
    )
    assert all(sum(map(int, ink.strip("rgb()").split(",")[:3])) > 450 for ink in inks), inks


def test_the_numbers_of_the_first_page_are_whole_on_a_phone(open_page):
    box = open_page(MAIN[0], width=390).query_selector(".numbers")
    assert box.evaluate("box => box.scrollWidth <= box.clientWidth")


def test_the_main_pages_can_be_had_as_a_pdf():
    if not (path := HTML / "_static" / "book.pdf").exists():
        pytest.skip(f"the book was built where there was no browser to print it with (here: {CHROMIUM})")
    content = path.read_bytes()
    assert content.startswith(b"%PDF")
    assert content.count(b"/Type /Page\n") >= len([page for page in pages() if page in MAIN])
