"""Results against constants: known cases, and synthetic results in which nearness to uniform is all or nothing."""

import matplotlib
import numpy as np
import pandas as pd
import pytest

from companion.base import constants_answers as answers
from companion.base.constants import against_constants, complete_constants, share_explained
from companion.constants import constants_tables as tables
from companion.constants.figures_constants import plot_against_uniform, plot_nearness
from tests.companion.constants_frames import constants, published, rows
from tests.companion.drawn import is_hollow

matplotlib.use("Agg")
KL = {"kl_divergence": 0.2, "chebyshev": 0.3, "squared_error": 0.5, "entropy": 1.0, "spread": 0.0}
MEAN = {"kl_divergence": 0.6, "chebyshev": 0.5, "squared_error": 1.0, "entropy": 0.8, "spread": 0.0}
ORACLE = {"kl_divergence": 0.1, "chebyshev": 0.2, "squared_error": 0.25, "entropy": 0.9, "spread": 0.0}
CONSTANTS = constants(KL, MEAN, ORACLE)
NEAR = {"kl_divergence": 0.3, "chebyshev": 0.2, "squared_error": 0.25, "entropy": 0.9, "spread": 0.1}


def method(name="RDA", **values):
    return rows(name, NEAR | values)


def verdicts(frame, constant="Uniform"):
    part = frame[(frame["constant"] == constant) & (frame["metric"] == "kl_divergence")]
    return dict(zip(part["label"], part["verdict"], strict=True))


class TestPublished:
    NUMBERS = published({("A", "kl_divergence"): 0.15, ("B", "kl_divergence"): 0.25, ("C", "kl_divergence"): 0.2002})

    def test_each_number_is_held_against_each_constant(self):
        frame = against_constants(CONSTANTS, self.NUMBERS, method()).query("side == 'published'")
        assert verdicts(frame) == {"A": "better", "B": "worse", "C": "inside the noise"}
        assert verdicts(frame, "Train-mean") == {"A": "better", "B": "better", "C": "better"}
        assert verdicts(frame, "Test-mean") == {"A": "worse", "B": "worse", "C": "worse"}
        of_a = frame.query("label == 'A' and constant == 'Uniform'").iloc[0]
        assert (of_a["ratio"], of_a["gain"]) == (pytest.approx(0.75), pytest.approx(0.05))

    def test_where_high_is_good_the_gain_turns(self):
        cosine = constants({"cosine": 0.8})
        frame = against_constants(cosine, published({("A", "cosine"): 0.7}), rows("RDA", {"cosine": 0.9}))
        assert frame.set_index("side")["better"].to_dict() == {"published": False, "ours": True}

    def test_without_a_printed_standard_deviation_there_is_no_verdict(self):
        unknown = self.NUMBERS.assign(std=np.nan)
        frame = against_constants(CONSTANTS, unknown, method()).query("side == 'published'")
        assert set(frame["verdict"]) == {"std not printed"}
        assert frame["margin"].isna().all()
        assert frame.set_index(["label", "constant"])["better"]["A", "Uniform"]

    def test_numbers_on_other_labels_are_left_out(self):
        other = CONSTANTS.assign(same_labels=False)
        assert set(against_constants(other, self.NUMBERS, method())["side"]) == {"ours"}

    def test_the_best_is_the_one_with_the_largest_gain(self):
        best = answers.best_published(against_constants(CONSTANTS, self.NUMBERS, method()))
        assert set(best["label"]) == {"A"}


class TestOurs:
    def test_a_clear_difference_a_small_one_and_seeds_that_disagree(self):
        def noisy(seed, fold):
            return 0.2 + 0.01 * (fold - 1)

        def split(seed, fold):
            return 0.2 + (0.1 if seed else -0.02)

        frames = [
            rows("A", {"kl_divergence": lambda seed, fold: 0.1 + 0.001 * fold}),
            rows("B", {"kl_divergence": noisy}),
            rows("C", {"kl_divergence": split}, seeds=2),
        ]
        frame = against_constants(CONSTANTS, published({("A", "kl_divergence"): 0.1}), pd.concat(frames))
        found = verdicts(frame[frame["side"] == "ours"])
        assert found == {"A": "better", "B": "inside the noise", "C": "inside the noise"}

    def test_references_and_last_epochs_are_not_rows_and_readings_are(self):
        frames = [method(), method("Uniform"), method("Train-mean")]
        frames += [rows("RDA", NEAR, epoch_kept="last"), rows("RDA", NEAR, reading="other")]
        frame = against_constants(CONSTANTS, published({("A", "kl_divergence"): 0.1}), pd.concat(frames))
        assert set(frame.query("side == 'ours'")["label"]) == {"RDA", "RDA [other]"}

    def test_constants_that_lack_a_fold_are_refused(self):
        few = constants(KL, folds=2)
        with pytest.raises(ValueError, match=r"Movie: the constants lack the fold\(s\) \[2\]"):
            against_constants(few, published({("A", "kl_divergence"): 0.1}), method())


def test_own_references_stand_in_for_labels_that_are_not_at_hand():
    results = pd.concat([rows("Uniform", KL, "Emotion6"), rows("Train-mean", MEAN, "Emotion6"), method()])
    results = results.reset_index(drop=True)
    whole = complete_constants(CONSTANTS, results)
    added = whole[whole["dataset"] == "Emotion6"]
    assert set(added["method"]) == {"Uniform", "Train-mean"}
    assert added["same_labels"].all()  # their feature set is the benchmark's
    pd.testing.assert_frame_equal(complete_constants(CONSTANTS, method()), CONSTANTS)


class TestShares:
    def test_constants_explain_nothing_about_themselves_and_a_perfect_method_all(self):
        results = pd.concat([rows("Uniform", KL), rows("Train-mean", MEAN), method("SA-BFGS", squared_error=0.0)])
        shares = share_explained(results, CONSTANTS).set_index("label")
        assert shares.loc["Uniform", "of_uniform"] == pytest.approx(0)
        assert shares.loc["Uniform", "entropy"] == 1
        assert shares.loc["Train-mean", "of_train_mean"] == pytest.approx(0)
        assert shares.loc["SA-BFGS", ["of_uniform", "of_train_mean", "of_test_mean"]].tolist() == [1, 1, 1]

    def test_known_shares(self):
        share = share_explained(method(squared_error=0.3), CONSTANTS).iloc[0]
        assert share["of_uniform"] == pytest.approx(1 - 0.3 / 0.5)
        assert share["of_train_mean"] == pytest.approx(1 - 0.3 / 1.0)
        assert share["of_test_mean"] == pytest.approx(1 - 0.3 / 0.25)

    def test_a_constant_that_is_not_known_gives_no_share(self):
        shares = share_explained(method(), constants(KL))
        assert shares["of_test_mean"].isna().all()
        assert shares["of_uniform"].notna().all()


class TestNearness:
    NAMES = ("A", "B", "C", "D", "E")

    def effect(self, entropies, values, metric="kl_divergence"):
        pairs = zip(self.NAMES, entropies, values, strict=True)
        results = pd.concat([rows(name, {metric: value, "entropy": entropy}) for name, entropy, value in pairs])
        return answers.nearness_effect(results).iloc[0]

    def test_it_is_all(self):
        entropies = np.array([0.5, 0.6, 0.8, 0.9, 0.95])
        found = self.effect(entropies, 2 - entropies)
        assert found["rank_correlation"] == pytest.approx(1)
        assert found["r_squared"] == pytest.approx(1)
        assert found["n"] == 5

    def test_the_direction_is_the_metrics(self):
        entropies = np.array([0.5, 0.6, 0.8, 0.9, 0.95])
        assert self.effect(entropies, entropies, "cosine")["rank_correlation"] == pytest.approx(1)
        assert self.effect(entropies, entropies)["rank_correlation"] == pytest.approx(-1)

    def test_it_is_nothing(self):
        """An even function about the middle entropy has neither linear nor rank correlation with it."""
        found = self.effect([0.5, 0.6, 0.7, 0.8, 0.9], [4.0, 1.0, 0.0, 1.0, 4.0])
        assert found["rank_correlation"] == pytest.approx(0)
        assert found["r_squared"] == pytest.approx(0)

    def test_without_differences_there_is_nothing_to_explain(self):
        assert np.isnan(self.effect([0.5, 0.6, 0.7, 0.8, 0.9], [1.0] * 5)["rank_correlation"])


class TestAnswers:
    AGAINST = against_constants(
        pd.concat([CONSTANTS, constants(KL, MEAN, ORACLE, "RAF-ML")]),
        pd.concat(
            [
                published({("A", "kl_divergence"): 0.15, ("B", "kl_divergence"): 0.25}),
                published({("A", "kl_divergence"): 0.25, ("B", "kl_divergence"): 0.25}, "RAF-ML"),
            ]
        ),
        method(),
    )

    def test_counts(self):
        counts = answers.count_better(self.AGAINST, "published").set_index("dataset")
        assert counts.loc["Movie", ["n", "better", "beyond_noise", "worse_beyond_noise"]].tolist() == [2, 1, 1, 1]
        assert counts.loc["RAF-ML", ["n", "better"]].tolist() == [2, 0]
        assert answers.counted(self.AGAINST, "published", "kl_divergence") == "1 of 2 on Movie, 0 of 2 on RAF-ML"

    def test_headline(self):
        assert answers.headline(self.AGAINST) == (
            "By the Kullback-Leibler divergence, 1 of 4 published numbers that can be compared are better than the "
            "uniform distribution (Movie); on RAF-ML not one is. Of our 1 rows on Movie, readings included, "
            "none is better than the uniform distribution."
        )
        ours = self.AGAINST[self.AGAINST["side"] == "ours"]
        assert answers.sentence_of_ours(ours.assign(better=True)).endswith(
            "1 are better than the uniform distribution (1 on Movie)."
        )
        assert answers.headline(ours).startswith("No published number can be held against the uniform distribution.")

    def test_numbers_below_the_floor_of_positive_predictions(self):
        labels = pd.DataFrame({"dataset": ["Movie"], "same": [True], "zeros": [2.0], "clark_floor": [1.4]})
        numbers = {("A", "canberra"): 1.9, ("A", "clark"): 1.4, ("B", "canberra"): 2.1, ("LDLSF", "canberra"): 1.0}
        found = answers.below_floor(published(numbers), labels)
        assert found.loc[found["below"], ["method", "metric"]].to_numpy().tolist() == [["A", "canberra"]]
        assert "LDLSF" not in set(found["method"])
        assert answers.below_floor(published(numbers), labels.assign(same=False)).empty

    def test_spread_beside_that_of_the_true_rows(self):
        shares = share_explained(method(spread=0.05), CONSTANTS)
        assert answers.spread_of(shares, CONSTANTS, "RDA") == "0.0500 against 0.2500 (20 %) on Movie"
        assert answers.spread_of(shares, CONSTANTS, "other") == "no result"

    def test_values_by_data_set(self):
        frame = pd.DataFrame({"dataset": ["a", "b"], "x": [0.5, -0.25]})
        assert answers.values_by_dataset(frame, "x") == "0.50 on a, −0.25 on b"

    def test_labels_that_are_not_at_hand_are_dashes(self):
        labels = pd.DataFrame(
            {"dataset": ["Movie", "RAF-ML"], "rows": [7755, None], "labels": [5, None], "benchmark_rows": [7755, 4908],
             "benchmark_labels": [5, 6], "same": [True, None], "zeros": [0.1, None], "entropy": [0.9, None]}
        ).astype({"rows": "Int64", "labels": "Int64", "same": "boolean"})  # fmt: skip
        text = tables.labels_table(labels).styler.data
        assert text.loc["Movie"].tolist() == ["7755 × 5", "7755 × 5", "yes", "0.100", "0.900"]
        assert text.loc["RAF-ML"].tolist() == ["–", "4908 × 6", "–", "–", "–"]

    def test_names_are_joined_as_in_a_sentence(self):
        joined = [answers.listed(pd.Series(names, dtype=str)) for names in ([], ["a"], ["a", "b"], ["a", "b", "c"])]
        assert joined == ["", "a", "a and b", "a, b and c"]

    def test_tables_show_what_the_frames_hold(self):
        html = tables.constants_table(CONSTANTS, self.AGAINST)._repr_html_()
        assert "0.1500 (A)" in html
        assert "0.6000" in html
        assert "1 of 2 (1)" in tables.counts_table(self.AGAINST, "published")._repr_html_()
        shares = share_explained(pd.concat([method(), rows("Uniform", KL)]), CONSTANTS)
        assert "0.500" in tables.shares_table(shares)._repr_html_()

    def test_figures_have_a_panel_a_metric_and_a_panel_a_data_set(self):
        axes = plot_against_uniform(self.AGAINST, CONSTANTS).axes
        assert len(axes) == 2
        ratios = self.AGAINST.query("metric == 'kl_divergence' and constant == 'Uniform'")
        ratios = ratios.set_index(["label", "side"])["ratio"]
        drawn = [line for line in axes[0].lines if line.get_label().endswith((", published", ", ours"))]
        assert any(len(line.get_xdata()) for line in drawn)
        for line in drawn:
            label, side = line.get_label().rsplit(", ", 1)
            assert is_hollow(line) == (side == "published")
            assert list(line.get_xdata()) == list(ratios[ratios.index == (label, side)])
        shares = share_explained(pd.concat([method(), rows("Uniform", KL)]), CONSTANTS)
        labels = pd.DataFrame({"dataset": ["Movie"], "entropy": [0.7]})
        (axis,) = plot_nearness(shares, labels).axes
        star = next(line for line in axis.lines if line.get_label() == "Uniform")
        assert star.get_xdata()[0] == 0  # nearest: at distance zero
