"""The page "Your method", followed literally in an empty folder: each file, command and piece of code, in its order."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from ildl.cli import main

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "book" / "use" / "your_method.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```\{code-block\} \w+\n:caption: (.+?)\n\n(.+?)```", PAGE, flags=re.DOTALL)
END = "<end of a block>"


@pytest.fixture(scope="module")
def printed(tmp_path_factory):
    """What each block prints, where all of them are followed.

    The session trains in processes of its own, as by default. Commands do in this one, as where there is one core:
    starting three for each takes longer than all that is trained.
    """
    folder = tmp_path_factory.mktemp("theirs")
    environment = os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}

    # One session, which waits before each block until what the page says in between is done.
    of_session = [
        f"input()\n{code}\nprint({END!r}, flush=True)\n" for caption, code in BLOCKS if caption == "in Python"
    ]
    (folder / "session.py").write_text("".join(of_session), encoding="utf-8")
    errors = (folder / "errors").open("w+")
    session = subprocess.Popen([sys.executable, "session.py"], cwd=folder, env=environment, text=True,
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors)  # fmt: skip

    def go_on():
        session.stdin.write("\n")
        session.stdin.flush()
        lines = []
        while (line := session.stdout.readline()) not in ("", f"{END}\n"):  # "": it has failed
            lines.append(line)
        return "".join(lines)

    def command(program, *arguments):
        if program == "python":
            return subprocess.run([sys.executable, *arguments], check=True, capture_output=True, text=True).stdout
        assert program == "ildl"
        result = CliRunner().invoke(main, arguments)
        assert result.exit_code == 0, result.output
        return result.stdout

    outputs = []
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("LOKY_MAX_CPU_COUNT", "1")
        patch.setattr(sys, "path", list(sys.path))  # files bring the folder that they are in
        for caption, code in BLOCKS:
            if caption.endswith(".py"):
                (folder / caption).write_text(code, encoding="utf-8")
                outputs.append("")
            elif caption == "commands":
                outputs.append("\n".join(command(*shlex.split(line)) for line in code.splitlines()))
            else:
                outputs.append(go_on())
    session.communicate()
    errors.seek(0)
    assert session.returncode == 0, errors.read()
    return [(caption, code, output) for (caption, code), output in zip(BLOCKS, outputs, strict=True)]


def test_every_block_of_the_page_is_followed(printed):
    assert PAGE.count("```") == 2 * len(BLOCKS) == 2 * len(printed)
    assert {caption for caption, _, _ in printed} == {"nearest.py", "elsewhere.py", "commands", "in Python"}


def test_methods_of_the_page_stand_in_the_tables(printed):
    output = "".join(output for *_, output in printed)
    for name in ("Nearest", "nearest one", "RandomForestRegressor", "quadratic", "searched", "least squares elsewhere"):
        assert name in output


def test_predictions_from_elsewhere_stand_beside_the_packages(printed):
    table = printed[[caption for caption, *_ in printed].index("elsewhere.py") + 2][2].splitlines()[-7:]
    assert all(name in table[0] for name in ("SA-BFGS", "Train-mean", "least squares elsewhere"))
    assert [line.split()[0] for line in table[-5:]] == ["0", "1", "2", "3", "4"]


def test_splits_differ_by_their_hash(printed):
    (output,) = [output for _, code, output in printed if "by_person" in code]
    one, other = re.findall(r"[0-9a-f]{32}", output)[-2:]
    assert one != other


def test_what_is_verified_is_equal(printed):
    caption, code, output = printed[-1]
    assert "ildl verify" in code
    _, *cells, said = output.splitlines()
    assert [line.split()[-1] for line in cells] == ["True"] * 3
    assert said.startswith("3 of 3 cells are equal")


def test_the_page_is_in_the_book_and_names_the_one_on_the_package():
    assert "use/your_method" in (ROOT / "book" / "_toc.yml").read_text(encoding="utf-8")
    assert "{doc}`add_a_method`" in PAGE
