"""The audit finds a fault put into one cell, finds nothing in consistent tables, and counts what it checked."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from companion.audit.equations import audit_equations
from companion.audit.frames import KINDS, audit_published, count_checks, run_audit
from companion.audit.inequalities import audit_inequalities
from companion.audit.marks import audit_marks, marks_with_std, published_marks, without_test
from companion.audit.printed import (
    ABSENT,
    CHECK_COLUMNS,
    FAULTS,
    FULL,
    INDEX,
    NEITHER,
    OTHER,
    REFERENCE,
    ROUNDING,
    as_checks,
    load_tables,
    metric_name,
    pair,
)
from companion.audit.prose import CITATIONS, QUOTES, audit_claims, audit_left_out, audit_text, quoted_cells
from companion.audit.repeats import audit_ablation_baselines, audit_ablations, audit_copies, audit_ranks
from companion.base.marks import judge_marks
from companion.base.names import DATASETS
from companion.base.published import find_published, half_unit, load_ablations, load_average_ranks, load_published
from ildl.data import RECORDS
from ildl.metrics import HIGHER_IS_BETTER, evaluate

N_LABELS = {name: RECORDS[name].c for name in DATASETS}


@pytest.fixture(scope="module")
def tables():
    return load_tables()


def failing(checks):
    return set(checks.loc[checks["failure"] > 0, "place"])


def alter(tables, printed, statistic="mean", **where):
    """The tables with one cell printed otherwise."""
    main = tables.main.copy()
    rows = np.logical_and.reduce([main[name] == value for name, value in where.items()])
    assert rows.sum() == 1
    names = [statistic, f"{statistic}_printed", f"{statistic}_half_unit"]
    main.loc[rows, names] = [float(printed), printed, half_unit(printed)]
    return dataclasses.replace(tables, main=main)


def alter_ablation(tables, printed, **where):
    cells = tables.ablations.copy()
    rows = np.logical_and.reduce([cells[name] == value for name, value in where.items()])
    assert rows.sum() == 1
    cells.loc[rows, ["value", "value_printed", "half_unit"]] = [float(printed), printed, half_unit(printed)]
    return dataclasses.replace(tables, ablations=cells)


DILDL = {"source": "dildl", "dataset": "Movie"}


@pytest.mark.parametrize(("audit", "printed", "statistic", "where", "found"), [
    (audit_copies, "0.3515", "mean", DILDL | {"method": "SA-BFGS", "metric": "chebyshev"},
     "Table 1, Movie, SA-BFGS: Chebyshev distance, mean"),
    (audit_copies, "0.0099", "std", DILDL | {"method": "SA-BFGS", "metric": "chebyshev"},
     "Table 1, Movie, SA-BFGS: Chebyshev distance, standard deviation"),
    (audit_ranks, "0.187", "mean", {"source": "rda_appendix", "dataset": "Movie", "method": "OFR-DB",
                                    "metric": "chebyshev"}, "Table 4, Movie, RDA: Chebyshev distance, rank"),
    (audit_text, "0.1762", "mean", DILDL | {"method": "DILDL", "metric": "chebyshev"},
     "Section 4.3, “outperforms all others with a distance of 0.1752±0.0091”"),
    (audit_claims, "0.1652", "mean", DILDL | {"method": "RDA", "metric": "chebyshev"},
     "Section 4.3, “consistently achieves the lowest Chebyshev distance across all datasets”; Movie, Chebyshev "
     "distance, RDA"),
    (audit_left_out, "0.744", "mean", {"source": "amema_appendix", "dataset": "Movie", "method": "RDA",
                                       "metric": "intersection"},
     "Abstract, “outperforms other state-of-the-art methods”; Movie, Intersection similarity, RDA"),
    (audit_ablations, "0.1852", "mean", DILDL | {"method": "DILDL", "metric": "chebyshev"},
     "Table 3, Movie, DRDA + DLD: Chebyshev distance"),
    (audit_ablation_baselines, "6.240", "mean", {"source": "amema_appendix", "dataset": "Flickr_LDL", "method": "RDA",
                                                 "metric": "canberra"},
     "Table 5a, Flickr_LDL, neither component: Canberra distance"),
    (audit_marks, "0.1762", "mean", DILDL | {"method": "RDA", "metric": "chebyshev"},
     "Table 1, Movie, RDA: Chebyshev distance, mark"),
    (audit_marks, "0.1652", "mean", DILDL | {"method": "RDA", "metric": "chebyshev"},
     "Table 1, Movie, RDA: Chebyshev distance, mark"),
])  # fmt: skip
def test_a_seeded_fault_is_found(tables, audit, printed, statistic, where, found):
    before, after = audit(tables), audit(alter(tables, printed, statistic, **where))
    assert found not in failing(before)
    assert found in failing(after)


@pytest.mark.parametrize(("audit", "printed", "where", "found"), [
    (audit_ablations, "0.190", {"table": "3", "drda": True, "dld": True, "metric": "chebyshev"},
     "Table 3, Movie, DRDA + DLD: Chebyshev distance"),
    (audit_ablation_baselines, "0.521", {"table": "5b", "weig": False, "mome": False, "metric": "cosine"},
     "Table 5b, Emotion6, neither component: Cosine similarity"),
])  # fmt: skip
def test_a_seeded_fault_in_an_ablation_is_found(tables, audit, printed, where, found):
    assert found not in failing(audit(tables))
    assert found in failing(audit(alter_ablation(tables, printed, **where)))


@pytest.mark.parametrize(("metric", "printed"), [
    ("euclidean_tail", ".295"), ("euclidean_all", ".403"), ("chebyshev", "0.3963"), ("kl_divergence", "0.0400"),
])  # fmt: skip
def test_a_seeded_breach_of_an_inequality_is_found(tables, metric, printed):
    """RDA on Movie has 0.245 (tail), 0.157 (head), 0.295 (all), 0.1962 (Chebyshev), 0.2491 (KL)."""
    altered = alter(tables, printed, metric=metric, method="RDA", **DILDL)
    assert failing(audit_inequalities(altered, N_LABELS)) - failing(audit_inequalities(tables, N_LABELS)) == {
        "DILDL: Movie, RDA"
    }


def test_a_wrong_average_rank_is_found(tables):
    ranks = tables.average_ranks.copy()
    ranks.loc[0, ["value", "value_printed"]] = [9.19, "9.19"]
    after = audit_ranks(dataclasses.replace(tables, average_ranks=ranks))
    assert failing(after) == {"Table 4, SA-BFGS: Chebyshev distance, average rank"}
    assert after["failure"].max() == pytest.approx(9.19 - 55 / 6 - 0.005)


def test_an_empty_cell_is_a_finding(tables):
    checks = audit_ablations(tables)
    empty = checks[checks["place"] == "Table 3, Movie, DLD"]
    assert list(empty["failure"]) == [5.0]


def test_copies_that_are_copied_give_no_finding(tables):
    main = tables.main
    original = tables.of("rda_appendix")
    copied = dataclasses.replace(tables, main=pd.concat([original, original.assign(source="dildl")]))
    checks = audit_copies(copied)
    assert len(checks) == 2 * len(original)
    assert not failing(checks)
    assert len(main) > len(copied.main) - len(original)


def test_prose_that_repeats_its_tables_gives_no_finding(tables):
    mended = alter(
        tables, "0.1165", "std", source="dildl", dataset="Flickr_LDL", method="DILDL", metric="kl_divergence"
    )
    mended = alter_ablation(mended, "1.063", table="4", drda=True, dld=True, metric="kl_divergence")
    checks = audit_text(mended)
    assert not failing(checks[: len(QUOTES)])
    assert len(checks) > len(QUOTES) + len(CITATIONS)


def test_the_result_of_any_predictions_gives_no_breach(tables):
    """All cells of RDA's appendix replaced by metrics of random predictions."""
    random = np.random.default_rng(0)
    rows = []
    for dataset, c in N_LABELS.items():
        for method in ("RDA", "SA-BFGS"):
            D_true, D_pred = random.dirichlet(np.full(c, 0.5), 40), random.dirichlet(np.full(c, 0.2), 40)
            for metric, value in evaluate(D_true, D_pred, head=[0]).items():
                printed = {name: f"{number:.3f}" for name, number in (("mean", value), ("std", 0.01))}
                rows.append(
                    {"source": "rda_appendix", "table": "1", "dataset": dataset, "method": method, "metric": metric}
                    | {"marker": "", "rank": ""}
                    | {name: float(text) for name, text in printed.items()}
                    | {f"{name}_printed": text for name, text in printed.items()}
                    | {f"{name}_half_unit": 5e-4 for name in printed}
                )
    synthetic = dataclasses.replace(tables, main=pd.DataFrame(rows), ablations=tables.ablations[:0])
    checks = audit_inequalities(synthetic, N_LABELS)
    assert len(checks) > 200
    assert not failing(checks)


def test_known_findings_of_the_published_tables(tables):
    """By hand: sqrt(0.227² + 0.133²) = 0.2631 > 0.2515; 0.497 against 0.479; 1.073 against 1.071."""
    breach = audit_inequalities(tables, N_LABELS).set_index("place")["failure"]
    assert 0.0105 < breach["DILDL: Movie, DILDL"].max() < 0.0115
    copies = audit_copies(tables).set_index("place")["failure"]
    assert copies["Table 5, Movie, OFR-FL: Euclidean distance, all labels, mean"] == pytest.approx(0.017)
    worse = audit_ablations(tables)
    worse = worse[worse["place"].str.endswith("Table 4, Natural_Scene, DRDA: Kullback-Leibler divergence")]
    assert list(worse["failure"]) == [pytest.approx(0.001)]


@pytest.fixture(scope="module")
def checks(tables):
    equations = pd.DataFrame(
        {
            "equation": [1, 9], "what": ["it", "that"], "verdict": ["as printed", "corrected"],
            "printed": ["a", "b"], "corrected": ["", "c"], "deviation": [0.0, 0.5],
            "printed_holds": ["every reading", "no reading"], "corrected_holds": ["", "ratio"],
            "presumes": ["", "a reading"], "extraction": ["", "a prime is lost"], "asked": [False, False],
        }
    )  # fmt: skip
    return run_audit(N_LABELS, equations, tables)


def test_findings_are_the_checks_that_fail_each_with_an_id_and_a_sentence(checks):
    findings = audit_published(checks)
    assert list(findings.columns) == ["id", *CHECK_COLUMNS]
    assert findings["id"].is_unique
    assert (findings["failure"] > 0).all()
    assert findings["text"].str.fullmatch(r"[A-Z].*\.", flags=16).all()
    assert len(findings) == (checks["failure"] > 0).sum()


def test_every_check_presumes_something_and_says_what(checks):
    assert (checks["presumes"].str.len() > 8).all()
    assert set(checks["fault"]) == set(FAULTS)
    copies = checks.loc[checks["kind"] == "copies", "presumes"]
    assert copies.str.contains("taken over").all()
    tests = checks[(checks["kind"] == "marks") & checks["should_be"].str.contains("two-sample")]
    assert tests["presumes"].str.contains("unpaired.*n = 10").all()
    norms = checks[checks["should_be"].str.startswith("√(head² + tail²)")]
    sums = checks[checks["should_be"].str.startswith("all ≤ head + tail")]
    assert norms["presumes"].str.contains("no label is both").all()
    assert sums["presumes"].str.contains("every label is head or tail").all()


def test_the_summary_has_the_denominators(checks):
    rows = count_checks(checks)
    assert set(rows["kind"]) == set(KINDS)
    assert not rows.duplicated(["kind", "presumes", "fault"]).any()
    assert rows["checked"].sum() == len(checks)
    assert rows["failing"].sum() == len(audit_published(checks))
    # 300 + 240 means, 120 + 240 standard deviations
    kinds = rows.groupby("kind")[["checked", "failing"]].sum()
    assert kinds.loc["copies", "checked"] == 900
    assert kinds.loc["equations"].to_list() == [2, 1]
    assert "equations" not in set(count_checks(checks[checks["kind"] != "equations"])["kind"])


def test_what_a_failing_check_is_decides_where_it_counts(checks):
    counts = count_checks(checks).groupby("fault")[["checked", "failing_dildl"]].sum()
    assert set(counts.index) == set(FAULTS)
    # two tables and an equation; the third row of Table 3 and four metrics; Eq. (3) to (5), (12) to (14)
    assert counts.loc[[REFERENCE, ABSENT, INDEX], "failing_dildl"].to_list() == [3, 5, 6]
    found = audit_published(checks)
    empty = found[(found["fault"] == ABSENT) & (found["kind"] == "ablations")]
    assert list(empty["failure"]) == [5.0]
    assert empty["doubt"].str.contains("extraction").all()
    assert not found.loc[found["fault"] == ROUNDING, "should_be"].str.contains("Table [34] [(]the ablation").any()


def test_an_equation_that_the_paper_does_not_state_is_not_checked(checks):
    equations = pd.DataFrame(
        {
            "equation": [9], "what": ["a question"], "verdict": ["corrected"], "printed": ["b"], "corrected": ["c"],
            "deviation": [0.5], "printed_holds": ["no reading"], "corrected_holds": ["ratio"], "presumes": [""],
            "extraction": [""], "asked": [True],
        }
    )  # fmt: skip
    assert audit_equations(equations).empty
    doubtful = checks[checks["place"] == "Eq. (9), that"]
    assert list(doubtful["doubt"]) == ["May be a loss of extraction: a prime is lost."]


def test_every_place_of_a_check_that_needs_equations_names_them(checks):
    rows = checks[checks["kind"] == "equations"]
    assert list(rows["place"]) == ["Eq. (1), it", "Eq. (9), that"]
    with pytest.raises(KeyError):
        audit_equations(pd.DataFrame({"equation": [1]}))


def test_marks_beyond_every_test_name_the_correlation_that_a_paired_one_needs(tables):
    marks = without_test(published_marks(tables)).set_index(["table", "dataset", "method", "metric"])
    beyond = marks[marks["miss"] > 0]
    assert (beyond["correlation_low"] > 0.5).all()
    # t(0.975; 9) = 2.262; all differences of 0.0025 at most to a deviation of 0.0075 at least: r >= sqrt(1 - 0.4659²)
    lowest = beyond.loc[("5", "Emotion6", "RDA", "euclidean_tail"), "correlation_low"]
    ratio = 0.003 * np.sqrt(10) / 2.262157 / 0.0075
    assert lowest == pytest.approx(np.sqrt(1 - ratio**2), abs=1e-6)


def test_another_standard_deviation_changes_the_p_values(tables):
    marks = published_marks(tables)
    rows = marks_with_std(marks, "2", "Flickr_LDL", "0.1165")
    assert len(rows) == 10
    wider = judge_marks(rows).query("method == 'RDA' and test == 'pooled'")
    # t = 0.106 / sqrt((0.1107² + 0.1165²) / 9) = 1.979
    assert wider.set_index("deviation").loc["population", "p_low"] == pytest.approx(0.0633, abs=2e-3)
    assert not wider["possible"].any()


@pytest.mark.parametrize("source", ["dildl", "amema_appendix"])
def test_ablations_are_loaded_as_printed(source):
    frame = load_ablations(source)
    assert len(frame) == {"dildl": 48, "amema_appendix": 96}[source]
    assert frame["value"].isna().sum() == {"dildl": 5, "amema_appendix": 0}[source]
    switches = ["drda", "dld"] if source == "dildl" else ["weig", "mome"]
    assert frame.groupby("table")[switches].sum().to_numpy().tolist() == [[12, 12]] * frame["table"].nunique()
    assert (frame["half_unit"].isna() == frame["value"].isna()).all()


def test_cells_of_the_ablation():
    frame = load_ablations().set_index(["table", "drda", "dld", "metric"]).sort_index()
    assert frame.loc[("3", True, True, "kl_divergence"), "value"] == 0.221
    assert frame.loc[("4", True, False, "kl_divergence"), "value_printed"] == "1.071"


@pytest.mark.parametrize(("old", "new", "message"), [
    ("dildl,3,Movie,0,0,,,printed,clark", "dildl,3,Movie,0,0,,,printed,chebyshev",
     "not one row, but none or two, of Movie, False, False, chebyshev"),
    ("chebyshev,0.198", "chebyshev,O.198", r"line 2, column value: 'O\.198' is not a number"),
    ("source,table", "source,tabel", "its columns are source, tabel"),
    ("dildl,3,Movie,0,0", "dildl,3,Moive,0,0", "not one row, but none or two, of Moive"),
])  # fmt: skip
def test_a_damaged_ablation_is_named(monkeypatch, tmp_path, old, new, message):
    text = find_published("ablations.csv").read_text(encoding="utf-8")
    (tmp_path / "ablations.csv").write_text(text.replace(old, new, 1), encoding="utf-8")
    monkeypatch.setattr("companion.base.published.FOLDER", tmp_path)
    with pytest.raises(ValueError, match=message):
        load_ablations()


def test_rda_has_no_ablation():
    with pytest.raises(ValueError, match="source of an ablation 'rda_appendix'.*Known: 'dildl', 'amema_appendix'"):
        load_ablations("rda_appendix")


def test_average_ranks_are_loaded_for_every_method_and_metric():
    frame = load_average_ranks()
    assert frame.groupby("metric").size().to_dict() == dict.fromkeys(set(load_published("rda_appendix")["metric"]), 10)
    assert frame["value"].between(1, 10).all()


def test_all_printed_numbers_are_in_one_frame(tables):
    numbers = tables.numbers
    assert not numbers.duplicated(["source", "table", "dataset", "row", "metric", "statistic"]).any()
    # 330 + 540 + 288 means, 132 + 540 + 288 standard deviations, 144 - 5 of ablations
    assert len(numbers) == 1158 + 960 + 139
    assert {NEITHER, *FULL.values()} <= set(numbers["row"])


def cell(value, half_unit=0.05, metric="chebyshev"):
    return pd.DataFrame({"metric": metric, "value": [value], "half_unit": half_unit})


def test_intervals():
    (beside,) = pair(cell(1.0), cell(1.3), ["metric"]).to_dict("records")
    assert (beside["apart"], beside["gap"], beside["slack"]) == pytest.approx((0.2, -0.3, 0.1))
    assert pair(cell(1.0), cell(1.0), ["metric"])["apart"].item() < 0


@pytest.mark.parametrize("metric", ["chebyshev", "cosine"])
def test_the_better_one_follows_the_direction_of_the_metric(metric):
    low, high = cell(0.4, metric=metric), cell(0.6, metric=metric)
    loser, winner = (low, high) if metric in HIGHER_IS_BETTER else (high, low)
    assert pair(loser, winner, ["metric"])["behind"].item() == pytest.approx(0.1)
    assert pair(winner, loser, ["metric"])["behind"].item() < 0


def test_a_check_fails_beyond_errors_of_arithmetic_and_is_told_with_its_numbers():
    rows = quoted_cells(load_tables())[:3].assign(
        by=[-1, 1e-15, 2], doubtful=[True, False, True], named=["a", "b", "c"]
    )
    checks = as_checks("quotes", rows, "by")
    assert list(checks["failure"]) == [0.0, 0.0, 2.0]
    assert set(checks["fault"]) == {ROUNDING}
    assert list(checks["printed"]) == list(rows["printed"])
    assert list(checks["source"]) == ["dildl"] * 3
    metrics = rows.assign(n=1, adopted=6)
    checks = as_checks("introduced metrics", metrics, "by")
    assert list(checks["doubt"] != "") == [True, False, True]
    assert set(checks["fault"]) == {OTHER}
    assert checks["text"].str.contains("introduces 6 metrics").all()


def test_every_quoted_number_has_its_cell(tables):
    assert len(quoted_cells(tables)) == len(QUOTES)


def test_names():
    assert metric_name("euclidean_tail") == "Euclidean distance, tail labels"


def test_findings_of_the_paper_itself_are_counted_apart(checks):
    summary = count_checks(checks)
    assert (summary["failing_dildl"] <= summary["failing"]).all()
    ours = summary.groupby("kind")["failing_dildl"].sum()
    assert ours["left-out metrics"] == 0
    assert ours["inequalities"] == 2


def test_a_row_that_cannot_be_right_is_said_beside_what_it_decides(tables):
    checks = audit_claims(tables)
    (beaten,) = checks[checks["place"].str.contains("RAF-ML, .*tail.*LDL-LCLR")].to_dict("records")
    assert beaten["failure"] > 0  # DILDL's 0.452 against 0.438; but its own head and all leave at most 0.436
    assert "break √(head² + tail²) ≤ all" in beaten["doubt"]


def test_a_check_without_a_number_to_judge_is_refused(tables):
    ranks = tables.average_ranks.assign(method="another")
    with pytest.raises(ValueError, match="90 checks of average ranks have nothing to be held against"):
        audit_ranks(dataclasses.replace(tables, average_ranks=ranks))
