"""What constants score: predictions that are the same for every row. They need labels only, never features."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.special import entr

from ildl.data.dataset import Dataset
from ildl.diagnostics import describe_predictions
from ildl.metrics import evaluate
from ildl.protocol import head_labels, make_splits

UNIFORM, TRAIN_MEAN, TEST_MEAN = "Uniform", "Train-mean", "Test-mean"
"""Names of the constants; the last, an oracle, has the lowest divergence and squared error of all."""
BENCHMARK_SHAPES = {
    "Movie": (7755, 5),
    "SCUT-FBP": (500, 5),
    "Emotion6": (1980, 7),
    "Flickr_LDL": (11150, 8),
    "RAF-ML": (4908, 6),
    "Natural_Scene": (2000, 9),
}
"""Rows and labels of the benchmark's data sets, as the appendix of its paper (RDA, AAAI 2023) lists them."""


def constant_scores(ds: Dataset, n_splits: int = 10) -> pd.DataFrame:
    """Score constants on the test folds of the protocol, tidy as results are; `same_labels` is as of `label_check`."""
    D, splits = ds.labels, make_splits(ds, n_splits)
    head = head_labels(D, splits)
    parts = []
    for split in splits:
        test = D[split.test]
        means = {TRAIN_MEAN: D[split.train].mean(axis=0), TEST_MEAN: test.mean(axis=0)}
        for method, constant in ({UNIFORM: np.full(D.shape[1], 1 / D.shape[1])} | means).items():
            predicted = np.tile(constant, (len(test), 1))
            scores = evaluate(test, predicted, head) | describe_predictions(test, predicted)
            cell = {"feature_set": ds.feature_set, "method": method, "params": "{}", "fold": split.fold, "seed": 0}
            parts += [cell | {"metric": metric, "value": value} for metric, value in scores.items()]
    return pd.DataFrame(parts).assign(same_labels=BENCHMARK_SHAPES.get(ds.name) == D.shape)


def label_check(ds: Dataset) -> pd.DataFrame:
    """Hold the labels at hand against what the benchmark's paper says of its own.

    Numbers of rows and labels that differ refute that they are the same; those that agree do not prove it.
    """
    D, (n, c) = ds.labels, BENCHMARK_SHAPES.get(ds.name, (np.nan, np.nan))
    zeros = (D == 0).sum(axis=1)
    row = {"rows": D.shape[0], "labels": D.shape[1], "benchmark_rows": n, "benchmark_labels": c}
    row |= {"same": D.shape == (n, c), "zeros": zeros.mean(), "clark_floor": np.sqrt(zeros).mean()}
    return pd.DataFrame([row | {"entropy": entr(D).sum(axis=1).mean() / np.log(D.shape[1])}])
