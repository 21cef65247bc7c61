"""The README's numbers and sentences are those of the shipped reference run."""

from pathlib import Path

import nbformat
import papermill
import pytest

from companion.build.answer import HOLDS, NUMBER, fill, pages_of
from companion.build.sentences import facts_in
from ildl.checks import InputError

ROOT = Path(__file__).parents[2]
FACTS = {"tables": ({"kl": 0.6188, "sets": 3, "lacking": None}, {"it is worse": True, "it is better": False})}
TEXT = "a <!-- n tables.kl -->0.1<!-- /n --> b <!-- n tables.sets:w -->four<!-- /n -->"


def test_numbers_are_filled_in_and_nothing_else_changes():
    filled = fill(TEXT, FACTS.__getitem__)
    assert filled == "a <!-- n tables.kl -->0.62<!-- /n --> b <!-- n tables.sets:w -->three<!-- /n -->"
    assert fill(filled, FACTS.__getitem__) == filled


@pytest.mark.parametrize("text", [
    "<!-- n tables.lacking -->1<!-- /n -->",
    "<!-- n tables.unknown -->1<!-- /n -->",
    "<!-- holds tables: it is better -->Better.<!-- /holds -->",
    "<!-- holds tables: it is worse; tables: it is better -->Both.<!-- /holds -->",
    "<!-- holds tables: it is unknown -->Unknown.<!-- /holds -->",
])  # fmt: skip
def test_what_the_results_do_not_bear_out_is_refused(text):
    with pytest.raises(InputError):
        fill(text, FACTS.__getitem__)


def test_a_sentence_that_holds_stays_and_its_numbers_are_filled_in():
    text = "<!-- holds tables: it is worse -->We get <!-- n tables.kl:.1f -->9<!-- /n -->.<!-- /holds -->"
    assert ">0.6<" in fill(text, FACTS.__getitem__)
    assert pages_of(text + "<!-- n why.a -->1<!-- /n -->") == ["tables", "why"]


def test_every_number_of_the_readmes_results_is_filled_in_and_every_row_is_bound():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    (answer,) = text.split("<!-- answer -->")[1:]
    results = answer.partition("<!-- /answer -->")[0] + answer.partition("## What holds")[2].partition("\n## ")[0]
    rows = [line for line in results.splitlines() if line.startswith("| ")][2:]
    assert len(rows) == 5
    assert all(HOLDS.search(row) for row in rows)
    assert "0." not in NUMBER.sub("", results)


@pytest.mark.slow
def test_the_readme_says_what_the_reference_run_gives(tmp_path):
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    names = {path.stem.partition("_")[2]: path for path in (ROOT / "notebooks").glob("*.ipynb")}
    made = {}
    for page in pages_of(text):
        made[page] = tmp_path / f"{page}.ipynb"
        papermill.execute_notebook(
            names[page], made[page], {"profile": "reference"}, cwd=ROOT / "notebooks", progress_bar=False
        )
        assert nbformat.read(made[page], 4).cells
    assert fill(text, lambda page: facts_in(made[page])[:2]) == text
