"""Comparison tables: what stands beside what, how it is shown, and what the sentences say of it."""

import itertools

import pandas as pd
import pytest

from companion.base.comparison import comparison_table
from companion.base.published import load_published
from ildl.compare.statistics import summarise

PUBLISHED = load_published("dildl").query("table == '2'").reset_index(drop=True)
METRIC = "kl_divergence"
READING = '{"criterion":"added"}'
# Movie, published: RDA 0.2491 ± 0.0149, DILDL 0.2211 ± 0.0121, OFR-DB 0.3883 ± 0.0160.
# Of DILDL, three folds with s² = 0.0001: 0.0001 / 3 + 0.0121² / 9 = 0.0000496; Welch's df 4.2, t 2.72; half a unit.
MARGIN = "± 0.0192†, 4.2 df"
CENTRES = {
    ("RDA", "{}"): 0.25,
    ("DILDL", "{}"): 0.9,
    ("DILDL", READING): 0.22,
    ("Mine", "{}"): 0.4,
    ("Uniform", "{}"): 0.3,
    ("Train-mean", "{}"): 0.5,
}


def tidy(datasets=(("Movie", "benchmark"), ("Emotion6", "public")), seeds=(0,)):
    cells = itertools.product(datasets, CENTRES.items(), seeds, range(3))
    return pd.DataFrame(
        [
            {"dataset": dataset, "feature_set": features, "method": method, "params": params, "fold": fold,
             "seed": seed, "metric": METRIC, "value": centre + 0.01 * (fold - 1) + 0.001 * seed, "version": "0.1.0",
             "dataset_sha": dataset * 9, "device": "cpu", "date": "2025-01-02T03:04:05+00:00",
             "key": f"{dataset}{method}{params}{seed}{fold}"}
            for (dataset, features), ((method, params), centre), seed, fold in cells
        ]
    )  # fmt: skip


@pytest.fixture
def table():
    return comparison_table(summarise(tidy()), PUBLISHED, METRIC)


def cell(table, dataset, method, params="{}"):
    return table.set_index(["dataset", "method", "params"]).loc[(dataset, method, params)]


class TestComparison:
    def test_every_data_set_and_method_of_either_side_is_there_once(self, table):
        assert set(table["dataset"]) == set(PUBLISHED["dataset"])
        assert set(table["method"]) == set(PUBLISHED["method"]) | {method for method, _ in CENTRES}
        assert not table.duplicated(["dataset", "method", "params"]).any()

    def test_order_is_published_then_others_then_references_with_readings_together(self, table):
        rows = list(table[["method", "params"]].drop_duplicates().itertuples(index=False, name=None))
        assert [method for method, _ in rows[:10]] == list(PUBLISHED["method"].unique())[:10]
        readings = [("DILDL", "{}"), ("DILDL", READING)]
        assert rows[10:] == [*readings, ("Mine", "{}"), ("Uniform", "{}"), ("Train-mean", "{}")]

    def test_numbers_of_both_sides(self, table):
        rda = cell(table, "Movie", "RDA")
        assert rda["ours"] == pytest.approx(0.25)
        assert (rda["published"], rda["published_std"]) == (0.2491, 0.0149)
        assert rda["difference"] == pytest.approx(0.25 - 0.2491)
        for params in ("{}", READING):
            assert cell(table, "Movie", "DILDL", params)["published"] == 0.2211

    def test_verdict_only_where_the_numbers_can_be_compared(self, table):
        assert cell(table, "Movie", "RDA")["inside_noise"]
        assert not cell(table, "Movie", "DILDL")["inside_noise"]
        judged = table[table["inside_noise"].notna()]
        assert set(judged["dataset"]) == {"Movie"}
        assert set(judged["method"]) == {"RDA", "DILDL"}

    @pytest.mark.parametrize(("metric", "better"), [(METRIC, (0.29, 0.31)), ("cosine", (0.31, 0.29))])
    def test_print_is_held_against_equal_degrees_on_the_same_features_alone(self, metric, better):
        """Equal degrees score 0.3 here."""
        theirs = (PUBLISHED if metric == METRIC else load_published("rda_appendix")).copy()
        for method, mean in zip(("RDA", "OFR-DB"), better, strict=True):
            theirs.loc[(theirs["method"] == method) & (theirs["metric"] == metric), "mean"] = mean
        table = comparison_table(summarise(tidy().assign(metric=metric)), theirs, metric)
        said = table.set_index(["dataset", "method"])["published_better_than_uniform"]
        assert (said["Movie", "RDA"], said["Movie", "OFR-DB"]) == (True, False)
        assert said[["Emotion6", "RAF-ML"]].isna().all()

    def test_best_of_ours_counts_the_references(self, table):
        best = table.loc[table["best"], ["dataset", "method", "params"]].to_numpy().tolist()
        assert best == [["Movie", "DILDL", READING], ["Emotion6", "DILDL", READING]]
        results = tidy()
        results.loc[results["method"] == "Uniform", "value"] /= 100
        beaten = comparison_table(summarise(results), PUBLISHED, METRIC)
        assert set(beaten.loc[beaten["best"], "method"]) == {"Uniform"}

    def test_similarities_are_best_when_high(self):
        results = tidy().assign(metric="cosine")
        table = comparison_table(summarise(results), load_published("rda_appendix"), "cosine")
        best = table.loc[table["best"], ["method", "params"]].drop_duplicates()
        assert best.to_numpy().tolist() == [["DILDL", "{}"]]

    def test_without_results_the_published_numbers_are_left(self):
        table = comparison_table(None, PUBLISHED, METRIC)
        assert set(table["feature_set"]) == {"not run"}
        assert table["ours"].isna().all()
        assert table["published"].notna().sum() == len(PUBLISHED)
        assert not table["best"].any()

    def test_a_data_set_that_nobody_published(self):
        table = comparison_table(summarise(tidy((("Artificial", "artificial"),))), PUBLISHED, METRIC)
        artificial = table[table["dataset"] == "Artificial"]
        assert artificial["published"].isna().all()
        assert artificial["ours"].notna().sum() == len(CENTRES)

    def test_unknown_metric(self):
        with pytest.raises(ValueError, match="no result for the metric 'kl'; known: chebyshev"):
            comparison_table(summarise(tidy()), PUBLISHED, "kl")
