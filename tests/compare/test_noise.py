"""The noise of a comparison with a published mean: against SciPy, against simulations, and what it cannot tell."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from ildl.compare.noise import judge, margin_text, noise

SPREAD = st.floats(0.001, 10)


@given(SPREAD, SPREAD, st.integers(2, 30))
def test_of_folds_alone_it_is_welchs_interval(ours, published, n):
    """A difference just inside has p > 0.05 in SciPy's Welch test, one just outside p < 0.05."""
    margin = noise(ours, n, published)["margin"].item()
    unbiased = ours * np.sqrt(n / (n - 1)), published * np.sqrt(10 / 9)
    inside, outside = (
        stats.ttest_ind_from_stats(factor * margin, unbiased[0], n, 0.0, unbiased[1], 10, equal_var=False).pvalue
        for factor in (0.999, 1.001)
    )
    assert inside > 0.05 > outside


def test_seeds_are_in_the_spread_of_folds_already():
    """Three of them in each fold, where the published spread is printed: nothing is added."""
    assert noise(0.1, 10, 0.2, seed_variance=5.0, n_seeds=3).equals(noise(0.1, 10, 0.2))


def test_an_unprinted_spread_is_ours_of_one_seed():
    # s² = 10/9 · 0.09 = 0.1 of means over 3 seeds; one seed alone: 0.1 + 2/3 · 0.03 = 0.12; theirs over ten folds.
    found = noise(0.3, 10, np.nan, seed_variance=0.03, n_seeds=3).iloc[0]
    assert found["var_folds"] + found["var_seeds"] == pytest.approx(0.1 / 10 + 0.12 / 10)
    assert found["df"] == pytest.approx(0.022**2 / (0.02**2 / 9 + 0.002**2 / 20))
    assert found["margin"] == pytest.approx(stats.t.ppf(0.975, found["df"]) * np.sqrt(0.022))


def test_theirs_is_of_ten_folds_however_many_ours_are():
    found = noise(0.3, 5, np.nan, seed_variance=0.03, n_seeds=3).iloc[0]
    assert found["var_seeds"] == pytest.approx(2 / 3 * 0.03 / 10)
    assert found["var_folds"] == pytest.approx(0.3**2 * 5 / 4 * (1 / 5 + 1 / 10))


def test_partitions_count_as_far_as_folds_do_not_explain_them():
    # A mean of one seed has the variance 0.12 / 10 by folds and seeds; 0.05 exceeds it by 0.038, on either side.
    spread = dict(seed_variance=0.03, n_seeds=3, n_partitions=3)
    assert noise(0.3, 10, 0.3, partition_variance=0.05, **spread)["var_partitions"].item() == pytest.approx(2 * 0.038)
    less = noise(0.3, 10, 0.3, partition_variance=0.011, **spread)
    assert less["var_partitions"].item() == 0
    assert less["margin"].item() == noise(0.3, 10, 0.3)["margin"].item()


def test_a_missing_part_is_said_and_not_zero():
    missing = noise(0.3, 10, 0.3).iloc[0]
    assert np.isnan(missing["var_partitions"])
    assert np.isfinite(missing["margin"])
    assert "†" in margin_text(missing["margin"], missing["df"], missing["var_partitions"])
    assert "†" not in margin_text(0.1, 18.0, 0.0)


@given(SPREAD, SPREAD, st.integers(2, 30), st.floats(0, 1))
def test_rounding_widens_it(ours, published, n, half_unit):
    exact = noise(ours, n, published)["margin"].item()
    assert noise(ours, n, published, half_unit)["margin"].item() == pytest.approx(exact + half_unit)


def test_without_spread_only_rounding_is_left():
    found = noise(0.0, 3, 0.0, 0.0005).iloc[0]
    assert found["margin"] == 0.0005
    assert np.isnan(found["df"])


def test_what_is_missing_stays_missing_and_rows_keep_their_names():
    found = noise(pd.Series([np.nan, 0.1, 0.1], index=list("abc")), [3, np.nan, 3], 0.1)
    assert found["margin"].isna().to_dict() == {"a": True, "b": True, "c": False}


@pytest.mark.parametrize(("partition", "low", "high"), [(0.0, 0.95, 0.99), (1.0, 0.94, 0.97), (3.0, 0.9, 0.95)])
@pytest.mark.parametrize("seed_std", [0.0, 1.0])
@pytest.mark.parametrize("printed", [True, False])
def test_coverage(partition, low, high, seed_std, printed):
    """Folds, seeds and partitions drawn at random: how often a true difference of 0 lies inside.

    `partition` is the standard deviation of a mean over partitions in units of what folds alone give it. Only where it
    is several times that does the estimate from three of them cost coverage.
    """
    rng = np.random.default_rng(0)
    runs, k, m, p = 4000, 10, 3, 3

    def draw(seeds):
        own = rng.normal(0, partition / np.sqrt(k), (runs, 1, 1)) + rng.normal(0, 1, (runs, 1, k))
        return own + rng.normal(0, seed_std, (runs, seeds, k))

    ours, theirs = draw(m), draw(1)[:, 0]
    # the first partition is that of the tables, with the first seed
    means = np.stack([ours[:, 0].mean(axis=1), *(draw(1)[:, 0].mean(axis=1) for _ in range(p - 1))])
    found = noise(
        ours.mean(axis=1).std(axis=1), k, theirs.std(axis=1) if printed else np.nan,
        seed_variance=ours.var(axis=1, ddof=1).mean(axis=1), n_seeds=m,
        partition_variance=means.var(axis=0, ddof=1), n_partitions=p,
    )  # fmt: skip
    inside = np.abs(ours.mean(axis=(1, 2)) - theirs.mean(axis=1)) <= found["margin"]
    assert low < inside.mean() < high


def test_the_verdict_has_three_outcomes():
    difference = pd.Series([0.01, -0.05, 0.05, 0.01, 0.01, np.nan])
    margin = pd.Series([0.02, 0.02, 0.02, 0.04, 0.09, 0.02])
    gaps = {"RDA": pd.Series([0.03, 0.001, 0.001, -0.03, 0.03, 0.03]), "uniform": pd.Series([np.nan] + 5 * [0.08])}
    found = judge(difference, margin, "kl_divergence", gaps)
    assert found.tolist()[:-1] == [
        "inside", "better", "worse", "cannot tell from RDA", "cannot tell from RDA and uniform",
    ]  # fmt: skip
    assert found.isna().tolist() == 5 * [False] + [True]
    assert judge(difference, margin, "cosine", gaps).tolist()[1:3] == ["worse", "better"]


def test_a_difference_as_large_as_the_margin_is_inside_and_a_gap_as_large_is_not_told():
    difference, margin = pd.Series([0.25, -0.25]), pd.Series([0.25, 0.25])
    assert judge(difference, margin, "kl_divergence", {}).tolist() == ["inside", "inside"]
    gaps = {"RDA": pd.Series([0.25, -0.25])}
    assert judge(difference, margin, "kl_divergence", gaps).tolist() == 2 * ["cannot tell from RDA"]
