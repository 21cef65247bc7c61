"""Links, downloads and the search of the built book."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote, urldefrag, urlsplit

import pytest

from tests.browser.book import HTML, anchors, pages, search_index

GLOSSARY = "glossary"


def local(page: str) -> list[tuple[str, Path, str]]:
    """The links of a page that stay in the book: as written, the file, the anchor."""
    here = HTML / f"{page}.html"
    found = []
    for link in (*anchors(here).links, *anchors(here).sources):
        address, anchor = urldefrag(link)
        if not urlsplit(link).scheme and not link.startswith("//"):
            path = unquote(urlsplit(address).path)
            found.append((link, (here.parent / path).resolve() if path else here, unquote(anchor)))
    return found


def test_every_file_that_a_page_names_is_there_and_not_empty(page):
    """Other pages, data, pictures, LaTeX, style sheets, scripts."""
    assert [link for link, path, _ in local(page) if not path.is_file() or not path.stat().st_size] == []


def test_every_anchor_is_there(page):
    links = [link for link in local(page) if link[2] and link[1].suffix == ".html" and link[1].is_file()]
    lost = [link for link, path, at in links if at not in {*anchors(path).ids, *anchors(path).names}]
    assert lost == []


def test_every_page_can_be_reached_from_the_first(page):
    first = pages()[0]
    assert (HTML / f"{page}.html").resolve() in {path.resolve() for _, path, _ in local(first)} or page == first


def words_of_the_glossary() -> list[str]:
    """The terms that the glossary explains."""
    if GLOSSARY not in pages():
        pytest.skip("this book has no glossary")
    ids = anchors(HTML / f"{GLOSSARY}.html").ids
    terms = [name.removeprefix("term-").replace("-", " ") for name in ids if name.startswith("term-")]
    assert terms
    return terms


def test_the_search_knows_every_word_of_the_glossary():
    terms = words_of_the_glossary()
    from sphinx.search.en import SearchEnglish

    stem = SearchEnglish({}).stem
    index = search_index()
    place = index["docnames"].index(GLOSSARY)
    known = {
        word
        for part in ("terms", "titleterms")
        for word, found in index[part].items()
        if found == place or (isinstance(found, list) and place in found)
    }
    assert [term for term in terms if not any(stem(word) in known for word in term.lower().split())] == []


def test_searching_for_a_word_of_the_glossary_leads_there(open_page):
    tab = open_page("search", query=f"?q={words_of_the_glossary()[0]}")
    tab.wait_for_selector("#search-results li a")
    found = tab.eval_on_selector_all("#search-results li a", "links => links.map(link => link.href)")
    assert any(f"{GLOSSARY}.html" in link for link in found)
