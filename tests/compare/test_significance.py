"""Tests between methods: against SciPy, against the formula by hand, and on methods whose order is known."""

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import stats

from ildl.compare.corrected import corrected_test, paired_test
from ildl.compare.significance import compare, holm, published_test

FOLDS = 10
P_COLUMNS = ["p_published_test", "p_paired", "p_corrected", "p_holm"]
DIFFICULTY = np.linspace(0.0, 0.4, FOLDS)
NOISE = np.random.default_rng(0).normal(0, 0.01, (4, 3, FOLDS))


def tidy(methods, metric="kl_divergence", dataset="Movie"):
    """Name -> values of shape (seeds, folds), as tidy rows; "NAME PARAMS" gives the parameters."""
    rows = []
    for name, values in methods.items():
        method, _, params = name.partition(" ")
        rows += [
            {"dataset": dataset, "feature_set": "benchmark", "method": method, "params": params or "{}", "fold": fold,
             "seed": seed, "metric": metric, "value": float(value)}
            for (seed, fold), value in np.ndenumerate(np.asarray(values))
        ]  # fmt: skip
    return pd.DataFrame(rows)


@pytest.fixture
def results():
    """Folds differ in difficulty far more than methods do; one method is worse, one as good, one better."""
    shifts = {"DILDL": 0.0, "Inferior": 0.1, "Equal": 0.0, "Superior": -0.1}
    return tidy({name: 1 + shift + DIFFICULTY + NOISE[i] for i, (name, shift) in enumerate(shifts.items())})


class TestOfPublishedType:
    @given(
        hnp.arrays(float, (2, FOLDS), elements=st.floats(0.1, 9).map(lambda x: round(x, 3))),
        st.booleans(),
        st.integers(0, 1),
    )
    def test_it_is_the_t_test_of_the_values(self, values, equal_variance, ddof):
        a, b = values + 0.01 * np.arange(FOLDS)
        found = published_test(
            a.mean(),
            a.std(ddof=ddof),
            FOLDS,
            b.mean(),
            b.std(ddof=ddof),
            FOLDS,
            equal_variance=equal_variance,
            ddof=ddof,
        )
        assert found == pytest.approx(stats.ttest_ind(a, b, equal_var=equal_variance).pvalue, abs=1e-9)

    def test_of_printed_numbers(self):
        # Table 1, Movie: RDA 0.1962 ± 0.0068, DILDL 0.1752 ± 0.0091: t = 0.0210 / sqrt((0.0068² + 0.0091²) / 10).
        t = 0.0210 / np.sqrt((0.0068**2 + 0.0091**2) / 10)
        found = published_test(0.1752, 0.0091, 10, 0.1962, 0.0068, 10)
        assert found == pytest.approx(2 * stats.t.sf(t, 18))

    def test_it_takes_columns_and_says_where_it_is_not_defined(self):
        found = published_test([1.0, 1.0, 1.0], [0.1, 0.0, np.nan], 10, 2.0, [0.1, 0.0, 0.1], 10)
        assert np.isfinite(found).tolist() == [True, False, False]

    def test_refusals(self):
        with pytest.raises(ValueError, match="at least two values"):
            published_test(1, 0.1, 1, 2, 0.1, 10)
        with pytest.raises(ValueError, match="negative"):
            published_test(1, -0.1, 10, 2, 0.1, 10)


class TestOverFolds:
    differences = np.array([0.1, 0.3, 0.2, -0.1, 0.25])

    def test_paired_is_scipys(self):
        assert paired_test(self.differences) == pytest.approx(stats.ttest_1samp(self.differences, 0).pvalue)

    def test_corrected_by_hand(self):
        # mean 0.15; s² = (0.0025 + 0.0225 + 0.0025 + 0.0625 + 0.01) / 4 = 0.025; five of ten folds, and all of five
        for share, chosen in ((1 / 9, 1 / 9), (1 / 4, None)):
            t = 0.15 / np.sqrt((0.2 + share) * 0.025)
            assert corrected_test(self.differences, chosen) == pytest.approx(2 * stats.t.sf(t, 4))

    @given(
        hnp.arrays(float, st.integers(2, 12), elements=st.floats(-5, 5).map(lambda x: round(x, 4))), st.floats(0.01, 2)
    )
    def test_the_correction_never_makes_a_difference_more_significant(self, differences, share):
        plain, corrected = paired_test(differences), corrected_test(differences, share)
        assert np.isnan(plain) == np.isnan(corrected)
        assert np.isnan(plain) or corrected >= plain - 1e-12

    def test_no_spread_is_no_test(self):
        assert np.isnan(corrected_test([0.1, 0.1, 0.1]))
        assert np.isnan(paired_test(np.full(3, 0.1) + 1e-17))
        assert np.isnan(paired_test([0.0, 0.0]))

    def test_refusals(self):
        with pytest.raises(ValueError, match="at least two"):
            paired_test([0.1])
        with pytest.raises(ValueError, match="not finite"):
            paired_test([0.1, np.nan, 0.2])


@pytest.mark.parametrize("other", [{"metric": "chebyshev"}, {"dataset": "Emotion6"}])
def test_holm_adjusts_within_a_metric_and_a_data_set(results, other):
    beside = tidy({name: 1 + 0.001 * NOISE[i] for i, name in enumerate(("DILDL", "Inferior", "Equal"))}, **other)
    both, alone = compare(pd.concat([results, beside])), compare(results)
    there = both[(both["metric"] == "kl_divergence") & (both["dataset"] == "Movie")].set_index("method")["p_holm"]
    pd.testing.assert_series_equal(there, alone.set_index("method")["p_holm"])


class TestHolm:
    def test_by_hand(self):
        # Sorted 0.005, 0.01, 0.03, 0.04, times 4, 3, 2, 1: 0.02, 0.03, 0.06, 0.04, made monotone.
        assert holm([0.01, 0.04, 0.03, 0.005]).tolist() == pytest.approx([0.03, 0.06, 0.06, 0.02])

    def test_what_is_not_defined_does_not_count(self):
        found = holm([0.01, np.nan, 0.02])
        assert found[[0, 2]].tolist() == pytest.approx([0.02, 0.02])
        assert np.isnan(found[1])

    @given(hnp.arrays(float, st.integers(1, 9), elements=st.floats(0, 1)))
    def test_it_lies_between_the_p_value_and_bonferroni(self, p):
        adjusted = holm(p)
        assert (adjusted >= p).all()
        assert (adjusted <= np.minimum(1, len(p) * p) + 1e-12).all()


class TestCompare:
    def test_marks_of_superior_equal_and_inferior_methods(self, results):
        found = compare(results).set_index("method")
        # Folds that differ in difficulty hide a difference from the unpaired test, not from the paired ones.
        assert set(found["mark_published_test"]) == {"none"}
        for test in ("paired", "corrected", "holm"):
            marks = found[f"mark_{test}"]
            assert (marks["Inferior"], marks["Equal"], marks["Superior"]) == ("better", "none", "worse")
        assert found.loc["Inferior", "difference"] == pytest.approx(-0.1, abs=0.02)
        assert set(found["n_folds"]) == {FOLDS}
        assert set(found["n_seeds"]) == {3}

    def test_similarities_are_better_when_high(self, results):
        found = compare(results.assign(metric="cosine")).set_index("method")["mark_paired"]
        assert (found["Inferior"], found["Superior"]) == ("worse", "better")

    def test_p_values_are_scipys_on_values_averaged_over_seeds(self, results):
        found = compare(results).set_index("method").loc["Inferior"]
        mine, other = (1 + shift + DIFFICULTY + NOISE[i].mean(axis=0) for i, shift in ((0, 0.0), (1, 0.1)))
        assert found["p_paired"] == pytest.approx(stats.ttest_rel(mine, other).pvalue)
        assert found["p_published_test"] == pytest.approx(stats.ttest_ind(mine, other).pvalue)
        assert found["seed_std"] == pytest.approx(np.std((NOISE[0] - NOISE[1]).mean(axis=1)))

    def test_welch_is_a_choice(self, results):
        results.loc[results["method"] == "Inferior", "value"] *= 3
        mine, other = 1 + DIFFICULTY + NOISE[0].mean(axis=0), 3 * (1.1 + DIFFICULTY + NOISE[1].mean(axis=0))
        found = compare(results, equal_variance=False).set_index("method").loc["Inferior", "p_published_test"]
        assert found == pytest.approx(stats.ttest_ind(mine, other, equal_var=False).pvalue)

    def test_the_other_side_sees_the_same(self, results):
        columns = ["difference", "p_paired", "p_corrected", "p_published_test"]
        there = compare(results).set_index("method").loc["Inferior"]
        back = compare(results, "Inferior").set_index("method").loc["DILDL"]
        assert back["difference"] == pytest.approx(-there["difference"])
        assert back[columns[1:]].tolist() == pytest.approx(there[columns[1:]].tolist())
        assert (there["mark_paired"], back["mark_paired"]) == ("better", "worse")

    def test_order_of_folds_and_of_rows_does_not_matter(self, results):
        before = compare(results).set_index("method").sort_index()
        new_names = np.random.default_rng(1).permutation(FOLDS)
        moved = results.assign(fold=new_names[results["fold"]]).sample(frac=1, random_state=2)
        after = compare(moved).set_index("method").sort_index()
        for column in P_COLUMNS:
            assert after[column].tolist() == pytest.approx(before[column].tolist())

    def test_a_sign_that_depends_on_the_seed_is_no_mark(self):
        other = np.stack([1.0 + DIFFICULTY, 1.0 + DIFFICULTY]) + 0.001 * NOISE[0, :2]
        mine = other + np.array([[-0.3], [0.01]])
        found = compare(tidy({"DILDL": mine, "Other": other + 0.001 * NOISE[1, :2]})).iloc[0]
        assert found["p_paired"] < 0.05
        assert not found["same_sign_over_seeds"]
        assert found["mark_paired"] == "none"

    def test_a_method_with_one_seed_is_held_against_each(self):
        found = compare(tidy({"DILDL": 1 + DIFFICULTY + NOISE[0], "Fixed": (2 + DIFFICULTY)[None]})).iloc[0]
        assert found["n_seeds"] == 3
        assert found["seed_std"] == pytest.approx(np.std(NOISE[0].mean(axis=1)))

    def test_a_row_without_randomness_is_of_one_seed_under_however_many_it_is_stored(self):
        random, fixed = 1 + DIFFICULTY + NOISE[0], np.tile(1.1 + DIFFICULTY, (2, 1))
        alone = compare(tidy({"DILDL": random, "Mean": fixed[:1]}))
        stored = tidy({"DILDL": random, "Mean": fixed})
        stored["seed"] += 7 * ((stored["method"] == "Mean") & (stored["seed"] == 1))  # 0 and 8, of other commands
        pd.testing.assert_frame_equal(compare(stored), alone)

    def test_nothing_with_a_spread_is_missing_not_a_number(self):
        found = compare(tidy({"DILDL": np.ones((1, 3)), "Same": np.ones((1, 3)), "Other": [[1.0, 2.0, 4.0]]}))
        same = found.set_index("method").loc["Same"]
        assert all(same[column] is pd.NA for column in [*P_COLUMNS, "seed_std"])
        assert same["mark_paired"] == "none"
        assert found.set_index("method").loc["Other", "p_holm"] is not pd.NA

    def test_every_data_set_metric_and_reading_is_compared(self, results):
        reading = results[results["method"] == "Equal"].assign(method="DILDL", params='{"alpha":0.1}')
        one = pd.concat([results, reading])
        parts = itertools.product(("Movie", "Emotion6"), ("clark", "cosine"))
        found = compare(pd.concat([one.assign(dataset=dataset, metric=metric) for dataset, metric in parts]))
        assert len(found) == 2 * 2 * 4
        assert not found.duplicated(["dataset", "metric", "method", "params"]).any()
        assert not ((found["method"] == "DILDL") & (found["params"] == "{}")).any()

    def test_the_share_of_test_rows_follows_from_the_splits(self, results):
        five = results[results["fold"] < 5]
        found = {name: compare(frame).set_index("method").loc["Equal"] for name, frame in {
            "all of ten": results, "all of five": five, "five of ten": five.assign(n_splits=10),
        }.items()}  # fmt: skip
        assert found["all of ten"]["test_share"] == pytest.approx(1 / 9)
        assert found["all of five"]["test_share"] == pytest.approx(1 / 4)
        assert found["five of ten"]["test_share"] == pytest.approx(1 / 9)
        assert found["all of five"]["p_corrected"] > found["five of ten"]["p_corrected"]
        assert {name: row["df"] for name, row in found.items()} == {"all of ten": 9, "all of five": 4, "five of ten": 4}
        assert all(row["p_trained"] is pd.NA and row["trained_share"] is pd.NA for row in found.values())

    def test_rows_trained_on_are_the_other_share(self, results):
        found = compare(results.assign(n_train=100, n_test=730)).set_index("method").loc["Inferior"]
        differences = NOISE[0].mean(axis=0) - NOISE[1].mean(axis=0) - 0.1
        t = abs(differences.mean()) / np.sqrt((1 / 10 + 7.3) * differences.var(ddof=1))
        assert found["p_trained"] == pytest.approx(2 * stats.t.sf(t, 9))
        assert found["trained_share"] == pytest.approx(7.3)
        assert found["p_corrected"] == pytest.approx(float(corrected_test(differences, 1 / 9)))

    def test_where_folds_keep_unlike_numbers_of_rows_the_share_is_the_mean_of_theirs(self, results):
        n_train = results["fold"].map(lambda fold: 10 if fold % 2 else 40)
        found = compare(results.assign(n_train=n_train, n_test=20))
        assert found["trained_share"].unique().tolist() == [(20 / 10 + 20 / 40) / 2]

    def test_the_interval_excludes_zero_where_the_test_finds_a_difference(self, results):
        found = compare(results)
        assert ((found["low"] > 0) | (found["high"] < 0)).tolist() == (found["p_corrected"] < 0.05).tolist()
        assert ((found["low"] + found["high"]) / 2).tolist() == pytest.approx(found["difference"].tolist())

    def test_refusals(self, results):
        with pytest.raises(ValueError, match=r"DILDL .*fold 3, seed 1.*missing"):
            compare(results.drop(results.query("method == 'DILDL' and fold == 3 and seed == 1").index))
        with pytest.raises(ValueError, match="LDL was not run|not run on Movie"):
            compare(results, "LDL")
        with pytest.raises(ValueError, match="no row besides"):
            compare(results[results["method"] == "DILDL"])
        other_seeds = results["seed"].where(results["method"] != "Equal", results["seed"] + 5)
        with pytest.raises(ValueError, match="other seeds"):
            compare(results.assign(seed=other_seeds))
