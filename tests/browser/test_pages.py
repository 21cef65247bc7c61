"""Every page of the built book, as a browser shows it: wide, on a phone, in the dark and on paper."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.browser.book import (
    ERRORS_OF_THE_THEME,
    HEIGHT,
    MAIN,
    MAIN_HEIGHT,
    MAIN_WORDS,
    OF_THE_THEME,
    pages,
)
from tests.browser.survey import survey


@pytest.fixture(scope="session")
def surveyed(browser):
    with survey(browser) as measure:
        yield measure


@pytest.fixture
def seen(surveyed, page):
    return surveyed(page)


def test_the_page_never_scrolls_sideways(page, seen):
    assert seen.widths == {"1440": 1440, "390": 390, "paper": 718}


def test_no_table_is_cut_off(page, seen):
    """On a main page it is whole; elsewhere it may scroll in its box, yet not on paper."""
    assert [cut for cut in seen.cut if page in MAIN or not cut["scrolls"]] == []
    assert seen.cut_on_paper == []


def test_on_a_phone_what_goes_on_beyond_its_box_fades_there(page, seen):
    assert seen.hard == []


def test_every_text_stands_out_from_its_ground(page, seen):
    assert seen.contrast == {"light": [], "dark": []}


def test_the_page_is_no_longer_than_its_budget(page, seen):
    assert seen.height <= (MAIN_HEIGHT if page in MAIN else HEIGHT)


def test_main_pages_together_keep_to_their_words(surveyed):
    words = {page: surveyed(page).words for page in pages() if page in MAIN}
    assert sum(words.values()) < MAIN_WORDS, words


def test_axe_finds_nothing_of_ours(page, seen):
    ours = [
        found for found in seen.rules if not any(found[0] == rule and part in found[1] for rule, part in OF_THE_THEME)
    ]
    assert ours == []


def test_every_id_is_unique(page, seen):
    assert [name for name, count in Counter(seen.ids).items() if count > 1] == []


def test_paper_shows_what_is_folded_and_nothing_of_the_frame(page, seen):
    assert seen.paper == {"around": [], "folded": [], "panels": []}


def test_no_script_fails(page, seen):
    assert [error for error in seen.errors if error not in ERRORS_OF_THE_THEME] == []


def test_nothing_is_asked_of_a_network(page, seen):
    assert [url for url in seen.asked if not url.startswith(("file:", "data:", "blob:"))] == []
