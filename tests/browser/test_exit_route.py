"""Should Jupyter Book 1 no longer install, the book still builds: by Sphinx and `book/conf.py` alone."""

from __future__ import annotations

import os

from companion.build.release import build_book, differences, words
from tests.browser.book import HTML, ROOT


def test_without_jupyter_book_the_book_is_the_same(tmp_path, monkeypatch):
    (tmp_path / "jupyter_book.py").write_text("raise ImportError('the exit route must not need it')\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=os.pathsep)
    build_book(ROOT, tmp_path / "html")
    number, found = differences(HTML, tmp_path / "html")
    assert number > 20
    assert found == []
    assert words(HTML) == words(tmp_path / "html")
