"""Checks that hold our own runs against published numbers, and published numbers against constants."""

from __future__ import annotations

from collections.abc import Sequence

from ildl.report.claim_checks import DEFAULT, FAILED, REPRODUCED, Case, Evidence, Finding, conclude, listing, untestable
from ildl.report.claim_checks_runs import PAGE, in_tables, short
from ildl.report.comparison import comparison_table
from ildl.report.constants import BETTER as GAINS
from ildl.report.constants import PUBLISHED, against_constants
from ildl.report.statistics import summarise


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
    frame = in_tables(evidence)
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
