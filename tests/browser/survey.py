"""What a browser sees of each page, measured in one go: light, dark, on a phone and on paper."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache, partial
from pathlib import Path
from typing import Any

from tests.browser.book import address

WIDE, PHONE, PAPER = 1440, 390, 718
"""Widths in pixels; the last is what A4 leaves between margins of 10 mm."""
SETTLED = 50
"""Milliseconds in which layout and theme follow a change."""


def _field(kind: type) -> Any:
    return field(default_factory=kind, repr=False)


@dataclass
class Seen:
    """What was measured of a page."""

    height: int = 0
    words: int = 0
    widths: dict[str, int] = field(default_factory=dict)
    asked: list[str] = _field(list)
    errors: list[str] = _field(list)
    ids: list[str] = _field(list)
    cut: list[dict] = _field(list)
    cut_on_paper: list[dict] = _field(list)
    hard: list[str] = _field(list)
    rules: list[tuple[str, str, str]] = _field(list)
    contrast: dict[str, list[str]] = _field(dict)
    paper: dict[str, list[str]] = _field(dict)


@contextmanager
def survey(browser) -> Iterator[Callable[[str], Seen]]:
    """A function that measures a page, once, without a network."""
    import axe_playwright_python

    context = browser.new_context(viewport={"width": WIDE, "height": 900}, color_scheme="light", offline=True)
    context.add_init_script(path=Path(axe_playwright_python.__file__).parent / "axe.min.js")
    context.add_init_script(path=Path(__file__).with_suffix(".js"))
    tab = context.new_page()
    yield cache(partial(_see, tab))
    context.close()


def _see(tab, name: str) -> Seen:
    seen = Seen()

    def measure(what: str) -> Any:
        return tab.evaluate(f"survey.{what}()")

    def note_request(request):
        seen.asked.append(request.url)

    def note_error(error):
        seen.errors.append(str(error))

    tab.on("request", note_request)
    tab.on("pageerror", note_error)
    _look(tab, WIDE, media="screen", color_scheme="light")
    tab.goto(address(name))
    seen.widths["1440"] = measure("width")
    for what in ("height", "words", "ids", "cut"):
        setattr(seen, what, measure(what))
    seen.rules = [tuple(rule) for rule in measure("rules")]
    _look(tab, PHONE)
    seen.widths["390"], seen.hard = measure("width"), measure("hard")
    seen.rules += [tuple(rule) for rule in measure("rules")]
    _look(tab, PAPER, media="print")
    seen.widths["paper"], seen.paper, seen.cut_on_paper = measure("width"), measure("paper"), measure("cut")
    _look(tab, WIDE, media="screen")
    measure("open")
    for scheme in ("light", "dark"):
        _look(tab, WIDE, color_scheme=scheme)
        tab.wait_for_function(f"document.documentElement.dataset.theme === '{scheme}'")
        tab.wait_for_timeout(SETTLED)
        seen.contrast[scheme] = measure("contrast")
    tab.remove_listener("request", note_request)
    tab.remove_listener("pageerror", note_error)
    return seen


def _look(tab, width: int, **media: str) -> None:
    tab.emulate_media(**media)
    tab.set_viewport_size({"width": width, "height": 900})
    tab.wait_for_timeout(SETTLED)
