"""Effects of choices: known effects are found over pairs that differ in nothing else, however the cross was thinned."""

import numpy as np
import pandas as pd
import pytest

from companion.readings.choices import CHOICES
from companion.readings.effects import choice_effects, choice_sizes
from companion.readings.outcomes import specifications
from tests.companion.readings_frames import CHOSEN, EFFECTS, KL, N, comparison, multiverse

PUBLISHED = 0.2211


def frames(**options):
    results = multiverse(**options)
    return results, specifications(results, comparison(datasets=options.get("datasets", ("Movie", "Emotion6"))), KL)


@pytest.fixture(scope="module")
def both():
    return frames()


@pytest.fixture(scope="module")
def effects(both):
    return choice_effects(*both, KL)


def of(effects, choice, option, dataset="Movie"):
    rows = effects[(effects["choice"] == choice) & (effects["option"] == option) & (effects["dataset"] == dataset)]
    return rows.iloc[0]


class TestEffects:
    def test_additive_changes_are_found_exactly(self, effects):
        for _, row in effects.iterrows():
            known = EFFECTS[row["choice"]][row["option"]]
            assert [row["change"], row["lower"], row["upper"]] == pytest.approx([known] * 3, abs=1e-12)
            assert row["size"] == pytest.approx(abs(known))

    def test_every_option_but_the_default_has_a_row(self, effects):
        movie = effects[effects["dataset"] == "Movie"]
        expected = [(name, option) for name in CHOSEN for option in list(CHOICES[name])[1:]]
        assert list(zip(movie["choice"], movie["option"], strict=True)) == expected

    def test_pairs_are_those_that_were_run(self, effects):
        # Crossed: 8 readings of the objective under a criterion with a dominant target, 4 under one without, times 7 of
        # the protocol; single changes: 5, each from 2 targets x 2 sources x 2 epochs under each criterion.
        assert of(effects, "criterion", "added")["n_pairs"] == 8 * 7 + 5 * 8
        # The printed targets of a criterion without a dominant target have the degree, and so no partner there.
        assert of(effects, "criterion", "rebalanced")["n_pairs"] == 4 * 7 + 5 * 4
        assert of(effects, "dominant", "one-hot")["n_pairs"] == 4 * 4 * 7
        assert of(effects, "code", "sampled")["n_pairs"] == 6 * 8
        assert of(effects, "split_seed", 2)["n_pairs"] == 6 * 8
        # Of 40 readings with the last epoch, those with 10 % from the unsampled rows would be those with 20 of them.
        assert of(effects, "valid_from", "unsampled")["n_pairs"] == 40 * 3 + 240 / 2
        assert of(effects, "valid", "10 %")["n_pairs"] == 40 * 3

    def test_an_effect_that_turns_has_a_size_and_no_direction(self):
        def outcome(dataset, spec):
            return float((spec["epoch_kept"] == "last") == (spec["nondominant"] == "softmax"))

        row = of(choice_effects(*frames(datasets=["Movie"], outcome=outcome), KL), "epoch_kept", "last")
        assert row["change"] == pytest.approx(0)
        assert row["size"] == pytest.approx(1)

    def test_what_decides_is_counted(self):
        def outcome(dataset, spec):
            return PUBLISHED if spec["valid_from"] == "unsampled" and spec["epoch_kept"] == "best" else 9.0

        effects = choice_effects(*frames(datasets=["Movie"], outcome=outcome), KL)
        source, epoch = of(effects, "valid_from", "unsampled"), of(effects, "epoch_kept", "last")
        # With the best epoch, 40 readings of the objective, with 20 rows and 10 %, and 60 single changes.
        assert (source["gained"], source["lost"]) == (80 + 60, 0)
        # From the unsampled rows, these with 20 rows alone (10 % have no last epoch of their own).
        assert (epoch["gained"], epoch["lost"]) == (0, 40 + 60)
        assert (of(effects, "code", "sampled")[["gained", "lost"]] == 0).all()

    def test_nothing_decides_where_nothing_can_be_compared(self, effects):
        assert effects.loc[effects["dataset"] == "Emotion6", ["gained", "lost"]].isna().all(axis=None)

    def test_the_head_rule_is_a_choice_of_its_own(self, both):
        results, _ = both
        every = specifications(results, comparison(), "euclidean_tail", every_rule=True)
        rows = choice_effects(results, every, "euclidean_tail").query("dataset == 'Movie' and choice == 'head_rule'")
        assert rows.set_index("option")["change"].to_dict() == pytest.approx(EFFECTS["head_rule"])
        assert (rows["n_pairs"] == N).all()

    def test_the_interval_follows_folds_that_disagree(self):
        results, specs = frames(datasets=["Movie"])
        shift = 0.1 * (results["epoch_kept"] == "last") * (results["fold"] - 1)
        steady, shaken = (
            of(choice_effects(frame, specs, KL), "epoch_kept", "last")
            for frame in (results, results.assign(value=results["value"] + shift))
        )
        assert steady["upper"] - steady["lower"] < 1e-9
        assert shaken["upper"] - shaken["lower"] > 0.1
        assert shaken["change"] == pytest.approx(steady["change"])


class TestSizes:
    def test_the_choice_that_moves_most_stands_first(self, effects):
        sizes = choice_sizes(effects)
        for _, rows in sizes.groupby("dataset", sort=False):
            assert rows["size"].is_monotonic_decreasing
            assert rows["choice"].iloc[0] == "code"
            assert rows["size"].iloc[0] == pytest.approx(3)  # 2 and 4, over as many pairs

    def test_the_share_of_pairs_in_which_it_decides(self, effects):
        sizes = choice_sizes(effects).set_index(["dataset", "choice"])
        rows = effects[(effects["dataset"] == "Movie") & (effects["choice"] == "criterion")]
        decided = (rows["gained"] + rows["lost"]).sum() / rows["n_pairs"].sum()
        assert 0 < sizes.loc[("Movie", "criterion"), "decides"] == pytest.approx(decided)
        assert sizes.loc["Emotion6", "decides"].isna().all()


def test_order_of_the_specifications_is_indifferent(both, effects):
    results, specs = both
    shuffled = choice_effects(results, specs.sample(frac=1, random_state=0), KL)
    pd.testing.assert_frame_equal(shuffled, effects)
    np.testing.assert_array_equal(shuffled["n_pairs"], effects["n_pairs"])
