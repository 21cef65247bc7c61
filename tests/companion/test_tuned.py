"""RDA tuned: each fold and seed takes the lambda with the least validation divergence."""

import json

import numpy as np
import pandas as pd
import pytest

from companion.base.comparison import TUNED
from companion.base.tuned import DEFAULT, with_tuned
from ildl.methods import METHODS

LAMBDAS = (0.01, 0.05, 0.1, 0.2, 0.5)
DIVERGENCE = np.random.default_rng(0).integers(0, 4, (len(LAMBDAS), 3, 4)) / 8  # with ties


@pytest.fixture
def results():
    rows = [
        {"dataset": "Movie", "feature_set": "benchmark", "method": "RDA", "params": f'{{"recovery":{lam}}}',
         "reading": "default" if lam == DEFAULT else f"lambda {lam}", "epoch_kept": "best", "seed": seed, "fold": fold,
         "valid_kl": value, "metric": metric, "value": lam, "key": f"{lam} {seed} {fold}"}
        for metric in ("clark", "cosine")
        for lam, of_lam in zip(LAMBDAS, DIVERGENCE, strict=True)
        for (seed, fold), value in np.ndenumerate(of_lam)
    ]  # fmt: skip
    other = rows[0] | {"method": "DILDL", "reading": "default", "valid_kl": -1.0}
    return pd.DataFrame([*rows, other])


def test_each_fold_and_seed_has_the_first_lambda_of_least_divergence(results):
    found = with_tuned(results)
    tuned = found[found["reading"] == "tuned"]
    assert set(found["reading"]) == {"default", "tuned"}
    for metric in ("clark", "cosine"):
        chosen = tuned[tuned["metric"] == metric].pivot(index="seed", columns="fold", values="value")
        assert np.array_equal(chosen, np.array(LAMBDAS)[DIVERGENCE.argmin(axis=0)])
    kept = results[results["reading"] == "default"]
    assert found[found["reading"] == "default"].reset_index(drop=True).equals(kept.reset_index(drop=True))


def test_the_last_epoch_is_tuned_by_its_own_divergence(results):
    last = results.assign(epoch_kept="last", valid_kl=1 - results["valid_kl"])
    found = with_tuned(pd.concat([results, last], ignore_index=True)).query("reading == 'tuned' and metric == 'clark'")
    for kept, divergence in (("best", DIVERGENCE), ("last", 1 - DIVERGENCE)):
        chosen = found[found["epoch_kept"] == kept].pivot(index="seed", columns="fold", values="value")
        assert np.array_equal(chosen, np.array(LAMBDAS)[divergence.argmin(axis=0)])


def test_each_source_of_validation_rows_is_tuned_by_its_own_divergence(results):
    """Together they give what either gives alone, though their least divergences lie at opposite ends of the grid."""
    sampled = results.assign(valid_from="sampled")
    left_out = sampled.assign(valid_from="unsampled", valid_kl=1 - sampled["valid_kl"])
    order = ["valid_from", "reading", "metric", "key"]
    alone = pd.concat([with_tuned(sampled), with_tuned(left_out)]).sort_values(order, ignore_index=True)
    together = with_tuned(pd.concat([sampled, left_out], ignore_index=True)).sort_values(order, ignore_index=True)
    assert together.equals(alone)
    chosen = together[together["reading"] == "tuned"].groupby("valid_from")["value"].apply(list)
    assert chosen["sampled"] != chosen["unsampled"]


def test_order_of_rows_does_not_matter(results):
    moved = with_tuned(results.sample(frac=1, random_state=0)).sort_values(["reading", "metric", "key"])
    there = with_tuned(results).sort_values(["reading", "metric", "key"])
    assert moved.reset_index(drop=True).equals(there.reset_index(drop=True))


def test_without_a_grid_nothing_changes(results):
    plain = results[results["reading"] == "default"]
    assert with_tuned(plain) is plain


def test_a_lambda_that_lacks_a_fold_is_refused(results):
    gap = (results["reading"] == "lambda 0.2") & (results["fold"] == 3) & (results["seed"] == 1)
    with pytest.raises(ValueError, match="Movie, fold 3, seed 1"):
        with_tuned(results[~gap])


def test_it_is_named_and_its_default_is_the_methods(results):
    (params,) = with_tuned(results).query("reading == 'tuned'")["params"].unique()
    assert json.loads(params) == TUNED["RDA"]["tuned"]
    weights = METHODS["RDA"]()
    assert {weights.recovery, weights.alignment, weights.similarity} == {DEFAULT}


def test_a_seed_or_protocol_of_which_the_grid_was_not_run_is_not_tuned(results):
    alone = results[results["reading"] == "default"].assign(seed=7, value=0.0)
    found = with_tuned(pd.concat([results, alone]))
    assert 7 not in set(found.loc[found["reading"] == "tuned", "seed"])
    assert 7 in set(found.loc[found["reading"] == "default", "seed"])
