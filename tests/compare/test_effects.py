"""Effect sizes: by hand, against SciPy, and their symmetry."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from ildl.compare.corrected import fold_share
from ildl.compare.effects import effect_interval, effect_sizes, noncentral_t_cdf, paired_d, superiority

effects = st.floats(-5, 5)


def tidy(values, method, metric="kl_divergence", dataset="Movie"):
    """Values of shape (folds, seeds)."""
    return pd.DataFrame(
        [
            {"dataset": dataset, "feature_set": "benchmark", "method": method, "params": "{}", "label": method,
             "fold": fold, "seed": seed, "metric": metric, "value": float(value)}
            for (fold, seed), value in np.ndenumerate(np.asarray(values, dtype=float))
        ]
    )  # fmt: skip


def test_d_by_hand():
    d, g = paired_d([1, 2, 3])
    assert d == pytest.approx(2)
    assert g == pytest.approx(2 * math.gamma(1) / (math.gamma(0.5) * math.sqrt(1)))


def test_hedges_factor_is_near_its_usual_approximation():
    d, g = paired_d(np.arange(20.0))
    assert g / d == pytest.approx(1 - 3 / (4 * 19 - 1), abs=2e-4)


def test_g_is_unbiased():
    draws = np.random.default_rng(0).normal(0.8, 1, (20000, 6))
    d, g = np.array([paired_d(row) for row in draws]).T
    assert g.mean() == pytest.approx(0.8, abs=0.02)
    assert d.mean() > 0.9


def test_no_spread_has_no_effect_size():
    assert all(math.isnan(value) for value in paired_d([0.1 + 0.2, 0.3, 0.3]))
    assert all(math.isnan(value) for value in effect_interval(math.nan, 3))
    with pytest.raises(ValueError, match="two differences"):
        paired_d([1.0])


@given(st.floats(0.01, 8), st.integers(1, 20), st.floats(-5, 15))
def test_noncentral_t_is_scipys(t, freedom, ncp):
    assert noncentral_t_cdf(t, freedom, ncp) == pytest.approx(stats.nct.cdf(t, freedom, ncp), abs=5e-3)


def test_noncentral_t_where_scipys_is_not_a_number():
    values = [noncentral_t_cdf(220.0, 2, ncp) for ncp in (0.0, 100.0, 203.0, 400.0)]
    assert np.isfinite(values).all()
    assert (np.diff(values) < 0).all()
    assert noncentral_t_cdf(0.0, 4, 0.0) == 0.5


@given(effects, st.integers(2, 10))
def test_interval_holds_the_effect_and_turns_with_its_sign(d, n):
    low, high = effect_interval(d, n)
    assert low < d < high or n == 2
    assert effect_interval(-d, n) == pytest.approx((-high, -low))


@given(st.floats(0.1, 3), st.integers(3, 10))
def test_interval_is_wider_for_folds_that_share_rows(d, n):
    low, high = effect_interval(d, n)
    plain_low, plain_high = effect_interval(d, n, test_share=0)
    assert high - low > plain_high - plain_low


@given(st.floats(-2, 2), st.integers(3, 10))
def test_interval_excludes_zero_where_the_corrected_test_rejects(d, n):
    t = abs(d) / math.sqrt(1 / n + fold_share(n))
    p = 2 * stats.t.sf(t, n - 1)
    low, high = effect_interval(d, n)
    if abs(p - 0.05) > 0.005:
        assert (low > 0 or high < 0) == (p < 0.05)


def test_superiority_counts_pairs_of_seeds_inside_a_fold():
    assert superiority([[1, 3]], [[2, 2]]) == 0.5
    assert superiority([[1], [2]], [[0], [1]]) == 1
    assert superiority([[1, 1]], [[1, 0]]) == 0.75
    assert superiority([[1], [2]], [[2], [1]]) == 0.5


def test_difference_is_positive_where_the_first_is_better():
    frames = [tidy([[0.1, 0.3], [0.2, 0.2]], "DILDL"), tidy([[0.4], [0.6]], "RDA")]
    scores = pd.concat(frames)
    (row,) = effect_sizes(scores, "kl_divergence", ["DILDL"], ["RDA", "DILDL"]).to_dict("records")
    assert row["difference"] == pytest.approx(0.3)
    assert row["relative"] == pytest.approx(0.6)
    assert row["superiority"] == 1
    assert row["d_z"] == pytest.approx(0.3 / np.std([0.2, 0.4], ddof=1))
    similar = pd.concat(frames).assign(metric="cosine")
    assert effect_sizes(similar, "cosine", ["DILDL"], ["RDA"])["difference"].item() == pytest.approx(-0.3)


def test_pairs_that_are_not_there_are_refused():
    scores = pd.concat([tidy([[0.1], [0.2]], "DILDL"), tidy([[0.4], [0.6], [0.5]], "RDA")])
    with pytest.raises(ValueError, match="same folds"):
        effect_sizes(scores, "kl_divergence", ["DILDL"], ["RDA"])
    with pytest.raises(ValueError, match="'LDLSF'"):
        effect_sizes(scores, "kl_divergence", ["DILDL"], ["LDLSF"])
