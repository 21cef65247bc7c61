"""What is waited for at the prompt: `ildl run` from nothing and from stored results, the plain loop, the bare start.

ildl bench -k prompt --data Emotion6 --data Movie --epochs 300 --rounds 5
"""

from __future__ import annotations

import itertools
import subprocess
import sys
from statistics import median

from benchmarks.work import timed

METHOD = "RDA"
PROMPT = "-c", "from ildl.cli import main; main()"  # the command of this checkout, installed or not
LOOP = "from benchmarks.work import loop_alone; loop_alone({!r}, {!r}, {}, {})"


def seconds(rounds, *arguments):
    """Median seconds of a command, of which nothing is printed."""
    return median(
        timed(subprocess.run, [sys.executable, *arguments], check=True, capture_output=True)[0] for _ in range(rounds)
    )


def test_the_start(settings, figures, say):
    for what, arguments in {"ildl --help": (*PROMPT, "--help"), "import ildl": ("-c", "import ildl")}.items():
        spent = seconds(settings.rounds, *arguments)
        figures.append({"what": what, "rounds": settings.rounds, "seconds": spent})
        say(f"{what}: {spent:.2f} s")


def test_a_run(data, settings, figures, tmp_path, say):
    folds, rounds = max(settings.folds, 2), settings.rounds
    asked = "run", "-d", data, "-m", METHOD, "--param", f"{METHOD}.epochs={settings.epochs}", "--n-splits", str(folds)
    stores = (str(tmp_path / str(i)) for i in itertools.count())

    def fresh(*more):
        return median(seconds(1, *PROMPT, *asked, "--results-dir", next(stores), *more) for _ in range(rounds))

    seconds(1, *PROMPT, *asked, "--results-dir", next(stores))  # compiles, once on a machine
    found = {"run": fresh(), "run --jobs 1": fresh("--jobs", "1")}
    found["run, all stored"] = seconds(rounds, *PROMPT, *asked, "--results-dir", str(tmp_path / "0"))
    found["loop"] = seconds(rounds, "-c", LOOP.format(METHOD, data, folds, settings.epochs))
    row = {"data": data, "method": METHOD, "folds": folds, "epochs": settings.epochs, "rounds": rounds}
    for what, spent in found.items():
        figures.append(row | {"what": what, "seconds": spent, "ratio": found["loop"] / spent})
        say(f"{data}, {what}: {spent:.2f} s; the loop takes {found['loop'] / spent:.1f} times as long")
