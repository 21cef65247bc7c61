"""README and pages on use: their code runs, their commands exist, and what they say of the checkout is so."""

from __future__ import annotations

import ast
import re
import shlex
from pathlib import Path

import click
import nbformat
import pytest
import yaml

from companion.base.asked import Asked
from companion.cli import main as companion
from ildl.cli import main as ildl

ROOT = Path(__file__).parents[1]
USE = ROOT / "book" / "use"
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(USE.rglob("*.md"))]
ELSEWHERE = {"cluster.md"}
"""Pages whose code needs a cluster: it is compiled only."""
COMMANDS = {"ildl": ildl, "companion": companion}


def blocks(page: Path, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)


def command_lines() -> list[tuple[str, str]]:
    """Lines of shell blocks, and code in tables, that start with one of our commands."""
    found = []
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        shell = "\n".join(blocks(page, "bash") + re.findall(r"\{code-block\} bash\n(.*?)```", text, re.DOTALL))
        inline = [line for line in re.findall(r"`([^`\n]+)`", text) if len(line.split()) > 1]
        lines = [line.split("  #")[0].strip() for line in (*shell.splitlines(), *inline)]
        found += [(page.name, line) for line in lines if line.split(" ")[0] in (*COMMANDS, "make", "papermill")]
    return found


@pytest.mark.parametrize("page", [page for page in PAGES if blocks(page, "python")], ids=lambda page: page.name)
def test_the_code_of_a_page_runs(page, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    for code in blocks(page, "python"):
        compiled = compile(code, page.name, "exec")
        if page.name not in ELSEWHERE:
            exec(compiled, names)
    assert page.name in ELSEWHERE or "kl_divergence" in capsys.readouterr().out


def hold_quick_start(printed: str) -> None:
    """What the quick start printed is what the README says."""
    (expected,) = blocks(ROOT / "README.md", "text")
    found, said = (dict(line.split() for line in text.splitlines()) for text in (printed, expected))
    assert found.keys() == said.keys()
    # Rounding differs between processors, and training makes something of that.
    assert [float(value) for value in found.values()] == pytest.approx(list(map(float, said.values())), abs=0.01)


def test_the_quick_start_prints_what_the_readme_says(capsys):
    (code,) = blocks(ROOT / "README.md", "python")
    exec(compile(code, "README.md", "exec"), {})
    hold_quick_start(capsys.readouterr().out)


def test_own_data_needs_no_more_lines_than_promised():
    first = blocks(USE / "your_data.md", "python")[0]
    assert len([line for line in first.splitlines() if line.strip()]) <= 10


@pytest.mark.parametrize(("page", "line"), command_lines(), ids=lambda text: text)
def test_commands_and_options_exist(page, line):
    program, *words = shlex.split(line.replace("...", ""))
    if program == "make":
        makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
        targets = [word for word in words if "=" not in word]
        variables = [word.partition("=")[0] for word in words if "=" in word]
        assert all(re.search(rf"^{target}:", makefile, re.MULTILINE) for target in targets)
        assert all(f"{name}=" in makefile or f"{name} ?=" in makefile for name in variables)
    elif program == "papermill":
        given = {name for name in re.findall(r"-p (\w+)|[-{,y] ?\"?\{?(\w+):", line) for name in name if name}
        notebook = ROOT / words[0].replace("NN_name", "02_tables")
        (cell,) = [c for c in nbformat.read(notebook, 4).cells if "parameters" in c.metadata.get("tags", [])]
        assert given <= {target.id for node in ast.parse(cell.source).body for target in node.targets}
    elif words and not words[0].startswith(("-", "NAME", "FILE")):
        command = COMMANDS[program]
        while isinstance(command, click.Group):
            name, *words = words
            assert name in command.commands
            command = command.commands[name]
        options = {flag for parameter in command.params for flag in (*parameter.opts, *parameter.secondary_opts)}
        if command.name != "bench":  # hands its options to pytest
            assert {word.partition("=")[0] for word in words if word.startswith("-")} <= options | {"--help", "-h"}


def test_what_one_command_is_promised_to_do_is_run_by_a_workflow():
    level = (USE / "promises.md").read_text(encoding="utf-8").partition("\n## 1. ")[2].partition("\n## 2. ")[0]
    rows = [row for row in level.splitlines() if row.startswith("| ")][2:]
    assert rows
    for row in rows:
        command, workflow = re.findall(r"`([^`]+)` \|", row)[-2:]
        runs = (ROOT / f".github/workflows/{workflow}.yml").read_text(encoding="utf-8")
        if "run: .ci/run" in runs:
            runs += (ROOT / ".ci/run").read_text(encoding="utf-8")
        assert command in runs.replace('"', "").replace(".venv/bin/", ""), command


def test_the_parameters_of_a_notebook_are_those_that_the_page_explains():
    table = (USE / "index.md").read_text(encoding="utf-8").partition("| Parameter |")[2].partition("\n\n")[0]
    explained = {name for row in table.splitlines()[2:] for name in re.findall(r"`(\w+)`", row.split("|")[1])}
    assert explained == set(Asked.__dataclass_fields__)


def test_every_notebook_is_in_the_table():
    listed = set(re.findall(r"\[`(\d\d_\w+)`\]", (USE / "index.md").read_text(encoding="utf-8")))
    assert {path.stem for path in (ROOT / "notebooks").glob("*.ipynb")} <= listed


def test_the_citation_is_that_of_the_citation_file():
    said = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    text = " ".join((ROOT / "book/cite.md").read_text(encoding="utf-8").split())
    for value in (said["title"], str(said["version"]), said["license"], said["authors"][0]["name"]):
        assert f"{{{value}}}" in text
    bib = " ".join(
        (ROOT / "book/references.bib").read_text(encoding="utf-8").partition("@inproceedings{zhao")[0].split()
    )
    (paper,) = said["references"]
    assert f"title = {{{paper['title']}}}" in bib
    assert all(f"{author['family-names']}, {author['given-names']}" in bib for author in paper["authors"])


def test_words_of_the_glossary_have_two_sentences_at_most_and_a_page():
    text = (ROOT / "book/glossary.md").read_text(encoding="utf-8")
    entries = re.findall(r"^  (.+)$", text, re.MULTILINE)
    terms = set(re.findall(r"^(\w.+)$", text.partition("{glossary}")[2], re.MULTILINE))
    assert {"rebalanced", "equal degrees", "noise margin", "corrected test", "practical equivalence"} <= terms
    for entry in entries:
        said, see, link = entry.partition(" See [")
        assert see, entry
        assert "](" in link
        assert len(re.findall(r"[.?](?= |$)", said.replace("Eq. ", "Eq "))) <= 2, entry
