"""Frames of an artificial multiverse, whose outcome is a known sum of effects; several test files use them."""

import itertools
import json

import numpy as np
import pandas as pd

from companion.readings.choices import ASKED, CHOICES, DEFAULTS, TARGETS, WITHOUT_DOMINANT

KL = "kl_divergence"
FIVE = ("chebyshev", KL, "euclidean_all", "euclidean_tail", "euclidean_head")
EFFECTS = {
    "criterion": {
        "rebalanced": -0.5, "logit-adjusted": 0.25, "added": -0.25, "rebalanced parts": 0.75,
        "rebalanced divergences": 1.5,
    },
    "dominant": {"one-hot": 0.375},
    "nondominant": {"softmax": 0.0625},
    "label_gradient": {"joint": -0.03125},
    "code": {"sampled in training": 2.0, "sampled": 4.0},
    "valid_from": {"unsampled": -0.125},
    "valid": {"10 %": 0.015625},
    "epoch_kept": {"last": 0.1875},
    "split_folds": {"random": 0.0078125},
    "split_seed": {1: 0.00390625, 2: -0.00390625},
    "head_rule": {"half": 0.5, "mean": -0.125},
}  # fmt: skip
BASE = {"Movie": 1.0, "Natural_Scene": 3.0, "Emotion6": 2.0}
RDA = {"Movie": 0.9, "Natural_Scene": 2.5, "Emotion6": 1.0}
UNIFORM, OFR_DB = 1.5, 5.0
METRICS = {KL: "tenfold", "euclidean_tail": "tenfold", "euclidean_tail_half": "half", "euclidean_tail_mean": "mean"}
CHOSEN = list(ASKED)
DEFAULT = dict(DEFAULTS)
CROSSED = ("criterion", "dominant", "nondominant", "label_gradient", "valid_from", "valid", "epoch_kept")
N_CROSSED, N_ONE_CHANGE, N_BOUND = 280, 240, 24
SOURCES = tuple(CHOICES["valid_from"])
N = N_CROSSED + N_ONE_CHANGE


def canonical(spec):
    """The one of several specifications that differ in a choice without effect that counts."""
    if spec["criterion"] in WITHOUT_DOMINANT:
        spec = spec | {"dominant": "degree"}
    if spec["epoch_kept"] == "last" and spec["valid_from"] == "unsampled":
        spec = spec | {"valid": "20 rows"}
    return spec


def crossed():
    for row in itertools.product(*(CHOICES[name] for name in CROSSED)):
        spec = DEFAULT | dict(zip(CROSSED, row, strict=True))
        if spec == canonical(spec):
            yield spec


def single_changes():
    """Five options that the cross leaves out, each by itself, from a smaller cross."""
    changes = [("code", "sampled in training"), ("code", "sampled"), ("split_folds", "random"), ("split_seed", 1),
               ("split_seed", 2)]  # fmt: skip
    smaller = itertools.product(
        TARGETS.values(), CHOICES["criterion"], CHOICES["valid_from"], CHOICES["epoch_kept"], changes
    )
    for targets, criterion, source, kept, (name, option) in smaller:
        yield canonical(
            DEFAULT | targets | {"criterion": criterion, "valid_from": source, "epoch_kept": kept, name: option}
        )


def on_test_rows():
    """The smaller cross under the bound; "aside" is how many of the kept rows do not train."""
    for targets, criterion, aside in itertools.product(TARGETS.values(), CHOICES["criterion"], (20, 0)):
        bound = {"criterion": criterion, "valid_from": "test", "epoch_kept": "test", "aside": aside}
        yield canonical(DEFAULT | targets | bound)


def truth(dataset, spec):
    return BASE[dataset] + sum(EFFECTS[name].get(option, 0.0) for name, option in spec.items() if name in EFFECTS)


def cell(dataset, spec, metric, fold, seed, value):
    """A tidy row; the number of validation rows is also named as the protocol names it."""
    features = "public" if dataset == "Emotion6" else "benchmark"
    spec = dict(spec)
    n_valid = spec.pop("aside", 0.1 if spec["valid"] == "10 %" else 20)
    return {"dataset": dataset, "feature_set": features, "metric": metric, "fold": fold, "seed": seed, "value": value,
            "n_valid": n_valid, "n_splits": 10, "epoch": 300 if spec["epoch_kept"] == "last" else 3,
            "reading": "default", "key": f"{dataset} {spec} {fold} {seed}", "fit_seconds": 0.5} | spec  # fmt: skip


def multiverse(datasets=("Movie", "Emotion6"), folds=range(3), seeds=(0,), metrics=METRICS, outcome=truth):
    specs = [*crossed(), *single_changes(), *on_test_rows()]
    rows = []
    for dataset, spec, (metric, rule) in itertools.product(datasets, specs, metrics.items()):
        changed = {name: spec[name] for name in CHOSEN if spec[name] != DEFAULTS[name] and name != "valid"}
        mean = outcome(dataset, spec | ({"head_rule": rule} if metric.startswith("euclidean_tail") else {}))
        rows += [
            cell(dataset, spec, metric, fold, seed, mean + 0.125 * (fold - 1) + 0.0625 * (seed - np.mean(list(seeds))))
            | {"method": "DILDL", "params": json.dumps(changed)}
            for fold in folds for seed in seeds
        ]  # fmt: skip
    return pd.DataFrame(rows)


def comparison(datasets=("Movie", "Emotion6"), folds=range(3), seeds=(0,), metrics=METRICS, sources=SOURCES):
    """RDA and OFR-DB with validation rows from each source on every split, and Uniform, which has none."""
    splits = [("kfold", 0), ("kfold", 1), ("kfold", 2), ("random", 0)]
    rows = []
    for dataset, metric, fold, (folds_of, seed_of) in itertools.product(datasets, metrics, folds, splits):
        noise = 0.125 * (fold - 1)
        split = DEFAULT | {"split_folds": folds_of, "split_seed": seed_of}
        for source, seed in itertools.product(sources, seeds):
            luck = 0.0625 * (seed - np.mean(list(seeds)))
            shift = EFFECTS["valid_from"].get(source, 0.0) + noise + luck
            here = split | {"valid_from": source}
            rows += [
                cell(dataset, here, metric, fold, seed, RDA[dataset] + shift) | {"method": "RDA", "params": "{}"},
                cell(dataset, here, metric, fold, seed, OFR_DB + shift) | {"method": "OFR-DB", "params": "{}"},
                cell(dataset, here, metric, fold, seed, 99.0)
                | {"method": "RDA", "params": '{"epoch":"last"}', "epoch_kept": "last"},
                cell(dataset, here, metric, fold, seed, 77.0) | {"method": "RDA", "reading": "tuned", "params": "{}"},
            ]
        rows.append(cell(dataset, split, metric, fold, 0, UNIFORM + noise) | {"method": "Uniform", "params": "{}"})
    return pd.DataFrame(rows)
