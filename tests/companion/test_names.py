"""A name that nobody knows is refused, with what is known, by whatever report it is asked of."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from companion.audit.printed import metric_name
from companion.base.comparison import METRIC_TITLES
from companion.sensitivity.frames import sensitivity_facts
from ildl.checks import check_option
from ildl.compare import bayes
from ildl.compare.effects import effect_sizes
from ildl.compare.frames import rows_of

ROW = pd.DataFrame(
    {
        "dataset": "Movie", "feature_set": "benchmark", "method": "RDA", "label": "RDA", "against": "DILDL",
        "metric": "clark", "params": "{}", "reading": "default", "parameter": "alpha", "setting": 0.6, "fold": [0, 1],
        "seed": 0, "value": 1.0,
        "contrast": "both together", "same_cells": False, "added": "alignment", "epoch_kept": "best", "rope": 0.01,
        "difference": 0.1, "better_than_uniform": True, "claim": "alpha", "finding": "holds", "kind": "method",
        "verdict": "reproduced",
    }
)  # fmt: skip
RANKED = pd.DataFrame({"RDA": [1, 2], "DILDL": [2, 1], "Uniform": [3, 3]})
CALLS = {
    "bayes, label": lambda: bayes.bayes_table(ROW, "clark", ["RAD"], "RDA"),
    "bayes, against": lambda: bayes.signed_rank_table(ROW, "clark", ["RDA"], "DILD"),
    "effects, label": lambda: effect_sizes(ROW, "clark", ["RAD"], ["RDA"]),
    "effects, metric": lambda: effect_sizes(ROW, "clerk", ["RDA"], ["RDA"]),
    "sensitivity, metric": lambda: sensitivity_facts(ROW, "clerk"),
    "titles": lambda: METRIC_TITLES["clerk"],
    "titles, audit": lambda: metric_name("clerk"),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_unknown_names_are_refused(call):
    with pytest.raises(ValueError, match=r"Unknown \w.* '?[\w.]+'?\..*Known: "):
        call()


@given(st.lists(st.text(min_size=1), min_size=1), st.text())
def test_a_name_is_returned_or_refused(known, name):
    if name in known:
        assert check_option(name, known, "name") == name
    else:
        with pytest.raises(ValueError, match="Unknown name"):
            check_option(name, known, "name")


def test_the_nearest_match_is_offered():
    with pytest.raises(ValueError, match="Unknown metric 'clerk'. Did you mean 'clark'. Known: 'clark'"):
        rows_of(ROW, "metric", "clerk")
    assert len(rows_of(ROW, "metric", "clark")) == 2
