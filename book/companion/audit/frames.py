"""The audit of the published numbers, by computation alone: its checks, those that fail, and their denominators."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from companion.audit.equations import audit_equations, audit_indices
from companion.audit.inequalities import audit_inequalities
from companion.audit.marks import audit_marks, audit_spreads
from companion.audit.printed import AUDIT, CHECK_COLUMNS, PublishedTables, load_tables
from companion.audit.prose import audit_claims, audit_left_out, audit_text
from companion.audit.repeats import audit_ablation_baselines, audit_ablations, audit_copies, audit_ranks, audit_rows

KINDS: dict[str, str] = AUDIT["kinds"]
"""Kind of check -> what it holds against what; in the order in which they are drawn."""
AUDITS = (
    audit_copies, audit_ranks, audit_text, audit_claims, audit_left_out, audit_ablations, audit_ablation_baselines,
    audit_marks, audit_spreads, audit_rows,
)  # fmt: skip


def run_audit(
    n_labels: Mapping[str, int], equations: pd.DataFrame | None = None, tables: PublishedTables | None = None
) -> pd.DataFrame:
    """Make every check of the published numbers; without `equations` (`summarise_equations`) none of those is checked.

    Columns: kind (as in `KINDS`), fault (of `FAULTS`: what it is if it fails), source, place, printed, should_be (what
    it should satisfy), presumes (what it takes for granted), failure (by how much it fails whatever the rounding; 0
    where it holds), text (a sentence, if it fails), doubt (what speaks against it).
    """
    tables = tables or load_tables()
    parts = [*(audit(tables) for audit in AUDITS), audit_inequalities(tables, n_labels), audit_indices()]
    return pd.concat([*parts, *([] if equations is None else [audit_equations(equations)])], ignore_index=True)


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
    counts = frame.groupby(["kind", "presumes", "fault"], sort=False).agg(
        checked=("kind", "size"), failing=("failing", "sum"), failing_dildl=("failing_dildl", "sum")
    ).reset_index()  # fmt: skip
    counts.insert(1, "what", counts["kind"].map(KINDS))
    return counts
