"""Alignment and epoch: known differences, and what published gains they are held against."""

import matplotlib
import pandas as pd
import pytest

from companion.constants import alignment as al
from companion.constants.constants_tables import alignment_table, steps_table
from companion.constants.figures_constants import plot_epochs
from tests.companion.constants_frames import published, rows
from tests.companion.drawn import columns_of, is_hollow

matplotlib.use("Agg")


def network(method, best, last, reading="default"):
    """Folds differ a little, so that a test has a spread."""

    def around(value):
        return {"kl_divergence": lambda seed, fold: value + 0.001 * fold * (1 if method == "RDA" else 2)}

    frames = [rows(method, around(value), epoch_kept=kept, reading=reading, seeds=2)
              for kept, value in (("best", best), ("last", last))]  # fmt: skip
    return pd.concat(frames)


RESULTS = pd.concat(
    [network("OFR-DB", 0.5, 0.3), network("RDA", 0.4, 0.4), network("DILDL", 0.4, 0.39, "rebalanced"),
     rows("SA-BFGS", {"kl_divergence": 9.0}), rows("Uniform", {"kl_divergence": 0.35})]
)  # fmt: skip


def test_alignment_helps_with_one_epoch_and_harms_with_the_other():
    effects = al.alignment_effect(RESULTS).set_index(["added", "epoch_kept"])
    assert effects.loc[("alignment", "best"), "verdict"] == "better"
    assert effects.loc[("alignment", "last"), "verdict"] == "worse"
    assert effects.loc[("alignment", "best"), "improvement"] == pytest.approx(0.1 + 0.001)
    assert effects.loc[("decoupling", "best"), "verdict"] == "no difference shown"
    assert len(effects) == 6


def test_a_step_that_is_not_run_is_named():
    with pytest.raises(ValueError, match="OFR-DB with the best epoch was not run on Movie"):
        al.alignment_effect(RESULTS[RESULTS["method"] != "OFR-DB"])
    with pytest.raises(ValueError, match="no network with the last epoch"):
        al.alignment_effect(RESULTS[RESULTS["epoch_kept"] == "best"])


def test_epoch_effect_of_networks_alone():
    effects = al.epoch_effect(RESULTS).set_index("label")
    assert set(effects.index) == {"OFR-DB", "RDA", "DILDL [rebalanced]"}
    assert effects.loc["OFR-DB", "improvement"] == pytest.approx(0.2)
    assert effects.loc["RDA", "improvement"] == pytest.approx(0)
    assert effects.loc["OFR-DB", "epoch"] == 100


def test_published_steps_by_hand():
    numbers = {("OFR-DB", "cosine"): 0.5, ("RDA", "cosine"): 0.7, ("DILDL", "cosine"): 0.6}
    gains = al.published_steps(published(numbers)).set_index("step")["published_gain"]
    assert gains.to_dict() == {"OFR-DB to RDA": pytest.approx(0.2), "RDA to DILDL": pytest.approx(-0.1)}


NUMBERS = published({("OFR-DB", "kl_divergence"): 0.6, ("RDA", "kl_divergence"): 0.2, ("DILDL", "kl_divergence"): 0.3})


def test_the_epoch_over_a_published_gain():
    steps = al.epochs_against_steps(al.epoch_effect(RESULTS), NUMBERS).set_index("step")
    assert steps.loc["OFR-DB to RDA", "share"] == pytest.approx(0.2 / 0.4)
    assert pd.isna(steps.loc["RDA to DILDL", "share"])  # nothing was gained


def test_sentences_hold_what_the_frames_hold():
    effects = al.alignment_effect(RESULTS)
    assert al.verdicts(effects, "alignment", "last") == "worse in 1 of 1"
    assert "with the best epoch of both, RDA is better in 1" in al.headline(effects)
    assert al.last_against_best(al.epoch_effect(RESULTS), "OFR-DB", "RDA") == "0.3020 against 0.4010 on Movie"


def test_tables_and_figure_show_what_the_frames_hold():
    effects, epochs = al.alignment_effect(RESULTS), al.epoch_effect(RESULTS)
    shown = columns_of(alignment_table(effects)._repr_html_(), ("epoch", "without", "with", "improvement"))
    means = RESULTS.groupby(["method", "epoch_kept"])["value"].mean()
    best = shown["epoch"].index("best")
    assert shown["without"][best] == f"{means['OFR-DB', 'best']:.4f}"
    assert shown["with"][best] == f"{means['RDA', 'best']:.4f}"
    assert shown["improvement"][best] == f"+{means['OFR-DB', 'best'] - means['RDA', 'best']:.4f}" == "+0.1010"
    assert "50%" in steps_table(al.epochs_against_steps(epochs, NUMBERS), effects)._repr_html_()
    (axis,) = plot_epochs(epochs, RESULTS).axes
    assert [label.get_text() for label in axis.get_yticklabels()] == list(epochs["label"])
    for line in axis.lines[:2]:
        column = "last" if line.get_label() == "last epoch" else "best"
        assert list(line.get_xdata()) == list(epochs[column])
        assert is_hollow(line) == (column == "last")


def test_mean_of_the_uniform_distribution():
    assert al.uniform_means(RESULTS, "kl_divergence").to_dict() == {"Movie": pytest.approx(0.35)}


def test_networks_that_beat_the_uniform_distribution_with_their_last_epoch_alone():
    said = al.last_against_uniform(al.epoch_effect(RESULTS), RESULTS)
    assert "1 of 3 networks, readings included, are better than the uniform distribution" in said
    assert said.endswith(" (1 on Movie, the best OFR-DB with 0.3020 against 0.3500).")
    nobody = RESULTS[RESULTS["method"] != "OFR-DB"]
    assert "0 of 2 networks" in al.last_against_uniform(al.epoch_effect(nobody), nobody)


def test_tuned_weights_are_a_pair_where_they_were_run():
    tuned = network("RDA", 0.2, 0.4, "tuned")
    effects = al.alignment_effect(pd.concat([RESULTS, tuned]))
    assert al.verdicts(effects, al.TUNED, "best") == "better in 1 of 1"
    assert "with the best epoch of both, RDA with tuned weights is better in 1 of 1" in al.headline(effects)
    without = al.alignment_effect(RESULTS)
    assert "tuned" not in al.headline(without)
    assert al.verdicts(without, al.TUNED, "best") == "not run in 0 of 0"
