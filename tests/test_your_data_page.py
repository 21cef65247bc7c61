"""The page "Your data", followed literally: its code, its commands, and what it says that they print."""

from __future__ import annotations

import re
import shlex
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from ildl.cli import main
from ildl.data.cleaning import ACTIONS
from ildl.data.own import CHOOSING, CLEANING, READING

PAGE = (Path(__file__).parents[1] / "book" / "use" / "your_data.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)


@pytest.fixture(scope="module")
def followed(tmp_path_factory):
    """Every block with the command's result that stands before it, or of it."""
    found, names, result = [], {}, None
    with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings():
        patch.chdir(tmp_path_factory.mktemp("page"))
        warnings.simplefilter("ignore")
        for language, block in BLOCKS:
            if language == "python":
                exec(compile(block, "your_data.md", "exec"), names)
            elif language == "bash":
                (program, *arguments), *more = (shlex.split(line) for line in block.splitlines())
                assert program == "ildl"
                assert not more
                result = CliRunner().invoke(main, arguments + (["--jobs", "1"] if arguments[0] == "run" else []))
            found.append((language, block, result))
    return found


def test_commands_end_as_the_page_says(followed):
    refused = {block for (_, block, _), (after, said, _) in zip(followed, followed[1:], strict=False)
               if after == "text" and said.startswith("Error")}  # fmt: skip
    assert len(refused) == 1
    for language, block, result in followed:
        if language == "bash":
            assert result.exit_code == (2 if block in refused else 0), result.output
            assert "Traceback" not in result.output


def test_they_print_what_the_page_says(followed):
    shown = [(line.strip(), result.output) for language, block, result in followed if language == "text"
             for line in block.splitlines()]  # fmt: skip
    assert len(shown) == 7
    for line, output in shown:
        assert line in output


def test_long_votes_are_the_same_votes(followed):
    outputs = [result.output for language, block, result in followed if language == "bash" and "-m Uniform" in block]
    assert "counted for 400 instances (id)" in outputs[-1]


def test_every_option_is_in_the_table():
    table = PAGE.partition("| Key |")[2].partition("\n\n")[0]
    keys = {key for row in table.splitlines()[2:] for key in re.findall(r"`(\w+)`", row.split("|")[1])}
    assert keys == {*CLEANING, *CHOOSING, *READING}
    assert all(f"`{action}`" in table for action in ACTIONS)


def photos() -> pd.DataFrame:
    """The example of README.md: three features, votes on three moods, an id."""
    rng = np.random.default_rng(0)
    table = pd.DataFrame(rng.normal(size=(250, 3)), columns=["x1", "x2", "x3"])
    share = np.exp(table.to_numpy() + [0.7, 0.0, -0.7])
    table[["votes_calm", "votes_glad", "votes_sad"]] = [rng.multinomial(9, row / row.sum()) for row in share]
    table.insert(0, "photo_id", [f"photo {k}" for k in range(250)])
    return table


def test_the_readme_goes_from_a_file_to_a_page(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    photos().to_csv("photos.csv", index=False)
    readme = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
    (block,) = (
        code for code in re.findall(r"^```bash\n(.*?)^```", readme, re.DOTALL | re.MULTILINE) if "ildl run" in code
    )
    for line in block.splitlines():
        result = CliRunner().invoke(main, shlex.split(line)[1:])
        assert result.exit_code == 0, result.output
    page = Path("page.html").read_text(encoding="utf-8")
    for method in ("DILDL", "RDA", "Uniform", "Train-mean"):
        assert f">{method}<" in page
