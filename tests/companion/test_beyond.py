"""Imbalance curves, further data sets, and the tables, sentences and figures of the chapter beyond the paper."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from companion.beyond.entrants import entrants
from companion.beyond.figures_beyond import plot_imbalance, spread_labels
from companion.beyond.further import count_verdicts, further_table, real_sets, render_duels, render_further, won_by
from companion.beyond.imbalance import imbalance_curves, ranking_stability
from ildl.compare.corrected import corrected_test
from ildl.compare.significance import NONE
from ildl.compare.statistics import BETTER, WORSE
from tests.companion.drawn import bands

METHODS = ["RDA", "DILDL", "Uniform", "LDLSF"]
KL = "kl_divergence"


def tidy(values, methods=METHODS, **columns):
    """Values of shape (data sets, folds, methods) as tidy rows of one seed."""
    return pd.DataFrame(
        [
            {"dataset": f"set {d}", "feature_set": "public", "method": methods[m], "params": "{}", "fold": f, "seed": 0,
             "metric": KL, "value": float(value), **columns}
            for (d, f, m), value in np.ndenumerate(np.asarray(values))
        ]
    )  # fmt: skip


def random_scores(n_datasets=3, n_folds=4, seed=0):
    return entrants(tidy(np.random.default_rng(seed).random((n_datasets, n_folds, 4)) + [0.5, 0.6, 0.7, 1.0]))


@pytest.fixture
def moving():
    """Two thresholds on one data set: in the order of METHODS, then in the reverse order."""
    milder = tidy([[[1, 2, 3, 4], [1, 2, 3, 4]]], eta=0.5, kept=200.0)
    usual = tidy([[[4, 3, 2, 1], [5, 4, 3, 2]]], eta=1.0, kept=100.0)
    return entrants(pd.concat([usual, milder]))


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


class TestImbalance:
    def test_means_ranks_and_rows_by_hand(self, moving):
        curves = imbalance_curves(moving, KL).set_index(["eta", "label"])
        assert curves.loc[(0.5, "RDA"), ["mean", "std", "rank", "rank_std", "n_folds", "kept"]].to_list() == [
            1, 0, 1, 0, 2, 200
        ]  # fmt: skip
        assert curves.loc[(1.0, "RDA"), ["mean", "std", "rank", "rank_std", "n_folds", "kept"]].to_list() == [
            4.5, 0.5, 4, 0, 2, 100
        ]  # fmt: skip
        assert curves.index.get_level_values("eta").is_monotonic_increasing

    def test_a_reversed_ranking_has_tau_minus_one(self, moving):
        stability = ranking_stability(imbalance_curves(moving, KL)).set_index("eta")
        assert stability["tau"].to_dict() == pytest.approx({0.5: -1, 1.0: 1})
        assert stability["moved"].to_dict() == {0.5: 3, 1.0: 0}
        assert stability["best"].to_dict() == {0.5: "RDA", 1.0: "LDLSF"}
        assert stability["kept"].to_dict() == {0.5: 200, 1.0: 100}

    def test_what_is_missing_is_named(self, moving):
        gone = moving["eta"].eq(0.5) & moving["fold"].eq(1) & moving["method"].eq("RDA")
        with pytest.raises(ValueError, match=r"RDA on set 0, eta 0\.5 has no result on fold 1 of seed 0"):
            imbalance_curves(moving[~gone], KL)
        all_of_a_fold = moving["eta"].eq(0.5) & moving["fold"].eq(1)  # thresholds are compared, too
        with pytest.raises(ValueError, match=r"eta 0\.5 has no result on fold 1 of seed 0, which others have"):
            imbalance_curves(moving[~all_of_a_fold], KL)
        with pytest.raises(ValueError, match=r"RDA on set 0 has no result on fold 1 of seed 0"):
            further_table(moving[moving["eta"].eq(0.5) & ~gone], KL)
        with pytest.raises(ValueError, match="not run at eta = 1"):
            ranking_stability(imbalance_curves(moving[moving["eta"] == 0.5], KL))
        with pytest.raises(ValueError, match="metric 'clark'"):
            imbalance_curves(moving, "clark")

    def test_every_curve_is_named_at_its_end(self, moving):
        figure = plot_imbalance(imbalance_curves(moving, KL), KL)
        assert {text.get_text() for text in figure.axes[1].texts} == set(METHODS)
        means = {tuple(line.get_ydata()) for line in figure.axes[0].lines}
        assert means
        for _, low, high in bands(figure.axes[0]):
            assert (high - low).sum() > 0
            assert any(np.allclose((low + high) / 2, mean) for mean in means)  # as far down as up
        assert len(figure.axes) == 3


heights = hnp.arrays(float, st.integers(1, 9), elements=st.floats(0, 1).map(lambda x: round(x, 4)))


@given(heights)
def test_labels_are_apart_and_keep_their_order(values):
    placed = spread_labels(values, 0.1)
    order = np.argsort(values, kind="stable")
    assert (np.diff(placed[order]) >= 0.1 - 1e-9).all()
    assert placed.mean() == pytest.approx(values.mean())


def test_labels_that_are_apart_stay():
    assert spread_labels(np.array([0.9, 0.1, 0.5]), 0.1) == pytest.approx([0.9, 0.1, 0.5])


class TestFurther:
    """Two data sets, three folds: on the first RDA is surely better than Uniform, LDLSF worse, and DILDL neither."""

    scores = entrants(
        tidy(
            [
                [[1.0, 2.5, 2.0, 4.0], [1.1, 1.6, 2.0, 4.1], [0.9, 1.9, 2.0, 3.9]],
                [[4.0, 1.0, 2.0, 2.1], [4.1, 1.2, 2.0, 1.8], [3.9, 0.8, 2.0, 2.2]],
            ]
        )
    )

    def test_verdicts_by_hand(self):
        table = further_table(self.scores, KL).set_index(["dataset", "label"])
        assert table["verdict"].to_dict() == {
            ("set 0", "RDA"): BETTER, ("set 0", "DILDL"): NONE, ("set 0", "LDLSF"): WORSE,
            ("set 1", "RDA"): WORSE, ("set 1", "DILDL"): BETTER, ("set 1", "LDLSF"): NONE,
        }  # fmt: skip
        assert table.loc[("set 0", "RDA"), ["mean", "difference"]].to_list() == pytest.approx([1, -1])
        assert table.loc[("set 0", "RDA"), "p"] == pytest.approx(corrected_test([-1.0, -0.9, -1.1]))

    def test_another_rival(self):
        table = further_table(self.scores, KL, "RDA")
        assert won_by(table, BETTER, "DILDL") == ["set 1"]
        assert won_by(table, WORSE, "DILDL") == []
        assert won_by(table, NONE, "DILDL") == ["set 0"]

    def test_the_direction_is_that_of_the_metric(self):
        table = further_table(self.scores.assign(metric="cosine"), "cosine")
        assert won_by(table, WORSE, "RDA") == ["set 0"]
        assert won_by(table, BETTER, "RDA") == ["set 1"]

    def test_counts_are_over_data_sets(self):
        counts = count_verdicts(further_table(self.scores, KL))
        assert counts.loc["RDA"].to_list() == [1, 0, 1]
        assert counts.loc["DILDL"].to_list() == [1, 1, 0]
        assert list(counts.index) == ["DILDL", "RDA", "LDLSF"]
        assert (counts.sum(axis=1) == 2).all()

    def test_any_method_is_one_that_learns_and_is_adjusted_for_their_number(self):
        def mean_alone(spread):
            values = [[[2 - spread * fold, 2.0] for fold in (-1, 0, 1)]]
            return further_table(entrants(tidy(values, methods=["Train-mean", "Uniform"])), KL)

        assert won_by(mean_alone(0.01), BETTER) == []
        # p is 0.04 by itself, and twice that among two.
        one = [1.0, 1.25, 0.6]
        values = [[[level, 2.0, 2.0 + 0.1 * fold] for fold, level in enumerate(one)]]
        rows = tidy(values, methods=["RDA", "Uniform", "LDLSF"], n_splits=10)
        table = further_table(entrants(rows), KL).set_index("label")
        assert table.loc["RDA", "p"] < 0.05 < 2 * table.loc["RDA", "p"]
        assert won_by(table.reset_index(), BETTER, "RDA") == ["set 0"]
        assert won_by(table.reset_index(), BETTER) == []

    def test_readings_have_names_of_their_own(self):
        more = self.scores[self.scores["method"] == "DILDL"].assign(label="DILDL [other]", params='{"criterion": "x"}')
        table = further_table(pd.concat([self.scores, more.assign(value=more["value"] + 5)]), KL)
        assert table.groupby("label").size().to_dict() == dict.fromkeys(["RDA", "DILDL", "DILDL [other]", "LDLSF"], 2)
        assert won_by(table, WORSE, "DILDL [other]") == ["set 0", "set 1"]

    def test_artificial_data_count_only_where_there_are_no_other(self):
        artificial = self.scores["dataset"] == "set 0"
        mixed = self.scores.assign(feature_set=np.where(artificial, "artificial", "public"))
        assert list(real_sets(mixed)["dataset"].unique()) == ["set 1"]
        assert list(real_sets(mixed[artificial])["dataset"].unique()) == ["set 0"]

    def test_tables_mark_the_best_and_what_is_told_apart(self):
        html = render_further(self.scores, KL)._repr_html_()
        assert "beyond the benchmark" in html
        assert html.count("font-weight: bold") == 1
        assert "1.0000 ▲" in html
        assert "4.0000 ▼" in html
        shown = render_duels({KL: further_table(self.scores, KL, "RDA")}, ["DILDL"], "Duels").styler.data
        assert shown.index.to_list() == ["set 0", "set 1"]
        assert shown.iloc[1, 0].startswith("−3.0000 ▲ (p ")
