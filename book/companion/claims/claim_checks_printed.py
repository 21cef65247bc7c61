"""Checks of the paper's text against what it prints: its tables, their marks, a figure's caption."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pandas as pd

from companion.audit.marks import published_marks
from companion.audit.printed import ROUNDING
from companion.base.marks import describe_tests, find_mark_tests, judge_marks, summarise_marks
from companion.claims.claim_checks import (
    CHANGED,
    CONTRADICTED,
    FAILED,
    REPRODUCED,
    UNTESTABLE,
    Evidence,
    Finding,
    listing,
    untestable,
)
from companion.tables.ablation import published_effects

PAGE = "08_audit"


def audited(
    evidence: Evidence,
    kind: str,
    words: Sequence[str],
    source: str = "dildl",
    left_out: bool = False,
    stricter: Sequence[str] = (),
) -> Finding:
    """Whether the audit's checks on some subject hold; those that fail do so whatever the rounding.

    Parameters
    ----------
    evidence : Evidence
    kind : str
        As in `companion.audit.frames.KINDS`.
    words : sequence of str
        All of them stand in the place, or in what it should be, of each check that counts.
    source : str
        Whose numbers. Those of another paper show nothing of this one by its own numbers.
    left_out : bool
        What fails is that numbers are not printed, which contradicts nothing, and shows nothing either.
    stricter : sequence of str
        As words, of checks that a stricter reading of the sentence asks; the verdict flips where they fail.

    Returns
    -------
    Finding

    Raises
    ------
    ValueError
        The audit has no such check.
    """
    checks, flips = _audit_rows(evidence, kind, words, source), ""
    failing = checks[checks["failure"] > 0]
    if stricter:
        more = _audit_rows(evidence, kind, stricter, source)
        flips = f"Read as “on each data set by itself”, {int((more['failure'] > 0).sum())} of {len(more)} checks fail."
    if failing.empty:
        why = f"Checks of the printed numbers that hold: {len(checks)} of {len(checks)}."
        return Finding(REPRODUCED, why, PAGE, flips)
    texts = " ".join(failing["text"].drop_duplicates()[:3])
    if left_out or source != "dildl":
        needs = f"numbers that the paper leaves out, {len(failing)} of {len(checks)} checks: {texts.rstrip('.')}"
        return untestable(needs, PAGE)
    doubts = " ".join(f"{doubt.rstrip('.')}." for doubt in failing["doubt"].drop_duplicates() if doubt)
    why = f"Checks that fail, whatever the rounding: {len(failing)} of {len(checks)}. {texts}"
    fault = ", ".join(failing["fault"].unique())
    return Finding(CONTRADICTED, f"{why} For the authors: {doubts}" if doubts else why, PAGE, flips, fault)


def _audit_rows(evidence: Evidence, kind: str, words: Sequence[str], source: str) -> pd.DataFrame:
    checks = evidence.audit
    subject = checks["place"] + " | " + checks["should_be"]
    chosen = (checks["kind"] == kind) & (checks["source"] == source)
    for part in words:
        chosen &= subject.str.contains(part, regex=False)
    if not chosen.any():
        raise ValueError(f"the audit has no check of kind {kind!r} and source {source!r} with {', '.join(words)}")
    return checks[chosen]


def marks_follow_test(evidence: Evidence, tables: Sequence[str]) -> Finding:
    """Whether one two-tailed t-test gives every mark of tables.

    Reproduced where one candidate gives all of them whatever the rounding, with changes where it gives all under some
    rounding. A test that needs fold values, such as the paired one, cannot be computed from what is printed.

    Parameters
    ----------
    evidence : Evidence
    tables : sequence of str

    Returns
    -------
    Finding
    """
    judged = judge_marks(published_marks(evidence.published))
    judged = judged[judged["table"].isin(tables) & (judged["test"] != "paired")]
    candidates = summarise_marks(judged)
    best = find_mark_tests(candidates)
    n, certain, impossible = (int(best[name].iloc[0]) for name in ("marks", "certain", "impossible"))
    why = f"Nearest: {describe_tests(best)}, whatever the rounding; ruled out are {impossible} of {n} marks."
    out = candidates.loc[candidates["impossible"] > 0, ["test", "deviation", "impossible"]].to_dict("records")
    others = listing([f"{row['test']} with {row['deviation']} deviations ({row['impossible']})" for row in out], 6)
    flips = f"Ruled out, with so many marks that cannot be: {others}." if out else ""
    return Finding(REPRODUCED if certain == n else FAILED if impossible else CHANGED, why, PAGE, flips)


def printed_component(evidence: Evidence, contrasts: Sequence[str], tables: Sequence[str]) -> Finding:
    """Whether components improve every metric in the printed ablations, as far as their cells are filled.

    Parameters
    ----------
    evidence : Evidence
    contrasts : sequence of str
        Keys of `companion.tables.ablation.CONTRASTS`.
    tables : sequence of str

    Returns
    -------
    Finding
        With changes where a cell is empty, or rounding could change the answer.
    """
    ablations = evidence.published.ablations
    effects = published_effects(ablations[(ablations["source"] == "dildl") & ablations["table"].isin(tables)])
    effects = effects[effects["contrast"].isin(contrasts)]
    there = effects[effects["improves"].notna()]
    wrong = there[~there["improves"].astype(bool) & there["certain"].astype(bool)]
    unsure = there[~there["certain"].astype(bool)]
    empty = len(effects) - len(there)
    if there.empty:
        return Finding(UNTESTABLE, f"All of the {empty} comparisons meet an empty cell.", PAGE)
    why = f"Of {len(there)} comparisons, rounding could decide in {len(unsure)}, worse in {len(wrong)}"
    names = [
        f"Table {row['table']} {row['metric']}, {row['contrast']} (by {abs(row['improvement']):.3f})"
        for row in wrong.to_dict("records")
    ]
    why += (f" ({listing(names)})" if names else "") + (f"; {empty} more meet an empty cell." if empty else ".")
    verdict = CONTRADICTED if len(wrong) else CHANGED if len(unsure) or empty else REPRODUCED
    return Finding(verdict, why, PAGE, fault=ROUNDING if len(wrong) else "")


def caption_covers(evidence: Evidence, caption: str, parameters: Sequence[str], n_datasets: int) -> Finding:
    """Whether a caption gives every parameter as many data sets as the text says.

    Parameters
    ----------
    evidence : Evidence
        For the names of the data sets.
    caption : str
        As printed. In each sentence the parameters that it names are shown on the data sets that it names, or counts
        in words ("six").
    parameters : sequence of str
    n_datasets : int

    Returns
    -------
    Finding
    """
    names = evidence.published.of("dildl")["dataset"].unique()
    shown: dict[str, int] = {}
    for sentence in re.split(r"\.\s+", caption):
        count = len(names) if re.search(r"\bsix\b", sentence) else sum(name in sentence for name in names)
        shown |= {name: count for name in parameters if re.search(rf"\b{name}\b", sentence)}
    if set(shown) != set(parameters):
        return untestable("a caption that names every parameter", PAGE)
    counts = ", ".join(f"{name} on {count}" for name, count in shown.items())
    why = f"Of the {n_datasets} data sets, the caption shows {counts}."
    if min(shown.values()) >= n_datasets:
        return Finding(REPRODUCED, why, "06_sensitivity")
    return Finding(UNTESTABLE, f"Needs curves that the paper leaves out. {why}", "06_sensitivity")
