"""What the audit's page says in its prose: counts that add up, and values that can be worked out by hand."""

import math

import pytest
from scipy import stats

from companion.audit.audit import run_audit
from companion.audit.audit_base import load_tables
from companion.audit.audit_facts import count_checks, count_marks, norm_on
from companion.base.names import DATASETS
from ildl.data import RECORDS


@pytest.fixture(scope="module")
def tables():
    return load_tables()


@pytest.fixture(scope="module")
def checks(tables):
    return run_audit({name: RECORDS[name].c for name in DATASETS}, tables=tables)


def test_parts_add_up_to_their_kinds(checks):
    facts = count_checks(checks)
    for column in ("checked", "failing", "agree"):
        for kind, parts in (
            ("inequalities", ("norm_own", "norm_others", "other_bounds")),
            ("ablation_baselines", ("baselines_dildl", "baselines_amema")),
        ):
            assert facts[f"{column}_{kind}"] == sum(facts[f"{column}_{part}"] for part in parts)
    # two tables of 6 data sets by 10 baselines; three metrics of Table 5; a claim for each of five metrics
    counts = [facts[f"checked_{part}"] for part in ("best_12", "best_5", "multiple", "norm_own")]
    assert counts == [120, 180, 5, 6]
    # 18 numbers in the prose; 6 tables and 6 equations cited; 6 metrics adopted; 5 in the tables
    parts = ("quotes", "references", "untabled", "unintroduced")
    assert [facts[f"checked_{part}"] for part in parts] == [18, 12, 6, 5]
    assert [facts[f"failing_{part}"] for part in parts] == [3, 3, 4, 3]
    assert facts["n_findings"] == (checks["failure"] > 0).sum()


def test_without_findings_there_is_nothing_to_tell(checks):
    facts = count_checks(checks[checks["failure"] == 0])
    assert facts["n_findings"] == facts["n_dildl"] == 0
    assert {facts["inequalities_dildl"], facts["rows_dildl"], facts["marks_dildl"]} == {"no finding"}
    assert facts["left_out_datasets"] == "none"


@pytest.mark.parametrize(("name", "difference", "stds", "k"), [
    ("scut_sample", 0.0165, (0.0182, 0.0157), 10), ("scut_population", 0.0165, (0.0182, 0.0157), 9),
    ("flickr", 0.1060, (0.0925, 0.1107), 9), ("quoted", 0.1060, (0.1165, 0.1107), 9),
])  # fmt: skip
def test_p_values_by_hand_lie_in_the_interval(tables, name, difference, stds, k):
    facts = count_marks(tables)
    p = 2 * stats.t.sf(difference / math.sqrt((stds[0] ** 2 + stds[1] ** 2) / k), 18)
    assert facts[f"{name}_low"] < p < facts[f"{name}_high"]
    assert facts[f"{name}_high"] - facts[f"{name}_low"] < 0.005


def test_no_correlation_serves_all_marks(tables):
    facts = count_marks(tables)
    assert facts["correlation_max"] < facts["correlation_min"]
    assert facts["impossible_5"] == 3
    assert (facts["quoted_std"], facts["printed_std"]) == ("0.1165", "0.0925")


def test_norm_of_head_and_tail_by_hand(tables):
    assert norm_on(tables) == pytest.approx(math.sqrt(0.133**2 + 0.227**2))
