"""The numbers that the page on the audit states in its prose."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from companion.audit.audit import audit_headline, audit_published, count_faults, describe_findings
from companion.audit.audit_base import ABSENT, REFERENCE, ROUNDING, PublishedTables, records
from companion.audit.audit_bounds import INEQUALITIES
from companion.audit.audit_marks import marks_with_std, published_marks
from companion.audit.audit_quotes import QUOTES
from companion.audit.audit_text import INTRODUCED
from companion.base.marks import describe_tests, find_mark_tests, judge_marks, paired_correlations, summarise_marks

NORM = "√(head² + tail²)"
Facts = dict[str, float | int | str]


def count_checks(checks: pd.DataFrame) -> Facts:
    """Count the audit's checks and findings, as a whole, by kind, and for what the prose tells apart."""
    findings, counts = audit_published(checks), count_faults(checks).set_index("fault")
    facts: Facts = {"headline": audit_headline(checks), "n_findings": len(findings)}
    facts |= {"n_checked": int((checks["fault"] == ROUNDING).sum()), "n_inequalities": len(INEQUALITIES)}
    facts |= {"n_dildl": int(counts["failing_dildl"].sum()), "n_doubtful": int(counts["doubtful_dildl"].sum())}
    for name, rows in [*_kinds(checks), *_parts(checks)]:
        failing = int((rows["failure"] > 0).sum())
        facts |= {f"checked_{name}": len(rows), f"failing_{name}": failing, f"agree_{name}": len(rows) - failing}
    for kind in ("inequalities", "rows", "marks"):
        facts[f"{kind}_dildl"] = describe_findings(findings, kind)
    places = findings.loc[findings["kind"] == "left-out metrics", "place"]
    left_out = [place.split("; ")[1].split(",")[0] for place in places]
    facts["left_out_datasets"] = ", ".join(dict.fromkeys(left_out)) or "none"
    return facts


def count_marks(tables: PublishedTables) -> Facts:
    """Say which test gives the DILDL paper's marks, and what the marks near the level and beyond it tell."""
    marks = published_marks(tables)
    judged = judge_marks(marks)
    candidates = summarise_marks(judged[judged["table"] != "5"])
    found = find_mark_tests(candidates)
    by_candidate = {(row.test, row.deviation): row for row in records(candidates)}
    facts: Facts = {
        "mark_test": describe_tests(found),
        "certain": int(found["certain"].max()),
        "marks_12": int(found["marks"].max()),
        "sample_impossible": int(by_candidate["pooled", "sample"].impossible),
        "paired_certain": int(by_candidate["paired", "population"].certain),
    }
    facts |= _interval("scut_sample", judged, "1", "SCUT-FBP", "sample")
    facts |= _interval("scut_population", judged, "1", "SCUT-FBP", "population")
    facts |= _interval("flickr", judged, "2", "Flickr_LDL", "population")
    (quote,) = (q for q in QUOTES if (q.dataset, q.row, q.statistic) == ("Flickr_LDL", "DILDL", "std"))
    quoted = judge_marks(marks_with_std(marks, quote.table, quote.dataset, quote.printed))
    facts |= _interval("quoted", quoted, quote.table, quote.dataset, "population")
    own = tables.of("dildl").set_index(["dataset", "method", "metric"])["std_printed"]
    facts |= {"quoted_std": quote.printed, "printed_std": own[quote.dataset, quote.row, quote.metric]}
    keys = ["dataset", "method", "metric"]
    last = judged[(judged["table"] == "5") & (judged["test"] != "paired")]
    possible = last.groupby(keys)["possible"].any()
    paired = paired_correlations(marks)
    least = paired[paired["table"] == "5"].set_index(keys)["correlation_low"]
    scut = paired.query("table == '1' and dataset == 'SCUT-FBP' and method == 'RDA'")
    return facts | {
        "marks_5": len(possible),
        "impossible_5": int((~possible).sum()),
        "correlation_max": float(scut["correlation_high"].iloc[0]),
        "correlation_min": float(least[possible[~possible].index].min()),
    }


def norm_on(tables: PublishedTables, dataset: str = "Movie") -> float:
    """Return what the Euclidean distance over all labels is at least, by DILDL's printed head and tail."""
    means = {(cell.method, cell.dataset, cell.metric): cell.mean for cell in records(tables.of("dildl"))}
    return float(np.hypot(*(means["DILDL", dataset, f"euclidean_{part}"] for part in ("head", "tail"))))


def _kinds(checks: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    for kind, rows in checks.groupby("kind", sort=False):
        yield str(kind).replace(" ", "_").replace("-", "_"), rows


def _parts(checks: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    dildl = checks["source"] == "dildl"
    text = checks[checks["kind"] == "text"]
    yield "quotes", text[text["fault"] == ROUNDING]
    yield "references", text[text["fault"] == REFERENCE]
    yield "untabled", text[text["fault"] == ABSENT]
    yield "unintroduced", text[text["should_be"] == INTRODUCED]
    claims, bounds = checks[checks["kind"] == "claims"], checks[checks["kind"] == "inequalities"]
    yield "baselines_dildl", checks[(checks["kind"] == "ablation baselines") & dildl]
    yield "baselines_amema", checks[(checks["kind"] == "ablation baselines") & ~dildl]
    compared = claims[claims["should_be"].str.contains(r"\(.*, Table ")]
    in_table_5 = compared["should_be"].str.endswith("Table 5)")
    yield "best_12", compared[~in_table_5]
    yield "best_5", compared[in_table_5]
    yield (
        "multiple",
        claims[claims["should_be"].str.startswith("at least") & claims["printed"].str.contains("data sets")],
    )
    yield "spreads_dildl", checks[(checks["kind"] == "spreads") & dildl]
    directions = checks[checks["should_be"].str.contains("'s mean is the ")]
    yield "direction_dildl", directions[directions["source"] == "dildl"]
    yield "direction_amema", directions[directions["source"] != "dildl"]
    norm = bounds["should_be"].str.startswith(NORM)
    own = bounds["place"].str.endswith("DILDL")
    yield "norm_own", bounds[norm & own]
    yield "norm_others", bounds[norm & ~own]
    yield "other_bounds", bounds[~norm]


def _interval(name: str, judged: pd.DataFrame, table: str, dataset: str, deviation: str) -> Facts:
    """The p-values of RDA's mark under the pooled test."""
    rows = judged[(judged["test"] == "pooled") & (judged["method"] == "RDA") & (judged["deviation"] == deviation)]
    (row,) = records(rows[(rows["table"] == table) & (rows["dataset"] == dataset)])
    return {f"{name}_low": float(row.p_low), f"{name}_high": float(row.p_high)}
