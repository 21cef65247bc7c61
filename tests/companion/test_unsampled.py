"""Rows whose validation rows are dropped by the sampling: which stand in the small tables, and what they say."""

import pandas as pd

from companion.base.published import load_published
from companion.base.tuned import with_tuned
from companion.comparison.unsampled import (
    distances_sentence,
    published_beside,
    source_sentence,
    unsampled_rows,
)
from companion.show.tables import comparison_table
from ildl.compare.statistics import summarise

PUBLISHED = load_published("dildl")
AS_PRINTED = '{"dominant":"one-hot","nondominant":"softmax"}'


def cells(method, value, reading="default", params="{}", seeds=(0,), **columns):
    """Two folds around a value; Movie, Kullback-Leibler divergence."""
    return pd.DataFrame(
        [
            {"dataset": "Movie", "feature_set": "benchmark", "method": method, "reading": reading, "params": params,
             "epoch_kept": "best", "valid_from": "unsampled", "valid_kl": 0.5, "split_seed": 0, "split_folds": "kfold",
             "metric": "kl_divergence", "seed": seed, "fold": fold, "value": value + (0.001, -0.001)[fold], **columns}
            for seed in seeds for fold in range(2)
        ]
    )  # fmt: skip


GRID = [
    cells("RDA", lam, "default" if lam == 0.1 else f"lambda {lam}", "{}" if lam == 0.1 else f'{{"recovery":{lam}}}',
          seeds=(0, 1) if lam == 0.1 else (0,), valid_kl=abs(lam - 0.2))
    for lam in (0.01, 0.05, 0.1, 0.2, 0.5)
]  # fmt: skip
UNSAMPLED = pd.concat(
    [*GRID, cells("OFR-DB", 0.40), cells("OFR-FL", 0.3), cells("DILDL", 0.22, seeds=(0, 1)),
     cells("DILDL", 0.30, "added", '{"criterion":"added"}'), cells("DILDL", 0.25, "as printed", AS_PRINTED)]
)  # fmt: skip
PARTITIONS = pd.concat(
    [cells(name, value, valid_from="sampled", **where)
     for name, value in (("Uniform", 0.2), ("Train-mean", 0.7), ("RDA", 0.9))
     for where in ({}, {"split_seed": 1}, {"split_folds": "random"})]
)  # fmt: skip


def test_rows_of_the_small_tables():
    rows = unsampled_rows(with_tuned(UNSAMPLED), PARTITIONS)
    there = rows.groupby("method")["reading"].unique().map(list).to_dict()
    assert there.pop("DILDL") == ["default", "as printed"]
    assert there.pop("RDA") == ["default", "tuned"]
    assert set(there) == {"OFR-DB", "Uniform", "Train-mean"}
    assert not rows.duplicated(["method", "params", "seed", "fold"]).any()
    beside = published_beside(PUBLISHED, rows)
    assert set(beside["method"]) == {"OFR-DB", "RDA", "DILDL"}
    assert set(beside["dataset"]) == {"Movie"}


def test_a_row_comes_nearer_or_not():
    """Movie in print: DILDL 0.2211, OFR-DB 0.3883."""
    references = [cells("Uniform", 0.2), cells("Train-mean", 0.7)]
    sides = [[cells("DILDL", 0.6), cells("OFR-DB", 0.39)], [cells("DILDL", 0.2), cells("OFR-DB", 0.2)]]
    before, after = (
        comparison_table(summarise(pd.concat([*rows, *references])), PUBLISHED, "kl_divergence") for rows in sides
    )
    said = source_sentence(before, after, "DILDL")
    assert said.startswith("1 of 2 rows come nearer to the published number; inside the noise are")
    assert "on Movie from 0.6000 to 0.2000, published 0.2211" in said
    elsewhere = after.assign(feature_set="public")
    assert source_sentence(before, elsewhere) == "no data set at hand has the benchmark's features"


def test_distances_from_either_source():
    before, after = (pd.DataFrame({"label": list("ab"), "distance": values}) for values in ([0.5, 0.1], [0.06, 0.2]))
    assert distances_sentence(before, after) == "a 6.0 % in place of 50.0 %, b 20.0 % in place of 10.0 %"
    assert distances_sentence(before, after[:0]).startswith("no data set at hand")
