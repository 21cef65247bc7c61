"""The multiverse: known additive outcomes are found exactly, gaps are named, and nothing is counted twice."""

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from companion.base.published import load_published
from companion.readings.choices import ASKED, DEFAULTS, words_of
from companion.readings.outcomes import interval, outcomes, rival_values, specifications, verdicts
from ildl.compare.noise import noise
from tests.companion.readings_frames import (
    CHOSEN,
    EFFECTS,
    KL,
    OFR_DB,
    RDA,
    UNIFORM,
    N,
    comparison,
    multiverse,
    truth,
)


@pytest.fixture(scope="module")
def results():
    return multiverse()


@pytest.fixture(scope="module")
def rivals():
    return comparison()


@pytest.fixture(scope="module")
def specs(results, rivals):
    return specifications(results, rivals, KL)


class TestSpecifications:
    def test_each_is_there_once_and_the_bound_is_none(self, specs):
        assert (specs.groupby("dataset").size() == N).all()
        assert not specs.duplicated(["dataset", *CHOSEN]).any()
        assert set(specs["epoch_kept"]) == {"best", "last"}

    @pytest.mark.parametrize(
        ("where", "change"),
        [
            ({"criterion": ["rebalanced", "rebalanced parts"]}, {"dominant": "one-hot"}),
            ({"valid_from": ["unsampled"], "epoch_kept": ["last"]}, {"valid": "10 %"}),
        ],
    )
    def test_a_redundant_specification_that_was_run_does_not_count(self, results, rivals, specs, where, change):
        wanted = results[list(where)].isin(where).all(axis=1) & (results["epoch_kept"] != "test")
        again = results[wanted].assign(params='{"more": 1}', value=99.0, **change)
        pd.testing.assert_frame_equal(specifications(pd.concat([results, again]), rivals, KL), specs)

    def test_means_are_the_truth_and_params_those_of_the_results(self, specs):
        expected = [truth(row["dataset"], {name: row[name] for name in CHOSEN}) for _, row in specs.iterrows()]
        np.testing.assert_allclose(specs["mean"], expected, atol=1e-12)
        assert all(
            row[name] == option for _, row in specs.iterrows() for name, option in json.loads(row["params"]).items()
        )

    def test_seeds_are_averaged(self, rivals, specs):
        several = specifications(multiverse(seeds=(0, 1, 2)), rivals, KL)
        pd.testing.assert_frame_equal(several, specs)

    @pytest.mark.parametrize("metric", [KL, "cosine"])
    def test_the_best_of_each_data_set_stands_first(self, metric):
        frame, other = (make(metrics={metric: ""}) for make in (multiverse, comparison))
        for _, rows in specifications(frame, other, metric).groupby("dataset", sort=False):
            assert rows["mean"].is_monotonic_increasing if metric == KL else rows["mean"].is_monotonic_decreasing

    def test_order_of_the_rows_of_the_results_is_indifferent(self, results, rivals, specs):
        columns = [*CHOSEN, "dataset", "mean", "vs_rda"]
        shuffled = specifications(results.sample(frac=1, random_state=0), rivals, KL)
        ordered = [frame[columns].sort_values(columns).reset_index(drop=True) for frame in (specs, shuffled)]
        pd.testing.assert_frame_equal(*ordered)

    def test_distance_and_noise_are_those_of_the_published_table(self, specs):
        cell = load_published("dildl").query("table == '2' and dataset == 'Movie' and method == 'DILDL'").iloc[0]
        movie = specs[specs["dataset"] == "Movie"]
        np.testing.assert_allclose(movie["distance"], movie["mean"] - cell["mean"])
        margin = noise(movie["std"], 3, cell["std"], cell["mean_half_unit"])["margin"]
        np.testing.assert_allclose(movie["margin"], margin)
        assert list(movie["inside_noise"]) == list(movie["distance"].abs() <= margin)
        assert specs.loc[specs["dataset"] == "Emotion6", "inside_noise"].isna().all()

    def test_nothing_is_met_where_nothing_is_published(self):
        frame, other = (make(datasets=["Movie"]).assign(dataset="Artificial") for make in (multiverse, comparison))
        own = specifications(frame, other, KL)
        assert own["inside_noise"].isna().all()
        assert own["vs_rda"].notna().all()


class TestRivals:
    def test_they_have_validation_rows_from_the_same_source_and_the_same_test_rows(self, specs):
        movie = specs[(specs["dataset"] == "Movie") & ~((specs["split_folds"] == "random") & (specs["split_seed"] > 0))]
        shift = movie["valid_from"].map(EFFECTS["valid_from"]).fillna(0)
        np.testing.assert_allclose(movie["rda"], RDA["Movie"] + shift)
        np.testing.assert_allclose(movie["ofr_db"], OFR_DB + shift)
        np.testing.assert_allclose(movie["rda_default"], RDA["Movie"])
        np.testing.assert_allclose(movie["uniform"], UNIFORM)

    def test_a_difference_that_is_paired_has_no_spread_from_folds(self, specs):
        # Folds move specification and rival alike: however close, the better of the two is told.
        movie = specs[(specs["dataset"] == "Movie")]
        assert list(movie["vs_rda"] == "better") == list(movie["mean"] < movie["rda"])
        assert (movie["upper"] - movie["lower"] > 0.1).all()

    def test_several_seeds_of_a_rival_are_averaged(self, results, specs):
        pd.testing.assert_frame_equal(specifications(results, comparison(seeds=(0, 1, 2)), KL), specs)

    def test_what_two_experiments_have_counts_once(self, results, rivals, specs):
        partitions = rivals[rivals["seed"] == 0].drop(columns="epoch_kept")
        partitions = partitions[partitions["value"] < 77]
        pd.testing.assert_frame_equal(specifications(results, pd.concat([rivals, partitions]), KL), specs)

    @pytest.mark.parametrize("gone", [("method", "RDA"), ("valid_from", "unsampled"), ("fold", 1)])
    def test_where_one_was_not_run_nothing_is_said(self, results, rivals, gone):
        column, option = gone
        specs = specifications(results, rivals[rivals[column] != option], KL)
        absent = pd.Series(True, index=specs.index) if column in ("method", "fold") else specs[column] == option
        assert specs.loc[absent, "vs_rda"].isna().all()
        assert specs.loc[~absent, "vs_rda"].notna().all()

    def test_a_rival_without_any_row_has_no_values(self, results, rivals):
        assert rival_values(rivals, outcomes(results, KL), "Nothing", alike=True).isna().all(axis=None)

    @pytest.mark.parametrize(
        ("low", "high", "metric", "said"),
        [
            (-0.2, -0.1, KL, "better"),
            (0.1, 0.2, KL, "worse"),
            (-0.1, 0.2, KL, "not told apart"),
            (0.0, 0.2, KL, "not told apart"),
            (-0.2, -0.1, "cosine", "worse"),
            (0.1, 0.2, "cosine", "better"),
        ],
    )
    def test_the_verdict_follows_interval_and_direction(self, low, high, metric, said):
        row = pd.DataFrame({"mean": [(low + high) / 2], "lower": [low], "upper": [high]})
        assert list(verdicts(row, metric)) == [said]


class TestHeadRule:
    def test_one_rule_is_one_metric(self, results, rivals):
        tail = specifications(results, rivals, "euclidean_tail", every_rule=True)
        movie = tail[tail["dataset"] == "Movie"]
        default = movie[(movie[list(DEFAULTS)] == pd.Series(DEFAULTS)).all(axis=1)].set_index("head_rule")["mean"]
        expected = {rule: 1.0 + EFFECTS["head_rule"].get(rule, 0.0) for rule in ("tenfold", "half", "mean")}
        assert default.to_dict() == pytest.approx(expected)
        alone = specifications(results, rivals, "euclidean_tail")
        assert len(alone) == 2 * N
        assert set(alone["metric"]) == {"euclidean_tail"}

    def test_every_rule_makes_one_more_choice(self, results, rivals):
        tail = specifications(results, rivals, "euclidean_tail", every_rule=True)
        assert len(tail) == 2 * 3 * N

    def test_without_a_published_spread_ours_stands_in(self, results, rivals):
        tail = specifications(results, rivals, "euclidean_tail").query("dataset == 'Movie'")
        assert tail["published_std"].isna().all()
        np.testing.assert_allclose(tail["margin"], noise(tail["std"], 3, np.nan, 0.0005)["margin"])
        assert tail["inside_noise"].notna().all()


class TestGaps:
    def test_a_specification_that_one_data_set_lacks_is_named(self, results):
        gone = (results["criterion"] == "added") & (results["epoch_kept"] == "last") & (results["dataset"] == "Movie")
        with pytest.raises(ValueError, match=r"Movie lacks \d+ of 520 combinations.*criterion=added.*epoch_kept=last"):
            outcomes(results[~gone], KL)

    def test_a_smaller_multiverse_is_no_gap(self, results):
        assert len(outcomes(results[results["valid"] == "20 rows"], KL)) == 2 * (N - 120)

    def test_a_missing_cell_is_named(self):
        results = multiverse(seeds=(0, 1))
        gone = (results["params"] == "{}") & (results["fold"] == 2) & (results["seed"] == 1)
        with pytest.raises(ValueError, match=r"fold 2, seed 1: missing"):
            outcomes(results[~gone], KL)

    def test_a_value_that_is_not_a_number_is_named(self, results):
        with pytest.raises(ValueError, match=r"fold 0, seed 0: missing, or not a number"):
            outcomes(results.assign(value=results["value"].where(results.index > 0)), KL)

    def test_a_value_twice_is_named(self, results):
        with pytest.raises(ValueError, match="twice"):
            outcomes(pd.concat([results, results.head(1)]), KL)

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            (lambda frame: frame.replace({"criterion": {"added": "other"}}), "Unknown criterion 'other'"),
            (lambda frame: frame.replace({"split_seed": {2: 7}}), "Unknown split_seed 7. Known: 0, 1, 2"),
            (lambda frame: frame[frame["metric"] != KL], "Unknown metric 'kl_divergence'"),
        ],
    )
    def test_other_faults_are_named(self, results, change, message):
        with pytest.raises(ValueError, match=message):
            outcomes(change(results), KL)


class TestInterval:
    @given(st.lists(st.floats(-5, 5), min_size=2, max_size=10), st.sampled_from([0.0, 1 / 9, 1.0]))
    def test_it_is_the_corrected_resampled_one(self, values, share):
        row = interval(pd.DataFrame([values]), share).iloc[0]
        k = len(values)
        half = stats.t.ppf(0.975, k - 1) * np.std(values, ddof=1) * np.sqrt(1 / k + share)
        np.testing.assert_allclose([row["mean"], row["std"]], [np.mean(values), np.std(values)], atol=1e-12)
        np.testing.assert_allclose([row["lower"], row["upper"]], [row["mean"] - half, row["mean"] + half], atol=1e-6)

    def test_a_gap_has_no_interval(self):
        assert interval(pd.DataFrame([[1.0, np.nan, 2.0]]), 0.0).isna().all(axis=None)

    def test_one_fold_has_no_spread(self):
        with pytest.raises(ValueError, match="at least two"):
            interval(pd.DataFrame([[1.0]]), 0.0)

    def test_three_of_ten_folds_are_a_tenth_each(self, results, rivals, specs):
        three = specifications(results.assign(n_splits=3), rivals, KL)
        ratio = (specs["upper"] - specs["lower"]) / (three["upper"] - three["lower"])
        np.testing.assert_allclose(ratio, np.sqrt((1 / 3 + 1 / 9) / (1 / 3 + 1 / 2)))


class TestPartitions:
    def test_what_exceeds_folds_counts_for_both_sides_and_for_readings_that_are_alike(self):
        def outcome(dataset, spec):
            return 1.0 + {0: -1.0, 1: 0.0, 2: 1.0}[spec["split_seed"]] * (spec["criterion"] == "added")

        results = multiverse(datasets=["Movie"], outcome=outcome)
        specs = specifications(results, comparison(datasets=["Movie"]), KL)
        added = specs["criterion"] == "added"
        folds = specs.loc[added, "std"] ** 2 * 3 / 2 / 3  # sample variance over three folds, of their mean
        np.testing.assert_allclose(specs.loc[added, "var_partitions"], 2 * (1 - folds))
        np.testing.assert_allclose(specs.loc[~added, "var_partitions"], 0)
        assert specs.loc[added, "margin"].min() > specs.loc[~added, "margin"].max()

    def test_independent_splits_are_no_partitions(self, results, rivals):
        again = results[results["split_folds"] == "random"]
        again = again.assign(split_seed=1, value=again["value"] + 5, key=again["key"] + " again")
        by = ["dataset", *ASKED]
        wider = specifications(pd.concat([results, again]), rivals, KL).set_index(by)["var_partitions"]
        alone = specifications(results, rivals, KL).set_index(by)["var_partitions"]
        pd.testing.assert_series_equal(wider.loc[alone.index], alone)

    def test_without_other_partitions_the_part_is_missing(self, results, rivals):
        specs = specifications(results[results["split_seed"] == 0], rivals, KL)
        assert specs["var_partitions"].isna().all()


class TestVerdict:
    def test_a_margin_that_cannot_tell_says_so(self, specs):
        movie = specs[specs["dataset"] == "Movie"]
        # The folds of these frames differ by more than published DILDL and RDA.
        near = movie["distance"].abs() <= movie["margin"]
        assert set(movie.loc[near, "verdict"]) == {"cannot tell from RDA"}
        assert set(movie.loc[~near, "verdict"]) == {"worse"}
        assert specs.loc[specs["dataset"] == "Emotion6", "verdict"].isna().all()

    def test_a_margin_that_tells_leaves_inside(self):
        steady, rivals = multiverse(datasets=["Movie"]), comparison(datasets=["Movie"])
        steady["value"] = 0.2211 + 0.001 * (steady["fold"] - 1)
        assert set(specifications(steady, rivals, KL)["verdict"]) == {"inside"}


def test_a_combination_is_called_by_what_it_changes():
    assert words_of(DEFAULTS) == "all at their default"
    assert words_of(DEFAULTS | {"code": "sampled", "split_seed": 2}) == (
        "Code that is decoded: sampled always; Partition: seed 2"
    )
