"""The intervals of p-values hold the tests of the very samples behind rounded means and standard deviations."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from companion.base.marks import (
    collect_marks,
    describe_tests,
    find_mark_tests,
    judge_marks,
    paired_correlations,
    summarise_marks,
)
from companion.base.published import load_published

N = 10
TESTS = {
    "pooled": lambda x, y: stats.ttest_ind(x, y).pvalue,
    "Welch": lambda x, y: stats.ttest_ind(x, y, equal_var=False).pvalue,
    "paired": lambda x, y: stats.ttest_rel(x, y).pvalue,
}


def cell(method, mean, std, marker="none", digits=3, metric="chebyshev"):
    """A cell as the loader gives it; a std of None is not printed."""
    return {
        "source": "dildl", "table": "1", "dataset": "Movie", "method": method, "metric": metric, "marker": marker,
        "mean": round(mean, digits), "mean_half_unit": 0.5 * 10.0**-digits,
        "std": np.nan if std is None else round(std, digits),
        "std_half_unit": np.nan if std is None else 0.5 * 10.0**-digits,
    }  # fmt: skip


@st.composite
def samples(draw):
    """Fold values of two methods, whatever their correlation, and how many digits are printed of them."""
    random = np.random.default_rng(draw(st.integers(0, 10**6)))
    base = random.normal(size=N)
    own, other = (draw(st.floats(0.05, 1)) * (base * draw(st.floats(-1, 1)) + random.normal(size=N)) for _ in range(2))
    return 10 + own, 10 + draw(st.floats(0, 2)) + other, draw(st.integers(1, 4))


def mark_of(p, own, other):
    return "none" if p >= 0.05 else "better" if own.mean() < other.mean() else "worse"


def judge_pair(own, other, marker, deviation, digits, std_known):
    """Judge one mark, from the printed means and standard deviations of two samples."""
    ddof = {"population": 0, "sample": 1}[deviation]
    cells = [
        cell("DILDL", own.mean(), own.std(ddof=ddof) if std_known else None, digits=digits),
        cell("RDA", other.mean(), other.std(ddof=ddof), marker, digits),
    ]
    return judge_marks(collect_marks(pd.DataFrame(cells))).set_index(["test", "deviation"])


@given(samples(), st.sampled_from(sorted(TESTS)), st.sampled_from(["population", "sample"]), st.booleans())
def test_the_test_of_the_samples_is_within_and_its_mark_possible(sample, test, deviation, std_known):
    own, other, digits = sample
    p = TESTS[test](own, other)
    marker = mark_of(p, own, other)
    judged = judge_pair(own, other, marker, deviation, digits, std_known).loc[(test, deviation)]
    assert judged["possible"]
    assert judged["p_low"] <= p * (1 + 1e-9)
    assert judged["p_high"] >= p * (1 - 1e-9)
    opposite = "better" if marker == "none" else "none"
    assert not judge_pair(own, other, opposite, deviation, digits, std_known).loc[(test, deviation), "certain"]


@given(samples(), st.sampled_from(["population", "sample"]), st.booleans())
def test_correlation_of_the_samples_is_within_the_bounds_of_their_paired_test(sample, deviation, std_known):
    own, other, digits = sample
    ddof = {"population": 0, "sample": 1}[deviation]
    mark = mark_of(stats.ttest_rel(own, other).pvalue, own, other)
    cells = pd.DataFrame(
        [
            cell("DILDL", own.mean(), own.std(ddof=ddof) if std_known else None, digits=digits),
            cell("RDA", other.mean(), other.std(ddof=ddof), mark, digits),
        ]
    )
    bounds = paired_correlations(collect_marks(cells), deviation).iloc[0]
    assert bounds["correlation_low"] - 1e-9 <= np.corrcoef(own, other)[0, 1] <= bounds["correlation_high"] + 1e-9


def test_a_known_value():
    """t = 0.0165 / sqrt((0.0157² + 0.0182²) / 10) = 2.171 with 18 degrees of freedom: p = 0.0436; with 9: p = 0.054."""
    judged = judge_marks(collect_marks(load_published().query("table == '1'")))
    judged = judged[(judged["dataset"] == "SCUT-FBP") & (judged["method"] == "RDA") & (judged["test"] == "pooled")]
    low, high = (judged.set_index("deviation").loc["sample", name] for name in ("p_low", "p_high"))
    assert low < 0.0436 < high < 0.05
    assert 0.05 < judged.set_index("deviation").loc["population", "p_low"] < 0.054
    assert judged.set_index("deviation")["possible"].to_dict() == {"population": True, "sample": False}


def test_welch_takes_the_most_degrees_of_freedom_where_roundings_overlap():
    """Both spreads may be 0.015: t = 0.11 / sqrt(2 (0.015 / 3)²), and 18 degrees as for equal ones."""
    cells = pd.DataFrame([cell("DILDL", 0.4, 0.02, digits=2), cell("RDA", 0.5, 0.02, "better", digits=2)])
    judged = judge_marks(collect_marks(cells)).set_index(["test", "deviation"])
    least = 2 * stats.t.sf(0.11 / np.hypot(0.015 / 3, 0.015 / 3), 18)
    assert judged.loc[("Welch", "population"), "p_low"] == pytest.approx(least)


@pytest.mark.parametrize(("metric", "own", "marker"), [
    ("chebyshev", 0.4, "better"), ("chebyshev", 0.2, "worse"), ("cosine", 0.2, "better"), ("cosine", 0.4, "worse"),
])  # fmt: skip
def test_no_test_gives_a_mark_against_the_direction(metric, own, marker):
    cells = pd.DataFrame([cell("DILDL", own, 0.01, metric=metric), cell("RDA", 0.3, 0.01, marker, metric=metric)])
    marks = collect_marks(cells)
    assert not judge_marks(marks)["possible"].any()
    bounds = paired_correlations(marks).iloc[0]
    assert bounds["correlation_low"] > bounds["correlation_high"]
    right = judge_marks(collect_marks(cells.assign(marker={"better": "worse", "worse": "better"}[marker])))
    assert right["certain"].all()


def test_standard_deviations_come_from_another_source_where_a_paper_prints_none():
    cells = pd.DataFrame([cell("DILDL", 0.2, None), cell("RDA", 0.3, None, "better")])
    marks = collect_marks(cells, stds=pd.DataFrame([cell("RDA", 0.3, 0.01)])).iloc[0]
    assert (marks["std_low"], marks["std_high"]) == (pytest.approx(0.0095), pytest.approx(0.0105))
    assert (marks["own_std_low"], marks["own_std_high"]) == (0.0, np.inf)


def test_the_best_candidates_give_most_marks_for_certain_and_rule_out_fewest():
    tests = pd.DataFrame(
        [
            ("a", "x", "none", True, True), ("a", "x", "none", False, False),
            ("b", "x", "none", True, True), ("b", "x", "none", False, True),
            ("c", "x", "none", False, True), ("c", "x", "none", False, True),
        ],
        columns=["test", "deviation", "marker", "certain", "possible"],
    )  # fmt: skip
    summary = summarise_marks(tests)
    assert summary[["marks", "certain", "possible", "impossible"]].to_numpy().tolist() == [
        [2, 1, 1, 1], [2, 1, 2, 0], [2, 0, 2, 0],
    ]  # fmt: skip
    found = find_mark_tests(summary)
    assert list(found["test"]) == ["b"]
    assert describe_tests(found) == "the two-tailed b t-test with x standard deviations (1 of 2 marks)"


def test_the_marks_of_tables_1_and_2_are_those_of_a_two_sample_test_with_population_standard_deviations():
    marks = collect_marks(load_published().query("table != '5'"))
    found = find_mark_tests(summarise_marks(judge_marks(marks)))
    assert set(zip(found["test"], found["deviation"], strict=True)) == {
        ("pooled", "population"),
        ("Welch", "population"),
    }
    assert set(found["certain"]) == {120}


@pytest.mark.parametrize("cells", [[cell("RDA", 0.3, 0.01, "better")], [cell("DILDL", 0.3, 0.01)]])
def test_marks_need_the_own_method_and_a_mark(cells):
    with pytest.raises(ValueError, match=r"There are \d cells of DILDL and \d marks; both are needed"):
        collect_marks(pd.DataFrame(cells))
