"""The audit of the published numbers, by computation alone: its checks, those that fail, and their denominators."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from companion.audit.claims import audit_claims, audit_left_out
from companion.audit.indices import EXTRACTED, audit_indices
from companion.audit.inequalities import audit_inequalities
from companion.audit.marks import audit_marks
from companion.audit.patterns import audit_rows, audit_spreads
from companion.audit.printed import CHECK_COLUMNS, EQUATION, PublishedTables, as_checks, load_tables
from companion.audit.repeats import audit_ablation_baselines, audit_ablations, audit_copies, audit_ranks
from companion.audit.text import audit_text

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
    """Make every check of the published numbers; without `equations` (`summarise_equations`) none of those is checked.

    Columns: kind (as in `KINDS`), fault (of `FAULTS`: what it is if it fails), source, place, printed, should_be (what
    it should satisfy), presumes (what it takes for granted), failure (by how much it fails whatever the rounding; 0
    where it holds), text (a sentence, if it fails), doubt (what speaks against it).
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
    """Keep the checks that fail: columns id (the kind and a number within it), and those of `run_audit`."""
    findings = checks.loc[checks["failure"] > 0, CHECK_COLUMNS].reset_index(drop=True)
    numbers = findings.groupby("kind").cumcount() + 1
    findings.insert(0, "id", findings["kind"].str.replace(" ", "-") + "-" + numbers.astype(str))
    return findings


def count_checks(checks: pd.DataFrame) -> pd.DataFrame:
    """Count checks: columns kind, what (is held against what), presumes, fault, checked, failing, failing_dildl."""
    failing = checks["failure"] > 0
    frame = checks.assign(failing=failing, failing_dildl=failing & (checks["source"] == "dildl"))
    counted = frame.groupby(["kind", "presumes", "fault"], sort=False).agg(
        checked=("kind", "size"), failing=("failing", "sum"), failing_dildl=("failing_dildl", "sum")
    )
    counts = counted.reset_index()
    counts.insert(1, "what", counts["kind"].map(KINDS))
    return counts


def audit_equations(equations: pd.DataFrame) -> pd.DataFrame:
    """Turn verdicts on equations into checks, which fail where another form than the printed one holds, or none."""
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
