"""The audit's page: what it counts, says, shows and draws, held against computations of its own."""

import dataclasses
import re
from io import BytesIO

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from scipy import stats

from companion.audit import figures
from companion.audit.causes import find_causes
from companion.audit.facts import audit_facts, mark_facts, one_mark
from companion.audit.figures import plot_checks, plot_marks
from companion.audit.frames import KINDS, audit_published, run_audit
from companion.audit.inequalities import INEQUALITIES
from companion.audit.marks import audit_marks, published_marks
from companion.audit.printed import load_tables
from companion.audit.prose import audit_text
from companion.audit.repeats import audit_ablation_baselines, audit_ablations, audit_copies
from companion.audit.tables import causes_table, findings_table, inequality_table, plain
from companion.base.equations import check_equations, summarise_equations
from companion.base.marks import judge_marks
from companion.base.published import half_unit
from ildl.data import RECORDS
from tests.companion.drawn import Cells


@pytest.fixture(scope="module")
def tables():
    return load_tables()


@pytest.fixture(scope="module")
def checks(tables):
    equations = summarise_equations(check_equations(n_labels=3, seed=0))
    return run_audit({name: record.c for name, record in RECORDS.items()}, equations, tables)


@pytest.fixture(scope="module")
def facts(checks, tables):
    return audit_facts(checks, tables)


def failing(checks, **where):
    kept = checks[checks["failure"] > 0]
    return int((kept[list(where)] == pd.Series(where, dtype=object)).all(axis=1).sum())


class TestFacts:
    def test_everything_is_borne_out_by_the_published_tables(self, facts):
        assert all(facts.checks.values())

    def test_counts_are_those_of_the_frame(self, checks, facts):
        numbers = facts.numbers
        assert (numbers["checks"], numbers["failing"]) == (len(checks), failing(checks))
        assert numbers["failing_own"] == failing(checks, source="dildl")
        assert numbers["left_out_failing"] == failing(checks, kind="left-out metrics")
        # two tables of 6 data sets by 10 rivals, means and deviations, and three metrics of Table 5 without
        assert numbers["copies"] == 2 * 2 * 60 + 180
        assert numbers["copies"] - numbers["copies_agree"] == failing(checks, kind="copies", source="dildl")
        assert (numbers["best"], numbers["marks"], numbers["marks_5"]) == (120, 120, 180)

    def test_quoted_numbers_are_printed(self, facts):
        numbers = facts.numbers
        assert numbers["movie_least"] == pytest.approx(np.sqrt(0.133**2 + 0.227**2))
        assert (numbers["movie_all"], numbers["first_row"], numbers["rda"]) == (0.251, 0.254, 0.2491)
        assert (numbers["quoted_std"], numbers["printed_std"]) == (0.1165, 0.0925)
        assert numbers["correlation_most"] < 0.5 < numbers["correlation_least"]

    @pytest.mark.parametrize(("check", "where", "change"), [
        ("what else fails is in AMEMA's appendix", {"kind": "ranks"}, 1.0),
        ("DILDL's Euclidean means cannot all be right on Movie and RAF-ML", {"place": "DILDL: RAF-ML, DILDL"}, 0.0),
        ("DILDL's Euclidean means cannot all be right on Movie and RAF-ML", {"place": "DILDL: Movie, RDA"}, 1.0),
        ("only the bound of head and tail is broken", {"place": "DILDL: Movie, RDA", "should_be": "Clark ≤ √c, c = 5"},
         1.0),
        ("one other digit would mend each", {"place": "DILDL: Movie, RDA"}, 1.0),
        ("on Movie, the ablation's first row is worse than RDA in all six metrics",
         {"place": "Table 3, Movie, neither component: Clark distance"}, 0.0),
        ("four of the six adopted metrics are printed for no rival", {"printed": "Clark distance"}, 0.0),
        ("in the metrics left out, some rivals are better by AMEMA's appendix", {"kind": "left-out metrics"}, 0.0),
        ("nearly all numbers of rivals are those of RDA's appendix", {"kind": "copies"}, 1.0),
        ("DILDL's mean is the best in every cell of Tables 1 and 2",
         {"should_be": "at most 0.1962 (RDA, Table 1)"}, 1.0),
        ("RDA's ranks come out", {"kind": "ranks"}, 1.0),
        ("fewer than one check in twenty fails", {"kind": "spreads"}, 1.0),
    ])  # fmt: skip
    def test_a_fault_turns_its_check(self, checks, tables, check, where, change):
        changed = checks.copy()
        rows = np.logical_and.reduce([changed[name] == value for name, value in where.items()])
        if check.startswith("only the bound"):
            rows = changed["should_be"].str.startswith("Clark ≤ √c,") & (changed["source"] == "dildl")
            rows &= rows.cumsum() == 1
        assert rows.any()
        changed.loc[rows, "failure"] = change
        assert not audit_facts(changed, tables).checks[check]

    def test_a_gap_beyond_the_printed_spread_turns_its_check(self, checks, tables):
        name = "its divergence is worse by less than a printed spread"
        main = tables.main.copy()
        rda = (main["source"] == "dildl") & (main["dataset"] == "Movie") & (main["method"] == "RDA")
        main.loc[rda & (main["metric"] == "kl_divergence"), "std"] = 0.004
        assert audit_facts(checks, tables).checks[name]
        assert not audit_facts(checks, dataclasses.replace(tables, main=main)).checks[name]

    def test_a_lost_mark_turns_its_checks(self, checks, tables):
        changed = checks.copy()
        rows = (changed["kind"] == "rows") & changed["place"].str.contains("Movie, OFR-DB: all metrics with spreads")
        assert rows.sum() == 1
        changed.loc[rows, "failure"] = 2.0
        told = audit_facts(changed, tables).checks
        assert not told["RDA alone has no mark in Tables 1 and 2, on SCUT-FBP and Natural Scene"]
        several = changed["printed"].str.contains("data sets on which")
        changed.loc[several, "failure"] = 1.0
        assert not audit_facts(changed, tables).checks["on several data sets every rival is marked"]


class TestMarks:
    @pytest.mark.parametrize(("dataset", "difference", "deviation", "k"), [
        ("SCUT-FBP", 0.0165, "sample", 10), ("SCUT-FBP", 0.0165, "population", 9),
    ])  # fmt: skip
    def test_p_values_by_hand_lie_in_the_interval(self, tables, dataset, difference, deviation, k):
        row = one_mark(judge_marks(published_marks(tables)), "1", dataset, deviation)
        p = 2 * stats.t.sf(difference / np.sqrt((0.0182**2 + 0.0157**2) / k), 18)
        assert row["p_low"] < p < row["p_high"] < row["p_low"] + 0.005

    @pytest.mark.parametrize(("check", "where", "column", "value"), [
        ("one test gives every mark of Tables 1 and 2", ("1", "Movie", "RDA", "chebyshev"), "marker", "none"),
        ("RDA's missing mark on SCUT-FBP tells the two readings of spreads apart",
         ("1", "SCUT-FBP", "RDA", "chebyshev"), "marker", "better"),
        ("RDA's mark on Flickr LDL fits the table's spread and not the text's",
         ("2", "Flickr_LDL", "RDA", "kl_divergence"), "marker", "none"),
        ("three marks of Table 5 come from no such test", ("5", "Emotion6", "RDA", "euclidean_tail"), "marker", "none"),
    ])  # fmt: skip
    def test_another_mark_turns_its_check(self, tables, check, where, column, value):
        main = tables.main.copy()
        keys = ["table", "dataset", "method", "metric"]
        rows = (main["source"] == "dildl") & (main[keys] == pd.Series(where, keys)).all(axis=1)
        assert rows.sum() == 1
        main.loc[rows, column] = value
        assert mark_facts(tables)[1][check]
        assert not mark_facts(dataclasses.replace(tables, main=main))[1][check]

    def test_the_mark_hangs_on_the_printed_spread(self, tables):
        main = tables.main.copy()
        own = {"source": "dildl", "dataset": "Flickr_LDL", "method": "DILDL", "metric": "kl_divergence"}
        rows = (main[list(own)] == pd.Series(own)).all(axis=1)
        main.loc[rows, ["std", "std_printed", "std_half_unit"]] = [0.1165, "0.1165", half_unit("0.1165")]
        told = mark_facts(dataclasses.replace(tables, main=main))[1]
        assert not told["RDA's mark on Flickr LDL fits the table's spread and not the text's"]
        assert not told["one test gives every mark of Tables 1 and 2"]


class TestShown:
    def test_every_failed_check_is_a_row_and_none_has_latex(self, checks):
        shown = findings_table(checks, "findings")
        rows = [row for row in Cells(shown.html).rows if len(row) == 3 and row[0]]
        found = audit_published(checks)
        assert len(rows) == len(found) == failing(checks)
        text = re.sub(r"<[^>]+>", " ", shown.html)
        assert not re.search(r"\\[a-z]+|: none\b|[_^]\{|Natural_Scene|Flickr_LDL", text)
        pd.testing.assert_series_equal(
            pd.read_csv(BytesIO(shown.files["csv"]))["failure"], found["failure"], check_exact=False
        )

    def test_a_row_has_what_is_printed_and_what_would_be_right(self, checks):
        rows = {row[0]: row[1:] for row in Cells(findings_table(checks, "findings").html).rows if len(row) == 3}
        assert rows["Table 5, Movie, OFR-FL: Euclidean, all labels"] == ["0.497", "0.479 (RDA's appendix, Table 10)"]
        assert rows["Eq. (12)"][0] == "k is neither summed over nor explained"
        assert rows["Table 5, RAF-ML, RDA: Euclidean, tail labels"][0] == "marked •"
        assert rows["Eq. (3), target that the last line of Eq. (9), and Eq. (11), contain"][1] == "d̂ⱼ = dⱼ/(1 − dₖ)"

    @pytest.mark.parametrize(("latex", "text"), [
        (r"\hat d_j = \frac{\exp(d_j)}{\sum_{m \ne k} \exp(d_m)}", "d̂ⱼ = exp(dⱼ)/Σ[m≠k] exp(dₘ)"),
        (r"\Bigl(-\frac{\hat d_k}{\hat d'_k}\Bigr)", "(−d̂ₖ/d̂′ₖ)"),
        (r"\frac{1 - \alpha}{\hat d_k} \bar d_j", "(1 − α)/d̂ₖ d̄ⱼ"),
        (r"\mathcal L_{LDL} = \alpha\, \mathcal L_{DDL}", "L_LDL = α L_DDL"),
        (r"\frac{\partial L}{\partial z_k}", "∂ L/∂ zₖ"),
    ])  # fmt: skip
    def test_formulas_without_latex(self, latex, text):
        assert plain(latex) == text

    def test_slips_and_inequalities_stand_row_by_row(self, checks, tables):
        causes = find_causes(tables)
        rows = [row for row in Cells(causes_table(causes, "slips").html).rows if len(row) == 5][1:]
        assert [row[2] for row in rows] == list(causes["should_be"])
        assert [row[3] for row in rows] == list(causes["likeness"])
        rows = [row for row in Cells(inequality_table(checks, "bounds").html).rows if len(row) == 4][1:]
        bounds = checks[checks["kind"] == "inequalities"]
        assert [row[0] for row in rows] == [inequality.statement for inequality in INEQUALITIES]
        assert sum(int(row[1]) for row in rows) == len(bounds)
        assert [row[2] for row in rows].count("0") == len(INEQUALITIES) - 1
        assert {row[0]: row[2] for row in rows}["√(head² + tail²) ≤ all (Euclidean)"] == "2"


def test_how_often_chance_looks_so_is_a_percentage(tables):
    causes = find_causes(tables)
    rows = [row for row in Cells(causes_table(causes, "c").html).rows if row and row[-1]][-len(causes) :]
    wanted = ["–" if np.isnan(share) else f"{100 * share:.1f}%" for share in causes["by_chance"]]
    assert [row[-1] for row in rows] == wanted


def draw(monkeypatch, plot, *given):
    kept = {}
    monkeypatch.setattr(figures, "show_figure", lambda figure, name, label, data: kept.update(figure=figure, data=data))
    plot(*given, "name")
    plt.close("all")
    return kept["figure"], kept["data"]


def test_the_picture_of_checks_draws_both_papers(checks, monkeypatch):
    figure, data = draw(monkeypatch, plot_checks, checks)
    made, fail = figure.axes
    kinds = list(KINDS)
    assert list(made.lines[0].get_xdata()) == [int((checks["kind"] == kind).sum()) for kind in kinds]
    own, others = fail.containers
    assert [bar.get_width() for bar in own] == [failing(checks, kind=kind, source="dildl") for kind in kinds]
    assert [bar.get_x() for bar in others] == [bar.get_width() for bar in own]
    assert [bar.get_x() + bar.get_width() for bar in others] == [failing(checks, kind=kind) for kind in kinds]
    assert [float(text.get_text()) for text in fail.texts] == [failing(checks, kind=kind) for kind in kinds]
    assert data["checked"].sum() == len(checks)
    assert data["failing"].sum() == failing(checks)


def test_each_row_of_the_picture_is_called_by_what_its_checks_hold_against_what(tables, checks, monkeypatch):
    """Checks are counted here by the functions that make them, or by the tables that they read."""
    figure, _ = draw(monkeypatch, plot_checks, checks)
    made = figure.axes[0]
    called = dict(zip((tick.get_text() for tick in made.get_yticklabels()), made.lines[0].get_xdata(), strict=True))
    for words, audits in {
        "rivals against their source": (audit_copies,),
        "ablation’s first row against RDA": (audit_ablation_baselines,),
        "ablations against main tables": (audit_ablations,),
        "marks of significance": (audit_marks,),
        "prose against tables": (audit_text,),
    }.items():
        assert called[words] == sum(len(audit(tables)) for audit in audits), words
    assert called["ranks against means"] == 540 + 90  # cells of RDA's appendix, and its averages


def test_the_picture_of_marks_draws_the_ranges(tables, monkeypatch):
    marks = published_marks(tables)
    judged = judge_marks(marks)
    figure, data = draw(monkeypatch, plot_marks, judged, marks)
    (axis,) = figure.axes
    labels = [label.get_text() for label in axis.get_yticklabels()]
    at = labels.index("SCUT-FBP, RDA, Chebyshev (no mark)")
    assert sum("tail labels (marked •)" in label for label in labels) == 3
    population, sample = (axis.collections[i].get_segments()[at][:, 0] for i in (0, 1))
    assert population[0] > 0.05 > sample[1]
    row = one_mark(judged, "1", "SCUT-FBP", "population")
    assert list(population) == pytest.approx([row["p_low"], row["p_high"]])
    assert len(data) == len(judged)
    assert data["correlation_low"].notna().all()
