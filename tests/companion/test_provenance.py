"""A note of provenance says what is known, and never fails for what is not."""

import hashlib

import pandas as pd
import pytest

from companion.show.provenance import NOTEBOOK_VARIABLE, UNKNOWN, provenance_note


def results(keys=("c", "a", "b", "d"), **attrs):
    columns = {
        "dataset": "Movie",
        "dataset_sha": "5" * 64,
        "fold": range(len(keys)),
        "seed": 0,
        "n_valid": 20.0,
        "fit_seconds": 2.0,
        "version": "0.1.0",
        "device": "cpu",
        "date": [f"2025-03-0{day + 1}T10:00:00+00:00" for day in range(len(keys))],
        "key": list(keys),
    }
    frame = pd.concat([pd.DataFrame(columns).assign(metric=metric) for metric in ("clark", "cosine")])
    frame.attrs |= attrs
    return frame


FULL = {"experiment": "ablation", "profile": "paper", "commit": "0123abc", "command": "ildl run --a <b> & c"}


def test_all_that_is_known_is_said():
    note = provenance_note(results(**FULL))
    assert note.summary == "experiment ablation, profile paper: 4 cells, trained 2025-03-01 to 2025-03-04"
    (part,) = note.parts
    assert part["parameters"] == "folds 0, 1, 2, 3; seeds 0; validation rows 20"
    assert part["data (SHA-256)"] == "Movie 555555555555"
    assert part["code"] == "ildl 0.1.0, commit 0123abc"
    assert part["device"] == "cpu"
    assert part["time of training"] == "8 s of one core"  # each cell once, though it has two rows
    assert part["to make it again"] == FULL["command"]


def test_keys_are_counted_and_digested_whatever_their_order():
    note = provenance_note(results(("c", "a", "b", "d")))
    assert note.parts[0]["results"] == provenance_note(results(("d", "c", "b", "a"))).parts[0]["results"]
    assert note.parts[0]["results"].startswith("4 keys")
    assert hashlib.sha256(b"a\nb\nc\nd").hexdigest()[:16] in note.parts[0]["results"]
    assert note.parts[0]["results"].endswith(": a, b, c, ...")
    assert provenance_note(results(("a", "b", "c", "x"))).parts[0]["results"] != note.parts[0]["results"]


def test_markup_in_a_value_stays_text():
    note = provenance_note(results(**FULL))
    html = note._repr_html_()
    assert html.startswith("<details")
    assert html.index("<summary>") < html.index("ildl run --a &lt;b&gt; &amp; c") < html.index("</details>")
    assert FULL["command"] in str(note) == repr(note)


def test_several_frames_are_told_apart():
    note = provenance_note(results(**FULL), results(("e", "f"), experiment="comparison", profile="quick"))
    assert note.summary.startswith("experiment ablation, comparison, profile paper, quick: 6 cells")
    assert [part["experiment"] for part in note.parts] == ["ablation", "comparison"]


@pytest.mark.parametrize("frame", [pd.DataFrame(), pd.DataFrame({"key": ["a"], "date": [None]}), results()])
def test_what_is_not_known_is_unknown(frame):
    note = provenance_note(frame)
    assert note.parts[0]["experiment"] == UNKNOWN
    assert UNKNOWN in note._repr_html_()


def test_the_notebook_is_named_by_whoever_executes_it(monkeypatch):
    monkeypatch.setenv(NOTEBOOK_VARIABLE, "notebooks/05_ablation.ipynb")
    assert provenance_note(results()).parts[0]["notebook"] == "notebooks/05_ablation.ipynb"


def test_many_values_are_a_range():
    parameters = provenance_note(results([f"{i:02}" for i in range(9)])).parts[0]["parameters"]
    assert parameters.startswith("folds 0 to 8 (9 values)")
