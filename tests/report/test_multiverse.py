"""The multiverse: known additive outcomes are found exactly, gaps are named, and nothing is counted twice."""

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from ildl.report import load_published, noise_margin
from ildl.report.multiverse import CHOICES, interval, outcomes, reference, specifications
from tests.report.multiverse_frames import EFFECTS, KL, RDA, comparison, multiverse, truth


@pytest.fixture(scope="module")
def specs():
    return specifications(multiverse(), comparison(), KL)


class TestSpecifications:
    def test_each_is_there_once_and_the_redundant_ones_are_not(self, specs):
        assert (specs.groupby("dataset").size() == 112).all()
        choices = [name for name in CHOICES if name != "head_rule"]
        assert not specs.duplicated(["dataset", *choices]).any()
        assert (specs.loc[specs["criterion"] == "rebalanced", "dominant"] == "degree").all()

    def test_a_redundant_specification_that_was_run_does_not_count(self, specs):
        results = multiverse()
        again = results[results["criterion"] == "rebalanced"].assign(dominant="one-hot", params='{"more": 1}')
        pd.testing.assert_frame_equal(specifications(pd.concat([results, again]), comparison(), KL), specs)

    def test_means_are_the_truth(self, specs):
        choices = [name for name in CHOICES if name in specs]
        expected = [truth(row["dataset"], {name: row[name] for name in choices}) for _, row in specs.iterrows()]
        np.testing.assert_allclose(specs["mean"], expected, atol=1e-12)

    def test_params_are_those_of_the_results(self, specs):
        for _, row in specs.iterrows():
            for name, option in json.loads(row["params"]).items():
                assert row[name] == option

    @pytest.mark.parametrize("metric", [KL, "cosine"])
    def test_the_best_of_each_data_set_stands_first(self, metric):
        frame, other = (make(metrics={KL: ""}).replace({KL: metric}) for make in (multiverse, comparison))
        for _, rows in specifications(frame, other, metric).groupby("dataset", sort=False):
            assert rows["mean"].is_monotonic_increasing if metric == KL else rows["mean"].is_monotonic_decreasing

    def test_order_of_the_rows_of_the_results_is_indifferent(self, specs):
        shuffled = multiverse().sample(frac=1, random_state=0)
        columns = [name for name in CHOICES if name in specs] + ["dataset", "mean", "printed", "closest"]
        ordered = [frame[columns].sort_values(columns).reset_index(drop=True)
                   for frame in (specs, specifications(shuffled, comparison(), KL))]  # fmt: skip
        pd.testing.assert_frame_equal(*ordered)

    def test_two_candidates_are_flagged_as_printed(self, specs):
        for _, rows in specs.groupby("dataset"):
            printed = rows[rows["printed"] != ""].set_index("printed")
            assert sorted(printed.index) == ["derived targets", "printed targets"]
            assert json.loads(printed.loc["derived targets", "params"]) == {}
            targets = {"dominant": "one-hot", "nondominant": "softmax"}
            assert json.loads(printed.loc["printed targets", "params"]) == targets
            assert (printed["valid"] == "20 rows").all()

    def test_distance_and_noise_are_those_of_the_published_table(self, specs):
        cell = load_published("dildl", table="2").query("dataset == 'Movie' and method == 'DILDL'").iloc[0]
        movie = specs[specs["dataset"] == "Movie"]
        np.testing.assert_allclose(movie["distance"], movie["mean"] - cell["mean"])
        margin = noise_margin(movie["std"], 3, cell["std"], cell["mean_half_unit"], movie["seed_std"], 2)
        np.testing.assert_allclose(movie["margin"], margin)
        assert list(movie["inside_noise"]) == list(movie["distance"].abs() <= margin)
        assert specs.loc[specs["dataset"] == "Emotion6", "inside_noise"].isna().all()

    def test_closest_has_the_smallest_distance(self, specs):
        for _, rows in specs.groupby("dataset"):
            assert rows.loc[rows["closest"], "distance"].abs().max() == rows["distance"].abs().min()
            assert rows["closest"].sum() == 1

    def test_nothing_is_closest_where_nothing_is_published(self):
        frame, other = (make(datasets=["Movie"]).assign(dataset="Artificial") for make in (multiverse, comparison))
        own = specifications(frame, other, KL)
        assert not own["closest"].any()
        assert own["better_than_published"].isna().all()
        assert own["better_than_rda"].notna().all()

    def test_references_are_those_of_the_comparison(self, specs):
        movie = specs[specs["dataset"] == "Movie"]
        np.testing.assert_allclose(movie["rda"], RDA["Movie"])
        np.testing.assert_allclose(movie["uniform"], 1.5)
        np.testing.assert_allclose(movie["against_rda"], movie["mean"] - 0.9, atol=1e-12)
        assert list(movie["better_than_rda"]) == list(movie["mean"] < 0.9)

    def test_a_difference_that_is_paired_has_no_spread_from_folds(self):
        one_seed = specifications(multiverse(seeds=[0]), comparison(seeds=[0]), KL)
        np.testing.assert_allclose(one_seed["against_rda_upper"], one_seed["against_rda_lower"], atol=1e-12)
        assert (one_seed["upper"] - one_seed["lower"] > 0.1).all()


class TestHeadRule:
    @pytest.mark.parametrize("rule", ["tenfold", "half", "mean"])
    def test_one_rule_is_one_metric(self, rule):
        tail = specifications(multiverse(), comparison(), "euclidean_tail", head_rule=rule)
        assert len(tail) == 2 * 112
        assert set(tail["head_rule"]) == {rule}
        assert (tail["printed"] != "").sum() == 4
        default = tail.query("dataset == 'Movie' and printed == 'derived targets'")["mean"].item()
        assert default == pytest.approx(1.0 + EFFECTS["head_rule"].get(rule, 0.0))

    def test_every_rule_makes_one_more_choice(self):
        tail = specifications(multiverse(), comparison(), "euclidean_tail", head_rule="every")
        assert len(tail) == 2 * 3 * 112
        assert set(tail.loc[tail["printed"] != "", "head_rule"]) == {"tenfold"}

    def test_without_a_published_spread_ours_stands_in(self):
        tail = specifications(multiverse(), comparison(), "euclidean_tail").query("dataset == 'Movie'")
        assert tail["published_std"].isna().all()
        margin = noise_margin(tail["std"], 3, tail["std"], 0.0005, tail["seed_std"], 2)
        np.testing.assert_allclose(tail["margin"], margin)
        assert tail["inside_noise"].notna().all()


class TestGaps:
    def test_a_missing_specification_is_named(self):
        results = multiverse()
        gone = (results["criterion"] == "added") & (results["epoch_kept"] == "last") & (results["dataset"] == "Movie")
        with pytest.raises(ValueError, match=r"Movie lacks 16 of 112 specifications.*criterion=added.*epoch_kept=last"):
            specifications(results[~gone], comparison(), KL)

    def test_a_missing_cell_is_named(self):
        results = multiverse()
        gone = (results["params"] == "{}") & (results["fold"] == 2) & (results["seed"] == 1)
        with pytest.raises(ValueError, match=r"fold 2, seed 1: missing"):
            outcomes(results[~gone], KL)

    def test_a_value_that_is_not_a_number_is_named(self):
        results = multiverse()
        results.loc[0, "value"] = np.nan
        with pytest.raises(ValueError, match=r"fold 0, seed 0: missing, or not a number"):
            outcomes(results, KL)

    def test_a_value_twice_is_named(self):
        results = multiverse()
        with pytest.raises(ValueError, match="twice"):
            outcomes(pd.concat([results, results.head(1)]), KL)

    def test_an_option_that_was_never_run_is_no_gap(self):
        results = multiverse()
        small = outcomes(results[results["valid"] == "20 rows"], KL)
        assert len(small) == 2 * 56

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            (lambda frame: frame.drop(columns=["dominant", "fold"]), r"lack the column\(s\) dominant, fold"),
            (lambda frame: frame.replace({"criterion": {"added": "other"}}), "Unknown criterion 'other'; known: kl"),
            (lambda frame: frame[frame["metric"] != KL], "no kl_divergence"),
        ],
    )
    def test_other_faults_are_named(self, change, message):
        with pytest.raises(ValueError, match=message):
            outcomes(change(multiverse()), KL)

    def test_unknown_head_rule(self):
        with pytest.raises(ValueError, match="Unknown head_rule 'third'"):
            outcomes(multiverse(), "euclidean_tail", head_rule="third")

    @pytest.mark.parametrize("method", ["RDA", "Uniform"])
    def test_a_missing_reference_is_named(self, method):
        other = comparison()
        gone = (other["method"] == method) & (other["dataset"] == "Emotion6") & (other["fold"] == 1)
        with pytest.raises(ValueError, match=rf"{method} has no kl_divergence on Emotion6, fold 1, seed 0"):
            specifications(multiverse(), other[~gone], KL)

    def test_one_seed_of_rda_does_not_stand_for_others(self):
        with pytest.raises(ValueError, match="RDA has no kl_divergence on Movie, fold 0, seed 1"):
            specifications(multiverse(), comparison(seeds=[0]), KL)

    def test_a_reference_without_any_row_is_named(self):
        values = outcomes(multiverse(), KL)
        with pytest.raises(ValueError, match="Nothing has no kl_divergence on Movie"):
            reference(comparison(), values, "Nothing")


class TestInterval:
    def frame(self, values):
        values = np.asarray(values, dtype=float)
        columns = pd.MultiIndex.from_product([range(values.shape[0]), range(values.shape[1])], names=["fold", "seed"])
        return pd.DataFrame([values.ravel()], columns=columns)

    @given(st.lists(st.floats(-5, 5), min_size=2, max_size=10))
    @settings(deadline=None)
    def test_with_one_seed_it_is_the_corrected_resampled_one(self, values):
        row = interval(self.frame(np.array(values)[:, None])).iloc[0]
        k = len(values)
        half = stats.t.ppf(0.975, k - 1) * np.std(values, ddof=1) * np.sqrt(1 / k + 1 / 9)
        np.testing.assert_allclose([row["mean"], row["std"]], [np.mean(values), np.std(values)], atol=1e-12)
        np.testing.assert_allclose([row["lower"], row["upper"]], [row["mean"] - half, row["mean"] + half], atol=1e-6)
        assert np.isnan(row["seed_std"])

    def test_what_one_seed_moves_in_all_folds_widens_it(self):
        luck = np.array([-1.0, 0.0, 1.0])
        row = interval(self.frame(np.zeros((10, 1)) + luck)).iloc[0]
        # No spread over folds: the interval of three seeds alone.
        assert row["std"] == 0
        assert row["upper"] == pytest.approx(stats.t.ppf(0.975, 2) * 1 / np.sqrt(3))
        assert row["seed_std"] == pytest.approx(np.sqrt(2 / 3))

    def test_one_fold_has_no_spread(self):
        with pytest.raises(ValueError, match="at least two folds"):
            interval(self.frame([[1.0, 2.0]]))
