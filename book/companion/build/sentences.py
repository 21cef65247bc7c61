"""Sphinx extension: prose that is written by people, bound to checks, with numbers filled in.

- the role `{n}`: a number of a notebook, such as `kl_movie` or `tables.kl_movie:.3f`; the part before the dot names
  another notebook (without its number), the part after the colon is a format: of Python, `w` for a word where the
  number is small (`W` at the start of a sentence), `%` for a share as a percentage;
- the directive `{holds}`: prose that is true if the named check is (several are joined by semicolons; `not` before a
  name turns it round). After a line `otherwise:` stands what is true if it is not; without one, the page marks the
  prose as not borne out by its run, and a book from the reference run fails;
- the directive `{caption}`: prose below a figure or table, which describes it for those who do not see it, and is the
  target of references to it.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any, ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective, SphinxRole

from companion.build.sources import (
    REFERENCE,
    Record,
    executed_copy,
    find_notebooks,
    outputs_of,
    read_notebook,
    short,
)
from companion.show.facts import MIME
from ildl.checks import InputError, check_option

WORDS = ("none", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
OTHERWISE = "otherwise:"
SUBTYPE = "said"
"""Of warnings about what pages say."""
logger = logging.getLogger(__name__)


def setup(app: Sphinx) -> dict[str, Any]:
    """Add the role and the directives."""
    app.add_role("n", Number())
    app.add_directive("holds", Holds)
    app.add_directive("caption", Caption)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def facts_in(path: Path) -> tuple[dict[str, Any], dict[str, bool], str]:
    """Numbers and checks of an executed notebook, and the profile of its run."""
    return _facts_in(path, path.stat().st_mtime)


@lru_cache(maxsize=64)
def _facts_in(path: Path, changed: float) -> tuple[dict[str, Any], dict[str, bool], str]:
    notebook = read_notebook(path)
    record = Record.read(notebook)
    numbers: dict[str, Any] = {}
    checks: dict[str, bool] = {}
    for found in (data.get(MIME, {}) for data in outputs_of(notebook)):
        numbers |= found.get("numbers", {})
        checks |= found.get("checks", {})
    return numbers, checks, record.profile if record else ""


def facts_of(env: Any, page: str) -> tuple[dict[str, Any], dict[str, bool], str]:
    """Numbers and checks of a page, by the name of its notebook without the number; "" is the page that is read."""
    root = Path(env.srcdir).parent
    names = {short(name): name for name in find_notebooks(root)}
    page = page or short(env.docname.rpartition("/")[2])
    path = executed_copy(root, names[check_option(page, names, "notebook")])
    env.note_dependency(str(path))
    return facts_in(path)


def complain(message: str, location: Any) -> None:
    """Warn; `companion.build.extension` makes an error of it."""
    logger.warning("%s", message, location=location, type="ildl", subtype=SUBTYPE)


def formatted(value: float | int | str | None, form: str) -> str:
    """Write a number into a sentence.

    Examples
    --------
    >>> formatted(-0.126, ".2f"), formatted(3, "w"), formatted(0.4, "%"), formatted(0.6188, "")
    ('−0.13', 'three', '40 %', '0.62')
    """
    if value is None:
        return "–"
    if isinstance(value, str):
        return value
    if form in ("w", "W"):
        word = WORDS[int(value)] if value == int(value) and 0 <= value < len(WORDS) else f"{value:,.0f}"
        return word.capitalize() if form == "W" else word
    if form == "%":
        return f"{100 * value:.0f} %".replace("-", "−")
    return format(value, form or ("," if isinstance(value, int) else ".2f")).replace("-", "−")


class Number(SphinxRole):
    """The role `{n}`."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """Return the number as text; one that is not there is an error of the build."""
        name, _, form = self.text.partition(":")
        page, _, key = name.rpartition(".")
        try:
            numbers, _, profile = facts_of(self.env, page)
            text = formatted(numbers[check_option(key, numbers, "number")], form)
            if profile == REFERENCE and numbers[key] is None:
                raise ValueError("the reference run does not have it")
        except (InputError, ValueError, OSError) as error:
            complain(f"The number {self.text!r} cannot be filled in: {error}", self.get_location())
            text = "?"
        return [nodes.inline(text, text, classes=["number"])], []


class Holds(SphinxDirective):
    """The directive `{holds}`."""

    required_arguments = 1
    final_argument_whitespace = True
    has_content = True

    def run(self) -> list[nodes.Node]:
        """Return the prose that is true; mark what this run does not bear out."""
        lines = [line.strip() for line in self.content]
        at = lines.index(OTHERWISE) if OTHERWISE in lines else len(lines)
        failing = self._failing()
        first, last = (at + 1, len(lines)) if failing and at < len(lines) else (0, at)
        box = nodes.container(classes=["bound"])
        if failing and at == len(lines):
            box["classes"] += ["not-borne-out"]
            box += nodes.paragraph("", "Not borne out by this run:", classes=["why"])
            if REFERENCE in failing:
                said = " ".join(line for line in self.content if line)[:120]
                complain(f"The reference run does not bear out: {said!r}", self.get_location())
        self.state.nested_parse(self.content[first:last], self.content_offset + first, box)
        return [box]

    def _failing(self) -> list[str]:
        """Profiles of the runs that do not bear out a check; empty where all hold."""
        failing = []
        for name in (part.strip() for part in self.arguments[0].split(";")):
            page, _, check = name.removeprefix("not ").rpartition(": ")
            try:
                _, checks, profile = facts_of(self.env, page)
                if checks[check_option(check, checks, "check")] == name.startswith("not "):
                    failing.append(profile)
            except (InputError, ValueError, OSError) as error:
                complain(f"The check {name!r} cannot be made: {error}", self.get_location())
                failing.append("")
        return failing


class Caption(SphinxDirective):
    """The directive `{caption}`; its argument is the name of what stands above it."""

    required_arguments = 1
    has_content = True
    option_spec: ClassVar = {"title": directives.unchanged}

    def run(self) -> list[nodes.Node]:
        """Return the caption as a target of references."""
        name = self.arguments[0]
        box = nodes.container(classes=["caption"], ids=[f"{name}-caption"], names=[f"{name}-caption"])
        self.state.document.note_explicit_target(box, box)
        self.state.nested_parse(self.content, self.content_offset, box)
        return [box]
