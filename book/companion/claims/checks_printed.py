"""Checks of the paper's text against what it prints: its tables, their marks, a figure's caption."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pandas as pd

from companion.audit.marks import published_marks
from companion.audit.printed import ROUNDING
from companion.base.marks import describe_tests, find_mark_tests, judge_marks, summarise_marks
from companion.claims.verdicts import (
    CHANGED,
    CONTRADICTED,
    FAILED,
    REPRODUCED,
    UNTESTABLE,
    Evidence,
    Finding,
    Point,
    first,
    untestable,
)
from companion.claims.words import COMPONENTS, metric_words
from companion.evidence.ablation import published_effects

PAGE, CURVES = "08_audit", "03_sensitivity"


def audited(
    evidence: Evidence,
    kind: str,
    words: Sequence[str],
    source: str = "dildl",
    left_out: bool = False,
    stricter: Sequence[str] = (),
) -> Finding:
    """Whether the audit's checks on some subject (`words`) hold; those that fail do so whatever the rounding.

    What is `left_out`, or another paper's (`source`), contradicts nothing; where a `stricter` reading of the sentence
    would fail, that is told, and does not decide.
    """
    checks = _audit_rows(evidence, kind, words, source)
    flips: tuple[Point, ...] = ()
    failing = checks[checks["failure"] > 0]
    if stricter:
        more = _audit_rows(evidence, kind, stricter, source)
        fails = int((more["failure"] > 0).sum())
        flips = (Point(f"read as “on each data set by itself”, {fails} of {len(more)} checks fail"),)
    if failing.empty:
        n = len(checks)
        why = "the one check of the printed text holds" if n == 1 else f"all {n} checks of the printed text hold"
        return Finding(REPRODUCED, (Point(why),), PAGE, flips)
    texts = first([text.rstrip(".") for text in failing["text"].drop_duplicates()], 3)
    if left_out or source != "dildl":
        return untestable(f"numbers that the paper leaves out ({len(failing)} of {len(checks)} checks)", PAGE, texts)
    doubts = tuple(doubt.rstrip(".") for doubt in failing["doubt"].drop_duplicates() if doubt)
    counts = f"{len(failing)} of {len(checks)} checks fail" if len(checks) > 1 else "the one check fails"
    found = [Point(f"{counts}, whatever the rounding", texts)]
    found += [Point("", doubts, "In the authors’ favour")] if doubts else []
    return Finding(CONTRADICTED, tuple(found), PAGE, flips, ", ".join(failing["fault"].unique()))


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
    """Whether one two-tailed t-test gives every mark of tables; one that needs fold values cannot be computed.

    Reproduced where one test gives all of them whatever the rounding, with changes where under some rounding.
    """
    judged = judge_marks(published_marks(evidence.published))
    judged = judged[judged["table"].isin(tables) & (judged["test"] != "paired")]
    candidates = summarise_marks(judged)
    best = find_mark_tests(candidates)
    n, certain, impossible = (int(best[name].iloc[0]) for name in ("marks", "certain", "impossible"))
    why = f"nearest is {describe_tests(best)}, whatever the rounding; it rules out {impossible or 'none'} of {n} marks"
    out = candidates.loc[candidates["impossible"] > 0, ["test", "deviation", "impossible"]].to_dict("records")
    others = first([f"{row['test']} with {row['deviation']} deviations ({row['impossible']})" for row in out], 6)
    flips = (Point("ruled out are, with so many marks that cannot be", others),) if out else ()
    return Finding(REPRODUCED if certain == n else FAILED if impossible else CHANGED, (Point(why),), PAGE, flips)


def printed_component(evidence: Evidence, contrasts: Sequence[str], tables: Sequence[str]) -> Finding:
    """Whether components improve every metric in the printed ablations, as far as their cells are filled."""
    ablations = evidence.published.ablations
    effects = published_effects(ablations[(ablations["source"] == "dildl") & ablations["table"].isin(tables)])
    effects = effects[effects["contrast"].isin(contrasts)]
    there = effects[effects["improves"].notna()]
    wrong = there[~there["improves"].astype(bool) & there["certain"].astype(bool)]
    unsure = there[~there["certain"].astype(bool)]
    empty = len(effects) - len(there)
    if there.empty:
        return Finding(UNTESTABLE, (Point(f"all {empty} comparisons meet an empty cell"),), PAGE)
    names = [
        f"Table {row['table']}, {metric_words(row['metric'])}: {COMPONENTS[row['contrast']]}, by "
        f"{abs(row['improvement']):.3f}"
        for row in wrong.to_dict("records")
    ]
    said = {
        "of {} printed comparisons are improvements": len(there) - len(wrong) - len(unsure),
        "of {} are none": len(wrong),
        "of {} hang on rounding": len(unsure),
    }
    why = [
        Point(f"{k} {text.format(len(there))}", first(names) if "none" in text else ()) for text, k in said.items() if k
    ]
    why += [Point(f"{empty} more meet an empty cell")] if empty else []
    verdict = CONTRADICTED if len(wrong) else CHANGED if len(unsure) or empty else REPRODUCED
    return Finding(verdict, tuple(why), PAGE, fault=ROUNDING if len(wrong) else "")


def caption_covers(evidence: Evidence, caption: str, parameters: Sequence[str], n_datasets: int) -> Finding:
    """Whether a caption, sentence by sentence, gives every parameter as many data sets as the text says."""
    names = evidence.published.of("dildl")["dataset"].unique()
    shown: dict[str, int] = {}
    for sentence in re.split(r"\.\s+", caption):
        count = len(names) if re.search(r"\bsix\b", sentence) else sum(name in sentence for name in names)
        shown |= {name: count for name in parameters if re.search(rf"\b{name}\b", sentence)}
    if set(shown) != set(parameters):
        return untestable("a caption that names every parameter", CURVES)
    counts = tuple(f"{name} on {count}" for name, count in shown.items())
    why = Point(f"of {n_datasets} data sets, the caption shows", counts)
    if min(shown.values()) >= n_datasets:
        return Finding(REPRODUCED, (why,), CURVES)
    return Finding(UNTESTABLE, (Point("needs curves that the paper leaves out"), why), CURVES)
