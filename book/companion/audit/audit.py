"""The audit of the published numbers, by computation alone: all its checks, its findings, and their denominators."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from companion.audit.audit_ablations import IT_IS_RDA, audit_ablation_baselines, audit_ablations
from companion.audit.audit_base import (
    CHECK_COLUMNS,
    EQUATION,
    FAULTS,
    ROUNDING,
    PublishedTables,
    as_checks,
    load_tables,
)
from companion.audit.audit_claims import audit_claims, audit_left_out
from companion.audit.audit_copies import audit_copies, audit_ranks
from companion.audit.audit_indices import EXTRACTED, audit_indices
from companion.audit.audit_inequalities import audit_inequalities
from companion.audit.audit_marks import audit_marks
from companion.audit.audit_rows import audit_rows
from companion.audit.audit_spreads import audit_spreads
from companion.audit.audit_text import audit_text

KINDS = {
    "copies": "baselines of the DILDL and AMEMA papers against RDA's appendix, means and standard deviations",
    "ranks": "ranks and average ranks of RDA's appendix against its means",
    "text": "numbers, references, counts and metrics in the DILDL paper's prose against its tables and equations",
    "claims": "“best”, “next best” and “significantly outperforms” against every cell and mark",
    "left-out metrics": "“outperforms” against the metrics adopted but printed by AMEMA's appendix only",
    "ablations": "the full model against the main tables and against the other rows; empty cells",
    "ablation baselines": "the row without both components against RDA",
    "marks": "significance marks against the direction of the means and against two-sample t-tests",
    "spreads": "standard deviations against those beside them",
    "rows": "the direction of all metrics of a row together",
    "inequalities": "means against what the means of any label distributions obey",
    "indices": "indices and limits of the printed formulas",
    "equations": "printed equations against their derivation",
}
"""Each kind of check, and what it holds against what."""


def run_audit(
    n_labels: Mapping[str, int], equations: pd.DataFrame | None = None, tables: PublishedTables | None = None
) -> pd.DataFrame:
    """Make every check of the published numbers.

    Parameters
    ----------
    n_labels : mapping of str to int
        Labels of each data set.
    equations : DataFrame, optional
        As `companion.base.equations.summarise_equations` returns it; without it no equation is checked.
    tables : PublishedTables, optional
        Default: the published ones.

    Returns
    -------
    DataFrame
        One row a check: kind (as in `KINDS`), fault (of `FAULTS`: what it is if it fails), source, place, printed,
        should_be (what it should satisfy), presumes (what it takes for granted), failure (by how much it fails
        whatever the rounding; 0 where it holds), text (a sentence, if it fails), doubt (what speaks against it).
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
            audit_spreads(tables),
            audit_rows(tables),
            audit_inequalities(tables, n_labels),
            audit_indices(),
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
        Columns id (the kind and a number within it), and those of `run_audit`.
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
        Columns kind; what (is held against what); presumes (a kind has a row for each presumption); fault; checked;
        failing; failing_dildl, those in the DILDL paper itself.
    """
    counts = _count(checks, ["kind", "presumes", "fault"]).drop(columns="doubtful_dildl")
    counts.insert(1, "what", counts["kind"].map(KINDS))
    return counts.sort_values("kind", key=lambda kinds: kinds.map(list(KINDS).index), kind="stable", ignore_index=True)


def count_faults(checks: pd.DataFrame) -> pd.DataFrame:
    """Count checks and failures by what a failing check is.

    Parameters
    ----------
    checks : DataFrame
        Of `run_audit`.

    Returns
    -------
    DataFrame
        Columns fault, what (in words), checked, failing, failing_dildl, doubtful_dildl (those of the latter beside
        which a doubt stands), in the order of `FAULTS`.
    """
    counts = _count(checks, ["fault"])
    counts.insert(1, "what", counts["fault"].map(FAULTS))
    return counts.sort_values("fault", key=lambda faults: faults.map(list(FAULTS).index), ignore_index=True)


def _count(checks: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    failing = checks["failure"] > 0
    ours = failing & (checks["source"] == "dildl")
    frame = checks.assign(failing=failing, failing_dildl=ours, doubtful_dildl=ours & (checks["doubt"] != ""))
    named = {"checked": ("kind", "size")} | {name: (name, "sum") for name in frame.columns[-3:]}
    return frame.groupby(by, sort=False).agg(**named).reset_index()


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
    rows = findings[(findings["kind"] == kind) & (findings["source"] == source)]
    return " ".join(rows["text"]) or "no finding"


def audit_headline(checks: pd.DataFrame) -> str:
    """Say how many checks fail, by what they are, and on which data sets DILDL's means are at odds.

    Parameters
    ----------
    checks : DataFrame
        Of `run_audit`.

    Returns
    -------
    str
    """
    findings = audit_published(checks)
    counts = count_faults(checks).set_index("fault")
    plain = counts.loc[ROUNDING]
    ours_if = int(((findings["presumes"] == IT_IS_RDA) & (findings["fault"] == ROUNDING)).sum())
    text = (
        f"Of {plain['checked']:,} checks whether printed numbers fit together, {plain['failing']} fail under every "
        f"rounding, {plain['failing_dildl']} of them in the DILDL paper ({ours_if} only if the row without both "
        "components is RDA) and the others in appendices of other papers; what each presumes stands beside it."
    )
    apart = [f"{row['failing_dildl']} ({fault})" for fault, row in counts.drop(ROUNDING).iterrows()]
    if apart:
        text += f" Counted apart, in the DILDL paper: {', '.join(apart)}."
    breaches = findings[(findings["kind"] == "inequalities") & (findings["source"] == "dildl")]
    datasets = list(dict.fromkeys(place.partition(": ")[2].partition(",")[0] for place in breaches["place"]))
    if not datasets:
        return text
    where = " and ".join(datasets)
    return (
        f"{text} On {where}, means that it prints for one method cannot all be right if they are of one run, and no "
        "label is head and tail."
    )


def audit_equations(equations: pd.DataFrame) -> pd.DataFrame:
    """Turn the verdicts on the equations into checks.

    Parameters
    ----------
    equations : DataFrame
        As `companion.base.equations.summarise_equations` returns it.

    Returns
    -------
    DataFrame
        Checks, one a statement of the paper; it fails where the form as printed does not hold and another does (or
        none), by the deviation at a random point under the default reading.
    """
    rows = [
        {
            "source": "dildl",
            "place": f"Eq. ({row['equation']}), {row['what']}",
            "printed": row["printed"],
            "should_be": row["corrected"] or "what follows from the loss",
            "failure": 0.0 if row["verdict"] == "as printed" else row["deviation"],
            "presumes": row["presumes"] or EXTRACTED,
            "text": f"Eq. ({row['equation']}), {row['what']}: as printed it holds under {row['printed_holds']}"
            + (f", corrected under {row['corrected_holds']}." if row["corrected_holds"] else "."),
            "doubt": f"May be a loss of extraction: {row['extraction']}." if row["extraction"] else "",
        }
        for row in equations[~equations["asked"]].to_dict("records")
    ]
    return as_checks("equations", rows, fault=EQUATION)
