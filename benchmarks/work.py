"""What is timed: the trainer and the plain loop on the same folds, and one training of any size in its own process."""

from __future__ import annotations

import multiprocessing
import os
import re
import resource
import time
from concurrent.futures import ProcessPoolExecutor
from functools import cache, partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from types import SimpleNamespace

import torch
from joblib import Parallel, delayed

from benchmarks import plain_loop
from ildl.data import load_dataset, make_artificial
from ildl.methods import make_method
from ildl.metrics import evaluate
from ildl.protocol import make_splits, scale_features
from ildl.training import fit_ensemble

WEIGHTS = {"OFR-DB": (), "RDA": (0.1, 0.1, 0.1), "DILDL": (0.6, 0.1, 0.1, 0.1)}


@cache
def folds_of(name, n_folds):
    """Training and validation rows, and test rows, of each fold."""
    ds = make_artificial(n=170, q=128, c=6) if name == "Artificial" else load_dataset(name, download_if_missing=False)
    X, D = scale_features(ds.features), ds.labels
    splits = make_splits(ds, n_splits=max(n_folds, 2))[:n_folds]
    return [((X[s.train], D[s.train], X[s.valid], D[s.valid]), (X[s.test], D[s.test])) for s in splits]


def train_together(name, problems, seeds, settings, points=None):
    """Members of one ensemble; `points` are their parameters, where these differ."""
    options = {"epochs": settings.epochs, "device": settings.device}
    points = points or [{}] * len(seeds)
    members = [make_method(name, random_state=seed, **options, **own) for seed, own in zip(seeds, points, strict=True)]
    return list(fit_ensemble(members, problems))


def train_in_processes(name, data, settings, processes):
    """The same members in as many processes, which know the data and give back numbers alone, as in `ildl run`."""
    parts = [list(range(k, settings.folds, processes)) for k in range(processes)]
    return Parallel(n_jobs=processes)(delayed(train_part)(name, data, part, settings) for part in parts)


def train_part(name, data, part, settings, points=None):
    """Kept epochs of some folds' members."""
    problems = [folds_of(data, settings.folds)[fold][0] for fold in part]
    return [member.best_epoch_ for member in train_together(name, problems, part, settings, points)]


def train_one_by_one(name, problems, seeds, settings, weights=None):
    """The plain loop over the folds."""
    torch.set_num_threads(1)  # as the trainer: threads inside products of tiny networks cost more than they give
    options = {"epochs": settings.epochs, "weights": weights or WEIGHTS[name], "decoupled": plain_loop.decoupled_fast}
    return [
        plain_loop.fit(name, *rows, draw=plain_loop.draws(seed), **options)
        for seed, rows in zip(seeds, problems, strict=True)
    ]


def loop_alone(name, data, n_folds, epochs):
    """The plain loop as a script has it: read, train fold by fold, evaluate, print."""
    folds = folds_of(data, n_folds)
    settings = SimpleNamespace(epochs=epochs)
    networks = train_one_by_one(name, [rows for rows, _ in folds], range(len(folds)), settings)
    for network, (_, (X, D)) in zip(networks, folds, strict=True):
        print(evaluate(D, network.predict(X)))


def timed(train, *arguments, **options):
    """Seconds, and what was trained."""
    start = time.perf_counter()
    trained = train(*arguments, **options)
    return time.perf_counter() - start, trained


def in_own_process(function, *arguments):
    """Call a function in a new process, so that its peak memory is its own."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(function, *arguments).result()


class Workers:
    """Warm processes: one on each of two cores, and one on both with two threads in its products."""

    def __enter__(self):
        self.cache = TemporaryDirectory()  # of `torch.compile`, which else would find what it compiled another time
        os.environ.setdefault("TORCHINDUCTOR_CACHE_DIR", self.cache.name)
        cores = sorted(os.sched_getaffinity(0))[:2] if hasattr(os, "sched_getaffinity") else []
        spawn = partial(ProcessPoolExecutor, 1, mp_context=multiprocessing.get_context("spawn"), initializer=confine)
        self.one, self.other = (spawn(initargs=(cores[k : k + 1], 1)) for k in (0, 1))
        self.both = spawn(initargs=(cores, 2))
        return self

    def __exit__(self, *_):
        for pool in (self.one, self.other, self.both):
            pool.shutdown()
        self.cache.cleanup()

    def run(self, way, train, *arguments):
        """Call `train(who, how, name, data, folds, chosen, ...)` in this way; two processes halve the chosen folds."""
        (*before, chosen), after = arguments[:6], arguments[6:]
        if way != "two processes":
            pool = self.one if way == "one core" else self.both
            return pool.submit(train, *before, chosen, *after).result()
        pools = self.one, self.other
        halves = [pool.submit(train, *before, chosen[k::2], *after) for k, pool in enumerate(pools) if chosen[k::2]]
        return [value for half in halves for value in half.result()]


def confine(cores, threads):
    """Keep this process to these cores, where the system can, and PyTorch to as many threads; JAX counts the cores."""
    if cores:
        os.sched_setaffinity(0, cores)
    torch.set_num_threads(threads)


def peak_memory():
    """MiB that this process has held at most."""
    status = Path("/proc/self/status")
    if status.exists():  # unlike getrusage, not what the process that started this one has held
        return int(re.search(r"VmHWM:\s*(\d+) kB", status.read_text())[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def cost(name, members, n, q, c, epochs, rounds):
    """Median seconds, and MiB of memory beyond what was taken before, of fitting members on artificial rows."""
    ds = make_artificial(n=n, q=q, c=c)
    X, D = scale_features(ds.features), ds.labels

    def fit(epochs):
        estimators = [make_method(name, epochs=epochs, device="cpu", random_state=i) for i in range(members)]
        fit_ensemble(estimators, [(X, D)] * members)

    make_method(name, epochs=1, device="cpu").fit(X[:9, :2], D[:9])  # loads, or makes, the compiled steps
    before = peak_memory()
    fit(1)
    seconds = median(timed(fit, epochs)[0] for _ in range(rounds))
    return seconds, peak_memory() - before
