"""What constants score: predictions that are the same for every row. They need labels only, never features."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from scipy.special import entr

from ildl.data.dataset import Array, Dataset
from ildl.diagnostics import describe_predictions
from ildl.metrics import evaluate
from ildl.protocol import Split, head_labels, make_splits

UNIFORM, TRAIN_MEAN, TEST_MEAN = "Uniform", "Train-mean", "Test-mean"
"""Names of the constants."""
BENCHMARK_SHAPES = {
    "Movie": (7755, 5),
    "SCUT-FBP": (500, 5),
    "Emotion6": (1980, 7),
    "Flickr_LDL": (11150, 8),
    "RAF-ML": (4908, 6),
    "Natural_Scene": (2000, 9),
}
"""Rows and labels of the benchmark's data sets, as the appendix of its paper (RDA, AAAI 2023) lists them."""


def constant_scores(datasets: Mapping[str, Dataset], n_splits: int = 10, seed: int = 0) -> pd.DataFrame:
    """Score constants on the test folds of the protocol.

    `Uniform` is 1/c, `Train-mean` the mean of the fold's training rows (as the methods of these names predict), and
    `Test-mean` the mean of the very test rows: an oracle, and of all constants the one with the lowest
    Kullback-Leibler divergence and the lowest squared error (both have their minimum over constants at the mean).

    Tidy, as results are: dataset, feature_set, method, params ("{}"), fold, seed (0), metric, value; and same_labels
    (whether rows and labels have the benchmark's numbers, see `label_check`). Metrics are those of `evaluate`, with
    head labels, and of `describe_predictions`.
    """
    rows = [
        {
            "dataset": name,
            "feature_set": ds.feature_set,
            "method": method,
            "params": "{}",
            "fold": split.fold,
            "seed": 0,
            "metric": metric,
            "value": value,
            "same_labels": BENCHMARK_SHAPES.get(name) == ds.labels.shape,
        }
        for name, ds in datasets.items()
        for method, split, metrics in _scores(ds.labels, make_splits(ds, n_splits, seed))
        for metric, value in metrics.items()
    ]
    return pd.DataFrame(rows)


def label_check(datasets: Mapping[str, Dataset]) -> pd.DataFrame:
    """Hold the labels at hand against what the benchmark's paper says of its own.

    A published number can be held against a constant only if it was obtained with the same labels. Rows and labels
    that agree in number do not prove it; those that differ refute it.

    One row a data set of the benchmark, in its order: dataset, rows, labels (NA where the labels are not at hand),
    benchmark_rows, benchmark_labels, same (NA where not at hand), zeros (mean number of labels of a row whose degree is
    exactly 0), clark_floor (mean over rows of the root of that number), entropy (mean entropy of the rows over ln c: 1
    where all are uniform).
    """
    rows = []
    for name, (n, c) in BENCHMARK_SHAPES.items():
        row: dict[str, object] = {"dataset": name, "benchmark_rows": n, "benchmark_labels": c}
        if name in datasets:
            D = datasets[name].labels
            zeros = (D == 0).sum(axis=1)
            row |= {"rows": D.shape[0], "labels": D.shape[1], "same": D.shape == (n, c)}
            row |= {"zeros": float(zeros.mean()), "clark_floor": float(np.sqrt(zeros).mean())}
            row["entropy"] = float(entr(D).sum(axis=1).mean() / np.log(D.shape[1]))
        rows.append(row)
    columns = ["dataset", "rows", "labels", "benchmark_rows", "benchmark_labels", "same"]
    facts = ["zeros", "clark_floor", "entropy"]
    frame = pd.DataFrame(rows, columns=[*columns, *facts])
    return frame.astype({"rows": "Int64", "labels": "Int64", "same": "boolean"} | dict.fromkeys(facts, float))


def _scores(D: Array, splits: list[Split]) -> list[tuple[str, Split, dict[str, float]]]:
    head = head_labels(D, splits)
    scores = []
    for split in splits:
        test = D[split.test]
        constants = {
            UNIFORM: np.full(D.shape[1], 1 / D.shape[1]),
            TRAIN_MEAN: D[split.train].mean(axis=0),
            TEST_MEAN: test.mean(axis=0),
        }
        for method, constant in constants.items():
            predicted = np.tile(constant, (len(test), 1))
            scores.append((method, split, evaluate(test, predicted, head) | describe_predictions(test, predicted)))
    return scores
