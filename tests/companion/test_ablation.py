"""The ablation: effects put in by hand are found, gaps are refused, and the printed tables are read right."""

import itertools

import numpy as np
import pandas as pd
import pytest

from companion.base.published import load_ablations
from companion.evidence.ablation import (
    CONTRASTS,
    METRICS,
    ROWS,
    ablation_table,
    ablation_tests,
    ablation_values,
    component_summary,
    published_effects,
)
from ildl.compare.statistics import HIGHER_IS_BETTER

DELTA = {"DRDA": 0.02, "DLD": 0.0}


def frame(delta=DELTA, datasets=("Movie",), criteria=("kl",), n_folds=10, n_seeds=3, scatter=0.002):
    """Every component improves every metric by its delta; differences scatter over folds and seeds."""
    rng = np.random.default_rng(0)
    rows = []
    for dataset, criterion, metric in itertools.product(datasets, criteria, METRICS):
        folds = 0.5 + 0.05 * rng.standard_normal(n_folds)
        sign = 1 if metric in HIGHER_IS_BETTER else -1
        for drda, dld in ROWS.values():
            noise = rng.standard_normal((n_seeds, n_folds))
            noise = scatter * (noise - noise.mean())
            values = folds + sign * (delta["DRDA"] * drda + delta["DLD"] * dld) + noise
            rows += [
                {"dataset": dataset, "feature_set": "benchmark" if dataset == "Movie" else "public",
                 "criterion": criterion, "drda": drda, "dld": dld, "metric": metric, "fold": fold, "seed": seed,
                 "value": value}
                for (seed, fold), value in np.ndenumerate(values)
            ]  # fmt: skip
    return pd.DataFrame(rows)


@pytest.fixture(scope="module")
def results():
    return frame(datasets=("Movie", "Emotion6"), criteria=("kl", "added"))


@pytest.fixture(scope="module")
def published():
    return load_ablations()


class TestAblationTable:
    def test_all_rows_of_both_sides_are_there_once(self, results, published):
        table = ablation_table(results, published)
        assert not table.duplicated(["dataset", "criterion", "row", "metric"]).any()
        assert len(table) == 2 * 2 * 4 * 6 + 4 * 6
        not_run = table[table["feature_set"] == "not run"]
        assert set(not_run["dataset"]) == {"Natural_Scene"}
        assert not_run["ours"].isna().all()
        assert not_run["published"].notna().all()

    def test_means_and_spreads_are_those_of_the_cells(self, results, published):
        table = ablation_table(results, published)
        row = table[(table["row"] == "DRDA") & (table["metric"] == "cosine") & (table["criterion"] == "added")].iloc[0]
        cells = results[results["drda"] & ~results["dld"] & (results["metric"] == "cosine")]
        cells = cells[(cells["criterion"] == "added") & (cells["dataset"] == row["dataset"])]
        assert row["ours"] == pytest.approx(cells["value"].mean())
        assert row["std"] == pytest.approx(cells.groupby("fold")["value"].mean().std(ddof=0))
        assert row["seed_std"] == pytest.approx(cells.groupby("seed")["value"].mean().std(ddof=0))
        assert (row["n_folds"], row["n_seeds"]) == (10, 3)

    def test_every_setting_has_its_own_best_row(self, published):
        """The levels of two criteria lie apart: the best of one is no rival of the best of the other."""
        apart = frame(criteria=("kl", "added"))
        apart["value"] += 0.3 * (apart["criterion"] == "added")
        table = ablation_table(apart, published)
        for (_, _, metric), rows in table.dropna(subset="ours").groupby(["dataset", "criterion", "metric"]):
            best = rows["ours"].max() if metric in HIGHER_IS_BETTER else rows["ours"].min()
            assert rows["best"].any()
            assert (rows["best"] == (rows["ours"] == best)).all()

    def test_published_cells_by_hand(self, results, published):
        """Table 3 prints 0.182 for Chebyshev with DRDA alone, and leaves that cell of the third row empty."""
        cells = ablation_table(results, published).set_index(["dataset", "criterion", "row", "metric"])
        assert cells.loc[("Movie", "kl", "DRDA", "chebyshev"), "published"] == 0.182
        assert np.isnan(cells.loc[("Movie", "kl", "DLD", "chebyshev"), "published"])
        assert cells.loc[("Movie", "kl", "DLD", "clark"), "published"] == 0.792
        assert cells["inside_noise"].isna().sum() == 5 * 2 + 2 * 24 + 24

    def test_the_best_row_is_the_best(self, published):
        table = ablation_table(frame(delta={"DRDA": 0.02, "DLD": 0.01}), published)
        ours = table[table["ours"].notna()]
        assert (ours["best"] == (ours["row"] == "both")).all()

    def test_equal_rows_are_best_together(self, published):
        same = frame(delta={"DRDA": 0.0, "DLD": 0.0}, scatter=0.0)
        table = ablation_table(same, published)
        assert table.loc[table["ours"].notna(), "best"].all()

    def test_one_seed_has_no_spread_over_seeds(self, published):
        table = ablation_table(frame(n_seeds=1), published)
        assert table["seed_std"].isna().all()
        assert table.loc[table["published"].notna() & table["ours"].notna(), "margin"].notna().all()


class TestAblationTests:
    def test_a_component_that_helps_by_delta_is_found_and_one_that_does_nothing_is_not(self, results):
        tests = ablation_tests(results)
        by_contrast = tests.set_index("contrast")
        for name in ("DRDA, without DLD", "DRDA, with DLD", "both together"):
            assert by_contrast.loc[name, "improvement"].to_numpy() == pytest.approx(0.02)
            assert (by_contrast.loc[name, "mark"] == "better").all()
            assert (by_contrast.loc[name, "seeds_improved"] == 3).all()
        for name in ("DLD, without DRDA", "DLD, with DRDA"):
            assert by_contrast.loc[name, "improvement"].to_numpy() == pytest.approx(0, abs=1e-9)
            assert (by_contrast.loc[name, "mark"] == "none").all()

    def test_a_component_that_harms_is_marked_as_worse(self):
        tests = ablation_tests(frame(delta={"DRDA": 0.0, "DLD": -0.02}))
        assert set(tests.loc[tests["contrast"] == "DLD, with DRDA", "mark"]) == {"worse"}

    def test_an_effect_that_turns_round_with_the_seed_is_not_marked(self):
        results = frame()
        sign = results["metric"].isin(HIGHER_IS_BETTER).map({True: 1, False: -1})
        results["value"] -= 0.03 * sign * (results["drda"] & (results["seed"] == 2))
        drda = ablation_tests(results).query("contrast == 'DRDA, without DLD'")
        assert (drda["p_corrected"] < 0.05).all()
        assert (drda["improvement"] > 0).all()
        assert set(drda["mark"]) == {"none"}

    def test_effects_add_up(self, results):
        """DRDA, then DLD on top of it, is both; so is DLD, then DRDA."""
        change = ablation_tests(results).pivot(
            index=["dataset", "criterion", "metric"], columns="contrast", values="difference"
        )
        np.testing.assert_allclose(change["DRDA, without DLD"] + change["DLD, with DRDA"], change["both together"])
        np.testing.assert_allclose(change["DLD, without DRDA"] + change["DRDA, with DLD"], change["both together"])

    def test_the_interval_holds_zero_where_the_test_finds_nothing(self, results):
        tests = ablation_tests(results)
        holds = (tests["lower"] <= 0) & (tests["upper"] >= 0)
        assert (holds == (tests["p_corrected"] >= 0.05)).all()

    def test_rows_that_are_the_same_cells(self):
        results = frame(delta={"DRDA": 0.02, "DLD": 0.0})
        without = results[~results["dld"]]
        tests = ablation_tests(pd.concat([without, without.assign(dld=True)]))
        dld = tests["contrast"].str.startswith("DLD")
        assert (tests["same_cells"] == dld).all()
        assert tests.loc[dld, ["p_paired", "p_corrected", "p_holm"]].isna().all(axis=None)
        assert set(tests.loc[dld, "mark"]) == {"none"}

    def test_the_full_method_is_held_against_every_other_row(self):
        assert {without for with_row, without in CONTRASTS.values() if with_row == "both"} == set(ROWS) - {"both"}

    def test_counts(self, results):
        summary = component_summary(ablation_tests(results))
        drda = summary[summary["contrast"].str.startswith("DRDA")]
        assert (drda[["improved", "better", "metrics"]] == 6).all(axis=None)
        assert (drda["worse"] == 0).all()
        assert len(summary) == 2 * 2 * len(CONTRASTS)


class TestRefusals:
    def test_a_missing_row_is_named(self):
        results = frame()
        with pytest.raises(ValueError, match=r"Movie, criterion kl, chebyshev: the ablation lacks the row\(s\) both"):
            ablation_tests(results[~(results["drda"] & results["dld"])])

    def test_a_missing_fold_metric_column(self):
        results = frame()
        with pytest.raises(ValueError, match="lacks fold 9 of seed 2"):
            ablation_tests(results.drop(results.index[-1]))
        with pytest.raises(ValueError, match=r"metric\(s\) cosine"):
            ablation_tests(results[results["metric"] != "cosine"])
        with pytest.raises(ValueError, match="load the experiment `ablation`"):
            ablation_values(results.drop(columns="drda"))


class TestPublishedEffects:
    def test_by_hand(self, published):
        """Table 4: KL is 1.071 with DRDA alone and 1.073 with both; intersection gains one unit, 0.404 to 0.405."""
        cells = published_effects(published).set_index(["table", "contrast", "metric"])
        worse = cells.loc[("4", "DLD, with DRDA", "kl_divergence")]
        assert worse["improvement"] == pytest.approx(-0.002)
        assert not worse["improves"]
        assert worse["certain"]
        assert cells.loc[("4", "DLD, without DRDA", "intersection"), "improves"]
        assert not cells.loc[("4", "DLD, without DRDA", "intersection"), "certain"]

    def test_empty_cells_give_no_verdict(self, published):
        effects = published_effects(published)
        empty = effects["improves"].isna()
        assert empty.sum() == 10
        assert set(effects.loc[empty, "table"]) == {"3"}
        assert (effects["difference"].isna() == empty).all()
