"""Frames like those of the experiment "comparison" and of label-only scores, with numbers that a test chooses."""

import pandas as pd

METRICS = ("chebyshev", "kl_divergence", "cosine", "squared_error", "entropy", "spread")


def rows(method, values, dataset="Movie", reading="default", epoch_kept="best", folds=3, seeds=1, **more):
    """Values by metric: a number, or a function of seed and fold."""
    params = {} if reading == "default" else {"reading": reading}
    params |= {} if epoch_kept == "best" else {"epoch": "last"}
    return pd.DataFrame(
        [
            {"dataset": dataset, "feature_set": "benchmark", "method": method, "params": str(params or "{}"),
             "reading": reading, "epoch_kept": epoch_kept, "fold": fold, "seed": seed, "metric": metric,
             "value": float(value(seed, fold) if callable(value) else value), "epoch": 100, **more}
            for seed in range(seeds) for fold in range(folds) for metric, value in values.items()
        ]
    )  # fmt: skip


def constants(uniform=None, train=None, test=None, dataset="Movie", same=True, folds=10):
    values = {"Uniform": uniform or {}, "Train-mean": train or {}, "Test-mean": test or {}}
    frames = [rows(name, of, dataset, folds=folds, same_labels=same) for name, of in values.items() if of]
    kept = ["dataset", "feature_set", "method", "params", "fold", "seed", "metric", "value", "same_labels"]
    return pd.concat(frames, ignore_index=True)[kept]


def published(cells, dataset="Movie", std=0.001):
    """Cells: (method, metric) -> mean."""
    return pd.DataFrame(
        [
            {"dataset": dataset, "method": method, "metric": metric, "mean": mean, "std": std, "mean_half_unit": 5e-5}
            for (method, metric), mean in cells.items()
        ]
    )
