"""What is said of a study whose truth is known."""

import numpy as np
import pandas as pd
import pytest

from ildl.checks import InputError
from ildl.compare.study import findings, gather, study_of
from tests.compare.frames import GUESSES, METRICS, run_frame


def said(levels, dataset="mine", **how):
    return findings(study_of(gather([run_frame(levels, **how)])[0]), dataset)


class TestFindings:
    def test_a_clear_winner(self):
        text = said({"DILDL": 1.0, "RDA": 1.5, **GUESSES})
        assert "DILDL is best by all six metrics" in text
        assert "beats equal degrees and the mean of the training rows by all six" in text
        assert "tells the best from the next, RDA, by all six" in text

    def test_a_draw(self):
        text = said({"DILDL": 1.0, "RDA": 1.0, **GUESSES}, noise=0.2)
        assert "does not tell the best from the next" in text

    def test_a_guess_that_wins_makes_methods_useless(self):
        text = said({"DILDL": 4.0, "RDA": 5.0, **GUESSES})
        assert text.startswith("Train-mean is best by all six metrics")
        assert "no method does better than the mean of the training rows" in text
        assert "DILDL beats" not in text

    def test_two_winners_and_the_metrics_of_the_lesser(self):
        frame = run_frame({"DILDL": 1.0, "RDA": 1.5, **GUESSES})
        swapped = (frame["metric"] == "cosine") & frame["method"].isin(["DILDL", "RDA"])
        frame.loc[swapped, "method"] = frame.loc[swapped, "method"].map({"DILDL": "RDA", "RDA": "DILDL"})
        text = findings(study_of(gather([frame])[0]), "mine")
        assert text.startswith("DILDL is best by five of six metrics, RDA by one (cosine)")

    def test_better_than_one_guess_only(self):
        """B is worse than the mean of the training rows, and its row is marked for it, not that of A."""
        means = study_of(gather([run_frame({"A": 1.0, "B": 2.5, **GUESSES})])[0]).means
        clark = means[means["metric"] == "clark"].set_index("label")["beaten"]
        assert (clark["A"], clark["B"]) == (False, True)
        frame = run_frame({"A": 1.0, "Uniform": 3.0, "Train-mean": 2.0})
        frame.loc[(frame["method"] == "Train-mean") & (frame["metric"] == "clark"), "value"] = 0.5
        text = findings(study_of(gather([frame])[0]), "mine")
        assert "A is best by five of six metrics, Train-mean by one (Clark)" in text
        others = "Chebyshev, Canberra, Kullback–Leibler, cosine, intersection"
        assert f"A beats equal degrees by all six, the mean of the training rows by five ({others})" in text

    def test_a_better_mean_that_no_test_confirms_is_no_victory(self):
        frame = run_frame({"A": 1.99, "Uniform": 3.0, "Train-mean": 2.0}, noise=0.1)
        text = findings(study_of(gather([frame])[0]), "mine")
        (mean,) = frame.query("method == 'A' and metric == 'canberra'").groupby("method")["value"].mean()
        (other,) = frame.query("method == 'Train-mean' and metric == 'canberra'").groupby("method")["value"].mean()
        assert mean < other
        assert "beats equal degrees by all six" in text
        assert "has a better mean than the mean of the training rows by" in text
        assert "of which the corrected test confirms none" in text

    def test_one_fold(self):
        assert "no test can tell methods apart" in said({"DILDL": 1.0, "RDA": 1.5, **GUESSES}, folds=1)

    def test_one_method(self):
        assert said({"DILDL": 1.0}) == "Only DILDL was run: nothing to compare with."


class TestStudy:
    def test_signs_of_the_table(self):
        means = study_of(gather([run_frame({"A": 1.0, "B": 1.5, "C": 2.5, **GUESSES})])[0]).means
        clark = means[means["metric"] == "clark"].set_index("label")
        assert set(clark["best"]) == {"A"}
        assert clark.loc[["B", "C"], "apart"].all()
        assert clark.loc[["A", "B", "C"], "beaten"].tolist() == [False, False, True]
        assert clark.loc[["Uniform", "Train-mean"], "beaten"].isna().all()
        assert means.loc[means["metric"] == "entropy", ["best", "beaten"]].isna().all(axis=None)  # it has no good side

    def test_missing_guesses_are_named_with_the_command_that_runs_them(self):
        (note,) = study_of(gather([run_frame({"A": 1.0, "B": 1.5, "Uniform": 3.0})])[0]).notes
        assert "ildl run with the -d (and --splits) of the others and -m Train-mean" in note
        of_catalogue = run_frame({"A": 1.0, "B": 1.5, "Uniform": 3.0}, "Movie", "benchmark")
        (note,) = study_of(gather([of_catalogue])[0]).notes
        assert "ildl run -d Movie -m Train-mean" in note

    def test_an_epoch_chosen_on_the_test_rows_is_said_to_be_a_bound(self):
        bound = run_frame({"A": 1.0, "B": 1.5, **GUESSES}, valid_from="test")
        (note,) = study_of(gather([bound])[0]).notes
        assert "a bound, and no result" in note
        assert study_of(gather([bound.assign(valid_from="sampled")])[0]).notes == ()

    def test_the_reference_is_dildl_or_the_first_or_who_is_named(self):
        frame = gather([run_frame({"A": 1.0, "B": 1.5, **GUESSES})])[0]
        assert study_of(frame).reference == "A"
        assert study_of(frame, "B").reference == "B"
        assert study_of(gather([run_frame({"A": 1.0, "DILDL": 1.5})])[0]).reference == "DILDL"
        with pytest.raises(InputError, match="Did you mean 'Uniform'"):
            study_of(frame, "Unifrm")

    def test_tests_are_those_of_compare_by_label(self):
        tests = study_of(gather([run_frame({"A": 1.0, 'A {"alpha":1}': 1.5, **GUESSES})])[0]).tests
        assert set(tests["label"]) == {"A (alpha=1)", *GUESSES}

    def test_missing_folds_are_refused(self):
        frame = run_frame({"A": 1.0, "B": 1.5})
        with pytest.raises(InputError, match="B on mine, fold 4, seed 0, canberra: missing"):
            study_of(frame[~((frame["method"] == "B") & (frame["fold"] == 4))])


class TestGather:
    def test_of_data_that_changed_the_newest_counts(self):
        old = run_frame({"A": 1.0, "B": 2.0}, dataset_sha="b" * 64, date="2026-01-01T00:00:00")
        new = run_frame({"A": 3.0, **GUESSES})
        results, notes = gather([new, old])
        assert set(results["dataset_sha"]) == {"a" * 64}
        assert len(notes) == 1
        assert notes[0].startswith("Results on other data called mine")
        assert "are left out (A, B)" in notes[0]

    def test_of_a_cell_that_was_trained_twice_the_newest_counts(self):
        first = run_frame({'A {"alpha":1.0}': 1.0, **GUESSES})
        again = run_frame({'A {"alpha":1}': 2.0}, date="2026-02-02T00:00:00")
        results, notes = gather([again, first])
        assert len(results) == len(first)
        assert results.loc[results["method"] == "A", "date"].unique().tolist() == ["2026-02-02T00:00:00"]
        assert notes == ["5 cells were trained more than once; the newest count."]

    def test_a_result_without_a_date_is_no_newer_than_one_with(self):
        dated, undated = run_frame({"A": 1.0, **GUESSES}), run_frame({"A": 2.0}, date=None, key="undated")
        results, _ = gather([dated, undated])
        assert results.loc[results["method"] == "A", "date"].notna().all()

    def test_guesses_come_last_and_all_else_keeps_its_order(self):
        results, _ = gather([run_frame({"Uniform": 3.0, "B": 1.0, "A": 2.0})])
        assert list(dict.fromkeys(results["label"])) == ["B", "A", "Uniform"]

    @pytest.mark.parametrize("values", ["5", "5,7", " 5"])
    def test_a_choice(self, values):
        both = [run_frame({"A": 1.0}), run_frame({"A": 1.0, "B": 2.0}, folds=3, key="other")]
        assert set(gather(both, {"n_splits": values})[0]["n_splits"]) == {5}

    def test_a_choice_of_nothing_names_what_there_is(self):
        with pytest.raises(InputError, match="n_splits 7; there are: 5"):
            gather([run_frame({"A": 1.0})], {"n_splits": "7"})
        with pytest.raises(InputError, match="'n_splits'"):
            gather([run_frame({"A": 1.0})], {"n_split": "5"})


def test_findings_hang_on_no_order_of_rows():
    frame = run_frame({"A": 1.0, "B": 1.001, **GUESSES}, noise=0.05)
    mixed = frame.sample(frac=1, random_state=1)
    assert sorted(METRICS) == sorted(set(frame["metric"]) - {"from_start"})
    one, other = (study_of(f).means.set_index(["label", "metric"])["mean"].sort_index() for f in (frame, mixed))
    np.testing.assert_allclose(one, other)
    pd.testing.assert_index_equal(one.index, other.index)
