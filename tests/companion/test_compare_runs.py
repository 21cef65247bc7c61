"""Two runs beside each other: same cells are matched, and only those."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.reference.compare_runs import compare_runs, largest_differences, say_agreement, summarise_runs
from companion.reference.runs_shown import (
    plot_runs,
    render_agreement,
    render_differences,
    render_manifest,
    say_changed,
    say_machine,
    say_same_code,
)


def run(values=(0.1, 0.2, 0.4), metric="clark", key="k" * 32, **columns):
    frame = pd.DataFrame({"fold": range(len(values)), "metric": metric, "value": values, "seed": 0, "n_valid": 20})
    frame = frame.assign(valid_from="sampled", split_seed=0, split_folds="kfold")
    cell = {"dataset": "Movie", "dataset_sha": "s", "method": "RDA", "params": "{}", "date": "2025-01-01", "key": key}
    return frame.assign(**(cell | columns))


class TestMatching:
    def test_a_run_equals_itself(self):
        compared = compare_runs(run(), run())
        assert len(compared) == 3
        assert compared["equal"].all()
        assert compared["same_code"].all()
        assert (compared["difference"] == 0).all()

    @pytest.mark.parametrize(("name", "value"), [
        ("dataset", "Emotion6"), ("dataset_sha", "t"), ("method", "DILDL"), ("params", '{"alpha": 0.1}'), ("seed", 1),
        ("n_valid", 0.1), ("valid_from", "unsampled"), ("split_seed", 1), ("split_folds", "random"),
        ("metric", "cosine"),
    ])  # fmt: skip
    def test_another_cell_is_not_held_against_it(self, name, value):
        assert compare_runs(run(**{name: value}), run()).empty

    def test_differences_are_own_less_reference_and_judged_by_the_tolerance(self):
        compared = compare_runs(run((0.1, 0.2015, 0.3985)), run())
        assert compared["difference"].tolist() == pytest.approx([0, 0.0015, -0.0015])
        assert compared["equal"].tolist() == [True, False, False]
        assert compare_runs(run((0.1, 0.2015, 0.3985)), run(), tolerance=0.01)["equal"].all()

    def test_only_shared_folds_are_there(self):
        assert compare_runs(run((0.1, 0.2)), run())["fold"].tolist() == [0, 1]

    def test_a_shortened_key_is_still_the_same_code(self):
        assert compare_runs(run(), run(key="k" * 16))["same_code"].all()
        assert not compare_runs(run(), run(key="k" * 15 + "x"))["same_code"].any()

    def test_the_latest_of_several_is_taken(self):
        own = pd.concat([run((0.3,) * 3, date="2025-02-02"), run((0.9,) * 3, date="2025-02-01", key="old")])
        assert (compare_runs(own, run())["own"] == 0.3).all()

    def test_other_thresholds_are_left_out(self):
        reference = pd.concat([run(), run((9, 9, 9), eta=0.5), run((8, 8, 8), eta=1.0, date="2024-01-01")])
        assert compare_runs(run(), reference)["reference"].tolist() == [0.1, 0.2, 0.4]

    def test_no_run_gives_no_rows(self):
        for own in (run().iloc[:0], pd.DataFrame(columns=["key"])):
            compared = compare_runs(own, run())
            assert compared.empty
            assert {"own", "reference", "difference", "equal", "same_code"} <= {*compared}

    def test_a_reference_without_a_column_is_refused(self):
        with pytest.raises(ValueError, match="n_valid"):
            compare_runs(run(), run().drop(columns="n_valid"))


class TestSummary:
    @given(st.lists(st.floats(-1, 1), min_size=1, max_size=9))
    def test_shares_and_distances(self, shifts):
        base = np.linspace(0.1, 1, len(shifts))
        summary = summarise_runs(compare_runs(run(base + shifts), run(base))).loc["clark"]
        assert summary["cells"] == len(shifts)
        assert summary["largest"] == pytest.approx(np.abs(shifts).max(), abs=1e-12)
        assert 0 <= summary["median"] <= summary["largest"] + 1e-12
        assert summary["equal"] == pytest.approx(np.mean(np.abs((base + shifts) - base) <= 1e-3))

    def test_relative_to_the_larger_value_and_0_for_two_zeros(self):
        assert summarise_runs(compare_runs(run((0.1,)), run((0.4,)))).loc["clark", "largest_relative"] == pytest.approx(
            0.75
        )
        assert summarise_runs(compare_runs(run((0.0,)), run((0.0,)))).loc["clark", "largest_relative"] == 0

    def test_the_largest_come_first(self):
        rows = largest_differences(compare_runs(run((0.5, 0.2, 0.2)), run()), n=2)
        assert rows["fold"].tolist() == [0, 2]

    def test_the_sentence_counts(self):
        assert "no run of your own" in say_agreement(compare_runs(run().iloc[:0], run()), 0)
        assert "none of the 3 cells" in say_agreement(compare_runs(run(dataset="x"), run()), 3)
        sentence = say_agreement(compare_runs(run((0.1, 0.2, 0.9)), run()), 5)
        assert all(words in sentence for words in ("5 cells", "has 3 of them", "3 values 66.7 %", "is 0.5"))

    def test_the_share_of_equal_code_is_that_of_values_compared(self):
        assert say_same_code(compare_runs(run(dataset="x"), run())) == "No value was compared."
        compared = compare_runs(run((0.1, 0.2, 0.9)), run()).assign(same_code=[True, False, False])
        assert "33 % were made" in say_same_code(compared)


class TestShown:
    def test_values_stand_in_the_tables(self):
        compared = compare_runs(run((0.1, 0.2, 0.9)), run())
        assert "66.7%" in render_agreement(summarise_runs(compared))._repr_html_()
        html = render_differences(largest_differences(compared, 1))._repr_html_()
        assert all(text in html for text in ("Movie", "0.9", "0.4", "0.5", "yes"))

    def test_the_manifest_is_shown_and_its_text_stays_text(self):
        entry = {
            "cells": 1234,
            "trained": 1200,
            "data": {"Movie": "s"},
            "training_seconds": 90,
            "seconds": 60,
            "machine": "A <b>",
            "cores": 2,
        }
        entry |= {
            "device": "cpu",
            "libraries": {"numpy": "2.0"},
            "version": "0.1.0",
            "commit": "c" * 40,
            "date": "2025-01-02T",
        }
        html = render_manifest({"ablation": entry})._repr_html_()
        assert all(text in html for text in ("ablation", "1,234", "1,200", "Movie", "1.5", "2025-01-02"))
        assert "c" * 11 not in html
        assert say_machine({"ablation": entry, "comparison": entry}) == "A <b>, 2 cores, cpu, ildl 0.1.0, numpy 2.0"
        assert say_machine({"a": entry, "b": entry | {"cores": 4}}).count(";") == 1
        assert "&lt;i&gt;" in render_manifest({"a": entry | {"data": {"<i>": "s"}}})._repr_html_()

    def test_one_point_a_value_and_a_sentence_without_any(self):
        axes = plot_runs(compare_runs(run((0.1, 0.2, 0.9)), run()), ("clark", "cosine")).axes
        assert [len(points.get_offsets()) for points in axes[0].collections] == [2, 1]
        assert axes[0].get_xscale() == "log"
        assert [text.get_text() for text in axes[1].texts] == ["no cells in common"]

    def test_a_value_of_0_is_shown_on_linear_axes(self):
        (axis,) = (a for a in plot_runs(compare_runs(run((0.0,)), run((0.1,))), ("clark",)).axes if a.get_visible())
        assert axis.get_xscale() == "linear"


def test_methods_that_changed_are_named():
    assert say_changed([]).startswith("The code of no method has changed")
    assert say_changed(["RDA", "DILDL"]).startswith("The code of RDA, DILDL has changed")
