"""Counts, statements, tables and figures of the page say what the frames hold."""

import re

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from companion.base.published import load_published
from companion.multiverse.figures_multiverse import plot_choice_effects, plot_learned, plot_specification_curves
from companion.multiverse.multiverse import specifications
from companion.multiverse.multiverse_answers import (
    by_dataset,
    closest_specification,
    count_meeting,
    design,
    epoch_bound,
    learned_by_rule,
    printed_outcomes,
    what_was_learned,
)
from companion.multiverse.multiverse_choices import CHOICES, reading_label
from companion.multiverse.multiverse_effects import choice_effects, one_change
from companion.multiverse.multiverse_statements import STATEMENTS, common_options, evaluate_statements, everywhere
from companion.multiverse.multiverse_tables import (
    render_bound,
    render_closest,
    render_effects,
    render_learned,
    render_meeting,
    render_one_change,
    render_statements,
)
from tests.companion.drawn import Cells, bars
from tests.companion.multiverse_frames import (
    CHOSEN,
    FIVE,
    KL,
    N_BOUND,
    N_CROSSED,
    N_ONE_CHANGE,
    RDA,
    UNIFORM,
    N,
    comparison,
    multiverse,
)

SETS = ("Movie", "Natural_Scene", "Emotion6")
PRINTED_VALUES = load_published("dildl").query("method == 'DILDL'").set_index(["dataset", "metric"])["mean"]


def all_specs(results, metrics, rivals=None):
    rivals = comparison(datasets=SETS, metrics=metrics) if rivals is None else rivals
    return {metric: specifications(results, rivals, metric) for metric in metrics}


@pytest.fixture(scope="module")
def frames():
    results = multiverse(datasets=SETS, metrics={KL: ""})
    specs = all_specs(results, [KL])[KL]
    return results, specs, choice_effects(results, specs)


@pytest.fixture(autouse=True)
def _close():
    yield
    plt.close("all")


@pytest.fixture(scope="module")
def meeting(counted):
    return counted(divergence=0.0, others=9.0)


@pytest.fixture(scope="module")
def counted():
    """Counts, given what rivals score: Natural_Scene meets all five values under one rule, Movie misses one metric."""

    def near(spec):
        return spec["valid_from"] == "unsampled" and spec["epoch_kept"] == "best"

    parts = []
    for metric in FIVE:

        def outcome(dataset, spec, metric=metric):
            missed = dataset == "Movie" and metric == "euclidean_head"
            return PRINTED_VALUES[dataset, metric] if near(spec) and not missed else 9.0

        parts.append(multiverse(datasets=SETS[:2], metrics={metric: ""}, outcome=outcome))
    results = pd.concat(parts)

    def count(divergence, others):
        rivals = comparison(datasets=SETS[:2], metrics=FIVE)
        rivals["value"] = np.where(rivals["metric"] == KL, divergence, others) + 0.125 * (rivals["fold"] - 1)
        return count_meeting(all_specs(results, FIVE, rivals)).set_index(["dataset", "valid_from"])

    return count


def wide(effects):
    """Effects with an interval that is not as far to both sides."""
    return effects.assign(lower=effects["change"] - 0.25, upper=effects["change"] + 0.5)


class TestMeeting:
    def test_partitions_are_no_readings(self, meeting):
        assert (meeting["n"] == [232, 192, 232, 192]).all()

    def test_all_means_all(self, meeting):
        near = 80 + 36  # with the best epoch: crossed, and one change
        assert meeting["all"].to_dict() == {
            ("Movie", "sampled"): 0, ("Movie", "unsampled"): 0,
            ("Natural_Scene", "sampled"): 0, ("Natural_Scene", "unsampled"): near,
        }  # fmt: skip
        assert meeting.loc[("Movie", "unsampled"), list(FIVE)].to_dict() == dict.fromkeys(FIVE[:-1], near) | {
            FIVE[-1]: 0
        }
        assert meeting["all_decoupled"].to_list() == [0, 0, 0, near - 8 - 6]  # so many have RDA's loss instead
        # Table 5 prints no spread: it has no say.
        assert meeting["within_std"].to_list() == [0, near, 0, near]

    def test_near_the_published_value_is_not_better_than_rda(self, meeting):
        assert (meeting["all_and_better"] == 0).all()  # RDA's divergence is lower

    def test_to_be_better_than_rda_and_not_to_meet_what_is_published_is_not_both(self, counted):
        found = counted(divergence=20.0, others=20.0)  # of which every specification is better
        assert (found["all_and_better"] == found["all"]).all()
        assert (found["all"] < found["n"]).all()

    def test_a_table_and_a_line_of_it(self, meeting):
        html = render_meeting(meeting.reset_index())._repr_html_()
        assert "all five, and better than RDA" in html
        text = by_dataset(meeting.reset_index().query("valid_from == 'unsampled'"), "{all} of {n}")
        assert text == "Movie 0 of 192, Natural_Scene 116 of 192"
        assert by_dataset(meeting.reset_index().head(0), "{all}") == "–"


class TestStatements:
    def test_counts_are_those_of_the_frame(self, frames):
        _, specs, _ = frames
        table = evaluate_statements({KL: specs}).set_index(["dataset", "statement"])
        assert set(table.index.unique("dataset")) == {"Movie", "Natural_Scene"}
        movie = specs[specs["dataset"] == "Movie"]
        row = table.loc[("Movie", "equal degrees score better")]
        assert (row["n"], row["holds"]) == (N, (movie["mean"] > UNIFORM).sum())
        row = table.loc[("Movie", "not better than RDA as in the tables, beyond the noise")]
        assert row["holds"] == (movie["mean"] >= RDA["Movie"]).sum()
        row = table.loc[("Natural_Scene", "equal degrees score better")]
        assert row["everywhere"]
        assert row["exceptions"] == ""

    def test_under_all_means_on_every_data_set_and_in_every_metric(self, frames):
        _, specs, _ = frames
        table = evaluate_statements({KL: specs})
        assert "the published value is better" in everywhere(table)
        assert "equal degrees score better" not in everywhere(table)  # on Movie it fails
        assert "equal degrees score better" in everywhere(table[table["dataset"] == "Natural_Scene"])

    def test_what_cannot_be_judged_holds_nowhere(self, frames):
        results, _, _ = frames
        without = all_specs(results, [KL], comparison(datasets=SETS, metrics=[KL]).query("method != 'OFR-DB'"))
        table = evaluate_statements(without)
        judged = table[table["statement"].str.contains("OFR-DB")]
        assert (judged["n"] == 0).all()
        assert not judged["everywhere"].any()
        assert not set(judged["statement"]) & set(everywhere(table))

    @pytest.mark.parametrize(("verdict", "kind"), [("better", "not better than"), ("worse", "not worse than")])
    def test_every_verdict_of_a_rival_is_denied_by_its_statement(self, frames, verdict, kind):
        _, specs, _ = frames
        for statement, rival in (
            ("RDA, beyond the noise", "rda"),
            ("OFR-DB (RDA without alignment), beyond the noise", "ofr_db"),
        ):
            held = STATEMENTS[f"{kind} {statement}"](specs)
            assert list(held) == list(specs[f"vs_{rival}"] != verdict)

    def test_exceptions_are_described_by_what_they_share(self, frames):
        _, specs, _ = frames
        movie = specs[specs["dataset"] == "Movie"]
        some = (movie["valid_from"] == "unsampled") & (movie["criterion"] == "added")
        assert common_options(movie, some) == "criterion: added; valid_from: unsampled"
        assert common_options(movie, movie["mean"] > -1) == ""
        wanted = [("split_folds", "random"), ("split_seed", 1), ("valid", "10 %")]
        others = [movie.index[(movie["code"] == "encoder") & (movie[name] == option)][0] for name, option in wanted]
        mixed = (movie["code"] == "sampled") | movie.index.isin(others)
        assert common_options(movie, mixed) == "code: sampled (48 of 51)"

    def test_what_all_but_a_few_have_is_not_named(self, frames):
        # A single exception shares every option with itself; one in fourteen is rare enough to be named.
        _, specs, _ = frames
        movie = specs[specs["dataset"] == "Movie"]
        alone = movie.index == movie.index[movie["split_seed"] == 2][0]
        said = common_options(movie, pd.Series(alone, index=movie.index))
        assert "kfold" not in said
        assert said.startswith("split_seed: 2")

    def test_the_table_marks_what_holds_under_all(self, frames):
        _, specs, _ = frames
        table = evaluate_statements({KL: specs})
        shown = render_statements(table)
        assert shown._repr_html_().count("font-weight: bold") == 1
        cells = shown.styler.data.to_numpy().ravel().tolist()
        assert sum(cell.startswith("all ") for cell in cells) == table["everywhere"].sum()


@pytest.fixture(scope="module")
def learned():
    metrics = {KL: "", "from_uniform": "", "from_start": ""}

    def outcome(dataset, spec):
        level = 1.0 if spec["epoch_kept"] == "last" else 0.25 if spec["valid_from"] == "sampled" else 0.125
        return level + (1e-6 if spec["nondominant"] == "softmax" else 0.0)

    return what_was_learned(multiverse(datasets=SETS, metrics=metrics, outcome=outcome))


class TestLearned:
    def test_one_row_a_specification_the_bound_left_out(self, learned):
        assert (learned.groupby("dataset").size() == N).all()
        assert (learned["from_uniform"] == learned["from_start"]).all()

    def test_epochs_and_distances_by_rule(self, learned):
        table = learned_by_rule(learned)
        assert list(table["dataset"].unique()) == list(SETS)
        movie = table[table["dataset"] == "Movie"].set_index(["valid_from", "epoch_kept"])
        assert list(movie.index) == [(s, k) for s in CHOICES["valid_from"] for k in CHOICES["epoch_kept"]]
        assert movie["epoch"].to_list() == [3, 300, 3, 300]
        assert movie["early"].to_list() == [1, 0, 1, 0]
        np.testing.assert_allclose(movie["from_uniform"], [0.25, 1, 0.125, 1], atol=1e-5)
        assert movie["n"].to_list() == [140, 140, 140, 100]

    def test_rank_correlation_has_its_sign(self):
        results = multiverse(datasets=["Movie"], metrics={KL: "", "from_uniform": "", "from_start": ""})
        falling = results.assign(value=results["value"].where(results["metric"] == KL, -results["value"]))
        for frame, sign in ((results, 1), (falling, -1)):
            assert learned_by_rule(what_was_learned(frame))["rank_correlation"].to_list() == pytest.approx([sign] * 4)

    def test_table_and_figure(self, learned, frames):
        assert "among the first five" in render_learned(learned_by_rule(learned), KL)._repr_html_()
        figure = plot_learned(learned, frames[1])
        assert len(figure.axes) == 3
        drawn = sum(len(points.get_offsets()) for points in figure.axes[0].collections)
        assert drawn == N


class TestBound:
    def test_it_is_of_the_rows_that_train_under_each_source(self):
        def outcome(dataset, spec):
            if spec["epoch_kept"] != "test":
                return 2.0
            return 0.5 if spec["criterion"] == "added" else 1.0 if spec["aside"] == 20 else 0.75

        results = multiverse(datasets=SETS, metrics={KL: ""}, outcome=outcome)
        bound = epoch_bound(results, all_specs(results, [KL])).set_index(["dataset", "valid_from"])
        assert set(bound.index.unique("dataset")) == {"Movie", "Natural_Scene"}
        assert bound["derived targets"].to_list() == bound["printed targets"].to_list() == [1, 0.75] * 2
        assert (bound["best"] == 0.5).all()
        assert (bound["criterion"] == "added").all()
        assert (bound["allowed"] == 2).all()
        assert bound["published"].to_list() == [PRINTED_VALUES[name, KL] for name in SETS[:2] for _ in "12"]
        assert "0.5000 (added)" in render_bound(bound.reset_index())._repr_html_()

    def test_the_best_is_the_highest_where_high_is_good(self):
        results = multiverse(datasets=["Movie"], metrics={"cosine": ""})
        bound = epoch_bound(results, all_specs(results, ["cosine"]))
        assert (bound["criterion"] == "rebalanced divergences").all()

    def test_nothing_comparable_has_no_bound(self, frames):
        results, specs, _ = frames
        assert epoch_bound(results, {KL: specs[specs["dataset"] == "Emotion6"]}).empty


class TestClosest:
    def test_it_is_the_nearest_over_metrics_and_comparable_data_sets(self, frames):
        _, specs, _ = frames
        first, second = specs["label_gradient"] == "joint", specs["label_gradient"] == "stopped"
        small = specs.assign(distance=np.where(first, 0.1, 0.0))
        large = specs.assign(published=1.0, distance=np.where(second, 0.15, 0.0))
        assert closest_specification({"one": small})["label_gradient"] == "stopped"
        assert closest_specification({"one": small, "two": large})["label_gradient"] == "stopped"
        other = specs.assign(published=1.0, distance=np.where(second, 9.0, 0.0))
        assert closest_specification({"one": small, "two": other})["label_gradient"] == "joint"

    def test_nothing_comparable_has_no_closest(self, frames):
        _, specs, _ = frames
        assert closest_specification({KL: specs[specs["dataset"] == "Emotion6"]}) is None


def test_the_printed_objective_has_a_row_for_each_source(frames):
    table = printed_outcomes(frames[1])
    assert list(zip(table["dataset"], table["valid_from"], strict=True)) == [
        (name, source) for name in SETS for source in CHOICES["valid_from"]
    ]
    # Known effects: one-hot 0.375, softmax 0.0625, unsampled -0.125.
    assert table.loc[0, ["derived targets", "printed targets"]].to_list() == pytest.approx([1, 1.4375])
    assert table.loc[1, ["derived targets", "printed targets"]].to_list() == pytest.approx([0.875, 1.3125])
    assert table.loc[1, "rda"] == pytest.approx(RDA["Movie"] - 0.125)


def test_the_design_is_counted(frames):
    assert design(frames[0]) == {
        "specifications": N, "crossed": N_CROSSED, "one_change": N_ONE_CHANGE, "bound": N_BOUND
    }  # fmt: skip


class TestTables:
    def test_closest_ten_and_printed_of_comparable_data_printed_of_the_rest(self, frames):
        _, specs, _ = frames
        shown = render_closest(specs, n=10).styler.data
        movie, emotion = (shown.loc[name] for name in ("Movie", "Emotion6 (other features)"))
        assert 10 <= len(movie) <= 14
        assert len(emotion) == 4
        assert emotion.index.str.contains("printed objective").all()
        nearest = specs[specs["closest"] & (specs["dataset"] == "Movie")].iloc[0]
        assert movie.index[0] == reading_label(nearest).replace("=", ": ")
        assert (emotion["verdict"] == "–").all()

    def test_effects_have_a_column_group_for_each_data_set(self, frames):
        _, _, effects = frames
        shown = render_effects(effects, KL).styler.data
        assert list(shown.columns.unique(0)) == ["Movie", "Natural_Scene", "Emotion6 (other features)"]
        assert len(shown) == len(effects) / 3
        assert shown.loc["epoch_kept: last", ("Movie", "mean change")].startswith("+0.1875 [")
        assert shown.loc["epoch_kept: last", ("Movie", "better, worse")] == "0, 240 of 240"

    def test_one_change_marks_what_meets_the_published_value(self, frames):
        _, specs, _ = frames
        changes = one_change(specs)
        shown = render_one_change(changes).styler.data
        assert shown.columns.unique(0).to_list() == ["Movie", "Natural_Scene"]
        inside = changes["inside_noise"].fillna(False).astype(bool)
        assert shown.map(lambda cell: "✓" in cell).to_numpy().sum() == inside.sum()
        assert shown.loc["criterion: rebalanced", ("Movie", "derived targets", "sampled")] == "0.500 ✓ ▲"
        assert shown.loc["code: sampled", ("Movie", "derived targets", "sampled")] == "5.000 ▼"

    def test_they_are_html_in_a_scrolling_box(self, frames):
        _, specs, effects = frames
        for table in (render_closest(specs), render_effects(effects, KL), render_one_change(one_change(specs))):
            assert "overflow-x: auto" in table._repr_html_()


class TestFigures:
    def test_the_curve_rises_and_marks_what_it_says(self, frames):
        _, specs, _ = frames
        movie = specs[specs["dataset"] == "Movie"].reset_index(drop=True)
        above, below = plot_specification_curves(movie).subfigs[0].axes
        lines = {line.get_label(): line for line in above.lines}
        outcomes = lines["specification"].get_ydata()
        assert (np.diff(outcomes) >= 0).all()
        assert len(outcomes) == N
        for name in ("derived targets", "printed targets"):
            for source in CHOICES["valid_from"]:
                there = (movie["printed"] == name) & (movie["valid_from"] == source)
                marker = lines[f"{name}, {source}"]
                assert list(marker.get_xdata()) == [movie.index[there][0]]
                assert marker.get_ydata()[0] == outcomes[movie.index[there][0]]
        assert lines["published"].get_ydata()[0] == PRINTED_VALUES["Movie", KL]
        assert lines["RDA (ours)"].get_ydata()[0] == pytest.approx(RDA["Movie"])
        assert lines["equal degrees"].get_ydata()[0] == pytest.approx(UNIFORM)

    def test_the_dashboard_has_one_mark_for_each_choice_of_each_specification(self, frames):
        _, specs, _ = frames
        below = plot_specification_curves(specs[specs["dataset"] == "Movie"]).subfigs[0].axes[1]
        labels = [tick.get_text() for tick in below.get_yticklabels()]
        assert labels == [str(text) for name in CHOSEN for text in (name, *CHOICES[name])]
        marks = [line for line in below.lines if line.get_marker() == "|"]
        assert sum(len(line.get_xdata()) for line in marks) == N * len(CHOSEN)

    def test_one_panel_for_each_data_set(self, frames):
        figure = plot_specification_curves(frames[1])
        assert len(figure.subfigs) == 3
        labels = {line.get_label() for line in figure.subfigs[2].axes[0].lines}
        assert "published (on other features)" in labels

    def test_they_are_narrow_and_their_letters_are_not_small(self, frames):
        _, specs, effects = frames
        for figure in (plot_specification_curves(specs), plot_choice_effects(effects, KL)):
            figure.canvas.draw()
            assert figure.get_figwidth() <= 9
            texts = [text for text in figure.findobj(plt.Text) if text.get_text() and text.get_visible()]
            assert min(text.get_fontsize() for text in texts) >= 9

    def test_effects_are_drawn_where_they_are(self, frames):
        effects = wide(frames[2])
        above, below = plot_choice_effects(effects, KL).axes
        assert [tick.get_text() for tick in above.get_yticklabels()] == list(effects["choice"].unique())
        drawn = [float(x) for line in below.lines if line.get_marker() in "oD^" for x in line.get_xdata()]
        np.testing.assert_allclose(sorted(drawn), sorted(effects["change"]))
        ends = [bars(container) for container in below.containers]
        np.testing.assert_allclose(np.concatenate([low for low, _ in ends]), effects["lower"])
        np.testing.assert_allclose(np.concatenate([high for _, high in ends]), effects["upper"])

    def test_an_interval_reads_from_low_to_high(self, frames):
        effects = wide(frames[2])
        cells = [cell for row in Cells(render_effects(effects, KL)._repr_html_()).rows for cell in row if "[" in cell]
        read = [[float(part) for part in re.findall(r"[-+][\d.]+", cell.replace("−", "-"))] for cell in cells]
        expected = np.sort(
            effects[["change", "lower", "upper"]].to_numpy(), axis=0
        )  # the table groups rows by data set
        np.testing.assert_allclose(np.sort(read, axis=0), expected, atol=5e-5)
        assert all(low < mean < high for mean, low, high in read)

    def test_a_specification_has_its_whole_interval(self, frames):
        specs = frames[1]
        movie = specs[specs["dataset"] == "Movie"]
        above = plot_specification_curves(movie).subfigs[0].axes[0]
        (ends,) = (c.get_segments() for c in above.collections if str(c.get_label()).startswith("95 %"))
        rows = movie.sort_values("mean", kind="stable")
        np.testing.assert_allclose(
            [segment[0, 1] for segment in ends], rows["lower"].clip(lower=rows["mean"].min() / 2)
        )
        np.testing.assert_allclose([segment[1, 1] for segment in ends], rows["upper"])
