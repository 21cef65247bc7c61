"""Effects of choices: the decomposition finds known effects, sums to 1, and agrees with the analysis of variance."""

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ildl.report.multiverse import CHOICES
from ildl.report.multiverse_effects import INTERACTIONS, choice_effects, explained_shares, joint_test, total_share
from tests.report.multiverse_frames import EFFECTS, KL, comparison, multiverse, truth


def factorial(values, sizes=(3, 2, 2)):
    levels = [list("abc")[:size] for size in sizes]
    index = pd.MultiIndex.from_product(levels, names=["first", "second", "third"])
    return pd.Series(np.asarray(values, dtype=float), index=index)


@pytest.fixture(scope="module")
def effects():
    return choice_effects(multiverse(), KL)


class TestEffects:
    def test_additive_changes_are_found_exactly(self, effects):
        for _, row in effects[effects["choice"] != INTERACTIONS].iterrows():
            known = EFFECTS[row["choice"]][row["option"]]
            for name in ("change", "lower", "upper", "from_default", "from_default_lower", "from_default_upper"):
                assert row[name] == pytest.approx(known, abs=1e-12)

    def test_additive_outcomes_leave_nothing_to_interactions(self, effects):
        np.testing.assert_allclose(effects.loc[effects["choice"] == INTERACTIONS, "share"], 0, atol=1e-12)

    def test_every_option_but_the_default_has_a_row(self, effects):
        movie = effects.query("dataset == 'Movie' and choice != @INTERACTIONS")
        choices = {name: options for name, options in CHOICES.items() if name != "head_rule"}
        expected = [(name, option) for name, options in choices.items() for option in options[1:]]
        assert list(zip(movie["choice"], movie["option"], strict=True)) == expected

    def test_pairs_are_counted_without_the_redundant_ones(self, effects):
        pairs = effects.query("dataset == 'Movie'").set_index(["choice", "option"])["n_pairs"]
        # 112 specifications: 32 under each criterion with a dominant target, 16 under "rebalanced".
        assert pairs["criterion", "added"] == 32
        assert pairs["criterion", "rebalanced"] == 16
        assert pairs["dominant", "one-hot"] == 48
        assert pairs["epoch_kept", "last"] == 56

    @pytest.mark.parametrize("power", [1.0, 2.0, -1.0])
    def test_shares_sum_to_one_whatever_the_outcome(self, power):
        results = multiverse(outcome=lambda dataset, spec: truth(dataset, spec) ** power)
        effects = choice_effects(results, KL).drop_duplicates(["dataset", "choice"])
        np.testing.assert_allclose(effects.groupby("dataset")["share"].sum(), 1)
        assert (effects["share"] > -1e-12).all()

    def test_an_interaction_shows_as_one(self):
        def outcome(dataset, spec):
            return float((spec["epoch_kept"] == "last") == (spec["valid"] == "10 %"))

        effects = choice_effects(multiverse(outcome=outcome), KL).query("dataset == 'Movie'").set_index("choice")
        assert effects.loc[INTERACTIONS, "share"] == pytest.approx(1)
        assert effects.loc["valid", "total"] == pytest.approx(1)
        assert effects.loc["nondominant", "total"] == pytest.approx(0)
        assert effects.loc["epoch_kept", "change"] == pytest.approx(0)
        assert effects.loc["epoch_kept", "from_default"] == pytest.approx(-1)

    def test_the_head_rule_is_a_choice_of_its_own(self):
        effects = choice_effects(multiverse(), "euclidean_tail", head_rule="every").query("dataset == 'Movie'")
        rules = effects[effects["choice"] == "head_rule"].set_index("option")["change"]
        assert rules.to_dict() == pytest.approx(EFFECTS["head_rule"])
        assert "head_rule" not in set(choice_effects(multiverse(), "euclidean_tail")["choice"])

    def test_a_gap_is_refused(self):
        results = multiverse()
        gone = (results["params"] == "{}") & (results["valid"] == "10 %")
        with pytest.raises(ValueError, match="lacks 1 of 112 specifications"):
            choice_effects(results[~gone], KL)

    def test_the_interval_follows_folds_that_disagree(self):
        def steady(frame):
            return choice_effects(frame, KL).query("dataset == 'Movie' and choice == 'epoch_kept'").iloc[0]

        results = multiverse(datasets=["Movie"], seeds=[0])
        shift = 0.1 * (results["epoch_kept"] == "last") * (results["fold"] - 1)
        shaken = results.assign(value=results["value"] + shift)
        assert steady(results)["upper"] - steady(results)["lower"] < 1e-9
        assert steady(shaken)["upper"] - steady(shaken)["lower"] > 0.1
        assert steady(shaken)["change"] == pytest.approx(steady(results)["change"])


class TestShares:
    @given(st.lists(st.floats(-10, 10), min_size=12, max_size=12))
    def test_balanced_shares_are_those_of_the_analysis_of_variance(self, values):
        means = factorial(np.round(values, 3))
        y = means - means.mean()
        total = (y**2).sum()
        shares = explained_shares(means)
        assert shares.sum() == pytest.approx(1 if total > 0 else 0)
        for name in means.index.names:
            between = (y.groupby(level=name).transform("mean") ** 2).sum()
            assert shares[name] == pytest.approx(between / total if total > 0 else 0, abs=1e-9)
            assert total_share(means, name) >= shares[name] - 1e-9

    def test_it_agrees_with_statsmodels(self):
        api = pytest.importorskip("statsmodels.formula.api")
        anova = pytest.importorskip("statsmodels.stats.anova")
        means = factorial(np.random.default_rng(0).normal(size=12)).rename("y")
        table = anova.anova_lm(api.ols("y ~ C(first) + C(second) + C(third)", means.reset_index()).fit(), typ=2)
        squares = table["sum_sq"] / table["sum_sq"].sum()
        np.testing.assert_allclose(explained_shares(means), squares)

    def test_a_gap_in_the_design_is_shared_by_order_of_entry(self):
        # Two choices that always move together: neither can claim the variance for itself.
        index = pd.MultiIndex.from_tuples([("a", "a"), ("b", "b")], names=["first", "second"])
        shares = explained_shares(pd.Series([0.0, 1.0], index=index))
        assert shares.to_dict() == pytest.approx({"first": 0.5, "second": 0.5, INTERACTIONS: 0.0})

    def test_an_outcome_that_does_not_vary_has_no_shares(self):
        assert (explained_shares(factorial(np.full(12, 0.1))) == 0).all()
        assert total_share(factorial(np.full(12, 0.1)), "first") == 0

    def test_a_choice_with_one_option_is_none(self):
        assert list(explained_shares(factorial(range(6), (3, 2, 1))).index) == ["first", "second", INTERACTIONS]


class TestJoint:
    @pytest.mark.parametrize("n_folds", [2, 3, 6])
    def test_all_folds_on_one_side_give_the_smallest_p(self, n_folds):
        frames = (make(datasets=["Movie"], folds=range(n_folds), seeds=[0]) for make in (multiverse, comparison))
        results, other = frames
        row = joint_test(results.assign(value=results["value"] + 100), other, KL).iloc[0]
        assert row["smallest_p"] == row["p"] == 2 / 2**n_folds
        assert row["share_better"] == 0
        assert row["median_difference"] > 99

    def test_a_difference_that_turns_with_the_fold_is_no_evidence(self):
        results, other = (make(datasets=["Movie"], folds=range(2), seeds=[0]) for make in (multiverse, comparison))
        value = np.where(results["fold"] == 0, -1.0, 1.0)
        row = joint_test(results.assign(value=value), other.assign(value=0.0), KL).iloc[0]
        assert row["p"] == 1
        assert row["median_difference"] == pytest.approx(0)

    def test_direction_follows_the_metric(self):
        results, other = (make(metrics={KL: ""}).replace({KL: "cosine"}) for make in (multiverse, comparison))
        low = joint_test(results.assign(value=0.0), other.assign(value=1.0), "cosine")
        high = joint_test(results.assign(value=1.0), other.assign(value=0.0), "cosine")
        assert (low["share_better"] == 0).all()
        assert (high["share_better"] == 1).all()
        assert (low["median_difference"] == -1).all()

    def test_seeds_that_agree_are_counted(self):
        results, other = (make(datasets=["Movie"], seeds=(0, 1, 2)) for make in (multiverse, comparison))
        value = np.where(results["seed"] == 2, 1.0, -1.0)
        row = joint_test(results.assign(value=value), other.assign(value=0.0), KL).iloc[0]
        assert (row["seeds_agree"], row["n_seeds"]) == (2, 3)

    def test_exact_p_by_brute_force(self):
        rng = np.random.default_rng(1)
        results, other = (make(datasets=["Movie"], folds=range(4), seeds=[0]) for make in (multiverse, comparison))
        results = results.assign(value=rng.normal(0.3, 1, size=len(results)))
        row = joint_test(results, other.assign(value=0.0), KL).iloc[0]
        of_metric = results[results["metric"] == KL]
        choices = [name for name in CHOICES if name != "head_rule"]
        table = of_metric.pivot(index=choices, columns="fold", values="value").to_numpy()
        medians = [np.median((table * signs).mean(axis=1)) for signs in itertools.product((1, -1), repeat=4)]
        assert row["p"] == np.mean(np.abs(medians) >= abs(medians[0]) - 1e-12)
