"""Results of the companion's experiments: trained, read from the store, or taken from the shipped reference run."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache

import pandas as pd

from companion.base.arms import EXPERIMENTS, LIKE_FOR_LIKE, Arm, Columns, Profile
from companion.base.asked import REFERENCE, Asked, without_epochs
from companion.base.reference import read_reference
from ildl.checkout import commit
from ildl.checks import InputError, check_option
from ildl.data import ARTIFICIAL, EXTRA_RECORDS, RECORDS, Dataset, available_datasets, load_dataset
from ildl.data.opened import loaded
from ildl.data.sampling import ENOUGH, passes, training_rows
from ildl.experiments.plan import Described, canonical, describe
from ildl.experiments.runner import Sourced, complete, identify, plan
from ildl.experiments.store import Store
from ildl.protocol import make_splits
from ildl.training import resolve_device

Source = tuple[str | Dataset, Dataset, Columns]


def load_experiment(name: str, asked: Asked | str = "quick", *, progress: bool = False) -> pd.DataFrame:
    """Results of one experiment: stored, trained where they are not there yet, or the shipped reference."""
    check_option(name, EXPERIMENTS, "experiment")
    asked = Asked(asked) if isinstance(asked, str) else asked
    if asked.profile == REFERENCE:
        return asked.part_of(read_reference(name))
    sources, groups = planned(name, asked)
    if not sources:
        return _part_of_reference(name, asked)
    cells = [cell for _, own in groups for cell in own]
    trained = complete(cells, Store(asked.store), n_jobs=asked.n_jobs, progress=progress)
    known = pd.DataFrame([{"dataset_sha": ds.sha256, **columns} for _, ds, columns in sources])
    keys = [{cell.key for _, cell in own} for _, own in groups]
    frames = [_label(trained[trained["key"].isin(own)], chosen) for (chosen, _), own in zip(groups, keys, strict=True)]
    frame = pd.concat([part.merge(known, on="dataset_sha") for part in frames], ignore_index=True)
    if asked.epochs is not None:
        frame["params"] = without_epochs(frame["params"])
    command = _command(name, asked.profile)
    frame.attrs |= {"experiment": name, "profile": asked.profile, "commit": commit(), "command": command}
    return frame


def train(names: Iterable[str], asked: Asked, *, progress: bool = False) -> None:
    """Train what several experiments lack, planned together: what they share is trained once, and no core waits."""
    cells = [cell for name in names for _, own in planned(name, asked)[1] for cell in own]
    if cells:
        complete(cells, Store(asked.store), n_jobs=asked.n_jobs, progress=progress)


def planned(name: str, asked: Asked) -> tuple[list[Source], list[tuple[list[Arm], list[Sourced]]]]:
    """Data sets of an experiment with their columns, and its cells, by arms of one protocol."""
    arms = asked.arms(list(EXPERIMENTS[name](asked.size)))
    sources = [(source, _identified(source), columns) for source, columns in _sources(name, asked.size, asked)]
    device, groups = resolve_device(asked.device), []
    for protocol, one_seed in dict.fromkeys((arm.protocol, arm.one_seed) for arm in arms):
        chosen = [arm for arm in arms if (arm.protocol, arm.one_seed) == (protocol, one_seed)]
        specs = [_described(arm.method, canonical(dict(arm.params))) for arm in chosen]
        specs = list({(spec.name, spec.params): spec for spec in specs}.values())
        seeds = asked.size.seeds[:1] if one_seed else asked.size.seeds
        plans = [plan(source, ds, specs, protocol, asked.size.folds, seeds, device) for source, ds, _ in sources]
        groups.append((chosen, list(itertools.chain.from_iterable(plans))))
    return sources, groups


@cache
def _described(method: str, params: str) -> Described:
    return describe((method, json.loads(params)))


def _sources(name: str, size: Profile, asked: Asked) -> Iterator[tuple[str | Dataset, Columns]]:
    """Data sets, and the columns that tell their samplings apart; none where no real one has its features at hand."""
    if name == "further":
        names = [source for source in available_datasets(extra=True) if source not in RECORDS]
        names = list(asked.chosen(names, names)) if set(asked.datasets or ()) & set(EXTRA_RECORDS) else names
        sets = {source: load_dataset(source, labels_only=True) for source in names}
        large = sorted(set(sets) - set(too_small(sets)), key=lambda source: len(sets[source].labels))
        beyond = [source for source in names if source in large[: size.further_sets]]
        if beyond or _benchmark_sets():
            yield from ((source, {}) for source in (*beyond, ARTIFICIAL))
    elif name == "imbalance":
        for dataset, eta in itertools.product(asked.chosen(_benchmark_sets(), _benchmark_sets()), size.etas):
            source = with_threshold(dataset, eta)
            if training_rows(source.labels, source.sampling) < 1:
                continue  # above the benchmark's threshold, RAF-ML keeps fewer rows than validation takes
            rows = [len(split.kept) for split in make_splits(source)]
            # the benchmark's own threshold: the data set's name, so that cells of the comparison are read
            yield dataset if eta == 1 else source, {"eta": eta, "kept": sum(rows) / len(rows)}
    else:
        every = _chosen(name, size, _benchmark_sets(), capped=False)
        yield from ((dataset, {}) for dataset in asked.chosen(every, _chosen(name, size, _benchmark_sets())))


def too_small(datasets: Mapping[str, Dataset]) -> dict[str, str]:
    """Return the sampled data sets whose folds have fewer than `ENOUGH` rows to train on, with that reason."""
    return {
        name: f"{name}: of its {len(ds.labels)} rows {passes(ds.labels, ds.sampling).sum()} meet the thresholds of the "
        f"sampling. That leaves a fold about {max(rows, 0):.0f} to train on after validation, fewer than {ENOUGH}."
        for name, ds in datasets.items()
        if ds.sampling is not None and (rows := training_rows(ds.labels, ds.sampling)) < ENOUGH
    }


def with_threshold(dataset: str, eta: float) -> Dataset:
    """Return a data set whose sampling has another threshold of the promoted label."""
    ds = _identified(dataset)
    if ds.sampling is None:
        raise InputError(f"{dataset} is not sampled; there is no threshold to move.")
    return replace(ds, sampling=replace(ds.sampling, b=eta * ds.sampling.b))


def _identified(source: str | Dataset) -> Dataset:
    return loaded(source) if isinstance(source, str) else identify(source)


@cache
def _benchmark_sets() -> tuple[str, ...]:
    return tuple(available_datasets(download=True))


def _chosen(name: str, size: Profile, datasets: Sequence[str], capped: bool = True) -> Sequence[str]:
    """Those that an experiment is for: what asks for published numbers needs the benchmark's features."""
    if name not in LIKE_FOR_LIKE:
        return datasets
    comparable = [dataset for dataset in datasets if RECORDS[dataset].feature_set == "benchmark"]
    return comparable[: size.multiverse_sets] if capped and name == "multiverse" else comparable


def _changed(arm: Arm) -> tuple[str, str]:
    """Method and parameters as the rows of `run` name them."""
    return arm.method, _described(arm.method, canonical(dict(arm.params))).params


def _label(frame: pd.DataFrame, arms: Sequence[Arm]) -> pd.DataFrame:
    """Rows of each arm with its columns; a cell that serves several arms is there for each."""
    columns = pd.DataFrame([arm.columns for arm in arms])
    named = pd.DataFrame(map(_changed, arms), columns=["method", "params"]).join(columns)
    return named.merge(frame, on=["method", "params"])[[*frame, *columns]]


def _command(name: str, profile: str) -> str:
    return f"companion reproduce {name} --profile {profile}"


def _part_of_reference(name: str, asked: Asked) -> pd.DataFrame:
    """The cells that this profile would have trained, from the shipped reference."""
    if asked.epochs is not None or asked.device != "cpu":
        raise InputError("No data set has its features here, so that nothing can be trained; see `ildl fetch`.")
    size, frame = asked.size, asked.part_of(read_reference(name))
    there = set(frame["dataset"])
    order = [dataset for dataset in RECORDS if dataset in there] + sorted(there - set(RECORDS))
    frame = frame[frame["dataset"].isin(asked.chosen(order, _chosen(name, size, order)))]
    kept = frame["fold"].isin(size.folds) & frame["seed"].isin(size.seeds)
    if "eta" in frame:
        kept &= frame["eta"].isin(size.etas)
    arms = asked.arms(list(EXPERIMENTS[name](size)))
    wanted = pd.DataFrame([arm.columns for arm in arms]).drop_duplicates()
    part = frame[kept].merge(wanted)
    part.attrs = frame.attrs | {"command": _command(name, asked.profile)}
    return part
