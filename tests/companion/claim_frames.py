"""Evidence made so that the truth is known."""

import itertools
from functools import cache

import numpy as np
import pandas as pd

from companion.audit.printed import load_tables
from companion.claims.verdicts import Evidence

FOLDS = range(5)
FIELDS = ("comparison", "ablation", "sensitivity", "multiverse", "imbalance", "published", "audit", "equations",
          "labels", "fading", "settings")  # fmt: skip


printed = cache(load_tables)
"""All that is printed, read once: no test changes it in place."""


def evidence(**given):
    return Evidence(**(dict.fromkeys(FIELDS) | {"published": printed()} | given))


def runs(*rows):
    """Tidy results: each row is (centre, columns), its fold values a little noise around the centre."""
    cells = []
    for number, (centre, columns) in enumerate(rows):
        noise = np.random.default_rng(number).normal(0, 0.001, len(FOLDS))
        cells += [{"fold": fold, "seed": 0, "value": centre + noise[fold], "params": "{}", **columns} for fold in FOLDS]
    return pd.DataFrame(cells)


def entry(centre, method, reading="default", metric="kl_divergence", dataset="Movie", features="benchmark", **more):
    params = "{}" if reading == "default" else f'{{"reading":"{reading}"}}'
    columns = {"method": method, "reading": reading, "params": params, "metric": metric, "dataset": dataset}
    return centre, columns | {"feature_set": features, "epoch_kept": "best"} | more


def ablation(effect, metrics, dataset="Movie", features="benchmark", criterion="kl"):
    """Effect of each component on every metric, positive is better in the metric's direction."""
    rows = []
    for metric, drda, dld in itertools.product(metrics, (False, True), (False, True)):
        sign = 1 if metric in ("cosine", "intersection") else -1
        centre = 0.5 + sign * effect * (drda + dld)
        rows.append((centre, {"method": "DILDL", "metric": metric, "dataset": dataset, "feature_set": features,
                              "criterion": criterion, "drda": drda, "dld": dld}))  # fmt: skip
    return runs(*rows)


def sweep(slopes, best, dataset="Movie", features="benchmark"):
    """Curves of the Chebyshev distance: |setting - best| times a slope, per parameter."""
    grids = {"alpha": (0.1, 0.3, 0.6, 0.9)} | dict.fromkeys(("beta", "gamma", "lam"), (0.01, 0.1, 1.0))
    rows = [
        (0.3 + slopes[name] * abs(setting - best[name]),
         {"method": "DILDL", "metric": "chebyshev", "dataset": dataset, "feature_set": features, "reading": "default",
          "parameter": name, "setting": setting, "params": f'{{"{name}":{setting}}}'})
        for name, grid in grids.items() for setting in grid
    ]  # fmt: skip
    return runs(*rows)
