"""Which book is tested, which pages it has, how long they may be, and what belongs to the theme."""

from __future__ import annotations

import json
import os
import shutil
from functools import cache
from html.parser import HTMLParser
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]
HTML = Path(os.environ.get("ILDL_BOOK_HTML") or ROOT / "_build" / "html")
"""The built book; the environment variable names another one."""
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)

MAIN: list[str] = yaml.safe_load((ROOT / "_config.yml").read_text())["sphinx"]["config"]["main_pages"]
"""The first page and the main pages."""
MAIN_HEIGHT, HEIGHT = 6_000, 20_000
"""Pixels at a width of 1440."""
MAIN_WORDS = 12_000
"""Of all main pages together."""


OF_THE_THEME = {
    ("region", ".sidebar-primary-item"): "sphinx-book-theme puts its logo outside of the landmarks",
    ("scrollable-region-focusable", "#codecell"): "pydata-sphinx-theme sets tab stops of code after the window changed",
    ("aria-allowed-role", "#id"): "docutils gives entries of a bibliography a role of their own",
    ("aria-deprecated-role", "#id"): "docutils gives entries of a bibliography a role of their own",
    ("aria-required-children", ".citation-list"): "docutils makes a list of its bibliography, with other children",
}
"""Rule of axe and part of a selector -> why no page of ours can mend it."""
ERRORS_OF_THE_THEME = {
    "Identifier 'THEBE_JS_URL' has already been declared": "sphinx-book-theme and sphinx-thebe both load the latter",
}
"""What scripts of the theme complain about -> why."""


def why_not() -> str:
    """Why the book cannot be tested here; empty where it can."""
    if CHROMIUM is None:
        return "no browser here: none of chromium, chromium-browser, google-chrome is installed"
    if not (HTML / "searchindex.js").exists():
        return f"no built book here: {HTML} does not exist; `make book` builds it"
    return ""


@cache
def search_index() -> dict:
    """What the book's search knows."""
    text = (HTML / "searchindex.js").read_text(encoding="utf-8")
    return json.loads(text[text.index("(") + 1 : text.rindex(")")])


def pages() -> list[str]:
    """The pages of the table of contents (only these are built), main pages first, without suffix."""
    names = [] if why_not() else search_index()["docnames"]
    return sorted(names, key=lambda name: (MAIN.index(name) if name in MAIN else len(MAIN), name))


def address(page: str) -> str:
    """Where a browser finds a page."""
    return (HTML / f"{page}.html").resolve().as_uri()


class Anchors(HTMLParser):
    """What a link can point at, and the links, of a file."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.names: list[str] = []
        self.links: list[str] = []
        self.sources: list[str] = []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attrs):
        """Note ids, names and addresses."""
        found = dict(attrs)
        if "id" in found:
            self.ids.append(found["id"])
        if tag == "a" and "name" in found:
            self.names.append(found["name"])
        if tag in ("a", "link") and found.get("href"):
            self.links.append(found["href"])
        if tag in ("script", "img", "iframe", "source", "audio", "video") and found.get("src"):
            self.sources.append(found["src"])


@cache
def anchors(path: Path) -> Anchors:
    """Read a built page."""
    return Anchors(path)
