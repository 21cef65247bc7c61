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


@pytest.fixture
def scheduler(tmp_path):
    """Address of a scheduler with two workers, and the workers' processes."""
    where = tmp_path / "scheduler.json"
    processes = [start("dask_scheduler", "--port", 0, "--no-dashboard", "--scheduler-file", where)]
    try:
        address = address_in(where)
        options = ("--no-nanny", "--nthreads", 1, "--no-dashboard", "--local-directory", tmp_path)
        processes += [start("dask_worker", address, *options) for _ in range(2)]
        with cluster._client(address, 1) as client:
            client.wait_for_workers(2, timeout=60)
        yield address, processes[1:]
    finally:
        for process in processes:
            process.kill()
            process.wait()


def values(frame):
    ordered = frame.sort_values(["params", "fold", "metric"], ignore_index=True)
    return ordered[["params", "fold", "metric", "value"]]


def test_a_killed_workers_cells_go_to_the_other(tmp_path, scheduler):
    address, workers = scheduler
    store = tmp_path / "there"

    def kill_after_the_first_result():
        deadline = time.monotonic() + 60
        while not list(store.rglob("*.json")) and time.monotonic() < deadline:
            time.sleep(0.01)
        workers[0].send_signal(signal.SIGKILL)

    killer = threading.Thread(target=kill_after_the_first_result)
    killer.start()
    options = {"n_splits": 3, "progress": False}
    there = run([DS], METHODS, results_dir=store, backend="dask", scheduler=address, **options)
    killer.join()
    assert workers[0].wait(timeout=10) == -signal.SIGKILL
    here = run([DS], METHODS, results_dir=tmp_path / "here", n_jobs=1, **options)
    pd.testing.assert_frame_equal(values(there), values(here), atol=1e-3)
    assert len(list(Store(store).records())) == 3 * len(METHODS)


def test_data_are_sent_again_when_their_only_holder_is_lost(tmp_path, scheduler):
    """A worker that joins later does the rest; the first, to which alone the data were sent, is killed."""
    address, workers = scheduler
    workers[1].kill()
    workers[1].wait()
    store, late = tmp_path / "there", []

    def replace_the_worker():
        deadline = time.monotonic() + 60
        while not list(store.rglob("*.json")) and time.monotonic() < deadline:
            time.sleep(0.01)
        options = ("--no-nanny", "--nthreads", 1, "--no-dashboard", "--local-directory", tmp_path)
        late.append(start("dask_worker", address, *options))
        workers[0].kill()

    killer = threading.Thread(target=replace_the_worker)
    killer.start()
    try:
        options = {"n_splits": 3, "progress": False, "backend": "dask", "scheduler": address}
        run([DS], METHODS, results_dir=store, **options)
        assert len(list(Store(store).records())) == 3 * len(METHODS)
    finally:
        killer.join()
        for process in late:
            process.kill()
            process.wait()


def test_a_lost_scheduler_is_said_and_what_was_finished_is_kept(tmp_path):
    where, store = tmp_path / "scheduler.json", tmp_path / "there"
    process = start("dask_scheduler", "--port", 0, "--no-dashboard", "--scheduler-file", where)
    address = address_in(where)
    worker = start(
        "dask_worker", address, "--no-nanny", "--nthreads", 1, "--no-dashboard", "--local-directory", tmp_path
    )

    def kill_after_the_first_result():
        deadline = time.monotonic() + 60
        while not list(store.rglob("*.json")) and time.monotonic() < deadline:
            time.sleep(0.01)
        process.kill()

    killer = threading.Thread(target=kill_after_the_first_result)
    killer.start()
    try:
        with pytest.raises(CellsFailed, match="scheduler was lost"):
            run([DS], METHODS, n_splits=3, results_dir=store, backend="dask", scheduler=address, progress=False)
        assert len(list(Store(store).records())) >= 1
    finally:
        killer.join()
        for one in (process, worker):
            one.kill()
            one.wait()


def test_a_data_set_is_sent_once_for_all_its_tasks(tmp_path, scheduler, monkeypatch):
    sent, client = [], distributed.Client
    original = client.scatter
    monkeypatch.setattr(client, "scatter", lambda own, data, **how: sent.append(data) or original(own, data, **how))
    methods = ["Train-mean", *METHODS[:3]]
    run([DS], methods, n_splits=3, results_dir=tmp_path, backend="dask", scheduler=scheduler[0], progress=False)
    assert len(sent) == 1


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


def test_a_cluster_without_workers_is_said(monkeypatch, tmp_path):
    monkeypatch.setattr(cluster, "WAIT", 1)
    where = tmp_path / "scheduler.json"
    process = start("dask_scheduler", "--port", 0, "--no-dashboard", "--scheduler-file", where)
    try:
        with pytest.raises(ValueError, match="No worker joined"):
            run([DS], ["Uniform"], backend="dask", scheduler=address_in(where), results_dir=tmp_path, progress=False)
    finally:
        process.kill()
        process.wait()
