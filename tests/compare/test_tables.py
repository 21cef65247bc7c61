"""Printed tables: whole at a hundred columns, the same numbers in every format, hostile names."""

import io

import numpy as np
import pandas as pd
import pytest

from ildl.checks import InputError
from ildl.compare.latex import latex_table
from ildl.compare.tables import FORMATS, PAPER, WIDTH, mean_and_spread, means, printed, tables_of
from tests.compare.frames import GUESSES, run_frame

SIX = {"DILDL": 1.0, "RDA": 1.5, "Adam-LDL-SCL": 1.2, "SA-BFGS": 1.1, **GUESSES}


def test_six_methods_stand_side_by_side():
    lines = printed(run_frame(SIX)).splitlines()
    assert max(map(len, lines)) <= WIDTH
    assert sum("DILDL" in line for line in lines) == 1
    assert [line.split()[0] for line in lines if "±0." in line] == list(PAPER)


@pytest.mark.parametrize("every", [False, True])
def test_more_are_wrapped_into_blocks_in_which_every_value_is_there(every):
    names = {f"Method-{i} with a name that is very long indeed": 1.0 + i / 10 for i in range(9)} | SIX
    frame = run_frame({name.replace(" ", "-"): level for name, level in names.items()})
    text = printed(frame, every=every)
    assert max(map(len, text.splitlines())) <= WIDTH
    ((_, table),) = tables_of(frame, every)
    for cell in table.to_numpy().ravel():
        assert cell in text


def test_every_metric_is_an_option():
    frame = run_frame(SIX)
    assert "entropy" not in printed(frame)
    assert "entropy" in printed(frame, every=True)
    ((_, table),) = tables_of(frame, every=True)
    assert table.loc["from_start", "Uniform"] == "-"


def test_means_and_spreads_are_those_of_folds_averaged_over_seeds():
    frame = run_frame({"DILDL": 1.0}, seeds=(0, 1, 2))
    found = means(frame).set_index("metric").loc["clark"]
    values = frame[frame["metric"] == "clark"].pivot(index="seed", columns="fold", values="value").to_numpy()
    assert found["mean"] == pytest.approx(values.mean())
    assert found["std"] == pytest.approx(values.mean(axis=0).std())
    assert (found["n_folds"], found["n_seeds"]) == (5, 3)


def test_one_fold_has_no_spread():
    frame = run_frame({"DILDL": 1.0, **GUESSES}, folds=1)
    assert means(frame)["std"].isna().all()
    assert "0.0000" not in printed(frame)
    assert "mine: values of 1 fold, 1 seed" in printed(frame)


def test_the_title_counts_the_seeds_of_a_row_and_not_those_of_all():
    first, other = run_frame({"A": 1.0}, seeds=(0, 1)), run_frame({"B": 1.0}, seeds=(3, 4))
    assert "over 5 folds, 2 seeds" in printed(pd.concat([first, other]))
    assert "over 5 folds, up to 2 seeds" in printed(pd.concat([first, other, run_frame(GUESSES)]))


def test_csv_has_the_numbers_in_full():
    frame = run_frame(SIX)
    back = pd.read_csv(io.StringIO(printed(frame, "csv")))
    assert set(back["metric"]) == set(PAPER)
    whole = means(frame)
    assert back["mean"].to_numpy() == pytest.approx(
        whole.loc[whole["metric"].isin(PAPER), "mean"].to_numpy(), rel=1e-15
    )


def test_markdown_has_as_many_cells_in_each_line():
    frame = run_frame({"A|B_*<i>\nC": 1.0, "RDA": 2.0}, dataset="<i>")
    text = printed(frame, "markdown")
    lines = [line for line in text.splitlines() if line.startswith("|")]
    assert {line.replace(r"\|", "").count("|") for line in lines} == {4}
    assert "<i>" not in text.replace(r"\<", "")


def test_latex_escapes_names():
    text = printed(run_frame({r"50%_&$x$\input{f}": 1.0, "RDA": 2.0}, dataset="a_b"), "latex")
    assert r"50\%\_\&\$x\$\textbackslash{}input\{f\}" in text
    assert r"a\_b" in text
    assert r"\input" not in text


def test_brackets_at_the_start_of_a_row_are_not_the_height_of_the_row_before():
    rows = latex_table(pd.DataFrame({"value": ["[1]", "2"]}, ["[a] one", "[b] two"]), "Rows").splitlines()
    assert r"{[}a{]} one & {[}1{]} \\" in rows
    assert r"{[}b{]} two & 2 \\" in rows


def test_an_unknown_format_names_the_known():
    with pytest.raises(InputError, match="'latex'"):
        printed(run_frame(SIX), "latx")
    assert all(printed(run_frame(SIX), form) for form in FORMATS)


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0, "0.0000"), (9.99994, "9.9999"), (10.0, "10.000"), (123.456, "123.46"), (1e7, "10000000"), (np.nan, "-")],
)
def test_digits_follow_the_size(value, text):
    assert mean_and_spread(value, 0.1)[0] == text
