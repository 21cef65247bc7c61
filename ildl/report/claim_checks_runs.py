"""Checks of empirical claims on our own runs. A difference counts if it exceeds the spread over folds and over seeds.

The first by the corrected resampled t-test (p < 0.05) on fold values averaged over seeds, the second by having the same
sign for every seed (`ildl.report.significance.compare`). With one seed nothing is known of the second.
"""

from __future__ import annotations

import itertools
from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import pandas as pd

from ildl.report.ablation import METRICS, ablation_tests
from ildl.report.claim_checks import (
    CHANGED,
    DEFAULT,
    FAILED,
    REPRODUCED,
    UNTESTABLE,
    Case,
    Evidence,
    Finding,
    case_of,
    conclude,
    listing,
    untestable,
)
from ildl.report.contrast_tables import p_text
from ildl.report.names import RIVALS
from ildl.report.sensitivity import compare_sensitivity, sensitivity_facts
from ildl.report.sensitivity_claims import CLAIMS, HOLDS, sensitivity_claims
from ildl.report.significance import BETTER, WORSE, compare
from ildl.report.statistics import COMPARABLE, HIGHER_IS_BETTER, REFERENCES
from ildl.report.styled import signed

SHORT = {"kl_divergence": "KL", "chebyshev": "Chebyshev", "euclidean_all": "Euclidean", "euclidean_tail": "tail"}
PAGE = "09_constants"
CRITERION = "kl"
"""The ablation's criterion of the objective as printed."""


def superior(
    evidence: Evidence,
    metrics: Sequence[str],
    rivals: Sequence[str] = (),
    datasets: Sequence[str] = (),
    method: str = "DILDL",
    any_features: bool = False,
    or_equal: bool = False,
) -> Finding:
    """Whether a method is better than every rival, in every metric.

    Parameters
    ----------
    evidence : Evidence
    metrics : sequence of str
    rivals : sequence of str
        In their default reading. Default: all others of the paper's tables. One that was not run on a data set is
        named, and the claim does not hold there.
    datasets : sequence of str
        Default: all that were run.
    method : str
        Each of its readings is tried.
    any_features : bool
        As for `conclude`.
    or_equal : bool
        Let rivals pass that are not significantly better.

    Returns
    -------
    Finding
    """
    frame = in_tables(evidence)
    frame = frame[frame["metric"].isin(metrics) & frame["dataset"].isin(datasets or frame["dataset"])]
    others = rivals or [name for name in (*RIVALS, "DILDL") if name != method]
    against = frame[(frame["reading"] == DEFAULT) & frame["method"].isin(others)]
    cases: list[Case] = []
    for reading, mine in frame[frame["method"] == method].groupby("reading", sort=False):
        rows = pd.concat([mine, against[against["dataset"].isin(mine["dataset"])]])
        tests = compare(rows, method, mine["params"].iloc[0]) if rows["method"].nunique() > 1 else pd.DataFrame()
        for dataset, features in mine[["dataset", "feature_set"]].drop_duplicates().itertuples(index=False):
            found = tests[tests["dataset"] == dataset] if len(tests) else tests
            there = set(zip(found["method"], found["metric"], strict=True)) if len(found) else set()
            missing = [
                f"{rival} ({short(metric)})" for rival in others for metric in metrics if (rival, metric) not in there
            ]
            holds, text = _text(found, or_equal) if len(found) else (True, "no rival was run")
            cases.append(case_of(str(reading), dataset, features, holds, text, missing))
    page = PAGE if set(others) <= set(REFERENCES) else "04_comparison"
    return conclude(cases, page, any_features=any_features)


def component_helps(
    evidence: Evidence, contrasts: Sequence[str], metrics: Sequence[str] = (), datasets: Sequence[str] = ()
) -> Finding:
    """Whether components improve every metric of our ablation; each criterion is a reading.

    Parameters
    ----------
    evidence : Evidence
    contrasts : sequence of str
        Keys of `ildl.report.ablation.CONTRASTS`.
    metrics, datasets : sequence of str
        Default: all.

    Returns
    -------
    Finding
    """
    runs = evidence.ablation
    runs = runs[runs["dataset"].isin(datasets or runs["dataset"])]
    if runs.empty:
        return untestable(f"the features of {', '.join(datasets)}", "05_ablation")
    tests = ablation_tests(runs)
    tests = tests[tests["contrast"].isin(contrasts) & tests["metric"].isin(metrics or tests["metric"])]
    cases = []
    for (dataset, features, criterion), found in tests.groupby(["dataset", "feature_set", "criterion"], sort=False):
        lacking = found[found["mark"] != BETTER]
        gaps = [
            f"{row['contrast']} ({short(row['metric'])}, {_tested(row['improvement'], row['p_corrected'])})"
            for row in lacking.sort_values("p_corrected").to_dict("records")
        ]
        text = f"better in mean in {(found['improvement'] > 0).sum()}, significantly in "
        text += f"{len(found) - len(lacking)} of {len(found)} pairs of rows and metrics"
        text += f", not in {listing(gaps, 3)}" if gaps else ""
        reading = DEFAULT if criterion == CRITERION else f"criterion {criterion}"
        there = set(zip(found["contrast"], found["metric"], strict=True))
        wanted = itertools.product(contrasts, metrics or METRICS)
        missing = [f"{name} ({short(metric)})" for name, metric in wanted if (name, metric) not in there]
        cases.append(case_of(reading, str(dataset), str(features), lacking.empty, text, missing))
    return conclude(cases, "05_ablation")


def sweep_shows(
    evidence: Evidence,
    claims: Sequence[str],
    metric: str = "chebyshev",
    findings: Sequence[str] = (HOLDS,),
    datasets: Sequence[str] = (),
) -> Finding:
    """Whether the sensitivity curves have a finding.

    Parameters
    ----------
    evidence : Evidence
    claims : sequence of str
        Keys of `ildl.report.sensitivity_claims.CLAIMS`.
    metric : str
    findings : sequence of str
        Of `ildl.report.sensitivity_claims.FINDINGS`; each claim must have one of them.
    datasets : sequence of str
        Default: all that were run.

    Returns
    -------
    Finding
    """
    runs = evidence.sensitivity
    runs = runs[runs["dataset"].isin(datasets or runs["dataset"])]
    found = sensitivity_claims(sensitivity_facts(runs, metric), compare_sensitivity(runs, metric))
    found = found[found["claim"].isin(claims)]
    cases = []
    for (reading, dataset, features), rows in found.groupby(["reading", "dataset", "feature_set"], sort=False):
        texts = "; ".join(f"“{row.sentence}” {row.finding}: {row.evidence}" for row in rows.itertuples())
        missing = [CLAIMS[claim] for claim in claims if claim not in set(rows["claim"])]
        holds = bool(rows["finding"].isin(findings).all())
        cases.append(case_of(str(reading), str(dataset), str(features), holds, texts, missing))
    return conclude(cases, "06_sensitivity")


def robust(evidence: Evidence, metric: str, rival: str) -> Finding:
    """In how many readings of the multiverse DILDL is better than a rival, on data sets with the benchmark's features.

    Parameters
    ----------
    evidence : Evidence
    metric, rival : str

    Returns
    -------
    Finding
        Reproduced: in all; with changes: in more than half.
    """
    runs = evidence.multiverse
    runs = runs[(runs["epoch_kept"] == "best") & (runs["valid"] == "20 rows") & (runs["metric"] == metric)]
    runs = runs[runs["feature_set"] == COMPARABLE]
    if runs.empty:
        return Finding(UNTESTABLE, "No results with the benchmark's features.", "07_multiverse")
    others = in_tables(evidence)
    others = others[(others["method"] == rival) & (others["reading"] == DEFAULT) & (others["metric"] == metric)]
    if lacking := [name for name in runs["dataset"].unique() if name not in set(others["dataset"])]:
        return untestable(f"runs of {rival} on {listing(lacking)}", "07_multiverse")
    # the multiverse may have fewer folds than the tables
    others = others.merge(runs[["dataset", "fold", "seed"]].drop_duplicates())
    marks = compare(pd.concat([others, runs]), rival)["mark_corrected"]
    # The rival is the reference: what is marked is how it stands.
    wins, losses, n = int((marks == WORSE).sum()), int((marks == BETTER).sum()), len(marks)
    why = f"{', '.join(runs['dataset'].unique())}, {short(metric)}: better than {rival} in {wins} of {n} readings, "
    why += f"worse in {losses}, no significant difference in {n - wins - losses}."
    return Finding(REPRODUCED if wins == n else CHANGED if wins > n / 2 else FAILED, why, "07_multiverse")


def in_tables(evidence: Evidence) -> pd.DataFrame:
    """Return the results that stand in the tables.

    Parameters
    ----------
    evidence : Evidence

    Returns
    -------
    DataFrame
    """
    return evidence.comparison[evidence.comparison["epoch_kept"] == "best"]


def _text(found: pd.DataFrame, or_equal: bool) -> tuple[bool, str]:
    """Whether the reference is marked as better in every test (or as worse in none), and the numbers that say so."""
    lacking = found[(found["mark_corrected"] == WORSE) if or_equal else (found["mark_corrected"] != BETTER)]
    ranked = found.sort_values("p_corrected").iloc[[-1]] if lacking.empty else lacking.sort_values("p_corrected")
    names = [
        f"{row['method']} ({short(row['metric'])}, {_tested(_gain(row), row['p_corrected'])})"
        for row in ranked.to_dict("records")
    ]
    better = sum(_gain(row) > 0 for row in found.to_dict("records"))
    counted = f"significantly worse in {len(lacking)}" if or_equal else f"significantly in {len(found) - len(lacking)}"
    text = f"better in mean in {better}, {counted} of {len(found)} pairs of method and metric"
    if or_equal:
        return lacking.empty, text + ("" if lacking.empty else f", namely against {listing(names, 3)}")
    return lacking.empty, f"{text}, {'least surely' if lacking.empty else 'not'} against {listing(names, 3)}"


def _gain(row: Mapping[Hashable, Any]) -> float:
    """The difference, positive where the reference is better."""
    return float(row["difference"]) * (1 if row["metric"] in HIGHER_IS_BETTER else -1)


def _tested(gain: float, p: float) -> str:
    return f"gain {signed(gain)}, p {p_text(p)}"


def short(metric: str) -> str:
    """What a metric is called in a sentence.

    Parameters
    ----------
    metric : str

    Returns
    -------
    str
    """
    return SHORT.get(metric, metric.replace("_", " "))
