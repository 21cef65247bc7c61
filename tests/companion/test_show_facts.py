"""Facts: what a sentence may rest on."""

import numpy as np
import pandas as pd
import pytest

from companion.show.facts import MIME, Facts, holding


def shown(numbers, checks):
    return Facts(numbers, checks)._repr_mimebundle_()


def test_numbers_and_checks_arrive_as_they_were_given():
    numbers = {"share": np.float64(0.25), "cells": np.int64(3), "best": "RDA", "lacking": None, "zero": 0}
    given = shown(numbers, {"it holds": np.True_, "it does not": False})[MIME]
    assert given == {
        "numbers": {"share": 0.25, "cells": 3, "best": "RDA", "lacking": None, "zero": 0},
        "checks": {"it holds": True, "it does not": False},
    }
    # A count stays one: `{n}` writes it without decimals.
    assert {name: type(value) for name, value in given["numbers"].items() if name in ("share", "cells")} == {
        "share": float, "cells": int,
    }  # fmt: skip
    assert {type(value) for value in given["checks"].values()} == {bool}


@pytest.mark.parametrize("value", [float("nan"), np.float64("inf"), [1.0], 1 + 2j])
def test_what_no_sentence_can_quote_is_refused_by_name(value):
    with pytest.raises(ValueError, match="'gap'"):
        Facts({"gap": value}, {})


@pytest.mark.parametrize("value", [None, 1, 0.0, "yes", np.array([True, False]), []])
def test_what_is_neither_true_nor_false_is_refused_by_name(value):
    with pytest.raises(ValueError, match="'it holds'"):
        Facts({}, {"it holds": value})


def test_the_page_lists_what_holds_and_what_does_not():
    html = shown({"a<b": 1}, {"x < y": True, "never": False})["text/html"]
    assert "<li>✓ x &lt; y</li>" in html
    assert "<li>✗ never <em>(not in this run)</em></li>" in html
    assert "<code>a&lt;b</code></th><td>1</td>" in html
    assert html.startswith("<details")


@pytest.mark.parametrize(
    ("parts", "holds"),
    [
        ([["rows", "method in @mine", "verdict == 'worse'", 2]], True),
        ([["rows", "method in @mine", "verdict == 'worse'", 3]], False),  # fewer rows than the sentence is about
        ([["rows", "method == 'C'", "verdict == 'worse'", 1]], False),  # none
        ([["rows", "", "verdict == 'worse'", 1]], False),  # one of them is better
        ([["rows", "", "verdict != 'equal'", 1], ["rows", "method == 'B'", "verdict == 'worse'", 1]], True),
        ([["rows", "method == 'B'", "verdict == 'worse'", 1], ["rows", "", "verdict == 'worse'", 1]], False),
    ],
)
def test_a_check_holds_where_there_are_rows_enough_and_all_of_them_bear_it_out(parts, holds):
    rows = pd.DataFrame({"method": ["A", "B", "RDA"], "verdict": ["worse", "worse", "better"]})
    assert holding({"said": parts}, {"rows": rows}, {"mine": ("A", "B")}) == {"said": holds}
