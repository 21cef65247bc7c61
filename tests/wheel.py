"""What is done with the wheel by somebody who has no checkout: twelve things, and what each of them says."""

from __future__ import annotations

import os
import shlex
import subprocess
from pathlib import Path

import pytest

from tests.test_environment import PROJECT
from tests.test_use_pages import ROOT, blocks, hold_quick_start
from tests.test_your_data_page import photos
from tests.test_your_method import BLOCKS

README = ROOT / "README.md"
(OWN,) = (code for code in blocks(README, "bash") if code.startswith("ildl run"))
RUN, COMPARE = OWN.splitlines()
PHOTOS = shlex.split(RUN)[3]
SMALL = "--n-splits 5 --results-dir small"
ACTIONS = {
    "ask what it is": [
        ("ildl --version", 0, f"ildl, version {PROJECT['version']}"),
        ("ildl --help", 0, "Imbalanced label distribution learning"),
        ("python every_module.py", 0, "all imported"),
    ],
    "list the data sets": [("ildl datasets --extra", 0, "Natural_Scene")],
    "fetch one without a network": [("ildl fetch Movie", 1, "By hand: download")],
    "follow the quick start": [("python quick_start.py", 0, "kl_divergence")],
    "train on a file": [(RUN, 0, "Train-mean")],
    "do the same again": [(RUN, 0, "Train-mean")],
    "make a page of it": [(COMPARE, 0, "written to page.html")],
    "train a sample again": [(f"ildl verify results -d {PHOTOS} --sample 3", 0, "True")],
    "bring a method": [
        (f"ildl run -d Artificial -m nearest.py:Nearest -m sklearn.linear_model:Ridge {SMALL}", 0, "Nearest")
    ],
    "search its parameters": [
        (f"ildl sweep -d Artificial -m nearest.py:Nearest --over k=1,5 {SMALL} --format csv", 0, "k=1")
    ],
    "bring predictions": [
        ("ildl splits -d Artificial --n-splits 5 -o splits.npz", 0, "splits.npz"),
        ("python elsewhere.py", 0, ""),
        ("ildl compare small predictions.npz --splits splits.npz -o both.html", 0, "written to both.html"),
    ],
    "ask for what is not there": [
        ("ildl bench", 2, "is not inside a checkout of ildl"),
        ("sh -c 'cd checkout && ildl bench'", 2, "Benchmarks need pytest and companion, as `make env` in"),
        ("ildl notebooks", 2, "No such command 'notebooks'"),
        ("ildl run -d Artificial -m DILDL --backend dask", 2, "pip install dask distributed"),
        ("ildl run -d votes.parquet,labels=a,sampling=none -m DILDL", 2, "pip install pyarrow"),
        ("ildl run -d votes.mat,labels=a,sampling=none -m DILDL", 2, "pip install h5py"),
        ("python -c 'import companion'", 1, "No module named 'companion'"),
    ],
}
"""What somebody wants to do -> command lines, in their order; each with its exit code and words of what it says."""
EVERY_MODULE = """
from importlib import import_module
from pathlib import Path
import ildl

root = Path(ildl.__file__).parent
for path in root.rglob("*.py"):
    import_module(".".join(("ildl", *path.relative_to(root).with_suffix("").parts)).removesuffix(".__init__"))
print("all imported")
"""


def follow(scripts: Path, folder: Path) -> dict[str, list[subprocess.CompletedProcess[str]]]:
    """Do all of it in an empty folder, with the commands of an environment and without a network."""
    files = dict(BLOCKS) | {"quick_start.py": blocks(README, "python")[0], "every_module.py": EVERY_MODULE}
    for name in ("quick_start.py", "every_module.py", "nearest.py", "elsewhere.py"):
        (folder / name).write_text(files[name], encoding="utf-8")
    photos().to_csv(folder / "photos.csv", index=False)
    (folder / "checkout" / "notebooks").mkdir(parents=True)
    (folder / "checkout" / "_config.yml").touch()
    (folder / "votes.parquet").touch()
    (folder / "votes.mat").write_bytes(b"\x89HDF\r\n\x1a\n")
    nowhere = "http://127.0.0.1:9"
    env = {"PATH": f"{scripts}{os.pathsep}{os.defpath}", "HOME": str(folder), "OMP_NUM_THREADS": "1"}
    env |= {"http_proxy": nowhere, "https_proxy": nowhere}

    def done(line: str, more: dict[str, str]) -> subprocess.CompletedProcess[str]:
        return subprocess.run(shlex.split(line), cwd=folder, env=env | more, capture_output=True, text=True)

    # To start processes for own methods takes longer than all that they train; one of two commands shows that they do.
    more = {"search its parameters": {"LOKY_MAX_CPU_COUNT": "1"}}
    return {wish: [done(line, more.get(wish, {})) for line, *_ in lines] for wish, lines in ACTIONS.items()}


class Promises:
    """Tests of what `follow` returns; the fixture `ended` says in which environment."""

    @pytest.mark.parametrize("wish", ACTIONS)
    def test_what_is_promised(self, ended, wish):
        for (line, code, said), done in zip(ACTIONS[wish], ended[wish], strict=True):
            output = done.stdout + done.stderr
            assert (done.returncode, said in output) == (code, True), f"{line}\n{output}"
            if "ildl " in line:
                assert "Traceback" not in output
                assert sum(row.startswith("Error: ") for row in output.splitlines()) == (code == 2)

    def test_the_quick_start_prints_what_the_readme_says(self, ended):
        hold_quick_start(ended["follow the quick start"][0].stdout)

    def test_what_is_finished_is_read_and_not_trained(self, ended):
        (first,), (again,) = ended["train on a file"], ended["do the same again"]
        assert again.stdout == first.stdout
        assert "cell" in first.stderr  # the bar that counts them
        assert "cell" not in again.stderr

    def test_a_sample_trained_again_is_equal(self, ended):
        _, *rows, said = ended["train a sample again"][0].stdout.splitlines()
        assert [row.split()[-1] for row in rows] == ["True"] * 3
        assert said.startswith("3 of 3 cells are equal")
