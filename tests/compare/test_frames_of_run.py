"""Frames of `run` are taken as they come: what lacks a metric, other spellings, other folds."""

import pandas as pd
import pytest

from ildl.checks import InputError
from ildl.compare.frames import labelled, meaning
from ildl.compare.scores import score_matrix
from ildl.compare.significance import compare
from ildl.compare.statistics import summarise
from ildl.compare.study import gather
from tests.compare.frames import GUESSES, run_frame


@pytest.fixture
def frame():
    return run_frame({"DILDL": 1.0, "RDA": 1.5, **GUESSES})


class TestMetricsThatSomeLack:
    def test_they_are_summarised_where_they_are(self, frame):
        found = summarise(frame).set_index(["method", "metric"])
        assert ("Uniform", "from_start") not in found.index
        assert found.loc[("DILDL", "from_start"), "better_than_uniform"] is pd.NA
        assert found.loc[("DILDL", "clark"), "better_than_uniform"]

    def test_they_are_compared_with_who_has_them(self, frame):
        against = compare(frame)
        assert set(against.loc[against["metric"] == "from_start", "method"]) == {"RDA"}
        assert "from_start" not in set(compare(frame, "Uniform")["metric"])

    def test_they_are_ranked_among_who_has_them(self, frame):
        assert list(score_matrix(frame, "from_start").columns) == ["DILDL", "RDA"]
        assert list(score_matrix(frame, "clark").columns) == ["DILDL", "RDA", "Uniform", "Train-mean"]

    def test_a_guess_that_was_not_run_at_all_is_still_asked_for(self, frame):
        with pytest.raises(InputError, match="Uniform was not run on mine"):
            summarise(frame[frame["method"] != "Uniform"])


class TestParameters:
    @pytest.mark.parametrize(
        ("one", "other", "same"),
        [
            ('{"a":1}', '{"a": 1.0}', True),
            ('{"a":0.5,"b":2}', '{ "b": 2.0, "a": 5e-1 }', True),
            ("{}", None, True),
            ("{}", float("nan"), True),
            ('{"a":1}', '{"a":true}', False),
            ('{"a":"1"}', '{"a":1}', False),
            ('{"a":[1,2]}', '{"a":[1.0,2.0]}', True),
            ('{"a":[1,2]}', '{"a":[2,1]}', False),
        ],
    )
    def test_they_are_told_apart_by_what_they_mean(self, one, other, same):
        assert (meaning(one) == meaning(other)) == same

    def test_two_spellings_are_one_row(self, frame):
        late = frame["fold"] > 2
        rda = frame["method"] == "RDA"
        spelled = frame.assign(params=frame["params"].mask(rda & late, '{"alpha": 1.0, "epochs": 20}'))
        spelled["params"] = spelled["params"].mask(rda & ~late, '{"epochs":20,"alpha":1}')
        whole = summarise(spelled)
        assert whole.loc[whole["method"] == "RDA", "n_folds"].unique().tolist() == [5]
        against = compare(spelled, "RDA", '{"epochs": 2e1, "alpha": 1}')
        assert set(against["method"]) == {"DILDL", *GUESSES}
        assert set(labelled(spelled)["label"]) == {"DILDL", "RDA (epochs=20, alpha=1)", *GUESSES}


class TestOtherFolds:
    @pytest.mark.parametrize("column", ["n_splits", "split_seed", "splits", "valid_from"])
    def test_they_are_refused_by_name(self, frame, column):
        of_rda = frame["method"] == "RDA"
        values = {"n_splits": (5, 10), "split_seed": (0, 1), "splits": ("abc", "def"), "valid_from": ("a", "b")}[column]
        frame[column] = of_rda.map({False: values[0], True: values[1]})
        for use in (summarise, compare):
            with pytest.raises(InputError, match=f"other folds.*{column} is {values[0]}: DILDL.*{values[1]}: RDA"):
                use(frame)

    def test_the_choice_that_is_proposed_can_be_made(self, frame):
        frame["n_valid"] = (frame["method"] == "RDA").map({True: 0.1, False: 20.0})
        with pytest.raises(InputError, match=r"ildl compare --only n_valid=20$") as refused:
            compare(frame)
        column, _, value = str(refused.value).rpartition(" ")[2].partition("=")
        assert set(gather([frame], {column: value})[0]["n_valid"]) == {20.0}

    def test_a_hash_that_is_not_known_hinders_nothing(self, frame):
        summarise(frame.assign(splits=(frame["method"] == "RDA").map({True: "abc", False: ""})))

    def test_other_data_sets_may_have_others(self, frame):
        both = pd.concat([frame, run_frame({"DILDL": 1.0, "RDA": 1.5, **GUESSES}, dataset="other", folds=3)])
        assert set(summarise(both)["n_folds"]) == {5, 3}


def test_splits_of_ones_own_are_corrected_by_their_own_rows(frame):
    own = compare(frame.assign(split_folds="own", n_test=30))
    assert own["test_share"].unique().tolist() == [0.75]
    assert compare(frame)["test_share"].unique().tolist() == [0.25]
