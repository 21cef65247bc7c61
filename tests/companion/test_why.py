"""Why: results against constants, what alignment adds, other data: by hand, on frames where a small fault shows."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from companion.show.figure import PAPER
from companion.why import figures, frames, further
from companion.why.against import (
    LAST,
    LEFT_OUT,
    NO_STD,
    SAMPLED,
    against_constants,
    below_floor,
    nearness,
)
from companion.why.alignment import alignment_effect, count_verdicts, epoch_effect
from ildl.compare.noise import INSIDE
from ildl.compare.significance import NONE
from ildl.compare.statistics import BETTER, WORSE
from tests.companion.constants_frames import constants, published, rows

KL = "kl_divergence"
CONSTANTS = constants({KL: 0.5, "squared_error": 0.4}, {KL: 0.8, "squared_error": 0.5}, {KL: 0.3, "squared_error": 0.2})


def around(value, spread=0.01):
    return lambda seed, fold: value + spread * (fold - 1) + 0.001 * seed


def run(method, value, chosen_by=SAMPLED, reading="default", row=None, **more):
    values = value if isinstance(value, dict) else {KL: around(value)}
    return rows(method, values, reading=reading, **more).assign(chosen_by=chosen_by, row=row or method)


class TestAgainst:
    def found(self, *runs, printed=()):
        numbers = published(dict(printed) or {("A", "clark"): 1.0}, std=0.05)
        frame = against_constants(CONSTANTS, numbers, pd.concat(runs or [run("RDA", 0.4)]))
        return frame[frame["constant"] == "Uniform"].set_index(["row", "chosen_by"])

    def test_ours_is_better_worse_or_inside(self):
        found = self.found(
            run("RDA", 0.4), run("DILDL", 0.7), run("OFR-DB", {KL: around(0.51, 0.2)}), run("RDA", 0.6, LEFT_OUT)
        )
        assert found["verdict"].to_dict() == {
            ("RDA", SAMPLED): BETTER, ("DILDL", SAMPLED): WORSE, ("OFR-DB", SAMPLED): INSIDE, ("RDA", LEFT_OUT): WORSE,
        }  # fmt: skip
        assert found.loc[("RDA", SAMPLED), "ratio"] == pytest.approx(0.8)
        assert found["better"].to_dict() == {key: verdict == BETTER for key, verdict in found["verdict"].items()}

    def test_better_follows_the_metric_and_equal_is_not_better(self):
        high = constants({"cosine": 0.5, KL: 0.5})
        runs = pd.concat([run("RDA", {"cosine": 0.4, KL: 0.5}), run("DILDL", {"cosine": 0.6, KL: 0.4})])
        frame = against_constants(high, published({("A", "cosine"): 0.9, ("B", KL): 0.9}), runs)
        found = frame.set_index(["row", "metric"])["better"].to_dict()
        expected = {("A", "cosine"): True, ("B", KL): False, ("DILDL", "cosine"): True, ("DILDL", KL): True}
        assert found == expected | {("RDA", "cosine"): False, ("RDA", KL): False}

    def test_by_other_metrics_equal_degrees_stand_for_all_constants(self):
        scores = {KL: 0.5, "cosine": 0.5}
        frame = against_constants(
            constants(scores, scores, scores), published({("A", KL): 0.2}), run("RDA", {KL: 0.4, "cosine": 0.6})
        )
        held = frame[frame["row"] == "RDA"].groupby("metric")["constant"].agg(set).to_dict()
        assert held == {KL: {"Uniform", "Train-mean", "Test-mean"}, "cosine": {"Uniform"}}

    def test_a_sign_that_changes_with_the_seed_is_inside(self):
        steady = run("RDA", {KL: lambda seed, fold: 0.4 + 0.02 * seed + 0.001 * fold}, seeds=2)
        unsteady = run("DILDL", {KL: lambda seed, fold: 0.4 + 0.11 * seed + 0.001 * fold}, seeds=2)
        found = self.found(steady, unsteady)["verdict"]
        assert (found["RDA", SAMPLED], found["DILDL", SAMPLED]) == (BETTER, INSIDE)

    def test_a_published_number_by_its_printed_spread(self):
        printed = {("A", KL): 0.2, ("B", KL): 0.49, ("C", KL): 0.9}
        found = self.found(printed=printed)["verdict"]
        assert [found[name, ""] for name in "ABC"] == [BETTER, INSIDE, WORSE]
        silent = published({("A", KL): 0.2}, std=np.nan)
        frame = against_constants(CONSTANTS, silent, run("RDA", 0.4))
        assert set(frame.loc[frame["side"] == "published", "verdict"]) == {NO_STD}

    def test_other_labels_leave_published_numbers_out(self):
        frame = against_constants(CONSTANTS.assign(same_labels=False), published({("A", KL): 0.2}), run("RDA", 0.4))
        assert set(frame["side"]) == {"ours"}

    def test_folds_that_the_constants_lack_are_named(self):
        few = CONSTANTS[CONSTANTS["fold"] < 2]
        with pytest.raises(ValueError, match=r"lack the fold\(s\) \[2\]"):
            against_constants(few, published({("A", KL): 0.2}), run("RDA", 0.4))


def test_nearness_is_one_where_the_most_even_is_best():
    scores = {"A": (0.7, 0.5, 1), "B": (0.8, 0.3, 2), "C": (0.9, 0.2, 3)}
    runs = [run(name, {"entropy": e, KL: kl, "chebyshev": c}) for name, (e, kl, c) in scores.items()]
    other = {"entropy": 0.1, KL: 0.0, "chebyshev": 9.0}
    left_out = [run("D", other, LEFT_OUT), run("D", other, reading="tuned"), run("Uniform", other)]
    found = nearness(pd.concat(runs + left_out)).set_index("metric")
    assert found["rank_correlation"].to_dict() == pytest.approx({KL: 1, "chebyshev": -1})
    assert (found["n"] == 3).all()


def test_a_number_is_below_the_floor_by_more_than_its_rounding():
    labels = pd.DataFrame([{"dataset": "Movie", "same": True, "zeros_a_row": 2.0, "clark_floor": 1.2}])
    printed = published({("A", "canberra"): 1.9999, ("B", "canberra"): 1.99997, ("LDLSF", "canberra"): 1.0})
    found = below_floor(printed, labels).set_index("method")["below"]
    assert found.to_dict() == {"A": True, "B": False}
    assert below_floor(printed, labels.assign(same=False)).empty


class TestAlignment:
    def runs(self):
        early = [
            run("OFR-DB", 0.5, seeds=2),
            run("RDA", 0.4, seeds=2),
            run("RDA", 0.2, reading="tuned", row="RDA, weights tuned"),
        ]
        late = [run("OFR-DB", 0.3, LAST, seeds=2), run("RDA", 0.4, LAST, seeds=2)]
        return pd.concat(early + late)

    def test_it_helps_with_one_epoch_and_hurts_with_the_other(self):
        # the difference is the same in every fold, so it has no spread; give it one
        spread = self.runs().assign(value=lambda f: f["value"] + 0.002 * f["fold"] * (f["method"] == "RDA"))
        found = alignment_effect(spread).set_index(["added", "chosen_by"])
        assert found["verdict"].to_dict() == {
            ("alignment", SAMPLED): BETTER, ("tuned alignment", SAMPLED): BETTER, ("alignment", LAST): WORSE,
        }  # fmt: skip
        assert found.loc[("alignment", SAMPLED), "improvement"] == pytest.approx(0.1 - 0.002)
        assert found.loc[("tuned alignment", SAMPLED), "n_seeds"] == 1  # those that both sides have

    def test_nothing_is_told_where_seeds_disagree(self):
        def value(seed, fold):
            return around(0.5)(seed, fold) + 0.001 * fold + (0.02 if seed else -0.1)

        found = alignment_effect(pd.concat([run("OFR-DB", 0.5, seeds=2), run("RDA", {KL: value}, seeds=2)]))
        assert found["p_corrected"].item() < 0.05
        assert found["verdict"].item() == NONE

    def test_counts_are_over_data_sets_and_metrics(self):
        effects = pd.DataFrame(
            {"added": "alignment", "chosen_by": SAMPLED, "dataset": ["A", "A", "B"], "verdict": [BETTER, WORSE, NONE]}
        )
        counts = count_verdicts(effects).iloc[0]
        assert counts[["n", "better", "worse", "sets"]].to_list() == [3, 1, 1, 2]

    def test_the_last_epoch_against_the_chosen_one(self):
        spread = self.runs().assign(value=lambda f: f["value"] + 0.002 * f["fold"] * (f["chosen_by"] == LAST))
        found = epoch_effect(spread).set_index("row")
        assert found.loc["OFR-DB", "improvement"] == pytest.approx(0.2 - 0.002)
        assert found.loc["OFR-DB", "verdict"] == BETTER
        assert found.loc["RDA", "improvement"] == pytest.approx(-0.002)
        assert set(found.index) == {"OFR-DB", "RDA"}  # the tuned one has no last epoch


def test_the_epoch_of_a_setting_is_its_median():
    runs = pd.concat([run("RDA", 0.4).assign(epoch=lambda f: f["fold"].map({0: 1, 1: 5, 2: 300}))])
    found = frames.epochs(runs).iloc[0]
    assert (found["epoch"], found["epoch_mean"], found[KL]) == (5, 102, pytest.approx(0.4))


class TestOtherData:
    def results(self, values, **columns):
        """Values: method -> one a fold."""
        parts = [
            rows(method, {KL: lambda _, fold, own=own: own[fold]}, **columns).assign(n_train=100, **{
                "feature_set": "public"
            })
            for method, own in values.items()
        ]  # fmt: skip
        return pd.concat(parts, ignore_index=True)

    def test_verdicts_are_of_the_row_against_the_constant(self):
        values = {
            "Uniform": (1.0, 1.0, 1.0), "Train-mean": (2.0, 2.1, 1.9), "RDA": (0.5, 0.51, 0.49),
            "DILDL": (1.5, 0.6, 1.1),
        }  # fmt: skip
        found = further.further_table(self.results(values)).set_index("method")
        assert found["verdict_uniform"].drop("Uniform").to_dict() == {
            "Train-mean": WORSE, "RDA": BETTER, "DILDL": "none"
        }  # fmt: skip
        assert found.loc["Uniform", "verdict_rda"] == WORSE
        assert found.loc["DILDL", "mean"] == pytest.approx(3.2 / 3)
        assert found.loc["DILDL", "std"] == pytest.approx(np.std(values["DILDL"]))

    def test_the_artificial_set_counts_only_where_there_is_no_other(self):
        real = self.results({"Uniform": (1, 1, 1)})
        made = real.assign(dataset="Artificial", feature_set="artificial")
        assert set(further.entrants(pd.concat([real, made]))["dataset"]) == {"Movie"}
        assert set(further.entrants(made)["dataset"]) == {"Artificial"}

    def moving(self):
        usual = self.results({"Uniform": (2, 2, 2), "RDA": (4, 3, 5), "DILDL": (8, 8, 8)}).assign(eta=1.0, kept=100)
        milder = self.results({"Uniform": (2, 2, 2), "RDA": (1, 1, 1), "DILDL": (0.5, 0.5, 0.5)})
        return pd.concat([usual, milder.assign(eta=0.5, kept=200)])

    def test_curves_by_hand(self):
        curves = further.imbalance_curves(self.moving()).set_index(["eta", "method"])
        assert curves.loc[(1.0, "RDA"), ["mean", "ratio", "rank", "kept"]].to_list() == [4, 2, 2, 100]
        assert curves.loc[(1.0, "RDA"), "std"] == pytest.approx(np.std([4, 3, 5]))
        assert curves.loc[(0.5, "DILDL"), ["ratio", "rank"]].to_list() == [0.25, 1]
        stability = further.ranking_stability(curves.reset_index()).set_index("eta")
        assert stability["tau"].to_dict() == pytest.approx({0.5: -1, 1.0: 1})

    def test_a_fold_that_a_method_lacks_is_named(self):
        moved = self.moving()
        gone = moved["eta"].eq(0.5) & moved["fold"].eq(1) & moved["method"].eq("RDA")
        with pytest.raises(ValueError, match="RDA"):
            further.imbalance_curves(moved[~gone])


def test_the_first_picture_has_a_marker_for_every_row_hollow_where_published():
    printed = published({("RDA", KL): 0.6, ("DILDL", KL): 0.45, ("SA-BFGS", KL): 3.0})
    ours = [
        run("RDA", 0.4),
        run("RDA", 0.3, LEFT_OUT),
        run("DILDL", 0.9, row="DILDL, derived targets"),
        run("RDA", 0.2, LAST),
    ]
    drawn = figures.lanes(against_constants(CONSTANTS, printed, pd.concat(ours)))
    assert list(drawn["lane"].unique()) == [
        "Movie: published",
        "Movie: ours, sampled rows",
        "Movie: ours, left-out rows",
    ]
    _, axis = plt.subplots()
    figures._lanes(axis, drawn)
    marks = [line for line in axis.lines if len(line.get_xdata()) == 1]
    points = {(round(line.get_xdata()[0], 6), line.get_markerfacecolor() == PAPER) for line in marks}
    assert points == {(1.2, True), (0.9, True), (0.8, False), (0.6, False), (1.8, False)}
    assert [text.get_text() for text in axis.texts] == ["d"]
    plt.close("all")


def test_the_picture_of_the_sampling_goes_from_hollow_to_filled(monkeypatch):
    degrees = pd.DataFrame(
        {"dataset": "Movie", "label": [0, 1], "name": ["a", "b"], "before": [0.2, 0.8], "after": [0.7, 0.3],
         "head": [True, False], "part": [figures.PROMOTED, figures.SUPPRESSED]}
    )  # fmt: skip
    kept = {}
    monkeypatch.setattr(figures, "show_figure", lambda figure, name, label, data, origin: kept.update(figure=figure))
    figures.plot_sampling(degrees, "sampling")
    lines = [line for line in kept["figure"].axes[0].lines if line.get_marker() == "o"]
    found = {(line.get_markerfacecolor() == PAPER, line.get_xdata()[0], line.get_color()) for line in lines}
    blue, orange = figures.PARTS[figures.PROMOTED], figures.PARTS[figures.SUPPRESSED]
    assert found == {(True, 0.2, blue), (False, 0.7, blue), (True, 0.8, orange), (False, 0.3, orange)}
    plt.close("all")
