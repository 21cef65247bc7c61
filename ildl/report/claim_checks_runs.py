"""Checks of empirical claims on our own runs. A difference counts if it exceeds the spread over folds and over seeds.

The first by the corrected resampled t-test (p < 0.05) on fold values averaged over seeds, the second by having the same
sign for every seed (`ildl.report.significance.compare`). With one seed nothing is known of the second.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from ildl.report.ablation import ablation_tests
from ildl.report.claim_checks import (
    CHANGED,
    DEFAULT,
    FAILED,
    REPRODUCED,
    UNTESTABLE,
    Case,
    Evidence,
    Finding,
    conclude,
    listing,
    untestable,
)
from ildl.report.comparison import comparison_table
from ildl.report.constants import BETTER as GAINS
from ildl.report.constants import PUBLISHED, against_constants
from ildl.report.contrast_tables import p_text
from ildl.report.sensitivity import compare_sensitivity, sensitivity_facts
from ildl.report.sensitivity_claims import HOLDS, sensitivity_claims
from ildl.report.significance import BETTER, WORSE, compare
from ildl.report.statistics import COMPARABLE, HIGHER_IS_BETTER, REFERENCES, summarise
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
) -> Finding:
    """Whether a method is better than every rival, in every metric.

    Parameters
    ----------
    evidence : Evidence
    metrics : sequence of str
    rivals : sequence of str
        In their default reading. Default: all other methods but the constants.
    datasets : sequence of str
        Default: all that were run.
    method : str
        Each of its readings is tried.
    any_features : bool
        As for `conclude`.

    Returns
    -------
    Finding
    """
    frame = _tables(evidence)
    frame = frame[frame["metric"].isin(metrics) & frame["dataset"].isin(datasets or frame["dataset"])]
    others = rivals or [name for name in frame["method"].unique() if name not in (method, *REFERENCES)]
    against = frame[(frame["reading"] == DEFAULT) & frame["method"].isin(others)]
    cases: list[Case] = []
    for reading, mine in frame[frame["method"] == method].groupby("reading", sort=False):
        cases += _cases(compare(pd.concat([mine, against]), method, mine["params"].iloc[0]), str(reading))
    page = PAGE if set(others) <= set(REFERENCES) else "04_comparison"
    return conclude(cases, page, any_features=any_features)


def reaches(evidence: Evidence, metric: str, dataset: str, method: str = "DILDL") -> Finding:
    """Whether our mean lies inside the noise around the published one.

    Parameters
    ----------
    evidence : Evidence
    metric, dataset, method : str

    Returns
    -------
    Finding
    """
    frame = _tables(evidence)
    frame = frame[(frame["dataset"] == dataset) & (frame["metric"] == metric)]
    if frame.empty:
        return untestable(f"the features of {dataset}", "04_comparison")
    names = frame[frame["method"] == method].set_index("params")["reading"].to_dict()
    table = comparison_table(summarise(frame), evidence.published.of("dildl"), metric)
    rows = table[(table["dataset"] == dataset) & (table["method"] == method)]
    cases = []
    for row in rows.to_dict("records"):
        text = f"{row['ours']:.4f} against {row['published']:.4f} ({short(metric)}, noise {row['margin']:.4f})"
        inside = abs(row["difference"]) <= row["margin"]
        cases.append(Case(names[row["params"]], dataset, row["feature_set"], bool(inside), text))
    return conclude(cases, "04_comparison")


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
        cases.append(Case(reading, str(dataset), str(features), lacking.empty, text))
    return conclude(cases, "05_ablation")


def sweep_shows(
    evidence: Evidence,
    claims: Sequence[str],
    metric: str = "chebyshev",
    finding: str = HOLDS,
    datasets: Sequence[str] = (),
) -> Finding:
    """Whether the sensitivity curves have a finding.

    Parameters
    ----------
    evidence : Evidence
    claims : sequence of str
        Keys of `ildl.report.sensitivity_claims.CLAIMS`.
    metric : str
    finding : str
        The finding that each of them must have.
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
        cases.append(Case(str(reading), str(dataset), str(features), bool((rows["finding"] == finding).all()), texts))
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
    others = _tables(evidence)
    others = others[(others["method"] == rival) & (others["reading"] == DEFAULT) & (others["metric"] == metric)]
    # the multiverse may have fewer folds than the tables
    others = others.merge(runs[["dataset", "fold", "seed"]].drop_duplicates())
    marks = compare(pd.concat([others, runs]), rival)["mark_corrected"]
    # The rival is the reference: what is marked is how it stands.
    wins, losses, n = int((marks == WORSE).sum()), int((marks == BETTER).sum()), len(marks)
    why = f"{', '.join(runs['dataset'].unique())}, {short(metric)}: better than {rival} in {wins} of {n} readings, "
    why += f"worse in {losses}, no significant difference in {n - wins - losses}."
    return Finding(REPRODUCED if wins == n else CHANGED if wins > n / 2 else FAILED, why, "07_multiverse")


def beats_constant(evidence: Evidence, metrics: Sequence[str], constant: str) -> Finding:
    """Whether the published DILDL is better than a constant on each data set whose labels are at hand.

    Parameters
    ----------
    evidence : Evidence
    metrics : sequence of str
    constant : str

    Returns
    -------
    Finding
    """
    cells = evidence.published.of("dildl")
    cells = cells[(cells["method"] == "DILDL") & cells["metric"].isin(metrics)]
    runs = evidence.comparison
    runs = runs[(runs["method"] == "DILDL") & (runs["reading"] == DEFAULT) & runs["metric"].isin(metrics)]
    rows = against_constants(evidence.constants, cells, runs)
    rows = rows[(rows["side"] == PUBLISHED) & (rows["constant"] == constant)]
    if rows.empty:
        return untestable("labels of the benchmark", PAGE)
    lacking = rows[rows["verdict"] != GAINS]
    gaps = [
        f"{row['dataset']} {short(row['metric'])} {row['value']:.4f} against {row['constant_value']:.4f}"
        for row in lacking.to_dict("records")
    ]
    why = f"Published DILDL against {constant}, presuming the same labels: better beyond the noise in "
    why += f"{len(rows) - len(lacking)} of {len(rows)} data sets and metrics"
    return Finding(FAILED if gaps else REPRODUCED, f"{why}; not {listing(gaps, 6)}." if gaps else f"{why}.", PAGE)


def _tables(evidence: Evidence) -> pd.DataFrame:
    """The rows that stand in the tables."""
    return evidence.comparison[evidence.comparison["epoch_kept"] == "best"]


def _cases(tests: pd.DataFrame, reading: str) -> Iterator[Case]:
    """One case a data set, which holds where the reference is marked as better in every test."""
    for (dataset, features), found in tests.groupby(["dataset", "feature_set"], sort=False):
        lacking = found[found["mark_corrected"] != BETTER]
        nearest = found.sort_values("p_corrected").iloc[[-1]] if lacking.empty else lacking.sort_values("p_corrected")
        names = [
            f"{row['method']} ({short(row['metric'])}, {_tested(_gain(row), row['p_corrected'])})"
            for row in nearest.to_dict("records")
        ]
        better = sum(_gain(row) > 0 for row in found.to_dict("records"))
        text = f"better in mean in {better}, significantly in {len(found) - len(lacking)} of {len(found)} pairs of "
        text += "method and metric, "
        text += f"{'least surely' if lacking.empty else 'not'} against {listing(names, 3)}"
        yield Case(reading, str(dataset), str(features), lacking.empty, text)


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
