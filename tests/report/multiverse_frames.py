"""Frames of an artificial multiverse, whose outcome is a known sum of effects; several test files use them."""

import itertools
import json

import numpy as np
import pandas as pd

from ildl.report.multiverse import CHOICES

KL = "kl_divergence"
EFFECTS = {
    "criterion": {"rebalanced": -0.5, "logit-adjusted": 0.25, "added": -0.25},
    "dominant": {"one-hot": 0.375},
    "nondominant": {"softmax": 0.0625},
    "label_gradient": {"joint": -0.03125},
    "epoch_kept": {"last": 0.125},
    "valid": {"10 %": 0.015625},
    "head_rule": {"half": 0.5, "mean": -0.125},
}
BASE = {"Movie": 1.0, "Emotion6": 2.0}
RDA = {"Movie": 0.9, "Emotion6": 1.0}
METRICS = {KL: "tenfold", "euclidean_tail": "tenfold", "euclidean_tail_half": "half", "euclidean_tail_mean": "mean"}


def combinations():
    options = {name: values for name, values in CHOICES.items() if name != "head_rule"}
    for row in itertools.product(*options.values()):
        spec = dict(zip(options, row, strict=True))
        if spec["criterion"] != "rebalanced" or spec["dominant"] == "degree":
            yield spec


def truth(dataset, spec):
    return BASE[dataset] + sum(EFFECTS[name].get(option, 0.0) for name, option in spec.items())


def multiverse(datasets=("Movie", "Emotion6"), folds=range(3), seeds=(0, 1), metrics=METRICS, outcome=truth):
    rows = []
    for dataset, spec, (metric, rule) in itertools.product(datasets, combinations(), metrics.items()):
        changed = {name: option for name, option in spec.items() if option != CHOICES[name][0] and name != "valid"}
        mean = outcome(dataset, spec | ({"head_rule": rule} if metric != KL else {}))
        rows += [
            {"dataset": dataset, "feature_set": {"Movie": "benchmark"}.get(dataset, "public"), "method": "DILDL",
             "params": json.dumps(changed), "metric": metric, "fold": fold, "seed": seed,
             "value": mean + 0.125 * (fold - 1) + 0.0625 * (seed - np.mean(list(seeds)))} | spec
            for fold in folds for seed in seeds
        ]  # fmt: skip
    return pd.DataFrame(rows)


def comparison(datasets=("Movie", "Emotion6"), folds=range(3), seeds=(0, 1), metrics=METRICS):
    rows = []
    for dataset, metric, fold in itertools.product(datasets, metrics, folds):
        feature_set = {"Movie": "benchmark"}.get(dataset, "public")
        cell = {"dataset": dataset, "feature_set": feature_set, "metric": metric, "fold": fold}
        noise = 0.125 * (fold - 1)
        rda = cell | {"method": "RDA", "params": "{}", "value": RDA[dataset] + noise}
        rows += [rda | {"seed": seed} for seed in seeds]
        rows.append(cell | {"method": "RDA", "params": '{"epoch":"last"}', "seed": seeds[0], "value": 99.0})
        rows.append(cell | {"method": "Uniform", "params": "{}", "seed": 0, "value": 1.5 + noise})
    return pd.DataFrame(rows)
