"""The audit of the published numbers, by computation alone: all its checks, its findings, and their denominators."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from ildl.report.audit_ablations import audit_ablation_baselines, audit_ablations
from ildl.report.audit_base import CHECK_COLUMNS, PublishedTables, as_checks, load_tables
from ildl.report.audit_claims import audit_claims, audit_left_out
from ildl.report.audit_copies import audit_copies, audit_ranks
from ildl.report.audit_inequalities import audit_inequalities
from ildl.report.audit_marks import audit_marks
from ildl.report.audit_text import audit_text

KINDS = {
    "copies": "baselines of the DILDL and AMEMA papers against RDA's appendix, means and standard deviations",
    "ranks": "ranks and average ranks of RDA's appendix against its means",
    "text": "numbers, tables and counts in the DILDL paper's prose against its tables",
    "claims": "“best”, “next best” and “significantly outperforms” against every cell and mark",
    "left-out metrics": "“outperforms” against the metrics adopted but printed by AMEMA's appendix only",
    "ablations": "the full model against the main tables and against the other rows; empty cells",
    "ablation baselines": "the row without both components against RDA",
    "marks": "significance marks against the direction of the means and against two-sample t-tests",
    "inequalities": "means against what the means of any label distributions obey",
    "equations": "printed equations against their derivation",
}
"""Each kind of check, and what it holds against what."""


CONDITIONS = {
    "if it is RDA": "that the row without both components is RDA",
    "if the sentence is meant for this data set": "that the sentence is meant for each single data set",
}
"""Words by which a check says that it has a condition, and what the check then presumes."""
EQUATIONS = "equations"


def run_audit(
    n_labels: Mapping[str, int], equations: pd.DataFrame | None = None, tables: PublishedTables | None = None
) -> pd.DataFrame:
    """Make every check of the published numbers.

    Parameters
    ----------
    n_labels : mapping of str to int
        Labels of each data set.
    equations : DataFrame, optional
        As `ildl.report.equations.summarise_equations` returns it; without it no equation is checked.
    tables : PublishedTables, optional
        Default: the published ones.

    Returns
    -------
    DataFrame
        One row a check: kind (as in `KINDS`), source, place, printed, should_be (what it should satisfy), failure (by
        how much it fails whatever the rounding; 0 where it holds), text (a sentence for the reader, if it fails).
    """
    tables = tables or load_tables()
    return pd.concat(
        [
            audit_copies(tables),
            audit_ranks(tables),
            audit_text(tables),
            audit_claims(tables),
            audit_left_out(tables),
            audit_ablations(tables),
            audit_ablation_baselines(tables),
            audit_marks(tables),
            audit_inequalities(tables, n_labels),
            *([] if equations is None else [audit_equations(equations)]),
        ],
        ignore_index=True,
    )


def audit_published(checks: pd.DataFrame) -> pd.DataFrame:
    """Keep the checks that fail: the findings.

    Parameters
    ----------
    checks : DataFrame
        Of `run_audit`.

    Returns
    -------
    DataFrame
        Columns id (the kind and a number within it), kind, source, place, printed, should_be, failure, text.
    """
    findings = checks.loc[checks["failure"] > 0, CHECK_COLUMNS].reset_index(drop=True)
    numbers = findings.groupby("kind").cumcount() + 1
    findings.insert(0, "id", findings["kind"].str.replace(" ", "-") + "-" + numbers.astype(str))
    return findings


def audit_summary(checks: pd.DataFrame) -> pd.DataFrame:
    """Count checks and failures, kind by kind.

    Parameters
    ----------
    checks : DataFrame
        Of `run_audit`.

    Returns
    -------
    DataFrame
        Columns kind; what (is held against what); presumes (of `presumed`; a kind of which some checks presume
        something has two rows); checked; failing; failing_dildl, those of the DILDL paper itself. Checks that presume
        nothing stand first, equations last.
    """
    failing = checks["failure"] > 0
    ours = failing & checks["source"].str.startswith("dildl")
    frame = checks.assign(failing=failing, failing_dildl=ours, presumes=presumed(checks))
    groups = frame.groupby(["kind", "presumes"], sort=False)
    counts = groups.agg(checked=("kind", "size"), failing=("failing", "sum"), failing_dildl=("failing_dildl", "sum"))
    counts = counts.reset_index()
    counts.insert(1, "what", counts["kind"].map(KINDS))
    order = (counts["presumes"] != "") + 2 * (counts["kind"] == EQUATIONS)
    return counts.loc[order.sort_values(kind="stable").index].reset_index(drop=True)


def presumed(checks: pd.DataFrame) -> pd.Series:
    """Say what each check presumes beyond the printed numbers.

    Parameters
    ----------
    checks : DataFrame
        Of `run_audit`, or findings.

    Returns
    -------
    Series of str
        A value of `CONDITIONS`; empty where nothing is presumed.
    """
    what = pd.Series("", index=checks.index)
    for words, condition in CONDITIONS.items():
        what[checks["should_be"].str.contains(words, regex=False)] = condition
    return what


def describe_findings(findings: pd.DataFrame, kind: str, source: str = "dildl") -> str:
    """Join the sentences of a paper's findings of one kind.

    Parameters
    ----------
    findings : DataFrame
        Of `audit_published`.
    kind, source : str

    Returns
    -------
    str
        "no finding" where there is none.
    """
    rows = findings[(findings["kind"] == kind) & findings["source"].str.startswith(source)]
    return " ".join(rows["text"]) or "no finding"


def audit_headline(checks: pd.DataFrame) -> str:
    """Say how many checks fail, apart where they presume something, and on which data sets DILDL's means are at odds.

    Parameters
    ----------
    checks : DataFrame
        Of `run_audit`.

    Returns
    -------
    str
    """
    summary, findings = audit_summary(checks), audit_published(checks)
    equations = summary["kind"] == EQUATIONS
    plain = summary[~equations & (summary["presumes"] == "")]
    counts = (
        f"Of {plain['checked'].sum():,} checks of the published numbers by computation alone that presume nothing, "
        f"{plain['failing'].sum()} fail under every rounding, {plain['failing_dildl'].sum()} of them in the DILDL "
        "paper."
    )
    apart = [
        f"{rows['failing'].sum()} of {rows['checked'].sum()} fail that presume {condition}"
        for condition, rows in summary[summary["presumes"] != ""].groupby("presumes", sort=False)
    ]
    apart += [f"{row.failing} of {row.checked} fail on equations" for row in summary[equations].itertuples()]
    if apart:
        counts += f" Counted apart: {'; '.join(apart)}."
    breaches = findings[(findings["kind"] == "inequalities") & findings["source"].str.startswith("dildl")]
    datasets = list(dict.fromkeys(place.partition(": ")[2].partition(",")[0] for place in breaches["place"]))
    if not datasets:
        return counts
    where = " and ".join(datasets)
    return f"{counts} On {where}, means that it prints for one method cannot all be right if they are of one run."


def audit_equations(equations: pd.DataFrame) -> pd.DataFrame:
    """Turn the verdicts on the equations into checks.

    Parameters
    ----------
    equations : DataFrame
        As `ildl.report.equations.summarise_equations` returns it.

    Returns
    -------
    DataFrame
        Checks, one a statement; it fails where the form as printed does not hold and another does (or none), by the
        deviation at a random point under the default reading.
    """
    rows = [
        {
            "source": "dildl",
            "place": f"Eq. ({row['equation']}), {row['what']}",
            "printed": row["printed"],
            "should_be": row["corrected"] or "what follows from the loss",
            "failure": 0.0 if row["verdict"] == "as printed" else row["deviation"],
            "text": f"Eq. ({row['equation']}), {row['what']}: as printed it holds under {row['printed_holds']}"
            + (f", corrected under {row['corrected_holds']}." if row["corrected_holds"] else "."),
        }
        for row in equations.to_dict("records")
    ]
    return as_checks("equations", rows)
