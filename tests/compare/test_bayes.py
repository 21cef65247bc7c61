"""Bayesian comparisons: identities of the correlated t posterior, baycomp as an oracle, and the signed-rank test."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import stats

from ildl.compare.bayes import (
    PROBABILITIES,
    Posterior,
    bayes_table,
    correlated_t,
    relative_differences,
    signed_rank_table,
)
from ildl.compare.corrected import corrected_test

differences = hnp.arrays(float, st.integers(2, 12), elements=st.floats(-1, 1).map(lambda x: round(x, 6)))
ropes = st.floats(0, 0.5)


def scores(ours, theirs, metric="kl_divergence"):
    """Entrants DILDL and RDA from values of shape (data sets, folds, seeds)."""
    return pd.DataFrame(
            [
                {"dataset": f"set {d}", "feature_set": "public", "method": method, "params": "{}", "label": method,
                 "fold": fold, "seed": seed, "metric": metric, "value": float(value)}
                for method, values in (("DILDL", ours), ("RDA", theirs))
                for (d, fold, seed), value in np.ndenumerate(np.asarray(values, dtype=float))
            ]
    )  # fmt: skip


@given(differences, ropes)
def test_probabilities_sum_to_one(values, rope):
    probabilities = correlated_t(values).probabilities(rope)
    assert sum(probabilities) == pytest.approx(1)
    assert all(0 <= p <= 1 for p in probabilities)


@given(differences, ropes)
def test_swapping_the_methods_swaps_the_outcomes(values, rope):
    better, equivalent, worse = correlated_t(values).probabilities(rope)
    assert correlated_t(-values).probabilities(rope) == pytest.approx((worse, equivalent, better))


@given(differences, ropes, ropes)
def test_a_wider_rope_holds_more(values, one, other):
    narrow, wide = sorted((one, other))
    posterior = correlated_t(values)
    assert posterior.probabilities(narrow)[1] <= posterior.probabilities(wide)[1] + 1e-12


def test_without_correlation_it_is_the_ordinary_posterior():
    values = np.array([0.3, -0.1, 0.2, 0.4, 0.1])
    better, _, worse = correlated_t(values, test_share=0).probabilities()
    found = stats.ttest_1samp(values, 0, alternative="greater")
    assert worse == pytest.approx(found.pvalue)
    assert correlated_t(values, test_share=0).interval() == pytest.approx(
        stats.ttest_1samp(values, 0).confidence_interval()
    )
    assert better > 0.5


def test_without_a_rope_it_is_the_corrected_resampled_t_test():
    values = np.random.default_rng(0).normal(0.2, 1, 10)
    better, _, worse = correlated_t(values).probabilities()
    assert 2 * min(better, worse) == pytest.approx(float(corrected_test(values)))


@pytest.mark.parametrize("rope", [0, 0.01, 0.2])
def test_ten_folds_give_what_baycomp_gives(rope):
    baycomp = pytest.importorskip("baycomp")
    x, y = np.random.default_rng(1).normal(0, 0.3, (2, 10))
    found = baycomp.two_on_single(x, y, rope=rope)
    better, equivalent, worse = correlated_t(y - x).probabilities(rope)
    assert (worse, equivalent, better) == pytest.approx(found if rope else (found[0], 0, found[1]))


def test_correlation_widens_the_posterior_by_its_factor():
    values = np.arange(10.0)
    assert correlated_t(values).scale ** 2 / correlated_t(values, 0).scale ** 2 == pytest.approx((1 / 10 + 1 / 9) * 10)


def test_equal_differences_are_a_point():
    assert correlated_t([0.5, 0.5, 0.5]).probabilities(0.1) == (1, 0, 0)
    assert correlated_t([0.0, 0.0]).probabilities() == (0, 1, 0)
    assert correlated_t([-0.05, -0.05]).probabilities(0.1) == (0, 1, 0)


@pytest.mark.parametrize(("values", "share"), [([1.0], 0.1), ([[1.0, 2.0]], 0.1), ([1.0, 2.0], -0.1)])
def test_what_it_cannot_judge_is_refused(values, share):
    with pytest.raises(ValueError, match="at least two|cannot be"):
        correlated_t(values, share)


def test_a_negative_rope_is_refused():
    with pytest.raises(ValueError, match="negative"):
        Posterior(0, 1, 3).probabilities(-0.1)


def test_differences_are_shares_of_the_rivals_mean_and_positive_where_better():
    ours, theirs = [[[0.1, 0.3], [0.4, 0.4]]], [[[0.4, 0.4], [0.6, 0.6]]]
    found = relative_differences(scores(ours, theirs), "kl_divergence", "DILDL", "RDA")
    assert found["difference"].to_numpy() == pytest.approx([0.4, 0.4])
    similar = relative_differences(scores(ours, theirs, "cosine"), "cosine", "DILDL", "RDA")
    assert similar["difference"].to_numpy() == pytest.approx([-0.4, -0.4])


def test_table_has_the_mean_of_seeds_and_each_seed():
    rng = np.random.default_rng(0)
    frame = scores(rng.random((2, 4, 3)) + 1, rng.random((2, 4, 3)) + 1)
    table = bayes_table(frame, "kl_divergence", ["DILDL"], "RDA", (0.0, 0.1))
    assert len(table) == 2 * 4 * 2
    assert set(table["seed"]) == {"mean", "0", "1", "2"}
    assert table[PROBABILITIES].sum(axis=1).to_numpy() == pytest.approx(1)
    assert ((table["low"] <= table["mean"]) & (table["mean"] <= table["high"])).all()
    of_seed = bayes_table(frame[frame["seed"] == 1], "kl_divergence", ["DILDL"], "RDA", (0.0,))
    both = table[(table["seed"] == "1") & (table["rope"] == 0)]
    assert both["p_better"].to_numpy() == pytest.approx(of_seed["p_better"].to_numpy())


def test_signed_rank_follows_its_prior_and_its_data():
    ours, theirs = np.full((12, 2, 1), 0.5), np.full((12, 2, 1), 1.0)
    (row,) = signed_rank_table(scores(ours, theirs), "kl_divergence", ["DILDL"], "RDA").to_dict("records")
    assert row["p_better"] > 0.99
    assert row["n_datasets"] == 12
    (lost,) = signed_rank_table(scores(theirs, ours), "kl_divergence", ["DILDL"], "RDA").to_dict("records")
    assert lost["p_worse"] > 0.99
    # One data set, won: both its weight and that of the prior matter. With w of Dirichlet(1/2, 1), the pair of the
    # data set with itself and with the pseudo-observation count for it, so that it has the weight 1 - w².
    (one,) = signed_rank_table(
        scores(ours[:1], theirs[:1]), "kl_divergence", ["DILDL"], "RDA", n_samples=50000
    ).to_dict("records")
    assert one["weight_better"] == pytest.approx(1 - stats.beta(0.5, 1).moment(2), abs=0.01)
    assert one["p_better"] == pytest.approx(stats.beta(0.5, 1).cdf(math.sqrt(0.5)), abs=0.01)
    assert sum(one[name] for name in PROBABILITIES) == pytest.approx(1)


def test_signed_rank_is_the_same_each_time():
    rng = np.random.default_rng(0)
    frame = scores(rng.random((3, 4, 1)), rng.random((3, 4, 1)))
    first, second = (signed_rank_table(frame, "kl_divergence", ["DILDL"], "RDA", (0, 0.1)) for _ in range(2))
    pd.testing.assert_frame_equal(first, second)


@pytest.mark.parametrize("rope", [0.0, 0.05])
def test_signed_ranks_are_those_of_baycomp(rope):
    baycomp = pytest.importorskip("baycomp")
    rng = np.random.default_rng(2)
    frame = scores(1 + rng.random((5, 3, 1)) / 5, 1 + rng.random((5, 3, 1)) / 5)
    (row,) = signed_rank_table(frame, "kl_divergence", ["DILDL"], "RDA", (rope,), n_samples=2000).to_dict("records")
    means = relative_differences(frame, "kl_divergence", "DILDL", "RDA").groupby("dataset", sort=False)["difference"]
    drawn = baycomp.SignedRankTest.sample(np.zeros(5), means.mean().to_numpy(), rope, nsamples=2000, random_state=0)
    worse, equivalent, better = drawn.mean(axis=0)
    found = [row[f"weight_{name}"] for name in ("better", "equivalent", "worse")]
    assert found == pytest.approx([better, equivalent, worse], abs=1e-9)


def test_each_data_set_has_the_share_of_its_own_folds():
    rng = np.random.default_rng(0)
    few, many = (scores(rng.random((1, folds, 1)) + 1, rng.random((1, folds, 1)) + 1) for folds in (4, 8))
    frame = pd.concat([few, many.assign(dataset="set 1")])
    both = bayes_table(frame, "kl_divergence", ["DILDL"], "RDA").set_index("dataset")
    for dataset, part in frame.groupby("dataset"):
        alone = bayes_table(part, "kl_divergence", ["DILDL"], "RDA").set_index("dataset")
        pd.testing.assert_frame_equal(both.loc[[dataset]], alone)
