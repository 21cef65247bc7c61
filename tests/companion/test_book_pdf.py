"""The main pages as one document to be printed, and when it is printed: on a toy book."""

import os
import re
import stat

import pytest

from companion.build import pdf
from companion.build.pdf import joined
from tests.toy_checkout import build, make_checkout

PAGE = """<head><title>T</title><link rel="stylesheet" href="{up}_static/book.css" />
<script>window.MathJax = {{}}</script><script defer="defer" src="{up}_static/mathjax/tex.js"></script></head>
<nav>Sidebar</nav><article class="bd-article">
<section id="title"><h1>{name}</h1>{body}</section></article>"""


@pytest.fixture
def pages():
    first = '<a href="notebooks/b.html">b</a> <a href="notebooks/b.html#title">t</a> <img src="_images/x.png">'
    second = """<script type="application/json">{}</script><a href="#title">up</a> <a href="c.html#x">c</a>
<a href="../a.html">a</a> <a href="#here" id="here">here</a> <a href="https://e.org/a.html">out</a>
<img src="../_images/y.png"><a href="files/t.csv" download>data</a>"""
    return {
        "a": PAGE.format(up="", name="First", body=first),
        "notebooks/b": PAGE.format(up="../", name="Second", body=second),
    }


class TestJoined:
    def test_links_among_the_pages_lead_inside_and_others_are_text(self, pages):
        links = re.findall(r"<a([^>]*)>(\w+)</a>", joined(pages))
        assert [(text, (re.findall('href="([^"]*)"', attributes) or [None])[0]) for attributes, text in links] == [
            ("b", "#notebooks/b"), ("t", "#notebooks/b/title"), ("up", "#notebooks/b/title"), ("c", None), ("a", "#a"),
            ("here", "#here"), ("out", "https://e.org/a.html"), ("data", None),
        ]  # fmt: skip

    def test_every_link_inside_has_its_target(self, pages):
        text = joined(pages)
        ids = re.findall(r'\sid="([^"]*)"', text)
        assert len(ids) == len(set(ids))
        assert set(re.findall(r'href="#([^"]*)"', text)) <= set(ids)

    def test_files_are_found_from_the_root_of_the_book(self, pages):
        text = joined(pages)
        assert re.findall(r'<img src="([^"]*)"', text) == ["_images/x.png", "_images/y.png"]
        assert re.findall(r'<link[^>]*href="([^"]*)"', text) == ["_static/book.css"]
        assert text.count("mathjax/tex.js") == text.count("window.MathJax") == 1

    def test_articles_stand_in_order_without_frame_and_scripts(self, pages):
        text = joined(pages)
        assert re.findall("<h1>(.*?)</h1>", text) == ["First", "Second"]
        assert "Sidebar" not in text
        assert "application/json" not in text


@pytest.fixture
def printer(tmp_path, monkeypatch):
    """A program in the place of Chromium that counts how often it prints."""
    program, calls = tmp_path / "chromium", tmp_path / "calls"
    program.write_text(
        "#!/bin/sh\n"
        f'for given in "$@"; do case $given in --print-to-pdf=*) cp \'{tmp_path}/pdf\' "${{given#*=}}";; esac; done\n'
        f"echo \"$@\" >> '{calls}'\n"
    )
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    (tmp_path / "pdf").write_text("%PDF")
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    return lambda: len(calls.read_text().splitlines()) if calls.exists() else 0


@pytest.fixture
def checkout(tmp_path):
    (tmp_path / "checkout").mkdir()
    root = make_checkout(tmp_path / "checkout")
    (root / "book/shows.md").write_text("# Second\n")
    templates = root / "book/_templates"
    templates.mkdir()
    (templates / "page.html").write_text('<article class="bd-article">{{ body }}</article>')
    return root


def built(root, *pages):
    assert build(root, main_pages=[*pages] or ["intro", "not_there", "shows"], templates_path=["_templates"]) == ""
    html = root / "_build/html"
    return (html / "_static/book.pdf").exists(), (html / "intro.html").read_text().count('href="_static/book.pdf"')


def test_it_is_printed_once_and_again_when_a_page_changes(checkout, printer):
    assert built(checkout) == (True, 1)
    assert not list((checkout / "_build/html").glob("*to-print*"))
    assert built(checkout) == (True, 1)
    assert printer() == 1
    (checkout / "book/shows.md").write_text("# Another\n")
    assert built(checkout) == (True, 1)
    assert printer() == 2
    (checkout / "_build/html/_static/book.pdf").unlink()
    assert built(checkout) == (True, 1)
    assert printer() == 3


def test_a_book_without_main_pages_has_none(checkout, printer):
    assert built(checkout, "not_there") == (False, 0)
    assert printer() == 0


def test_without_a_browser_there_is_none_and_no_link(checkout, monkeypatch):
    monkeypatch.setattr(pdf, "NAMES", ("no-such-browser",))
    assert built(checkout) == (False, 0)


def test_a_browser_that_fails_is_no_failure_of_the_build(checkout, printer, tmp_path):
    (tmp_path / "pdf").unlink()
    assert built(checkout) == (False, 0)
    assert printer() == 1
