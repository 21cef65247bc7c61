"""Who takes part in a comparison."""

import numpy as np
import pandas as pd
import pytest

from companion.beyond.entrants import dildl_readings, entrants, label_of

METHODS = ["RDA", "DILDL", "Uniform", "LDLSF"]


def tidy(values, metric="kl_divergence", methods=METHODS, **columns):
    """Values of shape (data sets, folds, methods) as tidy rows of one seed."""
    return pd.DataFrame(
        [
            {"dataset": f"set {d}", "feature_set": "public", "method": methods[m], "params": "{}", "fold": f, "seed": 0,
             "metric": metric, "value": float(value), **columns}
            for (d, f, m), value in np.ndenumerate(np.asarray(values))
        ]
    )  # fmt: skip


def test_entrants_are_defaults_with_the_best_epoch_and_the_named_readings():
    of = {"reading": "default", "epoch_kept": "best"}
    frames = [
        tidy(np.ones((1, 2, 4)), **of),
        tidy(np.ones((1, 2, 4)), **of | {"epoch_kept": "last"}),
        tidy(np.ones((1, 2, 1)), methods=["DILDL"], **of | {"reading": "as printed"}),
        tidy(np.ones((1, 2, 1)), methods=["RDA"], **of | {"reading": "other"}),
    ]
    results = pd.concat(frames)
    chosen = entrants(results, {"DILDL": ["as printed"]})
    assert set(chosen["label"]) == {"RDA", "DILDL [default]", "DILDL [printed targets]", "Uniform", "LDLSF"}
    assert len(chosen) == 10
    assert set(entrants(results)["label"]) == set(METHODS)
    with pytest.raises(ValueError, match="no reading 'added' of DILDL"):
        entrants(results, {"DILDL": ["added"]})
    with pytest.raises(ValueError, match="run something"):
        entrants(results[results["reading"] == "other"])


def test_readings_of_dildl_are_the_printed_and_the_closest_one():
    rows = [("DILDL", "{}", "default"), ("DILDL", "p", "as printed"), ("DILDL", "r", "rebalanced"), ("RDA", "r", "x")]
    results = pd.DataFrame(rows, columns=["method", "params", "reading"])
    assert dildl_readings(results, "r") == ["as printed", "rebalanced"]
    assert dildl_readings(results, "p") == dildl_readings(results, "{}") == dildl_readings(results, None)
    assert dildl_readings(results, None) == ["as printed"]


def test_label_of_a_reading():
    frames = [tidy(np.ones((1, 2, 4)), reading="default"), tidy(np.ones((1, 2, 1)), methods=["DILDL"], reading="added")]
    frames[1]["params"] = "{1}"
    scores = entrants(pd.concat(frames), {"DILDL": ["added"]})
    assert label_of(scores, "{1}") == "DILDL [added]"
    assert label_of(scores, None) == "DILDL [default]"
    assert label_of(scores, "{}", "RDA") == "RDA"
    with pytest.raises(ValueError, match="does not take part"):
        label_of(scores, "{2}")
