"""Several runs at once, a disk that is full, a store that cannot be written or goes away."""

from __future__ import annotations

import shutil
import time
from random import Random

import pytest

from tests.campaign.fire import ILDL, SMALL, hold, in_namespace, wait_for
from tests.campaign.test_kills import RUNS


@pytest.mark.parametrize("number", [2, 4])
@pytest.mark.parametrize("what", RUNS)
def test_runs_at_once_in_one_folder(number, what, place, undisturbed):
    words, faults = RUNS[what], []
    whole = undisturbed(*words)
    for ended in [place.end_of(process) for process in [place.start(*words) for _ in range(number)]]:
        faults += ended.faults()
        if ended.code or "Warning" in ended.err:
            faults.append(f"one ended with {ended.code}: {ended.err[-500:]}")
    if place.records() != whole.records():
        faults.append("the numbers are not those of a run alone")
    hold(*faults, *place.leftovers())


def shell(place, script, *words, command=()):
    """A command line in a shell that knows the command as "$@"."""
    return place.run(*words, command=(*command, "bash", "-c", script, "bash", *ILDL))


WRITERS = {
    "run": (SMALL, "results"),
    "a page": (("compare", "results", "-o", "page.html"), "page.html"),
    "splits": (("splits", "-d", "Artificial", "-o", "splits.npz"), "splits.npz"),
    "a CSV file": ((*SMALL, "--csv", "tidy.csv"), "tidy.csv"),
}


@pytest.mark.parametrize("what", WRITERS)
def test_files_may_not_grow(what, place, undisturbed):
    """What was there stays as it was, and nothing is there in part."""
    words, output = WRITERS[what]
    if what != "run":
        shutil.copytree(undisturbed(*SMALL).store, place.store)
        (place.folder / output).write_text("what was there")
    ended = shell(place, 'ulimit -f 1; exec "$@"', *words)
    faults = [*ended.faults(output)]
    if not ended.code:
        faults.append("it ended as if all were well")
    if what != "run" and (place.folder / output).read_text(errors="replace") != "what was there":
        faults.append(f"{output} was there, and now is written in part")
    hold(*faults, *place.leftovers(), *(f"{path} is damaged" for path in place.folder.glob("*.part")))


FULL = """
mkdir results && mount -t tmpfs -o size={size}k none results || exit 77
"$@"; code=$?
mount -o remount,size=100M results && "$@" || exit 78
cp -r results kept; exit $code
"""


@pytest.mark.parametrize("what", RUNS)
@pytest.mark.parametrize("size", [4, 24, 60])
def test_the_disk_is_full_and_then_is_not(size, what, place, undisturbed):
    whole = undisturbed(*RUNS[what])
    ended = shell(place, FULL.format(size=size), *RUNS[what], command=in_namespace())
    faults = [*ended.faults("results")]
    if ended.code != 1:
        faults.append(f"it ended with {ended.code}: {ended.err[-500:]}")
    place.store = place.folder / "kept"
    if place.records() != whole.records():
        faults.append("once there is room, the numbers are not those of an undisturbed run")
    hold(*faults, *place.leftovers())


READ_ONLY = 'mount --bind results results && mount -o remount,ro,bind results || exit 77; exec "$@"'
READERS = {
    "run": SMALL,
    "run of more": (*SMALL, "-m", "SA-BFGS"),
    "compare": ("compare", "results", "-o", "page.html"),
    "verify": ("verify", "results"),
}


@pytest.mark.parametrize("what", READERS)
def test_the_store_is_read_only(what, place, undisturbed):
    shutil.copytree(undisturbed(*SMALL).store, place.store)
    before = place.stamps()
    ended = shell(place, READ_ONLY, *READERS[what], command=in_namespace())
    faults = [*ended.faults("results")]
    if what in ("compare", "verify") and ended.code:
        faults.append(f"what only reads ended with {ended.code}: {ended.err[-500:]}")
    hold(*faults, *([] if place.stamps() == before else ["the store is another one"]))


@pytest.mark.parametrize("what", RUNS)
def test_the_store_is_deleted_during_the_run(what, trial, place, undisturbed):
    whole = undisturbed(*RUNS[what])
    process = place.start(*RUNS[what])
    wait_for(place.store.exists, 120)
    time.sleep(Random(f"{what} {trial}").uniform(0, 4))
    shutil.rmtree(place.store, ignore_errors=True)
    ended = place.end_of(process)
    faults = [*ended.faults("results")]
    again = place.run(*RUNS[what])
    if again.code or place.records() != whole.records():
        faults.append(f"the next run ended with {again.code}, or has other numbers")
    hold(*faults, *place.leftovers())
