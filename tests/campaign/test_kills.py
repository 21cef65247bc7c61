"""Processes that are killed at random moments: nothing is lost, nothing is wrong, nothing is left."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path
from random import Random

import pytest

from tests.campaign.fire import SMALL, hold, wait_for

RUNS = {
    "threads": (
        *("run", "-d", "Artificial", "-m", "DILDL", "-m", "RDA", "--param", "DILDL.epochs=40"),
        *("--param", "RDA.epochs=40", "--n-splits", "10", "--jobs", "2"),
    ),
    "processes": ("run", "-d", "Artificial", "-m", "SA-BFGS", "-m", "LDLSF", "--n-splits", "25", "--jobs", "2"),
}
AFTER = 5
"""Seconds within which nothing lives any more of a run whose first process was killed."""


def kill_group(process, place):
    os.killpg(process.pid, signal.SIGKILL)


def kill_parent(process, place):
    process.kill()


def kill_worker(process, place):
    workers = [pid for pid in place.alive() if b"popen_loky" in Path(f"/proc/{pid}/cmdline").read_bytes()]
    if not workers:
        pytest.skip("at this moment there was no worker")
    os.kill(Random(place.folder.name).choice(workers), signal.SIGKILL)


@pytest.mark.parametrize("what", RUNS)
@pytest.mark.parametrize("kill", [kill_group, kill_parent, kill_worker])
def test_a_killed_run(kill, what, trial, place, undisturbed):
    if (what, kill) == ("threads", kill_worker):
        pytest.skip("threads cannot be killed alone")
    whole = undisturbed(*RUNS[what])
    random = Random(f"{kill.__name__} {what} {trial}")
    process = place.start(*RUNS[what])
    if trial or kill is kill_worker:  # the first trial is anywhere, also while modules are imported
        wait_for(lambda: list(place.store.rglob("*.json")) or process.poll() is not None, 120)
    time.sleep(random.uniform(0, 0.5 if trial or kill is kill_worker else 4))
    if process.poll() is not None:
        pytest.skip("it had ended before")
    kill(process, place)
    faults = []
    if kill is kill_worker:
        faults += place.end_of(process).faults()
    else:
        process.wait()
        if not wait_for(lambda: not place.alive(), AFTER):
            faults.append(f"{len(place.alive())} processes outlive their parent by {AFTER} seconds")
    faults += resumed(place, whole, RUNS[what])
    hold(*faults)


def resumed(place, whole, words):
    """What is wrong with the next run."""
    before, survivors, faults = place.stamps(), place.records(), []
    again = place.run(*words)
    faults += again.faults()
    if again.code:
        faults.append(f"the next run ends with {again.code}: {again.err[-500:]}")
    if lost := set(survivors) - set(place.records()):
        faults.append(f"{len(lost)} records are lost")
    if place.records() != whole.records():
        faults.append("the numbers are not those of an undisturbed run")
    if anew := sum(place.stamps().get(path) != stamp for path, stamp in before.items()):
        faults.append(f"{anew} of {len(before)} cells were computed twice")
    if left := place.leftovers():
        faults.append(f"after the next run there are {left}")
    return faults


KILLED_AT = (
    "import os; from ildl.cli import main; moments = iter(range({moment})); real = os.{call}\n"
    + """def last(*arguments):
    if next(moments, None) is None:
        os.kill(os.getpid(), 9)
    return real(*arguments)
os.{call} = last; main()"""
)
"""A command that dies at a call."""


@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_a_run_killed_while_it_writes(call, trial, place, undisturbed):
    words = SMALL
    whole = undisturbed(*words)
    script = KILLED_AT.format(call=call, moment=trial)
    place.end_of(place.start(*words, command=(sys.executable, "-c", script)))
    hold(*resumed(place, whole, words))
