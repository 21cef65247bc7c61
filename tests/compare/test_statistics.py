"""Summaries over folds and seeds: identities, known values, and refusals of what must not be averaged."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from ildl.compare.statistics import HIGHER_IS_BETTER, is_better, seed_means, summarise

FINITE = st.floats(0, 10, allow_nan=False)


def tidy(values, method="RDA", metric="kl_divergence", dataset="Movie"):
    """Values of shape (seeds, folds) as tidy rows."""
    return pd.DataFrame(
        [
            {"dataset": dataset, "feature_set": "benchmark", "method": method, "params": "{}", "fold": fold,
             "seed": seed, "metric": metric, "value": float(value)}
            for (seed, fold), value in np.ndenumerate(np.asarray(values))
        ]
    )  # fmt: skip


def with_references(*frames):
    """Both references at 1.0, on the folds, metrics and data set of the first frame."""
    n_folds = frames[0]["fold"].nunique()
    metrics = frames[0]["metric"].unique()
    references = [tidy(np.ones((1, n_folds)), name, metric) for name in ("Uniform", "Train-mean") for metric in metrics]
    return pd.concat([*frames, *references], ignore_index=True)


def row(summary, method="RDA"):
    (only,) = [row for _, row in summary[summary["method"] == method].iterrows()]
    return only


@given(hnp.arrays(float, hnp.array_shapes(min_dims=2, max_dims=2, min_side=2, max_side=6), elements=FINITE))
def test_mean_and_spreads_are_those_of_the_matrix_of_values(values):
    found = row(summarise(with_references(tidy(values))))
    assert found["mean"] == pytest.approx(values.mean())
    assert found["std"] == pytest.approx(np.std(values.mean(axis=0)), abs=1e-12)
    assert found["seed_std"] == pytest.approx(np.std(values.mean(axis=1)), abs=1e-12)
    assert (found["n_seeds"], found["n_folds"]) == values.shape


def test_order_of_rows_does_not_matter():
    results = with_references(tidy(np.random.default_rng(0).random((2, 5))))
    columns = ["method", "mean", "std", "seed_std"]
    first = summarise(results)[columns].sort_values("method", ignore_index=True)
    second = summarise(results.sample(frac=1, random_state=3))[columns].sort_values("method", ignore_index=True)
    pd.testing.assert_frame_equal(first, second)


def test_one_seed_has_no_spread_over_seeds():
    found = row(summarise(with_references(tidy([[1.0, 2.0, 3.0]]))))
    assert np.isnan(found["seed_std"])
    assert found["std"] == pytest.approx(np.sqrt(2 / 3))


def test_methods_need_not_have_the_same_seeds():
    """A method without randomness runs once."""
    summary = summarise(with_references(tidy(np.ones((3, 4)))))
    assert row(summary)["n_seeds"] == 3
    assert row(summary, "Uniform")["n_seeds"] == 1


def test_readings_are_kept_apart():
    other = tidy([[5.0, 5.0]]).assign(params='{"alpha":0.5}')
    summary = summarise(with_references(tidy([[1.0, 1.0]]), other))
    assert summary.loc[summary["method"] == "RDA", "mean"].tolist() == [1.0, 5.0]


def test_seed_means_average_to_the_mean():
    results = with_references(tidy(np.random.default_rng(0).random((3, 4))))
    of_seeds = seed_means(results)
    assert of_seeds.loc[of_seeds["method"] == "RDA", "mean"].mean() == pytest.approx(row(summarise(results))["mean"])


class TestRefusals:
    def test_a_missing_fold_is_named(self):
        results = with_references(tidy(np.ones((2, 3))))
        gone = (results["method"] == "RDA") & (results["seed"] == 1) & (results["fold"] == 2)
        with pytest.raises(ValueError, match="RDA on Movie, fold 2, seed 1, kl_divergence: missing"):
            summarise(results[~gone])

    def test_a_fold_that_every_method_lacks_is_seen_when_the_folds_are_said(self):
        results = with_references(tidy(np.ones((1, 3))))
        summarise(results)
        with pytest.raises(ValueError, match="fold 3, seed 0, kl_divergence: missing"):
            summarise(results, folds=range(4))
        with pytest.raises(ValueError, match="fold 2, seed 0, kl_divergence: not asked for"):
            summarise(results, folds=range(2))

    def test_a_missing_metric_is_named(self):
        results = with_references(pd.concat([tidy([[1.0, 1.0]]), tidy([[1.0, 1.0]], metric="clark")]))
        gone = (results["method"] == "RDA") & (results["metric"] == "clark") & (results["fold"] == 1)
        with pytest.raises(ValueError, match="RDA on Movie, fold 1, seed 0, clark: missing"):
            summarise(results[~gone])

    def test_many_gaps_are_counted(self):
        results = with_references(tidy(np.ones((1, 3))))
        with pytest.raises(ValueError, match="and 16 more"):
            summarise(results, folds=range(10))

    def test_a_cell_that_is_there_twice(self):
        results = with_references(tidy([[1.0, 2.0]]))
        with pytest.raises(ValueError, match="RDA on Movie, fold 0, seed 0, kl_divergence: it is there twice"):
            summarise(pd.concat([results, results.head(1)]))

    @pytest.mark.parametrize("value", [np.nan, np.inf])
    def test_a_value_that_is_not_finite(self, value):
        with pytest.raises(ValueError, match="fold 1, seed 0, kl_divergence: its value is not finite"):
            summarise(with_references(tidy([[1.0, value]])))

    def test_no_rows_missing_columns_one_fold(self):
        results = with_references(tidy([[1.0, 2.0]]))
        with pytest.raises(ValueError, match="no rows"):
            summarise(results.iloc[:0])
        with pytest.raises(ValueError, match=r"lack the column\(s\) seed"):
            summarise(results.drop(columns="seed"))
        with pytest.raises(ValueError, match="Movie has one fold"):
            summarise(results[results["fold"] == 0])

    @pytest.mark.parametrize("reference", ["Uniform", "Train-mean"])
    def test_a_table_without_references(self, reference):
        results = with_references(tidy([[1.0, 2.0]]))
        with pytest.raises(ValueError, match=f"{reference} was not run on Movie"):
            summarise(results[results["method"] != reference])


class TestBetterThanAConstant:
    @pytest.mark.parametrize(("metric", "value", "better"), [
        ("kl_divergence", 0.9, True), ("kl_divergence", 1.1, False), ("kl_divergence", 1.0, False),
        ("cosine", 0.9, False), ("cosine", 1.1, True),
    ])  # fmt: skip
    def test_the_direction_is_the_metrics(self, metric, value, better):
        found = row(summarise(with_references(tidy([[value, value]], metric=metric))))
        assert found["better_than_uniform"] == better
        assert found["better_than_train_mean"] == better

    def test_a_reference_is_not_held_against_itself(self):
        summary = summarise(with_references(tidy([[1.0, 2.0]])))
        assert row(summary, "Uniform")["better_than_uniform"] is pd.NA
        assert row(summary, "Uniform")["better_than_train_mean"] is not pd.NA

    def test_missing_values_give_no_verdict(self):
        verdict = is_better(pd.Series([1.0, np.nan]), pd.Series([np.nan, 1.0]), "kl_divergence")
        assert verdict.isna().all()

    @given(FINITE, FINITE, st.sampled_from(sorted(HIGHER_IS_BETTER | {"kl_divergence", "chebyshev"})))
    def test_never_both_better(self, a, b, metric):
        first, second = pd.Series([a]), pd.Series([b])
        both = is_better(first, second, metric) & is_better(second, first, metric)
        assert not both.any()


class TestPartitions:
    """Means 1, 2 and 4 over three partitions: variance 7/3; independent splits are no partition."""

    VALUES = np.array([[0.0, 2.0], [1.0, 3.0], [3.0, 5.0]])

    def frame(self):
        parts = [tidy(values[None]).assign(split_seed=seed) for seed, values in enumerate(self.VALUES)]
        split = tidy([[50.0, 70.0]]).assign(split_seed=0, split_folds="random", valid_from="sampled")
        kfold = pd.concat(parts).assign(split_folds="kfold", valid_from="sampled")
        return pd.concat([kfold, split, kfold.assign(valid_from="unsampled", value=9.0)], ignore_index=True)

    def test_the_variance_of_the_mean_of_each(self):
        results = with_references(tidy(self.VALUES[:1]).assign(valid_from="sampled"))
        summary = summarise(results, partitions=self.frame())
        assert row(summary)["partition_variance"] == pytest.approx(7 / 3)
        assert row(summary)["n_partitions"] == 3
        assert np.isnan(row(summary, "Uniform")["partition_variance"])
        assert row(summary, "Uniform")["n_partitions"] == 1

    def test_partitions_with_other_validation_rows_do_not_count(self):
        results = with_references(tidy(self.VALUES[:1]).assign(valid_from="unsampled"))
        assert row(summarise(results, partitions=self.frame()))["partition_variance"] == 0

    def test_one_partition_has_no_spread(self):
        results = with_references(tidy(self.VALUES[:1]))
        for partitions in (None, results, results.assign(split_seed=0)):
            found = row(summarise(results, partitions=partitions))
            assert np.isnan(found["partition_variance"])
            assert found["n_partitions"] == 1


@given(hnp.arrays(float, (3, 4), elements=FINITE))
def test_the_spread_over_seeds_is_pooled_inside_folds(values):
    found = row(summarise(with_references(tidy(values))))
    residuals = values - values.mean(axis=0)
    assert found["seed_variance"] == pytest.approx((residuals**2).sum() / (4 * (3 - 1)), abs=1e-12)
