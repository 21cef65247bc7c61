"""Processes do not outlive the run, leave nothing behind, and do not start where there is too little memory."""

import os
import resource
import subprocess
import sys
import time
import uuid
import warnings
from pathlib import Path

import numpy as np
import pytest

from ildl.checks import InputError
from ildl.data import make_artificial
from ildl.experiments import CellsFailed, run
from ildl.experiments import workers as module
from ildl.experiments.workers import LIBRARIES, check_room, sweep
from ildl.methods import METHODS, LDLEstimator

DS = make_artificial(n=150, q=6, c=4, seed=3)
SCRIPT = """
import os, time
from pathlib import Path
from ildl.data import make_artificial
from ildl.experiments import run
from ildl.methods import METHODS, LDLEstimator

class Waits(LDLEstimator):
    def _fit(self, problem):
        Path(f"{{os.getpid()}}.pid").touch()
        time.sleep(60)

METHODS["Waits"] = Waits
run([make_artificial(n=150, q=6, c=4, seed=3)], ["Waits"], n_splits=6, results_dir="results", {more})
"""


def is_alive(process):
    """Whether it runs; one that has ended and that nobody has asked about is dead too."""
    try:
        return "Z" not in Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False


def within(seconds, happens):
    end = time.monotonic() + seconds
    while not happens() and time.monotonic() < end:
        time.sleep(0.1)
    return happens()


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="looks at processes in /proc")
def test_workers_end_soon_after_their_parent_was_killed(tmp_path):
    (tmp_path / "go.py").write_text(SCRIPT.format(more="n_jobs=2"))  # without a guard, as people write it
    parent = subprocess.Popen([sys.executable, "go.py"], cwd=tmp_path, stderr=subprocess.PIPE)
    assert within(60, lambda: len(list(tmp_path.glob("*.pid"))) == 2), parent.stderr.read()
    workers = [int(path.stem) for path in tmp_path.glob("*.pid")]
    assert all(is_alive(worker) and worker != parent.pid for worker in workers)
    parent.kill()
    parent.communicate()
    assert within(10, lambda: not any(map(is_alive, workers)))


def test_a_worker_whose_parent_has_gone_before_it_looks_ends_too():
    code = "import os, time; from ildl.experiments.workers import begin; begin(os.getpid()); time.sleep(60)"
    assert subprocess.run([sys.executable, "-c", code], timeout=50, check=False).returncode == 1  # no child of itself


def test_a_script_without_a_guard_is_told_where_a_cluster_needs_one(tmp_path):
    pytest.importorskip("distributed")
    (tmp_path / "go.py").write_text(SCRIPT.format(more='n_jobs=1, backend="dask"'))
    done = subprocess.run([sys.executable, "go.py"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "under `if __name__ == '__main__':`" in done.stderr.strip().splitlines()[-1]


def test_what_the_dead_have_left_is_swept_and_nothing_else(tmp_path, monkeypatch):
    monkeypatch.setattr(module.tempfile, "gettempdir", lambda: str(tmp_path))
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    mark = uuid.uuid4().hex
    gone = [tmp_path / f"joblib_memmapping_folder_{dead.pid}_{mark}_1", tmp_path / f"sem.loky-{dead.pid}-{mark}"]
    stays = [tmp_path / f"joblib_memmapping_folder_{os.getpid()}_{mark}", tmp_path / f"x_{dead.pid}_{mark}"]
    for path in (*gone, *stays):
        path.mkdir() if "folder" in path.name else path.touch()
    (gone[0] / "array.pkl").touch()
    sweep()
    assert not any(path.exists() for path in gone)
    assert all(path.exists() for path in stays)


@pytest.mark.parametrize(
    ("limit", "size", "refused"),
    [
        (resource.RLIM_INFINITY, 1e9, False),
        (LIBRARIES + 3.1e9, 1e9, False),
        (LIBRARIES + 2.9e9, 1e9, True),  # three copies
        (1e9, 0, True),
    ],
)
def test_a_limit_on_the_address_space_is_known_before_training(limit, size, refused, monkeypatch):
    monkeypatch.setattr(module.resource, "getrlimit", lambda kind: (limit, limit))
    monkeypatch.setattr(module.os, "sysconf", lambda name: 2**20)  # a terabyte
    if refused:
        with pytest.raises(InputError, match=r"GB of address space a process, and .* GB are allowed.*ulimit -v"):
            check_room(size, 2)
    else:
        check_room(size, 2)


def test_more_processes_than_the_memory_holds_are_refused_with_the_number_that_fits(monkeypatch):
    monkeypatch.setattr(module.os, "sysconf", {"SC_PHYS_PAGES": 8_000_000, "SC_PAGE_SIZE": 1000}.get)  # 8 GB
    monkeypatch.setattr(module.resource, "getrlimit", lambda kind: (resource.RLIM_INFINITY,) * 2)
    check_room(1e9, 2)  # 3.26 GB each
    with pytest.raises(InputError, match=r"3\.3 GB of memory in each of 3 processes, and there are 8\.0 GB.*--jobs 2"):
        check_room(1e9, 3)
    with pytest.raises(InputError, match="take fewer rows or features"):
        check_room(3e9, 1)


def test_a_run_that_cannot_fit_trains_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(module.resource, "getrlimit", lambda kind: (10**9,) * 2)
    with pytest.raises(InputError, match="address space"):
        run([DS], ["Uniform"], n_splits=2, results_dir=tmp_path, n_jobs=1, progress=False)
    assert not list(tmp_path.rglob("*.json"))


def test_a_process_without_room_ends_instead_of_asking_for_ever(tmp_path, monkeypatch):
    class Full(LDLEstimator):
        def _fit(self, problem):
            used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
            resource.setrlimit(resource.RLIMIT_AS, (used, resource.RLIM_INFINITY))
            time.sleep(60)  # as a library does that waits for memory

    monkeypatch.setitem(METHODS, "Full", Full)
    with pytest.raises(CellsFailed, match="for want of memory; finished cells are stored"):
        run([DS], ["Full"], n_splits=6, results_dir=tmp_path, n_jobs=2, progress=False)


def test_a_process_that_loads_a_large_data_set_goes_on(tmp_path, monkeypatch):
    class Grows(LDLEstimator):
        kept: list = []

        def _fit(self, problem):
            self.kept.append(np.ones(4 * 10**7))  # 320 MB, which loky takes for a leak
            time.sleep(1.1)
            (tmp_path / f"{os.getpid()}-{time.monotonic_ns()}.pid").touch()

        def _predict(self, X):
            return np.full((len(X), 4), 0.25)

    monkeypatch.setitem(METHODS, "Grows", Grows)
    monkeypatch.setattr("ildl.experiments.task.FITS", 1)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        run([DS], ["Grows"], n_splits=6, results_dir=tmp_path / "results", n_jobs=2, progress=False)
    assert len({path.name.partition("-")[0] for path in tmp_path.glob("*.pid")}) <= 2
