"""A real scheduler and two worker processes that talk over TCP, one of which is killed in the middle."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace

import pandas as pd
import pytest

from ildl.data import make_artificial
from ildl.experiments import CellsFailed, Store, cluster, run
from ildl.experiments.plan import Protocol, plan_cells
from ildl.experiments.task import plan_tasks

distributed = pytest.importorskip("distributed")

DS = make_artificial(n=150, q=6, c=4, seed=3)
METHODS = [("OFR-DB", {"epochs": 400, "hidden": 8 + k}) for k in range(8)]  # eight shapes: eight tasks


def start(module, *arguments):
    # workers of one core each, without the nanny that would start a killed one again
    command = [sys.executable, "-m", f"distributed.cli.{module}", *map(str, arguments)]
    return subprocess.Popen(
        command, env=os.environ | {"OMP_NUM_THREADS": "1"}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )


def address_in(path):
    deadline = time.monotonic() + 60
    while not path.exists() or not path.read_text().strip():
        assert time.monotonic() < deadline, "the scheduler did not start"
        time.sleep(0.1)
    return json.loads(path.read_text())["address"]


class Cluster:
    """A scheduler and workers of one core each, which all tests share: to start one takes longer than all its tasks.

    What a test has killed is replaced when the next one asks for it.
    """

    def __init__(self, folder):
        self.folder, self.workers = folder, []
        self.start()

    def start(self):
        where = self.folder / "scheduler.json"
        where.unlink(missing_ok=True)
        self.scheduler = start("dask_scheduler", "--port", 0, "--no-dashboard", "--scheduler-file", where)
        self.address = address_in(where)

    def join(self):
        """Start a worker."""
        options = ("--no-nanny", "--nthreads", 1, "--no-dashboard", "--local-directory", self.folder)
        self.workers.append(start("dask_worker", self.address, *options))

    def with_workers(self, n):
        """So many run, and the scheduler knows of no others."""
        if self.scheduler.poll() is not None:
            end(self.workers)
            self.start()
        running = [worker for worker in self.workers if worker.poll() is None]
        end(running[n:])
        self.workers = running[:n]
        while len(self.workers) < n:
            self.join()
        deadline = time.monotonic() + 60
        with distributed.Client(self.address) as client:
            while len(client.nthreads()) != n:
                assert time.monotonic() < deadline, f"there are not {n} workers"
                time.sleep(0.05)
        return self


def end(processes):
    for process in processes:
        process.kill()
        process.wait()


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    running = Cluster(tmp_path_factory.mktemp("cluster"))
    yield running
    end([running.scheduler, *running.workers])


def values(frame, *more):
    ordered = frame.sort_values(["params", "fold", "metric"], ignore_index=True)
    return ordered[["method", "params", "fold", "metric", "value", "key", *more]]


def after_the_first_result(store, act):
    """A thread that waits for a stored cell, then acts."""

    def wait():
        deadline = time.monotonic() + 60
        while not list(store.rglob("*.json")) and time.monotonic() < deadline:
            time.sleep(0.01)
        act()

    thread = threading.Thread(target=wait)
    thread.start()
    return thread


def test_a_cluster_without_workers_is_said(monkeypatch, tmp_path, shared):
    monkeypatch.setattr(cluster, "WAIT", 1)
    options = {"backend": "dask", "scheduler": shared.with_workers(0).address, "progress": False}
    with pytest.raises(ValueError, match="No worker joined"):
        run([DS], ["Uniform"], results_dir=tmp_path, **options)


def test_a_killed_workers_cells_go_to_the_other(tmp_path, shared):
    store, victim = tmp_path / "there", shared.with_workers(2).workers[0]
    killer = after_the_first_result(store, lambda: victim.send_signal(signal.SIGKILL))
    options = {"n_splits": 3, "progress": False}
    there = run([DS], METHODS, results_dir=store, backend="dask", scheduler=shared.address, **options)
    killer.join()
    assert victim.wait(timeout=10) == -signal.SIGKILL
    here = run([DS], METHODS, results_dir=tmp_path / "here", n_jobs=1, **options)
    pd.testing.assert_frame_equal(values(there), values(here), atol=1e-3)
    assert len(list(Store(store).records())) == 3 * len(METHODS)


def test_data_are_sent_again_when_their_only_holder_is_lost(tmp_path, shared):
    """A worker that joins later does the rest; the first, to which alone the data were sent, is killed."""
    store, (holder,) = tmp_path / "there", shared.with_workers(1).workers

    def replace_the_worker():
        shared.join()
        holder.kill()

    killer = after_the_first_result(store, replace_the_worker)
    try:
        options = {"n_splits": 3, "progress": False, "backend": "dask", "scheduler": shared.address}
        run([DS], METHODS, results_dir=store, **options)
        assert len(list(Store(store).records())) == 3 * len(METHODS)
    finally:
        killer.join()


def test_a_data_set_is_sent_once_for_all_its_tasks(tmp_path, shared, monkeypatch):
    sent, client = [], distributed.Client
    original = client.scatter
    monkeypatch.setattr(client, "scatter", lambda own, data, **how: sent.append(data) or original(own, data, **how))
    methods, options = ["Train-mean", *METHODS[:3]], {"backend": "dask", "scheduler": shared.with_workers(1).address}
    run([DS], methods, n_splits=3, results_dir=tmp_path, progress=False, **options)
    assert len(sent) == 1


def test_it_gives_the_same_numbers(tmp_path, shared):
    methods, options = ["Train-mean", ("OFR-FL", {"epochs": 3, "hidden": 8})], {"n_splits": 3, "progress": False}
    here = run([DS], methods, results_dir=tmp_path / "here", n_jobs=1, **options)
    options |= {"backend": "dask", "scheduler": shared.with_workers(1).address}
    there = run([DS], methods, results_dir=tmp_path / "there", **options)
    pd.testing.assert_frame_equal(values(here, "epoch"), values(there, "epoch"), atol=1e-3)


def test_it_takes_a_class_of_a_file(file, tmp_path, shared):
    options = {"n_splits": 2, "progress": False}
    here = run([DS], [f"{file}:Mean"], results_dir=tmp_path / "here", n_jobs=1, **options)
    options |= {"backend": "dask", "scheduler": shared.with_workers(1).address}
    there = run([DS], [f"{file}:Mean"], results_dir=tmp_path / "there", **options)
    pd.testing.assert_frame_equal(values(here), values(there), check_exact=True)


def test_a_worker_with_other_code_or_libraries_computes_nothing():
    cells = list(plan_cells(DS, ["Train-mean"], Protocol(n_splits=3), None, (0,), "cpu"))
    (task,) = plan_tasks([(DS, cell) for cell in cells], None, 1)
    prepared = task.prepare()
    assert all(record for _, record, _ in cluster._compute(task, prepared))
    for changed, why in (({"code": "0"}, "install the same ildl"), ({"libraries": (("torch", "0"),)}, "libraries")):
        other = replace(task, cells=[replace(cell, **changed) for cell in task.cells])
        outcomes = cluster._compute(other, prepared)
        assert [record for _, record, _ in outcomes] == [None] * 3
        assert all(why in reason for *_, reason in outcomes)


def test_a_lost_scheduler_is_said_and_what_was_finished_is_kept(tmp_path, shared):
    store = tmp_path / "there"
    killer = after_the_first_result(store, shared.with_workers(1).scheduler.kill)
    options = {"n_splits": 3, "progress": False, "backend": "dask", "scheduler": shared.address}
    try:
        with pytest.raises(CellsFailed, match="scheduler was lost"):
            run([DS], METHODS, results_dir=store, **options)
        assert len(list(Store(store).records())) >= 1
    finally:
        killer.join()
