"""The page on the reference run: same cells are matched and only those, and what is shown of them."""

from io import BytesIO

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.reference import figures
from companion.reference.facts import reference_facts
from companion.reference.frames import TOLERANCE, compare_runs, how_made, summarise_runs
from companion.reference.tables import agreement_table, made_table
from tests.companion.drawn import Cells


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
        (row,) = summarise_runs(compare_runs(run(base + shifts), run(base)), ["metric"]).to_dict("records")
        assert row["values"] == len(shifts)
        assert row["largest"] == pytest.approx(np.abs(shifts).max(), abs=1e-12)
        assert 0 <= row["median"] <= row["largest"] + 1e-12
        assert row["outside"] == np.sum(np.abs((base + shifts) - base) > TOLERANCE)

    def test_relative_to_the_larger_value_and_0_for_two_zeros(self):
        assert compare_runs(run((0.1,)), run((0.4,)))["relative"].item() == pytest.approx(0.75)
        assert compare_runs(run((0.0,)), run((0.0,)))["relative"].item() == 0


ENTRY = {
    "cells": 1234, "trained": 1200, "data": {"Movie": "s", "Emotion6": "t"}, "training_seconds": 90, "seconds": 60,
    "machine": "abacus", "kernel": "openblas Zen", "cores": 2, "device": "cpu",
    "libraries": {"numpy": "2.0"}, "version": "0.1.0",
    "commit": "c" * 40, "date": "2025-01-02T",
}  # fmt: skip
MADE = how_made({"further": ENTRY, "comparison": ENTRY | {"cells": 7, "training_seconds": 600, "trained": 3}})
REFERENCE = run().assign(fit_seconds=60.0, key=["a", "b", "b"])


def facts(own=None, made=MADE, changed=()):
    own = run(key=["x", "y", "y"]) if own is None else own
    return reference_facts(made, REFERENCE, own, compare_runs(own, run()), changed)


class TestFacts:
    def test_numbers_are_counted_once(self):
        numbers = facts().numbers
        assert (numbers["cells"], numbers["training_minutes"], numbers["clock_minutes"]) == (2, 2.0, 2.0)
        assert (numbers["experiments"], numbers["trained"], numbers["own_cells"]) == (2, 1203, 2)
        assert (numbers["shared_cells"], numbers["values"], numbers["outside"], numbers["largest"]) == (3, 3, 0, 0.0)

    def test_nothing_is_said_to_agree_where_there_is_nothing(self):
        for own in (run().iloc[:0], pd.DataFrame(columns=["key"]), run(dataset="x")):
            told = facts(own)
            assert told.checks["there is nothing to compare"]
            assert not told.checks["every value is within the tolerance"]
            assert (told.numbers["largest"], told.numbers["same_code"], told.numbers["outside"]) == (None, None, 0)

    def test_one_value_outside_turns_the_check(self):
        assert facts(run((0.1, 0.2, 0.4009))).checks["every value is within the tolerance"]
        told = facts(run((0.1, 0.2, 0.4011)))
        assert not told.checks["every value is within the tolerance"]
        assert (told.numbers["outside"], told.numbers["values"]) == (1, 3)

    def test_one_piece_needs_all_cells_and_one_commit(self):
        whole = MADE.assign(trained=MADE["cells"])
        assert facts(made=whole).checks["it was made in one piece"]
        assert not facts().checks["it was made in one piece"]
        assert not facts(made=whole.assign(trained=[1, 2])).checks["it was made in one piece"]
        for column in ("commit", "machine", "kernel", "device", "version"):
            assert not facts(made=whole.assign(**{column: ["c", "d"]})).checks["it was made in one piece"], column

    def test_changed_methods_are_counted(self):
        assert facts().checks["no method has changed since"]
        told = facts(changed=["RDA", "DILDL"])
        assert not told.checks["no method has changed since"]
        assert told.numbers["changed"] == 2


class TestShown:
    def test_without_a_run_nothing_is_shown(self):
        own = run().iloc[:0]
        compared = compare_runs(own, run())
        assert agreement_table(compared, own, "a") is None
        assert figures.plot_agreement(compared, own, "b") is None

    def test_the_manifest_is_shown_largest_first(self):
        rows = [row for row in Cells(made_table(MADE, "made").html).rows if row[0]]
        assert rows == [
            ["Tables 1, 2 and 5", "2", "7", "10.0", "1.0"], ["further data sets", "2", "1,234", "1.5", "1.0"]
        ]  # fmt: skip

    def test_cells_follow_from_the_data_below(self):
        own = pd.concat([run((0.1, 0.2, 0.9)), run((0.1, 0.2, 0.4), method="DILDL")])
        compared = compare_runs(own, pd.concat([run(), run(method="DILDL")]))
        shown = agreement_table(compared, own, "own")
        (row,) = [row for row in Cells(shown.html).rows if row[0]]
        assert row == ["Clark distance", "6", "1", "0.500000", "55.56%"]
        data = pd.read_csv(BytesIO(shown.files["csv"]))
        assert (data["values"].sum(), data["outside"].sum(), data["largest"].max()) == (6, 1, pytest.approx(0.5))
        assert data.set_index(["dataset", "method", "metric"])["outside"].sum() == 1
        assert len(data) == 2  # one a method
        assert "profile any" not in shown.page()

    def test_a_line_runs_from_the_median_to_the_largest_difference(self, monkeypatch):
        kept = {}
        monkeypatch.setattr(figures, "show_figure", lambda figure, *_: kept.update(figure=figure))
        own = run((0.1, 0.21, 0.9))
        figures.plot_agreement(compare_runs(own, run()), own, "f")
        (axis,) = kept["figure"].axes
        line, median, largest, tolerance = axis.lines
        assert list(line.get_xdata()) == pytest.approx([0.01, 0.5])
        assert (median.get_xdata()[0], median.get_markerfacecolor()) == (pytest.approx(0.01), figures.PAPER)
        assert largest.get_xdata()[0] == pytest.approx(0.5)
        assert tolerance.get_xdata()[0] == TOLERANCE
        figures.plot_made(MADE, "g")
        (axis,) = kept["figure"].axes
        assert [bar.get_width() for bar in axis.patches] == [10.0, 1.5]
        assert [text.get_text() for text in axis.texts] == ["7 cells", "1,234 cells"]
        plt.close("all")
