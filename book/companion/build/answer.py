"""Fills the README with numbers of executed pages, and holds its sentences against their checks.

A number stands between `<!-- n tables.kl_published_movie:.2f -->` and `<!-- /n -->`, a sentence that says something of
results between `<!-- holds tables: name of a check -->` (several are joined by semicolons) and `<!-- /holds -->`: what
`{n}` and `{holds}` are in a page (`companion.build.sentences`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from companion.build.execute import execute
from companion.build.files import files_of
from companion.build.sentences import facts_in, formatted
from companion.build.sources import REFERENCE, executed_copy, find_notebooks, read_notebook
from ildl.checkout import find_root
from ildl.checks import InputError, check_option

NUMBER = re.compile(r"<!-- n (\w+)\.(\w+)(?::(\S+))? -->.*?<!-- /n -->")
HOLDS = re.compile(r"<!-- holds (.+?) -->.*?<!-- /holds -->", re.DOTALL)
PICTURE = ("tables", "published-and-ours.png", "book/_static/answer.png")
"""Page, file that it shows, and where the picture of the README lies."""
Facts = tuple[Mapping[str, Any], Mapping[str, bool]]


def fill(text: str, facts_of: Callable[[str], Facts]) -> str:
    """Return a text with its numbers filled in; `facts_of` gives numbers and checks of a page."""
    for names in HOLDS.findall(text):
        for name in names.split("; "):
            page, _, check = name.partition(": ")
            checks = facts_of(page)[1]
            if not checks[check_option(check, checks, "check")]:
                raise InputError(f"The results do not bear out: {name}. Write another sentence.")

    def number(found: re.Match[str]) -> str:
        page, name, form = found.groups()
        numbers = facts_of(page)[0]
        value = numbers[check_option(name, numbers, "number")]
        if value is None:
            raise InputError(f"The results do not have {page}.{name}.")
        head = found[0][: found[0].index("-->") + 3]
        return f"{head}{formatted(value, form or '')}<!-- /n -->"

    return NUMBER.sub(number, text)


def pages_of(text: str) -> list[str]:
    """Return the pages that a text takes numbers or checks from, by the names of their notebooks without the number."""
    checks = [name.partition(": ")[0] for names in HOLDS.findall(text) for name in names.split("; ")]
    return sorted({page for page, _, _ in NUMBER.findall(text)} | set(checks))


def answer(root: Path | None = None) -> Path:
    """Execute from the reference run the pages that the README takes numbers from, fill them in, renew its picture."""
    root = root or find_root()
    readme = root / "README.md"
    text = readme.read_text(encoding="utf-8")
    names = {name.partition("_")[2]: name for name in find_notebooks(root)}
    pages = [check_option(page, names, "page") for page in {*pages_of(text), PICTURE[0]}]
    for outcome in execute([names[page] for page in pages], REFERENCE, root=root):
        if outcome.status == "failed":
            raise InputError(f"{outcome.name}: {outcome.message}")
    copies = {page: executed_copy(root, names[page]) for page in pages}
    readme.write_text(fill(text, lambda page: facts_in(copies[page])[:2]), encoding="utf-8")
    files = dict(files_of(read_notebook(copies[PICTURE[0]])))
    (root / PICTURE[2]).write_bytes(files[check_option(PICTURE[1], files, "file")])
    return readme
