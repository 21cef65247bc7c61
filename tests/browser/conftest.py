"""One browser for all tests of the built book; where there is none, or no book, they are skipped by name."""

from __future__ import annotations

import pytest

from tests.browser.book import CHROMIUM, MAIN, address, pages, why_not


def pytest_generate_tests(metafunc):
    """Give every test with an argument `page` all pages; one that is skipped where there is no book."""
    if "page" in metafunc.fixturenames:
        metafunc.parametrize("page", pages() or ["no book"])


def pytest_collection_modifyitems(items):
    """Put the tests of a page side by side: with `--dist worksteal` one process measures it, and does it once.

    Those of no single page follow the main ones, of which some need the measures.
    """
    places = {page: place for place, page in enumerate(pages())}

    def place(item):
        params = item.callspec.params if hasattr(item, "callspec") else {}
        return places.get(str(params.get("page")), len(MAIN) - 0.5)

    items.sort(key=place)


@pytest.fixture(autouse=True, scope="session")
def _book_and_browser():
    if why := why_not():
        pytest.skip(why)


@pytest.fixture(scope="session")
def browser(_book_and_browser):
    """Chromium."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with playwright.sync_playwright() as started:
        chromium = started.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--allow-file-access-from-files"]
        )
        yield chromium
        chromium.close()


@pytest.fixture
def open_page(browser):
    """A function that opens a page of the book in a tab of its own; there is no network."""
    contexts = []

    def open_it(name: str, width: int = 1440, scheme: str = "light", query: str = "", **context):
        contexts.append(
            browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme, offline=True, **context)
        )
        tab = contexts[-1].new_page()
        tab.set_default_timeout(10_000)
        tab.goto(address(name) + query)
        return tab

    yield open_it
    for context in contexts:
        context.close()
