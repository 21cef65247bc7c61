"""Ranks and their tests: by hand, against SciPy and Demšar (2006), and what a design can find at most."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import stats

from ildl.compare.ranking import (
    average_ranks,
    blocks_needed,
    critical_difference,
    design_limits,
    friedman,
    nemenyi,
    rank_agreement,
    ranks,
)
from ildl.compare.scores import score_matrix

METHODS = ["RDA", "DILDL", "Uniform", "LDLSF"]


def tidy(values, metric="kl_divergence", methods=METHODS, **columns):
    """Values of shape (data sets, folds, methods) as tidy rows of one seed."""
    return pd.DataFrame(
        [
            {"dataset": f"set {d}", "feature_set": "public", "method": methods[m], "params": "{}", "label": methods[m],
             "fold": f, "seed": 0, "metric": metric, "value": float(value), **columns}
            for (d, f, m), value in np.ndenumerate(np.asarray(values))
        ]
    )  # fmt: skip


def matrix(rows):
    return pd.DataFrame(rows, columns=[f"m{i}" for i in range(len(rows[0]))])


distinct = hnp.arrays(
    float, st.tuples(st.integers(2, 7), st.integers(3, 6)), elements=st.floats(0, 1, width=32), unique=True
)


def test_ties_share_the_mean_of_their_ranks():
    found = ranks(matrix([[0.2, 0.1, 0.2, 0.5], [0.3, 0.3, 0.3, 0.1]]), "kl_divergence")
    assert found.to_numpy().tolist() == [[2.5, 1, 2.5, 4], [3, 3, 3, 1]]
    best = ranks(matrix([[0.2, 0.1, 0.2, 0.5]]), "kl_divergence", "min")
    assert best.to_numpy().tolist() == [[2, 1, 2, 4]]


def test_similarities_rank_the_other_way():
    values = matrix([[0.2, 0.1, 0.9], [0.4, 0.5, 0.6]])
    assert (ranks(values, "cosine") == 4 - ranks(values, "chebyshev")).all(axis=None)


@given(distinct)
def test_ranks_of_a_block_have_the_sum_of_the_first_numbers(values):
    k = values.shape[1]
    assert ranks(matrix(values), "clark").sum(axis=1).to_numpy() == pytest.approx(k * (k + 1) / 2)


@given(distinct)
def test_friedman_is_scipys_and_kendalls_w_is_its_share(values):
    found = friedman(ranks(matrix(values), "clark"))
    statistic, p = stats.friedmanchisquare(*values.T)
    assert (found.statistic, found.p) == pytest.approx((statistic, p))
    assert -1e-12 <= found.agreement <= 1 + 1e-12


# Demšar (2006), table 6: ranks of C4.5 with parameters m and cf fixed or tuned, on 14 data sets.
DEMSAR = matrix(
    [
        [4, 3, 2, 1], [1, 2, 3, 4], [4, 1, 2, 3], [4, 1, 3, 2], [4, 2, 3, 1], [1, 2.5, 4, 2.5], [3, 2, 4, 1],
        [2.5, 2.5, 4, 1], [4, 3, 2, 1], [2.5, 2.5, 2.5, 2.5], [4, 2.5, 1, 2.5], [3, 2, 4, 1], [4, 1, 2, 3],
        [3, 1, 4, 2],
    ]
)  # fmt: skip


def test_demsars_example():
    ranked = ranks(DEMSAR, "clark")
    assert (ranked == DEMSAR).all(axis=None)
    assert ranked.mean().to_numpy() == pytest.approx([3.143, 2.000, 2.893, 1.964], abs=0.0005)
    found = friedman(ranked)
    # He prints 9.28 without the correction for ties, of which there are three pairs and one block of four.
    ties = 1 - (3 * (2**3 - 2) + (4**3 - 4)) / (14 * (4**3 - 4))
    assert found.statistic * ties == pytest.approx(9.28, abs=0.005)
    p = nemenyi(ranked)
    assert 0.05 < p.loc["m0", "m3"] < 0.10  # 3.143 - 1.964 is between the critical differences 1.25 and 1.12


def test_f_follows_from_chi_squared():
    found = friedman(matrix([[1, 2, 3, 4], [2, 1, 3, 4], [1, 2, 4, 3.0]]))
    n, k, chi = 3, 4, found.statistic
    assert found.f_statistic == pytest.approx((n - 1) * chi / (n * (k - 1) - chi))
    assert found.f_p == pytest.approx(stats.f.sf(found.f_statistic, k - 1, (k - 1) * (n - 1)))


def test_blocks_that_all_agree_are_the_extreme():
    found = friedman(matrix([[1, 2, 3.0]] * 4))
    assert (found.agreement, found.f_statistic, found.f_p) == (pytest.approx(1), math.inf, 0)


@pytest.mark.parametrize("rows", [[[1, 2, 3.0]], [[2, 2, 2.0]] * 4])
def test_nothing_to_compare_gives_no_p(rows):
    found = friedman(matrix(rows))
    assert math.isnan(found.p)
    assert (found.n_blocks, found.n_methods) == (len(rows), 3)


def test_friedman_refuses_two_methods():
    with pytest.raises(ValueError, match="three methods"):
        friedman(matrix([[1, 2.0]] * 3))


@pytest.mark.parametrize(
    ("k", "q"),  # Demšar (2006), table 5a: q of Nemenyi's test at 0.05
    [(2, 1.960), (3, 2.343), (4, 2.569), (5, 2.728), (6, 2.850), (7, 2.949), (8, 3.031), (9, 3.102), (10, 3.164)],
)
def test_critical_difference_has_the_quantiles_of_demsars_table(k, q):
    assert critical_difference(k, 6) / math.sqrt(k * (k + 1) / 36) == pytest.approx(q, abs=0.0011)


def test_critical_difference_of_demsars_example():
    assert critical_difference(4, 14) == pytest.approx(1.25, abs=0.005)
    assert critical_difference(4, 14, 0.10) == pytest.approx(1.12, abs=0.005)


@given(distinct)
def test_nemenyi_agrees_with_the_critical_difference(values):
    ranked = ranks(matrix(values), "clark")
    p = nemenyi(ranked)
    assert p.to_numpy() == pytest.approx(p.to_numpy().T)
    assert np.diag(p) == pytest.approx(1)
    n, k = ranked.shape
    mean = ranked.mean().to_numpy()
    gap = np.abs(mean[:, None] - mean[None, :]) - critical_difference(k, n)
    clear = np.abs(gap) > 1e-3
    assert ((p.to_numpy() < 0.05) == (gap > 0))[clear].all()


@given(st.integers(2, 20), st.floats(0.2, 5))
def test_blocks_needed_are_the_first_that_suffice(k, difference):
    n = blocks_needed(k, difference)
    assert critical_difference(k, n) <= difference * (1 + 1e-12)
    assert n == 1 or critical_difference(k, n - 1) > difference


@given(distinct)
def test_a_ranking_agrees_with_itself_and_not_with_its_reverse(values):
    ranked = ranks(matrix(values), "clark")
    if ranked.mean().nunique() > 1:
        assert rank_agreement(ranked, ranked) == pytest.approx(1)
        assert rank_agreement(ranked, -ranked) == pytest.approx(-1)


def test_only_methods_in_common_are_compared():
    one = matrix([[1, 2, 3]])
    other = pd.DataFrame([[9, 2, 5]], columns=["else", "m0", "m2"])
    assert rank_agreement(one, other) == 1
    with pytest.raises(ValueError, match="in common"):
        rank_agreement(one, other[["else", "m0"]])


def test_design_limits_are_the_probabilities_of_the_extreme_outcomes():
    three, six = design_limits(3, [3, 6]).to_dict("records")
    assert three["smallest_p_all"] == pytest.approx(1 / 36)
    assert three["smallest_p_pair"] == pytest.approx(stats.wilcoxon([1, 2, 3]).pvalue)
    assert six["smallest_p_pair"] == pytest.approx(stats.binomtest(6, 6).pvalue)
    assert six["smallest_p_pair_adjusted"] == pytest.approx(3 / 32)
    assert three["largest_difference"] == 2
    assert three["critical_difference"] == critical_difference(3, 3)


def test_score_matrix_averages_seeds_then_folds():
    scores = tidy([[[1, 2, 3, 4], [3, 4, 5, 6]]])
    scores = pd.concat([scores, scores[scores["method"] == "DILDL"].assign(seed=1, value=10.0)])
    matrix = score_matrix(scores, "kl_divergence")
    assert matrix.loc["set 0"].to_dict() == {"RDA": 2, "DILDL": 6.5, "Uniform": 4, "LDLSF": 5}
    by_fold = score_matrix(scores, "kl_divergence", by="fold")
    assert by_fold["DILDL"].to_dict() == {("set 0", 0): 6, ("set 0", 1): 7}


def test_score_matrix_names_what_is_missing():
    scores = tidy(np.ones((2, 2, 4)))
    gone = scores["dataset"].eq("set 1") & scores["method"].eq("RDA")
    for by in ("dataset", "fold"):
        with pytest.raises(ValueError, match=r"RDA has no result on set 1[,;]"):
            score_matrix(scores[~gone], "kl_divergence", by)
    with pytest.raises(ValueError, match="no-such"):
        score_matrix(scores, "no-such")
    with pytest.raises(ValueError, match="block"):
        score_matrix(scores, "kl_divergence", "seed")


@pytest.mark.parametrize("by", ["dataset", "fold"])
def test_means_over_other_folds_or_seeds_are_not_compared(by):
    seeds = [tidy(np.ones((2, 3, 4))).assign(seed=seed) for seed in (0, 1, 2)]
    scores = pd.concat(seeds)
    rda = scores["dataset"].eq("set 1") & scores["method"].eq("RDA")
    gaps = {
        "fold 2 of seed 0": rda & scores["fold"].eq(2) & scores["seed"].eq(0),
        "fold 0 of seed 1, fold 1 of seed 1, fold 2 of seed 1": rda & scores["seed"].eq(1),
        "fold 2 of seed 0, fold 2 of seed 1, fold 2 of seed 2": rda & scores["fold"].eq(2),
    }
    for lacking, gone in gaps.items():
        with pytest.raises(ValueError, match=f"RDA on set 1 has no result on {lacking}, which others have"):
            score_matrix(scores[~gone], "kl_divergence", by)
    # Methods without randomness run once.
    assert score_matrix(scores[~(rda & scores["seed"].ne(0))], "kl_divergence", by).eq(1).all(axis=None)
    nowhere = scores.assign(value=scores["value"].mask(rda & scores["fold"].eq(1)))
    with pytest.raises(ValueError, match="RDA on set 1: the kl_divergence is not finite"):
        score_matrix(nowhere, "kl_divergence", by)


@pytest.mark.parametrize("difference", [0, -1.0, math.nan, math.inf])
def test_no_number_of_blocks_tells_equal_ranks_apart(difference):
    with pytest.raises(ValueError, match="must be a positive number"):
        blocks_needed(10, difference)


def test_average_ranks_are_sorted_and_carry_their_mean():
    scores = pd.concat([tidy([[[1, 2, 3, 4.0]] * 2] * 3), tidy([[[1, 2, 3, 4.0]] * 2] * 3, "cosine")])
    found = average_ranks(scores, ["kl_divergence", "cosine"])
    assert found["kl_divergence"].to_dict() == {"RDA": 1, "DILDL": 2, "Uniform": 3, "LDLSF": 4}
    assert (found["cosine"] == 5 - found["kl_divergence"]).all()
    assert (found["all"] == 2.5).all()


@given(distinct)
def test_nemenyi_is_that_of_scikit_posthocs(values):
    posthocs = pytest.importorskip("scikit_posthocs")
    ranked = ranks(matrix(values), "clark")
    found = posthocs.posthoc_nemenyi_friedman(ranked.to_numpy()).to_numpy()
    assert nemenyi(ranked).to_numpy() == pytest.approx(found, abs=1e-3)


def test_average_ranks_by_fold_rank_within_each_fold():
    scores = tidy([[[1, 2, 3, 4.0], [9, 2, 3, 4.0]]])
    by_fold, by_set = (average_ranks(scores, ["kl_divergence"], by)["all"] for by in ("fold", "dataset"))
    assert by_fold["RDA"] == (1 + 4) / 2
    assert by_set["RDA"] == 4
