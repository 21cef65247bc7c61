"""Imbalance curves, further data sets, and the tables, sentences and figures of the chapter beyond the paper."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from companion.beyond.bayes import bayes_table, signed_rank_table
from companion.beyond.beyond_sentences import (
    bayes_sentence,
    better_sentence,
    effect_sentence,
    pair_sentence,
    percent,
    rank_headline,
    rank_sentence,
)
from companion.beyond.beyond_tables import (
    render_bayes,
    render_effects,
    render_limits,
    render_ranks,
)
from companion.beyond.entrants import entrants, score_matrix
from companion.beyond.figures_bayes import plot_probabilities, plot_ropes
from companion.beyond.figures_beyond import (
    plot_critical_difference,
    plot_effects,
    spread_labels,
)
from companion.beyond.ranking import average_ranks, design_limits, ranks
from ildl.compare.effects import effect_sizes

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


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


heights = hnp.arrays(float, st.integers(1, 9), elements=st.floats(0, 1).map(lambda x: round(x, 4)))


@given(heights)
def test_labels_are_apart_and_keep_their_order(values):
    placed = spread_labels(values, 0.1)
    order = np.argsort(values, kind="stable")
    assert (np.diff(placed[order]) >= 0.1 - 1e-9).all()
    assert placed.mean() == pytest.approx(values.mean())


def test_labels_that_are_apart_stay():
    assert spread_labels(np.array([0.9, 0.1, 0.5]), 0.1) == pytest.approx([0.9, 0.1, 0.5])


class TestSentences:
    ranked = ranks(score_matrix(entrants(tidy([[[1, 2, 3, 4]]] * 6)), KL), KL)

    def test_ranks_best_first(self):
        assert rank_sentence(self.ranked, ["LDLSF", "RDA"]) == "RDA 1.0, LDLSF 4.0 (of 4)"

    def test_a_pair(self):
        # The critical difference of four methods on six data sets is 1.9.
        assert pair_sentence(self.ranked, "RDA", "DILDL").startswith("not told apart (p = ")
        assert pair_sentence(self.ranked, "RDA", "LDLSF").startswith("told apart (p ")

    def test_headline_holds_what_it_is_about(self):
        text = rank_headline(self.ranked, self.ranked, "DILDL")
        assert "DILDL ranks first on 0 of 6 data sets" in text
        assert "Trained anew on 6 data sets" in text
        assert "first on all 6 data sets" in rank_headline(
            self.ranked, self.ranked, "DILDL", method="RDA", rival="DILDL"
        )

    def test_bayes_names_each_data_set(self):
        scores = entrants(tidy([[[2, 1, 1, 1], [2.2, 1, 1, 1], [2.1, 1, 1, 1]]] * 2))
        text = bayes_sentence(bayes_table(scores, KL, ["DILDL"], "RDA", (0.01,)), "DILDL", 0.01)
        assert text == "; ".join(f"set {d}: better > 99 %, equivalent < 1 %, worse < 1 %" for d in (0, 1))

    def test_better_is_a_range_over_data_sets(self):
        won, lost = [[2, 1, 1, 1], [2.2, 1, 1, 1], [2.1, 1, 1, 1]], [[1, 2, 1, 1], [1, 2.2, 1, 1], [1, 2.1, 1, 1]]
        table = bayes_table(entrants(tidy([won, lost])), KL, ["DILDL", "LDLSF"], "RDA", (0.01,))
        assert better_sentence(table, ["DILDL"], 0.01) == "DILDL < 1 % to > 99 %"
        alone = bayes_table(entrants(tidy([won])), KL, ["DILDL"], "RDA", (0.01,))
        assert better_sentence(alone, ["DILDL"], 0.01) == "DILDL > 99 %"

    def test_effects_by_data_set(self):
        scores = entrants(tidy([[[1, 3, 1, 1], [2, 5, 1, 1], [3, 4, 1, 1]]]))
        text = effect_sentence(effect_sizes(scores, KL, ["DILDL"], ["RDA", "LDLSF"]), "DILDL", "RDA")
        assert text.startswith("set 0: d = −2.0 [−")  # differences -2, -3, -1
        assert text.endswith("better in 0 % of pairs")

    @given(st.floats(0, 1))
    def test_only_certainty_is_shown_as_such(self, p):
        assert (percent(p) in ("0 %", "100 %")) == (p in (0, 1))


class TestFiguresAndTables:
    def test_ranking_figure_has_a_panel_a_ranking_and_names_all(self):
        ranked = ranks(score_matrix(random_scores(), KL), KL)
        figure = plot_critical_difference({"one": ranked, "two": ranked})
        assert len(figure.axes) == 2
        texts = " ".join(text.get_text() for text in figure.axes[0].texts)
        assert all(method in texts for method in METHODS)
        figure.canvas.draw()

    def test_effects_figure_and_table(self):
        effects = effect_sizes(random_scores(), KL, ["DILDL"], ["RDA", "LDLSF"])
        figure = plot_effects(effects, KL)
        assert [label.get_text() for label in figure.axes[0].get_yticklabels()] == ["RDA", "LDLSF"]
        html = render_effects(effects, "Effects")._repr_html_()
        assert html.count("<tr>") == 1 + len(effects)

    def test_posterior_figures_and_table(self):
        scores = random_scores()
        table = bayes_table(scores, KL, ["DILDL", "LDLSF"], "RDA", (0.0, 0.01, 0.05))
        every = signed_rank_table(scores, KL, ["DILDL", "LDLSF"], "RDA", (0.0, 0.01, 0.05), n_samples=100)
        assert len(plot_probabilities(table, every, 0.01).axes) == 4
        assert len(plot_ropes(table, every, 0.01).axes) == 8
        html = render_bayes(table, every, 0.01, "Posterior")._repr_html_()
        assert html.count("all (signed ranks)") == 1
        assert html.count("set 0") == 1

    def test_ranks_table_marks_the_best_of_each_column(self):
        table = average_ranks(random_scores(), [KL])
        html = render_ranks({"ours": table}, "Ranks")._repr_html_()
        assert "Kullback-Leibler" in html
        assert "font-weight: bold" in html

    def test_limits_table(self):
        html = render_limits(
            [design_limits(11, [3]), design_limits(9, [6])], ["ours", "published"], "Limits"
        )._repr_html_()
        assert "0.250" in html
        assert "published" in html
